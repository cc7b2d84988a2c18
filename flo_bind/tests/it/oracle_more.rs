//! Random graphs against an oracle once more, with what the other one leaves out: computeds that panic at
//! certain values, labels beside numbers, effects made inside effects, followers of all of them, graphs of
//! their own that are connected later, other threads that overtake, and an end in any order.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use flo_bind::{
    BindRef, Binding, BoundExt, Computed, Follow, bind, computed, effect, snapshot, transaction,
    untracked,
};
use flo_core::Subscription;
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// A computed of up to three nodes, the second read only when the first is odd.
    Compute(usize, usize, usize),
    Set(usize, i64),
    Update(usize, i64),
    /// Several writes at once, and whether all nodes are read below them.
    Transact(Vec<(usize, i64)>, bool),
    RollBack(usize, i64),
    /// Another thread's write while this one is in a snapshot.
    Overtake(usize, i64),
    Read(usize),
    /// An effect on one node, which makes an effect on another one in each of its runs.
    Watch(usize, usize),
    Unwatch(usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || 0..64_usize;
    let value = || -3..4_i64;
    let step = prop_oneof![
        5 => (at(), at(), at()).prop_map(|(a, b, c)| Step::Compute(a, b, c)),
        6 => (at(), value()).prop_map(|(at, value)| Step::Set(at, value)),
        3 => (at(), value()).prop_map(|(at, value)| Step::Update(at, value)),
        3 => (prop::collection::vec((at(), value()), 0..4), any::<bool>())
            .prop_map(|(sets, reads)| Step::Transact(sets, reads)),
        1 => (at(), value()).prop_map(|(at, value)| Step::RollBack(at, value)),
        1 => (at(), value()).prop_map(|(at, value)| Step::Overtake(at, value)),
        3 => at().prop_map(Step::Read),
        3 => (at(), at()).prop_map(|(outer, inner)| Step::Watch(outer, inner)),
        1 => at().prop_map(Step::Unwatch),
        2 => at().prop_map(Step::Follow),
        3 => at().prop_map(Step::Poll),
        1 => at().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..150)
}

const SOURCES: usize = 6;

/// What reading a node comes to: `None` for a panic.
type Outcome = Option<i64>;

/// A computed, by the nodes it reads. It panics where it comes to five.
#[derive(Clone, Copy)]
struct Formula(usize, usize, usize);

impl Formula {
    fn outcome(self, of: &impl Fn(usize) -> Outcome) -> Outcome {
        let first = of(self.0)?;
        let second = if first % 2 == 0 { 0 } else { of(self.1)? };
        Some((first + second + of(self.2)?).rem_euclid(7)).filter(|sum| *sum != 5)
    }
}

fn expected(formulas: &[Formula], held: &[i64], at: usize) -> Outcome {
    match at.checked_sub(SOURCES) {
        None => Some(held[at]),
        Some(formula) => formulas[formula].outcome(&|dep| expected(formulas, held, dep)),
    }
}

fn label_of(outcome: Outcome) -> String {
    outcome.map_or_else(|| "a panic".into(), |value| format!("the value {value}"))
}

fn read(node: &BindRef<i64>) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| node.get())).ok()
}

/// A node with what is made of it where it is watched.
#[derive(Clone)]
struct Node {
    value: BindRef<i64>,
    /// The same without a panic.
    label: Computed<String>,
}

impl Node {
    fn new(value: BindRef<i64>, token: &Arc<()>) -> Self {
        let label = computed({
            let (value, token) = (value.clone(), Arc::clone(token));
            move || {
                std::hint::black_box(&token);
                label_of(read(&value))
            }
        });
        Self { value, label }
    }
}

struct World {
    token: Arc<()>,
    sources: Vec<Binding<i64>>,
    nodes: Vec<Option<Node>>,
    formulas: Vec<Formula>,
    runs: Vec<Arc<AtomicUsize>>,
    held: Vec<i64>,
    watches: Vec<Watching>,
    follows: Vec<(usize, Option<String>, Follow<String>)>,
}

struct Watching {
    outer: usize,
    inner: usize,
    log: Arc<Mutex<Vec<String>>>,
    expected: Vec<String>,
    subscription: Option<Subscription>,
}

impl World {
    fn new() -> Self {
        let token = Arc::new(());
        let sources: Vec<_> = (0..SOURCES).map(|_| bind(0)).collect();
        let nodes = sources.iter().map(|source| Some(Node::new(source.read_only(), &token)));
        Self {
            nodes: nodes.collect(),
            token,
            sources,
            formulas: Vec::new(),
            runs: Vec::new(),
            held: vec![0; SOURCES],
            watches: Vec::new(),
            follows: Vec::new(),
        }
    }

    fn expected(&self, at: usize) -> Outcome {
        expected(&self.formulas, &self.held, at)
    }

    fn pick(&self, at: usize) -> (usize, Node) {
        let at = at % self.nodes.len();
        let live = (0..=at).rev().find_map(|at| self.nodes[at].clone().map(|node| (at, node)));
        live.expect("the sources are never forgotten")
    }

    fn compute(&mut self, at: [usize; 3]) {
        let [(a, first), (b, second), (c, third)] = at.map(|at| self.pick(at));
        let (runs, token) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&self.token));
        let node = computed({
            let runs = Arc::clone(&runs);
            move || {
                std::hint::black_box(&token);
                runs.fetch_add(1, SeqCst);
                let first = first.value.get();
                let second = if first % 2 == 0 { 0 } else { second.value.get() };
                let sum = (first + second + third.value.get()).rem_euclid(7);
                if sum == 5 {
                    resume_unwind(Box::new("five"));
                }
                sum
            }
        });
        self.nodes.push(Some(Node::new(node.into(), &self.token)));
        self.formulas.push(Formula(a, b, c));
        self.runs.push(runs);
    }

    /// After a commit that makes the sources `held`: who watches was told exactly what it should have been,
    /// and, where `act` reads nothing below its own writes, no computed ran twice.
    fn commit(&mut self, held: Vec<i64>, counts: bool, act: impl FnOnce(&Self)) {
        let before: Vec<_> = (0..self.nodes.len()).map(|at| self.expected(at)).collect();
        let runs: Vec<_> = self.runs.iter().map(|runs| runs.load(SeqCst)).collect();
        act(self);
        self.held = held;
        for watch in &mut self.watches {
            let now = |at: usize| expected(&self.formulas, &self.held, at);
            let (outer, inner) = (now(watch.outer), now(watch.inner));
            if watch.subscription.is_some() {
                let outer_differs = outer != before[watch.outer];
                if outer_differs {
                    watch.expected.push(format!("outer {}", label_of(outer)));
                }
                // Made anew by the outer one, or told by itself.
                if outer_differs || inner != before[watch.inner] {
                    watch.expected.push(format!("inner {}", label_of(inner)));
                }
            }
            watch.check();
        }
        for (runs, before) in self.runs.iter().zip(runs).filter(|_| counts) {
            assert!(runs.load(SeqCst) <= before + 1, "a computed ran twice for one commit");
        }
    }

    fn step(&mut self, step: Step) {
        let mut held = self.held.clone();
        match step {
            Step::Compute(a, b, c) => self.compute([a, b, c]),
            Step::Set(at, value) => {
                held[at % SOURCES] = value;
                self.commit(held, true, |world| world.sources[at % SOURCES].set(value));
            }
            Step::Update(at, value) => {
                let update = move |held: &mut i64| *held += value;
                update(&mut held[at % SOURCES]);
                self.commit(held, true, |world| world.sources[at % SOURCES].update(update));
            }
            Step::Transact(sets, reads) => {
                for (at, value) in &sets {
                    held[at % SOURCES] = *value;
                }
                let staged = held.clone();
                self.commit(held, !reads, |world| {
                    transaction(|| world.write_and_read(&sets, reads.then_some(&staged)));
                });
            }
            Step::RollBack(at, value) => {
                held[at % SOURCES] = value;
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    transaction(|| {
                        self.write_and_read(&[(at, value)], Some(&held));
                        resume_unwind(Box::new("rolled back"));
                    });
                }));
                assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"rolled back"));
                self.check_all(&self.held);
            }
            Step::Overtake(at, value) => {
                held[at % SOURCES] = value;
                self.commit(held, false, |world| {
                    snapshot(|| {
                        world.check_all(&world.held);
                        thread::scope(|scope| {
                            scope.spawn(|| world.sources[at % SOURCES].set(value));
                        });
                        world.check_all(&world.held);
                    });
                });
            }
            Step::Read(at) => {
                let (at, node) = self.pick(at);
                assert_eq!(read(&node.value), self.expected(at));
                let runs = || self.runs.iter().map(|runs| runs.load(SeqCst)).collect::<Vec<_>>();
                let before = runs();
                assert_eq!(read(&node.value), self.expected(at));
                assert_eq!(runs(), before, "a second read runs nothing, of a panic neither");
            }
            Step::Watch(outer, inner) => self.watch(outer, inner),
            Step::Unwatch(at) => self.unwatch(at),
            Step::Follow(at) => {
                let (at, node) = self.pick(at);
                self.follows.push((at, None, node.label.follow()));
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

    fn write_and_read(&self, sets: &[(usize, i64)], staged: Option<&Vec<i64>>) {
        for (at, value) in sets {
            self.sources[at % SOURCES].set(*value);
        }
        if let Some(staged) = staged {
            self.check_all(staged);
        }
    }

    /// Every node is what follows from `held`.
    fn check_all(&self, held: &[i64]) {
        for (at, node) in self.nodes.iter().enumerate() {
            let Some(node) = node else { continue };
            let outcome = expected(&self.formulas, held, at);
            assert_eq!(read(&node.value), outcome, "node {at}");
            assert_eq!(node.label.get(), label_of(outcome), "the label of node {at}");
        }
    }

    fn watch(&mut self, outer: usize, inner: usize) {
        let [(outer, outer_node), (inner, inner_node)] = [outer, inner].map(|at| self.pick(at));
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut held = None;
        let subscription = effect({
            let (log, token) = (Arc::clone(&log), Arc::clone(&self.token));
            move || {
                let label = outer_node.label.get();
                log.lock().unwrap().push(format!("outer {label}"));
                let (log, label) = (Arc::clone(&log), inner_node.label.clone());
                let token = Arc::clone(&token);
                let made = untracked(|| {
                    effect(move || {
                        std::hint::black_box(&token);
                        log.lock().unwrap().push(format!("inner {}", label.get()));
                    })
                });
                drop(held.replace(made));
            }
        });
        let labels = [outer, inner].map(|at| label_of(self.expected(at)));
        let expected = vec![format!("outer {}", labels[0]), format!("inner {}", labels[1])];
        let subscription = Some(subscription);
        self.watches.push(Watching { outer, inner, log, expected, subscription });
        self.watches.iter().for_each(Watching::check);
    }

    fn unwatch(&mut self, at: usize) {
        let count = self.watches.len().max(1);
        if let Some(watch) = self.watches.get_mut(at % count) {
            watch.subscription = None;
        }
    }

    fn poll(&mut self, at: usize) {
        let count = self.follows.len().max(1);
        let Some((node, last, stream)) = self.follows.get_mut(at % count) else { return };
        let now = label_of(expected(&self.formulas, &self.held, *node));
        let item = stream.next().now_or_never().flatten();
        assert_eq!(item, (last.as_ref() != Some(&now)).then(|| now.clone()));
        *last = Some(now);
    }

    /// Everything goes, in the order of `keys`, while what is left goes on.
    fn end(self, keys: &[usize]) {
        let token = self.token;
        let mut things: Vec<Box<dyn Any>> = Vec::new();
        let boxed = |thing: Box<dyn Any>| thing;
        things.extend(self.nodes.into_iter().flatten().map(|node| boxed(Box::new(node))));
        things.extend(self.follows.into_iter().map(|follow| boxed(Box::new(follow))));
        things.extend(self.watches.into_iter().map(|watch| boxed(Box::new(watch))));
        things.extend(self.sources.iter().map(|source| boxed(Box::new(source.clone()))));
        for (round, key) in (0_i64..).zip(keys.iter().cycle()) {
            if things.is_empty() {
                break;
            }
            drop(things.swap_remove(key % things.len()));
            self.sources[key % SOURCES].set(round);
        }
        drop(self.sources);
        // A snapshot that another test has open may put a drop off, until it is over.
        let since = Instant::now();
        while Arc::strong_count(&token) > 1 {
            assert!(since.elapsed() < Duration::from_mins(1), "it leaks");
            thread::yield_now();
        }
    }
}

impl Watching {
    fn check(&self) {
        assert_eq!(*self.log.lock().unwrap(), self.expected, "{} {}", self.outer, self.inner);
    }
}

proptest! {
    #[test]
    fn random_graphs_that_panic_nest_and_end_agree_with_an_oracle(
        steps in steps(),
        order in prop::collection::vec(0..1_000_usize, 1..50),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.check_all(&world.held);
        world.end(&order);
    }
}
