//! Places that were promised: who waits for the next one is served when a message has nobody who must read it; shares; and
//! wakers that panic.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Wake, Waker},
    thread,
};

use flo_publish::{Publisher, WorkQueue, Worker};
use flo_test::{Seed, Tasks, assert_pending, assert_ready_ok, woken};
use futures::{FutureExt, executor::block_on};

#[test]
fn r6_a_publisher_in_line_is_served_when_a_permit_is_sent_to_nobody() {
    let publisher = Publisher::new(2);
    let [first, second] = [(); 2].map(|()| block_on(publisher.reserve()).unwrap());
    let mut third = woken(publisher.publish(2));
    assert_pending!(third.poll());
    first.send(0).unwrap();
    assert!(third.is_woken(), "message 0 is read by all of nobody: there is room");
    assert_ready_ok!(third.poll());
    second.send(1).unwrap();
}

#[test]
fn r6_a_publisher_in_line_is_served_when_a_permit_is_sent_to_lossy_subscribers_only() {
    let publisher = Publisher::new(1);
    let (_lossy, _latest) = (publisher.subscribe_lossy(), publisher.subscribe_latest());
    let permit = block_on(publisher.reserve()).unwrap();
    let mut second = woken(publisher.reserve());
    assert_pending!(second.poll());
    permit.send(0).unwrap();
    assert!(second.is_woken(), "nobody has to read message 0: there is room");
    drop(assert_ready_ok!(second.poll()));
}

#[test]
fn r6_all_publishers_in_line_are_served_when_the_last_subscriber_goes() {
    for has_lossy in [false, true] {
        let publisher = Publisher::new(1);
        let _lossy = has_lossy.then(|| publisher.subscribe_lossy());
        let subscriber = publisher.subscribe();
        publisher.try_publish(0).unwrap();
        let mut waiting = [1, 2, 3].map(|n| woken(publisher.publish(n)));
        for one in &mut waiting {
            assert_pending!(one.poll());
        }
        drop(subscriber);
        for (number, one) in waiting.iter_mut().enumerate() {
            assert!(one.is_woken(), "nobody is in the way of {number}");
            assert_ready_ok!(one.poll());
        }
    }
}

#[test]
fn q2_of_a_work_queue_too() {
    let queue = WorkQueue::new(1);
    let mut worker = queue.worker();
    let permit = block_on(queue.reserve()).unwrap();
    let mut second = woken(queue.reserve());
    assert_pending!(second.poll());
    permit.send(0).unwrap();
    assert_eq!(worker.try_recv(), Ok(0));
    drop(assert_ready_ok!(second.poll()));
}

/// How many messages each of so many workers on one thread takes.
fn shares(queue: WorkQueue<usize>, count: usize) -> Vec<usize> {
    let mut tasks = Tasks::seeded(Seed::from(0).prefix(0));
    let workers: Vec<_> = (0..count).map(|_| tasks.collect(queue.worker())).collect();
    tasks.settle();
    tasks.spawn(async move {
        for n in 0..1_000 * count {
            queue.push(n).await.expect("open");
        }
    });
    tasks.settle();
    tasks.assert_finished();
    workers.iter().map(|worker| worker.take().len()).collect()
}

#[test]
fn workers_on_one_thread_get_equally_much_wherever_the_queue_was_made() {
    for (capacity, count) in [(64, 4), (128, 16), (100, 7), (1_000, 3), (16, 16), (4, 16), (1, 3)] {
        let queue = thread::spawn(move || WorkQueue::new(capacity)).join().unwrap();
        let shares = shares(queue, count);
        let is_fair = shares.iter().all(|share| (900..=1_100).contains(share));
        assert!(is_fair, "{shares:?}: {count} at {capacity}");
    }
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker");
    }
}

/// What a worker takes where its first receive serves a pusher whose waker panics.
fn takes_all(take: impl Fn(&mut Worker<usize>) -> Option<usize>) -> Vec<usize> {
    let queue = WorkQueue::new(1);
    let mut worker = queue.worker();
    queue.try_push(1).expect("room");
    let mut push = std::pin::pin!(queue.push(2));
    let waker = Waker::from(Arc::new(Panics));
    assert!(push.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let (mut taken, mut is_pushed) = (Vec::new(), false);
    for _ in 0..3 {
        let one = catch_unwind(AssertUnwindSafe(|| take(&mut worker)));
        taken.extend(one.ok().flatten());
        if !is_pushed {
            is_pushed = push.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        }
    }
    taken
}

#[test]
fn a_pushers_waker_that_panics_costs_that_message_at_most() {
    assert_eq!(takes_all(|worker| worker.try_recv().ok()), [2]);
    assert_eq!(takes_all(|worker| worker.recv().now_or_never()?.ok()), [2]);
}
