//! A lossy subscriber is told what it missed, each message once, and holds nobody up.

use flo_publish::{Lagged, Publisher, TryRecvError};

use flo_test::Leaks;

#[test]
fn a_gap_is_told_once_right_before_the_next_message() {
    let publisher = Publisher::new(3);
    let mut lossy = publisher.subscribe_lossy();
    let mut expected = Vec::new();
    let mut got = Vec::new();
    for n in 0..20_u32 {
        publisher.try_publish(n).unwrap();
        if n % 7 == 6 {
            got.extend(std::iter::from_fn(|| lossy.try_recv().ok()));
            expected.extend([Err(Lagged(4)), Ok(n - 2), Ok(n - 1), Ok(n)]);
        }
    }
    assert_eq!(got, expected);
}

#[test]
fn what_goes_after_a_gap_was_told_is_told_before_the_next_message_and_each_once() {
    let publisher = Publisher::new(1);
    let mut lossy = publisher.subscribe_lossy();
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    assert_eq!(lossy.try_recv(), Ok(Err(Lagged(1))));
    publisher.try_publish(3).unwrap();
    publisher.try_publish(4).unwrap();
    assert_eq!(lossy.try_recv(), Ok(Err(Lagged(2))));
    assert_eq!(lossy.try_recv(), Ok(Ok(4)));
}

#[test]
fn a_full_backlog_is_no_gap() {
    let publisher = Publisher::new(2);
    let mut lossy = publisher.subscribe_lossy();
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    assert_eq!(lossy.len(), 2);
    assert_eq!(lossy.try_recv(), Ok(Ok(1)));
}

#[test]
fn a_gap_that_grows_before_it_is_told_is_one_gap() {
    let publisher = Publisher::new(1);
    let mut lossy = publisher.subscribe_lossy();
    for n in 0..5 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!(lossy.try_recv(), Ok(Err(Lagged(4))));
    publisher.try_publish(5).unwrap();
    assert_eq!(lossy.try_recv(), Ok(Err(Lagged(1))), "4 went after the first gap was told");
    assert_eq!(lossy.try_recv(), Ok(Ok(5)));
    assert_eq!(lossy.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn it_never_makes_publishers_wait_and_does_not_shield_others_from_waiting() {
    let publisher = Publisher::new(2);
    let _lossy = publisher.subscribe_lossy();
    for n in 0..10 {
        publisher.try_publish(n).unwrap();
    }
    let _lossless = publisher.subscribe();
    publisher.try_publish(10).unwrap();
    publisher.try_publish(11).unwrap();
    assert!(publisher.try_publish(12).unwrap_err().is_full());
}

#[test]
fn its_clone_misses_what_it_missed() {
    let publisher = Publisher::new(2);
    let mut lossy = publisher.subscribe_lossy();
    for n in 0..5 {
        publisher.try_publish(n).unwrap();
    }
    let mut clone = lossy.clone();
    for subscriber in [&mut lossy, &mut clone] {
        assert_eq!(subscriber.len(), 2);
        assert_eq!(subscriber.try_recv(), Ok(Err(Lagged(3))));
        assert_eq!(subscriber.try_recv(), Ok(Ok(3)));
        assert_eq!(subscriber.try_recv(), Ok(Ok(4)));
        assert!(subscriber.is_empty());
    }
}

#[test]
fn what_it_misses_is_freed_at_once() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(2);
    let lossy = publisher.subscribe_lossy();
    for n in 0..5 {
        publisher.try_publish(leaks.track(n)).unwrap();
        assert!(leaks.alive_count() <= 2);
    }
    drop(lossy);
    leaks.check();
}

#[test]
fn a_lossless_one_beside_it_misses_nothing() {
    let publisher = Publisher::new(2);
    let mut lossy = publisher.subscribe_lossy();
    let mut lossless = publisher.subscribe();
    for n in 0..10 {
        publisher.try_publish(n).unwrap();
        assert_eq!(lossless.try_recv(), Ok(n));
    }
    assert_eq!(lossy.try_recv(), Ok(Err(Lagged(8))));
}
