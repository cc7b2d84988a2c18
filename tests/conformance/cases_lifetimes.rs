//! What is freed, and when.

use std::sync::Arc;

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Subscribed, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(a_value_that_is_replaced_is_freed, "[2, 1]"),
        same!(a_value_goes_with_the_last_binding, "[2, 2, 1]"),
        same!(a_reader_keeps_the_value, "[2, 1]"),
        same!(a_computed_that_never_ran_is_freed, "[2, 1]"),
        same!(a_computed_that_ran_is_freed_with_its_value, "[3, 1]"),
        same!(a_computed_that_is_read_by_another_lives_on, "[2, 2, 1]"),
        same!(a_computed_is_freed_while_its_source_lives, "[2, 1]"),
        differ!(
            the_value_of_a_computed_that_is_stale,
            "[2, 2, 1]",
            "[2, 1, 1]",
            "it is kept, to tell whether the next run comes to something else"
        ),
        same!(a_listener_is_freed_with_its_subscription, "[2, 1]"),
        same!(a_detached_listener_is_freed_with_what_it_listens_to, "[2, 1]"),
        differ!(
            a_detached_listener_to_what_only_readers_hold,
            "[2, 1]",
            "[2, 2]",
            "a detached subscription ends when nothing it listens to can change any more"
        ),
        same!(a_follower_keeps_the_value, "[2, 1]"),
    ]
}

/// Something whose holders are counted, this one among them.
type Counted = Arc<i32>;

fn count(counted: &Counted) -> usize {
    Arc::strong_count(counted)
}

fn a_value_that_is_replaced_is_freed<L: Library>() -> String {
    let value = Counted::new(1);
    let binding = L::bind(Arc::clone(&value));
    let held = count(&value);
    binding.set(Counted::new(2));
    saw([held, count(&value)])
}

fn a_value_goes_with_the_last_binding<L: Library>() -> String {
    let value = Counted::new(1);
    let first = L::bind(Arc::clone(&value));
    let second = first.clone();
    let held = count(&value);
    drop(first);
    let by_one = count(&value);
    drop(second);
    saw([held, by_one, count(&value)])
}

fn a_reader_keeps_the_value<L: Library>() -> String {
    let value = Counted::new(1);
    let reader = L::Reader::from(L::bind(Arc::clone(&value)));
    let held = count(&value);
    drop(reader);
    saw([held, count(&value)])
}

/// A computed that holds `captured` and the right to read `source`.
fn holding<L: Library>(source: &L::Binding<i32>, captured: &Counted) -> L::Reader<i32> {
    let (source, captured) = (L::Reader::from(source), Arc::clone(captured));
    L::computed(move || source.get() + *captured)
}

fn a_computed_that_never_ran_is_freed<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    let computed = holding::<L>(&source, &captured);
    let held = count(&captured);
    drop(computed);
    saw([held, count(&captured)])
}

fn a_computed_that_ran_is_freed_with_its_value<L: Library>() -> String {
    let value = Counted::new(1);
    let computed = L::computed({
        let value = Arc::clone(&value);
        move || Arc::clone(&value)
    });
    computed.get();
    let held = count(&value);
    drop(computed);
    saw([held, count(&value)])
}

fn a_computed_that_is_read_by_another_lives_on<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    let first = holding::<L>(&source, &captured);
    let second = first.map(|value| value + 1);
    second.get();
    let held = count(&captured);
    drop(first);
    let by_the_other = count(&captured);
    drop(second);
    saw([held, by_the_other, count(&captured)])
}

fn a_computed_is_freed_while_its_source_lives<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    let computed = holding::<L>(&source, &captured);
    computed.get();
    let held = count(&captured);
    drop(computed);
    source.set(2);
    saw([held, count(&captured)])
}

fn the_value_of_a_computed_that_is_stale<L: Library>() -> String {
    let (value, source) = (Counted::new(1), L::bind(true));
    let weak = Arc::downgrade(&value);
    let computed =
        source.map(
            move |is_first| {
                if is_first { weak.upgrade().unwrap_or_default() } else { Counted::default() }
            },
        );
    drop(computed.get());
    let held = count(&value);
    source.set(false);
    let stale = count(&value);
    drop(computed.get());
    saw([held, stale, count(&value)])
}

/// A listener that holds `captured`.
fn listening<L: Library>(source: &L::Binding<i32>, captured: &Counted) -> L::Subscription {
    let captured = Arc::clone(captured);
    source.when_changed(move || assert_eq!(*captured, 1))
}

fn a_listener_is_freed_with_its_subscription<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    let subscription = listening::<L>(&source, &captured);
    let held = count(&captured);
    drop(subscription);
    saw([held, count(&captured)])
}

fn a_detached_listener_is_freed_with_what_it_listens_to<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    listening::<L>(&source, &captured).detach();
    let held = count(&captured);
    drop(source);
    saw([held, count(&captured)])
}

fn a_detached_listener_to_what_only_readers_hold<L: Library>() -> String {
    let (source, captured) = (L::bind(1), Counted::new(1));
    let reader = L::Reader::from(&source);
    listening::<L>(&source, &captured).detach();
    let held = count(&captured);
    drop(source);
    let by_a_reader = count(&captured);
    drop(reader);
    saw([held, by_a_reader])
}

fn a_follower_keeps_the_value<L: Library>() -> String {
    let value = Counted::new(1);
    let followed = L::bind(Arc::clone(&value)).follow();
    let held = count(&value);
    drop(followed);
    saw([held, count(&value)])
}
