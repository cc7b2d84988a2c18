//! `drained` of a work queue waits until what was pushed before the call is taken; `closed`, for the end.

use flo_publish::WorkQueue;
use flo_test::{assert_pending, assert_ready, for_seeds, interleave, woken};
use futures::{FutureExt, executor::block_on, future::LocalBoxFuture};

#[test]
fn it_is_ready_where_nothing_waits_and_stays_ready() {
    let queue = WorkQueue::new(2);
    let mut drained = woken(queue.drained());
    queue.try_push(1).unwrap();
    assert_ready!(drained.poll());
    assert_pending!(woken(queue.drained()).poll());
}

#[test]
fn it_waits_for_what_was_pushed_before_the_call_and_for_no_more() {
    let queue = WorkQueue::new(4);
    let (mut left, mut right) = (queue.worker(), queue.worker());
    queue.try_push(1).unwrap();
    queue.try_push(2).unwrap();
    let mut first = woken(queue.drained());
    queue.try_push(3).unwrap();
    let (mut second, mut unpolled) = (woken(queue.drained()), woken(queue.drained()));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    assert_eq!(left.try_recv(), Ok(1));
    assert!(!first.is_woken());
    assert_eq!(block_on(right.recv()), Ok(2));
    assert!(first.is_woken() && !second.is_woken());
    assert_ready!(first.poll());
    assert_eq!(block_on(left.recv()), Ok(3));
    assert_ready!(second.poll());
    assert_ready!(unpolled.poll());
}

#[test]
fn what_is_pushed_on_permits_counts_when_it_is_sent() {
    let queue = WorkQueue::new(2);
    let mut worker = queue.worker();
    let permit = block_on(queue.reserve()).unwrap();
    assert_ready!(woken(queue.drained()).poll());
    permit.send(1).unwrap();
    let mut drained = woken(queue.drained());
    assert_pending!(drained.poll());
    assert_eq!(block_on(worker.recv()), Ok(1));
    assert!(drained.is_woken());
    assert_ready!(drained.poll());
}

#[test]
fn after_the_end_it_waits_for_what_is_left() {
    let queue = WorkQueue::new(4);
    let mut worker = queue.worker();
    queue.try_push(1).unwrap();
    let mut before = woken(queue.drained());
    assert_pending!(before.poll());
    queue.close_all();
    let mut after = woken(queue.drained());
    assert_pending!(after.poll());
    assert!(!before.is_woken());
    assert_eq!(worker.try_recv(), Ok(1));
    assert!(before.is_woken() && after.is_woken());
    assert_ready!(before.poll());
    assert_ready!(after.poll());
    assert_ready!(woken(queue.drained()).poll());
}

#[test]
fn a_message_that_is_meant_for_a_worker_is_not_taken_before_he_takes_it() {
    let queue = WorkQueue::new(4);
    let (mut first, mut second) = (queue.worker(), queue.worker());
    let mut served = woken(first.recv());
    assert_pending!(served.poll());
    queue.try_push(1).unwrap();
    let mut drained = woken(queue.drained());
    assert_pending!(drained.poll());
    drop(served);
    assert!(!drained.is_woken(), "nobody has it yet");
    assert_eq!(second.try_recv(), Ok(1));
    assert!(drained.is_woken());
    assert_ready!(drained.poll());
}

#[test]
fn dropped_drained_and_closed_let_their_wakers_go_and_those_of_others_stay() {
    let queue = WorkQueue::new(4);
    let mut worker = queue.worker();
    queue.try_push(1).unwrap();
    let (mut drained, mut closed) = (woken(queue.drained()), woken(queue.closed()));
    assert_pending!(drained.poll());
    assert_pending!(closed.poll());
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let _unpolled = (queue.drained(), queue.closed());
        let mut drained = std::pin::pin!(queue.drained());
        assert_pending!(drained.as_mut().poll(cx));
        let mut closed = std::pin::pin!(queue.closed());
        assert_pending!(closed.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    assert_eq!(block_on(worker.recv()), Ok(1));
    queue.close_all();
    assert!(!outer.is_woken() && drained.is_woken() && closed.is_woken());
    assert_ready!(drained.poll());
    assert_ready!(closed.poll());
}

#[test]
fn the_waker_that_polled_last_is_the_one_that_is_woken() {
    let queue = WorkQueue::new(4);
    queue.try_push(1).unwrap();
    let (mut drained, mut closed) = (queue.drained(), queue.closed());
    let (mut before, mut after) = (woken(()), woken(()));
    for task in [&mut before, &mut after] {
        task.enter(|cx, _| {
            assert_pending!(drained.poll_unpin(cx));
            assert_pending!(closed.poll_unpin(cx));
            assert_pending!(drained.poll_unpin(cx));
        });
    }
    assert_eq!(before.kept_wakers(), 0);
    queue.worker().try_recv().unwrap();
    queue.close_all();
    assert!(!before.is_woken());
    assert_eq!(after.wakes(), 2);
}

#[test]
fn closed_waits_for_close_all_and_is_ready_after_it() {
    let queue = WorkQueue::<u32>::new(2);
    let other = queue.clone();
    let mut closed = woken(queue.closed());
    assert_pending!(closed.poll());
    other.close_all();
    assert!(closed.is_woken());
    assert_ready!(closed.poll());
    assert_ready!(woken(queue.closed()).poll());
}

#[test]
fn while_somebody_waits_for_it_pushers_and_workers_go_on_as_ever() {
    let queue = WorkQueue::new(1);
    let mut worker = queue.worker();
    queue.try_push(0).unwrap();
    let mut drained = woken(queue.drained());
    let mut waiting = woken(queue.push(1));
    assert_pending!(drained.poll());
    assert_pending!(waiting.poll());
    assert_eq!(block_on(worker.recv()), Ok(0));
    assert!(drained.is_woken() && waiting.is_woken());
    assert!(waiting.poll().is_ready());
    assert_eq!(block_on(worker.recv()), Ok(1));
    assert_ready!(drained.poll());
    let mut recv = woken(worker.recv());
    assert_pending!(recv.poll());
    queue.try_push(2).unwrap();
    assert!(recv.is_woken());
}

#[test]
fn in_every_order_it_comes_when_what_was_there_is_taken_and_not_before() {
    for_seeds(300, |seed| {
        let queue = WorkQueue::new(3);
        let taken = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let mut futures: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
        for _ in 0..2 {
            let (mut worker, taken) = (queue.worker(), &taken);
            futures.push(Box::pin(async move {
                while let Ok(message) = worker.recv().await {
                    taken.borrow_mut().insert(message);
                }
            }));
        }
        let pushing = queue.clone();
        drop(queue);
        let taken = &taken;
        futures.push(Box::pin(async move {
            for round in 0..4 {
                for n in 0..4 {
                    pushing.push(round * 4 + n).await.unwrap();
                }
                if round % 2 == 0 {
                    // One that is given up, and one that somebody waits for.
                    drop(pushing.drained());
                    pushing.drained().await;
                    let all = (0..(round + 1) * 4).collect();
                    assert!(taken.borrow().is_superset(&all), "{:?}", taken.borrow());
                }
            }
        }));
        interleave(seed, futures);
        assert_eq!(taken.borrow().len(), 16);
    });
}
