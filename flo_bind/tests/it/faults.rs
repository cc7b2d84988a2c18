//! Graphs that go round in circles and computeds that write: a clear panic or a clear result, never a
//! hang, and afterwards everything works. (Panics of user code are in `tests/faults`.)

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{
    BindRef, Binding, BoundExt, Computed, bind, computed, effect, snapshot, transaction,
};
use flo_test::Calls;

/// The text of the panic of `f`.
fn text_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it should have panicked") };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

/// Asserts that `text` tells of a cycle, with the place of one in it.
fn assert_tells_of_a_cycle(text: &str) {
    assert!(text.contains("cycle") && text.contains("faults.rs"), "{text}");
}

/// A ring of computeds: each reads the next one and adds one where `closed` is set, and is 1 where it is not.
/// `meet` is called in each run before the next one is read.
fn ring(
    size: usize,
    closed: &Binding<bool>,
    meet: impl Fn(usize) + Clone + Send + Sync + 'static,
) -> Vec<Computed<i32>> {
    let slot: Arc<OnceLock<Vec<BindRef<i32>>>> = Arc::default();
    let ring: Vec<_> = (0..size)
        .map(|at| {
            let (slot, closed, meet) = (Arc::clone(&slot), closed.read_only(), meet.clone());
            computed(move || {
                if !closed.get() {
                    return 1;
                }
                meet(at);
                slot.get().map_or(0, |ring| ring[(at + 1) % ring.len()].get() + 1)
            })
        })
        .collect();
    slot.set(ring.iter().map(BoundExt::read_only).collect()).expect("set once");
    ring
}

#[test]
fn a_cycle_of_any_length_names_places_and_comes_and_goes() {
    for size in [1, 2, 3, 10] {
        let closed = bind(false);
        let ring = ring(size, &closed, |_| {});
        for _ in 0..3 {
            assert!(ring.iter().all(|one| one.get() == 1));
            closed.set(true);
            for one in &ring {
                assert_tells_of_a_cycle(&text_of(|| one.get()));
            }
            closed.set(false);
        }
    }
}

#[test]
fn a_cycle_that_an_effect_meets_reaches_the_writer_and_the_effect_goes_on() {
    let (closed, aside) = (bind(false), bind(0));
    let ring = ring(3, &closed, |_| {});
    let seen = Calls::new();
    let _watching = effect({
        let (one, aside, seen) = (ring[0].clone(), aside.clone(), seen.clone());
        move || seen.record((aside.get(), one.get()))
    });
    let told = Calls::new();
    let _told = closed.on_change({
        let told = told.clone();
        move |value| told.record(*value)
    });
    for round in 1..4 {
        assert_tells_of_a_cycle(&text_of(|| closed.set(true)));
        closed.set(false);
        aside.set(round);
        told.assert([true, false]);
    }
    seen.assert([(0, 1), (0, 1), (1, 1), (1, 1), (2, 1), (2, 1), (3, 1)]);
}

#[test]
fn a_cycle_beside_staged_writes_and_snapshots_is_found_and_gone_with_them() {
    let closed = bind(false);
    let ring = ring(2, &closed, |_| {});
    assert_eq!(ring[0].get(), 1);
    for _ in 0..2 {
        let text = text_of(|| {
            transaction(|| {
                closed.set(true);
                ring[0].get()
            })
        });
        assert_tells_of_a_cycle(&text);
        assert_eq!((closed.get(), ring[1].get()), (false, 1));
        closed.set(true);
        assert_tells_of_a_cycle(&text_of(|| snapshot(|| ring[1].get())));
        transaction(|| {
            closed.set(false);
            assert_eq!(ring[1].get(), 1);
        });
        assert_eq!(ring[0].get(), 1);
    }
}

#[test]
fn a_cycle_over_as_many_threads_as_it_has_nodes_panics_on_each() {
    for size in [2, 3, 4] {
        for _ in 0..20 {
            // Each thread has claimed its own before any of them reads the next.
            let (closed, met) = (bind(true), Arc::new(AtomicUsize::new(0)));
            let ring = ring(size, &closed, {
                let met = Arc::clone(&met);
                move |_| {
                    met.fetch_add(1, SeqCst);
                    while met.load(SeqCst) < size {
                        thread::yield_now();
                    }
                }
            });
            let start = Barrier::new(size);
            thread::scope(|scope| {
                let running: Vec<_> = ring
                    .iter()
                    .map(|one| {
                        scope.spawn(|| {
                            start.wait();
                            text_of(|| one.get())
                        })
                    })
                    .collect();
                for thread in running {
                    assert_tells_of_a_cycle(&thread.join().unwrap());
                }
            });
            closed.set(false);
            assert!(ring.iter().all(|one| one.get() == 1));
        }
    }
}

#[test]
fn threads_that_close_and_open_a_cycle_while_others_read_never_hang() {
    let closed = bind(false);
    let ring = ring(3, &closed, |_| {});
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for one in &ring {
            let done = &done;
            scope.spawn(move || {
                while !done.load(SeqCst) {
                    match catch_unwind(AssertUnwindSafe(|| one.get())) {
                        Ok(value) => assert_eq!(value, 1, "no value comes out of a cycle"),
                        Err(payload) => {
                            assert_tells_of_a_cycle(payload.downcast_ref::<String>().unwrap());
                        }
                    }
                }
            });
        }
        for round in 0..200 {
            closed.set(round % 2 == 0);
        }
        closed.set(false);
        done.store(true, SeqCst);
    });
    assert!(ring.iter().all(|one| one.get() == 1));
}

#[test]
fn what_computeds_of_one_walk_write_is_one_commit_after_it() {
    let (source, left, right) = (bind(0), bind(0), bind(0));
    let writes = |to: &Binding<i32>| {
        let to = to.clone();
        source.map(move |value| {
            to.set(*value);
            *value
        })
    };
    let (first, second) = (writes(&left), writes(&right));
    let sum = computed({
        let (first, second) = (first.clone(), second.clone());
        let (left, right) = (left.clone(), right.clone());
        move || {
            let before = (left.get(), right.get());
            let sum = first.get() + second.get();
            assert_eq!((left.get(), right.get()), before, "no read of the run sees its writes");
            sum
        }
    });
    let pairs = Calls::new();
    let _pairing = effect({
        let (left, right, pairs) = (left.clone(), right.clone(), pairs.clone());
        move || pairs.record((left.get(), right.get()))
    });
    for value in 1..4 {
        source.set(value);
        assert_eq!(sum.get(), 2 * value);
        assert_eq!((left.get(), right.get()), (value, value));
    }
    pairs.assert([(0, 0), (1, 1), (2, 2), (3, 3)]);
}

#[test]
fn what_live_computeds_write_is_committed_by_the_writer_before_it_returns() {
    let (source, copy, seen) = (bind(0), bind(0), Calls::new());
    let writing = source.map({
        let copy = copy.clone();
        move |value| {
            copy.update({
                let value = *value;
                move |copy| *copy += value
            });
            value % 2
        }
    });
    let _live = writing.on_change(|_| {});
    let _watching = copy.on_change({
        let seen = seen.clone();
        move |value| seen.record(*value)
    });
    source.set(1);
    assert_eq!(copy.get(), 1);
    // Equal, so that nothing above is told: what it wrote on the way is committed all the same.
    source.set(3);
    assert_eq!(copy.get(), 4);
    transaction(|| source.set(5));
    assert_eq!(copy.get(), 9);
    seen.assert([1, 4, 9]);
}

#[test]
fn effects_that_feed_each_other_below_the_bound_settle_without_a_panic() {
    const LAST: u64 = 9_000;
    let (left, right, runs) = (bind(0_u64), bind(0_u64), Calls::new());
    let copy = |from: &Binding<u64>, to: &Binding<u64>| {
        let (to, runs) = (to.clone(), runs.clone());
        from.on_change(move |value| {
            runs.hit();
            if *value < LAST {
                to.set(value + 1);
            }
        })
    };
    let _there = copy(&left, &right);
    let _back = copy(&right, &left);
    left.set(1);
    assert_eq!((left.get(), right.get()), (LAST - 1, LAST));
    assert_eq!(runs.take().len(), usize::try_from(LAST).unwrap());
    // The bound is one of a flush: the next one starts anew.
    transaction(|| [left.set(0), right.set(0)]);
    runs.take();
    left.set(1);
    assert_eq!(runs.count(), usize::try_from(LAST).unwrap());
}

#[test]
fn an_effect_that_triggers_itself_is_stopped_after_exactly_so_many_runs() {
    let (source, runs) = (bind(0_u64), Arc::new(AtomicUsize::new(0)));
    let greedy = source.on_change({
        let (source, runs) = (source.clone(), Arc::clone(&runs));
        move |value| {
            runs.fetch_add(1, SeqCst);
            source.set(value + 1);
        }
    });
    let last = Arc::new(AtomicUsize::new(0));
    let _aside = source.on_change({
        let last = Arc::clone(&last);
        move |value| last.store(usize::try_from(*value).unwrap(), SeqCst)
    });
    for turn in 1..3 {
        let start = 1_000_000 * turn;
        let text = text_of(|| source.set(start as u64));
        assert!(text.contains("10000") && text.contains("faults.rs"), "{text}");
        assert_eq!(runs.load(SeqCst), 10_000 * turn);
        assert_eq!(source.get(), start as u64 + 10_000);
        assert_eq!(last.load(SeqCst), start + 10_000, "who stands aside is told of the last");
    }
    drop(greedy);
    source.set(7);
    assert_eq!((source.get(), last.load(SeqCst)), (7, 7));
}
