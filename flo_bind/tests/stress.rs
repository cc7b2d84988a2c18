//! Random operations on four threads for as long as `FLO_STRESS_SECONDS` says (2 where it says nothing),
//! with a watchdog: where a thread makes no progress for 20 seconds, it tells what each was doing and
//! aborts, since a thread that hangs cannot be ended.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    any::Any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use flo_bind::{
    BindRef, Binding, Bound, BoundExt, bind, computed, effect, snapshot, transaction, untracked,
};
use flo_core::Subscription;
use futures::{FutureExt, StreamExt};

const THREADS: u64 = 4;
const ACCOUNTS: usize = 6;
const FREE: usize = 4;
const SLOTS: usize = 24;
const TOTAL: i64 = 100 * 6;
const PATIENCE: Duration = Duration::from_secs(20);

/// A generator of numbers, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// What one thread is doing, for the watchdog.
#[derive(Default)]
struct Progress {
    steps: AtomicU64,
    doing: Mutex<&'static str>,
}

struct World {
    /// Between these something is moved and nothing is lost.
    accounts: Vec<Binding<i64>>,
    /// These are written anyhow.
    free: Vec<Binding<i64>>,
    /// Written by callbacks, read by no effect.
    aside: Binding<i64>,
    nodes: Vec<Mutex<BindRef<i64>>>,
    subscriptions: Vec<Mutex<Option<Subscription>>>,
    /// Streams and guards.
    others: Vec<Mutex<Option<Box<dyn Any + Send>>>>,
    progress: Vec<Progress>,
    over: AtomicBool,
    token: Arc<()>,
}

impl World {
    fn new() -> Self {
        let accounts: Vec<_> = (0..ACCOUNTS).map(|_| bind(100)).collect();
        let free: Vec<_> = (0..FREE).map(|_| bind(0)).collect();
        Self {
            nodes: (0..SLOTS).map(|at| Mutex::new(free[at % FREE].read_only())).collect(),
            accounts,
            free,
            aside: bind(0),
            subscriptions: (0..SLOTS).map(|_| Mutex::default()).collect(),
            others: (0..SLOTS).map(|_| Mutex::default()).collect(),
            progress: (0..THREADS).map(|_| Progress::default()).collect(),
            over: AtomicBool::new(false),
            token: Arc::default(),
        }
    }

    fn node(&self, at: usize) -> BindRef<i64> {
        self.nodes[at].lock().unwrap().clone()
    }

    /// Takes out what is in a slot; no lock of the test is held when it is dropped.
    fn take(&self, at: usize) -> Option<Subscription> {
        self.subscriptions[at].lock().unwrap().take()
    }

    fn keep(&self, at: usize, subscription: Subscription) {
        let before = self.subscriptions[at].lock().unwrap().replace(subscription);
        drop(before);
    }

    fn keep_other(&self, at: usize, other: Box<dyn Any + Send>) {
        let before = self.others[at].lock().unwrap().replace(other);
        drop(before);
    }

    fn keep_node(&self, at: usize, node: BindRef<i64>) {
        let before = std::mem::replace(&mut *self.nodes[at].lock().unwrap(), node);
        drop(before);
    }

    fn total(&self) -> i64 {
        self.accounts.iter().map(BoundExt::get).sum()
    }

    fn transfer(&self, random: &mut Random) {
        let (from, to) = (random.below(ACCOUNTS), random.below(ACCOUNTS));
        transaction(|| {
            self.accounts[from].update(|value| *value -= 1);
            self.free[from % FREE].set(0);
            if from < to {
                self.node(random.below(SLOTS)).get();
            }
            self.accounts[to].update(|value| *value += 1);
            assert_eq!(self.total(), TOTAL);
        });
    }

    /// A computed over three others, the second read only when the first is odd. One in a slot of the first
    /// third reads sources, the others read what is in the third before, so that depth has an end.
    fn build(&self, random: &mut Random) {
        let at = random.below(SLOTS);
        let third = SLOTS / 3;
        let sources = [0; 3].map(|_| match at / third {
            0 if random.below(2) == 0 => self.accounts[random.below(ACCOUNTS)].read_only(),
            0 => self.free[random.below(FREE)].read_only(),
            band => self.node((band - 1) * third + random.below(third)),
        });
        let token = Arc::clone(&self.token);
        let node = computed(move || {
            std::hint::black_box(&token);
            let first = sources[0].get();
            let second = if first % 2 == 0 { 0 } else { sources[1].get() };
            (first + second + sources[2].get()).rem_euclid(1_000)
        });
        node.get();
        self.keep_node(at, node.into());
    }

    /// An effect that makes another one inside, and checks that it reads one version.
    fn subscribe(&self, random: &mut Random) {
        let (accounts, node) = (self.accounts.clone(), self.node(random.below(SLOTS)));
        let (token, mut inner) = (Arc::clone(&self.token), None);
        let made = effect(move || {
            let total: i64 = accounts.iter().map(BoundExt::get).sum();
            assert_eq!(total, TOTAL);
            let (node, token) = (node.clone(), Arc::clone(&token));
            let made = untracked(|| {
                effect(move || {
                    std::hint::black_box((&token, node.get()));
                })
            });
            drop(inner.replace(made));
        });
        self.keep(random.below(SLOTS), made);
    }

    /// A callback that ends others, itself included, makes others, and writes.
    fn call_back(self: &Arc<Self>, random: &mut Random) {
        let (own, token) = (Arc::downgrade(self), Arc::clone(&self.token));
        let mut inside = Random(1 + random.below(1 << 20) as u64);
        let made = self.node(random.below(SLOTS)).on_change(move |value| {
            std::hint::black_box(&token);
            let Some(world) = own.upgrade() else { return };
            let at = inside.below(SLOTS);
            match inside.below(6) {
                0 => drop(world.take(at)),
                1 => world.end(at),
                2 => world.subscribe(&mut inside),
                3 => world.build(&mut inside),
                4 => assert_eq!(snapshot(|| world.total()), TOTAL),
                _ => world.aside.set(*value),
            }
        });
        self.keep(random.below(SLOTS), made);
    }

    fn end(&self, at: usize) {
        if let Some(taken) = self.take(at) {
            taken.end_and_wait();
        }
    }

    fn follow(&self, random: &mut Random) {
        let node = self.node(random.below(SLOTS));
        let mut follow = node.follow();
        assert!(follow.next().now_or_never().is_some());
        self.keep_other(random.below(SLOTS), Box::new((follow, node.read())));
    }

    /// One random step, told to the watchdog before it is taken.
    fn step(self: &Arc<Self>, own: &Progress, random: &mut Random) {
        type Act = fn(&Arc<World>, &mut Random);
        const ACTS: [(&str, Act); 11] = [
            ("setting", |world, random| {
                world.free[random.below(FREE)].set(i64::try_from(random.below(50)).unwrap());
            }),
            ("updating", |world, random| {
                world.free[random.below(FREE)].update(|value| *value = (*value + 1) % 50);
            }),
            ("moving in a transaction", |world, random| world.transfer(random)),
            ("reading in a snapshot", |world, _| assert_eq!(snapshot(|| world.total()), TOTAL)),
            ("building a computed", |world, random| world.build(random)),
            ("reading", |world, random| {
                std::hint::black_box(world.node(random.below(SLOTS)).get());
            }),
            ("making an effect", |world, random| world.subscribe(random)),
            ("making a callback", |world, random| world.call_back(random)),
            ("dropping a subscription", |world, random| drop(world.take(random.below(SLOTS)))),
            ("ending a subscription", |world, random| world.end(random.below(SLOTS))),
            ("following", |world, random| world.follow(random)),
        ];
        let (name, act) = ACTS[random.below(ACTS.len())];
        *own.doing.lock().unwrap() = name;
        act(self, random);
        own.steps.fetch_add(1, SeqCst);
    }
}

/// Looks on until `done` is closed; aborts where a thread has stopped.
#[allow(clippy::print_stderr, reason = "the process ends with it")]
fn watch(world: &World, done: &mpsc::Receiver<()>) {
    let mut last = vec![(0, Instant::now()); world.progress.len()];
    while done.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
        for ((steps, since), progress) in last.iter_mut().zip(&world.progress) {
            let now = progress.steps.load(SeqCst);
            if *steps != now {
                (*steps, *since) = (now, Instant::now());
            } else if since.elapsed() > PATIENCE {
                for (at, progress) in world.progress.iter().enumerate() {
                    let (steps, doing) = (progress.steps.load(SeqCst), progress.doing.lock());
                    eprintln!("thread {at} after {steps} steps: {}", doing.unwrap());
                }
                std::process::abort();
            }
        }
    }
}

/// Ends the watch also where a thread has failed: one that has ended makes no progress.
struct Finishing<'a>(&'a Progress, &'a AtomicBool);

impl Drop for Finishing<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.1.store(true, SeqCst);
        }
        // It may wait for the others for a while.
        self.0.steps.fetch_add(1, SeqCst);
    }
}

#[test]
fn random_operations_on_four_threads_neither_hang_nor_tear_nor_lose_nor_leak() {
    let seconds = std::env::var("FLO_STRESS_SECONDS").map_or(2, |text| text.parse().unwrap());
    let (world, until) = (Arc::new(World::new()), Instant::now() + Duration::from_secs(seconds));
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    let all = || {
        let (accounts, free) = (world.accounts.clone(), world.free.clone());
        move || accounts.iter().chain(&free).map(BoundExt::get).collect::<Vec<i64>>()
    };
    let watching = effect({
        let (all, seen) = (all(), Arc::clone(&seen));
        move || *seen.lock().unwrap() = all()
    });
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watched = &world;
        scope.spawn(move || watch(watched, &is_done));
        let running: Vec<_> = (0_u64..)
            .zip(&world.progress)
            .map(|(number, own)| {
                let world = &world;
                scope.spawn(move || {
                    let _finishing = Finishing(own, &world.over);
                    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (number + 1));
                    while Instant::now() < until && !world.over.load(SeqCst) {
                        world.step(own, &mut random);
                    }
                })
            })
            .collect();
        let failed = running.into_iter().filter_map(|thread| thread.join().err()).count();
        drop(done);
        assert_eq!(failed, 0, "threads that failed");
    });
    assert_eq!(*seen.lock().unwrap(), all()(), "an effect missed the last version");
    let token = Arc::clone(&world.token);
    drop(watching);
    drop(world);
    assert_eq!(Arc::strong_count(&token), 1, "it leaks");
}
