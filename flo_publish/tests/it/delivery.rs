//! Every message, in one order, from the subscription on.

use flo_publish::{Publisher, TryRecvError};
use flo_test::Leaks;
use futures::{StreamExt, executor::block_on};

#[test]
fn every_subscriber_gets_every_message_in_order() {
    let publisher = Publisher::new(8);
    let subscribers: Vec<_> = (0..4).map(|_| publisher.subscribe()).collect();
    for n in 0..8 {
        publisher.try_publish(n).unwrap();
    }
    drop(publisher);
    for subscriber in subscribers {
        assert_eq!(block_on(subscriber.collect::<Vec<_>>()), (0..8).collect::<Vec<_>>());
    }
}

#[test]
fn a_subscriber_gets_what_is_accepted_after_it_subscribed() {
    let publisher = Publisher::new(8);
    let _other = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut late = publisher.subscribe();
    let mut late_lossy = publisher.subscribe_lossy();
    publisher.try_publish(2).unwrap();
    assert_eq!(late.try_recv(), Ok(2));
    assert_eq!(late_lossy.try_recv(), Ok(Ok(2)));
    assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn with_no_subscriber_a_message_is_accepted_and_goes_nowhere() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(1);
    for n in 0..10 {
        publisher.try_publish(leaks.track(n)).unwrap();
        leaks.check();
    }
    assert!(publisher.subscribe().is_empty());
}

#[test]
fn many_laps_at_small_capacities_keep_order_and_count() {
    for capacity in 1..=5 {
        let publisher = Publisher::new(capacity);
        let mut lossless = publisher.subscribe();
        let mut lossy = publisher.subscribe_lossy();
        let (mut sent, mut received) = (0_u64, 0_u64);
        for lap in 0..50 {
            let batch = u64::try_from(lap % capacity + 1).unwrap();
            for _ in 0..batch {
                publisher.try_publish(sent).unwrap();
                sent += 1;
            }
            for _ in 0..batch {
                assert_eq!(lossless.try_recv(), Ok(received), "capacity {capacity}");
                assert_eq!(lossy.try_recv(), Ok(Ok(received)), "capacity {capacity}");
                received += 1;
            }
            assert_eq!(lossless.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

#[test]
fn n_subscribers_cost_n_minus_one_clones() {
    for n in 1..=5 {
        let leaks = Leaks::new();
        let publisher = Publisher::new(4);
        let mut subscribers: Vec<_> = (1..n).map(|_| publisher.subscribe()).collect();
        let mut lossy = publisher.subscribe_lossy();
        publisher.try_publish(leaks.track(7)).unwrap();
        assert_eq!(*lossy.try_recv().unwrap().unwrap(), 7);
        for subscriber in &mut subscribers {
            assert_eq!(*subscriber.try_recv().unwrap(), 7);
        }
        assert_eq!(leaks.clone_count(), n - 1);
        leaks.check();
    }
}

#[test]
fn a_clone_gets_everything_its_original_has_not_read() {
    let publisher = Publisher::new(8);
    let mut original = publisher.subscribe();
    for n in 0..4 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!(original.try_recv(), Ok(0));
    let mut clone = original.clone();
    assert_eq!(clone.len(), 3);
    assert_eq!(original.try_recv(), Ok(1));
    drop(original);
    publisher.try_publish(4).unwrap();
    drop(publisher);
    assert_eq!(block_on((&mut clone).collect::<Vec<_>>()), [1, 2, 3, 4]);
}

#[test]
fn publishers_wait_for_a_clone_as_for_any_subscriber() {
    let publisher = Publisher::new(1);
    let mut original = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut clone = original.clone();
    assert_eq!(original.try_recv(), Ok(1));
    assert!(publisher.try_publish(2).unwrap_err().is_full());
    assert_eq!(clone.try_recv(), Ok(1));
    assert!(publisher.try_publish(2).is_ok());
}

#[test]
fn a_resubscribed_one_starts_from_now() {
    let publisher = Publisher::new(8);
    let original = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut fresh = original.resubscribe();
    assert_eq!((original.len(), fresh.len()), (1, 0));
    publisher.try_publish(2).unwrap();
    assert_eq!(fresh.try_recv(), Ok(2));
}

#[test]
fn subscribers_of_all_kinds_are_counted() {
    let publisher = Publisher::<u32>::new(8);
    let lossless = publisher.subscribe();
    let lossy = publisher.subscribe_lossy();
    let clone = lossless.clone();
    assert_eq!(publisher.subscriber_count(), 3);
    drop((lossless, lossy));
    assert_eq!(publisher.subscriber_count(), 1);
    drop(clone);
    assert_eq!(publisher.clone().subscriber_count(), 0);
}

#[test]
fn the_last_reader_frees_the_message() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(8);
    let (mut first, mut second) = (publisher.subscribe(), publisher.subscribe());
    publisher.try_publish(leaks.track(1)).unwrap();
    publisher.try_publish(leaks.track(2)).unwrap();
    drop(first.try_recv().unwrap());
    assert_eq!(leaks.alive_count(), 2);
    drop(second.try_recv().unwrap());
    assert_eq!(leaks.alive_count(), 1);
    drop((first, second));
    leaks.check();
}

#[test]
fn blocking_forms_do_what_their_twins_do() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    let reader = std::thread::spawn(move || {
        let read: Vec<u32> = std::iter::from_fn(|| subscriber.recv_blocking().ok()).collect();
        read
    });
    for n in 0..100 {
        publisher.publish_blocking(n).unwrap();
    }
    drop(publisher);
    assert_eq!(reader.join().unwrap(), (0..100).collect::<Vec<_>>());
    assert_eq!(lossy.recv_blocking(), Ok(Err(flo_publish::Lagged(99))));
    assert_eq!(lossy.recv_blocking(), Ok(Ok(99)));
    assert_eq!(lossy.recv_blocking(), Err(flo_publish::Closed));
}
