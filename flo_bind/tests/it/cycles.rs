//! A cycle is a clear panic, never a hang (promise 5).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier, OnceLock},
    thread,
};

use flo_bind::{BindRef, BoundExt, bind, computed, transaction};

fn message_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it should have panicked");
    payload.downcast_ref::<String>().cloned().expect("a formatted panic")
}

/// Two computeds, each of which reads the other where `closed` is set.
fn pair(closed: &BindRef<bool>) -> (BindRef<i32>, BindRef<i32>) {
    let slot: Arc<OnceLock<BindRef<i32>>> = Arc::default();
    let first = computed({
        let (slot, closed) = (Arc::clone(&slot), closed.clone());
        move || if closed.get() { slot.get().map_or(0, |second| second.get() + 1) } else { 1 }
    });
    let second = first.map(|first| first + 1);
    slot.set(second.clone().into()).expect("set once");
    (first.into(), second.into())
}

#[test]
fn a_direct_cycle_names_its_place() {
    let slot: Arc<OnceLock<BindRef<i32>>> = Arc::default();
    let own = computed({
        let slot = Arc::clone(&slot);
        move || slot.get().map_or(0, |own| own.get() + 1)
    });
    slot.set(own.clone().into()).expect("set once");
    let text = message_of(|| assert_eq!(own.get(), 0));
    assert!(text.contains("cycle") && text.contains("cycles.rs"), "{text}");
}

#[test]
fn a_cycle_through_another_names_both_places_and_heals_when_it_is_opened() {
    let closed = bind(true);
    let (first, second) = pair(&closed.read_only());
    let text = message_of(|| assert_eq!(second.get(), 0));
    assert!(text.contains("cycle") && text.matches("cycles.rs").count() == 2, "{text}");
    closed.set(false);
    assert_eq!((first.get(), second.get()), (1, 2));
    closed.set(true);
    assert!(message_of(|| assert_eq!(first.get(), 0)).contains("cycle"));
    closed.set(false);
    assert_eq!((first.get(), second.get()), (1, 2));
}

#[test]
fn a_cycle_below_staged_writes_is_found_too() {
    let closed = bind(false);
    let (first, second) = pair(&closed.read_only());
    assert_eq!(second.get(), 2);
    let text = message_of(|| {
        transaction(|| {
            closed.set(true);
            first.get();
        });
    });
    assert!(text.contains("cycle"), "{text}");
    assert_eq!((closed.get(), second.get()), (false, 2), "nothing was committed");
}

#[test]
fn dependencies_that_turn_around_are_no_cycle() {
    let forward = bind(true);
    let slots: Arc<OnceLock<(BindRef<i32>, BindRef<i32>)>> = Arc::default();
    let make = |reads_when: bool, own: i32| {
        let (slots, forward) = (Arc::clone(&slots), forward.clone());
        computed(move || {
            let (first, second) = slots.get().expect("set below");
            let other = if reads_when { second } else { first };
            if forward.get() == reads_when { other.get() + 1 } else { own }
        })
    };
    let (first, second) = (make(true, 10), make(false, 20));
    slots.set((first.clone().into(), second.clone().into())).expect("set once");
    for turned in [true, false, true, false] {
        forward.set(turned);
        let expected = if turned { (21, 20) } else { (10, 11) };
        assert_eq!((first.get(), second.get()), expected);
    }
}

#[test]
fn a_cycle_over_two_threads_panics_and_does_not_hang() {
    for _ in 0..50 {
        let closed = bind(true);
        let (first, second) = pair(&closed.read_only());
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            for own in [&first, &second] {
                scope.spawn(|| {
                    barrier.wait();
                    let result = catch_unwind(AssertUnwindSafe(|| own.get()));
                    assert!(result.is_err());
                });
            }
        });
        closed.set(false);
        assert_eq!((first.get(), second.get()), (1, 2));
    }
}

#[test]
fn two_threads_that_need_each_others_run_do_not_wait_for_each_other() {
    // Each thread's computed meets the other thread inside its first run, so each finds the other's
    // computed busy. There is no cycle: the inner reads go to computeds that do not read back.
    let barrier = Arc::new(Barrier::new(2));
    let base = bind(1);
    let meet = |source: &BindRef<i32>| {
        let (barrier, source) = (Arc::clone(&barrier), source.clone());
        let met = std::sync::atomic::AtomicBool::new(false);
        computed(move || {
            if !met.swap(true, std::sync::atomic::Ordering::Relaxed) {
                barrier.wait();
            }
            source.get() + 1
        })
    };
    let (left, right) = (meet(&base.read_only()), meet(&base.read_only()));
    let sum = |first: &flo_bind::Computed<i32>, then: &flo_bind::Computed<i32>| {
        let (first, then) = (first.clone(), then.clone());
        move || computed(move || first.get() + then.get()).get()
    };
    let (one, two) = (sum(&left, &right), sum(&right, &left));
    let (one, two) = thread::scope(|scope| {
        let (one, two) = (scope.spawn(one), scope.spawn(two));
        (one.join(), two.join())
    });
    assert_eq!((one.unwrap(), two.unwrap()), (4, 4));
}
