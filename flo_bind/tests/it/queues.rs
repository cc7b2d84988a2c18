//! Effects that run where a queue is run, and only if what they read really differs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, ThreadId},
};

use flo_bind::{
    BoundExt, EffectQueue, bind, effect, effect_in, on_change_in, on_cleanup, snapshot, transaction,
};
use flo_test::Calls;
use futures::{FutureExt, executor::block_on};

#[test]
fn an_effect_of_a_queue_runs_only_where_the_queue_is_run() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::<(i32, ThreadId)>::new());
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), seen.clone());
        move || seen.record((source.get(), thread::current().id()))
    });
    seen.assert_count(0);
    let here = thread::current().id();
    queue.run_pending();
    seen.assert([(1, here)]);
    thread::scope(|scope| {
        scope.spawn(|| source.set(2));
    });
    seen.assert_count(0);
    queue.run_pending();
    seen.assert([(2, here)]);
    queue.run_pending();
    seen.assert_count(0);
}

#[test]
fn one_waits_at_most_once_and_runs_on_the_newest_version() {
    let (source, queue, seen) = (bind(0), EffectQueue::new(), Calls::new());
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), seen.clone());
        move || seen.record(source.get())
    });
    for value in 1..10 {
        source.set(value);
    }
    queue.run_pending();
    seen.assert([9]);
}

#[test]
fn only_real_differences_run_and_the_writer_computes_nothing() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let runs = Calls::new();
    let parity = source.map({
        let runs = runs.clone();
        move |value| {
            runs.hit();
            value % 2
        }
    });
    let _effect = effect_in(&queue, {
        let (parity, seen) = (parity.clone(), seen.clone());
        move || seen.record(parity.get())
    });
    queue.run_pending();
    seen.assert([1]);
    runs.take();
    source.set(3);
    runs.assert_count(0);
    assert!(!queue.is_empty());
    queue.run_pending();
    runs.assert_count(1);
    seen.assert_count(0);
    assert!(queue.is_empty());
}

#[test]
fn on_change_differs_from_the_value_at_the_time_of_the_call() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let subscription = on_change_in(&queue, &source, {
        let seen = seen.clone();
        move |value| seen.record(*value)
    });
    queue.run_pending();
    seen.assert_count(0);
    source.set(2);
    source.set(1);
    queue.run_pending();
    seen.assert_count(0);
    source.set(3);
    queue.run_pending();
    seen.assert([3]);
    source.set(4);
    drop(subscription);
    queue.run_pending();
    seen.assert_count(0);
}

#[test]
fn what_came_back_before_the_queue_was_run_cleans_nothing_up() {
    let (source, queue, log) = (bind(1), EffectQueue::new(), Calls::new());
    let _subscription = on_change_in(&queue, &source, {
        let log = log.clone();
        move |value| {
            log.record(format!("run {value}"));
            let (log, value) = (log.clone(), *value);
            on_cleanup(move || log.record(format!("cleaned {value}")));
        }
    });
    source.set(2);
    queue.run_pending();
    source.set(3);
    source.set(2);
    queue.run_pending();
    log.assert(["run 2"]);
    source.set(4);
    queue.run_pending();
    log.assert(["cleaned 2", "run 4"]);
}

#[test]
fn they_run_in_the_order_of_their_creation_with_what_they_trigger() {
    let (source, copy, queue, log) = (bind(1), bind(0), EffectQueue::new(), Calls::new());
    let _copied = on_change_in(&queue, &copy, {
        let log = log.clone();
        move |value| log.record(format!("copied {value}"))
    });
    let _first = on_change_in(&queue, &source, {
        let (copy, log) = (copy.clone(), log.clone());
        move |value| {
            log.record(format!("first {value}"));
            copy.set(*value);
        }
    });
    let _second = on_change_in(&queue, &source, {
        let log = log.clone();
        move |value| log.record(format!("second {value}"))
    });
    let _plain = copy.on_change({
        let log = log.clone();
        move |value| log.record(format!("plain {value}"))
    });
    queue.run_pending();
    source.set(2);
    queue.run_pending();
    log.assert(["first 2", "second 2", "copied 2", "plain 2"]);
    assert!(queue.is_empty());
}

#[test]
fn the_queue_tells_once_until_it_is_run() {
    let (source, other, queue, told) = (bind(1), bind(1), EffectQueue::new(), Calls::new());
    let _effects = [source.clone(), other.clone()].map(|source| {
        effect_in(&queue, move || {
            source.get();
        })
    });
    queue.run_pending();
    let telling = queue.when_pending({
        let told = told.clone();
        move || told.hit()
    });
    told.assert_count(0);
    source.set(2);
    other.set(2);
    source.set(3);
    told.assert_count(1);
    queue.run_pending();
    source.set(4);
    told.assert_count(2);
    drop(telling);
    queue.run_pending();
    source.set(5);
    told.assert_count(2);
    let _late = queue.when_pending({
        let told = told.clone();
        move || told.hit()
    });
    told.assert_count(3);
}

#[test]
fn a_callback_that_runs_the_queue_itself_is_too_early_and_loses_nothing() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _telling = queue.when_pending({
        let queue = queue.clone();
        move || queue.run_pending()
    });
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), seen.clone());
        move || seen.record(source.get())
    });
    seen.assert_count(0);
    queue.run_pending();
    seen.assert([1]);
}

#[test]
fn a_task_waits_for_the_queue() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), seen.clone());
        move || seen.record(source.get())
    });
    assert_eq!(queue.pending().now_or_never(), Some(()));
    queue.run_pending();
    let mut pending = queue.pending();
    assert_eq!((&mut pending).now_or_never(), None);
    drop(queue.pending());
    thread::scope(|scope| {
        scope.spawn(|| source.set(2));
        block_on(pending);
    });
    queue.run_pending();
    seen.assert([1, 2]);
}

#[test]
fn inside_an_effect_a_computation_or_a_transaction_the_queue_is_not_run() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), seen.clone());
        move || seen.record(source.get())
    });
    transaction(|| queue.run_pending());
    snapshot(|| queue.run_pending());
    drop(effect({
        let queue = queue.clone();
        move || queue.run_pending()
    }));
    seen.assert_count(0);
    queue.run_pending();
    seen.assert([1]);
}

#[test]
fn one_made_or_marked_in_a_transaction_waits_after_it() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _effect = transaction(|| {
        source.set(2);
        let effect = effect_in(&queue, {
            let (source, seen) = (source.clone(), seen.clone());
            move || seen.record(source.get())
        });
        assert!(queue.is_empty());
        effect
    });
    assert!(!queue.is_empty());
    queue.run_pending();
    seen.assert([2]);
}

#[test]
fn a_panic_reaches_who_runs_the_queue_after_all_others_have_run() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _failing = on_change_in(&queue, &source, |_| panic!("in an effect"));
    let _after = on_change_in(&queue, &source, {
        let seen = seen.clone();
        move |value| seen.record(*value)
    });
    source.set(2);
    let caught = catch_unwind(AssertUnwindSafe(|| queue.run_pending()));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"in an effect"));
    seen.assert([2]);
    source.set(3);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.run_pending())).is_err());
    seen.assert([3]);
}

#[test]
fn a_callback_of_the_queue_that_panics_reaches_the_committer() {
    let (source, queue, seen) = (bind(1), EffectQueue::new(), Calls::new());
    let _effect = on_change_in(&queue, &source, {
        let seen = seen.clone();
        move |value| seen.record(*value)
    });
    queue.run_pending();
    let _telling = queue.when_pending(|| panic!("no loop"));
    assert!(catch_unwind(AssertUnwindSafe(|| source.set(2))).is_err());
    queue.run_pending();
    seen.assert([2]);
}

#[test]
fn all_who_wait_for_the_queue_are_told_though_one_of_them_panics() {
    let (source, queue, told) = (bind(1), EffectQueue::new(), Calls::new());
    let _effect = effect_in(&queue, {
        let source = source.clone();
        move || {
            source.get();
        }
    });
    queue.run_pending();
    let _panics = queue.when_pending(|| panic!("a callback"));
    let _told = queue.when_pending({
        let told = told.clone();
        move || told.hit()
    });
    assert!(catch_unwind(AssertUnwindSafe(|| source.set(2))).is_err());
    // Otherwise it never is: it is told of the first that waits.
    told.assert_count(1);
}

#[test]
fn the_last_handle_of_a_queue_ends_its_effects_for_good() {
    let (source, queue, held) = (bind(1), EffectQueue::new(), Arc::new(()));
    let effect = effect_in(&queue, {
        let (source, held) = (source.clone(), Arc::clone(&held));
        move || {
            let _alive = (source.get(), Arc::strong_count(&held));
            panic!("it never runs");
        }
    });
    drop(queue.clone());
    assert!(!queue.is_empty());
    drop(queue);
    source.set(2);
    drop(effect);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn an_inner_effect_of_a_queue_belongs_to_the_outer_one() {
    let (outer_source, inner_source) = (bind(1), bind(10));
    let (queue, seen) = (EffectQueue::new(), Calls::new());
    let outer = effect({
        let (outer, inner) = (outer_source.clone(), inner_source.clone());
        let (queue, seen) = (queue.clone(), seen.clone());
        move || {
            let at = outer.get();
            let (inner, seen) = (inner.clone(), seen.clone());
            effect_in(&queue, move || seen.record((at, inner.get()))).detach();
        }
    });
    outer_source.set(2);
    queue.run_pending();
    seen.assert([(2, 10)]);
    drop(outer);
    inner_source.set(11);
    queue.run_pending();
    seen.assert_count(0);
}

#[test]
fn many_writers_and_one_runner_lose_no_last_value() {
    let (source, queue) = (bind(0_u32), EffectQueue::new());
    let (last, done) = (Arc::new(Mutex::new(0)), AtomicBool::new(false));
    let inside = Arc::new(AtomicBool::new(false));
    let _effect = effect_in(&queue, {
        let (source, last) = (source.clone(), Arc::clone(&last));
        move || {
            assert!(!inside.swap(true, SeqCst), "on two threads at once");
            let value = source.get();
            assert!(std::mem::replace(&mut *last.lock().unwrap(), value) <= value);
            inside.store(false, SeqCst);
        }
    });
    let barrier = Barrier::new(3);
    thread::scope(|scope| {
        let writers = [(); 2].map(|()| {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..2_000 {
                    source.update(|value| *value += 1);
                }
            })
        });
        let _second_runner = scope.spawn(|| {
            while !done.load(SeqCst) {
                queue.run_pending();
            }
        });
        barrier.wait();
        while *last.lock().unwrap() < 4_000 {
            queue.run_pending();
            thread::yield_now();
        }
        done.store(true, SeqCst);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn who_is_told_may_read_and_write_whatever_it_likes() {
    let (source, told, queue) = (bind(1), bind(0), EffectQueue::new());
    let _effect = on_change_in(&queue, &source, |_| {});
    queue.run_pending();
    let again = Arc::new(Mutex::new(Vec::new()));
    let _telling = queue.when_pending({
        let (source, told, again) = (source.clone(), told.clone(), Arc::clone(&again));
        let queue = queue.clone();
        move || {
            told.set(source.get());
            again.lock().unwrap().push(effect_in(&queue, || {}));
            assert!(!queue.is_empty());
        }
    });
    source.set(2);
    assert_eq!(told.get(), 2);
    queue.run_pending();
    assert!(queue.is_empty());
    drop(again.lock().unwrap().drain(..));
}

#[test]
fn a_subscription_of_a_queue_waits_for_a_run_on_another_thread() {
    let (source, queue) = (bind(1), EffectQueue::new());
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let done = Arc::new(AtomicBool::new(false));
    let subscription = on_change_in(&queue, &source, {
        let (entered, leave, done) = (Arc::clone(&entered), Arc::clone(&leave), Arc::clone(&done));
        move |_| {
            entered.wait();
            leave.wait();
            done.store(true, SeqCst);
        }
    });
    source.set(2);
    thread::scope(|scope| {
        scope.spawn(|| queue.run_pending());
        entered.wait();
        scope.spawn(|| {
            subscription.end_and_wait();
            assert!(done.load(SeqCst), "it came back before the run was over");
        });
        leave.wait();
    });
}

#[test]
fn a_detached_effect_of_a_queue_that_is_gone_is_freed() {
    let (source, held) = (bind(1), Arc::new(()));
    let make = |queue: &EffectQueue| {
        let (source, held) = (source.clone(), Arc::clone(&held));
        effect_in(queue, move || {
            let _alive = (source.get(), Arc::strong_count(&held));
        })
        .detach();
    };
    let queue = EffectQueue::new();
    make(&queue);
    drop(queue);
    assert_eq!(Arc::strong_count(&held), 1, "it was to run, and nobody is left who would");
    let queue = EffectQueue::new();
    make(&queue);
    queue.run_pending();
    drop(queue);
    assert_eq!(Arc::strong_count(&held), 2);
    source.set(2);
    assert_eq!(Arc::strong_count(&held), 1);
}
