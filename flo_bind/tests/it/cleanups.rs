//! What is called after a run of an effect: before the next one, or at the end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use flo_bind::{
    Binding, BoundExt, EffectQueue, LocalEffectQueue, bind, effect, effect_in, on_cleanup,
    transaction,
};
use flo_core::Subscription;
use flo_test::Calls;

type Log = Calls<String>;

/// An effect that logs `name` and the value of `source`.
fn showing(name: &'static str, source: &Binding<i32>, log: &Log) -> Subscription {
    let (source, log) = (source.clone(), log.clone());
    effect(move || log.record(format!("{name} {}", source.get())))
}

#[test]
fn cleanups_run_before_the_next_run_and_at_the_end_once_and_last_first() {
    let (source, log) = (bind(1), Log::new());
    let watching = effect({
        let (source, log) = (source.clone(), log.clone());
        move || {
            let value = source.get();
            for name in ["first", "second"] {
                let log = log.clone();
                on_cleanup(move || log.record(format!("{name} of {value}")));
            }
            log.record(format!("run {value}"));
        }
    });
    log.assert(["run 1"]);
    source.set(2);
    log.assert(["second of 1", "first of 1", "run 2"]);
    drop(watching);
    log.assert(["second of 2", "first of 2"]);
    source.set(3);
    log.assert_count(0);
}

#[test]
fn a_cleanup_is_not_tracked_and_may_write() {
    let (source, other, log) = (bind(1), bind(1), Log::new());
    let watching = effect({
        let (source, other, log) = (source.clone(), other.clone(), log.clone());
        move || {
            log.record(format!("run {}", source.get()));
            let other = other.clone();
            on_cleanup(move || other.set(other.get() + 1));
        }
    });
    source.set(2);
    assert_eq!(other.get(), 2);
    other.set(10);
    drop(watching);
    assert_eq!(other.get(), 11);
    log.assert(["run 1", "run 2"]);
}

#[test]
fn a_cleanup_that_panics_stops_nothing_and_reaches_who_caused_it() {
    let (source, log) = (bind(1), Log::new());
    let watching = effect({
        let (source, log) = (source.clone(), log.clone());
        move || {
            let value = source.get();
            let noted = log.clone();
            on_cleanup(move || noted.record(format!("cleaned {value}")));
            on_cleanup(|| panic!("a cleanup"));
            log.record(format!("run {value}"));
        }
    });
    let _after = source.on_change({
        let log = log.clone();
        move |value| log.record(format!("after {value}"))
    });
    let text = |caught: Result<(), Box<dyn std::any::Any + Send>>| {
        caught.unwrap_err().downcast_ref::<&str>().copied()
    };
    let set = catch_unwind(AssertUnwindSafe(|| source.set(2)));
    assert_eq!(text(set), Some("a cleanup"));
    log.assert(["run 1", "cleaned 1", "run 2", "after 2"]);
    let ended = catch_unwind(AssertUnwindSafe(|| drop(watching)));
    assert_eq!(text(ended), Some("a cleanup"));
    log.assert(["cleaned 2"]);
    source.set(3);
    log.assert(["after 3"]);
}

#[test]
fn outside_of_an_effect_there_is_nothing_to_clean_up_after() {
    let held = Arc::new(());
    let log = Log::new();
    let cleanup = || {
        let (held, log) = (Arc::clone(&held), log.clone());
        on_cleanup(move || {
            drop(held);
            log.record(String::from("called"));
        });
    };
    cleanup();
    transaction(cleanup);
    assert_eq!(Arc::strong_count(&held), 1);
    log.assert_count(0);
}

#[test]
fn an_effect_that_ends_itself_cleans_up_after_its_run() {
    let (source, log) = (bind(1), Log::new());
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let watching = effect({
        let (source, log, own) = (source.clone(), log.clone(), Arc::clone(&own));
        move || {
            let value = source.get();
            let ended = own.lock().unwrap().take();
            drop(ended);
            let cleaned = log.clone();
            on_cleanup(move || cleaned.record(format!("cleaned {value}")));
            log.record(format!("run {value}"));
        }
    });
    *own.lock().unwrap() = Some(watching);
    source.set(2);
    log.assert(["run 1", "cleaned 1", "run 2", "cleaned 2"]);
    source.set(3);
    log.assert_count(0);
}

#[test]
fn cleanups_and_inner_effects_end_in_one_order_the_last_first() {
    let (source, log) = (bind(1), Log::new());
    let cleanup = |name: &'static str, log: &Log| {
        let log = log.clone();
        on_cleanup(move || log.record(name.to_owned()));
    };
    let outer = effect({
        let (source, log) = (source.clone(), log.clone());
        move || {
            source.get();
            cleanup("first", &log);
            let inner = log.clone();
            effect(move || cleanup("inner", &inner)).detach();
            cleanup("last", &log);
        }
    });
    source.set(2);
    log.assert(["last", "inner", "first"]);
    drop(outer);
    log.assert(["last", "inner", "first"]);
}

#[test]
fn a_cleanup_may_read_write_make_and_end_whatever_it_likes() {
    let (source, other, log) = (bind(1), bind(1), Log::new());
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let made: Arc<Mutex<Vec<Subscription>>> = Arc::default();
    let watching = effect({
        let (source, other, log) = (source.clone(), other.clone(), log.clone());
        let (own, made) = (Arc::clone(&own), Arc::clone(&made));
        move || {
            let value = source.get();
            log.record(format!("run {value}"));
            let (other, log) = (other.clone(), log.clone());
            let (own, made) = (Arc::clone(&own), Arc::clone(&made));
            on_cleanup(move || {
                on_cleanup(|| panic!("there is nothing to clean up after"));
                made.lock().unwrap().push(showing("made", &other, &log));
                transaction(|| other.set(value * 10));
                if value == 2 {
                    let ended = own.lock().unwrap().take();
                    drop(ended);
                }
            });
        }
    });
    *own.lock().unwrap() = Some(watching);
    source.set(2);
    log.assert(["run 1", "run 2", "made 10"]);
    source.set(3);
    assert!(own.lock().unwrap().is_none());
    assert_eq!(other.get(), 20);
    log.assert(["made 20", "made 20"]);
    source.set(4);
    log.assert_count(0);
    drop(made.lock().unwrap().drain(..));
}

#[test]
fn an_effect_that_its_own_cleanup_ends_does_not_run_once_more() {
    type Own = Arc<Mutex<Option<Subscription>>>;
    fn ends_itself(log: &Log, own: &Own) -> impl FnMut(i32) + use<> {
        let (log, own) = (log.clone(), Arc::clone(own));
        move |value| {
            log.record(format!("run {value}"));
            let (log, own) = (log.clone(), Arc::clone(&own));
            on_cleanup(move || {
                log.record(format!("cleaned {value}"));
                let ended = own.lock().unwrap().take();
                drop(ended);
            });
        }
    }
    let (queue, local) = (EffectQueue::new(), LocalEffectQueue::new());
    type Start<'a> = &'a dyn Fn(Binding<i32>, &Log, &Own) -> Subscription;
    let starts: [Start<'_>; 5] = [
        &|source, log, own| {
            let mut run = ends_itself(log, own);
            effect(move || run(source.get()))
        },
        &|source, log, own| {
            let mut run = ends_itself(log, own);
            source.on_change(move |value| run(*value))
        },
        &|source, log, own| {
            let mut run = ends_itself(log, own);
            source.map(|value| *value).on_change(move |value| run(*value))
        },
        &|source, log, own| {
            let mut run = ends_itself(log, own);
            effect_in(&queue, move || run(source.get()))
        },
        &|source, log, own| {
            let mut run = ends_itself(log, own);
            effect_in(&local, move || run(source.get()))
        },
    ];
    for start in starts {
        let (source, log, own) = (bind(0), Log::new(), Arc::default());
        let watching = start(source.clone(), &log, &own);
        let change = |value| {
            source.set(value);
            queue.run_pending();
            local.run_pending();
        };
        queue.run_pending();
        local.run_pending();
        change(1);
        let ran = log.take();
        let last = ran.last().unwrap().clone();
        assert!(last == "run 0" || last == "run 1", "{ran:?}");
        *own.lock().unwrap() = Some(watching);
        change(2);
        log.assert([last.replace("run", "cleaned")]);
        change(3);
        log.assert_count(0);
    }
}

#[test]
fn a_subscription_that_goes_with_its_thread_cleans_up() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<Subscription>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let (source, log) = (bind(1), Log::new());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // First, so that it goes after flo's own.
            KEPT.with(|kept| kept.borrow_mut().push(Subscription::none()));
            let made = effect({
                let (source, log) = (source.clone(), log.clone());
                move || {
                    showing("inner", &source, &log).detach();
                    let (source, log) = (source.clone(), log.clone());
                    on_cleanup(move || log.record(format!("cleaned at {}", source.get())));
                }
            });
            KEPT.with(|kept| kept.borrow_mut().push(made));
        });
    });
    while log.count() < 2 {
        std::thread::yield_now();
    }
    log.assert(["inner 1", "cleaned at 1"]);
    source.set(2);
    log.assert_count(0);
}

#[test]
fn with_many_threads_one_inner_effect_is_left_and_each_run_is_cleaned_up_once() {
    let (outer_source, inner_source) = (bind(0), bind(0));
    // Of the outer effect and of the inner ones: how often they ran, and were cleaned up after.
    let counts: Arc<[[AtomicUsize; 2]; 2]> = Arc::default();
    let count = |which: usize| {
        let counts = Arc::clone(&counts);
        move || {
            counts[which][0].fetch_add(1, SeqCst);
            let counts = Arc::clone(&counts);
            on_cleanup(move || {
                counts[which][1].fetch_add(1, SeqCst);
            });
        }
    };
    let (count_outer, count_inner) = (count(0), count(1));
    let seen = Calls::new();
    let outer = effect({
        let (outer, inner, seen) = (outer_source.clone(), inner_source.clone(), seen.clone());
        move || {
            let at = outer.get();
            count_outer();
            let (inner, seen, count_inner) = (inner.clone(), seen.clone(), count_inner.clone());
            effect(move || {
                count_inner();
                seen.record((at, inner.get()));
            })
            .detach();
        }
    });
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for source in [&outer_source, &inner_source] {
            scope.spawn(|| {
                barrier.wait();
                (0..1_000).for_each(|_| source.update(|value| *value += 1));
            });
        }
    });
    assert!(seen.take().contains(&(1_000, 1_000)));
    inner_source.set(0);
    seen.assert([(1_000, 0)]);
    drop(outer);
    inner_source.set(1);
    seen.assert_count(0);
    for [runs, cleanups] in counts.iter() {
        assert_eq!(runs.load(SeqCst), cleanups.load(SeqCst));
    }
}
