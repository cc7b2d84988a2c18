//! Corners of the engine: where a short way could come to something else than the long one, and what a change must not lose.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use flo_bind::{BoundExt, bind, computed, effect, snapshot, transaction, try_transaction};
use futures::{FutureExt, StreamExt};

/// The edges of an outcome stay for as long as it does (`graph/frame.rs`), also where a run that was overtaken is
/// published for its own thread alone: a transaction that the old outcome is right for asks them.
#[test]
fn a_transaction_sees_what_it_staged_below_an_outcome_that_an_overtaken_run_left() {
    let (chosen, staged, other) = (bind(0_i64), bind(1_i64), bind(10_i64));
    let result = computed({
        let (chosen, staged, other) = (chosen.clone(), staged.clone(), other.clone());
        move || if chosen.get() == 0 { staged.get() } else { other.get() }
    });
    assert_eq!(result.get(), 1);
    let (begins, begun) = mpsc::channel();
    let (go, goes) = mpsc::channel::<()>();
    let (reads, read) = mpsc::channel();
    let (on, goes_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // Go where this fails, so that the other threads end.
        let (go, on) = (go, on);
        let transacted = scope.spawn({
            let (chosen, staged, result) = (chosen.clone(), staged.clone(), result.clone());
            move || {
                transaction(|| {
                    let before = chosen.get();
                    begins.send(()).unwrap();
                    let _gone = goes.recv();
                    let after = chosen.get();
                    staged.set(5);
                    (before, after, staged.get(), result.get())
                })
            }
        });
        begun.recv().unwrap();
        chosen.set(1);
        let overtaken = scope.spawn({
            let (other, result) = (other.clone(), result.clone());
            move || {
                snapshot(|| {
                    let before = other.get();
                    reads.send(()).unwrap();
                    let _gone = goes_on.recv();
                    (before, result.get())
                })
            }
        });
        read.recv().unwrap();
        other.set(20);
        on.send(()).unwrap();
        assert_eq!(overtaken.join().unwrap(), (10, 10));
        go.send(()).unwrap();
        assert_eq!(transacted.join().unwrap(), (0, 0, 5, 5));
    });
}

/// A read of an inline computed that cannot wait for a dep runs it once, as one of a boxed computed does.
fn runs_over_one_that_another_thread_computes<T, F>(make: F) -> usize
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(i64) -> T + Send + Sync + 'static,
{
    let source = bind(1_i64);
    let is_first = AtomicBool::new(true);
    let (begins, begun) = mpsc::channel();
    let (go, goes) = mpsc::channel::<()>();
    let goes = Mutex::new(goes);
    let doubled = computed({
        let source = source.clone();
        move || {
            if is_first.swap(false, SeqCst) {
                begins.send(()).unwrap();
                let _gone = goes.lock().unwrap().recv();
            }
            source.get() * 2
        }
    });
    let runs = Arc::new(AtomicUsize::new(0));
    let above = computed({
        let (runs, doubled) = (Arc::clone(&runs), doubled.clone());
        move || {
            runs.fetch_add(1, SeqCst);
            make(doubled.get())
        }
    });
    thread::scope(|scope| {
        let go = go;
        let first = scope.spawn(|| doubled.get());
        begun.recv().unwrap();
        let _value = above.get();
        let count = runs.load(SeqCst);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 2);
        count
    })
}

#[test]
fn a_boxed_computed_over_one_that_is_not_waited_for_runs_once() {
    assert_eq!(runs_over_one_that_another_thread_computes(|value| value.to_string()), 1);
}

#[test]
fn an_inline_computed_over_one_that_is_not_waited_for_runs_once() {
    assert_eq!(runs_over_one_that_another_thread_computes(|value| value), 1);
}

/// What an effect sees after it has caught the panic of a computed that had written.
fn seen_after_a_panic_that_wrote<T, F>(make: F) -> Vec<i64>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
{
    let (trigger, written) = (bind(0_i64), bind(0_i64));
    let panics = computed({
        let (trigger, written) = (trigger.clone(), written.clone());
        move || {
            if trigger.get() > 0 {
                written.set(1);
                panic!("on purpose");
            }
            make()
        }
    });
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    let watching = effect({
        let (seen, written) = (Arc::clone(&seen), written.clone());
        let trigger = trigger.clone();
        move || {
            let _now = trigger.get();
            let _caught = panic::catch_unwind(AssertUnwindSafe(|| drop(panics.get())));
            seen.lock().unwrap().push(written.get());
        }
    });
    trigger.set(1);
    drop(watching);
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn writes_of_a_computed_that_panics_are_seen_by_an_effect_alike_for_inline_and_boxed() {
    assert_eq!(seen_after_a_panic_that_wrote(|| 0_i64), seen_after_a_panic_that_wrote(String::new));
}

/// How often an effect that puts its binding back, without a look at what it was, runs for three writes.
fn runs_of_one_that_puts_back(is_followed: bool) -> (usize, Vec<i64>) {
    let source = bind(5_i64);
    let mut following = source.follow();
    if is_followed {
        assert_eq!(following.next().now_or_never(), Some(Some(5)));
    }
    let runs = Arc::new(AtomicUsize::new(0));
    let _watching = effect({
        let (runs, source) = (Arc::clone(&runs), source.clone());
        move || {
            runs.fetch_add(1, SeqCst);
            transaction(|| {
                source.set(5);
                assert_eq!(source.get(), 5);
            });
        }
    });
    let mut seen = Vec::new();
    for number in 10..13 {
        source.set(number);
        seen.push(source.get());
    }
    (runs.load(SeqCst), seen)
}

/// As above, and nothing else reads the source.
#[test]
fn an_effect_is_run_for_each_write_also_where_a_sleeping_follower_was_told_of_the_first() {
    assert_eq!(runs_of_one_that_puts_back(false).1, [5, 5, 5]);
    assert_eq!(runs_of_one_that_puts_back(true).1, [5, 5, 5]);
}

/// The same, where nobody reads in between.
#[test]
fn an_effect_that_reads_below_its_own_staged_write_is_told_of_the_next_write() {
    let source = bind(5_i64);
    let mut following = source.follow();
    assert_eq!(following.next().now_or_never(), Some(Some(5)));
    let runs = Arc::new(AtomicUsize::new(0));
    let _watching = effect({
        let (runs, source) = (Arc::clone(&runs), source.clone());
        move || {
            runs.fetch_add(1, SeqCst);
            transaction(|| {
                source.set(5);
                assert_eq!(source.get(), 5);
            });
        }
    });
    source.set(9);
    let first = runs.load(SeqCst);
    source.set(7);
    assert!(runs.load(SeqCst) > first, "it was told of the second write");
    assert_eq!(source.get(), 5);
}

/// Counts its drops.
struct Payload(Arc<AtomicUsize>);

impl Drop for Payload {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Of two callbacks that panic, the writer gets the first payload, and the other one is gone by then.
#[test]
fn a_second_payload_of_a_callback_is_dropped_before_the_write_returns() {
    let (source, drops) = (bind(0_i64), Arc::new(AtomicUsize::new(0)));
    let panics = Arc::new(AtomicUsize::new(0));
    let watching = [0, 1].map(|_| {
        let payload = Payload(Arc::clone(&drops));
        let mut payload = Some(payload);
        let panics = Arc::clone(&panics);
        let watcher = source.when_changed(move || {
            if let Some(payload) = payload.take() {
                panics.fetch_add(1, SeqCst);
                panic::resume_unwind(Box::new(payload));
            }
        });
        let _now = source.get();
        watcher
    });
    let first = panic::catch_unwind(AssertUnwindSafe(|| source.set(1))).unwrap_err();
    assert_eq!(panics.load(SeqCst), 2);
    assert_eq!(drops.load(SeqCst), 1, "the second one is gone");
    drop((first, watching));
}

/// An effect whose transaction fails has read its own staged write; it is told of the next write all the same.
#[test]
fn an_effect_that_reads_below_what_is_rolled_back_is_told_of_the_next_write() {
    let source = bind(5_i64);
    let mut following = source.follow();
    assert_eq!(following.next().now_or_never(), Some(Some(5)));
    let runs = Arc::new(AtomicUsize::new(0));
    let _watching = effect({
        let (runs, source) = (Arc::clone(&runs), source.clone());
        move || {
            runs.fetch_add(1, SeqCst);
            let failed: Result<(), ()> = try_transaction(|| {
                source.set(5);
                let _staged = source.get();
                Err(())
            });
            assert!(failed.is_err());
        }
    });
    let mut before = runs.load(SeqCst);
    for number in 6..9 {
        source.set(number);
        assert!(runs.load(SeqCst) > before, "it was told of {number}");
        before = runs.load(SeqCst);
    }
}
