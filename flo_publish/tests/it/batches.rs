//! Several messages at a time.

use flo_publish::{Closed, Lagged, Publisher, RecvError};
use flo_test::{assert_ready, assert_ready_eq, assert_ready_ok, woken};

#[test]
fn a_batch_wakes_each_parked_subscriber_once() {
    let publisher = Publisher::new(8);
    let mut parked = woken(publisher.subscribe());
    assert!(parked.poll_next().is_pending());
    assert_ready_ok!(woken(publisher.publish_batch([1, 2, 3])).poll());
    assert_eq!(parked.wakes(), 1);
    for n in 1..=3 {
        assert_ready_eq!(parked.poll_next(), Some(n));
    }
}

#[test]
fn a_batch_waits_where_there_is_no_room_and_keeps_its_order() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    let mut batch = woken(publisher.publish_batch(0..5));
    assert!(batch.poll().is_pending());
    let mut received = Vec::new();
    while received.len() < 5 {
        received.extend(std::iter::from_fn(|| subscriber.try_recv().ok()));
        drop(batch.poll());
    }
    assert_eq!(received, [0, 1, 2, 3, 4]);
}

#[test]
fn what_of_a_batch_was_not_published_comes_back() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    let mut batch = woken(publisher.publish_batch(0..5));
    assert!(batch.poll().is_pending());
    publisher.close_all();
    let error = assert_ready!(batch.poll()).unwrap_err();
    assert_eq!(error.to_string(), "closed with 3 of the batch unpublished");
    assert_eq!(error.into_inner(), [2, 3, 4]);
    assert_eq!((subscriber.try_recv(), subscriber.try_recv()), (Ok(0), Ok(1)));
    let other = Publisher::new(1);
    let _slow = other.subscribe();
    let mut given_up = other.publish_batch(0..3);
    assert!(futures::FutureExt::now_or_never(&mut given_up).is_none());
    assert_eq!(given_up.into_unsent(), [1, 2]);
}

#[test]
fn a_batch_does_not_overtake_and_is_not_overtaken_where_it_need_not_wait() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    publisher.try_publish(0).unwrap();
    let mut first = woken(publisher.publish(1));
    assert!(first.poll().is_pending());
    let mut batch = woken(publisher.publish_batch([2, 3]));
    assert!(batch.poll().is_pending());
    subscriber.try_recv().unwrap();
    subscriber.try_recv().unwrap();
    assert_ready_ok!(first.poll());
    assert!(batch.poll().is_pending());
    assert_eq!((subscriber.try_recv(), subscriber.try_recv()), (Ok(1), Ok(2)));
    assert_ready_ok!(batch.poll());
    assert_eq!(subscriber.try_recv(), Ok(3));
}

#[test]
fn recv_many_waits_for_one_and_takes_what_is_there() {
    let publisher = Publisher::new(8);
    let mut subscriber = publisher.subscribe();
    let mut messages = Vec::new();
    {
        let mut many = woken(subscriber.recv_many(&mut messages, 3));
        assert!(many.poll().is_pending());
        for n in 0..5 {
            publisher.try_publish(n).unwrap();
        }
        assert_eq!(many.wakes(), 1);
        assert_ready_eq!(many.poll(), Ok(3));
    }
    assert_ready_eq!(woken(subscriber.recv_many(&mut messages, 0)).poll(), Ok(0));
    assert_ready_eq!(woken(subscriber.recv_many(&mut messages, 9)).poll(), Ok(2));
    assert_eq!(messages, [0, 1, 2, 3, 4]);
    drop(publisher);
    assert_ready_eq!(woken(subscriber.recv_many(&mut messages, 9)).poll(), Err(RecvError::Closed));
}

#[test]
fn a_lossy_recv_many_takes_what_is_there_and_a_gap_counts_as_one() {
    let publisher = Publisher::new(3);
    let mut subscriber = publisher.subscribe_lossy();
    let mut items = Vec::new();
    {
        let mut many = woken(subscriber.recv_many(&mut items, 2));
        assert!(many.poll().is_pending());
        for n in 0..5 {
            publisher.try_publish(n).unwrap();
        }
        assert_eq!(many.wakes(), 1);
        assert_ready_eq!(many.poll(), Ok(2));
    }
    assert_ready_eq!(woken(subscriber.recv_many(&mut items, 0)).poll(), Ok(0));
    assert_ready_eq!(woken(subscriber.recv_many(&mut items, 9)).poll(), Ok(2));
    assert_eq!(items, [Err(Lagged(2)), Ok(2), Ok(3), Ok(4)]);
    drop(publisher);
    assert_ready_eq!(woken(subscriber.recv_many(&mut items, 9)).poll(), Err(Closed));
}

#[test]
fn a_dropped_lossy_recv_many_takes_nothing_and_lets_its_waker_go() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe_lossy();
    let mut items = Vec::new();
    let mut outer = woken(());
    outer.enter(|cx, _| {
        let mut many = std::pin::pin!(subscriber.recv_many(&mut items, 9));
        assert!(many.as_mut().poll(cx).is_pending());
    });
    assert_eq!(outer.kept_wakers(), 0);
    {
        let mut many = woken(subscriber.recv_many(&mut items, 9));
        assert!(many.poll().is_pending());
        publisher.try_publish(1).unwrap();
        publisher.try_publish(2).unwrap();
        assert!(many.is_woken());
    }
    assert!(items.is_empty());
    assert_eq!((subscriber.try_recv(), subscriber.try_recv()), (Ok(Err(Lagged(1))), Ok(Ok(2))));
    assert!(!outer.is_woken());
}
