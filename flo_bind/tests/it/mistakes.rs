//! One test for each mistake that engines of this kind have been seen to make, as far as it shows from outside;
//! of what is quadratic (9), allocated (10) or deep (11) in `tests/{linear,allocations,depth}.rs`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use flo_bind::{Binding, BoundExt, bind, effect, snapshot, transaction};
use flo_test::Calls;

/// Runs `f` on a thread of its own and fails where it hangs, which a lock held over user code makes of it.
fn within_a_minute(f: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel::<()>();
    let running = thread::spawn(move || {
        f();
        drop(done);
    });
    let waited = is_done.recv_timeout(Duration::from_mins(1));
    assert_eq!(waited, Err(mpsc::RecvTimeoutError::Disconnected), "it hangs");
    running.join().unwrap();
}

fn text_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it should have panicked") };
    let text = payload.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*payload.downcast_ref::<&str>().expect("a text")).to_owned())
}

/// Lets a closure that runs on one thread wait until another has done something.
#[derive(Clone)]
struct Meeting(Arc<(Barrier, Barrier)>);

impl Meeting {
    fn new() -> Self {
        Self(Arc::new((Barrier::new(2), Barrier::new(2))))
    }

    /// In the closure: returns when the other has done it.
    fn meet(&self) {
        self.0.0.wait();
        self.0.1.wait();
    }

    /// On the other thread: does it when the closure has come to the meeting.
    fn act(&self, act: impl FnOnce()) {
        self.0.0.wait();
        act();
        self.0.1.wait();
    }
}

// 1

#[test]
fn an_effect_whose_own_source_moves_while_it_is_validated_is_not_lost() {
    // Validating runs `parity`, which comes out equal: the effect does not run. Meanwhile the very source
    // of `parity` has moved on to where it differs.
    let (source, meeting, seen) = (bind(0), Meeting::new(), Calls::new());
    let parity = source.map({
        let meeting = meeting.clone();
        move |value| {
            if *value == 2 {
                meeting.meet();
            }
            value % 2
        }
    });
    let _watching = effect({
        let (parity, seen) = (parity.clone(), seen.clone());
        move || seen.record(parity.get())
    });
    thread::scope(|scope| {
        scope.spawn(|| meeting.act(|| source.set(3)));
        source.set(2);
    });
    seen.assert([0, 1]);
    source.set(4);
    seen.assert([0]);
}

#[test]
fn an_effect_that_is_validated_as_unchanged_twice_while_others_write_runs_once_at_last() {
    let (source, other, meeting) = (bind(0), bind(0), Meeting::new());
    let parity = source.map({
        let meeting = meeting.clone();
        move |value| {
            if *value > 0 && *value <= 4 && value % 2 == 0 {
                meeting.meet();
            }
            value % 2
        }
    });
    let seen = Calls::new();
    let _watching = effect({
        let (parity, other, seen) = (parity.clone(), other.clone(), seen.clone());
        move || seen.record((parity.get(), other.get()))
    });
    thread::scope(|scope| {
        scope.spawn(|| {
            meeting.act(|| source.set(4));
            meeting.act(|| other.set(9));
        });
        source.set(2);
    });
    seen.assert([(0, 0), (0, 9)]);
}

// 2

#[test]
fn an_effect_that_is_marked_in_a_run_that_panics_runs_again() {
    let (source, meeting, seen) = (bind(0), Meeting::new(), Calls::new());
    let _watching = effect({
        let (source, meeting, seen) = (source.clone(), meeting.clone(), seen.clone());
        move || {
            let value = source.get();
            seen.record(value);
            if value == 1 {
                meeting.meet();
                panic!("after the other thread's write");
            }
        }
    });
    thread::scope(|scope| {
        scope.spawn(|| meeting.act(|| source.set(2)));
        assert_eq!(text_of(|| source.set(1)), "after the other thread's write");
    });
    seen.assert([0, 1, 2]);
    source.set(3);
    seen.assert([3]);
}

#[test]
fn an_effect_that_is_marked_while_its_validation_panics_runs_again() {
    let (source, other, meeting) = (bind(2), bind(0), Meeting::new());
    let quotient = source.map({
        let meeting = meeting.clone();
        move |divisor| {
            if *divisor == 0 {
                meeting.meet();
                panic!("no divisor");
            }
            10 / divisor
        }
    });
    let seen = Calls::new();
    let _watching = effect({
        let (quotient, other, seen) = (quotient.clone(), other.clone(), seen.clone());
        move || {
            let value = catch_unwind(AssertUnwindSafe(|| quotient.get())).ok();
            seen.record((value, other.get()));
        }
    });
    thread::scope(|scope| {
        scope.spawn(|| meeting.act(|| other.set(7)));
        source.set(0);
    });
    let runs = seen.take();
    assert_eq!(runs.first(), Some(&(Some(5), 0)));
    assert_eq!(runs.last(), Some(&(None, 7)), "the last version: {runs:?}");
    source.set(2);
    assert_eq!(seen.take(), [(Some(5), 7)]);
}

// 3

#[test]
fn a_value_that_was_there_before_a_panic_frees_all_below_from_that_panic() {
    let (source, runs) = (bind(2), Calls::new());
    let quotient = source.map(|divisor| {
        assert!(*divisor != 0, "no divisor");
        10 / divisor
    });
    let levels: Vec<_> = (0..3).fold(vec![quotient.map(|value| value + 1)], |mut levels, _| {
        let next = levels[levels.len() - 1].map({
            let runs = runs.clone();
            move |value| {
                runs.hit();
                value + 1
            }
        });
        levels.push(next);
        levels
    });
    let read = || levels.iter().map(BoundExt::get).collect::<Vec<i32>>();
    for _ in 0..3 {
        assert_eq!(read(), [6, 7, 8, 9]);
        source.set(0);
        for level in &levels {
            assert!(text_of(|| level.get()).contains("no divisor"));
        }
        source.set(2);
    }
    assert_eq!(read(), [6, 7, 8, 9]);
    // Once at first and once after each panic; below a panic they come no further than their read.
    assert_eq!(runs.count(), 12);
}

// 4

#[test]
fn every_reader_of_a_panic_is_told_the_reason_on_any_thread() {
    let source = bind(0);
    let quotient = source.map(|divisor| {
        assert!(*divisor != 0, "no divisor for {divisor}");
        10 / divisor
    });
    assert_eq!(text_of(|| quotient.get()), "no divisor for 0");
    for _ in 0..3 {
        let told = thread::scope(|scope| {
            scope.spawn(|| text_of(|| quotient.get())).join().expect("it has a text")
        });
        assert!(told.contains("no divisor for 0") && told.contains("mistakes.rs"), "{told}");
    }
}

#[test]
fn a_payload_that_nobody_caught_is_dropped_outside_the_lock() {
    struct Payload(Binding<i32>);
    impl Drop for Payload {
        fn drop(&mut self) {
            let doubled = self.0.map(|value| value * 2);
            self.0.update(|value| *value += 1);
            drop((doubled.get(), doubled.on_change(|_| {})));
        }
    }
    within_a_minute(|| {
        let (source, drops) = (bind(0), bind(0));
        let bad = source.map({
            let drops = drops.clone();
            move |value| {
                if value % 2 == 1 {
                    std::panic::panic_any(Payload(drops.clone()));
                }
                *value
            }
        });
        // Kept by the computed until its next value, and until its end.
        let _watching = effect({
            let bad = bad.clone();
            move || drop(catch_unwind(AssertUnwindSafe(|| bad.get())))
        });
        source.set(1);
        source.set(2);
        source.set(3);
        drop((bad, source));
        // Of effects, all but the first payload are dropped by the flush.
        let kick = bind(0);
        let _bad: Vec<_> = (0..3)
            .map(|_| {
                let drops = drops.clone();
                kick.on_change(move |_| std::panic::panic_any(Payload(drops.clone())))
            })
            .collect();
        drop(catch_unwind(AssertUnwindSafe(|| kick.set(1))));
        assert_eq!(drops.get(), 5);
    });
}

// 5

#[test]
fn panicking_effects_cost_no_other_its_run_in_this_wave_or_the_next() {
    let (source, second, seen) = (bind(0), bind(0), Calls::new());
    let note = |name: &'static str, panics: bool| {
        let (seen, second) = (seen.clone(), second.clone());
        move |value: &i32| {
            second.set(*value);
            seen.record(name);
            assert!(!panics, "{name}");
        }
    };
    let _in_this_wave = [
        source.on_change(note("first", true)),
        source.on_change(note("second", false)),
        source.on_change(note("third", true)),
        source.on_change(note("fourth", false)),
    ];
    let _in_the_next = [second.on_change({
        let seen = seen.clone();
        move |_| seen.record("next")
    })];
    for value in 1..4 {
        assert_eq!(text_of(|| source.set(value)), "first");
        seen.assert(["first", "second", "third", "fourth", "next"]);
    }
}

// 6

#[test]
fn three_effects_that_feed_each_other_through_computeds_are_stopped_and_work_on() {
    let ring = [bind(0_u64), bind(0), bind(0)];
    let open = Arc::new(AtomicBool::new(true));
    let _feeding: Vec<_> = (0..3)
        .map(|at| {
            let (from, to) = (ring[at].map(|value| value + 1), ring[(at + 1) % 3].clone());
            let open = Arc::clone(&open);
            from.on_change(move |value| {
                if open.load(SeqCst) {
                    to.set(*value);
                }
            })
        })
        .collect();
    let told = Arc::new(AtomicUsize::new(0));
    let _aside = ring[2].on_change({
        let told = Arc::clone(&told);
        move |_| {
            told.fetch_add(1, SeqCst);
        }
    });
    let text = text_of(|| ring[0].set(1));
    assert!(text.contains("10000") && text.contains("mistakes.rs"), "{text}");
    open.store(false, SeqCst);
    let before = told.load(SeqCst);
    assert!(before > 1_000);
    ring[2].set(0);
    assert_eq!(told.load(SeqCst), before + 1, "what stands aside goes on");
}

// 7

/// Reads a binding when it is compared.
#[derive(Clone)]
struct Compares(i32, Binding<i32>);

impl PartialEq for Compares {
    fn eq(&self, other: &Self) -> bool {
        self.1.get();
        self.0 == other.0
    }
}

#[test]
fn what_a_comparison_reads_is_nobodys_dependency_wherever_it_is_compared() {
    let (trigger, hidden, runs) = (bind(0), bind(0), Calls::new());
    let target = bind(Compares(0, hidden.clone()));
    let made = trigger.map({
        let hidden = hidden.clone();
        move |value| Compares(value / 2, hidden.clone())
    });
    let compared = Calls::new();
    let _told = made.on_change({
        let compared = compared.clone();
        move |_| compared.hit()
    });
    let _setting = effect({
        let (trigger, target, made) = (trigger.clone(), target.clone(), made.clone());
        let (hidden, runs) = (hidden.clone(), runs.clone());
        move || {
            let value = trigger.get();
            // By the set, by the end of a transaction, by a refresh, by a follower.
            target.set(Compares(value, hidden.clone()));
            transaction(|| target.set(Compares(value + 1, hidden.clone())));
            made.with(|_| {});
            let fresh = made.map(Clone::clone);
            fresh.with(|_| {});
            runs.hit();
        }
    });
    trigger.set(1);
    trigger.set(2);
    assert_eq!((runs.count(), compared.count()), (3, 1));
    hidden.set(1);
    assert_eq!((runs.count(), compared.count()), (3, 1), "nobody depends on it");
    trigger.set(3);
    hidden.set(2);
    assert_eq!((runs.count(), compared.count()), (4, 1));
}

// 8

#[test]
fn a_transactions_body_reads_the_version_at_its_first_read() {
    let (left, right) = (bind(1), bind(-1));
    let sum = flo_bind::computed_from((&left, &right), |(left, right)| left + right);
    let set_both = |value: i32| {
        thread::scope(|scope| {
            scope.spawn(|| {
                transaction(|| {
                    left.set(value);
                    right.set(-value);
                });
            });
        });
    };
    sum.get();
    transaction(|| {
        assert_eq!(left.get(), 1);
        set_both(2);
        assert_eq!((right.get(), sum.get()), (-1, 0));
        set_both(3);
        assert_eq!((left.get(), right.get(), sum.get()), (1, -1, 0));
    });
    assert_eq!((left.get(), right.get(), sum.get()), (3, -3, 0));
    snapshot(|| {
        assert_eq!(left.get(), 3);
        set_both(4);
        assert_eq!((right.get(), sum.get()), (-3, 0));
    });
}

#[test]
fn a_transaction_that_writes_still_reads_one_version() {
    let (left, right, out) = (bind(1), bind(-1), bind(0));
    let sum = flo_bind::computed_from((&left, &right), |(left, right)| left + right);
    let total = flo_bind::computed_from((&sum, &out), |(sum, out)| sum * 1_000 + out);
    total.get();
    transaction(|| {
        out.set(left.get());
        thread::scope(|scope| {
            scope.spawn(|| {
                transaction(|| {
                    left.set(5);
                    right.set(-6);
                });
            });
        });
        assert_eq!((right.get(), total.get()), (-1, 1), "its own write and the old version");
    });
    assert_eq!((total.get(), out.get()), (-999, 1));
}

// 12

#[test]
fn any_number_of_threads_may_use_one_graph_at_once_and_after_each_other() {
    let source = bind(0_u64);
    let sum = source.map(|value| value + 1);
    const AT_ONCE: usize = 200;
    let barrier = Barrier::new(AT_ONCE);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                source.update(|value| *value += 1);
                barrier.wait();
                let own = sum.map(|value| value * 2);
                assert_eq!(snapshot(|| own.get()), 2 * (AT_ONCE as u64 + 1));
                barrier.wait();
            });
        }
    });
    for round in 0..1_000 {
        thread::scope(|scope| {
            scope.spawn(|| source.update(|value| *value += 1));
        });
        assert_eq!(sum.get(), AT_ONCE as u64 + round + 2);
    }
}
