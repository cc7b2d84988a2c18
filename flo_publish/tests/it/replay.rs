//! Kept messages: who subscribes later begins with them, and promised places stay good (R8).

use flo_publish::{Missed, Publisher, TryRecvError};
use flo_test::{Leaks, assert_ready_ok, woken};
use futures::executor::block_on;

fn drain(subscriber: &mut flo_publish::Subscriber<u32>) -> Vec<u32> {
    std::iter::from_fn(|| subscriber.try_recv().ok()).collect()
}

#[test]
fn a_late_subscriber_begins_with_what_is_kept() {
    let publisher = Publisher::new(8).with_replay(3);
    assert_eq!(drain(&mut publisher.subscribe()), [] as [u32; 0]);
    for n in 0..2 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!(drain(&mut publisher.subscribe()), [0, 1]);
    for n in 2..10 {
        publisher.try_publish(n).unwrap();
    }
    let mut late = publisher.subscribe();
    assert_eq!((late.position(), late.lag()), (7, 3));
    publisher.try_publish(10).unwrap();
    assert_eq!(drain(&mut late), [7, 8, 9, 10]);
    assert_eq!(publisher.subscribe_lossy().len(), 3);
    assert_eq!(late.resubscribe().len(), 0, "from now on");
}

#[test]
fn one_may_begin_with_any_number_that_is_kept_and_with_the_next() {
    let publisher = Publisher::new(8).with_replay(3);
    for n in 0..10 {
        publisher.try_publish(n).unwrap();
    }
    for from in 7..=10 {
        let mut subscriber = publisher.subscribe_from(from).unwrap();
        let expected: Vec<u32> = (u32::try_from(from).unwrap()..10).collect();
        assert_eq!(drain(&mut subscriber), expected);
    }
    let Missed { number, oldest, .. } = publisher.subscribe_from(6).unwrap_err();
    assert_eq!((number, oldest), (6, 7));
    let error = publisher.subscribe_from(6).unwrap_err();
    assert_eq!(error.to_string(), "message 6 is not kept any more, the oldest is 7");
    let early = publisher.subscribe_from(11).unwrap_err();
    assert_eq!(early.to_string(), "message 11 is not there yet");
    let plain = Publisher::new(8);
    plain.try_publish(1).unwrap();
    assert!(plain.subscribe_from(0).is_err() && plain.subscribe_from(1).is_ok());
}

#[test]
fn the_next_can_be_asked_for_also_after_the_end_and_before_all_who_were_served_know_it() {
    let publisher = Publisher::new(1);
    let _slow = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let (mut one, mut other) = (woken(publisher.publish(1)), woken(publisher.publish(2)));
    assert!(one.poll().is_pending() && other.poll().is_pending());
    publisher.close_all();
    assert_eq!(publisher.subscribe_from(1).unwrap().try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn r8_a_promised_place_stays_good_however_many_subscribe() {
    let publisher = Publisher::new(2).with_replay(2);
    publisher.try_publish(0).unwrap();
    publisher.try_publish(1).unwrap();
    let permit = block_on(publisher.reserve()).unwrap();
    let mut late = publisher.subscribe();
    assert_eq!(late.position(), 1, "message 0 is to make way for what was promised");
    permit.send(2).unwrap();
    assert_eq!(drain(&mut late), [1, 2]);
}

#[test]
fn kept_messages_hold_nobody_up_and_a_late_subscriber_holds_up_those_that_come_after_it() {
    let publisher = Publisher::new(2).with_replay(2);
    for n in 0..20 {
        publisher.try_publish(n).unwrap();
    }
    let mut late = publisher.subscribe();
    let mut publish = woken(publisher.publish(20));
    assert!(publish.poll().is_pending());
    assert_eq!(late.try_recv(), Ok(18));
    assert!(publish.is_woken());
    assert_ready_ok!(publish.poll());
    assert_eq!(drain(&mut late), [19, 20]);
}

#[test]
fn no_more_is_kept_than_was_asked_for_and_nothing_after_the_end() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(8).with_replay(2);
    for n in 0..5 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    assert_eq!(leaks.alive_count(), 2);
    let mut late = publisher.subscribe();
    publisher.close_all();
    assert_eq!(leaks.alive_count(), 2, "the backlog of the one who subscribed");
    assert_eq!((late.try_recv().map(|m| *m), late.try_recv().map(|m| *m)), (Ok(3), Ok(4)));
    assert_eq!(late.try_recv().unwrap_err(), TryRecvError::Closed);
    leaks.check();
    assert_eq!(publisher.subscribe().try_recv().unwrap_err(), TryRecvError::Closed);
}

#[test]
fn what_is_kept_can_be_changed_and_given_up() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(8).with_replay(4);
    for n in 0..4 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    let publisher = publisher.with_replay(1);
    assert_eq!((leaks.alive_count(), publisher.subscribe().len()), (1, 1));
    let publisher = publisher.with_replay(0);
    leaks.check();
    assert_eq!(publisher.subscribe().len(), 0);
}

#[test]
#[should_panic(expected = "keeps at most as many messages as its capacity, which is 2, not 3")]
fn more_than_the_capacity_cannot_be_kept() {
    drop(Publisher::<u32>::new(2).with_replay(3));
}
