//! Drops of users' values in the middle of the engine's work: they read the present, hold nobody up, and what they
//! panic with leaves everything usable.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{
    Binding, BoundExt, Computed, bind, computed, effect, snapshot, transaction, untracked,
};
use flo_test::Calls;

/// Does something when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

fn on_drop(f: impl FnOnce() + Send + Sync + 'static) -> OnDrop {
    OnDrop(Some(Box::new(f)))
}

/// A computed that reads `source` and owns `owned`.
fn owner_of(source: &Binding<i32>, owned: OnDrop) -> Computed<i32> {
    let source = source.clone();
    computed(move || {
        std::hint::black_box(&owned);
        source.get()
    })
}

#[test]
fn one_before_a_wait_keeps_nobody_from_publishing_what_is_waited_for() {
    let (source, other) = (bind(0), bind(1));
    let (met, published) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let dropped = owner_of(
        &other,
        on_drop({
            let (met, published) = (Arc::clone(&met), Arc::clone(&published));
            move || {
                met.wait();
                published.wait();
            }
        }),
    );
    let slot = Arc::new(Mutex::new(Some(dropped)));
    let first = computed({
        let (source, slot) = (source.clone(), Arc::clone(&slot));
        move || {
            if source.get() == 0 {
                slot.lock().unwrap().as_ref().unwrap().get();
            }
            1
        }
    });
    let entered = Arc::new(Barrier::new(2));
    let busy = computed({
        let (source, met, entered) = (source.clone(), Arc::clone(&met), Arc::clone(&entered));
        move || {
            let value = source.get();
            if value == 1 {
                entered.wait();
                met.wait();
            }
            value
        }
    });
    let sum = computed({
        let busy = busy.clone();
        move || first.get() + busy.get()
    });
    assert_eq!(sum.get(), 1);
    drop(slot.lock().unwrap().take());
    source.set(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(busy.get(), 1);
            published.wait();
        });
        entered.wait();
        // `first` lets go of the last count on what it read before, and then `busy` is waited for.
        assert_eq!(sum.get(), 2);
    });
}

#[test]
fn one_that_panics_in_an_effect_stops_neither_it_nor_the_others() {
    let (trigger, other) = (bind(0), bind(1));
    let slot = Arc::new(Mutex::new(None::<Computed<i32>>));
    let (runs, later_runs) = (Calls::new(), Calls::new());
    let _dropping = effect({
        let (trigger, slot, runs) = (trigger.clone(), Arc::clone(&slot), runs.clone());
        move || {
            trigger.get();
            runs.hit();
            let last = slot.lock().unwrap().take();
            if let Some(last) = last {
                untracked(|| last.get());
            }
        }
    });
    let _later = effect({
        let (trigger, later_runs) = (trigger.clone(), later_runs.clone());
        move || {
            trigger.get();
            later_runs.hit();
        }
    });
    let last = owner_of(&other, on_drop(|| panic!("in a drop")));
    assert_eq!(last.get(), 1);
    *slot.lock().unwrap() = Some(last);
    assert!(catch_unwind(AssertUnwindSafe(|| trigger.set(1))).is_err());
    for value in 2..5 {
        trigger.set(value);
    }
    assert_eq!((runs.count(), later_runs.count()), (5, 5));
}

#[test]
fn one_that_panics_at_the_end_of_a_snapshot_leaves_the_thread_in_the_present() {
    let (source, other) = (bind(1), bind(1));
    let tenfold = source.map(|value| value * 10);
    assert_eq!(tenfold.get(), 10);
    let last = owner_of(&other, on_drop(|| panic!("in a drop")));
    assert_eq!(last.get(), 1);
    let result = catch_unwind(AssertUnwindSafe(|| {
        snapshot(|| {
            assert_eq!((tenfold.get(), last.get()), (10, 1));
            drop(last);
        });
    }));
    assert!(result.is_err());
    thread::scope(|scope| {
        scope.spawn(|| source.set(2));
    });
    assert_eq!((source.get(), tenfold.get()), (2, 20));
}

#[test]
fn that_of_an_update_which_a_transaction_need_not_keep_may_write() {
    let (source, other) = (bind(0), bind(0));
    transaction(|| {
        source.set(1);
        let writes = on_drop({
            let other = other.clone();
            move || other.set(9)
        });
        source.update(move |value| {
            std::hint::black_box(&writes);
            *value += 1;
        });
    });
    assert_eq!((source.get(), other.get()), (2, 9));
}

#[test]
fn a_reader_of_a_computed_that_panics_now_and_then_never_gets_what_is_no_value() {
    let source = bind(0_u64);
    let seven = computed({
        let source = source.clone();
        move || {
            if source.get() % 2 == 1 {
                std::panic::resume_unwind(Box::new("odd"));
            }
            7_u64
        }
    });
    let read = |seven: &Computed<u64>| catch_unwind(AssertUnwindSafe(|| seven.get())).ok();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    for _ in 0..1_000 {
                        assert!(matches!(read(&seven), None | Some(7)));
                    }
                }
            });
        }
        for value in 1..=20_000 {
            source.set(value);
            assert_eq!(read(&seven).is_some(), value % 2 == 0);
        }
        done.store(true, SeqCst);
    });
}

/// Equal to any other; reads a binding when it goes.
#[derive(Clone)]
struct Reads(Binding<u64>);

impl PartialEq for Reads {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        let _value = self.0.get();
    }
}

#[test]
fn what_a_drop_reads_inside_a_run_is_nobodys_dependency() {
    for read_before in 0..4 {
        let (switch, read_by_drops) = (bind(false), bind(70));
        let sources: Vec<_> = (0..8_u64).map(bind).collect();
        let inner = computed({
            let (switch, sources) = (switch.clone(), sources.clone());
            let read_by_drops = read_by_drops.clone();
            move || {
                // More in its second run than in its first, so that there are edges to make when its equal value is dropped.
                if switch.get() {
                    let _sum: u64 = sources[..3].iter().map(BoundExt::get).sum();
                }
                Reads(read_by_drops.clone())
            }
        });
        inner.with(|_| ());
        switch.set(true);
        let mine: Vec<_> =
            sources[3..3 + read_before].iter().chain(&sources[7..]).cloned().collect();
        let runs = Calls::new();
        let outer = computed({
            let (mine, inner, runs) = (mine.clone(), inner.clone(), runs.clone());
            move || {
                runs.hit();
                let (last, first) = mine.split_last().unwrap();
                let sum: u64 = first.iter().map(BoundExt::get).sum();
                inner.with(|_| ());
                sum + last.get()
            }
        });
        let expected = || mine.iter().map(BoundExt::get).sum::<u64>();
        assert_eq!(outer.get(), expected());
        for source in &sources {
            source.set(source.get() + 100);
            assert_eq!(outer.get(), expected());
        }
        let before = runs.count();
        read_by_drops.set(71);
        assert_eq!(outer.get(), expected());
        runs.assert_count(before);
    }
}
