//! A work queue gives each message to one worker; none is lost with a worker, and turns are fair.

use std::{collections::BTreeSet, thread};

use flo_publish::{Closed, TryRecvError, WorkQueue};
use flo_test::{
    Leaks, Seed, Tasks, assert_ready, assert_ready_eq, assert_ready_ok, for_seeds, interleave,
    woken,
};
use futures::StreamExt;

#[test]
fn who_waited_first_is_served_first() {
    let queue = WorkQueue::new(4);
    let (mut first, mut second) = (queue.worker(), queue.worker());
    let (mut first, mut second) = (woken(first.recv()), woken(second.recv()));
    assert!(first.poll().is_pending() && second.poll().is_pending());
    queue.try_push(1).unwrap();
    assert!(first.is_woken() && !second.is_woken());
    queue.try_push(2).unwrap();
    assert_ready_eq!(second.poll(), Ok(1));
    assert_ready_eq!(first.poll(), Ok(2));
}

#[test]
fn a_served_worker_that_goes_away_loses_nothing() {
    let queue = WorkQueue::new(4);
    let (mut first, mut second) = (queue.worker(), queue.worker());
    let mut served = woken(first.recv());
    let mut next = woken(second.recv());
    assert!(served.poll().is_pending() && next.poll().is_pending());
    queue.try_push(1).unwrap();
    assert!(served.is_woken());
    drop(served);
    assert!(next.is_woken(), "its turn goes to the next");
    assert_ready_eq!(next.poll(), Ok(1));
    drop(next);
    let mut streaming = woken(first);
    assert!(streaming.poll_next().is_pending());
    queue.try_push(2).unwrap();
    assert_eq!(second.try_recv(), Err(TryRecvError::Empty), "it is meant for the one who waited");
    drop(streaming);
    assert_eq!(second.try_recv(), Ok(2));
}

#[test]
fn workers_on_one_thread_get_equally_much() {
    for (capacity, count) in [(64, 4), (128, 16), (100, 7), (1_000, 3), (16, 16), (4, 16), (1, 3)] {
        let queue = WorkQueue::new(capacity);
        // Whoever is woken runs in turn.
        let mut tasks = Tasks::seeded(Seed::from(0).prefix(0));
        let workers: Vec<_> = (0..count).map(|_| tasks.collect(queue.worker())).collect();
        tasks.settle();
        tasks.spawn(async move {
            for n in 0..1_000 * count {
                queue.push(n).await.unwrap();
            }
        });
        tasks.settle();
        tasks.assert_finished();
        for worker in &workers {
            let share = worker.take().len();
            assert!((900..=1_100).contains(&share), "{share} of 1 000: {count} at {capacity}");
        }
    }
}

#[test]
fn a_worker_lets_others_run_after_a_turn_and_one_that_is_alone_goes_on() {
    let queue = WorkQueue::new(1_000);
    let mut worker = queue.worker();
    let mut take = || {
        let mut taking = woken(worker.recv());
        let taken = taking.poll();
        assert!(taken.is_ready() || taking.is_woken(), "it comes back by itself");
        taken.is_ready()
    };
    for n in 0..500 {
        queue.try_push(n).unwrap();
    }
    assert!((0..200).all(|_| take()), "there is nobody to let run");
    let other = queue.worker();
    assert!(!take(), "it had its turn, and more");
    let in_a_row = (0..300).take_while(|_| take()).count();
    assert!((1..=64).contains(&in_a_row), "{in_a_row} in a row");
    drop(other);
    assert!((0..100).all(|_| take()), "alone again");
}

#[test]
fn places_are_served_first_come_first_served_and_handed_on() {
    let queue = WorkQueue::new(1);
    let mut worker = queue.worker();
    queue.try_push(0).unwrap();
    let mut first = woken(queue.push(1));
    let mut second = woken(queue.push(2));
    assert!(first.poll().is_pending() && second.poll().is_pending());
    assert_eq!(worker.try_recv(), Ok(0));
    assert!(first.is_woken() && !second.is_woken());
    assert!(queue.try_push(9).unwrap_err().is_full(), "the place is promised");
    drop(first);
    assert!(second.is_woken());
    assert_ready_ok!(second.poll());
    assert_eq!(worker.try_recv(), Ok(2));
}

#[test]
fn messages_wait_for_a_worker_and_the_end_comes_after_the_last() {
    let queue = WorkQueue::new(4);
    queue.try_push(1).unwrap();
    let other = queue.clone();
    let mut worker = queue.worker();
    drop(queue);
    other.try_push(2).unwrap();
    drop(other);
    assert_eq!((worker.try_recv(), worker.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(worker.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_end_wakes_all_who_wait_and_not_before_the_last_message_is_taken() {
    let queue = WorkQueue::new(4);
    let (mut served, mut waits) = (queue.worker(), queue.worker());
    let (mut served, mut waits) = (woken(served.recv()), woken(waits.recv()));
    assert!(served.poll().is_pending() && waits.poll().is_pending());
    queue.try_push(1).unwrap();
    queue.close_all();
    assert!(!waits.is_woken(), "what is meant for another may still come to it");
    drop(served);
    assert_ready_eq!(waits.poll(), Ok(1));
    let mut late = queue.worker();
    assert_ready_eq!(woken(late.recv()).poll(), Err(Closed));
    let mut push = woken(queue.push(3));
    assert!(assert_ready!(push.poll()).unwrap_err().is_closed());
}

#[test]
fn close_all_gives_those_in_line_their_message_back() {
    let queue = WorkQueue::new(1);
    queue.try_push(0).unwrap();
    let mut waiting = woken(queue.push(1));
    assert!(waiting.poll().is_pending());
    queue.close_all();
    assert!(waiting.is_woken());
    assert_eq!(assert_ready!(waiting.poll()).unwrap_err().into_inner(), 1);
}

#[test]
fn messages_are_freed_with_their_queue_and_need_no_clone() {
    struct NoClone<T> {
        _leak: T,
    }
    let leaks = Leaks::new();
    let queue = WorkQueue::new(4);
    let mut worker = queue.worker();
    for n in 0..3 {
        queue.try_push(NoClone { _leak: leaks.track(n) }).unwrap();
    }
    drop(worker.try_recv().ok());
    assert_eq!(leaks.alive_count(), 2);
    drop((queue, worker));
    leaks.check();
}

#[test]
fn in_every_order_each_message_goes_to_exactly_one_worker() {
    for_seeds(300, |seed| {
        let queue = WorkQueue::new(2);
        let workers: Vec<_> = (0..3).map(|_| queue.worker()).collect();
        let working = |mut worker: flo_publish::Worker<u32>, most: usize| async move {
            let mut taken = Vec::new();
            while taken.len() < most
                && let Ok(message) = worker.recv().await
            {
                taken.push(message);
            }
            taken
        };
        let pushing = |from: u32| {
            let queue = queue.clone();
            async move {
                for n in from..from + 6 {
                    queue.push(n).await.unwrap();
                }
                Vec::new()
            }
        };
        let mut futures: Vec<futures::future::LocalBoxFuture<'_, Vec<u32>>> = Vec::new();
        for (worker, most) in workers.into_iter().zip([2, 99, 99]) {
            futures.push(Box::pin(working(worker, most)));
        }
        futures.push(Box::pin(pushing(0)));
        futures.push(Box::pin(pushing(100)));
        drop(queue);
        let taken: Vec<u32> = interleave(seed, futures).concat();
        assert_eq!(taken.len(), 12);
        let all: BTreeSet<u32> = (0..6).chain(100..106).collect();
        assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), all);
    });
}

#[test]
fn on_two_threads_nothing_is_lost_or_taken_twice_and_the_order_of_a_pusher_is_kept() {
    const MESSAGES: u32 = 20_000;
    let queue = WorkQueue::new(16);
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let worker = queue.worker();
            thread::spawn(move || futures::executor::block_on(worker.collect::<Vec<_>>()))
        })
        .collect();
    for n in 0..MESSAGES {
        queue.push_blocking(n).unwrap();
    }
    drop(queue);
    let mut all = Vec::new();
    for worker in workers {
        let taken = worker.join().unwrap();
        assert!(taken.is_sorted());
        all.extend(taken);
    }
    all.sort_unstable();
    assert_eq!(all, (0..MESSAGES).collect::<Vec<_>>());
}
