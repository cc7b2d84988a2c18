//! Random graphs and operations against an oracle that recomputes everything, counts of runs included.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{BindRef, Binding, BoundExt, Follow, bind, computed, effect, transaction};
use flo_core::Subscription;
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// A computed of up to three of the nodes, the second read only when the first is odd.
    Compute(usize, usize, usize),
    Set(usize, i64),
    Update(usize, i64),
    /// Several sets at once, and a read inside.
    Transact(Vec<(usize, i64)>, usize),
    /// One that is rolled back.
    RollBack(usize, i64),
    Read(usize),
    Watch(usize),
    Unwatch(usize),
    Follow(usize),
    Poll(usize),
    /// The handle of a computed goes; those that read it keep it.
    Forget(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || 0..64_usize;
    let value = || -3..4_i64;
    let step = prop_oneof![
        4 => (at(), at(), at()).prop_map(|(a, b, c)| Step::Compute(a, b, c)),
        6 => (at(), value()).prop_map(|(at, value)| Step::Set(at, value)),
        3 => (at(), value()).prop_map(|(at, value)| Step::Update(at, value)),
        3 => (prop::collection::vec((at(), value()), 0..4), at())
            .prop_map(|(sets, read)| Step::Transact(sets, read)),
        1 => (at(), value()).prop_map(|(at, value)| Step::RollBack(at, value)),
        4 => at().prop_map(Step::Read),
        2 => at().prop_map(Step::Watch),
        1 => at().prop_map(Step::Unwatch),
        2 => at().prop_map(Step::Follow),
        3 => at().prop_map(Step::Poll),
        1 => at().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..120)
}

const SOURCES: usize = 4;

/// A computed, as the oracle knows it.
#[derive(Clone, Copy)]
struct Formula(usize, usize, usize);

impl Formula {
    /// The value, with what is read noted in `read`.
    fn value(self, of: &impl Fn(usize) -> i64) -> i64 {
        let first = of(self.0);
        let second = if first % 2 == 0 { 0 } else { of(self.1) };
        (first + second + of(self.2)).rem_euclid(7)
    }
}

struct World {
    sources: Vec<Binding<i64>>,
    nodes: Vec<Option<BindRef<i64>>>,
    formulas: Vec<Formula>,
    runs: Vec<Arc<AtomicUsize>>,
    held: Vec<i64>,
    watches: Vec<Watching>,
    follows: Vec<Following>,
}

struct Watching {
    node: usize,
    log: Arc<Mutex<Vec<i64>>>,
    expected: Vec<i64>,
    subscription: Option<Subscription>,
}

struct Following {
    node: usize,
    last: Option<i64>,
    stream: Follow<i64>,
}

impl World {
    fn new() -> Self {
        let sources: Vec<_> = (0..SOURCES).map(|_| bind(0)).collect();
        Self {
            nodes: sources.iter().map(|source| Some(source.read_only())).collect(),
            sources,
            formulas: Vec::new(),
            runs: Vec::new(),
            held: vec![0; SOURCES],
            watches: Vec::new(),
            follows: Vec::new(),
        }
    }

    /// What node `at` should be, recomputed from the sources.
    fn expected(&self, at: usize) -> i64 {
        Self::expected_with(&self.formulas, &self.held, at)
    }

    fn expected_with(formulas: &[Formula], held: &[i64], at: usize) -> i64 {
        match at.checked_sub(SOURCES) {
            None => held[at],
            Some(formula) => {
                formulas[formula].value(&|dep| Self::expected_with(formulas, held, dep))
            }
        }
    }

    fn pick(&self, at: usize) -> (usize, BindRef<i64>) {
        let at = at % self.nodes.len();
        let live = (0..=at).rev().find_map(|at| self.nodes[at].clone().map(|node| (at, node)));
        live.expect("the sources are never forgotten")
    }

    fn compute(&mut self, a: usize, b: usize, c: usize) {
        let [(a, first), (b, second), (c, third)] = [a, b, c].map(|at| self.pick(at));
        let runs = Arc::new(AtomicUsize::new(0));
        let node = computed({
            let runs = Arc::clone(&runs);
            move || {
                runs.fetch_add(1, Relaxed);
                let first = first.get();
                let second = if first % 2 == 0 { 0 } else { second.get() };
                (first + second + third.get()).rem_euclid(7)
            }
        });
        self.nodes.push(Some(node.into()));
        self.formulas.push(Formula(a, b, c));
        self.runs.push(runs);
    }

    /// After a commit that made the sources `held`: what watchers should have been told, and that no
    /// computed ran more than once for it.
    fn commit(&mut self, change: impl FnOnce(&mut Vec<i64>), act: impl FnOnce(&Self)) {
        let before: Vec<i64> = (0..self.nodes.len()).map(|at| self.expected(at)).collect();
        let runs: Vec<usize> = self.runs.iter().map(|runs| runs.load(Relaxed)).collect();
        let mut held = self.held.clone();
        change(&mut held);
        act(self);
        self.held = held;
        let affected: BTreeSet<usize> =
            (0..self.nodes.len()).filter(|at| self.expected(*at) != before[*at]).collect();
        for watch in &mut self.watches {
            if watch.subscription.is_some() && affected.contains(&watch.node) {
                watch.expected.push(Self::expected_with(&self.formulas, &self.held, watch.node));
            }
            assert_eq!(*watch.log.lock().unwrap(), watch.expected, "node {}", watch.node);
        }
        for (runs, before) in self.runs.iter().zip(runs) {
            assert!(runs.load(Relaxed) <= before + 1, "a computed ran twice for one commit");
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Compute(a, b, c) => self.compute(a, b, c),
            Step::Set(at, value) => {
                let at = at % SOURCES;
                self.commit(|held| held[at] = value, |world| world.sources[at].set(value));
            }
            Step::Update(at, value) => {
                let at = at % SOURCES;
                let update = move |held: &mut i64| *held += value;
                self.commit(|held| update(&mut held[at]), |world| world.sources[at].update(update));
            }
            Step::Transact(sets, read) => self.transact(&sets, read),
            Step::RollBack(at, value) => self.roll_back(at % SOURCES, value),
            Step::Read(at) => {
                let (at, node) = self.pick(at);
                assert_eq!(node.get(), self.expected(at));
                let runs: Vec<usize> = self.runs.iter().map(|runs| runs.load(Relaxed)).collect();
                assert_eq!(node.get(), self.expected(at));
                let again: Vec<usize> = self.runs.iter().map(|runs| runs.load(Relaxed)).collect();
                assert_eq!(runs, again, "a second read runs nothing");
            }
            Step::Watch(at) => self.watch(at),
            Step::Unwatch(at) => {
                if !self.watches.is_empty() {
                    let at = at % self.watches.len();
                    self.watches[at].subscription = None;
                }
            }
            Step::Follow(at) => {
                let (node, of) = self.pick(at);
                self.follows.push(Following { node, last: None, stream: of.follow() });
            }
            Step::Poll(at) => self.poll(at),
            Step::Forget(at) => {
                let at = at % self.nodes.len();
                if at >= SOURCES {
                    self.nodes[at] = None;
                }
            }
        }
    }

    fn transact(&mut self, sets: &[(usize, i64)], read: usize) {
        let (read, node) = self.pick(read);
        let change = |held: &mut Vec<i64>| {
            for (at, value) in sets {
                held[at % SOURCES] = *value;
            }
        };
        // Reads below staged writes are private runs: they are no part of the count.
        let act = |world: &Self| {
            transaction(|| {
                let mut held = world.held.clone();
                for (at, value) in sets {
                    world.sources[at % SOURCES].set(*value);
                    held[at % SOURCES] = *value;
                }
                if read < SOURCES {
                    assert_eq!(node.get(), Self::expected_with(&world.formulas, &held, read));
                }
            });
        };
        self.commit(change, act);
        assert_eq!(node.get(), self.expected(read));
    }

    fn roll_back(&self, at: usize, value: i64) {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            transaction(|| {
                self.sources[at].set(value);
                let mut held = self.held.clone();
                held[at] = value;
                for (at, node) in self.nodes.iter().enumerate() {
                    if let Some(node) = node {
                        let expected = Self::expected_with(&self.formulas, &held, at);
                        assert_eq!(node.get(), expected, "below a staged write");
                    }
                }
                std::panic::resume_unwind(Box::new("rolled back"));
            });
        }));
        let payload = caught.expect_err("it is rolled back");
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"rolled back"));
    }

    fn watch(&mut self, at: usize) {
        let (node, of) = self.pick(at);
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut last = None;
        let subscription = effect({
            let log = Arc::clone(&log);
            move || {
                let value = of.get();
                if last.replace(value).is_some() {
                    log.lock().unwrap().push(value);
                }
            }
        });
        let expected = Vec::new();
        self.watches.push(Watching { node, log, expected, subscription: Some(subscription) });
    }

    fn poll(&mut self, at: usize) {
        if self.follows.is_empty() {
            return;
        }
        let at = at % self.follows.len();
        let expected = self.expected(self.follows[at].node);
        let following = &mut self.follows[at];
        let item = following.stream.next().now_or_never().flatten();
        let due = (following.last != Some(expected)).then_some(expected);
        assert_eq!(item, due);
        following.last = Some(expected);
    }
}

proptest! {
    #[test]
    fn random_graphs_agree_with_an_oracle_that_recomputes_everything(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        for at in 0..world.nodes.len() {
            if let Some(node) = &world.nodes[at] {
                prop_assert_eq!(node.get(), world.expected(at));
            }
        }
    }
}
