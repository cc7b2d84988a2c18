//! One suite over two libraries: `flo_bind`, and `flo_binding` 3.0.0, from which it descends.
//!
//! Each case tells what it saw. What both show is stated once; where they differ on purpose both are
//! stated, with the reason, so neither can drift unseen. The table of the differences is printed:
//! `cargo test -p flo_tests --test conformance -- --nocapture`.
//!
//! Left out is what the ancestor answers by waiting for itself for ever, or differently from run to run,
//! since a case must end and must be the same each time: a callback that sets what it listens to; an
//! equality, an edit or a clone that reads its own binding; computeds in a circle; a fold that panics; a
//! computed that one thread reads while another sets its source or a stream feeds it.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod ancestor;
mod case;
mod cases_computed;
mod cases_follow;
mod cases_lifetimes;
mod cases_panics;
mod cases_sources;
mod cases_streams;
mod cases_threads;
mod cases_told;
mod cases_values;
mod library;
mod ours;

use std::panic;

use case::{Case, Expected, run};
use library::Library;

fn cases() -> Vec<Case> {
    let files = [
        cases_values::cases(),
        cases_computed::cases(),
        cases_sources::cases(),
        cases_told::cases(),
        cases_panics::cases(),
        cases_follow::cases(),
        cases_streams::cases(),
        cases_lifetimes::cases(),
        cases_threads::cases(),
    ];
    files.into_iter().flatten().collect()
}

/// One row for each case that differs: what each shows, and below it why.
fn table(cases: &[Case]) -> String {
    let (ours, ancestor) = (ours::Ours::NAME, ancestor::Ancestor::NAME);
    let mut rows = Vec::new();
    for case in cases {
        if let Expected::Differ { ours: here, ancestor: there, why } = case.expected {
            let name = case.name.replace('_', " ");
            rows.push(format!("{name}\n  {ours:17}  {here}\n  {ancestor:17}  {there}\n  {why}\n"));
        }
    }
    format!("{} of {} cases differ on purpose:\n\n{}", rows.len(), cases.len(), rows.join("\n"))
}

/// Where a library showed something else than is stated of it.
fn surprise(name: &str, library: &str, saw: &str, expected: &str) -> Option<String> {
    let told = || format!("{name}, {library}:\n  expected {expected}\n  saw      {saw}");
    (saw != expected).then(told)
}

// One test, so that no case sees what another one keeps alive.
#[test]
fn both_libraries_show_what_is_stated_of_them() {
    let cases = cases();
    println!("{}", table(&cases));
    let mut surprises = Vec::new();
    // Many cases panic on purpose; what a panic says is told by the case.
    panic::set_hook(Box::new(|_| {}));
    for Case { name, ours, ancestor, expected } in &cases {
        surprises.extend(surprise(name, ours::Ours::NAME, &run(*ours), expected.ours()));
        let there = run(*ancestor);
        surprises.extend(surprise(name, ancestor::Ancestor::NAME, &there, expected.ancestor()));
    }
    drop(panic::take_hook());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
