//! A panic in a closure: of a computed, an effect, a callback, an update, a fold; and with a payload that
//! panics again.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, Ended, bind, bind_stream_driver, computed, effect, snapshot, transaction,
};
use flo_test::Calls;
use futures::{executor::block_on, stream};

use crate::{beside, text_of};

#[test]
fn in_a_compute_that_is_idle_or_live() {
    for is_live in [false, true] {
        beside(|trigger, token| {
            let (runs, token) = (Calls::new(), Arc::clone(token));
            let bad = trigger.map({
                let runs = runs.clone();
                move |value| {
                    std::hint::black_box(&token);
                    runs.hit();
                    assert!(value % 2 == 0, "computed");
                    *value
                }
            });
            let below = bad.map(|value| value + 1);
            let watching = is_live.then(|| below.on_change(|_| {}));
            for odd in [1, 3] {
                if is_live {
                    assert_eq!(text_of(|| trigger.set(odd)), "computed");
                } else {
                    trigger.set(odd);
                    assert_eq!(text_of(|| below.get()), "computed");
                }
                assert!(text_of(|| below.get()).contains("computed"));
                assert!(text_of(|| bad.get()).contains("computed"));
                trigger.set(odd + 1);
                assert_eq!((below.get(), bad.get()), (odd + 2, odd + 1));
            }
            // Live ones ran at first as well.
            assert_eq!(runs.count(), 4 + usize::from(is_live));
            drop(watching);
        });
    }
}

#[test]
fn in_a_compute_that_another_thread_waits_for() {
    beside(|trigger, token| {
        let (barrier, first) = (Arc::new(Barrier::new(2)), AtomicBool::new(true));
        let bad = trigger.map({
            let (barrier, token) = (Arc::clone(&barrier), Arc::clone(token));
            move |value| -> i32 {
                std::hint::black_box(&token);
                if *value == 1 {
                    if first.swap(false, Relaxed) {
                        barrier.wait();
                    }
                    panic!("computed");
                }
                *value
            }
        });
        bad.get();
        trigger.set(1);
        thread::scope(|scope| {
            let readers = [(); 3].map(|()| scope.spawn(|| text_of(|| bad.get())));
            // Where a reader waits too long it computes for itself: only the first run is held up.
            barrier.wait();
            for reader in readers {
                assert!(reader.join().unwrap().contains("computed"));
            }
        });
        trigger.set(2);
        assert_eq!(bad.get(), 2);
    });
}

#[test]
fn in_the_first_run_of_an_effect() {
    beside(|trigger, token| {
        let make = || {
            let (trigger, token) = (trigger.clone(), Arc::clone(token));
            effect(move || {
                std::hint::black_box(&token);
                trigger.get();
                panic!("first run");
            })
        };
        assert_eq!(text_of(make), "first run");
        assert_eq!(Arc::strong_count(token), 1, "nobody has its subscription");
        trigger.set(1);
        // When the transaction is over: what that has written is there.
        assert_eq!(text_of(|| transaction(|| (trigger.set(2), make()))), "first run");
        assert_eq!(trigger.get(), 2);
        trigger.set(3);
    });
}

#[test]
fn in_a_later_run_of_an_effect_and_in_callbacks() {
    beside(|trigger, token| {
        let runs = Calls::new();
        let fail_at_odd = |name: &'static str| {
            let (runs, token) = (runs.clone(), Arc::clone(token));
            move |value: i32| {
                std::hint::black_box(&token);
                runs.record((name, value));
                assert!(value % 2 == 0, "{name}");
            }
        };
        let (run, call, tell) = (fail_at_odd("effect"), fail_at_odd("change"), fail_at_odd("told"));
        let (own, read) = (trigger.clone(), trigger.clone());
        let _subscriptions = [
            effect(move || run(own.get())),
            trigger.on_change(move |value| call(*value)),
            trigger.when_changed(move || tell(read.get())),
        ];
        runs.assert([("effect", 0)]);
        for value in 1..5 {
            if value % 2 == 0 {
                trigger.set(value);
            } else {
                assert_eq!(text_of(|| trigger.set(value)), "effect");
            }
            runs.assert([("effect", value), ("change", value), ("told", value)]);
            trigger.set(value);
            runs.assert_count(0);
        }
        let text = text_of(|| transaction(|| [trigger.set(6), trigger.set(7)]));
        assert_eq!((text.as_str(), trigger.get()), ("effect", 7), "the transaction stands");
        runs.assert([("effect", 7), ("change", 7), ("told", 7)]);
        trigger.set(8);
    });
}

#[test]
fn in_an_update_at_once_put_off_staged_or_applied_again() {
    beside(|trigger, token| {
        let (source, tries) = (bind(0), Calls::new());
        let fail_above = |limit: i32| {
            let (tries, token) = (tries.clone(), Arc::clone(token));
            move |value: &mut i32| {
                std::hint::black_box(&token);
                tries.record(*value);
                assert!(*value <= limit, "updated");
                *value += 1;
            }
        };
        assert_eq!(text_of(|| source.update(fail_above(-1))), "updated");
        let in_both = || (trigger.set(9), source.update(fail_above(-1)));
        assert_eq!(text_of(|| transaction(in_both)), "updated");
        assert_eq!(text_of(|| snapshot(in_both)), "updated");
        assert_eq!((source.get(), trigger.get()), (0, 0));
        tries.assert([0, 0, 0]);
        // Good at first; another thread's write then makes it be applied again, to a value that is too high.
        let text = text_of(|| {
            transaction(|| {
                trigger.set(9);
                source.update(fail_above(10));
                source.update(|value| *value += 1);
                assert_eq!(source.get(), 2);
                thread::scope(|scope| {
                    scope.spawn(|| source.set(11));
                });
            });
        });
        assert_eq!((text.as_str(), source.get(), trigger.get()), ("updated", 11, 0));
        tries.assert([0, 11]);
        source.update(fail_above(11));
        assert_eq!(source.get(), 12);
    });
}

#[test]
fn in_a_fold_and_in_what_its_commits_run() {
    beside(|trigger, token| {
        let counted = Arc::clone(token);
        let (state, driver) = bind_stream_driver(stream::iter(1..10), 0, move |state, item| {
            std::hint::black_box(&counted);
            *state += item;
            assert!(item < 3, "folded");
        });
        let kept = Arc::clone(token);
        let seen = Calls::new();
        let watching = state.on_change({
            let (seen, trigger) = (seen.clone(), trigger.clone());
            move |value| {
                std::hint::black_box(&kept);
                seen.record(*value);
                trigger.set(*value);
                panic!("an effect's panic, which goes no further than the driver");
            }
        });
        block_on(driver);
        assert_eq!((state.get(), trigger.get()), (6, 6), "as the fold left it");
        assert_eq!(state.ended(), Some(Ended::Panicked("folded".into())));
        seen.assert([6]);
        drop((watching, state));
    });
}

/// A payload whose own drop panics.
struct Bomb(#[expect(dead_code, reason = "counted")] Arc<()>);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a payload's drop");
    }
}

/// Catches the panic of `f` and keeps its payload from exploding; whether there was one.
fn defused<R>(f: impl FnOnce() -> R) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { return false };
    if let Ok(bomb) = payload.downcast::<Bomb>() {
        drop(catch_unwind(AssertUnwindSafe(|| drop(bomb))));
    }
    true
}

#[test]
fn with_a_payload_whose_own_drop_panics() {
    beside(|trigger, token| {
        let bad = trigger.map({
            let token = Arc::clone(token);
            move |value| {
                if value % 2 == 1 {
                    panic_any(Bomb(Arc::clone(&token)));
                }
                *value
            }
        });
        // Read by nobody that takes it, so it is dropped when the next value comes.
        let ignoring = bad.when_changed(|| {});
        let live = computed({
            let (bad, trigger) = (bad.clone(), trigger.clone());
            move || {
                let failed = defused(|| bad.get());
                (trigger.get(), failed)
            }
        });
        let seen = Calls::new();
        let watching = live.on_change({
            let seen = seen.clone();
            move |value| seen.record(*value)
        });
        for value in 1..5 {
            trigger.set(value);
            assert_eq!(live.get(), (value, value % 2 == 1));
        }
        seen.assert([(1, true), (2, false), (3, true), (4, false)]);
        drop((watching, live));
        // By nobody at all, and then everything goes.
        trigger.set(5);
        assert!(defused(|| bad.get()));
        trigger.set(7);
        drop((ignoring, bad));
        let ending = trigger.on_change({
            let token = Arc::clone(token);
            move |_| panic_any(Bomb(Arc::clone(&token)))
        });
        assert!(defused(|| trigger.set(8)));
        assert!(defused(|| transaction(|| trigger.set(9))));
        drop(ending);
        assert!(defused(|| transaction(|| panic_any(Bomb(Arc::clone(token))))));
        assert!(defused(|| snapshot(|| panic_any(Bomb(Arc::clone(token))))));
    });
}

#[test]
fn with_such_a_payload_that_nobody_takes() {
    beside(|trigger, token| {
        let bad = trigger.map({
            let token = Arc::clone(token);
            move |value| {
                if value % 2 == 1 {
                    panic_any(Bomb(Arc::clone(&token)));
                }
                *value
            }
        });
        // To tell whether it must run, `bad` is computed; its run then does not read it.
        let reads = Arc::new(AtomicBool::new(true));
        let make = || {
            let (bad, reads) = (bad.clone(), Arc::clone(&reads));
            effect(move || {
                if reads.load(Relaxed) {
                    bad.get();
                }
            })
        };
        for odd in [1, 3] {
            reads.store(true, Relaxed);
            let watching = make();
            reads.store(false, Relaxed);
            trigger.set(odd);
            trigger.set(odd + 1);
            // The engine drops the payload here, and passes its panic on when all is done.
            let _told = defused(|| bad.get());
            assert_eq!(bad.get(), odd + 1);
            drop(watching);
        }
        reads.store(true, Relaxed);
        let watching = make();
        reads.store(false, Relaxed);
        trigger.set(5);
        drop(watching);
        let _told = defused(|| drop(bad));
        trigger.set(6);
    });
}
