//! A panic in user code leaves everything else usable (promise 5).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{Binding, BoundExt, bind, computed, effect, snapshot, transaction};
use flo_test::Calls;
use futures::{FutureExt, StreamExt};

fn payload_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it should have panicked") };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn the_first_reader_gets_the_payload_and_later_ones_the_text_and_the_place() {
    let (source, runs) = (bind(0), Calls::new());
    let quotient = source.map({
        let runs = runs.clone();
        move |divisor| {
            runs.hit();
            assert!(*divisor != 0, "no divisor");
            10 / divisor
        }
    });
    assert_eq!(payload_of(|| quotient.get()), "no divisor");
    let second = payload_of(|| quotient.get());
    assert!(second.contains("no divisor") && second.contains("panics.rs"), "{second}");
    assert_eq!(runs.count(), 1, "until an input changes");
    source.set(5);
    assert_eq!(quotient.get(), 2);
}

#[test]
fn a_panic_passes_through_those_that_read_it_and_heals() {
    let source = bind(0);
    let quotient = source.map(|divisor| 10 / divisor);
    let label = quotient.map(|quotient| format!("{quotient}"));
    let fallback = computed({
        let label = label.clone();
        move || catch_unwind(AssertUnwindSafe(|| label.get())).unwrap_or_else(|_| "none".into())
    });
    assert_eq!(fallback.get(), "none");
    source.set(2);
    assert_eq!(fallback.get(), "5");
    source.set(0);
    assert_eq!(fallback.get(), "none");
    source.set(2);
    assert_eq!((fallback.get().as_str(), label.get().as_str()), ("5", "5"));
}

#[test]
fn a_panic_then_the_value_of_before_is_a_change_both_times() {
    let (source, seen) = (bind(2), Arc::new(std::sync::Mutex::new(Vec::new())));
    let quotient = source.map(|divisor| 10 / divisor);
    let _showing = effect({
        let (quotient, seen) = (quotient.clone(), Arc::clone(&seen));
        move || {
            let value = catch_unwind(AssertUnwindSafe(|| quotient.get()));
            seen.lock().unwrap().push(value.ok());
        }
    });
    source.set(0);
    source.set(2);
    assert_eq!(*seen.lock().unwrap(), [Some(5), None, Some(5)]);
}

#[test]
fn an_effects_panic_reaches_the_committer_when_all_others_have_run() {
    let (source, ran) = (bind(0), Calls::new());
    let bad = source.on_change(|_| panic!("a bad effect"));
    let _good = source.on_change({
        let ran = ran.clone();
        move |_| ran.hit()
    });
    assert_eq!(payload_of(|| source.set(1)), "a bad effect");
    assert_eq!((source.get(), ran.count()), (1, 1));
    assert_eq!(payload_of(|| source.set(2)), "a bad effect");
    assert_eq!(ran.count(), 2, "the bad one is told again, and so are the others");
    drop(bad);
    source.set(3);
    ran.assert_count(3);
}

#[test]
fn a_panic_in_a_comparison_leaves_the_old_value() {
    #[derive(Clone, Debug)]
    struct Picky(i32);
    impl PartialEq for Picky {
        fn eq(&self, other: &Self) -> bool {
            assert!(other.0 != 13, "not that one");
            self.0 == other.0
        }
    }
    let source = bind(Picky(1));
    assert_eq!(payload_of(|| source.set(Picky(13))), "not that one");
    assert_eq!(source.with(|value| value.0), 1);
    let other = bind(1);
    let text = payload_of(|| {
        transaction(|| {
            other.set(2);
            source.set(Picky(13));
        });
    });
    assert_eq!((text.as_str(), other.get()), ("not that one", 1), "nothing was committed");
    source.set(Picky(2));
    assert_eq!(source.with(|value| value.0), 2);

    let number = bind(1);
    let picky = number.map(|number| Picky(*number));
    assert_eq!(picky.with(|value| value.0), 1);
    number.set(13);
    assert_eq!(payload_of(|| picky.with(|value| value.0)), "not that one");
    number.set(3);
    assert_eq!(picky.with(|value| value.0), 3);
}

#[test]
fn a_panic_in_a_clone_or_an_update_leaves_the_old_value() {
    #[derive(PartialEq)]
    struct Fragile(i32);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(self.0 != 13, "too fragile");
            Self(self.0)
        }
    }
    let source = bind(Fragile(13));
    assert_eq!(payload_of(|| source.get()), "too fragile");
    assert_eq!(payload_of(|| source.update(|_| {})), "too fragile");
    source.set(Fragile(1));
    assert_eq!(payload_of(|| source.update(|_| panic!("no update"))), "no update");
    assert_eq!(source.with(|value| value.0), 1);
    source.update(|value| value.0 += 1);
    assert_eq!(source.with(|value| value.0), 2);
}

#[test]
fn a_panic_in_a_transaction_or_snapshot_writes_nothing_and_later_ones_work() {
    let (left, right) = (bind(1), bind(1));
    let text = payload_of(|| {
        transaction(|| {
            left.set(2);
            right.update(|value| *value += 1);
            panic!("half-way");
        });
    });
    assert_eq!((text.as_str(), left.get(), right.get()), ("half-way", 1, 1));
    let text = payload_of(|| {
        snapshot(|| {
            left.set(3);
            panic!("half-way again");
        });
    });
    assert_eq!((text.as_str(), left.get()), ("half-way again", 1));
    transaction(|| left.set(2));
    assert_eq!(left.get(), 2);
}

#[test]
fn an_effect_that_triggers_itself_is_stopped_with_its_place_and_works_on() {
    let (source, limit) = (bind(0_i64), bind(i64::MAX));
    let slot: Arc<std::sync::Mutex<Vec<flo_core::Subscription>>> = Arc::default();
    let other = Calls::new();
    let watching = source.on_change({
        let other = other.clone();
        move |_| other.hit()
    });
    limit.set(0);
    let greedy = effect({
        let (source, limit) = (source.clone(), limit.clone());
        move || {
            if source.get() < limit.get() {
                source.set(source.get() + 1);
            }
        }
    });
    slot.lock().unwrap().extend([watching, greedy]);
    let text = payload_of(|| limit.set(i64::MAX));
    assert!(text.contains("panics.rs") && text.contains("10000"), "{text}");
    let (reached, told) = (source.get(), other.count());
    assert!(reached >= 9_999 && told > 0);
    limit.set(0);
    source.set(-1);
    assert_eq!(source.get(), 0, "it runs again, now with an end");
}

#[test]
fn two_effects_that_trigger_each_other_are_stopped() {
    let (left, right) = (bind(0_u64), bind(0_u64));
    let copy = |from: &Binding<u64>, to: &Binding<u64>| {
        let (from, to) = (from.clone(), to.clone());
        effect(move || {
            let value = from.get();
            if value > 0 {
                to.set(value + 1);
            }
        })
    };
    let _forth = copy(&left, &right);
    let _back = copy(&right, &left);
    let text = payload_of(|| left.set(1));
    assert!(text.contains("ran 10000 times"), "{text}");
    assert!(left.get() > 1_000);
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_costs_nobody_a_run() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "a payload's drop");
        }
    }
    let (source, last) = (bind(0), Arc::new(AtomicUsize::new(0)));
    let bomb = |_: &usize| std::panic::panic_any(Bomb);
    let _bombs = [source.on_change(bomb), source.on_change(bomb)];
    let _good = source.on_change({
        let last = Arc::clone(&last);
        move |value| last.store(*value, Relaxed)
    });
    for value in 1..3 {
        let caught = catch_unwind(AssertUnwindSafe(|| source.set(value)));
        std::mem::forget(caught.expect_err("the first payload"));
        assert_eq!(last.load(Relaxed), value);
    }
}

#[test]
fn a_drop_of_an_equal_result_that_panics_leaves_the_computed_usable() {
    struct Value(i32, bool);
    impl PartialEq for Value {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Drop for Value {
        fn drop(&mut self) {
            assert!(!self.1 || std::thread::panicking(), "a value's drop");
        }
    }
    let source = bind(0);
    let parity = source.map(|value| Value(value % 2, *value == 2));
    assert_eq!(parity.with(|parity| parity.0), 0);
    source.set(2);
    // Equal to the one before, so dropped; whoever drops it may have another test's snapshot open.
    let _caught = catch_unwind(AssertUnwindSafe(|| parity.with(|parity| parity.0)));
    assert_eq!(parity.with(|parity| parity.0), 0);
    source.set(3);
    assert_eq!(parity.with(|parity| parity.0), 1);
}

#[test]
fn what_was_put_off_in_something_that_panicked_is_given_up() {
    let source = bind(0);
    snapshot(|| {
        payload_of(|| {
            transaction(|| {
                source.set(1);
                panic!("a transaction in a snapshot");
            });
        });
        payload_of(|| {
            snapshot(|| {
                source.set(2);
                panic!("a snapshot in a snapshot");
            });
        });
    });
    assert_eq!(source.get(), 0);
}

/// Counts its comparisons in a binding, and panics in those of a bad one.
#[derive(Clone, Debug)]
struct Counted(i32, Binding<i32>, bool);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.1.set(self.1.get() + 1);
        assert!(!self.2 && !other.2, "a bad comparison");
        self.0 == other.0
    }
}

#[test]
fn what_a_comparison_wrote_before_it_panicked_is_given_up() {
    let (count, other) = (bind(0), bind(0));
    let source = bind(Counted(0, count.clone(), true));
    payload_of(|| source.set(Counted(1, count.clone(), true)));
    other.set(1);
    assert_eq!(count.get(), 0);
}

#[test]
fn what_a_comparison_writes_is_there_when_whoever_compared_is_done() {
    let count = bind(0);
    let source = bind(Counted(0, count.clone(), false));
    let mut follow = source.follow();
    assert!(follow.next().now_or_never().is_some());
    source.set(Counted(1, count.clone(), false));
    assert_eq!(count.get(), 1, "the set compared");
    assert!(follow.next().now_or_never().is_some());
    assert_eq!(count.get(), 2, "the follower compared");
    let _watching = source.on_change(|_| {});
    source.set(Counted(2, count.clone(), false));
    assert_eq!(count.get(), 4, "the set and the callback compared");
}

#[test]
fn what_an_update_wrote_when_it_was_applied_again_is_given_up_with_its_transaction() {
    let (source, log, other) = (bind(0), bind(0), bind(0));
    let bad = bind(Counted(0, other.clone(), false));
    let text = payload_of(|| {
        transaction(|| {
            let log = log.clone();
            source.update(move |value| {
                log.set(log.get() + 1);
                *value += 1;
            });
            bad.set(Counted(1, other.clone(), true));
            // So that the update is applied again at the end, where the comparison then panics.
            std::thread::scope(|scope| {
                scope.spawn(|| source.set(100));
            });
        });
    });
    assert_eq!(text, "a bad comparison");
    assert_eq!((source.get(), log.get(), other.get()), (100, 0, 0));
}
