//! A panic in a closure, a comparison or a clone, and what can be used afterwards.

use flo_test::Calls;

use crate::{
    case::{Case, caught, differ, same, saw},
    library::{Library, Read, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        differ!(
            a_computed_that_panics_and_is_read_again,
            "[no divisor, no divisor, 2]",
            "[no divisor, poisoned, poisoned]",
            "a panic is the outcome of the run: each reader has it, until an input changes"
        ),
        same!(a_computed_that_panicked_does_not_run_for_the_next_reader, "1"),
        differ!(
            another_computed_after_one_that_panicked,
            "Ok(7)",
            r#"Err("Not possible when binding")"#,
            "a panic leaves everything else usable"
        ),
        differ!(
            a_reader_of_a_computed_that_panics,
            "[no divisor, 2]",
            "[no divisor, poisoned]",
            "a panic passes through those who read it, and heals with it"
        ),
        differ!(
            a_listener_that_panics,
            "set: a bad listener, the other one told 1, then set: a bad listener, told 2, value 2",
            "set: a bad listener, the other one told 0, then set: poisoned, told 0, value 2",
            "it reaches the one who set when all others have been told, and is told again"
        ),
        differ!(
            a_comparison_that_panics,
            "not that one, 1, 2",
            "not that one, poisoned, poisoned",
            "the old value stays; no lock is held while a stranger's code runs"
        ),
        differ!(
            a_clone_that_panics,
            "too fragile, Ok(())",
            "too fragile, poisoned",
            "no lock is held while a stranger's code runs"
        ),
        differ!(
            an_update_that_panics_half_way,
            "half-way, [1]",
            "half-way, poisoned",
            "an update edits a copy, so the old value stays"
        ),
    ]
}

/// Ten by the divisor, which must not be nought.
fn quotient<L: Library>(divisor: &L::Binding<i32>, runs: &Calls) -> L::Reader<i32> {
    let (divisor, runs) = (divisor.clone(), runs.clone());
    L::computed(move || {
        runs.hit();
        let divisor = divisor.get();
        assert!(divisor != 0, "no divisor");
        10 / divisor
    })
}

/// The value, or which of the panics it was.
fn outcome<L: Library>(reader: &L::Reader<i32>) -> String {
    match caught(|| reader.get()) {
        Ok(value) => value.to_string(),
        // A later reader is told the place as well.
        Err(text) if text.contains("no divisor") => String::from("no divisor"),
        Err(text) => text,
    }
}

fn a_computed_that_panics_and_is_read_again<L: Library>() -> String {
    let divisor = L::bind(0);
    let quotient = quotient::<L>(&divisor, &Calls::new());
    let (first, second) = (outcome::<L>(&quotient), outcome::<L>(&quotient));
    divisor.set(5);
    format!("[{first}, {second}, {}]", outcome::<L>(&quotient))
}

fn a_computed_that_panicked_does_not_run_for_the_next_reader<L: Library>() -> String {
    let runs = Calls::new();
    let quotient = quotient::<L>(&L::bind(0), &runs);
    outcome::<L>(&quotient);
    outcome::<L>(&quotient);
    saw(runs.count())
}

fn another_computed_after_one_that_panicked<L: Library>() -> String {
    outcome::<L>(&quotient::<L>(&L::bind(0), &Calls::new()));
    let made = caught(|| L::computed(|| 7).get());
    saw(made.map_err(|text| text.split(':').next().map(str::to_owned).unwrap_or_default()))
}

fn a_reader_of_a_computed_that_panics<L: Library>() -> String {
    let divisor = L::bind(0);
    let label = quotient::<L>(&divisor, &Calls::new()).map(|quotient| quotient);
    let first = outcome::<L>(&label);
    divisor.set(5);
    format!("[{first}, {}]", outcome::<L>(&label))
}

fn a_listener_that_panics<L: Library>() -> String {
    let (source, told) = (L::bind(0), Calls::new());
    let _bad = source.when_changed(|| panic!("a bad listener"));
    let _good = source.when_changed({
        let told = told.clone();
        move || told.hit()
    });
    let first = caught(|| source.set(1)).unwrap_err();
    let count = told.count();
    source.get();
    let second = caught(|| source.set(2)).unwrap_err();
    format!(
        "set: {first}, the other one told {count}, then set: {second}, told {}, value {}",
        told.count(),
        source.get()
    )
}

/// Not to be compared with 13.
#[derive(Clone)]
struct Picky(i32);

impl PartialEq for Picky {
    fn eq(&self, other: &Self) -> bool {
        assert!(other.0 != 13, "not that one");
        self.0 == other.0
    }
}

fn a_comparison_that_panics<L: Library>() -> String {
    let binding = L::bind(Picky(1));
    let value = || caught(|| binding.get().0).map_or_else(|text| text, |value| value.to_string());
    let set = caught(|| binding.set(Picky(13))).unwrap_err();
    let kept = value();
    // Where the lock is poisoned, setting panics as well.
    drop(caught(|| binding.set(Picky(2))));
    format!("{set}, {kept}, {}", value())
}

/// Not to be cloned while it is 13.
#[derive(PartialEq)]
struct Fragile(i32);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.0 != 13, "too fragile");
        Self(self.0)
    }
}

fn a_clone_that_panics<L: Library>() -> String {
    let binding = L::bind(Fragile(13));
    let get = caught(|| binding.get().0).unwrap_err();
    let set = caught(|| binding.set(Fragile(1)));
    format!("{get}, {}", set.map_or_else(|text| text, |()| saw(Ok::<_, String>(()))))
}

fn an_update_that_panics_half_way<L: Library>() -> String {
    let binding = L::bind(vec![1]);
    let update = caught(|| {
        binding.update(|value| {
            value.push(2);
            panic!("half-way");
        });
    });
    let kept = caught(|| binding.get()).map_or_else(|text| text, saw);
    format!("{}, {kept}", update.unwrap_err())
}
