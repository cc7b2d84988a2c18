//! A stream whose source is replaced while it is read.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use flo_core::{ChannelStream, Switch, Switchable, channel, switchable_stream};
use flo_test::{StreamProbe, assert_marbles, assert_pending, assert_ready_eq, cold, woken};
use futures::stream::{BoxStream, FusedStream, LocalBoxStream};
use futures::{FutureExt, Stream, StreamExt, executor::block_on, stream};

#[test]
fn it_reads_from_its_source_and_then_from_the_next() {
    let (switch, reader) = switchable_stream(cold("-a-b-c"));
    let mut reader = StreamProbe::new(reader);
    reader.expect("-a-b");
    assert!(switch.switch_to(cold("-x|")).is_ok());
    drop(switch);
    reader.expect("-x|");
    assert!(reader.get_ref().unwrap().is_terminated());
}

#[test]
fn a_switch_wakes_a_reader_that_waits_and_drops_the_old_source_at_once() {
    let first = cold("-a----b");
    let log = first.log();
    let (switch, reader) = switchable_stream(first);
    let mut reader = StreamProbe::new(reader);
    reader.expect("-a-");
    assert!(switch.switch_to(cold("x-y")).is_ok());
    assert_eq!(log.diagrams(), ["^--!"]);
    assert!(reader.is_woken());
    reader.expect("x-y--");
}

#[test]
fn while_the_switch_lives_an_ended_source_means_waiting() {
    let (switch, reader) = switchable_stream(stream::iter(['a']));
    let mut reader = StreamProbe::new(reader);
    reader.expect("a--");
    let other = switch.clone();
    drop(switch);
    assert!(!reader.is_woken());
    assert!(other.switch_to(stream::iter(['b'])).is_ok());
    reader.expect("b-");
    drop(other);
    reader.expect("|");
}

#[test]
fn without_a_switch_it_ends_with_its_source() {
    let (switch, reader) = switchable_stream(cold("a-b|"));
    drop(switch);
    assert_marbles!(reader, "a-b|");
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
    let source = cold("-a-b");
    let log = source.log();
    let (_switch, reader) = switchable_stream(source);
    assert_marbles!(reader, "-a!");
    assert_eq!(log.diagrams(), ["^-!"]);
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
    let mut outer = woken(());
    let mut reader = reader;
    outer.enter(|cx, _| assert_pending!(reader.poll_next_unpin(cx)));
    drop(reader);
    assert_eq!(outer.kept_wakers(), 0);
    drop(switch);
}

#[test]
fn wakers_are_let_go_at_the_end() {
    let (switch, mut reader) = switchable_stream(stream::empty::<u32>());
    let mut outer = woken(());
    outer.enter(|cx, _| assert_pending!(reader.poll_next_unpin(cx)));
    drop(switch);
    assert!(outer.is_woken());
    let polled = outer.enter(|cx, _| reader.poll_next_unpin(cx));
    assert_ready_eq!(polled, None);
    assert_eq!(outer.kept_wakers(), 0);
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
