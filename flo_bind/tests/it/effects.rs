//! When effects and callbacks run, in which order, on which version.

use std::sync::{
    Arc, Barrier, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use flo_bind::{BoundExt, bind, computed_from, effect};
use flo_core::Subscription;
use flo_test::Calls;

#[test]
fn they_run_in_the_order_of_their_creation() {
    let (source, order) = (bind(0), Calls::new());
    let note = |name: &'static str| {
        let order = order.clone();
        move || order.record(name)
    };
    let doubled = source.map(|value| value * 2);
    let first = note("first");
    let _first = doubled.on_change(move |_| first());
    let _second = source.when_changed(note("second"));
    let _third = effect({
        let (source, third) = (source.clone(), note("third"));
        move || {
            source.get();
            third();
        }
    });
    order.take();
    source.set(1);
    order.assert(["first", "second", "third"]);
}

#[test]
fn a_set_inside_is_committed_at_once_and_what_it_triggers_is_queued_behind() {
    let (source, copy) = (bind(1), bind(0));
    let log = Calls::new();
    let _copying = effect({
        let (source, copy, log) = (source.clone(), copy.clone(), log.clone());
        move || {
            copy.set(source.get());
            log.record(format!("copied {}", flo_bind::untracked(|| copy.get())));
        }
    });
    let _showing = copy.on_change({
        let log = log.clone();
        move |copy| log.record(format!("shown {copy}"))
    });
    source.set(2);
    log.assert(["copied 1", "copied 2", "shown 2"]);
}

#[test]
fn inner_effects_run_after_their_outer_one() {
    let source = bind(0);
    let log = Calls::new();
    let inner = Arc::new(Mutex::new(None));
    let _outer = effect({
        let (source, log, inner) = (source.clone(), log.clone(), Arc::clone(&inner));
        move || {
            let value = source.get();
            let made = effect({
                let (source, log) = (source.clone(), log.clone());
                move || log.record(format!("inner {}", source.get()))
            });
            *inner.lock().unwrap() = Some(made);
            log.record(format!("outer {value}"));
        }
    });
    source.set(1);
    log.assert(["outer 0", "inner 0", "outer 1", "inner 1"]);
}

#[test]
fn one_never_runs_on_two_threads_at_once_and_misses_no_last_value() {
    let (left, right) = (bind(0_u32), bind(0_u32));
    let sum = computed_from((&left, &right), |(left, right)| left + right);
    let (inside, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let _watching = effect({
        let (sum, inside, last) = (sum.clone(), Arc::clone(&inside), Arc::clone(&last));
        move || {
            assert!(!inside.swap(true, SeqCst), "on two threads at once");
            let value = sum.get() as usize;
            assert!(value >= last.swap(value, SeqCst), "never for an older version than one seen");
            inside.store(false, SeqCst);
        }
    });
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for source in [&left, &right] {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..2_000 {
                    source.update(|value| *value += 1);
                }
            });
        }
    });
    assert_eq!(last.load(SeqCst), 4_000);
}

#[test]
fn one_that_is_marked_while_it_runs_runs_again() {
    // The effect waits, in its first later run, for another thread's write to its source.
    let source = bind(0);
    let (entered, written) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let seen = Calls::new();
    let _watching = source.on_change({
        let (entered, written) = (Arc::clone(&entered), Arc::clone(&written));
        let seen = seen.clone();
        move |value| {
            seen.record(*value);
            if *value == 1 {
                entered.wait();
                written.wait();
            }
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            entered.wait();
            source.set(2);
            written.wait();
        });
        source.set(1);
    });
    seen.assert([1, 2]);
}

#[test]
fn one_that_is_ended_while_it_is_validated_does_not_run_any_more() {
    for is_elsewhere in [false, true] {
        let (source, own) = (bind(0), Arc::new(Mutex::new(None::<Subscription>)));
        let ending = source.map({
            let own = Arc::clone(&own);
            move |value| {
                if *value == 1 && is_elsewhere {
                    std::thread::scope(|scope| {
                        scope.spawn(|| drop(own.lock().unwrap().take()));
                    });
                } else if *value == 1 {
                    drop(own.lock().unwrap().take());
                }
                *value
            }
        });
        let seen = Calls::new();
        let watching = effect({
            let (ending, seen) = (ending.clone(), seen.clone());
            move || seen.record(ending.get())
        });
        *own.lock().unwrap() = Some(watching);
        source.set(1);
        seen.assert([0]);
        // A callback is an effect that looks at one thing.
        source.set(0);
        *own.lock().unwrap() = Some(ending.on_change({
            let seen = seen.clone();
            move |value| seen.record(*value)
        }));
        source.set(1);
        seen.assert_count(0);
    }
}

#[test]
fn one_that_is_marked_while_it_is_validated_runs_again() {
    // The effect is being validated: its computed runs, and waits there for another thread's write.
    let (source, other) = (bind(0), bind(0));
    let (entered, written) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let parity = source.map({
        let (entered, written) = (Arc::clone(&entered), Arc::clone(&written));
        move |value| {
            if *value == 2 {
                entered.wait();
                written.wait();
            }
            value % 2
        }
    });
    let seen = Calls::new();
    let _watching = effect({
        let (parity, other, seen) = (parity.clone(), other.clone(), seen.clone());
        move || seen.record((parity.get(), other.get()))
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            entered.wait();
            other.set(5);
            written.wait();
        });
        source.set(2);
    });
    seen.assert([(0, 0), (0, 5)]);
}

#[test]
fn one_that_is_marked_while_it_runs_checks_before_it_runs_again() {
    let (kick, number) = (bind(0), bind(0));
    let parity = number.map(|number| number % 2);
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let runs = Calls::new();
    let _watching = effect({
        let (kick, runs) = (kick.clone(), runs.clone());
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move || {
            let kicked = kick.get() == 1;
            parity.get();
            runs.hit();
            if kicked {
                entered.wait();
                leave.wait();
            }
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| kick.set(1));
        entered.wait();
        number.set(2);
        leave.wait();
    });
    assert_eq!(runs.count(), 2, "what it read came out equal");
}

#[test]
fn one_that_writes_and_then_reads_that_runs_once_for_each_change() {
    let (source, copy) = (bind(0), bind(0));
    let runs = Calls::new();
    let _copying = effect({
        let (source, copy, runs) = (source.clone(), copy.clone(), runs.clone());
        move || {
            let value = source.get();
            copy.set(value);
            assert_eq!(copy.get(), value);
            runs.hit();
        }
    });
    source.set(1);
    source.set(2);
    runs.assert_count(3);
}

#[test]
fn on_change_made_inside_a_transaction_is_told_of_what_changes_after_the_call() {
    let (source, seen) = (bind(1), Calls::new());
    let watch = || {
        let seen = seen.clone();
        source.on_change(move |value| seen.record(*value))
    };
    let subscription = flo_bind::transaction(|| {
        let subscription = watch();
        source.set(2);
        subscription
    });
    seen.assert([2]);
    drop(subscription);
    let _unchanged = flo_bind::transaction(|| {
        source.set(3);
        watch()
    });
    seen.assert_count(0);
}

#[test]
fn a_set_returns_only_when_what_it_caused_has_run_though_another_thread_caused_it_too() {
    // While the gate runs for T1's write, T2's effect writes something that the watched one reads as well,
    // and goes on until T1's write has returned.
    let (left, right, kick) = (bind(0), bind(0), bind(0));
    let (entered, written) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let returned = Arc::new(Barrier::new(2));
    let _gate = left.on_change({
        let (entered, written) = (Arc::clone(&entered), Arc::clone(&written));
        move |_| {
            entered.wait();
            written.wait();
        }
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _watched = effect({
        let (left, right, seen) = (left.clone(), right.clone(), Arc::clone(&seen));
        move || seen.lock().unwrap().push((left.get(), right.get()))
    });
    let _other = kick.on_change({
        let (right, written, returned) =
            (right.clone(), Arc::clone(&written), Arc::clone(&returned));
        move |_| {
            right.set(1);
            written.wait();
            returned.wait();
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            left.set(1);
            assert_eq!(seen.lock().unwrap().last(), Some(&(1, 1)));
            returned.wait();
        });
        entered.wait();
        kick.set(1);
    });
}

#[test]
fn one_that_reads_a_new_computed_below_its_own_staged_write_settles() {
    for is_kept in [false, true] {
        let (trigger, source, out) = (bind(0), bind(0), bind(0));
        let kept = source.map(|value| value + 1);
        let runs = Calls::new();
        let _working = effect({
            let (trigger, source, out) = (trigger.clone(), source.clone(), out.clone());
            let runs = runs.clone();
            move || {
                runs.hit();
                let next = trigger.get() + 1;
                flo_bind::transaction(|| {
                    source.set(next);
                    let made = if is_kept { kept.clone() } else { source.map(|value| value + 1) };
                    out.set(made.get());
                });
            }
        });
        assert_eq!((out.get(), runs.count()), (2, 1));
        trigger.set(5);
        assert_eq!(out.get(), 7);
        source.set(20);
        assert_eq!(out.get(), 7, "it runs again, and sets the source back");
        assert!(runs.count() <= 5, "{} runs", runs.count());
    }
}

#[test]
fn an_update_that_is_applied_again_may_write_its_own_binding() {
    let source = bind(0);
    let same = source.clone();
    flo_bind::transaction(|| {
        source.update(move |value| {
            if *value >= 100 {
                same.set(*value + 10);
            }
            *value += 1;
        });
        std::thread::scope(|scope| {
            scope.spawn(|| source.set(100));
        });
    });
    assert_eq!(source.get(), 110);
}
