//! Strangers' code in the newest message, in one who is cut off, and around a work queue.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    task::{Context, Wake, Waker},
};

use flo_publish::{Publisher, RecvError, TryRecvError, WorkQueue};
use flo_test::{Calls, assert_pending, assert_ready_eq, woken};

type Deed = Arc<dyn Fn() + Send + Sync>;

/// A message, or a waker, that does something when its code runs.
enum Meddler {
    Quiet,
    InClone(Deed),
    InDrop(Deed),
    InWake(Deed),
}

impl Meddler {
    fn in_clone(deed: impl Fn() + Send + Sync + 'static) -> Self {
        Self::InClone(Arc::new(deed))
    }

    fn in_drop(deed: impl Fn() + Send + Sync + 'static) -> Self {
        Self::InDrop(Arc::new(deed))
    }

    fn in_wake(deed: impl Fn() + Send + Sync + 'static) -> Waker {
        Arc::new(Self::InWake(Arc::new(deed))).into()
    }
}

/// What comes of it is quiet.
impl Clone for Meddler {
    fn clone(&self) -> Self {
        if let Self::InClone(deed) = self {
            deed();
        }
        Self::Quiet
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        if let Self::InDrop(deed) = self {
            deed();
        }
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        if let Self::InWake(deed) = &*self {
            deed();
        }
    }
}

#[test]
fn a_clone_of_the_newest_message_may_use_its_publisher() {
    let publisher = Publisher::new(1);
    let (mut first, mut second) = (publisher.subscribe_latest(), publisher.subscribe_latest());
    let (weak, calls) = (publisher.downgrade(), Calls::new());
    let called = calls.clone();
    let message = Meddler::in_clone(move || {
        let publisher = weak.upgrade().expect("it is open");
        assert!(publisher.try_publish(Meddler::Quiet).is_ok(), "R7");
        let mut third = publisher.subscribe_latest();
        assert!(publisher.try_publish(Meddler::Quiet).is_ok());
        assert!(third.try_recv().is_ok());
        called.record(());
    });
    assert!(publisher.try_publish(message).is_ok());
    assert!(first.try_recv().is_ok());
    calls.assert_count(1);
    // Two have come meanwhile; each sees the newest, once.
    for follower in [&mut first, &mut second] {
        assert!(follower.try_recv().is_ok());
        assert!(matches!(follower.try_recv(), Err(TryRecvError::Empty)));
        assert_eq!(follower.position(), 3);
    }
}

#[test]
fn a_clone_of_the_newest_message_that_panics_costs_that_message() {
    let publisher = Publisher::new(1);
    let (mut first, mut second) = (publisher.subscribe_latest(), publisher.subscribe_latest());
    assert!(publisher.try_publish(Meddler::in_clone(|| panic!("a message's clone"))).is_ok());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| first.try_recv().is_ok())).is_err());
    assert!(matches!(first.try_recv(), Err(TryRecvError::Empty)), "that one is skipped");
    assert!(second.try_recv().is_ok(), "the last one gets the message itself");
    assert!(publisher.try_publish(Meddler::Quiet).is_ok());
    assert!(first.try_recv().is_ok() && second.try_recv().is_ok());
}

#[test]
fn a_message_lost_to_one_who_is_cut_off_may_use_its_publisher_when_it_is_dropped() {
    let publisher = Publisher::new(2);
    let mut slow = publisher.subscribe_or_close();
    let calls = Calls::new();
    for _ in 0..2 {
        let (weak, called) = (publisher.downgrade(), calls.clone());
        let message = Meddler::in_drop(move || {
            let publisher = weak.upgrade().expect("it is open");
            assert!(publisher.try_publish(Meddler::Quiet).is_ok(), "R7");
            drop(publisher.subscribe_or_close());
            called.record(());
        });
        assert!(publisher.try_publish(message).is_ok());
    }
    calls.assert_count(0);
    // The first goes; what its drop publishes pushes out the second, and so on.
    assert!(publisher.try_publish(Meddler::Quiet).is_ok());
    calls.assert_count(2);
    assert_eq!(publisher.position(), 5);
    let cut_off = woken(slow.recv()).poll();
    assert!(matches!(cut_off, std::task::Poll::Ready(Err(RecvError::CutOff(_)))));
}

#[test]
fn a_workers_waker_may_push_take_and_come_and_go() {
    let queue = WorkQueue::new(4);
    let (other, calls) = (queue.clone(), Calls::new());
    let called = calls.clone();
    let waker = Meddler::in_wake(move || {
        assert!(other.try_push(2).is_ok(), "Q5");
        let mut worker = other.worker();
        called.record(worker.try_recv());
        drop(worker.clone());
    });
    let mut worker = queue.worker();
    {
        let mut recv = std::pin::pin!(worker.recv());
        assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(queue.try_push(1).is_ok());
        // The first message was meant for the one that was woken, so whoever came got the next to take.
        calls.assert([Ok(1)]);
        let taken = recv.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(taken, std::task::Poll::Ready(Ok(2)), "Q1: one message is meant for it still");
    }
    assert_pending!(woken(worker.recv()).poll());
}

#[test]
fn a_pushers_waker_may_take_what_it_waited_for() {
    let queue = WorkQueue::new(1);
    assert!(queue.try_push(1).is_ok());
    let inner = flo_core::sync::Mutex::new(Some(queue.worker()));
    let calls = Calls::new();
    let called = calls.clone();
    let waker = Meddler::in_wake(move || {
        let worker = inner.lock().take();
        called.record(worker.expect("it is woken once").try_recv());
    });
    let mut worker = queue.worker();
    let mut push = std::pin::pin!(queue.push(2));
    assert!(push.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(worker.try_recv(), Ok(1));
    calls.assert([Err(TryRecvError::Empty)]);
    let pushed = push.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(pushed, std::task::Poll::Ready(Ok(()))), "Q2: its place was promised");
    assert_ready_eq!(woken(worker.recv()).poll(), Ok(2));
}

#[test]
fn the_wakers_of_those_who_wait_for_a_queue_may_use_it_in_every_way() {
    let queue = WorkQueue::new(2);
    assert!(queue.try_push(1).is_ok());
    let calls = Calls::new();
    let waker = |calls: &Calls<bool>| {
        let (weak, called) = (queue.downgrade(), calls.clone());
        Meddler::in_wake(move || {
            let queue = weak.upgrade().expect("Q5");
            for _ in 0..2 {
                let mut waiting = woken(queue.reserve());
                drop(waiting.poll());
                let _ = woken(queue.drained()).poll();
                let _ = woken(queue.closed()).poll();
                let _ = (queue.try_push(3), queue.worker().try_recv());
            }
            called.record(queue.is_closed());
        })
    };
    let (drains, closes, places) = (waker(&calls), waker(&calls), waker(&calls));
    let mut drained = std::pin::pin!(queue.drained());
    let mut closed = std::pin::pin!(queue.closed());
    assert!(queue.try_push(2).is_ok());
    let mut reserve = std::pin::pin!(queue.reserve());
    assert!(drained.as_mut().poll(&mut Context::from_waker(&drains)).is_pending());
    assert!(closed.as_mut().poll(&mut Context::from_waker(&closes)).is_pending());
    assert!(reserve.as_mut().poll(&mut Context::from_waker(&places)).is_pending());
    assert_eq!(queue.worker().try_recv(), Ok(1));
    calls.assert([false, false]);
    queue.close_all();
    calls.assert([true]);
}

#[test]
fn the_waker_of_one_who_waits_until_nobody_listens_may_subscribe() {
    let publisher = Publisher::new(2);
    let (weak, calls) = (publisher.downgrade(), Calls::new());
    let called = calls.clone();
    let waker = Meddler::in_wake(move || {
        let publisher = weak.upgrade().expect("R7");
        let back = publisher.subscribe();
        assert!(publisher.try_publish(1).is_ok());
        called.record((publisher.subscriber_count(), publisher.len(), back.len()));
    });
    let subscriber = publisher.subscribe();
    let mut gone = std::pin::pin!(publisher.unsubscribed());
    assert!(gone.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(subscriber);
    calls.assert([(1, 1, 1)]);
    assert!(gone.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn a_workers_waker_that_panics_costs_a_permit_its_place_once_and_not_the_message() {
    let queue = WorkQueue::new(1);
    let waker = Meddler::in_wake(|| panic!("a waker"));
    let mut worker = queue.worker();
    let mut recv = std::pin::pin!(worker.recv());
    assert!(recv.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut reserve = woken(queue.reserve());
    let std::task::Poll::Ready(Ok(permit)) = reserve.poll() else { panic!("there is a place") };
    assert!(panic::catch_unwind(AssertUnwindSafe(|| permit.send(1).is_ok())).is_err());
    assert!(queue.try_push(2).unwrap_err().is_full(), "the place is used, and not given back");
    let taken = recv.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(taken, std::task::Poll::Ready(Ok(1)));
    assert!(queue.try_push(2).is_ok());
}

#[test]
fn a_pushers_waker_that_panics_leaks_no_message_that_was_taken() {
    let leaks = flo_test::Leaks::new();
    let queue = WorkQueue::new(1);
    let mut worker = queue.worker();
    let waker = Meddler::in_wake(|| panic!("a waker"));
    assert!(queue.try_push(leaks.track(0)).is_ok());
    let mut push = std::pin::pin!(queue.push(leaks.track(1)));
    assert!(push.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let taken = panic::catch_unwind(AssertUnwindSafe(|| worker.try_recv().is_ok()));
    assert!(taken.is_err());
    assert_eq!((queue.len(), leaks.alive_count()), (0, 1), "the other one waits");
}
