//! Exactly the needed work (promise 4): counted, not timed.

use flo_bind::{BoundExt, bind, computed, computed_from, effect, untracked};
use flo_test::Calls;

#[test]
fn a_computed_runs_when_it_is_asked_for_and_once_for_each_change() {
    let runs = Calls::new();
    let source = bind(1);
    let doubled = source.map({
        let runs = runs.clone();
        move |value| {
            runs.hit();
            value * 2
        }
    });
    runs.assert_count(0); // lazy
    assert_eq!((doubled.get(), doubled.get(), doubled.get()), (2, 2, 2));
    runs.assert_count(1); // cached
    source.set(2);
    source.set(3);
    runs.assert_count(1); // idle
    assert_eq!(doubled.get(), 6);
    runs.assert_count(2);
}

#[test]
fn an_equal_write_is_no_change() {
    let runs = Calls::new();
    let source = bind(1);
    let _watching = source.on_change({
        let runs = runs.clone();
        move |_| runs.hit()
    });
    source.set(1);
    assert_eq!(source.replace(1), 1);
    source.update(|value| *value += 0);
    runs.assert_count(0);
}

#[test]
fn an_equal_result_stops_there() {
    let (source, runs) = (bind(1), Calls::new());
    let odd = source.map(|value| value % 2 == 1);
    let label = odd.map({
        let runs = runs.clone();
        move |odd| {
            runs.hit();
            odd.to_string()
        }
    });
    let effects = Calls::new();
    let _showing = effect({
        let (label, effects) = (label.clone(), effects.clone());
        move || {
            label.get();
            effects.hit();
        }
    });
    source.set(3);
    source.set(5);
    assert_eq!((runs.count(), effects.count()), (1, 1));
    source.set(6);
    assert_eq!((runs.count(), effects.count()), (2, 2));
}

#[test]
fn a_diamond_runs_its_bottom_once_for_each_commit() {
    let (source, runs) = (bind(1), Calls::new());
    let left = source.map(|value| value + 1);
    let right = source.map(|value| value * 10);
    let bottom = computed_from((&left, &right), {
        let runs = runs.clone();
        move |(left, right)| {
            runs.hit();
            left + right
        }
    });
    let seen = Calls::new();
    let _watching = effect({
        let (bottom, seen) = (bottom.clone(), seen.clone());
        move || seen.record(bottom.get())
    });
    source.set(2);
    source.set(3);
    seen.assert([12, 23, 34]);
    runs.assert_count(3);
}

#[test]
fn dependencies_are_those_of_the_last_run() {
    let (which, left, right) = (bind(true), bind(1), bind(2));
    let runs = Calls::new();
    let chosen = computed({
        let (which, left, right) = (which.clone(), left.clone(), right.clone());
        let runs = runs.clone();
        move || {
            runs.hit();
            if which.get() { left.get() } else { right.get() }
        }
    });
    assert_eq!(chosen.get(), 1);
    right.set(20);
    assert_eq!(chosen.get(), 1);
    runs.assert_count(1); // what was not read does not matter
    which.set(false);
    assert_eq!(chosen.get(), 20);
    left.set(10);
    assert_eq!(chosen.get(), 20);
    runs.assert_count(2);
}

#[test]
fn a_dependency_that_would_not_be_read_again_is_not_computed() {
    let (on, divisor) = (bind(true), bind(2));
    let quotient = divisor.map(|divisor| 10 / divisor);
    let guarded = computed({
        let (on, quotient) = (on.clone(), quotient.clone());
        move || if on.get() { quotient.get() } else { 0 }
    });
    assert_eq!(guarded.get(), 5);
    on.set(false);
    divisor.set(0);
    assert_eq!(guarded.get(), 0, "10 / 0 would have panicked");
}

#[test]
fn untracked_reads_are_no_dependencies_and_comparisons_are_untracked() {
    struct Compares(i32, flo_bind::Binding<i32>);
    impl PartialEq for Compares {
        fn eq(&self, other: &Self) -> bool {
            self.1.get();
            self.0 == other.0
        }
    }
    let (source, aside, compared) = (bind(1), bind(1), bind(1));
    let runs = Calls::new();
    let value = computed({
        let (source, aside, compared) = (source.clone(), aside.clone(), compared.clone());
        let runs = runs.clone();
        move || {
            runs.hit();
            untracked(|| aside.get());
            Compares(source.get(), compared.clone())
        }
    });
    assert_eq!(value.with(|value| value.0), 1);
    source.set(2);
    assert_eq!(value.with(|value| value.0), 2, "compared once");
    aside.set(2);
    compared.set(2);
    assert_eq!(value.with(|value| value.0), 2);
    runs.assert_count(2);
}

#[test]
fn many_new_dependencies_in_one_run_are_each_one_edge() {
    for width in [1_000_u32, 10_000] {
        let sources: Vec<_> = (0..width).map(|at| bind(i64::from(at))).collect();
        let sum = computed({
            let sources = sources.clone();
            move || sources.iter().chain(&sources).map(BoundExt::get).sum::<i64>()
        });
        let expected = i64::from(width) * i64::from(width - 1);
        assert_eq!(sum.get(), expected);
        sources[0].update(|value| *value += 1);
        assert_eq!(sum.get(), expected + 2);
    }
}

#[test]
fn an_idle_computed_is_marked_once_and_told_of_once() {
    let (source, told) = (bind(0), Calls::new());
    let doubled = source.map(|value| value * 2);
    let _telling = doubled.when_changed({
        let told = told.clone();
        move || told.hit()
    });
    source.set(1);
    source.set(2);
    told.assert_count(1); // once until it is read again
    assert_eq!(doubled.get(), 4);
    source.set(3);
    told.assert_count(2);
}

#[test]
fn a_binding_tells_once_until_it_is_read() {
    let (source, told) = (bind(0), Calls::new());
    let _telling = source.when_changed({
        let told = told.clone();
        move || told.hit()
    });
    source.set(1);
    source.set(2);
    told.assert_count(1);
    assert_eq!(source.get(), 2);
    source.set(3);
    told.assert_count(2);
}
