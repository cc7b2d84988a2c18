//! A panic in what belongs to a value: its comparison, its clone, its drop; and in the drop of what a
//! closure has captured.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use flo_bind::{
    Bound, BoundExt, bind, computed, effect, on_cleanup, snapshot, transaction, try_transaction,
};
use flo_test::Calls;
use futures::{FutureExt, StreamExt};

use crate::{Fails, Fragile, beside, text_of};

#[test]
fn in_an_equality_of_a_binding() {
    beside(|trigger, token| {
        let good = |number| Fragile::new(number, Fails::Never, token);
        let bad = |number| Fragile::new(number, Fails::Compared, token);
        let source = bind(good(0));
        let seen = Calls::new();
        let _watching = source.on_change({
            let seen = seen.clone();
            move |value| seen.record(value.number)
        });
        assert_eq!(text_of(|| source.set(bad(1))), "compared");
        assert_eq!(text_of(|| source.replace(bad(1))), "compared");
        let worse = bad(2);
        assert_eq!(text_of(|| source.update(move |value| *value = worse.clone())), "compared");
        let text = text_of(|| {
            transaction(|| {
                trigger.set(7);
                source.set(bad(1));
                assert_eq!(source.with(|value| value.number), 1);
            });
        });
        assert_eq!((text.as_str(), trigger.get()), ("compared", 0), "nothing was committed");
        let text = text_of(|| snapshot(|| [trigger.set(7), source.set(bad(1))]));
        assert_eq!((text.as_str(), trigger.get()), ("compared", 0), "nothing was committed");
        assert_eq!(source.with(|value| value.number), 0);
        source.set(good(1));
        seen.assert([1]);
    });
}

#[test]
fn in_an_equality_of_a_computed_that_is_idle_or_live() {
    for is_live in [false, true] {
        beside(|trigger, token| {
            let made = trigger.map({
                let token = Arc::clone(token);
                move |value| {
                    let fails = if *value == 1 { Fails::Compared } else { Fails::Never };
                    Fragile::new(*value, fails, &token)
                }
            });
            let number = made.map(|made| made.number);
            assert_eq!(number.get(), 0);
            let watching = is_live.then(|| number.on_change(|_| {}));
            if is_live {
                assert_eq!(text_of(|| trigger.set(1)), "compared");
            } else {
                trigger.set(1);
                assert_eq!(text_of(|| number.get()), "compared");
            }
            assert!(text_of(|| number.get()).contains("compared"));
            trigger.set(2);
            assert_eq!(number.get(), 2);
            drop(watching);
        });
    }
}

#[test]
fn in_a_clone() {
    beside(|trigger, token| {
        let source = bind(Fragile::new(0, Fails::Cloned, token));
        let mut follow = source.follow();
        assert_eq!(text_of(|| source.get()), "cloned");
        assert_eq!(text_of(|| source.update(|value| value.number += 1)), "cloned");
        assert_eq!(text_of(|| follow.next().now_or_never()), "cloned");
        assert_eq!(
            text_of(|| source.wait_for(|value| value.clone() == *value).now_or_never()),
            "cloned"
        );
        let text = text_of(|| {
            transaction(|| {
                trigger.set(7);
                source.update(|value| value.number += 1);
            });
        });
        assert_eq!((text.as_str(), trigger.get()), ("cloned", 0));
        let copy = source.map(Clone::clone);
        assert_eq!(text_of(|| copy.with(|copy| copy.number)), "cloned");
        assert_eq!(source.with(|value| value.number), 0);
        // Lent out, so that what is replaced must be cloned; by then the new value is set.
        let lent = source.read();
        assert_eq!(text_of(|| source.replace(Fragile::new(1, Fails::Never, token))), "cloned");
        drop(lent);
        assert_eq!((source.get().number, copy.get().number), (1, 1));
        assert_eq!(follow.next().now_or_never().flatten().map(|value| value.number), Some(1));
    });
}

#[test]
fn in_the_drop_of_a_value_that_is_replaced() {
    beside(|trigger, token| {
        let value = |number, fails| Fragile::new(number, fails, token);
        let source = bind(value(0, Fails::Dropped));
        let seen = Calls::new();
        let _watching = source.with(|_| source.map(|value| value.number)).on_change({
            let seen = seen.clone();
            move |number| seen.record(*number)
        });
        assert_eq!(text_of(|| source.set(value(1, Fails::Dropped))), "dropped");
        let text = text_of(|| {
            transaction(|| {
                trigger.set(5);
                source.set(value(2, Fails::Dropped));
            });
        });
        assert_eq!((text.as_str(), trigger.get()), ("dropped", 5));
        seen.assert([1, 2]);
        assert_eq!(text_of(|| source.set(value(3, Fails::Never))), "dropped");
        seen.assert([3]);
    });
}

#[test]
fn in_the_drop_of_a_value_that_was_equal() {
    beside(|trigger, _| {
        // Its values are not counted: where the last owner of a value panics in its drop while it returns
        // another, the compiler forgets that other one.
        let value = |number, fails| Fragile::new(number, fails, &Arc::default());
        let source = bind(value(0, Fails::Never));
        let seen = Calls::new();
        let _watching = source.on_change({
            let seen = seen.clone();
            move |value| seen.record(value.number)
        });
        assert_eq!(text_of(|| source.set(value(0, Fails::Dropped))), "dropped");
        let text = text_of(|| {
            transaction(|| {
                trigger.set(5);
                source.set(value(0, Fails::Dropped));
            });
        });
        assert_eq!((text.as_str(), trigger.get()), ("dropped", 5), "the rest is committed");
        seen.assert_count(0);
        source.set(value(1, Fails::Never));
        seen.assert([1]);
    });
}

#[test]
fn in_the_drop_of_the_last_handle_of_a_value_or_a_closure() {
    beside(|trigger, token| {
        let bomb = || Fragile::new(0, Fails::Dropped, token);
        // The second node is held by the first one's closure, and goes with it all the same.
        let holder = trigger.map({
            let (bomb, held) = (bomb(), bind(Fragile::new(1, Fails::Never, token)));
            move |value| {
                std::hint::black_box(&bomb);
                value + held.with(|held| held.number)
            }
        });
        assert_eq!(holder.get(), 1);
        assert_eq!(text_of(|| drop(holder)), "dropped");
        let callback = trigger.on_change({
            let bomb = bomb();
            move |value| {
                std::hint::black_box((&bomb, value));
            }
        });
        trigger.set(1);
        assert_eq!(text_of(|| drop(callback)), "dropped");
        let source = bind(bomb());
        let below = source.map(|value| value.number);
        assert_eq!(below.get(), 0);
        drop(source);
        assert_eq!(text_of(|| drop(below)), "dropped");
    });
}

#[test]
fn in_the_drop_of_an_effect_that_is_ended_while_it_runs() {
    beside(|trigger, token| {
        let slot: Arc<Mutex<Option<flo_core::Subscription>>> = Arc::default();
        let subscription = trigger.on_change({
            let (slot, bomb) = (Arc::clone(&slot), Fragile::new(0, Fails::Dropped, token));
            move |value| {
                std::hint::black_box((&bomb, value));
                drop(slot.lock().unwrap().take());
            }
        });
        *slot.lock().unwrap() = Some(subscription);
        assert_eq!(text_of(|| trigger.set(1)), "dropped");
        trigger.set(2);
    });
}

#[test]
fn in_the_drop_of_what_an_effect_captured_after_its_cleanup_has_panicked() {
    beside(|trigger, token| {
        let subscription = effect({
            let (trigger, bomb) = (trigger.clone(), Fragile::new(0, Fails::Dropped, token));
            move || {
                std::hint::black_box((&bomb, trigger.get()));
                on_cleanup(|| panic!("cleaned up"));
            }
        });
        // The first of the two is told, and the second is no abort.
        assert_eq!(text_of(|| drop(subscription)), "cleaned up");
    });
}

#[test]
fn in_the_drop_of_a_staged_value_that_is_replaced_it_is_all_or_nothing() {
    beside(|trigger, token| {
        let source = bind(Fragile::new(0, Fails::Never, token));
        let caught = catch_unwind(AssertUnwindSafe(|| {
            transaction(|| {
                trigger.set(5);
                source.set(Fragile::new(1, Fails::Dropped, token));
                source.set(Fragile::new(2, Fails::Never, token));
            });
        }));
        assert!(caught.is_err());
        let found = snapshot(|| (trigger.get(), source.with(|value| value.number)));
        assert!([(0, 0), (5, 2)].contains(&found), "{found:?}");
        source.set(Fragile::new(3, Fails::Never, token));
        assert_eq!(source.with(|value| value.number), 3);
    });
}

#[test]
fn in_the_drops_of_all_that_a_transaction_gives_up_each_of_them_goes() {
    beside(|_, token| {
        let bomb = || Fragile::new(1, Fails::Dropped, token);
        let sources = [0, 0].map(|number| bind(Fragile::new(number, Fails::Never, token)));
        let counts = [bind(0), bind(0)];
        let stage = || {
            for source in &sources {
                source.set(bomb());
            }
            for count in &counts {
                let held = bomb();
                count.update(move |count| *count += std::hint::black_box(&held).number);
            }
        };
        let rolled_back = || {
            try_transaction(|| {
                stage();
                Err::<(), ()>(())
            })
        };
        assert_eq!(text_of(rolled_back), "dropped");
        let panicked = || {
            transaction(|| {
                stage();
                panic!("the body");
            });
        };
        assert_eq!(text_of(panicked), "the body");
        // What is passed on is the first panic, and no later use of the thread meets the others.
        assert!(sources.iter().all(|source| source.with(|value| value.number) == 0));
        assert!(counts.iter().all(|count| count.get() == 0));
    });
}

#[test]
fn in_the_drops_of_all_that_was_saved_or_computed_for_one_reader_each_of_them_goes() {
    beside(|trigger, token| {
        let fragile = |fails| Fragile::new(0, fails, token);
        let sources = [(); 3].map(|()| bind(fragile(Fails::Dropped)));
        let all = computed({
            let sources = sources.clone();
            move || sources.iter().map(|source| source.with(|value| value.number)).sum::<i32>()
        });
        assert_eq!(all.get(), 0);
        let replaced_meanwhile = || {
            snapshot(|| {
                sources[0].with(|_| ());
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        for source in &sources {
                            source.set_always(fragile(Fails::Never));
                        }
                    });
                });
            });
        };
        assert_eq!(text_of(replaced_meanwhile), "dropped");
        let made = [(); 3].map(|()| {
            let token = Arc::clone(token);
            trigger.map(move |value| {
                let fails = if *value == 5 { Fails::Dropped } else { Fails::Never };
                Fragile::new(*value, fails, &token)
            })
        });
        let below_what_is_staged = || {
            try_transaction(|| {
                trigger.set(5);
                for one in &made {
                    one.with(|_| ());
                }
                Err::<(), ()>(())
            })
        };
        assert_eq!(text_of(below_what_is_staged), "dropped");
    });
}
