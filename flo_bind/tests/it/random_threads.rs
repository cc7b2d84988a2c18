//! Random graphs under several threads: every tuple that anybody observes belongs to one version, and at
//! the end nobody has missed the last one.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{BindRef, Binding, BoundExt, bind, computed, effect, snapshot, transaction};
use futures::{StreamExt, executor::block_on};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// What a computed comes to, of three nodes before it; the second is read only when the first is odd.
type Formula = (usize, usize, usize);

const SOURCES: usize = 3;
const COMMITS: i64 = 150;

fn apply((first, second, third): Formula, of: impl Fn(usize) -> i64) -> i64 {
    let first = of(first);
    let second = if first % 2 == 0 { 0 } else { of(second) };
    (first + second + of(third)).rem_euclid(1_000)
}

/// What the whole graph should be, where its sources hold `held`.
fn expected(held: &[i64], formulas: &[Formula]) -> Vec<i64> {
    let mut values = held.to_vec();
    for formula in formulas {
        values.push(apply(*formula, |at| values[at]));
    }
    values
}

fn graph(sources: &[Binding<i64>], formulas: &[Formula]) -> Vec<BindRef<i64>> {
    let mut nodes: Vec<BindRef<i64>> = sources.iter().map(BoundExt::read_only).collect();
    for formula in formulas {
        let (formula, deps) = (*formula, nodes.clone());
        nodes.push(computed(move || apply(formula, |at| deps[at].get())).into());
    }
    nodes
}

/// Panics where `values` are not of one version.
fn check(who: &str, values: &[i64], formulas: &[Formula]) {
    assert_eq!(values, expected(&values[..SOURCES], formulas), "{who} saw two versions at once");
}

struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

fn run(formulas: &[Formula], writers: usize) {
    let sources: Vec<Binding<i64>> = (0..SOURCES).map(|_| bind(0)).collect();
    let nodes = graph(&sources, formulas);
    let read_all = |nodes: &[BindRef<i64>]| nodes.iter().map(BoundExt::get).collect::<Vec<i64>>();
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    let watching = effect({
        let (nodes, seen, formulas) = (nodes.clone(), Arc::clone(&seen), formulas.to_vec());
        move || {
            let values = read_all(&nodes);
            check("an effect", &values, &formulas);
            *seen.lock().unwrap() = values;
        }
    });
    let follows: Vec<_> = nodes.iter().map(BoundExt::follow).collect();
    let running = AtomicUsize::new(writers);
    thread::scope(|scope| {
        for writer in 0..writers {
            let (sources, nodes, running) = (&sources, &nodes, &running);
            scope.spawn(move || {
                // Counted down on every way out, so that a failure ends the test.
                let _running = Running(running);
                for round in 1..=COMMITS {
                    let at = (writer + usize::try_from(round).unwrap()) % SOURCES;
                    match round % 3 {
                        0 => sources[at].update(|value| *value += 1),
                        1 => sources[at].set(round),
                        _ => transaction(|| {
                            sources[at].set(-round);
                            sources[(at + 1) % SOURCES].update(|value| *value += 2);
                            check("a transaction", &read_all(nodes), formulas);
                        }),
                    }
                }
            });
        }
        scope.spawn(|| {
            while running.load(SeqCst) > 0 {
                check("a snapshot", &snapshot(|| read_all(&nodes)), formulas);
                let own = computed({
                    let nodes = nodes.clone();
                    move || read_all(&nodes)
                });
                check("a computed", &own.get(), formulas);
            }
        });
    });
    let last = expected(&read_all(&nodes)[..SOURCES], formulas);
    assert_eq!(read_all(&nodes), last);
    assert_eq!(*seen.lock().unwrap(), last, "the effect missed the last version");
    drop(watching);
    drop(sources);
    for (follow, last) in follows.into_iter().zip(last) {
        let values: Vec<i64> = block_on(follow.collect());
        assert_eq!(values.last(), Some(&last), "a follower missed the last version");
    }
}

#[test]
fn every_observed_tuple_is_of_one_version_and_the_last_is_seen_by_all() {
    let formulas = prop::collection::vec((0..100_usize, 0..100_usize, 0..100_usize), 1..12);
    // A case is hundreds of commits on several threads, so an eighth of the usual number will do.
    let mut runner = TestRunner::new(Config::with_cases(Config::default().cases / 8));
    let result = runner.run(&(formulas, 1..4_usize), |(formulas, writers)| {
        let below = |at: usize, node: usize| node % (SOURCES + at);
        let formulas: Vec<Formula> = (0..)
            .zip(formulas)
            .map(|(at, (a, b, c))| (below(at, a), below(at, b), below(at, c)))
            .collect();
        run(&formulas, writers);
        Ok(())
    });
    result.unwrap();
}
