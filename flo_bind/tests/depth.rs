//! Depth and width: nothing of ours recurses, so graphs of any size are built, read cold, updated and
//! dropped on a stack of 2 MiB, and dropped on another thread than the one that made them.
//!
//! The sizes are those that a debug build can afford in time and memory: raise them to a million where the
//! engine is fast enough. A first evaluation recurses through the users' closures, on a stack that is grown.
//!
//! One at a time, in a process of their own: a running snapshot of another may put off a drop, and the
//! largest take a gigabyte.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Binding, BoundExt, Computed, ListBinding, bind, computed, computed_from, effect, transaction,
};
use flo_core::Subscription;

/// Computeds in a chain, of which each is run a few times.
const DEEP: usize = 400_000;
/// Computeds in a chain that is built and dropped without a run.
const NEVER_RUN: usize = 1_000_000;
/// The same, below the staged writes of a transaction.
const DEEP_STAGED: usize = 100_000;
/// Derived lists in a chain.
const LISTS: usize = 20_000;
/// Computeds over one binding.
const WIDE: usize = 300_000;
/// New dependencies in one run.
const NEW: usize = 10_000;
/// Effects of which each writes what the next one reads.
const EFFECTS: usize = 50_000;

/// Runs `f` on a stack of 2 MiB.
fn on_a_small_stack<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap()
}

/// Makes something on one thread with a small stack, and drops it on another: nothing is left of what it
/// has counted.
fn made_here_dropped_there<R: Send + 'static>(make: impl FnOnce(Arc<()>) -> R + Send + 'static) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let counted = Arc::new(());
    let made = on_a_small_stack({
        let counted = Arc::clone(&counted);
        move || make(counted)
    });
    assert!(Arc::strong_count(&counted) > 1, "it is counted");
    on_a_small_stack(move || drop(made));
    assert_eq!(Arc::strong_count(&counted), 1, "everything is freed at once");
}

/// The last of a chain of `length` computeds over `source`, each adding one to the one before.
fn chain(source: &Binding<u64>, length: usize, counted: &Arc<()>) -> Computed<u64> {
    let first = source.map({
        let counted = Arc::clone(counted);
        move |value| {
            std::hint::black_box(&counted);
            value + 1
        }
    });
    (1..length).fold(first, |last, _| last.map(|value| value + 1))
}

/// The same, each level adding the source as well.
fn ladder(source: &Binding<u64>, length: usize, counted: &Arc<()>) -> Computed<u64> {
    let source = source.read_only();
    let first = computed({
        let (source, counted) = (source.clone(), Arc::clone(counted));
        move || {
            std::hint::black_box(&counted);
            source.get()
        }
    });
    (1..length).fold(first, |last, _| {
        computed_from((&last, &source), |(last, source)| last.wrapping_add(*source))
    })
}

#[test]
fn a_chain_is_read_cold_updated_and_dropped() {
    made_here_dropped_there(|counted| {
        let source = bind(0);
        let last = chain(&source, DEEP, &counted);
        assert_eq!(last.get(), DEEP as u64);
        source.set(1);
        assert_eq!(last.get(), DEEP as u64 + 1);
        (source, last)
    });
}

#[test]
fn a_chain_that_is_live_is_updated_by_the_writer() {
    made_here_dropped_there(|counted| {
        let (source, seen) = (bind(0), Arc::new(Mutex::new(Vec::new())));
        let last = chain(&source, DEEP / 2, &counted);
        let watching = last.on_change({
            let seen = Arc::clone(&seen);
            move |value| seen.lock().unwrap().push(*value)
        });
        source.set(1);
        assert_eq!(*seen.lock().unwrap(), [DEEP as u64 / 2 + 1]);
        // The subscription alone keeps the chain.
        drop(last);
        source.set(2);
        assert_eq!(seen.lock().unwrap().len(), 2);
        (watching, source)
    });
}

#[test]
fn a_chain_of_which_every_level_reads_the_source_too() {
    made_here_dropped_there(|counted| {
        let source = bind(0);
        let last = ladder(&source, DEEP, &counted);
        assert_eq!(last.get(), 0);
        source.set(1);
        assert_eq!(last.get(), DEEP as u64);
        (source, last)
    });
}

#[test]
fn a_chain_that_never_ran_is_dropped() {
    made_here_dropped_there(|counted| {
        let source = bind(0);
        let last = ladder(&source, NEVER_RUN, &counted);
        drop(source);
        last
    });
}

#[test]
fn chains_are_read_below_the_staged_writes_of_a_transaction() {
    made_here_dropped_there(|counted| {
        let source = bind(0);
        let (cold, warm) =
            (chain(&source, DEEP_STAGED, &counted), ladder(&source, DEEP_STAGED, &counted));
        warm.get();
        let length = DEEP_STAGED as u64;
        transaction(|| {
            source.set(5);
            assert_eq!((cold.get(), warm.get()), (length + 5, 5 * length));
        });
        assert_eq!((cold.get(), warm.get()), (length + 5, 5 * length));
        (cold, warm)
    });
}

#[test]
fn dependents_of_one_binding_are_read_updated_and_dropped() {
    made_here_dropped_there(|counted| {
        let source = bind(0_u64);
        let wide: Vec<_> = (0..WIDE as u64)
            .map(|at| {
                let counted = Arc::clone(&counted);
                source.map(move |value| {
                    std::hint::black_box(&counted);
                    value + at
                })
            })
            .collect();
        for value in 0..2 {
            source.set(value);
            assert_eq!(wide.iter().map(BoundExt::get).max(), Some(WIDE as u64 - 1 + value));
        }
        (source, wide)
    });
}

#[test]
fn one_computed_over_many_that_are_each_many_is_read_updated_and_dropped() {
    made_here_dropped_there(|counted| {
        let sources: Vec<_> = (0..NEW as u64).map(bind).collect();
        let which = bind(0_usize);
        let sum = computed({
            let (sources, which) = (sources.clone(), which.clone());
            move || {
                std::hint::black_box(&counted);
                // None of those of the last run is read again.
                let half = which.get() * NEW / 2;
                sources[half..half + NEW / 2].iter().map(BoundExt::get).sum::<u64>()
            }
        });
        let sum_of = |from: u64, to: u64| (from..to).sum::<u64>();
        let half = NEW as u64 / 2;
        for _ in 0..3 {
            assert_eq!(sum.get(), sum_of(0, half));
            which.set(1);
            assert_eq!(sum.get(), sum_of(half, NEW as u64));
            which.set(0);
        }
        (sources, sum)
    });
}

#[test]
fn effects_of_which_each_writes_what_the_next_one_reads_run_once_each() {
    made_here_dropped_there(|counted| {
        let runs = Arc::new(AtomicUsize::new(0));
        let cells: Vec<Binding<u64>> = (0..=EFFECTS).map(|_| bind(0)).collect();
        let effects: Vec<Subscription> = cells
            .windows(2)
            .map(|pair| {
                let (from, to) = (pair[0].clone(), pair[1].clone());
                let (runs, counted) = (Arc::clone(&runs), Arc::clone(&counted));
                from.on_change(move |value| {
                    std::hint::black_box(&counted);
                    runs.fetch_add(1, Relaxed);
                    to.set(value + 1);
                })
            })
            .collect();
        cells[0].set(1);
        assert_eq!((cells[EFFECTS].get(), runs.load(Relaxed)), (EFFECTS as u64 + 1, EFFECTS));
        (cells, effects)
    });
}

#[test]
fn effects_that_are_each_made_by_the_one_before_are_run_and_dropped() {
    // Each holds the next, as an owner holds what it owns.
    fn nest(
        depth: usize,
        source: &Binding<u64>,
        counted: &Arc<()>,
        runs: &Arc<AtomicUsize>,
    ) -> Subscription {
        let (source, counted, runs) = (source.clone(), Arc::clone(counted), Arc::clone(runs));
        let mut inner = None;
        effect(move || {
            std::hint::black_box((&counted, &inner));
            source.get();
            runs.fetch_add(1, Relaxed);
            if depth > 0 {
                inner = Some(nest(depth - 1, &source, &counted, &runs));
            }
        })
    }
    const NESTED: usize = 2_000;
    made_here_dropped_there(|counted| {
        let (source, runs) = (bind(0), Arc::new(AtomicUsize::new(0)));
        let outer = nest(NESTED, &source, &counted, &runs);
        assert_eq!(runs.load(Relaxed), NESTED + 1);
        (source, outer)
    });
}

#[test]
fn values_that_hold_the_bindings_below_them_are_dropped() {
    // A list of bindings, each the value's own last handle: dropping the head drops them all.
    #[derive(Clone)]
    struct Link(
        #[expect(dead_code, reason = "held for its drop")] Option<Binding<Link>>,
        #[expect(dead_code, reason = "counted")] Arc<()>,
    );
    impl PartialEq for Link {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    made_here_dropped_there(|counted| {
        (0..NEVER_RUN / 10).fold(bind(Link(None, Arc::clone(&counted))), |next, _| {
            bind(Link(Some(next), Arc::clone(&counted)))
        })
    });
}

#[test]
fn a_panic_at_the_bottom_reaches_the_top_of_a_chain_and_heals() {
    made_here_dropped_there(|counted| {
        const LENGTH: usize = 5_000;
        let source = bind(1_u64);
        let bottom = source.map(|value| {
            assert!(*value != 0, "at the bottom");
            *value
        });
        let guarded = bottom.map({
            let counted = Arc::clone(&counted);
            move |value| {
                std::hint::black_box(&counted);
                *value
            }
        });
        let last = (0..LENGTH).fold(guarded, |last, _| last.map(|value| value + 1));
        let read = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| last.get())).ok();
        assert_eq!(read(), Some(LENGTH as u64 + 1));
        source.set(0);
        assert_eq!(read(), None);
        source.set(1);
        assert_eq!(read(), Some(LENGTH as u64 + 1));
        (source, last)
    });
}

#[test]
fn a_chain_of_derived_lists_is_computed_edited_and_dropped() {
    made_here_dropped_there(|counted| {
        let source: ListBinding<Arc<()>> = (0..3).map(|_| Arc::clone(&counted)).collect();
        let mut last = source.read_only();
        for _ in 0..LISTS {
            last = last.map(Arc::clone);
        }
        assert_eq!(last.len(), 3);
        source.push(counted);
        assert_eq!(last.len(), 4);
        transaction(|| {
            source.clear();
            assert_eq!(last.len(), 0);
        });
        source.extend([Arc::new(()), Arc::new(())]);
        assert_eq!(last.len(), 2);
        source.push(Arc::clone(&source.snapshot()[0]));
        (source, last)
    });
}
