//! Who is woken, and how often.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::task::{Context, Wake, Waker};

use flo_publish::Publisher;
use futures::StreamExt;
use tokio_test::{assert_pending, assert_ready_eq, task};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_publish_wakes_each_parked_subscriber_once() {
    let publisher = Publisher::new(8);
    let counts: Vec<Arc<Count>> = (0..3).map(|_| Arc::default()).collect();
    let mut subscribers: Vec<_> = counts.iter().map(|_| publisher.subscribe()).collect();
    for (count, subscriber) in counts.iter().zip(&mut subscribers) {
        let waker = Waker::from(Arc::clone(count));
        for _ in 0..3 {
            assert_pending!(subscriber.poll_next_unpin(&mut Context::from_waker(&waker)));
        }
    }
    for n in 0..3 {
        publisher.try_publish(n).unwrap();
    }
    assert!(counts.iter().all(|count| count.wakes() == 1));
}

#[test]
fn a_subscriber_that_reads_is_not_woken() {
    let publisher = Publisher::new(8);
    let mut subscriber = task::spawn(publisher.subscribe());
    publisher.try_publish(1).unwrap();
    assert_ready_eq!(subscriber.poll_next(), Some(1));
    publisher.try_publish(2).unwrap();
    assert!(!subscriber.is_woken());
}

#[test]
fn the_last_waker_that_polled_is_the_one_that_is_woken() {
    let publisher = Publisher::new(8);
    let mut subscriber = publisher.subscribe();
    let counts: [Arc<Count>; 2] = Default::default();
    for count in &counts {
        let waker = Waker::from(Arc::clone(count));
        assert_pending!(subscriber.poll_next_unpin(&mut Context::from_waker(&waker)));
    }
    assert_eq!(Arc::strong_count(&counts[0]), 1, "the replaced one is let go");
    publisher.try_publish(1).unwrap();
    assert_eq!(counts.each_ref().map(|count| count.wakes()), [0, 1]);
}

#[test]
fn a_publisher_in_line_is_woken_at_the_waker_that_polled_last() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut publish = std::pin::pin!(publisher.publish(1));
    let counts: [Arc<Count>; 2] = Default::default();
    for count in &counts {
        let waker = Waker::from(Arc::clone(count));
        assert_pending!(publish.as_mut().poll(&mut Context::from_waker(&waker)));
    }
    assert_eq!(Arc::strong_count(&counts[0]), 1, "the replaced one is let go");
    subscriber.try_recv().unwrap();
    assert_eq!(counts.each_ref().map(|count| count.wakes()), [0, 1]);
}

#[test]
fn one_free_place_wakes_one_publisher() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    publisher.try_publish(0).unwrap();
    let mut waiting: Vec<_> = (0..4).map(|n| task::spawn(publisher.publish(n))).collect();
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
    let mut waiting = task::spawn(publisher.publish(1));
    assert_pending!(waiting.poll());
    fast.try_recv().unwrap();
    assert!(!waiting.is_woken());
    slow.try_recv().unwrap();
    assert!(waiting.is_woken());
}

#[test]
fn a_lossy_subscriber_that_misses_is_woken_like_any_other() {
    let publisher = Publisher::new(1);
    let mut lossy = task::spawn(publisher.subscribe_lossy());
    assert_pending!(lossy.poll_next());
    for n in 0..3 {
        publisher.try_publish(n).unwrap();
    }
    assert!(lossy.is_woken());
    assert_ready_eq!(lossy.poll_next(), Some(Err(flo_publish::Lagged(2))));
}
