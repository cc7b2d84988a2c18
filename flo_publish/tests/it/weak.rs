//! Weak subscribers of every kind hold nobody up, keep nothing, and become subscribers from then on; and
//! who belongs to whom.

use flo_publish::{Lagged, Publisher, RecvError, TryRecvError};
use flo_test::Leaks;

#[test]
fn a_weak_subscriber_is_none_and_keeps_no_message() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(1);
    let lossless = publisher.subscribe().downgrade();
    let (lossy, latest) =
        (publisher.subscribe_lossy().downgrade(), publisher.subscribe_latest().downgrade());
    assert_eq!(publisher.subscriber_count(), 0);
    for n in 0..3 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    leaks.check();
    assert!(lossless.upgrade().is_some() && lossy.upgrade().is_some());
    assert!(latest.clone().upgrade().is_some());
}

#[test]
fn it_becomes_a_subscriber_of_its_kind_from_then_on() {
    let publisher = Publisher::new(1).with_replay(1);
    let (lossy, latest) = (publisher.subscribe_lossy(), publisher.subscribe_latest());
    let (lossy, latest) = (lossy.downgrade(), latest.downgrade());
    let patient = publisher.subscribe_or_close().downgrade();
    publisher.try_publish(0).unwrap();
    let (mut lossy, mut latest) = (lossy.upgrade().unwrap(), latest.upgrade().unwrap());
    let mut patient = patient.upgrade().unwrap();
    assert_eq!((lossy.position(), latest.position()), (1, 1));
    assert_eq!(latest.try_recv(), Err(TryRecvError::Empty), "also where the last one is kept");
    for n in 1..=3 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!((lossy.try_recv(), lossy.try_recv()), (Ok(Err(Lagged(2))), Ok(Ok(3))));
    assert_eq!(latest.try_recv(), Ok(3));
    assert_eq!(patient.recv_blocking(), Err(RecvError::CutOff(Lagged(2))));
}

#[test]
fn after_the_end_there_is_none() {
    for closes in [true, false] {
        let publisher = Publisher::<u32>::new(1);
        let lossless = publisher.subscribe().downgrade();
        let (lossy, latest) =
            (publisher.subscribe_lossy().downgrade(), publisher.subscribe_latest().downgrade());
        if closes {
            publisher.close_all();
        } else {
            drop(publisher);
        }
        assert!(lossless.upgrade().is_none());
        assert!(lossy.upgrade().is_none() && latest.upgrade().is_none());
    }
}

#[test]
fn handles_of_one_publisher_know_each_other_and_their_subscribers() {
    let (publisher, other) = (Publisher::<u32>::new(1), Publisher::new(1));
    let mut closed = publisher.clone();
    futures::executor::block_on(futures::SinkExt::close(&mut closed)).unwrap();
    for handle in [&publisher.clone(), &closed, &publisher.downgrade().upgrade().unwrap()] {
        assert!(publisher.same_publisher(handle) && handle.same_publisher(&publisher));
        assert!(!other.same_publisher(handle));
        assert!(publisher.subscribe().is_from(handle) && !other.subscribe().is_from(handle));
    }
    let lossy = publisher.subscribe_lossy();
    assert!(lossy.clone().is_from(&publisher) && lossy.resubscribe().is_from(&publisher));
    assert!(publisher.subscribe_latest().is_from(&publisher));
    assert!(!publisher.subscribe_latest().is_from(&other));
}

#[test]
fn the_length_of_a_publisher_is_what_the_slowest_lossless_subscriber_has_not_read() {
    for capacity in [1, 2, 3, 5, 8] {
        let publisher = Publisher::new(capacity);
        let _lossy = (publisher.subscribe_lossy(), publisher.subscribe_latest());
        publisher.try_publish(0).unwrap();
        assert!(publisher.is_empty(), "nobody has to read it");
        let (mut slow, mut fast) = (publisher.subscribe(), publisher.subscribe());
        for round in 0..20 {
            while publisher.try_publish(round).is_ok() {
                assert_eq!(publisher.len(), slow.len());
            }
            assert_eq!(publisher.len(), capacity);
            while fast.try_recv().is_ok() {}
            for _ in 0..=round % capacity {
                slow.try_recv().unwrap();
                assert_eq!(publisher.len(), slow.len());
            }
        }
        drop(slow);
        assert_eq!((publisher.len(), publisher.is_empty()), (fast.len(), fast.is_empty()));
        publisher.close_all();
        drop(fast);
        assert!(publisher.is_empty());
    }
}
