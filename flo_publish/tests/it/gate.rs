//! Gates, numbers of subscribers, and sources that live while somebody listens.

use std::{cell::Cell, rc::Rc};

use flo_publish::Publisher;
use flo_test::{StreamProbe, Tasks, assert_ready, assert_ready_ok, cold, woken};
use futures::future::{Either, pending, ready};

#[test]
fn a_gate_holds_messages_back_until_enough_have_subscribed() {
    let publisher = Publisher::new(4).gated(2);
    let mut publish = woken(publisher.publish(1));
    assert!(publish.poll().is_pending());
    let mut first = publisher.subscribe();
    assert!(!publish.is_woken());
    assert!(publisher.try_publish(9).unwrap_err().is_full());
    let mut second = publisher.subscribe_lossy();
    assert!(publish.is_woken());
    assert_ready_ok!(publish.poll());
    assert_eq!((first.try_recv(), second.try_recv()), (Ok(1), Ok(Ok(1))));
    drop((first, second));
    assert!(publisher.try_publish(2).is_ok(), "once open it stays open");
}

#[test]
fn a_closed_gate_is_no_trap() {
    let publisher = Publisher::new(4).gated(1);
    let mut publish = woken(publisher.publish(1));
    assert!(publish.poll().is_pending());
    publisher.close_all();
    assert!(publish.is_woken());
    assert!(assert_ready!(publish.poll()).unwrap_err().is_closed());
}

#[test]
fn anybody_can_wait_for_subscribers() {
    let publisher = Publisher::<u32>::new(4);
    let (mut one, mut two) = (woken(publisher.subscribed(1)), woken(publisher.subscribed(2)));
    assert_ready!(woken(publisher.subscribed(0)).poll());
    assert!(one.poll().is_pending() && two.poll().is_pending());
    let _first = publisher.subscribe();
    assert!(one.is_woken() && !two.is_woken());
    assert_ready!(one.poll());
    let _second = publisher.subscribe_latest();
    assert_ready!(two.poll());
    drop(woken(publisher.subscribed(9)));
}

#[test]
fn the_number_of_subscribers_is_a_stream_of_the_latest() {
    let publisher = Publisher::<u32>::new(4);
    let mut counts = StreamProbe::new(publisher.observed());
    counts.expect("0-");
    let first = publisher.subscribe();
    let second = first.clone();
    counts.expect("2-");
    drop(first);
    let third = publisher.subscribe_latest();
    assert!(counts.is_woken());
    counts.expect("-");
    drop((second, third));
    counts.expect("0-");
    drop(publisher);
    counts.expect("|");
}

#[test]
fn a_source_is_made_anew_for_each_time_that_somebody_listens() {
    let publisher = Publisher::new(8);
    let source = cold("a-b--c----d");
    let log = source.log();
    let mut tasks = Tasks::new();
    tasks.spawn(publisher.while_observed(move || source.clone(), || ready(())));
    tasks.settle();
    assert_eq!(log.count(), 0);
    for life in 1..=2 {
        let mut subscriber = publisher.subscribe();
        tasks.settle();
        assert_eq!(log.count(), life);
        let heard: String = std::iter::from_fn(|| subscriber.try_recv().ok()).collect();
        assert_eq!(heard, "abcd");
        drop(subscriber);
        tasks.settle();
        assert!(log.diagrams()[life - 1].ends_with('!'));
    }
    publisher.close_all();
    tasks.settle();
    tasks.assert_finished();
}

#[test]
fn while_it_lingers_somebody_may_come_back() {
    let publisher = Publisher::new(8);
    let source = cold("a-b");
    let log = source.log();
    let lingers = Rc::new(Cell::new(0));
    // Of the two futures that are made the first never ends.
    let made = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let linger = {
        let made = std::sync::Arc::clone(&made);
        move || match made.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Either::Left(pending()),
            _ => Either::Right(ready(())),
        }
    };
    let mut tasks = Tasks::new();
    tasks.spawn(publisher.while_observed(move || source.clone(), linger));
    let first = publisher.subscribe();
    tasks.settle();
    drop(first);
    tasks.settle();
    lingers.set(made.load(std::sync::atomic::Ordering::SeqCst));
    assert_eq!((lingers.get(), log.count()), (1, 1));
    let second = publisher.subscribe();
    tasks.settle();
    assert!(!log.diagrams()[0].contains('!'), "it goes on for the one who has come back");
    drop(second);
    tasks.settle();
    assert!(log.diagrams()[0].ends_with('!'));
}

#[test]
fn a_source_waits_for_slow_subscribers_and_a_dropped_driver_leaves_no_place_taken() {
    let publisher = Publisher::new(1);
    let mut slow = publisher.subscribe();
    let mut driver = woken(publisher.while_observed(|| cold("(abc)"), || ready(())));
    assert!(driver.poll().is_pending());
    assert_eq!((slow.len(), slow.try_recv()), (1, Ok('a')));
    assert!(driver.is_woken());
    drop(driver);
    assert!(publisher.try_publish('z').is_ok(), "the place that it was served goes to the next");
}
