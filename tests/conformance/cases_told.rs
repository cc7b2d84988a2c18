//! Listeners: when they are told, in which order, and until when.

use std::sync::{Arc, Mutex};

use flo_test::Calls;

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Subscribed, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(a_listener_is_told_of_each_change_that_is_read_between, "[1, 2, 3]"),
        differ!(
            changes_that_nobody_reads_between,
            "1",
            "3",
            "told at the first change after a read, once until the next: a binding as a computed"
        ),
        same!(a_computed_tells_once_until_it_is_read, "[1, 2]"),
        same!(a_computed_tells_that_it_may_have_changed, "(1, 1)"),
        differ!(
            a_computed_that_was_never_read,
            "1 told, 1 run",
            "0 told, 0 run",
            "a listener to a computed runs it once, so that there are sources to hear from"
        ),
        differ!(
            a_listener_that_reads_below_a_diamond,
            "[(20, 2)]",
            "[(20, 1), (20, 2)]",
            "all is marked before anybody is told, so nobody sees a mixture of old and new"
        ),
        same!(a_listener_sees_what_was_set, "[2]"),
        same!(listeners_are_told_in_the_order_of_their_making, r#"["first", "second"]"#),
        differ!(
            a_listener_that_sets_another_binding,
            r#"["setting", "beside it", "of the other"]"#,
            r#"["setting", "of the other", "beside it"]"#,
            "what a callback triggers is queued behind those who are still to be told"
        ),
        same!(a_listener_made_by_a_listener_hears_the_next_change, "[0, 1]"),
        same!(a_dropped_subscription_tells_no_more, "1"),
        same!(an_ended_subscription_tells_no_more, "1"),
        same!(one_that_is_dropped_leaves_the_others, "(1, 2)"),
        same!(a_detached_subscription_goes_on, "2"),
        same!(a_listener_can_end_the_one_after_it, "0"),
        same!(a_listener_can_end_itself, "1"),
        same!(a_subscription_outlives_what_it_listens_to, "1"),
    ]
}

/// A listener that counts how often it is told.
fn counts<L: Library>(to: &L::Reader<i32>, told: &Calls) -> L::Subscription {
    let told = told.clone();
    to.when_changed(move || told.hit())
}

/// A listener that notes its name.
fn notes<L: Library>(
    to: &L::Binding<i32>,
    log: &Calls<&'static str>,
    name: &'static str,
) -> L::Subscription {
    let log = log.clone();
    to.when_changed(move || log.record(name))
}

fn a_listener_is_told_of_each_change_that_is_read_between<L: Library>() -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let _listening = counts::<L>(&(&source).into(), &told);
    saw([1, 2, 3].map(|value| {
        source.set(value);
        source.get();
        told.count()
    }))
}

fn changes_that_nobody_reads_between<L: Library>() -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let _listening = counts::<L>(&(&source).into(), &told);
    for value in 1..=3 {
        source.set(value);
    }
    saw(told.count())
}

fn a_computed_tells_once_until_it_is_read<L: Library>() -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let next = source.map(|value| value + 1);
    next.get();
    let _listening = counts::<L>(&next, &told);
    source.set(1);
    source.set(2);
    let unread = told.count();
    next.get();
    source.set(3);
    saw([unread, told.count()])
}

fn a_computed_tells_that_it_may_have_changed<L: Library>() -> String {
    let (source, told) = (L::bind(1), Calls::new());
    let parity = source.map(|value| value % 2);
    parity.get();
    let _listening = counts::<L>(&parity, &told);
    source.set(3);
    saw((told.count(), parity.get()))
}

fn a_computed_that_was_never_read<L: Library>() -> String {
    let (source, told, runs) = (L::bind(0), Calls::new(), Calls::new());
    let next = source.map({
        let runs = runs.clone();
        move |value| {
            runs.hit();
            value + 1
        }
    });
    let _listening = counts::<L>(&next, &told);
    source.set(1);
    format!("{} told, {} run", told.count(), runs.count())
}

fn a_listener_that_reads_below_a_diamond<L: Library>() -> String {
    let (source, seen) = (L::bind(1), Calls::new());
    let (left, right) = (source.map(|value| value * 10), source.map(|value| value));
    let both = L::computed(move || (left.get(), right.get()));
    both.get();
    let _listening = both.when_changed({
        let (both, seen) = (both.clone(), seen.clone());
        move || seen.record(both.get())
    });
    source.set(2);
    saw(seen.take())
}

fn a_listener_sees_what_was_set<L: Library>() -> String {
    let (source, seen) = (L::bind(1), Calls::new());
    let _listening = source.when_changed({
        let (reader, seen) = (L::Reader::from(&source), seen.clone());
        move || seen.record(reader.get())
    });
    source.set(2);
    saw(seen.take())
}

fn listeners_are_told_in_the_order_of_their_making<L: Library>() -> String {
    let (source, log) = (L::bind(0), Calls::new());
    let _first = notes::<L>(&source, &log, "first");
    let _second = notes::<L>(&source, &log, "second");
    source.set(1);
    saw(log.take())
}

fn a_listener_that_sets_another_binding<L: Library>() -> String {
    let (source, other, log) = (L::bind(0), L::bind(0), Calls::new());
    let _of_other = notes::<L>(&other, &log, "of the other");
    let _setting = source.when_changed({
        let log = log.clone();
        move || {
            log.record("setting");
            other.set(1);
        }
    });
    let _beside = notes::<L>(&source, &log, "beside it");
    source.set(1);
    saw(log.take())
}

/// Where a listener leaves a subscription, or finds one.
type Slot<L> = Arc<Mutex<Option<<L as Library>::Subscription>>>;

fn a_listener_made_by_a_listener_hears_the_next_change<L: Library>() -> String {
    let (source, told, slot) = (L::bind(0), Calls::new(), Slot::<L>::default());
    let _making = source.when_changed({
        let (reader, told) = (L::Reader::from(&source), told.clone());
        move || {
            reader.get();
            slot.lock().unwrap().get_or_insert_with(|| counts::<L>(&reader, &told));
        }
    });
    source.set(1);
    let first = told.count();
    source.set(2);
    saw([first, told.count()])
}

fn a_dropped_subscription_tells_no_more<L: Library>() -> String {
    told_until::<L>(drop)
}

fn an_ended_subscription_tells_no_more<L: Library>() -> String {
    told_until::<L>(Subscribed::end)
}

fn a_detached_subscription_goes_on<L: Library>() -> String {
    told_until::<L>(Subscribed::detach)
}

/// How often a listener is told, of one change before and one after `leave`.
fn told_until<L: Library>(leave: impl FnOnce(L::Subscription)) -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let listening = counts::<L>(&(&source).into(), &told);
    source.set(1);
    source.get();
    leave(listening);
    source.set(2);
    saw(told.count())
}

fn one_that_is_dropped_leaves_the_others<L: Library>() -> String {
    let (source, first, second) = (L::bind(0), Calls::new(), Calls::new());
    let dropped = counts::<L>(&(&source).into(), &first);
    let _kept = counts::<L>(&(&source).into(), &second);
    source.set(1);
    source.get();
    drop(dropped);
    source.set(2);
    saw((first.count(), second.count()))
}

fn a_listener_can_end_the_one_after_it<L: Library>() -> String {
    let (source, told, slot) = (L::bind(0), Calls::new(), Slot::<L>::default());
    let _ending = source.when_changed({
        let slot = Arc::clone(&slot);
        move || drop(slot.lock().unwrap().take())
    });
    *slot.lock().unwrap() = Some(counts::<L>(&(&source).into(), &told));
    source.set(1);
    saw(told.count())
}

fn a_listener_can_end_itself<L: Library>() -> String {
    let (source, told, slot) = (L::bind(0), Calls::new(), Slot::<L>::default());
    let own = source.when_changed({
        let (reader, told, slot) = (L::Reader::from(&source), told.clone(), Arc::clone(&slot));
        move || {
            reader.get();
            told.hit();
            drop(slot.lock().unwrap().take());
        }
    });
    *slot.lock().unwrap() = Some(own);
    source.set(1);
    source.set(2);
    saw(told.count())
}

fn a_subscription_outlives_what_it_listens_to<L: Library>() -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let listening = counts::<L>(&(&source).into(), &told);
    source.set(1);
    drop(source);
    drop(listening);
    saw(told.count())
}
