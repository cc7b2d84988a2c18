//! Pairs of steps of the graph engine under orders of their parts, and of what the processor may make of them:
//! `RUSTFLAGS="--cfg flo_loom" cargo test -p flo_bind --release --test loom`.
//!
//! A step of the graph takes its locks and looks at its nodes some hundred times, so each model says how many switches
//! of threads there are at most, beside those that waiting forces. And loom remembers only the last access to a variable:
//! where a thread looks at one before it changes it, loom does not see that another one had looked in between, and
//! comes to fewer orders than there are (a set beside a get of something clean: to one, so that is no model here). So
//! this is for the orders of memory. Every order of the steps, with few switches, is tried by
//! `tests/shuttle/pairs.rs`, which has these pairs and more.
//!
//! No thread waits here for another's run of a computed: there is no clock, and its patience is over at once.

#![cfg(flo_loom)]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use flo_bind::{BoundExt, bind, computed, effect, snapshot, transaction};
use futures::StreamExt;
use loom::{
    future::block_on,
    model::Builder,
    thread::{self, JoinHandle},
};

/// Words. A computed within a computed is more than loom gives a thread by itself.
const STACK: usize = 0x8000;

/// Every order with at most so many switches of threads beside those that waiting forces.
fn model_with_switches(switches: usize, f: impl Fn() + Send + Sync + Copy + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(switches);
    builder.max_branches = 100_000;
    builder.check(move || spawn(f).join().unwrap());
}

fn spawn<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    thread::Builder::new().stack_size(STACK).spawn(f).unwrap()
}

#[test]
fn a_set_beside_a_set() {
    model_with_switches(3, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        doubled.get();
        let setting = spawn({
            let source = source.clone();
            move || source.set(1)
        });
        source.set(2);
        setting.join().unwrap();
        let last = source.get();
        assert!([1, 2].contains(&last));
        assert_eq!(doubled.get(), last * 2);
    });
}

#[test]
fn a_first_evaluation_beside_a_set_of_its_source() {
    model_with_switches(3, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let setting = spawn({
            let source = source.clone();
            move || source.set(1)
        });
        assert!([0, 2].contains(&doubled.get()));
        setting.join().unwrap();
        assert_eq!(doubled.get(), 2);
    });
}

#[test]
fn two_threads_that_refresh_one_node() {
    model_with_switches(3, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        doubled.get();
        source.set(1);
        let other = spawn({
            let doubled = doubled.clone();
            move || assert_eq!(doubled.get(), 2)
        });
        assert_eq!(doubled.get(), 2);
        other.join().unwrap();
        source.set(2);
        assert_eq!(doubled.get(), 4, "an edge is missing");
    });
}

#[test]
fn a_transaction_beside_a_snapshot() {
    model_with_switches(3, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let writing = spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                transaction(|| {
                    left.set(1);
                    right.set(1);
                });
            }
        });
        let (first, then) = snapshot(|| (left.get(), right.get()));
        assert!(first <= then, "back to an older version");
        assert_eq!(first, then, "half of a transaction");
        writing.join().unwrap();
        assert_eq!((left.get(), right.get()), (1, 1));
    });
}

#[test]
fn a_merge_of_groups_beside_a_set() {
    model_with_switches(3, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let parts = [left.map(|value| value * 2), right.map(|value| value * 2)];
        assert_eq!(parts.each_ref().map(BoundExt::get), [0, 0]);
        let setting = spawn({
            let left = left.clone();
            move || left.set(1)
        });
        let [first, then] = parts.clone();
        let sum = computed(move || first.get() + then.get());
        assert!([0, 2].contains(&sum.get()));
        setting.join().unwrap();
        assert_eq!(sum.get(), 2);
        right.set(1);
        assert_eq!(sum.get(), 4, "an edge is missing");
    });
}

#[test]
fn a_drop_beside_a_notification() {
    model_with_switches(3, || {
        let source = bind(0_u64);
        let seen = Arc::new(AtomicU64::new(9));
        let watching = effect({
            let (seen, source) = (seen.clone(), source.clone());
            move || seen.store(source.get(), SeqCst)
        });
        let dropping = spawn(move || drop(watching));
        source.set(1);
        dropping.join().unwrap();
        let last = seen.load(SeqCst);
        assert!([0, 1].contains(&last));
        source.set(2);
        assert_eq!(seen.load(SeqCst), last, "it lives on");
        assert_eq!(Arc::strong_count(&seen), 1, "its closure is left");
    });
}

#[test]
fn a_poll_of_a_follower_beside_a_set() {
    model_with_switches(2, || {
        let source = bind(0_u64);
        let mut following = source.follow();
        let setting = spawn(move || source.set(1));
        let mut last = None;
        while let Some(value) = block_on(following.next()) {
            assert!(last < Some(value), "told twice");
            last = Some(value);
        }
        assert_eq!(last, Some(1), "the last version was missed");
        setting.join().unwrap();
    });
}
