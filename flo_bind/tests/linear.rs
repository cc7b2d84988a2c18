//! Nothing costs the square of what it works on: ten times as many must not cost forty times as much.
//!
//! Times are compared, so these run one at a time, in a process of their own, and each is measured again
//! until its best turns agree, up to a number of turns that only a growth by the square uses up.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use flo_bind::{
    BindRef, Binding, BoundExt, Computed, bind, computed, effect, snapshot, transaction,
};

const FEW: usize = 1_000;
const MANY: usize = 10 * FEW;
const TURNS: usize = 40;
/// What a growth by the square would be is 100.
const BOUND: u32 = 40;

/// Only one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails where `work`, which says how long its part that counts took, is not about linear.
fn assert_linear(work: impl Fn(usize) -> Duration) {
    let _alone = alone();
    let (mut few, mut many) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        few = few.min(work(FEW));
        many = many.min(work(MANY));
        if many <= few * BOUND {
            return;
        }
    }
    panic!("{FEW} took {few:?}, {MANY} took {many:?}");
}

fn timed<R>(f: impl FnOnce() -> R) -> Duration {
    let start = Instant::now();
    std::hint::black_box(f());
    start.elapsed()
}

fn bindings(count: usize) -> Vec<Binding<usize>> {
    (0..count).map(bind).collect()
}

fn maps(count: usize, source: &Binding<usize>) -> Vec<Computed<usize>> {
    (0..count).map(|at| source.map(move |value| value + at)).collect()
}

fn sum<'a, I: IntoIterator<Item = &'a Computed<usize>>>(nodes: I) -> usize {
    nodes.into_iter().map(BoundExt::get).sum()
}

fn sum_of(sources: &[Binding<usize>]) -> Computed<usize> {
    let sources: Vec<BindRef<usize>> = sources.iter().map(BoundExt::read_only).collect();
    computed(move || sources.iter().map(BoundExt::get).sum())
}

#[test]
fn new_dependencies_in_one_run() {
    assert_linear(|count| {
        let sources = bindings(count);
        let sum = sum_of(&sources);
        timed(|| sum.get())
    });
}

#[test]
fn the_same_dependencies_in_the_next_run() {
    assert_linear(|count| {
        let sources = bindings(count);
        let sum = sum_of(&sources);
        sum.get();
        sources[0].set(7);
        timed(|| sum.get())
    });
}

#[test]
fn dependencies_that_come_back_in_another_order() {
    // Forwards, backwards, and from the middle: no dep is where the last run had it.
    assert_linear(|count| {
        let (sources, turn) = (bindings(count), bind(0_usize));
        let turned = computed({
            let (sources, turn) = (sources.clone(), turn.clone());
            move || {
                let read = |at: usize| sources[at].get();
                match turn.get() % 3 {
                    0 => (0..count).map(read).sum::<usize>(),
                    1 => (0..count).rev().map(read).sum(),
                    _ => (0..count).map(|at| read((at + count / 2) % count)).sum(),
                }
            }
        });
        turned.get();
        timed(|| {
            for round in 1..=3 {
                turn.set(round);
                turned.get();
            }
        })
    });
}

#[test]
fn dependencies_that_all_go_and_others_that_come() {
    assert_linear(|count| {
        let (left, right, which) = (bindings(count), bindings(count), bind(false));
        let chosen = computed({
            let which = which.clone();
            move || {
                let of = if which.get() { &left } else { &right };
                of.iter().map(BoundExt::get).sum::<usize>()
            }
        });
        chosen.get();
        which.set(true);
        timed(|| chosen.get())
    });
}

#[test]
fn dependencies_that_are_each_read_twice() {
    assert_linear(|count| {
        let sources = bindings(count);
        let twice = computed(move || {
            sources.iter().chain(sources.iter().rev()).map(BoundExt::get).sum::<usize>()
        });
        timed(|| twice.get())
    });
}

#[test]
fn writes_of_a_transaction() {
    assert_linear(|count| {
        let sources = bindings(count);
        timed(|| {
            transaction(|| {
                for source in &sources {
                    source.update(|value| *value += 1);
                    source.set(0);
                }
            });
        })
    });
}

#[test]
fn reads_below_the_writes_of_a_transaction() {
    assert_linear(|count| {
        let source = bind(0);
        let (below, others) = (maps(count, &source), bindings(count));
        let aside: Vec<_> = others.iter().map(|other| other.map(|value| value + 1)).collect();
        sum(below.iter().chain(&aside));
        timed(|| {
            transaction(|| {
                source.set(1);
                sum(below.iter().chain(&aside))
            })
        })
    });
}

#[test]
fn updates_of_one_binding_in_a_transaction() {
    assert_linear(|count| {
        let source = bind(0_usize);
        timed(|| transaction(|| (0..count).for_each(|_| source.update(|value| *value += 1))))
    });
}

#[test]
fn writes_that_a_snapshot_puts_off() {
    assert_linear(|count| {
        let sources = bindings(count);
        timed(|| snapshot(|| sources.iter().for_each(|source| source.set(usize::MAX))))
    });
}

#[test]
fn reads_of_a_snapshot_that_others_have_overtaken() {
    assert_linear(|count| {
        let sources = bindings(count);
        let doubled: Vec<_> = sources.iter().map(|source| source.map(|value| value * 2)).collect();
        sum(&doubled);
        timed(|| {
            snapshot(|| {
                sources[0].get();
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        transaction(|| {
                            for source in &sources {
                                source.set(usize::MAX / 2);
                            }
                        });
                    });
                });
                sum(&doubled)
            })
        })
    });
}

#[test]
fn dependents_of_one_binding_marked_run_and_dropped_from_either_end() {
    assert_linear(|count| {
        let source = bind(0);
        let mut dependents = maps(2 * count, &source);
        timed(|| {
            sum(&dependents);
            source.set(1);
            sum(&dependents);
            let second = dependents.split_off(count);
            second.into_iter().rev().for_each(drop);
            dependents.into_iter().for_each(drop);
        })
    });
}

#[test]
fn effects_that_one_write_runs() {
    assert_linear(|count| {
        let source = bind(0);
        let effects: Vec<_> = (0..count).map(|_| source.on_change(|_| {})).collect();
        let duration = timed(|| {
            source.set(1);
            source.set(2);
        });
        drop(effects);
        duration
    });
}

#[test]
fn effects_that_are_dropped_in_the_order_of_their_creation() {
    assert_linear(|count| {
        let source = bind(0);
        let effects: Vec<_> = (0..count).map(|_| source.on_change(|_| {})).collect();
        timed(|| effects.into_iter().for_each(drop))
    });
}

#[test]
fn effects_that_are_made_inside_one_that_runs() {
    assert_linear(|count| {
        let (source, kept) = (bind(0), Mutex::new(Vec::new()));
        let outer = {
            let source = source.clone();
            move || {
                source.get();
                let made = (0..count).map(|_| source.on_change(|_| {}));
                let made: Vec<_> = flo_bind::untracked(|| made.collect());
                let before = std::mem::replace(&mut *kept.lock().unwrap(), made);
                drop(before);
            }
        };
        let _outer = effect(outer);
        timed(|| source.set(1))
    });
}

#[test]
fn followers_that_one_write_wakes() {
    use futures::{FutureExt, StreamExt};
    assert_linear(|count| {
        let source = bind(0);
        let mut follows: Vec<_> = (0..count).map(|_| source.follow()).collect();
        let poll = |follows: &mut Vec<flo_bind::Follow<i32>>| {
            for follow in follows {
                assert!(follow.next().now_or_never().is_some());
            }
        };
        poll(&mut follows);
        timed(|| {
            source.set(1);
            poll(&mut follows);
            drop(source);
            drop(follows);
        })
    });
}

#[test]
fn a_chain_that_is_built_read_updated_and_dropped() {
    assert_linear(|count| {
        let source = bind(0_usize);
        timed(|| {
            let mut last = source.map(|value| value + 1);
            for _ in 1..count {
                last = last.map(|value| value + 1);
            }
            last.get();
            source.set(1);
            assert_eq!(last.get(), count + 1);
        })
    });
}
