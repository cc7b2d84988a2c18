//! Graphs that were apart are joined by edges, transactions and snapshots while all of them are written:
//! no observed tuple mixes two versions, and at the end nobody has missed the last one.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{
    Binding, BoundExt, Computed, bind, computed, computed_from, effect, snapshot, transaction,
};
use futures::{FutureExt, StreamExt};

const ROUNDS: usize = 60;
const COMMITS: i64 = 60;

/// A source and two computeds, one above the other: a graph of its own until something joins it.
#[derive(Clone)]
struct Part {
    source: Binding<i64>,
    doubled: Computed<i64>,
    label: Computed<String>,
}

impl Part {
    fn new(value: i64) -> Self {
        let source = bind(value);
        let doubled = source.map(|value| value * 2);
        let label = doubled.map(ToString::to_string);
        Self { source, doubled, label }
    }

    /// Its value; fails where its three nodes are not of one version.
    fn value(&self) -> i64 {
        let (label, doubled, source) = (self.label.get(), self.doubled.get(), self.source.get());
        assert_eq!(
            (label, doubled),
            ((source * 2).to_string(), source * 2),
            "two versions at once"
        );
        source
    }
}

/// What says that the threads that write are not done.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(writers: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(writers)))
    }

    fn is_over(&self) -> bool {
        self.0.load(SeqCst) == 0
    }

    /// Counted down on every way out, so that a failure ends the test.
    fn one(&self) -> impl Drop {
        struct One(Arc<AtomicUsize>);
        impl Drop for One {
            fn drop(&mut self) {
                self.0.fetch_sub(1, SeqCst);
            }
        }
        One(Arc::clone(&self.0))
    }
}

#[test]
fn a_transaction_that_joins_two_graphs_is_never_seen_half() {
    for round in 0..ROUNDS {
        let (left, right) = (Part::new(0), Part::new(0));
        let (start, running) = (Barrier::new(4), Running::new(1));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _one = running.one();
                start.wait();
                for value in 1..=COMMITS {
                    transaction(|| {
                        left.source.set(value);
                        right.source.set(value);
                    });
                }
            });
            for turned in [false, true] {
                let (first, then) = if turned { (&right, &left) } else { (&left, &right) };
                let (start, running) = (&start, &running);
                scope.spawn(move || {
                    start.wait();
                    while !running.is_over() {
                        let (first, then) = snapshot(|| (first.value(), then.value()));
                        assert_eq!(first, then, "half of a transaction");
                    }
                });
            }
            scope.spawn(|| {
                start.wait();
                while !running.is_over() {
                    let both = computed({
                        let (left, right) = (left.clone(), right.clone());
                        move || (left.value(), right.value())
                    });
                    let (first, then) = both.get();
                    assert_eq!(first, then, "half of a transaction, in round {round}");
                    transaction(|| assert_eq!(right.value(), left.value()));
                }
            });
        });
        assert_eq!((left.value(), right.value()), (COMMITS, COMMITS));
    }
}

#[test]
fn graphs_that_two_threads_write_apart_are_joined_by_a_third() {
    for round in 0..ROUNDS {
        let parts = [Part::new(0), Part::new(0)];
        let (start, running) = (Barrier::new(3), Running::new(2));
        let seen: Arc<Mutex<Vec<[i64; 2]>>> = Arc::default();
        let mut watching = None;
        let mut follow = None;
        thread::scope(|scope| {
            for part in &parts {
                let (start, running) = (&start, &running);
                scope.spawn(move || {
                    let _one = running.one();
                    start.wait();
                    for value in 1..=COMMITS {
                        part.source.set(value);
                        assert_eq!(part.value(), value, "a thread sees its own writes");
                    }
                });
            }
            start.wait();
            // Joined in another way in each round, at a moment that is another one as well.
            for _ in 0..round {
                thread::yield_now();
            }
            let both = computed({
                let parts = parts.clone();
                move || [parts[0].value(), parts[1].value()]
            });
            match round % 3 {
                0 => assert!(both.get().iter().all(|value| *value <= COMMITS)),
                1 => drop(snapshot(|| [parts[0].value(), parts[1].value()])),
                _ => transaction(|| parts.iter().for_each(|part| part.source.update(|_| {}))),
            }
            // Polled early, so that it is registered while the others write.
            let mut following = both.follow();
            let first = following.next().now_or_never().flatten().unwrap();
            follow = Some((first, following));
            watching = Some(effect({
                let (seen, both) = (Arc::clone(&seen), both.clone());
                move || seen.lock().unwrap().push(both.get())
            }));
            while !running.is_over() {
                both.get();
            }
        });
        assert_eq!(parts.each_ref().map(Part::value), [COMMITS; 2]);
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(seen.last(), Some(&[COMMITS; 2]), "the effect missed the last version");
        let is_later = |pair: &[[i64; 2]]| (0..2).all(|at| pair[0][at] <= pair[1][at]);
        assert!(seen.windows(2).all(is_later), "back to an older version: {seen:?}");
        drop(watching);
        let (first, mut follow) = follow.unwrap();
        let last = follow.next().now_or_never().flatten().unwrap_or(first);
        assert_eq!(last, [COMMITS; 2], "the follower missed the last version");
    }
}

/// A generator of numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

const PARTS: usize = 12;

/// Moves something from one part to another.
fn transfer(parts: &[Part], from: usize, to: usize) {
    transaction(|| {
        parts[from].source.update(|value| *value -= 1);
        if from < to {
            parts[from].value();
        }
        parts[to].source.update(|value| *value += 1);
    });
}

#[test]
fn what_is_moved_between_graphs_is_neither_lost_nor_doubled_in_any_view() {
    for (seed, threads) in (1..=8_u64).flat_map(|seed| [(seed, 2), (seed, 4)]) {
        let parts: Vec<Part> = (0..PARTS).map(|_| Part::new(100)).collect();
        let total = 100 * i64::try_from(PARTS).unwrap();
        let sum = |parts: &[Part]| parts.iter().map(Part::value).sum::<i64>();
        let (start, running) = (Barrier::new(threads), Running::new(threads));
        thread::scope(|scope| {
            for own in 0..threads {
                let (start, running, parts) = (&start, &running, &parts);
                scope.spawn(move || {
                    let _one = running.one();
                    let mut random = Random(seed * 1_000 + own as u64 + 1);
                    let mut kept = Vec::new();
                    start.wait();
                    for _ in 0..150 {
                        let (from, to) = (random.below(PARTS), random.below(PARTS));
                        match random.below(8) {
                            0..3 => transfer(parts, from, to),
                            3 => assert_eq!(snapshot(|| sum(parts)), total),
                            4 => {
                                let parts = parts.clone();
                                let whole = computed(move || sum(&parts));
                                assert_eq!(whole.get(), total);
                                kept.push(whole);
                            }
                            5 => {
                                let (from, to) = (&parts[from], &parts[to]);
                                let pair =
                                    computed_from((&from.label, &to.doubled), |(from, to)| {
                                        from.parse::<i64>().unwrap() + to
                                    });
                                drop(pair.on_change(|_| {}));
                                pair.get();
                            }
                            6 => drop(kept.pop()),
                            _ => kept.iter().for_each(|whole| assert_eq!(whole.get(), total)),
                        }
                    }
                });
            }
        });
        assert_eq!(sum(&parts), total);
    }
}

#[test]
fn effects_over_graphs_that_are_joined_under_way_see_every_total_whole_and_the_last_values() {
    for seed in 1..=8_u64 {
        let parts: Vec<Part> = (0..PARTS).map(|_| Part::new(100)).collect();
        let total = 100 * i64::try_from(PARTS).unwrap();
        let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
        let start = Barrier::new(4);
        let watching = thread::scope(|scope| {
            for own in 0..3 {
                let (start, parts) = (&start, &parts);
                scope.spawn(move || {
                    let mut random = Random(seed * 100 + own + 1);
                    start.wait();
                    for _ in 0..150 {
                        transfer(parts, random.below(PARTS), random.below(PARTS));
                    }
                });
            }
            start.wait();
            effect({
                let (parts, seen) = (parts.clone(), Arc::clone(&seen));
                move || {
                    let values: Vec<i64> = parts.iter().map(Part::value).collect();
                    assert_eq!(values.iter().sum::<i64>(), total);
                    *seen.lock().unwrap() = values;
                }
            })
        });
        let last: Vec<i64> = parts.iter().map(Part::value).collect();
        assert_eq!(*seen.lock().unwrap(), last, "the effect missed the last version");
        drop(watching);
    }
}

#[test]
fn graphs_that_are_built_and_dropped_over_one_another_while_all_are_written() {
    // Each thread writes its own source and hangs graphs over those of the others.
    let sources: Vec<Binding<i64>> = (0..4).map(|_| bind(0)).collect();
    thread::scope(|scope| {
        for own in 0..4_usize {
            let sources = &sources;
            scope.spawn(move || {
                let mut random = Random(own as u64 + 77);
                for round in 1..=200 {
                    let part = Part::new(round);
                    let top = computed({
                        let (part, sources) = (part.clone(), sources.clone());
                        let other = random.below(4);
                        move || part.value() + sources[own].get() - sources[other].get() / 1_000_000
                    });
                    let last = Arc::new(Mutex::new(0));
                    let watching = effect({
                        let (top, last) = (top.clone(), Arc::clone(&last));
                        move || *last.lock().unwrap() = top.get()
                    });
                    sources[own].set(round);
                    part.source.set(0);
                    assert_eq!(top.get(), round);
                    // Another thread that wrote its own source may be running it at this moment: then it
                    // runs again there.
                    while *last.lock().unwrap() != round {
                        thread::yield_now();
                    }
                    if random.below(2) == 0 {
                        drop((part, top));
                        watching.end_and_wait();
                    }
                }
            });
        }
    });
    assert!(sources.iter().all(|source| source.get() == 200));
}
