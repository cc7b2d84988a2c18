//! Random connected graphs under two and four threads: every tuple that anybody observes is one that was
//! committed, in an order that nobody sees go back, and at the end nobody has missed the last one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{BindRef, Binding, BoundExt, Follow, bind, computed, effect, snapshot, transaction};
use futures::{FutureExt, StreamExt};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

const SOURCES: usize = 4;
const COMMITS: usize = 80;

/// What a computed comes to, of three nodes before it; the second is read only when the first is odd.
type Formula = [usize; 3];

fn apply(formula: Formula, of: impl Fn(usize) -> i64) -> i64 {
    let first = of(formula[0]);
    let second = if first % 2 == 0 { 0 } else { of(formula[1]) };
    (first + second + of(formula[2])).rem_euclid(1_000)
}

/// The values of all nodes, where the sources hold the first of `values`.
fn complete(mut values: Vec<i64>, formulas: &[Formula]) -> Vec<i64> {
    for formula in formulas {
        values.push(apply(*formula, |at| values[at]));
    }
    values
}

/// Computeds over `nodes`, appended to them.
fn build(nodes: &mut Vec<BindRef<i64>>, formulas: &[Formula]) {
    for formula in formulas {
        let (formula, deps) = (*formula, nodes.clone());
        nodes.push(computed(move || apply(formula, |at| deps[at].get())).into());
    }
}

fn read_all(nodes: &[BindRef<i64>]) -> Vec<i64> {
    nodes.iter().map(BoundExt::get).collect()
}

/// What one observer has seen, in its order.
type Observed = Arc<Mutex<Vec<Vec<i64>>>>;

/// Counted down on every way out, so that a failure ends the test.
struct Writing<'a>(&'a AtomicUsize);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

struct World {
    sources: Vec<Binding<i64>>,
    nodes: Vec<BindRef<i64>>,
    formulas: Vec<Formula>,
    /// What the sources held after each commit. The lock is the writers' own: it says who is next.
    committed: Mutex<Vec<Vec<i64>>>,
    observed: Mutex<Vec<Observed>>,
    writing: AtomicUsize,
}

impl World {
    fn new(formulas: Vec<Formula>, writers: usize) -> Self {
        let sources: Vec<_> = (0..SOURCES).map(|_| bind(0)).collect();
        let mut nodes: Vec<BindRef<i64>> = sources.iter().map(BoundExt::read_only).collect();
        build(&mut nodes, &formulas);
        let committed = Mutex::new(vec![vec![0; SOURCES]]);
        let writing = AtomicUsize::new(writers);
        Self { sources, nodes, formulas, committed, observed: Mutex::default(), writing }
    }

    fn observer(&self) -> Observed {
        let observed = Observed::default();
        self.observed.lock().unwrap().push(Arc::clone(&observed));
        observed
    }

    /// Commits, each a tuple that was not there before.
    fn write(&self, own: usize) {
        let _writing = Writing(&self.writing);
        for round in 0..COMMITS {
            let mut committed = self.committed.lock().unwrap();
            let number = i64::try_from(committed.len()).unwrap();
            let mut held = committed.last().unwrap().clone();
            let at = (own + round) % SOURCES;
            held[at] = number;
            match round % 3 {
                0 => self.sources[at].set(number),
                1 => self.sources[at].update(move |value| *value = number),
                _ => {
                    let next = (at + 1) % SOURCES;
                    held[next] = -number;
                    transaction(|| {
                        self.sources[at].set(number);
                        self.sources[next].update(move |value| *value = -number);
                        let values = complete(held.clone(), &self.formulas);
                        assert_eq!(read_all(&self.nodes), values, "below its own writes");
                    });
                }
            }
            committed.push(held);
        }
    }

    /// Looks on in one way after the other, and builds and drops nodes and effects meanwhile.
    fn look_on(&self, mut turn: usize) {
        let own = self.observer();
        let mut kept = Vec::new();
        while self.writing.load(SeqCst) > 0 {
            turn += 1;
            let values = match turn % 3 {
                0 => snapshot(|| read_all(&self.nodes)),
                1 => transaction(|| read_all(&self.nodes)),
                _ => {
                    // Computeds of its own over the sources, the same as those that are there.
                    let mut nodes = self.nodes[..SOURCES].to_vec();
                    build(&mut nodes, &self.formulas);
                    let all = computed(move || read_all(&nodes));
                    let observed = self.observer();
                    let watching = effect({
                        let all = all.clone();
                        move || observed.lock().unwrap().push(all.get())
                    });
                    kept.push(watching);
                    if kept.len() > 3 {
                        kept.remove(turn % 3).end_and_wait();
                    }
                    all.get()
                }
            };
            own.lock().unwrap().push(values);
        }
    }

    /// Every tuple was committed, and each observer saw them in the order in which they were.
    fn check(&self) {
        let committed = self.committed.lock().unwrap().clone();
        let places: HashMap<&[i64], usize> =
            committed.iter().enumerate().map(|(place, held)| (held.as_slice(), place)).collect();
        for observed in &*self.observed.lock().unwrap() {
            let mut last = 0;
            for values in &*observed.lock().unwrap() {
                let held = &values[..SOURCES];
                assert_eq!(
                    *values,
                    complete(held.to_vec(), &self.formulas),
                    "two versions at once"
                );
                let place = places.get(held).copied();
                let place = place.unwrap_or_else(|| panic!("{held:?} was never committed"));
                assert!(place >= last, "back from commit {last} to {place}");
                last = place;
            }
        }
    }
}

fn run(formulas: &[Formula], threads: usize) {
    let writers = threads / 2;
    let world = World::new(formulas.to_vec(), writers);
    let observed = world.observer();
    let watching = effect({
        let (nodes, observed) = (world.nodes.clone(), Arc::clone(&observed));
        move || observed.lock().unwrap().push(read_all(&nodes))
    });
    let mut follows: Vec<Follow<i64>> = world.nodes.iter().map(BoundExt::follow).collect();
    let mut latest: Vec<i64> = Vec::new();
    for follow in &mut follows {
        latest.extend(follow.next().now_or_never().flatten());
    }
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        for own in 0..threads {
            let (world, start) = (&world, &start);
            scope.spawn(move || {
                start.wait();
                if own < writers { world.write(own) } else { world.look_on(own) }
            });
        }
    });
    world.check();
    let held = world.committed.lock().unwrap().last().unwrap().clone();
    let last = complete(held, formulas);
    assert_eq!(read_all(&world.nodes), last);
    assert_eq!(observed.lock().unwrap().last(), Some(&last), "an effect missed the last version");
    for (follow, latest) in follows.iter_mut().zip(&mut latest) {
        *latest = follow.next().now_or_never().flatten().unwrap_or(*latest);
    }
    assert_eq!(latest, last, "a follower missed the last version");
    drop(watching);
}

#[test]
fn every_observed_tuple_was_committed_and_is_never_older_than_one_seen_before() {
    let formulas = prop::collection::vec([0..100_usize, 0..100, 0..100], 1..10);
    // A case is hundreds of commits on several threads, so an eighth of the usual number will do.
    let mut runner = TestRunner::new(Config::with_cases(Config::default().cases / 8));
    let result = runner.run(&(formulas, prop::bool::ANY), |(formulas, are_four)| {
        let below = |at: usize, formula: Formula| formula.map(|node| node % (SOURCES + at));
        let formulas: Vec<Formula> =
            (0..).zip(formulas).map(|(at, formula)| below(at, formula)).collect();
        run(&formulas, if are_four { 4 } else { 2 });
        Ok(())
    });
    result.unwrap();
}
