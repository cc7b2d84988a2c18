//! `unsubscribed` waits until there is no subscriber of any kind.

use flo_publish::Publisher;
use flo_test::{assert_pending, assert_ready, woken};

#[test]
fn it_is_ready_where_nobody_has_subscribed() {
    let publisher = Publisher::<u32>::new(2);
    assert_ready!(woken(publisher.unsubscribed()).poll());
    let _weak = publisher.subscribe().downgrade();
    assert_ready!(woken(publisher.unsubscribed()).poll());
}

#[test]
fn it_waits_for_the_last_subscriber_of_any_kind() {
    let publisher = Publisher::<u32>::new(2);
    let (lossless, lossy) = (publisher.subscribe(), publisher.subscribe_lossy());
    let (latest, patient) = (publisher.subscribe_latest(), publisher.subscribe_or_close());
    let mut gone = woken(publisher.unsubscribed());
    assert_pending!(gone.poll());
    drop(lossless);
    drop(latest);
    drop(patient);
    assert!(!gone.is_woken());
    drop(lossy);
    assert_eq!(gone.wakes(), 1);
    assert_ready!(gone.poll());
}

#[test]
fn one_that_leaves_messages_or_is_cut_off_counts_no_more() {
    let publisher = Publisher::new(1);
    let behind = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    let mut gone = woken(publisher.unsubscribed());
    assert_pending!(gone.poll());
    drop(behind);
    assert!(gone.is_woken());
    assert_ready!(gone.poll());
    let mut cut_off = publisher.subscribe_or_close();
    publisher.try_publish(2).unwrap();
    publisher.try_publish(3).unwrap();
    let mut gone = woken(publisher.unsubscribed());
    assert_pending!(gone.poll());
    assert!(cut_off.recv_blocking().is_err());
    assert!(gone.is_woken());
    assert_ready!(gone.poll());
}

#[test]
fn the_end_does_not_complete_it() {
    let publisher = Publisher::<u32>::new(2);
    let subscriber = publisher.subscribe();
    let mut gone = woken(publisher.unsubscribed());
    assert_pending!(gone.poll());
    publisher.close_all();
    assert!(!gone.is_woken());
    drop(subscriber);
    assert!(gone.is_woken());
    assert_ready!(gone.poll());
}

#[test]
fn where_somebody_has_come_back_it_goes_on_waiting() {
    let publisher = Publisher::<u32>::new(2);
    let subscriber = publisher.subscribe();
    let mut gone = woken(publisher.unsubscribed());
    assert_pending!(gone.poll());
    drop(subscriber);
    let back = publisher.subscribe();
    assert!(gone.is_woken());
    assert_pending!(gone.poll());
    drop(back);
    assert!(gone.is_woken());
    assert_ready!(gone.poll());
}

#[test]
fn dropped_it_lets_its_waker_go() {
    let publisher = Publisher::<u32>::new(2);
    let subscriber = publisher.subscribe();
    let mut stays = woken(publisher.unsubscribed());
    assert_pending!(stays.poll());
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut gone = std::pin::pin!(publisher.unsubscribed());
        assert_pending!(gone.as_mut().poll(cx));
    });
    assert_eq!(outer.kept_wakers(), 0);
    drop(subscriber);
    assert!(!outer.is_woken() && stays.is_woken());
}
