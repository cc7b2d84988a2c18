//! When computeds run, how often, and what they see.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use flo_test::Calls;

use crate::{
    case::{Case, caught, differ, same, saw},
    library::{Library, Read, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(a_computed_does_not_run_before_it_is_read, "0"),
        same!(a_computed_runs_once_for_many_reads, "([2, 2, 2], 1)"),
        same!(a_set_alone_does_not_run_a_computed, "1"),
        same!(many_sets_between_two_reads_are_one_run, "(4, 2)"),
        same!(a_set_to_an_equal_value_runs_nothing, "1"),
        same!(a_computed_without_sources_runs_once, "([7, 7], 1)"),
        same!(clones_of_a_computed_share_its_run, "(2, 2, 1)"),
        same!(a_source_that_is_read_twice_counts_once, "([2, 4], 2)"),
        same!(a_chain_runs_each_link_once_for_a_change, "([8, 9], [2, 2, 2])"),
        same!(a_diamond_runs_each_corner_once_for_a_change, "([12, 23], [2, 2, 2])"),
        same!(a_map_is_a_computed_of_one_value, "([2, 3], 2)"),
        same!(a_map_of_a_map, r#"["2!", "3!"]"#),
        differ!(
            a_result_that_is_equal_to_the_one_before,
            "2 of the parity, 1 of the label",
            "2 of the parity, 2 of the label",
            "a computed whose result is equal stops there: what depends on it does not run"
        ),
        differ!(
            a_set_inside_a_computed,
            "[0, 5]",
            "[5, 5]",
            "it waits until the computation is over, and no read inside sees it"
        ),
        differ!(
            a_source_that_is_set_while_the_run_reads_it_twice,
            "[(1, 1), (2, 2)]",
            "[(1, 2), (2, 2)]",
            "one run reads one version, whatever other threads set meanwhile"
        ),
        differ!(
            a_computed_made_inside_a_computed,
            "Ok([2, 3])",
            r#"Err("Not possible when binding: Cannot create computed bindings in a computed value calculation function (you should evaluate the value directly rather than create bindings)")"#,
            "making things is legal inside every callback"
        ),
    ]
}

fn a_computed_does_not_run_before_it_is_read<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let counted = counted::<L>(&source, &runs);
    source.set(2);
    drop(counted);
    saw(runs.count())
}

/// One more than the source, and its runs are counted.
fn counted<L: Library>(source: &L::Binding<i32>, runs: &Calls) -> L::Reader<i32> {
    let (source, runs) = (source.clone(), runs.clone());
    L::computed(move || {
        runs.hit();
        source.get() + 1
    })
}

fn a_computed_runs_once_for_many_reads<L: Library>() -> String {
    let runs = Calls::new();
    let next = counted::<L>(&L::bind(1), &runs);
    saw(([next.get(), next.get(), next.get()], runs.count()))
}

fn a_set_alone_does_not_run_a_computed<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let next = counted::<L>(&source, &runs);
    next.get();
    source.set(2);
    saw(runs.count())
}

fn many_sets_between_two_reads_are_one_run<L: Library>() -> String {
    let (source, runs) = (L::bind(0), Calls::new());
    let next = counted::<L>(&source, &runs);
    next.get();
    for value in 1..=3 {
        source.set(value);
    }
    saw((next.get(), runs.count()))
}

fn a_set_to_an_equal_value_runs_nothing<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let next = counted::<L>(&source, &runs);
    next.get();
    source.set(1);
    next.get();
    saw(runs.count())
}

fn a_computed_without_sources_runs_once<L: Library>() -> String {
    let runs = Calls::new();
    let seven = L::computed({
        let runs = runs.clone();
        move || {
            runs.hit();
            7
        }
    });
    saw(([seven.get(), seven.get()], runs.count()))
}

fn clones_of_a_computed_share_its_run<L: Library>() -> String {
    let runs = Calls::new();
    let next = counted::<L>(&L::bind(1), &runs);
    saw((next.clone().get(), next.get(), runs.count()))
}

fn a_source_that_is_read_twice_counts_once<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let twice = L::computed({
        let (source, runs) = (source.clone(), runs.clone());
        move || {
            runs.hit();
            source.get() + source.get()
        }
    });
    let before = twice.get();
    source.set(2);
    saw(([before, twice.get()], runs.count()))
}

/// The sum of two readable things, and its runs are counted.
fn sum<L: Library>(left: &L::Reader<i32>, right: &L::Reader<i32>, runs: &Calls) -> L::Reader<i32> {
    let (left, right, runs) = (left.clone(), right.clone(), runs.clone());
    L::computed(move || {
        runs.hit();
        left.get() + right.get()
    })
}

fn a_chain_runs_each_link_once_for_a_change<L: Library>() -> String {
    let (source, runs) = (L::bind(2), [Calls::new(), Calls::new(), Calls::new()]);
    let first = counted::<L>(&source, &runs[0]);
    let five = L::Reader::from(L::bind(5));
    let nought = L::Reader::from(L::bind(0));
    let second = sum::<L>(&first, &five, &runs[1]);
    let third = sum::<L>(&second, &nought, &runs[2]);
    let before = third.get();
    source.set(3);
    saw(([before, third.get()], runs.map(|runs| runs.count())))
}

fn a_diamond_runs_each_corner_once_for_a_change<L: Library>() -> String {
    let (source, runs) = (L::bind(1), [Calls::new(), Calls::new(), Calls::new()]);
    let left = counted::<L>(&source, &runs[0]);
    let right = L::computed({
        let (source, runs) = (source.clone(), runs[1].clone());
        move || {
            runs.hit();
            source.get() * 10
        }
    });
    let both = sum::<L>(&left, &right, &runs[2]);
    let before = both.get();
    source.set(2);
    saw(([before, both.get()], runs.map(|runs| runs.count())))
}

fn a_map_is_a_computed_of_one_value<L: Library>() -> String {
    let (source, runs) = (L::bind(1), Calls::new());
    let next = source.map({
        let runs = runs.clone();
        move |value| {
            runs.hit();
            value + 1
        }
    });
    let before = [next.get(), next.get()][1];
    source.set(2);
    saw(([before, next.get()], runs.count()))
}

fn a_map_of_a_map<L: Library>() -> String {
    let source = L::bind(1);
    let label = source.map(|value| value + 1).map(|value| format!("{value}!"));
    let before = label.get();
    source.set(2);
    saw([before, label.get()])
}

fn a_result_that_is_equal_to_the_one_before<L: Library>() -> String {
    let (source, parities, labels) = (L::bind(1), Calls::new(), Calls::new());
    let parity = source.map({
        let parities = parities.clone();
        move |value| {
            parities.hit();
            value % 2
        }
    });
    let label = parity.map({
        let labels = labels.clone();
        move |parity| {
            labels.hit();
            parity == 1
        }
    });
    label.get();
    source.set(3);
    label.get();
    format!("{} of the parity, {} of the label", parities.count(), labels.count())
}

fn a_set_inside_a_computed<L: Library>() -> String {
    let other = L::bind(0);
    let strange = L::computed(move || {
        other.set(5);
        other.get()
    });
    saw([strange.get(), strange.get()])
}

fn a_source_that_is_set_while_the_run_reads_it_twice<L: Library>() -> String {
    let (source, was_set) = (L::bind(1), Arc::new(AtomicBool::new(false)));
    let pair = L::computed(move || {
        let first = source.get();
        if !was_set.swap(true, Relaxed) {
            let source = source.clone();
            std::thread::spawn(move || source.set(2)).join().unwrap();
        }
        (first, source.get())
    });
    saw([pair.get(), pair.get()])
}

fn a_computed_made_inside_a_computed<L: Library>() -> String {
    let source = L::bind(1);
    let outer = L::computed({
        let source = source.clone();
        move || source.map(|value| value + 1).get()
    });
    saw(caught(|| {
        let before = outer.get();
        source.set(2);
        [before, outer.get()]
    }))
}
