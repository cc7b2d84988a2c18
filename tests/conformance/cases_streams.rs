//! State that is made of a stream, on a thread of the library's own.

use std::sync::mpsc::{Receiver, Sender, channel};

use flo_test::{Calls, woken};
use futures::{
    Stream, StreamExt,
    channel::{
        mpsc::{UnboundedSender, unbounded},
        oneshot,
    },
    executor::block_on,
    future, stream,
};

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Value, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(the_initial_value_is_there_before_any_item, "7"),
        same!(items_are_folded_in_their_order, r#""abc""#),
        same!(a_state_of_a_stream_is_computed_from, "[0, 12]"),
        same!(the_value_stays_when_the_stream_has_ended, "6"),
        same!(a_followed_binding_is_bound_again, "Some(3)"),
        same!(a_state_that_nobody_holds_takes_no_more_items, "1"),
        differ!(
            the_stream_of_a_followed_state_ends,
            "[Ready(Some(6)), Ready(None)]",
            "[Ready(Some(6)), Pending]",
            "the end of the stream is the end of its state, and so of those who follow it"
        ),
        differ!(
            items_that_are_ready_together,
            "[6]",
            "[1, 3, 6]",
            "all that is ready together is one commit"
        ),
        differ!(
            an_item_that_leaves_the_state_equal,
            "Ready(Some(0))",
            "Pending",
            "the state needs no equality: every commit counts as a change"
        ),
    ]
}

/// Tells when it is dropped.
struct Tells(Sender<()>);

impl Drop for Tells {
    fn drop(&mut self) {
        // Where the case has ended, nobody waits for it.
        let _sent = self.0.send(());
    }
}

/// The same stream, and what is told when it is dropped.
fn watched<S: Stream + Unpin>(stream: S) -> (impl Stream<Item = S::Item> + Unpin, Receiver<()>) {
    let (tells, dropped) = channel();
    let tells = Tells(tells);
    let stream = stream.map(move |item| {
        let _held = &tells;
        item
    });
    (stream, dropped)
}

/// Items that are sent later.
fn items() -> (UnboundedSender<i32>, impl Stream<Item = i32> + Unpin, Receiver<()>) {
    let (sender, receiver) = unbounded();
    let (stream, dropped) = watched(receiver);
    (sender, stream, dropped)
}

/// The first value that `wanted` holds of.
fn wait_for<L: Library, T: Value>(reader: &L::Reader<T>, wanted: impl Fn(&T) -> bool) -> Option<T> {
    block_on(reader.follow().filter(|value| future::ready(wanted(value))).next())
}

fn the_initial_value_is_there_before_any_item<L: Library>() -> String {
    saw(L::bind_stream(stream::pending::<i32>(), 7, |sum, item| *sum += item).get())
}

fn items_are_folded_in_their_order<L: Library>() -> String {
    let (stream, dropped) = watched(stream::iter(["a", "b", "c"]));
    let text = L::bind_stream(stream, String::new(), String::push_str);
    dropped.recv().unwrap();
    saw(text.get())
}

fn a_state_of_a_stream_is_computed_from<L: Library>() -> String {
    let (sender, stream, dropped) = items();
    let sum = L::bind_stream(stream, 0, |sum, item| *sum += item);
    let doubled = sum.map(|sum| sum * 2);
    let before = doubled.get();
    for item in [1, 2, 3] {
        sender.unbounded_send(item).unwrap();
    }
    drop(sender);
    dropped.recv().unwrap();
    saw([before, doubled.get()])
}

fn the_value_stays_when_the_stream_has_ended<L: Library>() -> String {
    let (stream, dropped) = watched(stream::iter([1, 2, 3]));
    let sum = L::bind_stream(stream, 0, |sum, item| *sum += item);
    dropped.recv().unwrap();
    saw(sum.get())
}

fn a_followed_binding_is_bound_again<L: Library>() -> String {
    let source = L::bind(1);
    let copy = L::bind_stream(source.follow(), 0, |copy, value| *copy = value);
    source.set(2);
    source.set(3);
    saw(wait_for::<L, _>(&copy, |copy| *copy == 3))
}

fn a_state_that_nobody_holds_takes_no_more_items<L: Library>() -> String {
    let (sender, stream, dropped) = items();
    let folds = Calls::new();
    let sum = L::bind_stream(stream, 0, {
        let folds = folds.clone();
        move |sum, item| {
            folds.hit();
            *sum += item;
        }
    });
    sender.unbounded_send(1).unwrap();
    wait_for::<L, _>(&sum, |sum| *sum == 1);
    drop(sum);
    // Ours has dropped the stream or is about to; the ancestor does at the next item.
    let _sent = sender.unbounded_send(2);
    dropped.recv().unwrap();
    saw(folds.count())
}

fn the_stream_of_a_followed_state_ends<L: Library>() -> String {
    let (stream, dropped) = watched(stream::iter([1, 2, 3]));
    let sum = L::bind_stream(stream, 0, |sum, item| *sum += item);
    dropped.recv().unwrap();
    let mut sums = woken(sum.follow());
    saw([sums.poll_next(), sums.poll_next()])
}

fn items_that_are_ready_together<L: Library>() -> String {
    let (open, gate) = oneshot::channel();
    let items = Box::pin(stream::once(gate).flat_map(move |_| stream::iter([1, 2, 3])));
    let (items, dropped) = watched(items);
    let (sum, seen) = (L::bind_stream(items, 0, |sum, item| *sum += item), Calls::new());
    let _listening = sum.when_changed({
        let (sum, seen) = (sum.clone(), seen.clone());
        move || seen.record(sum.get())
    });
    open.send(()).unwrap();
    dropped.recv().unwrap();
    saw(seen.take())
}

fn an_item_that_leaves_the_state_equal<L: Library>() -> String {
    let (sender, stream, dropped) = items();
    let sum = L::bind_stream(stream, 0, |sum, item| *sum += item);
    let mut sums = woken(sum.follow());
    assert!(sums.poll_next().is_ready() && sums.poll_next().is_pending());
    sender.unbounded_send(0).unwrap();
    drop(sender);
    dropped.recv().unwrap();
    saw(sums.poll_next())
}
