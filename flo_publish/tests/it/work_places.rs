//! Places in a work queue: permits, and the queue as a `Sink`.

use std::pin::Pin;

use flo_publish::{Closed, PublishError, SinkError, TryRecvError, WorkQueue};
use flo_test::{Leaks, assert_pending, assert_ready, assert_ready_eq, assert_ready_ok, woken};
use futures::{FutureExt, Sink, SinkExt, StreamExt, executor::block_on, future::poll_fn, stream};

#[test]
fn a_permit_takes_a_place_and_its_drop_gives_it_to_the_next_in_line() {
    let queue = WorkQueue::new(1);
    let permit = block_on(queue.reserve()).unwrap();
    assert_eq!((queue.len(), queue.capacity()), (0, 1));
    assert!(queue.try_push(1).unwrap_err().is_full());
    let mut first = woken(queue.push(1));
    let mut second = woken(queue.reserve());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(permit);
    assert!(first.is_woken() && !second.is_woken());
    assert_ready_ok!(first.poll());
    assert_eq!(queue.worker().try_recv(), Ok(1));
    assert!(second.is_woken());
    assert_ready!(second.poll()).unwrap().send(2).unwrap();
    assert_eq!(queue.worker().try_recv(), Ok(2));
}

#[test]
fn a_permit_is_sent_at_once_in_the_order_of_sending_and_serves_a_worker() {
    let queue = WorkQueue::new(3);
    let first = block_on(queue.reserve()).unwrap();
    let second = block_on(queue.reserve()).unwrap();
    let mut worker = queue.worker();
    {
        let mut recv = woken(worker.recv());
        assert_pending!(recv.poll());
        second.send("second").unwrap();
        assert!(recv.is_woken());
        queue.try_push("pushed").unwrap();
        first.send("first").unwrap();
        assert_ready_eq!(recv.poll(), Ok("second"));
    }
    assert_eq!((worker.try_recv(), worker.try_recv()), (Ok("pushed"), Ok("first")));
}

#[test]
fn a_permit_keeps_the_queue_open_and_gives_its_message_back_after_close_all() {
    let queue = WorkQueue::new(2);
    let mut worker = queue.worker();
    let (weak, permit) = (queue.downgrade(), block_on(queue.reserve()).unwrap());
    drop(queue);
    assert_eq!(worker.try_recv(), Err(TryRecvError::Empty));
    let queue = weak.upgrade().unwrap();
    let late = block_on(queue.reserve()).unwrap();
    queue.close_all();
    assert_eq!(permit.send(1), Err(PublishError::Closed(1)));
    drop(late);
    assert_eq!(block_on(queue.reserve()).err(), Some(Closed));
    assert_eq!(worker.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_last_permit_that_goes_tells_the_end() {
    let queue = WorkQueue::<u32>::new(1);
    let mut worker = queue.worker();
    let mut recv = woken(worker.recv());
    let permit = block_on(queue.reserve()).unwrap();
    drop(queue);
    assert_pending!(recv.poll());
    drop(permit);
    assert!(recv.is_woken());
    assert_ready_eq!(recv.poll(), Err(Closed));
}

#[test]
fn a_dropped_reservation_leaks_no_place_and_no_waker_and_hands_its_turn_on() {
    for served in [false, true] {
        let queue = WorkQueue::new(1);
        let mut worker = queue.worker();
        queue.try_push(0).unwrap();
        let mut cancelled = woken(queue.reserve());
        assert_pending!(cancelled.poll());
        let mut next = woken(queue.reserve());
        assert_pending!(next.poll());
        if served {
            worker.try_recv().unwrap();
            assert!(cancelled.is_woken() && !next.is_woken());
            drop(cancelled);
        } else {
            drop(cancelled);
            worker.try_recv().unwrap();
        }
        assert!(next.is_woken());
        drop(assert_ready!(next.poll()).unwrap());
        assert!(queue.try_push(1).is_ok());
    }
    let queue = WorkQueue::new(1);
    queue.try_push(0).unwrap();
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut reserve = std::pin::pin!(queue.reserve());
        assert_pending!(reserve.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    assert_eq!(queue.worker().try_recv(), Ok(0));
    assert!(!outer.is_woken());
}

#[test]
fn close_all_wakes_who_waits_for_a_place() {
    let queue = WorkQueue::new(1);
    queue.try_push(0).unwrap();
    let mut reserve = woken(queue.reserve());
    assert_pending!(reserve.poll());
    queue.close_all();
    assert!(reserve.is_woken());
    assert_eq!(assert_ready!(reserve.poll()).err(), Some(Closed));
}

#[test]
fn a_reservation_waits_for_the_waker_that_polled_last() {
    let queue = WorkQueue::new(1);
    queue.try_push(0).unwrap();
    let mut reserve = queue.reserve();
    let (mut before, mut after) = (woken(()), woken(()));
    before.enter(|cx, _| assert_pending!(reserve.poll_unpin(cx)));
    after.enter(|cx, _| assert_pending!(reserve.poll_unpin(cx)));
    assert_eq!(before.kept_wakers(), 0);
    queue.worker().try_recv().unwrap();
    assert!(after.is_woken() && !before.is_woken());
}

#[test]
fn ready_takes_a_place_and_keeps_it_and_a_dropped_handle_gives_it_back() {
    let queue = WorkQueue::new(1);
    let mut holds = woken(queue.clone());
    for _ in 0..2 {
        assert_ready_ok!(holds.enter(|cx, sink| sink.poll_ready(cx)));
    }
    let mut waits = woken(queue.clone());
    assert_pending!(waits.enter(|cx, sink| sink.poll_ready(cx)));
    let mut last = woken(queue.push(3));
    assert_pending!(last.poll());
    drop(holds);
    assert!(waits.is_woken() && !last.is_woken());
    drop(waits);
    assert!(last.is_woken());
    assert_ready_ok!(last.poll());
    assert_eq!(queue.worker().try_recv(), Ok(3));
}

#[test]
fn a_sink_is_flushed_at_once_and_readiness_waits_for_its_turn() {
    let queue = WorkQueue::new(1);
    queue.try_push(0).unwrap();
    let mut sink = woken(queue.clone());
    assert_pending!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    assert_eq!(queue.worker().try_recv(), Ok(0));
    assert!(sink.is_woken());
    assert!(queue.try_push(9).unwrap_err().is_full(), "the place is the sink's");
    assert_ready_ok!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    sink.enter(|_, sink| sink.start_send(1)).unwrap();
    assert_ready_ok!(sink.enter(|cx, sink| sink.poll_flush(cx)));
    assert_eq!(queue.worker().try_recv(), Ok(1));
}

#[test]
fn close_ends_this_handle_only() {
    let mut queue = WorkQueue::new(2);
    let other = queue.clone();
    let mut worker = queue.worker();
    block_on(poll_fn(|cx| Pin::new(&mut queue).poll_ready(cx))).unwrap();
    block_on(queue.close()).unwrap();
    block_on(queue.close()).unwrap();
    assert!(queue.is_closed() && !other.is_closed() && queue.clone().is_closed());
    assert_eq!(block_on(queue.push(1)), Err(PublishError::Closed(1)));
    assert!(queue.try_push(1).unwrap_err().is_closed());
    assert!(block_on(queue.reserve()).is_err());
    assert_eq!(queue.closed().now_or_never(), Some(()));
    assert_eq!(block_on(queue.send(1)), Err(SinkError::Closed));
    assert_eq!(Pin::new(&mut queue).start_send(1), Err(SinkError::Unsent(1)));
    other.try_push(2).unwrap();
    other.try_push(3).unwrap();
    drop(other);
    assert_eq!((worker.try_recv(), worker.try_recv()), (Ok(2), Ok(3)));
    assert_eq!(worker.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_handle_that_is_closed_hands_its_place_or_its_turn_on() {
    for polls in [1, 2] {
        let queue = WorkQueue::new(1);
        queue.try_push(0).unwrap();
        let mut closes = woken(queue.clone());
        assert_pending!(closes.enter(|cx, sink| sink.poll_ready(cx)));
        let mut next = woken(queue.push(1));
        assert_pending!(next.poll());
        assert_eq!(queue.worker().try_recv(), Ok(0));
        if polls == 2 {
            assert_ready_ok!(closes.enter(|cx, sink| sink.poll_ready(cx)));
        }
        assert!(!next.is_woken());
        assert_ready_ok!(closes.enter(|cx, sink| sink.poll_close(cx)));
        assert!(next.is_woken(), "closed after {polls} polls");
        assert_ready_ok!(next.poll());
        assert_eq!(closes.kept_wakers(), 0);
    }
}

#[test]
fn a_message_that_is_closed_out_of_a_sink_comes_back() {
    let mut queue = WorkQueue::new(1);
    block_on(poll_fn(|cx| Pin::new(&mut queue).poll_ready(cx))).unwrap();
    queue.close_all();
    assert_eq!(Pin::new(&mut queue).start_send("late"), Err(SinkError::Unsent("late")));
    assert_eq!(block_on(queue.send("later")), Err(SinkError::Closed));
}

#[test]
#[should_panic(expected = "`start_send` needs a `poll_ready` that was ready")]
fn start_send_without_ready_is_refused() {
    let _ = Pin::new(&mut WorkQueue::new(1)).start_send(1);
}

#[test]
fn forward_ends_the_queue_where_it_has_the_last_handle() {
    let queue = WorkQueue::new(8);
    let worker = queue.worker();
    block_on(stream::iter(0..5).map(Ok).forward(queue)).unwrap();
    assert_eq!(block_on(worker.collect::<Vec<_>>()), [0, 1, 2, 3, 4]);
}

#[test]
fn a_weak_handle_keeps_the_queue_neither_open_nor_its_messages() {
    let leaks = Leaks::new();
    let queue = WorkQueue::new(2);
    let weak = queue.downgrade();
    queue.try_push(leaks.track(1)).unwrap();
    let mut worker = weak.upgrade().unwrap().worker();
    drop(queue);
    assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
    assert_eq!(*worker.try_recv().unwrap(), 1);
    assert!(matches!(worker.try_recv(), Err(TryRecvError::Closed)));
    let (other, closed) = (WorkQueue::new(2), WorkQueue::<u32>::new(2));
    other.try_push(leaks.track(2)).unwrap();
    let weak = other.downgrade();
    drop(other);
    leaks.check();
    assert!(weak.upgrade().is_none());
    closed.close_all();
    assert!(closed.downgrade().upgrade().unwrap().is_closed());
}

#[test]
fn workers_are_counted_until_they_are_dropped() {
    let queue = WorkQueue::<u32>::new(2);
    assert_eq!(queue.worker_count(), 0);
    let worker = queue.worker();
    let other = worker.clone();
    queue.close_all();
    assert_eq!(queue.worker_count(), 2);
    drop((worker, other));
    assert_eq!(queue.worker_count(), 0);
}
