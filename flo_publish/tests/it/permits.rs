//! A permit is a place for one message.

use flo_publish::{Closed, PublishError, Publisher, TryRecvError, TryReserveError};
use flo_test::{assert_pending, assert_ready, woken};
use futures::executor::block_on;

#[test]
fn a_permit_takes_a_place_and_its_drop_gives_it_back() {
    let publisher = Publisher::new(1);
    let _slow = publisher.subscribe();
    let permit = block_on(publisher.reserve()).unwrap();
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    drop(permit);
    assert!(publisher.try_publish(1).is_ok());
}

#[test]
fn permits_take_places_where_nobody_subscribed_too() {
    let publisher = Publisher::new(1);
    let permit = block_on(publisher.reserve()).unwrap();
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    permit.send(2).unwrap();
    assert!(publisher.try_publish(1).is_ok());
}

#[test]
fn a_permit_is_sent_at_once_and_in_the_order_of_sending() {
    let publisher = Publisher::new(3);
    let mut subscriber = publisher.subscribe();
    let first = block_on(publisher.reserve()).unwrap();
    let second = block_on(publisher.reserve()).unwrap();
    publisher.try_publish("published").unwrap();
    second.send("second").unwrap();
    first.send("first").unwrap();
    for expected in ["published", "second", "first"] {
        assert_eq!(subscriber.try_recv(), Ok(expected));
    }
}

#[test]
fn a_dropped_permit_serves_the_next_in_line() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let permit = block_on(publisher.reserve()).unwrap();
    let mut waiting = woken(publisher.publish(1));
    assert_pending!(waiting.poll());
    drop(permit);
    assert!(waiting.is_woken());
    assert_ready!(waiting.poll()).unwrap();
    assert_eq!(subscriber.try_recv(), Ok(1));
}

#[test]
fn a_permit_keeps_the_streams_open() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    let (first, second) =
        (block_on(publisher.reserve()).unwrap(), block_on(publisher.reserve()).unwrap());
    let weak = publisher.downgrade();
    drop(publisher);
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Empty));
    drop(first);
    assert!(weak.upgrade().is_some());
    second.send(1).unwrap();
    assert!(weak.upgrade().is_none());
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_permit_gives_its_message_back_after_close_all() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    let permit = block_on(publisher.reserve()).unwrap();
    let unused = block_on(publisher.reserve()).unwrap();
    publisher.close_all();
    assert_eq!(permit.send(1), Err(PublishError::Closed(1)));
    drop(unused);
    assert_eq!(block_on(publisher.reserve()).err(), Some(Closed));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn try_reserve_takes_a_place_at_once_or_says_why_not() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let permit = publisher.try_reserve().unwrap();
    assert_eq!(publisher.try_reserve().unwrap_err(), TryReserveError::Full);
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    permit.send(1).unwrap();
    assert_eq!(publisher.try_reserve().unwrap_err().to_string(), "full");
    assert_eq!(subscriber.try_recv(), Ok(1));
    drop(publisher.try_reserve().unwrap());
    assert!(publisher.try_publish(2).is_ok());
    publisher.close_all();
    let error = publisher.try_reserve().unwrap_err();
    assert!(error.is_closed() && !error.is_full());
    assert_eq!(error.to_string(), "closed");
}

#[test]
fn try_reserve_does_not_overtake_and_minds_the_gate() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut waiting = woken(publisher.reserve());
    assert_pending!(waiting.poll());
    assert_eq!(subscriber.try_recv(), Ok(0));
    assert!(publisher.try_reserve().unwrap_err().is_full(), "the place is promised");
    drop(waiting);
    assert!(publisher.try_reserve().is_ok());
    assert!(Publisher::<u32>::new(1).gated(1).try_reserve().unwrap_err().is_full());
}

#[test]
fn a_handle_that_was_closed_as_a_sink_reserves_nothing() {
    let mut publisher = Publisher::<u32>::new(1);
    let other = publisher.clone();
    block_on(futures::SinkExt::close(&mut publisher)).unwrap();
    assert_eq!(publisher.try_reserve().unwrap_err(), TryReserveError::Closed);
    assert!(other.try_reserve().is_ok());
}
