//! The last handle ends the streams, and so does `close_all`; the backlog can be read after both.

use flo_publish::{PublishError, Publisher, TryRecvError};
use flo_test::{assert_pending, assert_ready, assert_ready_eq, woken};
use futures::{FutureExt, StreamExt, executor::block_on, select_biased, stream::FusedStream};

#[test]
fn the_streams_end_when_the_last_handle_is_gone_and_the_backlog_is_read() {
    let publisher = Publisher::new(4);
    let other = publisher.clone();
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    publisher.try_publish(1).unwrap();
    drop(publisher);
    other.try_publish(2).unwrap();
    assert!(!subscriber.is_closed());
    drop(other);
    assert!(subscriber.is_closed() && lossy.is_closed());
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_eq!(subscriber.try_recv(), Ok(2));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(block_on(lossy.by_ref().count()), 2);
}

#[test]
fn close_all_ends_the_streams_of_all_handles_at_once() {
    let publisher = Publisher::new(4);
    let other = publisher.clone();
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(1).unwrap();
    assert!(!other.is_closed());
    other.close_all();
    other.close_all();
    assert!(publisher.is_closed() && other.is_closed());
    assert_eq!(publisher.try_publish(2).unwrap_err().into_inner(), 2);
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(publisher.subscribe().try_recv(), Err(TryRecvError::Closed));
    assert!(publisher.downgrade().upgrade().unwrap().is_closed());
}

#[test]
fn close_all_gives_those_in_line_their_message_back() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut first = woken(publisher.publish(1));
    let mut second = woken(publisher.reserve());
    let mut served = woken(publisher.publish(3));
    assert_pending!(served.poll());
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    subscriber.try_recv().unwrap();
    assert!(served.is_woken());
    publisher.close_all();
    assert!(first.is_woken() && second.is_woken());
    assert_ready_eq!(first.poll(), Err(PublishError::Closed(1)));
    assert!(assert_ready!(second.poll()).is_err());
    assert_ready_eq!(served.poll(), Err(PublishError::Closed(3)));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_end_wakes_readers_and_those_who_wait_for_it() {
    let publisher = Publisher::<u32>::new(1);
    let mut subscriber = woken(publisher.subscribe());
    let mut lossy = woken(publisher.subscribe_lossy());
    let other = publisher.clone();
    let mut closed = woken(other.closed());
    assert_pending!(subscriber.poll_next());
    assert_pending!(lossy.poll_next());
    assert_pending!(closed.poll());
    publisher.close_all();
    assert!(subscriber.is_woken() && lossy.is_woken() && closed.is_woken());
    assert_ready_eq!(subscriber.poll_next(), None);
    assert_ready_eq!(lossy.poll_next(), None);
    assert_ready!(closed.poll());
}

#[test]
fn dropping_the_last_handle_wakes_readers() {
    let publisher = Publisher::<u32>::new(1);
    let mut subscriber = woken(publisher.subscribe());
    let other = publisher.clone();
    assert_pending!(subscriber.poll_next());
    drop(publisher);
    assert!(!subscriber.is_woken());
    drop(other);
    assert!(subscriber.is_woken());
    assert_ready_eq!(subscriber.poll_next(), None);
}

#[test]
fn a_stream_is_terminated_when_it_has_told_its_end() {
    let publisher = Publisher::<u32>::new(1);
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    drop(publisher);
    assert!(!subscriber.is_terminated() && !lossy.is_terminated());
    let told = block_on(async {
        select_biased! { item = subscriber.next() => item.is_none(), complete => false }
    });
    assert!(told, "`select!` must see the end before it leaves the stream out");
    assert_eq!(lossy.try_recv(), Err(TryRecvError::Closed));
    assert!(subscriber.is_terminated() && lossy.is_terminated());
    assert!(subscriber.clone().is_terminated());
    assert_eq!(subscriber.next().now_or_never(), Some(None));
}

#[test]
fn a_weak_handle_keeps_nothing_open_and_finds_the_publisher_while_there_is_one() {
    let publisher = Publisher::new(1);
    let weak = publisher.downgrade();
    let mut subscriber = publisher.subscribe();
    let upgraded = weak.clone().upgrade().unwrap();
    drop(publisher);
    upgraded.try_publish(1).unwrap();
    assert_eq!(subscriber.try_recv(), Ok(1));
    drop(upgraded);
    assert!(weak.upgrade().is_none());
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}
