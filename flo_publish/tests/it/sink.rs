//! A publisher as a `Sink`: ready is a place, flush is at once, close ends this handle.

use std::pin::Pin;

use flo_publish::{PublishError, Publisher, SinkError, TryRecvError};
use flo_test::{assert_pending, assert_ready, assert_ready_eq, woken};
use futures::{FutureExt, Sink, SinkExt, StreamExt, executor::block_on, future::poll_fn, stream};

#[test]
fn ready_takes_a_place_and_keeps_it() {
    let mut publisher = Publisher::new(1);
    let other = publisher.clone();
    let mut subscriber = publisher.subscribe();
    for _ in 0..2 {
        let ready = poll_fn(|cx| Pin::new(&mut publisher).poll_ready(cx)).now_or_never();
        assert_eq!(ready, Some(Ok(())));
    }
    assert!(other.try_publish(0).unwrap_err().is_full());
    Pin::new(&mut publisher).start_send(1).unwrap();
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert!(other.try_publish(2).is_ok());
}

#[test]
fn a_dropped_handle_gives_its_place_or_its_turn_back() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let mut holds = woken(publisher.clone());
    assert_ready!(holds.enter(|cx, sink| sink.poll_ready(cx))).unwrap();
    let mut waits = woken(publisher.clone());
    assert_pending!(waits.enter(|cx, sink| sink.poll_ready(cx)));
    let mut last = woken(publisher.publish(3));
    assert_pending!(last.poll());
    drop(holds);
    assert!(waits.is_woken() && !last.is_woken());
    drop(waits);
    assert!(last.is_woken());
    assert_ready!(last.poll()).unwrap();
    assert_eq!(subscriber.try_recv(), Ok(3));
}

#[test]
fn close_ends_this_handle_only() {
    let mut publisher = Publisher::new(2);
    let other = publisher.clone();
    let mut subscriber = publisher.subscribe();
    block_on(poll_fn(|cx| Pin::new(&mut publisher).poll_ready(cx))).unwrap();
    block_on(publisher.close()).unwrap();
    block_on(publisher.close()).unwrap();
    assert!(publisher.is_closed() && !other.is_closed());
    assert_eq!(block_on(publisher.publish(1)), Err(PublishError::Closed(1)));
    assert!(publisher.try_publish(1).unwrap_err().is_closed());
    assert!(block_on(publisher.reserve()).is_err());
    assert!(publisher.clone().is_closed());
    assert_eq!(publisher.closed().now_or_never(), Some(()));
    assert_eq!(block_on(publisher.send(1)), Err(SinkError::Closed));
    assert_eq!(Pin::new(&mut publisher).start_send(1), Err(SinkError::Unsent(1)));
    other.try_publish(2).unwrap();
    other.try_publish(3).unwrap();
    drop(other);
    assert_eq!(subscriber.try_recv(), Ok(2));
    assert_eq!(subscriber.try_recv(), Ok(3));
    assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn forward_ends_the_streams_where_it_has_the_last_handle() {
    let publisher = Publisher::new(8);
    let subscriber = publisher.subscribe();
    block_on(stream::iter(0..5).map(Ok).forward(publisher)).unwrap();
    assert_eq!(block_on(subscriber.collect::<Vec<_>>()), [0, 1, 2, 3, 4]);
}

#[test]
fn a_message_that_is_closed_out_comes_back() {
    let mut publisher = Publisher::new(1);
    block_on(poll_fn(|cx| Pin::new(&mut publisher).poll_ready(cx))).unwrap();
    publisher.close_all();
    let error = Pin::new(&mut publisher).start_send("late").unwrap_err();
    assert_eq!(error.into_inner(), Some("late"));
    assert_eq!(block_on(publisher.send("later")), Err(SinkError::Closed));
}

#[test]
fn readiness_waits_for_its_turn() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut sink = woken(publisher.clone());
    assert_pending!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    assert_eq!(subscriber.try_recv(), Ok(0));
    assert!(sink.is_woken());
    assert!(publisher.try_publish(9).unwrap_err().is_full(), "the place is the sink's");
    assert_ready_eq!(sink.enter(|cx, sink| sink.poll_ready(cx)), Ok(()));
    sink.enter(|_, sink| sink.start_send(1)).unwrap();
    assert_ready_eq!(sink.enter(|cx, sink| sink.poll_flush(cx)), Ok(()));
    assert_eq!(subscriber.try_recv(), Ok(1));
}

#[test]
#[should_panic(expected = "`start_send` needs a `poll_ready` that was ready")]
fn start_send_without_ready_is_refused() {
    let _ = Pin::new(&mut Publisher::new(1)).start_send(1);
}

#[test]
fn a_handle_that_is_closed_hands_its_place_or_its_turn_on() {
    for polls in [1, 2] {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(0).unwrap();
        let mut closes = woken(publisher.clone());
        assert_pending!(closes.enter(|cx, sink| sink.poll_ready(cx)));
        let mut next = woken(publisher.publish(1));
        assert_pending!(next.poll());
        assert_eq!(subscriber.try_recv(), Ok(0));
        if polls == 2 {
            assert_ready_eq!(closes.enter(|cx, sink| sink.poll_ready(cx)), Ok(()));
        }
        assert!(!next.is_woken());
        assert_ready_eq!(closes.enter(|cx, sink| sink.poll_close(cx)), Ok(()));
        assert!(next.is_woken(), "closed after {polls} polls");
        assert_ready!(next.poll()).unwrap();
        assert_eq!(closes.kept_wakers(), 0);
    }
}
