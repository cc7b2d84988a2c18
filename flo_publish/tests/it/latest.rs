//! A subscriber to the latest sees the newest message, the last one included, and holds nobody up.

use flo_publish::{LossySubscriber, Publisher, TryRecvError};
use flo_test::{Leaks, StreamProbe, woken};

#[test]
fn it_sees_the_newest_and_skips_what_came_before() {
    let publisher = Publisher::new(2);
    let mut latest = StreamProbe::new(publisher.subscribe_latest());
    latest.expect("-");
    for n in 1..=5 {
        publisher.try_publish(n).unwrap();
    }
    latest.expect("5-");
    publisher.try_publish(6).unwrap();
    drop(publisher);
    latest.expect("(6|)");
}

#[test]
fn it_begins_with_the_next_message_or_with_the_last_one_that_is_kept() {
    let publisher = Publisher::new(4);
    publisher.try_publish(1).unwrap();
    let mut next = publisher.subscribe_latest();
    assert_eq!(next.try_recv(), Err(TryRecvError::Empty));
    let keeping = Publisher::new(4).with_replay(3);
    for n in 1..=3 {
        keeping.try_publish(n).unwrap();
    }
    let mut last = keeping.subscribe_latest();
    assert_eq!((last.len(), last.try_recv()), (1, Ok(3)));
}

#[test]
fn publishers_never_wait_for_it() {
    let publisher = Publisher::new(1);
    let mut latest = publisher.subscribe_latest();
    for n in 0..10 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!((latest.lag(), latest.try_recv(), latest.position()), (10, Ok(9), 10));
}

#[test]
fn a_message_is_freed_when_the_last_of_them_has_read_it() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(4);
    let (mut one, mut other) = (publisher.subscribe_latest(), publisher.subscribe_latest());
    publisher.try_publish(leaks.track(1)).unwrap();
    drop(one.try_recv().unwrap());
    assert_eq!(leaks.alive_count(), 1);
    drop(other.try_recv().unwrap());
    assert_eq!((leaks.alive_count(), leaks.clone_count()), (0, 1), "the last one moves it out");
    publisher.try_publish(leaks.track(2)).unwrap();
    publisher.try_publish(leaks.track(3)).unwrap();
    assert_eq!(leaks.alive_count(), 1, "an older one goes when a newer one comes");
    drop(one);
    assert_eq!(leaks.alive_count(), 1);
    drop(other);
    leaks.check();
}

#[test]
fn a_clone_sees_what_its_original_has_not() {
    let publisher = Publisher::new(4);
    let mut original = publisher.subscribe_latest();
    publisher.try_publish(1).unwrap();
    let mut clone = original.clone();
    assert_eq!((original.try_recv(), clone.try_recv()), (Ok(1), Ok(1)));
    assert_eq!(original.clone().try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn each_publish_wakes_it_once_and_only_while_it_waits() {
    let publisher = Publisher::new(4);
    let mut latest = woken(publisher.subscribe_latest());
    assert!(latest.poll_next().is_pending());
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    assert_eq!(latest.wakes(), 1);
}

#[test]
fn all_policies_live_on_one_publisher() {
    let publisher = Publisher::new(2);
    let mut lossless = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    let mut latest = publisher.subscribe_latest();
    let mut patient = publisher.subscribe_or_close();
    for n in 0..6 {
        publisher.try_publish(n).unwrap();
        assert_eq!(lossless.try_recv(), Ok(n));
    }
    assert_eq!(publisher.subscriber_count(), 4);
    let items = std::iter::from_fn(|| LossySubscriber::try_recv(&mut lossy).ok());
    assert_eq!(items.collect::<Vec<_>>(), [Err(flo_publish::Lagged(4)), Ok(4), Ok(5)]);
    assert_eq!(latest.try_recv(), Ok(5));
    assert_eq!(patient.try_recv(), Err(TryRecvError::CutOff(flo_publish::Lagged(4))));
    assert_eq!(publisher.subscriber_count(), 3);
}
