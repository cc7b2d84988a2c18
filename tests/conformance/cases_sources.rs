//! What a computed depends on: what its last run read, and nothing else.

use flo_test::Calls;

use crate::{
    case::{Case, differ, same, saw},
    library::{Library, Read, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(a_branch_that_is_taken_is_followed, "[1, 20, 21]"),
        same!(a_branch_that_is_left_runs_nothing, "[1, 2, 2]"),
        same!(a_branch_that_is_left_tells_nobody, "[0, 1]"),
        same!(a_branch_that_was_left_is_current_when_it_is_taken_again, "[1, 20, 3]"),
        same!(a_source_that_is_found_late_is_followed, "([0, 1, 2], 3)"),
        same!(a_hundred_sources_are_one_run, "([4950, 4953], 2)"),
        same!(what_is_read_untracked_is_no_source, "([11, 11, 22], 2)"),
        differ!(
            what_a_listener_reads_when_a_computed_sets,
            "([0, 0], 1)",
            "([0, 0], 2)",
            "a callback runs when the computation is over, and what it reads is no source of anything"
        ),
    ]
}

/// A computed that reads one of two bindings, as a third one says.
struct Branches<L: Library> {
    left: L::Binding<i32>,
    right: L::Binding<i32>,
    is_right: L::Binding<bool>,
    chosen: L::Reader<i32>,
    runs: Calls,
}

/// The left one is 1 and is read, the right one is 20.
fn branches<L: Library>() -> Branches<L> {
    let (left, right, is_right) = (L::bind(1), L::bind(20), L::bind(false));
    let runs = Calls::new();
    let chosen = L::computed({
        let (left, right, is_right) = (left.clone(), right.clone(), is_right.clone());
        let runs = runs.clone();
        move || {
            runs.hit();
            if is_right.get() { right.get() } else { left.get() }
        }
    });
    Branches { left, right, is_right, chosen, runs }
}

fn a_branch_that_is_taken_is_followed<L: Library>() -> String {
    let branches = branches::<L>();
    let first = branches.chosen.get();
    branches.is_right.set(true);
    let second = branches.chosen.get();
    branches.right.set(21);
    saw([first, second, branches.chosen.get()])
}

fn a_branch_that_is_left_runs_nothing<L: Library>() -> String {
    let branches = branches::<L>();
    let runs_of_a_read = || {
        branches.chosen.get();
        branches.runs.count()
    };
    let first = runs_of_a_read();
    branches.is_right.set(true);
    let second = runs_of_a_read();
    branches.left.set(2);
    saw([first, second, runs_of_a_read()])
}

fn a_branch_that_is_left_tells_nobody<L: Library>() -> String {
    let (branches, told) = (branches::<L>(), Calls::new());
    branches.chosen.get();
    let _listening = branches.chosen.when_changed({
        let told = told.clone();
        move || told.hit()
    });
    branches.right.set(21);
    let of_the_other = told.count();
    branches.left.set(2);
    saw([of_the_other, told.count()])
}

fn a_branch_that_was_left_is_current_when_it_is_taken_again<L: Library>() -> String {
    let branches = branches::<L>();
    let first = branches.chosen.get();
    branches.is_right.set(true);
    let second = branches.chosen.get();
    branches.left.set(3);
    branches.is_right.set(false);
    saw([first, second, branches.chosen.get()])
}

fn a_source_that_is_found_late_is_followed<L: Library>() -> String {
    let (count, runs) = (L::bind(0), Calls::new());
    let late = L::bind(1);
    let total = L::computed({
        let (count, late, runs) = (count.clone(), late.clone(), runs.clone());
        move || {
            runs.hit();
            if count.get() == 0 { 0 } else { late.get() }
        }
    });
    let first = total.get();
    count.set(1);
    let second = total.get();
    late.set(2);
    saw(([first, second, total.get()], runs.count()))
}

fn a_hundred_sources_are_one_run<L: Library>() -> String {
    let sources: Vec<L::Binding<i32>> = (0..100).map(L::bind).collect();
    let runs = Calls::new();
    let total = L::computed({
        let (sources, runs) = (sources.clone(), runs.clone());
        move || {
            runs.hit();
            sources.iter().map(Read::<L, i32>::get).sum::<i32>()
        }
    });
    let before = total.get();
    for source in &sources[..3] {
        source.update(|value| *value += 1);
    }
    saw(([before, total.get()], runs.count()))
}

fn what_is_read_untracked_is_no_source<L: Library>() -> String {
    let (shown, hidden, runs) = (L::bind(1), L::bind(10), Calls::new());
    let sum = L::computed({
        let (shown, hidden, runs) = (shown.clone(), hidden.clone(), runs.clone());
        move || {
            runs.hit();
            shown.get() + L::untracked(|| hidden.get())
        }
    });
    let first = sum.get();
    hidden.set(20);
    let second = sum.get();
    shown.set(2);
    saw(([first, second, sum.get()], runs.count()))
}

fn what_a_listener_reads_when_a_computed_sets<L: Library>() -> String {
    let (trigger, other, runs) = (L::bind(0), L::bind(0), Calls::new());
    let _listening = trigger.when_changed({
        let other = other.clone();
        move || {
            other.get();
        }
    });
    // The set, and so the listener, is inside the run.
    let constant = L::computed({
        let runs = runs.clone();
        move || {
            runs.hit();
            trigger.set(1);
            0
        }
    });
    let before = constant.get();
    other.set(1);
    saw(([before, constant.get()], runs.count()))
}
