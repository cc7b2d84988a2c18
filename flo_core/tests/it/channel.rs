//! Every message once, in order; full, empty and closed are different answers.

use std::rc::Rc;
use std::thread;

use flo_core::{
    ChannelClosed, ChannelRecv, ChannelSend, ChannelSink, ChannelStream, Closed, Notify, SendError,
    SinkError, TryRecvError, TrySendError, WeakChannelSink, channel, unbounded,
};
use futures::stream::FusedStream;
use futures::{FutureExt, SinkExt, StreamExt, executor::block_on, stream};

#[test]
fn messages_come_out_in_the_order_in_which_they_went_in() {
    for capacity in 1..=5 {
        let (sink, mut stream) = channel(capacity);
        let mut expected = 0..;
        for lap in 0..40 {
            for n in 0..capacity {
                sink.try_send(lap * capacity + n).unwrap();
            }
            assert!(sink.try_send(0).unwrap_err().is_full());
            assert_eq!(stream.len(), capacity);
            for _ in 0..capacity {
                assert_eq!(stream.try_recv().ok(), expected.next());
            }
            assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

#[test]
fn an_unbounded_channel_is_never_full() {
    let (sink, mut stream) = unbounded();
    for n in 0..10_000 {
        assert_eq!(sink.send(n).now_or_never(), Some(Ok(())));
    }
    assert_eq!((stream.len(), stream.try_recv()), (10_000, Ok(0)));
}

#[test]
fn the_stream_ends_when_the_last_sink_is_gone_and_the_queue_is_read() {
    let (sink, mut stream) = channel(4);
    let other = sink.clone();
    sink.try_send(1).unwrap();
    drop(sink);
    other.try_send(2).unwrap();
    assert!(!stream.is_closed());
    drop(other);
    assert!(stream.is_closed() && !stream.is_terminated());
    assert_eq!(stream.try_recv(), Ok(1));
    assert_eq!(stream.recv_blocking(), Ok(2));
    assert_eq!(stream.try_recv(), Err(TryRecvError::Closed));
    assert!(stream.is_terminated());
    assert_eq!(block_on(stream.next()), None);
}

#[test]
fn a_send_to_a_stream_that_is_gone_gives_its_message_back() {
    let (mut sink, stream) = channel(4);
    sink.try_send("queued").unwrap();
    drop(stream);
    assert!(sink.is_closed());
    assert_eq!(sink.closed().now_or_never(), Some(()));
    assert_eq!(sink.try_send("a"), Err(TrySendError::Closed("a")));
    assert_eq!(block_on(sink.send("b")), Err(SendError::Closed("b")));
    assert_eq!(sink.send_blocking("c").unwrap_err().into_inner(), "c");
    assert_eq!(block_on(SinkExt::send(&mut sink, "d")), Err(SinkError::Closed));
}

#[test]
fn what_is_queued_is_dropped_with_the_stream() {
    let (sink, stream) = channel(4);
    let message = Rc::new(());
    sink.try_send(Rc::clone(&message)).unwrap();
    drop(stream);
    assert_eq!(Rc::strong_count(&message), 1);
    let error = sink.try_send(Rc::clone(&message)).unwrap_err();
    assert_eq!(Rc::strong_count(&message), 2);
    drop(error);
    drop(sink);
    assert_eq!(Rc::strong_count(&message), 1);
}

#[test]
fn a_closed_stream_takes_nothing_more_and_gives_what_it_has() {
    let (sink, mut stream) = channel(2);
    sink.try_send(1).unwrap();
    stream.close();
    stream.close();
    assert!(sink.is_closed() && stream.is_closed());
    assert_eq!(sink.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(stream.try_recv(), Ok(1));
    assert_eq!(stream.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_weak_sink_keeps_nothing_open() {
    let (sink, mut stream) = channel(2);
    let weak = sink.downgrade();
    let upgraded = weak.clone().upgrade().unwrap();
    drop(sink);
    upgraded.try_send(1).unwrap();
    drop(upgraded);
    assert!(weak.upgrade().is_none());
    assert_eq!(stream.try_recv(), Ok(1));
    assert_eq!(stream.recv().now_or_never(), Some(Err(Closed)));
}

#[test]
fn as_a_sink_it_takes_a_place_and_close_ends_this_handle_only() {
    let (mut sink, mut stream) = channel(2);
    let other = sink.clone();
    block_on(sink.send_all(&mut stream::iter([Ok(1), Ok(2)]))).unwrap();
    assert!(other.try_send(3).unwrap_err().is_full());
    assert_eq!(stream.try_recv(), Ok(1));
    block_on(sink.close()).unwrap();
    block_on(sink.close()).unwrap();
    assert!(sink.is_closed() && sink.clone().is_closed() && !other.is_closed());
    assert_eq!(sink.try_send(4), Err(TrySendError::Closed(4)));
    other.try_send(3).unwrap();
    drop(other);
    assert_eq!(block_on(stream.collect::<Vec<_>>()), [2, 3]);
}

#[test]
fn a_message_that_is_closed_out_of_a_sink_comes_back() {
    let (mut sink, mut stream) = channel(1);
    block_on(futures::future::poll_fn(|cx| sink.poll_ready_unpin(cx))).unwrap();
    stream.close();
    assert_eq!(sink.start_send_unpin("late").unwrap_err().into_inner(), Some("late"));
}

#[test]
#[should_panic(expected = "`start_send` needs a `poll_ready` that was ready")]
fn start_send_without_ready_is_refused() {
    let (mut sink, _stream) = channel(1);
    let _ = sink.start_send_unpin(1);
}

#[test]
#[should_panic(expected = "the capacity of a channel must be at least 1")]
fn a_capacity_of_nothing_is_refused() {
    drop(channel::<u32>(0));
}

#[test]
fn a_notified_sink_tells_its_reader_once() {
    let (mut sink, mut stream) = channel(1);
    for _ in 0..3 {
        Notify::notify(&mut sink);
    }
    assert_eq!(stream.try_recv(), Ok(()));
    assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
    drop(stream);
    Notify::notify(&mut sink);
}

#[test]
fn many_threads_send_and_nothing_is_lost_or_turned_round() {
    let (sink, stream) = channel(3);
    let senders: Vec<_> = (0..8_usize)
        .map(|id| {
            let sink = sink.clone();
            thread::spawn(move || {
                for n in 0..200_usize {
                    sink.send_blocking((id, n)).unwrap();
                }
            })
        })
        .collect();
    drop(sink);
    let received = block_on(stream.collect::<Vec<_>>());
    for sender in senders {
        sender.join().unwrap();
    }
    for id in 0..8 {
        let own: Vec<_> =
            received.iter().filter(|(from, _)| *from == id).map(|(_, n)| *n).collect();
        assert_eq!(own, (0..200).collect::<Vec<_>>());
    }
}

fn moves_freely<T: Send + Sync + Unpin + 'static>() {}

#[test]
fn handles_and_futures_move_freely() {
    moves_freely::<ChannelSink<String>>();
    moves_freely::<WeakChannelSink<String>>();
    moves_freely::<ChannelStream<String>>();
    moves_freely::<ChannelSend<'static, String>>();
    moves_freely::<ChannelRecv<'static, String>>();
    moves_freely::<ChannelClosed<'static, String>>();
}
