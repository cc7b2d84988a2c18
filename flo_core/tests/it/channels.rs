//! Channels: every message, in order; closed, full, empty told apart; strangers never under a lock.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Wake, Waker},
    thread,
};

use flo_core::{
    ChannelSink, ChannelStream, Closed, Notify, SendError, TryRecvError, TrySendError, channel,
    unbounded,
};
use futures::{FutureExt, SinkExt, Stream, StreamExt, executor::block_on};
use proptest::prelude::*;
use tokio_test::{assert_pending, assert_ready, assert_ready_eq, task};

#[test]
fn full_closed_and_empty_are_different_answers_and_the_message_comes_back() {
    let (sink, mut stream) = channel(1);
    assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
    sink.try_send("first").unwrap();
    let full = sink.try_send("second").unwrap_err();
    assert!(full.is_full() && !full.is_closed());
    assert_eq!(full.into_inner(), "second");
    assert_eq!(stream.try_recv(), Ok("first"));
    stream.close();
    assert_eq!(sink.try_send("third"), Err(TrySendError::Closed("third")));
    assert_eq!(block_on(sink.send("fourth")), Err(SendError("fourth")));
    assert_eq!(sink.send_blocking("fifth").unwrap_err().into_inner(), "fifth");
    assert!(sink.is_closed());
    assert_eq!(stream.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_stream_ends_when_all_sinks_are_gone_and_the_queue_is_read() {
    let (sink, stream) = channel(4);
    let mut stream = task::spawn(stream);
    let other = sink.clone();
    sink.try_send(1).unwrap();
    drop(sink);
    assert_ready_eq!(stream.poll_next(), Some(1));
    assert_pending!(stream.poll_next());
    other.try_send(2).unwrap();
    assert!(stream.is_woken());
    drop(other);
    assert_ready_eq!(stream.poll_next(), Some(2));
    assert_ready_eq!(stream.poll_next(), None);
    assert_ready_eq!(stream.poll_next(), None);
}

#[test]
fn senders_are_served_in_the_order_in_which_they_came_and_one_for_each_place() {
    let (sink, mut stream) = channel(1);
    sink.try_send(0).unwrap();
    let mut waiting: Vec<_> = (1..=3).map(|message| task::spawn(sink.send(message))).collect();
    for send in &mut waiting {
        assert_pending!(send.poll());
    }
    for next in 0..3 {
        assert_eq!(stream.try_recv(), Ok(next));
        let woken: Vec<bool> = waiting.iter().map(task::Spawn::is_woken).collect();
        assert_eq!(woken.iter().filter(|woken| **woken).count(), 1, "{woken:?}");
        assert!(sink.try_send(99).unwrap_err().is_full(), "the place is promised");
        let served = woken.iter().position(|woken| *woken).unwrap();
        assert!(assert_ready!(waiting.remove(served).poll()).is_ok());
    }
    assert_eq!(stream.try_recv(), Ok(3));
}

#[test]
fn a_dropped_send_gives_its_place_to_the_next() {
    let (sink, mut stream) = channel(1);
    sink.try_send(0).unwrap();
    let mut first = task::spawn(sink.send(1));
    let mut second = task::spawn(sink.send(2));
    let mut third = task::spawn(sink.send(3));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_pending!(third.poll());
    drop(second);
    assert_eq!(stream.try_recv(), Ok(0));
    assert!(first.is_woken() && !third.is_woken());
    drop(first);
    assert!(third.is_woken());
    assert!(assert_ready!(third.poll()).is_ok());
    assert_eq!(stream.try_recv(), Ok(3));
    assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
    sink.try_send(4).unwrap();
}

#[test]
fn as_a_sink_it_holds_one_place_and_closes_only_itself() {
    let (mut sink, mut stream) = channel(1);
    let mut other = sink.clone();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(sink.poll_ready_unpin(&mut cx).is_ready());
    assert!(sink.poll_ready_unpin(&mut cx).is_ready());
    assert!(other.poll_ready_unpin(&mut cx).is_pending());
    sink.start_send_unpin(1).unwrap();
    assert!(block_on(sink.close()).is_ok());
    assert!(sink.start_send_unpin(2).is_err() && sink.is_closed());
    assert_eq!(stream.try_recv(), Ok(1));
    block_on(SinkExt::send(&mut other, 3)).unwrap();
    assert_eq!(stream.try_recv(), Ok(3));
    drop(other);
    assert_eq!(block_on(stream.recv()), Err(Closed));
}

#[test]
fn a_sink_that_is_dropped_gives_its_place_back() {
    let (mut sink, mut stream) = channel(1);
    let other = sink.clone();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(sink.poll_ready_unpin(&mut cx).is_ready());
    assert!(other.try_send(1).unwrap_err().is_full());
    drop(sink);
    other.try_send(2).unwrap();
    assert_eq!(stream.recv_blocking(), Ok(2));
}

#[test]
fn a_weak_sink_keeps_nothing_open() {
    let (sink, stream) = channel::<u32>(1);
    let weak = sink.downgrade();
    drop(weak.upgrade().unwrap());
    let mut stream = task::spawn(stream);
    assert_pending!(stream.poll_next());
    drop(sink);
    assert!(stream.is_woken());
    assert_ready_eq!(stream.poll_next(), None);
    assert!(weak.clone().upgrade().is_none());
}

#[test]
fn closed_tells_when_the_stream_is_gone_and_waiting_senders_get_their_message_back() {
    let (sink, stream) = channel(1);
    sink.try_send(1).unwrap();
    let mut closed = task::spawn(sink.closed());
    let mut sends = [2, 3, 4].map(|message| task::spawn(sink.send(message)));
    assert_pending!(closed.poll());
    for send in &mut sends {
        assert_pending!(send.poll());
    }
    drop(stream);
    assert!(closed.is_woken());
    assert_ready!(closed.poll());
    let [mut first, second, third] = sends;
    assert!(first.is_woken() && second.is_woken() && third.is_woken());
    assert_ready_eq!(first.poll(), Err(SendError(2)));
    drop((second, third));
}

#[test]
fn what_was_not_read_is_dropped_with_the_stream_and_may_use_the_channel_meanwhile() {
    struct Drops(Arc<AtomicUsize>, Arc<Mutex<Option<ChannelSink<Drops>>>>);
    impl Drop for Drops {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
            let sink = self.1.lock().unwrap().clone();
            if let Some(sink) = sink {
                // Comes back as closed, and is dropped in turn: only the first level has the sink.
                let again = Drops(Arc::clone(&self.0), Arc::default());
                drop(sink.try_send(again));
            }
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (sink, stream) = unbounded();
    let slot = Arc::new(Mutex::new(Some(sink.clone())));
    for _ in 0..3 {
        sink.try_send(Drops(Arc::clone(&drops), Arc::clone(&slot))).unwrap();
    }
    drop(stream);
    assert_eq!(drops.load(Relaxed), 6);
}

/// A waker that goes back into the channel it is woken by.
struct GoesBack(ChannelSink<u32>, Mutex<Option<ChannelStream<u32>>>, AtomicUsize);

impl Wake for GoesBack {
    fn wake(self: Arc<Self>) {
        if self.2.fetch_add(1, Relaxed) < 3 {
            let _full_or_sent = self.0.try_send(7);
            if let Some(stream) = self.1.lock().unwrap().as_mut() {
                let _received = stream.try_recv();
            }
            drop(self.0.clone());
        }
    }
}

#[test]
fn a_waker_may_send_and_receive() {
    let (sink, mut stream) = channel(1);
    let waking = Arc::new(GoesBack(sink.clone(), Mutex::default(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&waking));
    let mut cx = Context::from_waker(&waker);
    // Woken by a send while it waits to receive …
    assert!(std::pin::Pin::new(&mut stream).poll_next(&mut cx).is_pending());
    sink.try_send(1).unwrap();
    assert_eq!(waking.2.load(Relaxed), 1);
    assert_eq!(stream.try_recv(), Ok(1));
    // … and by a receive while it waits to send.
    sink.try_send(2).unwrap();
    let mut send = Box::pin(sink.send(3));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    *waking.1.lock().unwrap() = Some(stream);
    let taken = waking.1.lock().unwrap().take();
    let mut stream = taken.unwrap();
    assert_eq!(stream.try_recv(), Ok(2));
    assert_eq!(waking.2.load(Relaxed), 2);
    assert!(send.as_mut().poll(&mut cx).is_ready());
}

#[test]
fn it_can_be_told_and_a_full_one_has_been() {
    let (mut sink, mut stream) = channel(1);
    sink.notify();
    sink.notify();
    assert_eq!(stream.try_recv(), Ok(()));
    assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn many_senders_on_threads_lose_nothing_and_keep_their_own_order() {
    let (sink, mut stream) = channel(3);
    thread::scope(|scope| {
        for sender in 0..4_u32 {
            let sink = sink.clone();
            scope.spawn(move || {
                for number in 0..2_000_u32 {
                    sink.send_blocking((sender, number)).unwrap();
                }
            });
        }
        drop(sink);
        let mut next = [0; 4];
        while let Ok((sender, number)) = stream.recv_blocking() {
            assert_eq!(number, next[sender as usize]);
            next[sender as usize] += 1;
        }
        assert_eq!(next, [2_000; 4]);
    });
}

proptest! {
    /// Random sends and receives agree with a queue; places are exact at every step.
    #[test]
    fn random_operations_agree_with_a_queue(capacity in 1..4_usize, steps in prop::collection::vec(0..4_u8, 1..80)) {
        let (sink, mut stream) = channel(capacity);
        let mut queue = std::collections::VecDeque::new();
        let mut waiting = Vec::new();
        for (message, step) in steps.into_iter().enumerate() {
            match step {
                0 => {
                    let fits = queue.len() < capacity;
                    prop_assert_eq!(sink.try_send(message).is_ok(), fits);
                    if fits {
                        queue.push_back(message);
                    }
                }
                1 => {
                    let mut send = Box::pin(sink.send(message));
                    match send.as_mut().now_or_never() {
                        Some(sent) => {
                            prop_assert!(sent.is_ok() && queue.len() < capacity);
                            queue.push_back(message);
                        }
                        None => waiting.push((message, send)),
                    }
                }
                2 => {
                    prop_assert_eq!(stream.try_recv().ok(), queue.pop_front());
                    if !waiting.is_empty() {
                        let (message, mut send) = waiting.remove(0);
                        prop_assert!(send.as_mut().now_or_never().is_some_and(|sent| sent.is_ok()));
                        queue.push_back(message);
                    }
                }
                _ => drop(waiting.pop()),
            }
            prop_assert_eq!(stream.len(), queue.len());
        }
        drop(waiting);
        drop(sink);
        let rest: Vec<usize> = block_on(stream.collect());
        prop_assert_eq!(rest, Vec::from(queue));
    }
}
