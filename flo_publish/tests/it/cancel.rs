//! A future that is dropped before it completes leaves nothing behind, at whatever poll it is
//! dropped.

use flo_publish::{Publisher, TryRecvError};
use flo_test::{assert_pending, assert_ready, assert_ready_ok, woken};

use flo_test::Leaks;

#[test]
fn dropped_publish_returns_its_place() {
    // Dropped unpolled, in line, and after it was served.
    for polls in 0..=2 {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(0).unwrap();
        let mut cancelled = woken(publisher.publish(1));
        if polls > 0 {
            assert_pending!(cancelled.poll());
        }
        let mut next = woken(publisher.publish(2));
        assert_pending!(next.poll());
        if polls == 1 {
            drop(cancelled);
            assert_eq!(subscriber.try_recv(), Ok(0));
        } else {
            assert_eq!(subscriber.try_recv(), Ok(0));
            drop(cancelled);
        }
        assert!(next.is_woken(), "dropped after {polls} polls");
        assert_ready_ok!(next.poll());
        assert_eq!(subscriber.try_recv(), Ok(2));
        assert!(publisher.try_publish(3).is_ok());
    }
}

#[test]
fn a_dropped_publish_drops_its_message_and_nobody_got_it() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(leaks.track(0)).unwrap();
    let mut cancelled = woken(publisher.publish(leaks.track(1)));
    assert_pending!(cancelled.poll());
    drop(cancelled);
    assert_eq!(leaks.alive_count(), 1);
    assert_eq!(*subscriber.try_recv().unwrap(), 0);
    assert!(subscriber.is_empty());
}

#[test]
fn a_completed_publish_has_no_place_to_return() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let mut publish = woken(publisher.publish(0));
    assert_ready_ok!(publish.poll());
    drop(publish);
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    assert_eq!(subscriber.try_recv(), Ok(0));
}

#[test]
fn dropped_reserve_returns_its_place() {
    for served in [false, true] {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(0).unwrap();
        let mut cancelled = woken(publisher.reserve());
        assert_pending!(cancelled.poll());
        if served {
            subscriber.try_recv().unwrap();
            assert!(cancelled.is_woken());
        }
        drop(cancelled);
        if !served {
            subscriber.try_recv().unwrap();
        }
        assert!(publisher.try_publish(1).is_ok());
    }
}

#[test]
fn one_who_leaves_the_middle_of_the_line_is_passed_over() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut first = woken(publisher.publish(1));
    let mut middle = woken(publisher.publish(2));
    let mut last = woken(publisher.publish(3));
    assert_pending!(first.poll());
    assert_pending!(middle.poll());
    assert_pending!(last.poll());
    drop(middle);
    subscriber.try_recv().unwrap();
    assert_ready_ok!(first.poll());
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_ready_ok!(last.poll());
    assert_eq!(subscriber.try_recv(), Ok(3));
}

#[test]
fn dropped_recv_takes_no_message() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    {
        let mut recv = woken(subscriber.recv());
        let mut lossy_recv = woken(lossy.recv());
        assert_pending!(recv.poll());
        assert_pending!(lossy_recv.poll());
        publisher.try_publish(1).unwrap();
        assert!(recv.is_woken() && lossy_recv.is_woken());
    }
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_eq!(lossy.try_recv(), Ok(Ok(1)));
}

#[test]
fn dropped_recv_lets_its_waker_go() {
    let publisher = Publisher::<u32>::new(2);
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut recv = std::pin::pin!(subscriber.recv());
        assert_pending!(recv.as_mut().poll(cx));
        let mut recv = std::pin::pin!(lossy.recv());
        assert_pending!(recv.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    publisher.try_publish(1).unwrap();
    assert!(!outer.is_woken());
}

#[test]
fn dropped_drained_and_closed_let_their_wakers_go() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut drained = std::pin::pin!(publisher.drained());
        assert_pending!(drained.as_mut().poll(cx));
        let mut closed = std::pin::pin!(publisher.closed());
        assert_pending!(closed.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    let mut other = woken(publisher.drained());
    assert_pending!(other.poll());
    subscriber.try_recv().unwrap();
    publisher.close_all();
    assert!(!outer.is_woken());
    assert_ready!(other.poll());
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}
