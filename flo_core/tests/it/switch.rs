//! A stream whose source is replaced while it is read.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use flo_core::{ChannelStream, Switch, Switchable, channel, switchable_stream};
use futures::stream::{BoxStream, FusedStream, LocalBoxStream};
use futures::{FutureExt, Stream, StreamExt, executor::block_on, stream};
use tokio_test::{assert_pending, assert_ready_eq, task};

#[test]
fn it_reads_from_its_source_and_then_from_the_next() {
    let (switch, mut reader) = switchable_stream(stream::iter(vec![1, 2, 3]));
    assert_eq!(block_on(reader.next()), Some(1));
    assert!(switch.switch_to(stream::iter(vec![10, 20])).is_ok());
    drop(switch);
    assert_eq!(block_on(reader.by_ref().collect::<Vec<_>>()), [10, 20]);
    assert!(reader.is_terminated());
}

#[test]
fn a_switch_wakes_a_reader_that_waits() {
    let (first_sink, first) = channel(1);
    let (second_sink, second) = channel(1);
    let (switch, reader) = switchable_stream(first);
    let mut reader = task::spawn(reader);
    assert_pending!(reader.poll_next());
    assert!(switch.switch_to(second).is_ok());
    assert!(reader.is_woken());
    assert!(first_sink.is_closed(), "the old source is dropped at once");
    assert_pending!(reader.poll_next());
    second_sink.try_send(2).unwrap();
    assert!(reader.is_woken());
    assert_ready_eq!(reader.poll_next(), Some(2));
}

#[test]
fn while_the_switch_lives_an_ended_source_means_waiting() {
    let (switch, reader) = switchable_stream(stream::iter(vec![1]));
    let mut reader = task::spawn(reader);
    assert_ready_eq!(reader.poll_next(), Some(1));
    assert_pending!(reader.poll_next());
    assert_pending!(reader.poll_next());
    let other = switch.clone();
    drop(switch);
    assert!(!reader.is_woken());
    assert!(other.switch_to(stream::iter(vec![2])).is_ok());
    assert_ready_eq!(reader.poll_next(), Some(2));
    assert_pending!(reader.poll_next());
    drop(other);
    assert!(reader.is_woken());
    assert_ready_eq!(reader.poll_next(), None);
    assert_ready_eq!(reader.poll_next(), None);
}

#[test]
fn without_a_switch_it_ends_with_its_source() {
    let (switch, mut reader) = switchable_stream(stream::iter(vec![1, 2]));
    drop(switch);
    assert_eq!(block_on(reader.next()), Some(1));
    assert!(!reader.is_terminated());
    assert_eq!(block_on(reader.collect::<Vec<_>>()), [2]);
}

#[test]
fn a_source_for_a_reader_that_is_gone_comes_back() {
    let (switch, reader) = switchable_stream(stream::iter(vec![1]));
    assert!(!switch.is_closed());
    drop(reader);
    assert!(switch.is_closed());
    let source = switch.switch_to(stream::iter(vec![2])).unwrap_err().into_inner();
    assert_eq!(block_on(source.collect::<Vec<_>>()), [2]);
}

#[test]
fn the_source_is_dropped_with_the_reader() {
    let (sink, source) = channel::<u32>(1);
    let (_switch, reader) = switchable_stream(source);
    assert!(!sink.is_closed());
    drop(reader);
    assert!(sink.is_closed());
}

#[test]
fn a_source_may_switch_while_it_is_polled_and_dropped() {
    type Local = LocalBoxStream<'static, u32>;

    struct Switches {
        switch: Rc<RefCell<Option<Switch<Local>>>>,
    }
    impl Stream for Switches {
        type Item = u32;
        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
            if let Some(switch) = &*self.switch.borrow() {
                assert!(switch.switch_to(stream::iter(vec![5, 6]).boxed_local()).is_ok());
            }
            Poll::Pending
        }
    }
    impl Drop for Switches {
        fn drop(&mut self) {
            drop(self.switch.borrow_mut().take());
        }
    }

    let slot = Rc::new(RefCell::new(None));
    let source: Local = Switches { switch: Rc::clone(&slot) }.boxed_local();
    let (switch, reader) = switchable_stream(source);
    *slot.borrow_mut() = Some(switch);
    assert_eq!(block_on(reader.collect::<Vec<_>>()), [5, 6]);
}

#[test]
fn a_source_that_panics_counts_as_ended() {
    let source: BoxStream<'static, u32> = stream::once(async { panic!("a source") }).boxed();
    let (switch, mut reader) = switchable_stream(source);
    let caught = panic::catch_unwind(AssertUnwindSafe(|| reader.next().now_or_never()));
    assert!(caught.is_err());
    assert_eq!(reader.next().now_or_never(), None, "it waits for another source");
    assert!(switch.switch_to(stream::iter(vec![1]).boxed()).is_ok());
    drop(switch);
    assert_eq!(block_on(reader.collect::<Vec<_>>()), [1]);
}

#[test]
fn wakers_are_let_go_with_the_reader() {
    let (switch, reader) = switchable_stream(stream::pending::<u32>());
    let mut outer = task::spawn(());
    let before = outer.waker_ref_count();
    let mut reader = reader;
    outer.enter(|cx, _| assert_pending!(reader.poll_next_unpin(cx)));
    drop(reader);
    assert_eq!(outer.waker_ref_count(), before);
    drop(switch);
}

#[test]
fn wakers_are_let_go_at_the_end() {
    let (switch, mut reader) = switchable_stream(stream::empty::<u32>());
    let mut outer = task::spawn(());
    let before = outer.waker_ref_count();
    outer.enter(|cx, _| assert_pending!(reader.poll_next_unpin(cx)));
    drop(switch);
    assert!(outer.is_woken());
    let polled = outer.enter(|cx, _| reader.poll_next_unpin(cx));
    assert_ready_eq!(polled, None);
    assert_eq!(outer.waker_ref_count(), before);
}

#[test]
fn it_switches_under_a_reader_on_another_thread() {
    let (first_sink, first) = channel(1);
    let (switch, reader) = switchable_stream(first);
    let reader = std::thread::spawn(move || block_on(reader.collect::<Vec<_>>()));
    first_sink.send_blocking(0).unwrap();
    for n in 1..=20 {
        let (sink, stream) = channel(1);
        sink.try_send(n).unwrap();
        assert!(switch.switch_to(stream).is_ok());
        // The source counts as read when the message was taken or the source dropped.
        drop(sink);
    }
    drop(switch);
    let read = reader.join().unwrap();
    assert!(read.is_sorted(), "no item of an older source after one of a newer: {read:?}");
    assert_eq!(read.last(), Some(&20), "the last source is read to its end");
}

fn moves_freely<T: Send + Sync + Unpin + 'static>() {}

#[test]
fn both_ends_move_freely() {
    moves_freely::<Switch<ChannelStream<Arc<str>>>>();
    moves_freely::<Switchable<ChannelStream<Arc<str>>>>();
}
