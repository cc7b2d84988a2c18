//! Dropping the last handle frees everything, at once, whatever the shape and the depth (promise 5).
//!
//! These tests look at the moment when values are dropped, and a running snapshot of any thread may put
//! that off. So they run one at a time, in a process of their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed},
};

use flo_bind::{Binding, BoundExt, Computed, bind, computed, effect, snapshot, transaction};
use flo_core::Subscription;

/// Only one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs `f` on a stack of 2 MiB.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(f).unwrap().join().unwrap();
}

/// The text of the panic of `f`.
fn text_of<R>(f: impl FnOnce() -> R) -> &'static str {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    let payload = caught.err().expect("it should have panicked");
    payload.downcast_ref::<&'static str>().expect("a literal text")
}

/// A chain of computeds over `source`, each reading the one before.
fn chain(source: &Binding<u64>, length: usize) -> Vec<Computed<u64>> {
    let mut links = vec![source.map(|value| value + 1)];
    while links.len() < length {
        let next = links[links.len() - 1].map(|value| value + 1);
        links.push(next);
    }
    links
}

const DEEP: usize = 200_000;

#[test]
fn a_deep_chain_is_evaluated_cold_updated_and_dropped() {
    let _alone = alone();
    on_a_small_stack(|| {
        let source = bind(0);
        let mut links = chain(&source, DEEP);
        let last = links.pop().unwrap();
        drop(links);
        assert_eq!(last.get(), DEEP as u64);
        source.set(1);
        assert_eq!(last.get(), DEEP as u64 + 1);
        let seen = last.on_change(|_| {});
        source.set(2);
        drop(seen);
        drop(last);
    });
}

#[test]
fn a_deep_chain_that_never_ran_is_dropped() {
    let _alone = alone();
    on_a_small_stack(|| {
        let source = bind(0);
        let last = chain(&source, DEEP).pop().unwrap();
        drop(source);
        drop(last);
    });
}

#[test]
fn a_deep_chain_is_read_below_staged_writes() {
    let _alone = alone();
    on_a_small_stack(|| {
        let source = bind(0);
        let [cold, warm] = [0, 0].map(|_| chain(&source, 20_000).pop().unwrap());
        assert_eq!(warm.get(), 20_000);
        transaction(|| {
            source.set(5);
            assert_eq!((cold.get(), warm.get()), (20_005, 20_005));
        });
        assert_eq!((cold.get(), warm.get()), (20_005, 20_005));
    });
}

#[test]
fn many_dependents_of_one_binding() {
    let _alone = alone();
    let source = bind(0_u64);
    let wide: Vec<_> = (0..100_000).map(|at| source.map(move |value| value + at)).collect();
    assert_eq!(wide.iter().map(BoundExt::get).max(), Some(99_999));
    source.set(1);
    assert_eq!(wide.iter().map(BoundExt::get).max(), Some(100_000));
}

#[test]
fn values_closures_and_nodes_go_with_the_last_handle() {
    let _alone = alone();
    let token = Arc::new(());
    let capture = |token: &Arc<()>| Arc::clone(token);
    {
        #[derive(Clone)]
        struct Holds(#[expect(dead_code, reason = "counted")] Arc<()>, u32);
        impl PartialEq for Holds {
            fn eq(&self, other: &Self) -> bool {
                self.1 == other.1
            }
        }
        let source = bind(Holds(capture(&token), 0));
        let left = source.map(Holds::clone);
        let right = source.map({
            let kept = capture(&token);
            move |value| (value.1, Arc::strong_count(&kept) > 0)
        });
        let both = computed({
            let (left, right, kept) = (left.clone(), right.clone(), capture(&token));
            move || {
                std::hint::black_box(&kept);
                left.with(|left| left.1) + right.get().0
            }
        });
        let _watching = effect({
            let (both, kept) = (both.clone(), capture(&token));
            move || {
                std::hint::black_box(&kept);
                both.get();
            }
        });
        let _follow = both.follow();
        source.set(Holds(capture(&token), 1));
        transaction(|| {
            source.set(Holds(capture(&token), 2));
            assert_eq!(both.get(), 4);
        });
        assert!(Arc::strong_count(&token) > 4);
    }
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_replaced_value_is_freed_at_once() {
    let _alone = alone();
    let token = Arc::new(());
    let source = bind(Some(Arc::clone(&token)));
    let mapped = source.map(Clone::clone);
    assert!(mapped.get().is_some());
    source.set(None);
    assert!(mapped.get().is_none());
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_detached_subscription_goes_on_and_goes_with_its_last_source() {
    let _alone = alone();
    let token = Arc::new(());
    let runs = Arc::new(AtomicUsize::new(0));
    let source = bind(0);
    let doubled = source.map(|value| value * 2);
    doubled
        .on_change({
            let (runs, kept) = (Arc::clone(&runs), Arc::clone(&token));
            move |_| {
                std::hint::black_box(&kept);
                runs.fetch_add(1, Relaxed);
            }
        })
        .detach();
    source
        .when_changed({
            let kept = Arc::clone(&token);
            move || drop(Arc::clone(&kept))
        })
        .detach();
    drop(doubled);
    source.set(1);
    assert_eq!((runs.load(Relaxed), Arc::strong_count(&token)), (1, 3));
    drop(source);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_detached_effect_that_reads_nothing_goes_at_once() {
    let _alone = alone();
    let token = Arc::new(());
    let kept = Arc::clone(&token);
    effect(move || drop(Arc::clone(&kept))).detach();
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn an_effect_that_is_ended_while_it_runs_is_freed_when_the_run_is_over() {
    let _alone = alone();
    let token = Arc::new(());
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let source = bind(0);
    let subscription = source.on_change({
        let (slot, kept) = (Arc::clone(&slot), Arc::clone(&token));
        move |_| {
            drop(slot.lock().unwrap().take());
            assert_eq!(Arc::strong_count(&kept), 2);
        }
    });
    *slot.lock().unwrap() = Some(subscription);
    source.set(1);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn handles_may_go_in_a_thread_local_of_a_thread_that_ends() {
    let _alone = alone();
    thread_local! {
        static KEPT: std::cell::RefCell<Option<(Binding<u64>, Computed<u64>)>> =
            const { std::cell::RefCell::new(None) };
    }
    let reader = std::thread::spawn(|| {
        // Initialized before anything of ours, so dropped after it.
        KEPT.with(|kept| assert!(kept.borrow().is_none()));
        let source = bind(0);
        let last = chain(&source, 1_000).pop().unwrap();
        last.get();
        let reader = source.read_only();
        KEPT.with(|kept| *kept.borrow_mut() = Some((source, last)));
        reader
    })
    .join()
    .unwrap();
    assert!(reader.is_ended());
}

#[test]
fn a_panic_in_a_drop_comes_when_the_work_is_whole() {
    let _alone = alone();
    struct Bomb(bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0, "dropped");
        }
    }
    impl PartialEq for Bomb {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    let (source, ran) = (bind(Bomb(true)), Arc::new(AtomicUsize::new(0)));
    let _watching = source.on_change({
        let ran = Arc::clone(&ran);
        move |_| {
            ran.fetch_add(1, Relaxed);
        }
    });
    assert_eq!(text_of(|| source.set(Bomb(false))), "dropped");
    assert_eq!(ran.load(Relaxed), 1, "the effects had run");
    source.set(Bomb(false));
    assert_eq!(ran.load(Relaxed), 2);

    let number = bind(0);
    let made = number.map(|number| (*number, Bomb(*number == 0)));
    assert_eq!(made.with(|made| made.0), 0);
    number.set(1);
    assert_eq!(text_of(|| made.with(|made| made.0)), "dropped");
    assert_eq!(made.with(|made| made.0), 1);
}

#[test]
fn a_drop_of_a_value_may_read_write_subscribe_and_drop() {
    struct Drops(Binding<i32>);
    impl Drop for Drops {
        fn drop(&mut self) {
            let doubled = self.0.map(|value| value * 2);
            let seen = doubled.on_change(|_| {});
            transaction(|| self.0.update(|value| *value += 1));
            drop((doubled.get(), seen, self.0.follow()));
        }
    }
    impl PartialEq for Drops {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    let _alone = alone();
    let other = bind(0);
    let holder = bind(Drops(other.clone()));
    let mapped = holder.map({
        let other = other.clone();
        move |_| Drops(other.clone())
    });
    mapped.with(|_| {});
    holder.set(Drops(other.clone()));
    assert_eq!(other.get(), 1);
    mapped.with(|_| {});
    assert_eq!(other.get(), 2);
    transaction(|| {
        holder.set(Drops(other.clone()));
        holder.set(Drops(other.clone()));
    });
    assert_eq!(other.get(), 4);
    drop((holder, mapped));
    assert_eq!(other.get(), 6);
}

#[test]
fn a_drop_at_the_end_of_a_snapshot_reads_the_present() {
    let _alone = alone();
    struct OnDrop(Box<dyn Fn() + Send + Sync>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    #[derive(Clone)]
    struct Unequal(#[expect(dead_code, reason = "held for its drop")] Arc<OnDrop>);
    impl PartialEq for Unequal {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    let source = bind(1);
    let tenfold = source.map(|value| value * 10);
    assert_eq!(tenfold.get(), 10);
    let seen = Arc::new(AtomicI32::new(0));
    let reads = OnDrop(Box::new({
        let (tenfold, seen) = (tenfold.clone(), Arc::clone(&seen));
        move || seen.store(tenfold.get(), Relaxed)
    }));
    let noisy = bind(Unequal(Arc::new(reads)));
    let over = computed({
        let noisy = noisy.clone();
        move || noisy.with(|_| 1)
    });
    assert_eq!(over.get(), 1);
    snapshot(|| {
        assert_eq!((tenfold.get(), over.get()), (10, 1));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                source.set(2);
                noisy.set(Unequal(Arc::new(OnDrop(Box::new(|| {})))));
            });
        });
        assert_eq!(
            (seen.load(Relaxed), tenfold.get()),
            (0, 10),
            "the snapshot keeps what it reads"
        );
    });
    assert_eq!((seen.load(Relaxed), tenfold.get()), (20, 20));
}

#[test]
fn a_long_chain_of_subscriptions_that_hold_each_other_is_dropped() {
    let _alone = alone();
    on_a_small_stack(|| {
        let source = bind(0);
        let chained = (0..100_000).fold(None, |inner: Option<Subscription>, _| {
            let source = source.clone();
            Some(effect(move || {
                std::hint::black_box(&inner);
                source.get();
            }))
        });
        drop(chained);
        source.set(1);
    });
}

#[test]
fn a_long_chain_of_drops_that_end_each_other_and_wait_takes_no_more_stack_than_there_is() {
    struct EndsAndWaits(Option<Subscription>);

    impl Drop for EndsAndWaits {
        fn drop(&mut self) {
            if let Some(waited) = self.0.take() {
                waited.end_and_wait();
            }
        }
    }

    let _alone = alone();
    on_a_small_stack(|| {
        let held = Arc::new(());
        let chained = (0..DEEP / 10).fold(EndsAndWaits(None), |inner, _| {
            let captured = (inner, Arc::clone(&held));
            EndsAndWaits(Some(effect(move || {
                let _captured = &captured;
            })))
        });
        drop(chained);
        assert_eq!(Arc::strong_count(&held), 1);
    });
}

/// Effects inside each other, as deep as `depth`.
fn nest(depth: usize, held: &Arc<()>) -> Subscription {
    let held = Arc::clone(held);
    effect(move || {
        if depth > 0 {
            nest(depth - 1, &held).detach();
        }
    })
}

#[test]
fn effects_that_belong_to_each_other_in_a_deep_chain_end_with_the_outermost() {
    let _alone = alone();
    on_a_small_stack(|| {
        let held = Arc::new(());
        let outermost = nest(DEEP / 4, &held);
        assert_eq!(Arc::strong_count(&held), DEEP / 4 + 2);
        drop(outermost);
        assert_eq!(Arc::strong_count(&held), 1);
    });
}
