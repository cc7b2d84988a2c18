//! `drained` waits for the lossless subscribers, and for what was published before the call.

use flo_publish::Publisher;
use flo_test::{assert_pending, assert_ready, woken};

#[test]
fn it_is_ready_where_nothing_is_unread() {
    let publisher = Publisher::<u32>::new(2);
    assert_ready!(woken(publisher.drained()).poll());
    let _subscriber = publisher.subscribe();
    assert_ready!(woken(publisher.drained()).poll());
}

#[test]
fn it_waits_for_the_slowest_lossless_subscriber_only() {
    let publisher = Publisher::new(4);
    let (mut fast, mut slow) = (publisher.subscribe(), publisher.subscribe());
    let _lossy = publisher.subscribe_lossy();
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    let mut drained = woken(publisher.drained());
    assert_pending!(drained.poll());
    fast.try_recv().unwrap();
    fast.try_recv().unwrap();
    slow.try_recv().unwrap();
    assert!(!drained.is_woken());
    slow.try_recv().unwrap();
    assert!(drained.is_woken());
    assert_ready!(drained.poll());
}

#[test]
fn it_does_not_wait_for_what_comes_after_the_call() {
    let publisher = Publisher::new(4);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut first = woken(publisher.drained());
    publisher.try_publish(2).unwrap();
    let mut second = woken(publisher.drained());
    assert_pending!(second.poll());
    assert_pending!(first.poll());
    subscriber.try_recv().unwrap();
    assert!(first.is_woken() && !second.is_woken());
    assert_ready!(first.poll());
    subscriber.try_recv().unwrap();
    assert_ready!(second.poll());
}

#[test]
fn a_dropped_subscriber_no_longer_counts() {
    let publisher = Publisher::new(4);
    let subscriber = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut drained = woken(publisher.drained());
    assert_pending!(drained.poll());
    drop(subscriber);
    assert!(drained.is_woken());
    assert_ready!(drained.poll());
}

#[test]
fn after_close_all_it_still_waits_for_the_backlog() {
    let publisher = Publisher::new(4);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    publisher.close_all();
    let mut drained = woken(publisher.drained());
    assert_pending!(drained.poll());
    subscriber.try_recv().unwrap();
    assert_ready!(drained.poll());
}
