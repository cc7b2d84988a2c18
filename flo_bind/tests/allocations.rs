//! What is allocated: a steady graph asks for nothing that it does not give back, and a graph that goes
//! leaves nothing behind.
//!
//! What a thread allocates is counted, so these run one at a time, in a process of their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use allocation_counter::measure;
use flo_bind::{Bound, BoundExt, bind, computed, computed_from, effect, snapshot, transaction};

/// Only one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const ROUNDS: u64 = 1_000;

/// How many allocations one call of `act` makes, the first ones apart, in which room is made; fails where
/// something is not given back.
fn each(mut act: impl FnMut()) -> u64 {
    for _ in 0..100 {
        act();
    }
    let info = measure(|| (0..ROUNDS).for_each(|_| act()));
    assert!(
        info.count_current.unsigned_abs() < 20 && info.bytes_current < 10_000,
        "not given back: {info:?}"
    );
    info.count_total.div_ceil(ROUNDS)
}

/// What one call of each may allocate: measured where every value is in a counted cell. An engine that
/// keeps small values in the node, and room for relinking, lowers these.
const PER_WRITE: u64 = 4;
const PER_EQUAL_WRITE: u64 = 1;
const PER_RUN: u64 = 5;
const PER_RELINK: u64 = 6;
const PER_EFFECT: u64 = 9;
const PER_SNAPSHOT: u64 = 1;
const PER_TRANSACTION_OF_TWO: u64 = 12;

#[test]
fn a_read_of_what_is_current_allocates_nothing() {
    let _alone = alone();
    let (source, text) = (bind(1_u64), bind(String::from("a text that is not short")));
    let doubled = source.map(|value| value * 2);
    let length = text.map(String::len);
    let read = || {
        assert_eq!((source.get(), doubled.get(), length.get()), (1, 2, 24));
        assert_eq!(text.with(String::len), 24);
        assert_eq!(*doubled.read(), 2);
    };
    assert_eq!(each(read), 0);
}

#[test]
fn a_write_without_dependents_allocates_its_value_at_most_and_an_equal_one_too() {
    let _alone = alone();
    let (source, mut value) = (bind(0_u64), 0);
    let write = each(|| {
        value += 1;
        source.set(value);
    });
    assert!(write <= PER_WRITE, "{write}");
    let update = each(|| source.update(|value| *value += 1));
    assert!(update <= PER_WRITE, "{update}");
    let newest = source.get();
    let equal = each(|| source.set(newest));
    assert!(equal <= PER_EQUAL_WRITE, "{equal}");
}

#[test]
fn a_run_with_the_same_dependencies_allocates_a_fixed_number_of_times() {
    let _alone = alone();
    let (source, mut value) = (bind(0_u64), 0);
    let doubled = source.map(|value| value * 2);
    let run = each(|| {
        value += 1;
        source.set(value);
        assert_eq!(doubled.get(), value * 2);
    });
    assert!(run <= PER_WRITE + PER_RUN, "{run}");
    // Room for what is found, doubled as it grows, and no more.
    let sources: Vec<_> = (0..1_000_u64).map(bind).collect();
    let sum = computed({
        let sources = sources.clone();
        move || sources.iter().map(BoundExt::get).sum::<u64>()
    });
    let wide = each(|| {
        value += 1;
        sources[500].set(value);
        sum.get();
    });
    assert!(wide <= 60, "{wide} for 1000 dependencies that are the same");
}

#[test]
fn a_run_with_another_dependency_allocates_no_more_than_one_with_the_same() {
    let _alone = alone();
    let (which, left, right) = (bind(false), bind(1), bind(2));
    let chosen = computed({
        let (which, left, right) = (which.clone(), left.clone(), right.clone());
        move || if which.get() { left.get() } else { right.get() }
    });
    let mut turn = false;
    let relink = each(|| {
        turn = !turn;
        which.set(turn);
        assert_eq!(chosen.get(), if turn { 1 } else { 2 });
    });
    assert!(relink <= PER_WRITE + PER_RELINK, "{relink}");
}

#[test]
fn an_effect_a_snapshot_and_a_transaction_allocate_a_fixed_number_of_times() {
    let _alone = alone();
    let (left, right) = (bind(0_u64), bind(0_u64));
    let mut value = 0;
    let snapshot = each(|| assert_eq!(snapshot(|| left.get() + right.get()), 0));
    assert!(snapshot <= PER_SNAPSHOT, "{snapshot}");
    let transaction = each(|| {
        value += 1;
        transaction(|| {
            left.set(value);
            right.set(value);
        });
    });
    assert!(transaction <= PER_TRANSACTION_OF_TWO, "{transaction}");
    let seen = Arc::new(AtomicU64::new(0));
    let _watching = effect({
        let (left, seen) = (left.clone(), Arc::clone(&seen));
        move || seen.store(left.get(), Relaxed)
    });
    let told = each(|| {
        value += 1;
        left.set(value);
    });
    assert!(told <= PER_WRITE + PER_EFFECT, "{told}");
    assert_eq!(seen.load(Relaxed), value);
}

#[test]
fn an_effect_is_two_allocations_its_node_with_the_closure_and_its_subscription() {
    let _alone = alone();
    let source = bind(1_u64);
    let made = each(|| {
        let (one, seen) = (source.clone(), AtomicU64::new(0));
        drop(effect(move || seen.store(one.get(), Relaxed)));
    });
    assert_eq!(made, 2);
}

#[test]
fn graphs_that_come_and_go_leave_nothing_behind() {
    let _alone = alone();
    let kept = bind(0_u64);
    // Two graphs of their own, joined by an edge and by a transaction, hung below one that stays.
    let come_and_go = || {
        let (left, right) = (bind(1_u64), bind(String::from("right")));
        let length = right.map(String::len);
        let doubled = left.map(|value| value * 2);
        assert_eq!((length.get(), doubled.get()), (5, 2));
        let both = computed_from((&doubled, &length, &kept), |(doubled, length, kept)| {
            doubled + *length as u64 + kept
        });
        assert_eq!(both.get(), 7);
        let seen = both.on_change(|_| {});
        let told = both.when_changed(|| {});
        transaction(|| {
            left.set(2);
            right.update(|text| text.push('!'));
            kept.set(0);
        });
        assert_eq!(snapshot(|| both.get()), 10);
        drop((left, right, seen, told));
    };
    each(come_and_go);
}

#[test]
fn graphs_that_were_connected_for_a_while_leave_nothing_behind_in_those_that_stay() {
    let _alone = alone();
    let stay: Vec<_> = (0..8_u64).map(bind).collect();
    let sums: Vec<_> = stay.iter().map(|source| source.map(|value| value + 1)).collect();
    let mut turn = 0;
    each(|| {
        turn += 1;
        let (from, to) = (turn % 8, (turn * 3 + 1) % 8);
        let joined = computed_from((&sums[from], &sums[to]), |(from, to)| from + to);
        let seen = joined.on_change(|_| {});
        stay[from].update(|value| *value += 1);
        let follow = joined.follow();
        assert_eq!(joined.get(), sums[from].get() + sums[to].get());
        drop((joined, seen, follow));
    });
}

#[test]
fn panics_leave_nothing_behind() {
    let _alone = alone();
    let source = bind(0_u64);
    let caught = |f: &mut dyn FnMut()| {
        catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    };
    let usual = panic::take_hook();
    // What the usual hook prints is kept by the test's harness, and so counted.
    panic::set_hook(Box::new(|_| {}));
    let counted = catch_unwind(AssertUnwindSafe(|| {
        each(|| {
            let bad = source.map(|_| -> u64 { panic::panic_any(vec![1, 2, 3]) });
            let below = bad.map(|value| value + 1);
            caught(&mut || drop(below.read()));
            caught(&mut || drop(below.read()));
            let seen = source.on_change(|_| panic::panic_any(vec![1, 2, 3]));
            caught(&mut || source.update(|value| *value += 1));
            drop(seen);
            caught(&mut || transaction(|| panic::panic_any(source.replace(7))));
        })
    }));
    panic::set_hook(usual);
    counted.unwrap_or_else(|payload| panic!("{:?}", payload.downcast_ref::<String>()));
}

#[test]
fn an_effect_that_is_detached_after_its_end_leaves_nothing_behind() {
    let _alone = alone();
    let (outer, inner) = (bind(0_u64), Arc::new(Mutex::new(None)));
    let _outer = effect({
        let (outer, inner) = (outer.read_only(), Arc::clone(&inner));
        move || {
            outer.get();
            // Ended by the outer one, before its own turn.
            let outer = outer.clone();
            let made = effect(move || {
                outer.get();
            });
            let ended = inner.lock().unwrap().replace(made);
            if let Some(ended) = ended {
                ended.detach();
            }
        }
    });
    let mut value = 0;
    each(|| {
        value += 1;
        outer.set(value);
    });

    // By what it captured, while that is being dropped.
    struct Detached(Arc<Mutex<Option<flo_core::Subscription>>>);
    impl Drop for Detached {
        fn drop(&mut self) {
            let own = self.0.lock().unwrap().take();
            if let Some(own) = own {
                own.detach();
            }
        }
    }
    each(|| {
        let (whose, own) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
        let outer = effect({
            let (whose, own, outer) = (Arc::clone(&whose), Arc::clone(&own), outer.read_only());
            move || {
                let detached = Detached(Arc::clone(&own));
                let outer = outer.clone();
                let inner = effect(move || {
                    let _captured = &detached;
                    outer.get();
                });
                *whose.lock().unwrap() = Some(inner);
            }
        });
        *own.lock().unwrap() = whose.lock().unwrap().take();
        drop(outer);
        assert!(own.lock().unwrap().is_none());
    });
}
