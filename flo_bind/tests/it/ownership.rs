//! What belongs to an effect, and when it ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier, Mutex},
};

use flo_bind::{Binding, BoundExt, bind, computed, effect, on_cleanup, transaction};
use flo_core::Subscription;
use flo_test::Calls;

type Log = Calls<String>;

/// An effect that logs `name` and the value of `source`.
fn showing(name: &'static str, source: &Binding<i32>, log: &Log) -> Subscription {
    let (source, log) = (source.clone(), log.clone());
    effect(move || log.record(format!("{name} {}", source.get())))
}

#[test]
fn a_detached_inner_effect_ends_when_the_outer_runs_again_or_ends() {
    let (outer_source, inner_source, log) = (bind(1), bind(10), Log::new());
    let outer = effect({
        let (outer, inner, log) = (outer_source.clone(), inner_source.clone(), log.clone());
        move || {
            if outer.get() < 3 {
                showing("inner", &inner, &log).detach();
            }
        }
    });
    log.assert(["inner 10"]);
    outer_source.set(2);
    log.assert(["inner 10"]);
    inner_source.set(11);
    log.assert(["inner 11"]);
    outer_source.set(3);
    inner_source.set(12);
    log.assert_count(0);
    outer_source.set(2);
    log.assert(["inner 12"]);
    drop(outer);
    inner_source.set(13);
    log.assert_count(0);
}

#[test]
fn an_inner_effect_whose_subscription_is_kept_elsewhere_ends_all_the_same() {
    let (outer_source, inner_source, log) = (bind(1), bind(10), Log::new());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let outer = effect({
        let (outer, inner, log) = (outer_source.clone(), inner_source.clone(), log.clone());
        let kept = Arc::clone(&kept);
        move || {
            outer.get();
            kept.lock().unwrap().push(showing("inner", &inner, &log));
        }
    });
    outer_source.set(2);
    log.take();
    inner_source.set(11);
    log.assert(["inner 11"]);
    drop(outer);
    inner_source.set(12);
    log.assert_count(0);
    drop(kept);
}

#[test]
fn a_dropped_inner_effect_ends_before_its_owner_would() {
    let (source, log) = (bind(1), Log::new());
    let held = Arc::new(());
    let _outer = effect({
        let (source, log, held) = (source.clone(), log.clone(), Arc::clone(&held));
        move || {
            let (log, held) = (log.clone(), Arc::clone(&held));
            let source = source.clone();
            drop(effect(move || {
                log.record(format!("inner {} {held:?}", source.get()));
            }));
        }
    });
    assert_eq!(Arc::strong_count(&held), 2, "the outer one has the other");
    source.set(2);
    log.assert_count(0);
}

#[test]
fn callbacks_made_inside_an_effect_belong_to_it_too() {
    let (outer_source, inner_source, log) = (bind(1), bind(10), Log::new());
    let _outer = effect({
        let (outer, inner, log) = (outer_source.clone(), inner_source.clone(), log.clone());
        move || {
            let (at, log) = (outer.get(), log.clone());
            inner.on_change(move |value| log.record(format!("{at}: {value}"))).detach();
        }
    });
    inner_source.set(11);
    log.assert(["1: 11"]);
    outer_source.set(2);
    inner_source.set(12);
    log.assert(["2: 12"]);
}

#[test]
fn what_a_callback_makes_belongs_to_it() {
    let (outer_source, inner_source, log) = (bind(1), bind(10), Log::new());
    let outer = outer_source.on_change({
        let (inner, log) = (inner_source.clone(), log.clone());
        move |_| {
            showing("inner", &inner, &log).detach();
            let log = log.clone();
            on_cleanup(move || log.record(String::from("cleaned")));
        }
    });
    outer_source.set(2);
    outer_source.set(3);
    inner_source.set(11);
    log.assert(["inner 10", "cleaned", "inner 10", "inner 11"]);
    drop(outer);
    inner_source.set(12);
    log.assert(["cleaned"]);
}

#[test]
fn effects_three_deep_end_with_the_outermost() {
    let (source, log) = (bind(1), Log::new());
    let outer = effect({
        let (source, log) = (source.clone(), log.clone());
        move || {
            let (source, log) = (source.clone(), log.clone());
            effect(move || {
                showing("innermost", &source, &log).detach();
                let log = log.clone();
                on_cleanup(move || log.record(String::from("middle cleaned")));
            })
            .detach();
        }
    });
    source.set(2);
    log.assert(["innermost 1", "innermost 2"]);
    drop(outer);
    log.assert(["middle cleaned"]);
    source.set(3);
    log.assert_count(0);
}

#[test]
fn an_inner_effect_does_not_run_for_a_change_that_runs_its_outer_one() {
    let (source, log) = (bind(1), Log::new());
    let _outer = effect({
        let (source, log) = (source.clone(), log.clone());
        move || {
            log.record(format!("outer {}", source.get()));
            showing("inner", &source, &log).detach();
        }
    });
    source.set(2);
    log.assert(["outer 1", "inner 1", "outer 2", "inner 2"]);
}

#[test]
fn what_is_made_in_a_computed_belongs_to_nobody() {
    let (trigger, source, log) = (bind(1), bind(10), Log::new());
    let kept = Arc::new(Mutex::new(None));
    let making = computed({
        let (source, log, kept) = (source.clone(), log.clone(), Arc::clone(&kept));
        move || {
            let made = showing("made", &source, &log);
            *kept.lock().unwrap() = Some(made);
            1
        }
    });
    let outer = effect({
        let (trigger, making) = (trigger.clone(), making.clone());
        move || {
            trigger.get();
            making.get();
        }
    });
    trigger.set(2);
    drop(outer);
    source.set(11);
    log.assert(["made 10", "made 11"]);
    drop(kept);
}

#[test]
fn an_inner_effect_made_in_a_transaction_belongs_to_the_outer_one() {
    let (trigger, source, log) = (bind(1), bind(10), Log::new());
    let outer = effect({
        let (trigger, source, log) = (trigger.clone(), source.clone(), log.clone());
        move || {
            trigger.get();
            transaction(|| showing("inner", &source, &log).detach());
        }
    });
    trigger.set(2);
    source.set(11);
    log.assert(["inner 10", "inner 10", "inner 11"]);
    drop(outer);
    source.set(12);
    log.assert_count(0);
}

#[test]
fn an_inner_effect_that_runs_on_another_thread_ends_after_that_run() {
    let (outer_source, inner_source, log) = (bind(1), bind(10), Log::new());
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let _outer = effect({
        let (outer, inner, log) = (outer_source.clone(), inner_source.clone(), log.clone());
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move || {
            if outer.get() == 2 {
                return;
            }
            let (log, entered, leave) = (log.clone(), Arc::clone(&entered), Arc::clone(&leave));
            inner
                .on_change(move |value| {
                    let cleaned = log.clone();
                    on_cleanup(move || cleaned.record(String::from("cleaned")));
                    entered.wait();
                    leave.wait();
                    log.record(format!("ran {value}"));
                })
                .detach();
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| inner_source.set(11));
        entered.wait();
        outer_source.set(2);
        log.assert_count(0);
        leave.wait();
    });
    log.assert(["ran 11", "cleaned"]);
    inner_source.set(12);
    log.assert_count(0);
}

#[test]
fn a_run_that_panics_owns_what_it_had_made() {
    let (source, inner_source, log) = (bind(1), bind(10), Log::new());
    let _outer = effect({
        let (source, inner, log) = (source.clone(), inner_source.clone(), log.clone());
        move || {
            let value = source.get();
            showing("inner", &inner, &log).detach();
            assert_ne!(value, 2, "two");
        }
    });
    assert!(catch_unwind(AssertUnwindSafe(|| source.set(2))).is_err());
    log.assert(["inner 10", "inner 10"]);
    inner_source.set(11);
    log.assert(["inner 11"]);
    source.set(3);
    log.assert(["inner 11"]);
}
