//! Full, empty, closed and lagged are different answers, and a message that was not sent comes
//! back.

use std::error::Error;

use flo_publish::{
    Closed, Lagged, PublishError, Publisher, RecvError, SinkError, TryPublishError, TryRecvError,
};
use futures::executor::block_on;

struct NotDebug;

fn is_error<E: Error>(error: &E) -> String {
    error.to_string()
}

#[test]
fn errors_ask_nothing_of_the_message_and_speak_in_lower_case() {
    assert_eq!(is_error(&PublishError::Closed(NotDebug)), "closed");
    assert_eq!(is_error(&TryPublishError::Full(NotDebug)), "full");
    assert_eq!(is_error(&TryPublishError::Closed(NotDebug)), "closed");
    assert_eq!(is_error(&SinkError::Unsent(NotDebug)), "closed");
    assert_eq!(is_error(&TryRecvError::Empty), "empty");
    assert_eq!(is_error(&TryRecvError::Closed), "closed");
    assert_eq!(is_error(&Closed), "closed");
    assert_eq!(is_error(&Lagged(2)), "missed 2 messages");
    assert_eq!(format!("{:?}", TryPublishError::Full(NotDebug)), "Full(..)");
    assert_eq!(format!("{:?}", PublishError::Closed(NotDebug)), "Closed(..)");
}

#[test]
fn a_message_that_was_not_published_comes_back() {
    let publisher = Publisher::new(1);
    let _slow = publisher.subscribe();
    publisher.try_publish("first").unwrap();
    let full = publisher.try_publish("second").unwrap_err();
    assert!(full.is_full() && !full.is_closed());
    assert_eq!(full.into_inner(), "second");

    publisher.close_all();
    let closed = publisher.try_publish("third").unwrap_err();
    assert!(closed.is_closed() && !closed.is_full());
    assert_eq!(closed.into_inner(), "third");
    let closed = block_on(publisher.publish("fourth")).unwrap_err();
    assert!(closed.is_closed());
    assert_eq!(TryPublishError::from(closed), TryPublishError::Closed("fourth"));
    assert_eq!(publisher.publish_blocking("fifth").unwrap_err().into_inner(), "fifth");
}

#[test]
fn empty_is_not_closed() {
    let publisher = Publisher::<u32>::new(1);
    let mut subscriber = publisher.subscribe();
    assert!(subscriber.try_recv().unwrap_err().is_empty());
    drop(publisher);
    assert!(subscriber.try_recv().unwrap_err().is_closed());
    assert_eq!(block_on(subscriber.recv()), Err(RecvError::Closed));
}

#[test]
#[should_panic(expected = "the capacity of a publisher must be at least 1")]
fn a_capacity_of_nothing_is_refused() {
    drop(Publisher::<u32>::new(0));
}

#[test]
fn handles_can_be_printed() {
    let publisher = Publisher::<NotDebug>::new(3);
    let subscriber = publisher.subscribe();
    let printed = format!("{publisher:?} {subscriber:?} {:?}", publisher.downgrade());
    assert!(printed.contains("capacity: 3") && printed.contains("subscribers: 1"), "{printed}");
}
