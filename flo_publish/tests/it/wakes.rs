//! Who is woken, and how often.

use flo_publish::Publisher;
use flo_test::{assert_pending, assert_ready_eq, woken};
use futures::StreamExt;

#[test]
fn a_publish_wakes_each_parked_subscriber_once() {
    let publisher = Publisher::new(8);
    let mut subscribers: Vec<_> = (0..3).map(|_| woken(publisher.subscribe())).collect();
    for subscriber in &mut subscribers {
        for _ in 0..3 {
            assert_pending!(subscriber.poll_next());
        }
    }
    for n in 0..3 {
        publisher.try_publish(n).unwrap();
    }
    assert!(subscribers.iter().all(|subscriber| subscriber.wakes() == 1));
}

#[test]
fn a_subscriber_that_reads_is_not_woken() {
    let publisher = Publisher::new(8);
    let mut subscriber = woken(publisher.subscribe());
    publisher.try_publish(1).unwrap();
    assert_ready_eq!(subscriber.poll_next(), Some(1));
    publisher.try_publish(2).unwrap();
    assert_eq!(subscriber.wakes(), 0);
}

#[test]
fn the_last_waker_that_polled_is_the_one_that_is_woken() {
    let publisher = Publisher::new(8);
    let mut subscriber = publisher.subscribe();
    let (mut first, mut last) = (woken(()), woken(()));
    for task in [&mut first, &mut last] {
        task.enter(|cx, _| assert_pending!(subscriber.poll_next_unpin(cx)));
    }
    assert_eq!(first.kept_wakers(), 0, "the replaced one is let go");
    publisher.try_publish(1).unwrap();
    assert_eq!((first.wakes(), last.wakes()), (0, 1));
}

#[test]
fn a_publisher_in_line_is_woken_at_the_waker_that_polled_last() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut publish = std::pin::pin!(publisher.publish(1));
    let (mut first, mut last) = (woken(()), woken(()));
    for task in [&mut first, &mut last] {
        task.enter(|cx, _| assert_pending!(publish.as_mut().poll(cx)));
    }
    assert_eq!(first.kept_wakers(), 0, "the replaced one is let go");
    subscriber.try_recv().unwrap();
    assert_eq!((first.wakes(), last.wakes()), (0, 1));
}

#[test]
fn one_free_place_wakes_one_publisher() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    publisher.try_publish(0).unwrap();
    let mut waiting: Vec<_> = (0..4).map(|n| woken(publisher.publish(n))).collect();
    for publish in &mut waiting {
        assert_pending!(publish.poll());
    }
    for read in 1..=2 {
        subscriber.try_recv().unwrap();
        assert_eq!(waiting.iter().filter(|publish| publish.is_woken()).count(), read);
    }
}

#[test]
fn a_read_that_frees_no_place_wakes_nobody() {
    let publisher = Publisher::new(1);
    let mut fast = publisher.subscribe();
    let mut slow = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut waiting = woken(publisher.publish(1));
    assert_pending!(waiting.poll());
    fast.try_recv().unwrap();
    assert!(!waiting.is_woken());
    slow.try_recv().unwrap();
    assert!(waiting.is_woken());
}

#[test]
fn a_lossy_subscriber_that_misses_is_woken_like_any_other() {
    let publisher = Publisher::new(1);
    let mut lossy = woken(publisher.subscribe_lossy());
    assert_pending!(lossy.poll_next());
    for n in 0..3 {
        publisher.try_publish(n).unwrap();
    }
    assert!(lossy.is_woken());
    assert_ready_eq!(lossy.poll_next(), Some(Err(flo_publish::Lagged(2))));
}
