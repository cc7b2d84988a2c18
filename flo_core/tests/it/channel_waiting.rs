//! Sinks stand in line, readers wait, and who is dropped leaves nothing behind.

use flo_core::{Closed, SendError, channel};
use flo_test::{assert_pending, assert_ready, assert_ready_eq, assert_ready_ok, woken};

#[test]
fn sinks_are_served_first_in_first_out_and_one_for_each_place() {
    let (sink, mut stream) = channel(1);
    sink.try_send(0).unwrap();
    let mut waiting: Vec<_> = (1..=3).map(|n| woken(sink.send(n))).collect();
    for send in &mut waiting {
        assert_pending!(send.poll());
    }
    for n in 0..3 {
        assert_eq!(stream.try_recv(), Ok(n));
        assert!(sink.try_send(9).unwrap_err().is_full(), "the place is promised");
        let turn = usize::try_from(n).unwrap();
        assert!(waiting[turn].is_woken());
        assert!(waiting[turn + 1..].iter().all(|send| !send.is_woken()));
        assert_ready_ok!(waiting[turn].poll());
    }
    assert_eq!(stream.try_recv(), Ok(3));
}

#[test]
fn dropped_send_returns_its_place() {
    for served in [false, true] {
        let (sink, mut stream) = channel(1);
        sink.try_send(0).unwrap();
        let mut cancelled = woken(sink.send(1));
        let mut next = woken(sink.send(2));
        assert_pending!(cancelled.poll());
        assert_pending!(next.poll());
        if served {
            assert_eq!(stream.try_recv(), Ok(0));
            drop(cancelled);
        } else {
            drop(cancelled);
            assert_eq!(stream.try_recv(), Ok(0));
        }
        assert!(next.is_woken());
        assert_ready_ok!(next.poll());
        assert_eq!(stream.try_recv(), Ok(2));
        assert!(sink.try_send(3).is_ok());
    }
}

#[test]
fn a_dropped_handle_gives_its_place_or_its_turn_as_a_sink_back() {
    use futures::SinkExt;

    let (sink, _stream) = channel(1);
    let mut holds = woken(sink.clone());
    assert_ready_ok!(holds.enter(|cx, mut sink| sink.poll_ready_unpin(cx)));
    let mut waits = woken(sink.clone());
    assert_pending!(waits.enter(|cx, mut sink| sink.poll_ready_unpin(cx)));
    let mut last = woken(sink.send(1));
    assert_pending!(last.poll());
    drop(holds);
    assert!(waits.is_woken() && !last.is_woken());
    drop(waits);
    assert!(last.is_woken());
    assert_ready_ok!(last.poll());
}

#[test]
fn a_reader_that_waits_is_woken_once_by_a_message_and_by_the_end() {
    let (sink, stream) = channel(2);
    let mut stream = woken(stream);
    assert_pending!(stream.poll_next());
    sink.try_send(1).unwrap();
    assert!(stream.is_woken());
    assert_ready_eq!(stream.poll_next(), Some(1));
    sink.try_send(2).unwrap();
    assert!(!stream.is_woken(), "a reader that does not wait is not woken");
    assert_ready_eq!(stream.poll_next(), Some(2));
    assert_pending!(stream.poll_next());
    drop(sink);
    assert!(stream.is_woken());
    assert_ready_eq!(stream.poll_next(), None);
}

#[test]
fn dropped_recv_takes_no_message_and_lets_its_waker_go() {
    let (sink, mut stream) = channel(2);
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut recv = std::pin::pin!(stream.recv());
        assert_pending!(recv.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    {
        let mut recv = woken(stream.recv());
        assert_pending!(recv.poll());
        sink.try_send(1).unwrap();
        assert!(recv.is_woken());
    }
    assert!(!outer.is_woken());
    assert_eq!(stream.try_recv(), Ok(1));
}

#[test]
fn dropped_closed_lets_its_waker_go() {
    let (sink, stream) = channel::<u32>(2);
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut closed = std::pin::pin!(sink.closed());
        assert_pending!(closed.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    drop(stream);
    assert!(!outer.is_woken());
}

#[test]
fn a_stream_that_goes_wakes_all_who_wait_and_gives_their_messages_back() {
    let (sink, mut stream) = channel(1);
    sink.try_send(0).unwrap();
    let mut served = woken(sink.send(1));
    let mut waiting = woken(sink.send(2));
    let mut closed = woken(sink.closed());
    assert_pending!(served.poll());
    assert_pending!(waiting.poll());
    assert_pending!(closed.poll());
    assert_eq!(stream.try_recv(), Ok(0));
    drop(stream);
    assert!(served.is_woken() && waiting.is_woken() && closed.is_woken());
    assert_ready_eq!(served.poll(), Err(SendError::Closed(1)));
    assert_ready_eq!(waiting.poll(), Err(SendError::Closed(2)));
    assert_ready!(closed.poll());
}

#[test]
fn a_close_wakes_the_reader_and_lets_its_waker_go() {
    use futures::StreamExt;

    let (_sink, mut stream) = channel::<u32>(1);
    let mut outer = woken(());
    outer.enter(|cx, _| assert_pending!(stream.poll_next_unpin(cx)));
    stream.close();
    assert!(outer.is_woken());
    let polled = outer.enter(|cx, _| stream.poll_next_unpin(cx));
    assert_ready_eq!(polled, None);
    assert_eq!(outer.kept_wakers(), 0);
}

#[test]
fn a_close_while_a_sink_waits_lets_the_queue_be_read() {
    let (sink, mut stream) = channel(1);
    sink.try_send(0).unwrap();
    let mut waiting = woken(sink.send(1));
    assert_pending!(waiting.poll());
    stream.close();
    assert_ready_eq!(waiting.poll(), Err(SendError::Closed(1)));
    assert_eq!(stream.recv_blocking(), Ok(0));
    assert_eq!(stream.recv_blocking(), Err(Closed));
}
