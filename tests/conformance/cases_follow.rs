//! Streams of the latest values: what comes, who is woken, and when it ends.

use std::task::Poll;

use flo_test::{Calls, woken};
use futures::StreamExt;

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(the_value_at_hand_comes_first, "[Ready(Some(1)), Pending]"),
        same!(a_change_comes_next, "[Ready(Some(2)), Pending]"),
        same!(only_the_newest_of_many_comes, "[Ready(Some(4)), Pending]"),
        same!(what_changes_before_the_first_poll_is_not_seen, "[Ready(Some(2)), Pending]"),
        same!(a_set_to_an_equal_value_brings_nothing, "[Pending, Pending]"),
        differ!(
            a_value_that_went_and_came_back,
            "Pending",
            "Ready(Some(1))",
            "a value that is equal to the last one given is not repeated"
        ),
        same!(the_follower_is_woken_once_until_it_is_polled, "[0, 1, 2]"),
        same!(two_followers_do_not_take_from_each_other, "[Ready(Some(2)), Ready(Some(2))]"),
        same!(a_follower_that_is_dropped_keeps_no_waker, "[1, 0]"),
        same!(a_computed_runs_when_its_follower_is_polled, "[0, 1, 1, 2]"),
        same!(a_computed_is_followed, "[Ready(Some(2)), Ready(Some(3)), Pending]"),
        differ!(
            a_computed_that_comes_to_the_same,
            "Pending",
            "Ready(Some(1))",
            "a value that is equal to the last one given is not repeated"
        ),
        differ!(
            the_last_binding_goes,
            "[Ready(Some(2)), Ready(None)]",
            "[Ready(Some(2)), Pending]",
            "a stream ends, after the last value, when nobody is left who could change it"
        ),
        differ!(
            the_last_binding_goes_while_the_follower_waits,
            "woken 1, Ready(None)",
            "woken 0, Pending",
            "a stream ends, after the last value, when nobody is left who could change it"
        ),
        differ!(
            the_last_source_of_a_computed_goes,
            "[Ready(Some(2)), Ready(None)]",
            "[Ready(Some(2)), Pending]",
            "a computed ends when every source of its last run has"
        ),
        same!(a_computed_that_holds_the_binding_keeps_it_open, "[Ready(Some(2)), Pending]"),
        same!(the_computed_that_is_followed_may_go, "Ready(Some(3))"),
    ]
}

fn the_value_at_hand_comes_first<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    saw([values.poll_next(), values.poll_next()])
}

/// What two polls give after the one that took 1, when `change` was done between.
fn after_the_first<L: Library>(change: impl FnOnce(&L::Binding<i32>)) -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    assert!(values.poll_next().is_ready());
    change(&source);
    saw([values.poll_next(), values.poll_next()])
}

fn a_change_comes_next<L: Library>() -> String {
    after_the_first::<L>(|source| source.set(2))
}

fn only_the_newest_of_many_comes<L: Library>() -> String {
    after_the_first::<L>(|source| [2, 3, 4].into_iter().for_each(|value| source.set(value)))
}

fn what_changes_before_the_first_poll_is_not_seen<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    source.set(2);
    saw([values.poll_next(), values.poll_next()])
}

fn a_set_to_an_equal_value_brings_nothing<L: Library>() -> String {
    after_the_first::<L>(|source| source.set(1))
}

fn a_value_that_went_and_came_back<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    assert!(values.poll_next().is_ready());
    source.set(2);
    source.set(1);
    saw(values.poll_next())
}

fn the_follower_is_woken_once_until_it_is_polled<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    assert!(values.poll_next().is_ready() && values.poll_next().is_pending());
    let first = values.wakes();
    source.set(2);
    source.set(3);
    let second = values.wakes();
    assert!(values.poll_next().is_ready() && values.poll_next().is_pending());
    source.set(4);
    saw([first, second, values.wakes()])
}

fn two_followers_do_not_take_from_each_other<L: Library>() -> String {
    let source = L::bind(1);
    let mut both = [woken(source.follow()), woken(source.follow())];
    for values in &mut both {
        assert!(values.poll_next().is_ready());
    }
    source.set(2);
    saw(both.map(|mut values| values.poll_next()))
}

fn a_follower_that_is_dropped_keeps_no_waker<L: Library>() -> String {
    let source = L::bind(1);
    let mut slot = woken(Some(source.follow()));
    let polls = [(); 2].map(|()| {
        slot.enter(|cx, slot| slot.get_mut().as_mut().map(|values| values.poll_next_unpin(cx)))
    });
    assert_eq!(polls, [Some(Poll::Ready(Some(1))), Some(Poll::Pending)]);
    let kept = slot.kept_wakers();
    drop(slot.take());
    saw([kept, slot.kept_wakers()])
}

fn a_computed_runs_when_its_follower_is_polled<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let next = source.map({
        let runs = runs.clone();
        move |value| {
            runs.hit();
            value + 1
        }
    });
    let mut values = woken(next.follow());
    let mut counts = vec![runs.count()];
    assert!(values.poll_next().is_ready());
    counts.push(runs.count());
    source.set(2);
    counts.push(runs.count());
    assert!(values.poll_next().is_ready());
    counts.push(runs.count());
    saw(counts)
}

fn a_computed_is_followed<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.map(|value| value + 1).follow());
    let first = values.poll_next();
    source.set(2);
    saw([first, values.poll_next(), values.poll_next()])
}

fn a_computed_that_comes_to_the_same<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.map(|value| value % 2).follow());
    assert!(values.poll_next().is_ready());
    source.set(3);
    saw(values.poll_next())
}

fn the_last_binding_goes<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    assert!(values.poll_next().is_ready());
    source.set(2);
    drop(source);
    saw([values.poll_next(), values.poll_next()])
}

fn the_last_binding_goes_while_the_follower_waits<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.follow());
    assert!(values.poll_next().is_ready() && values.poll_next().is_pending());
    drop(source);
    format!("woken {}, {:?}", values.wakes(), values.poll_next())
}

fn the_last_source_of_a_computed_goes<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(source.map(|value| value + 1).follow());
    drop(source);
    saw([values.poll_next(), values.poll_next()])
}

fn a_computed_that_holds_the_binding_keeps_it_open<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = woken(L::computed(move || source.get() + 1).follow());
    saw([values.poll_next(), values.poll_next()])
}

fn the_computed_that_is_followed_may_go<L: Library>() -> String {
    let source = L::bind(1);
    let next = source.map(|value| value + 1);
    let mut values = woken(next.follow());
    drop(next);
    assert!(values.poll_next().is_ready());
    source.set(2);
    saw(values.poll_next())
}
