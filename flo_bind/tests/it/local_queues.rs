//! Effects whose closures are not `Send`: they run and are dropped on the thread of their queue.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    thread::{self, ThreadId},
};

use flo_bind::{BoundExt, LocalEffectQueue, bind, effect_in, on_change_in, on_cleanup};
use flo_test::Calls;

/// Says when it is dropped, and on which thread.
struct Dropped(Calls<ThreadId>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.record(thread::current().id());
    }
}

#[test]
fn a_local_queue_runs_closures_that_are_not_send() {
    let (source, queue) = (bind(1), LocalEffectQueue::new());
    let widget = Rc::new(RefCell::new(Vec::new()));
    let effect = effect_in(&queue, {
        let (source, widget) = (source.clone(), Rc::clone(&widget));
        move || widget.borrow_mut().push(source.get())
    });
    let change = on_change_in(&queue, &source, {
        let widget = Rc::clone(&widget);
        move |value| widget.borrow_mut().push(value * 10)
    });
    assert!(widget.borrow().is_empty());
    queue.run_pending();
    thread::scope(|scope| {
        scope.spawn(|| source.set(2));
    });
    queue.run_pending();
    assert_eq!(widget.take(), [1, 2, 20]);
    drop((effect, change));
    assert_eq!(Rc::strong_count(&widget), 1);
}

#[test]
fn a_local_closure_is_dropped_on_its_own_thread() {
    let (queue, dropped, told) = (LocalEffectQueue::new(), Calls::new(), Calls::new());
    let here = thread::current().id();
    let make = || {
        let dropped = Dropped(dropped.clone());
        effect_in(&queue, move || {
            let _count = dropped.0.count();
        })
    };
    let (at_once, elsewhere, with_the_queue) = (make(), make(), make());
    queue.run_pending();
    drop(at_once);
    dropped.assert([here]);
    let _telling = queue.when_pending({
        let told = told.clone();
        move || told.hit()
    });
    thread::spawn(move || drop(elsewhere)).join().unwrap();
    dropped.assert_count(0);
    told.assert_count(1);
    queue.run_pending();
    dropped.assert([here]);
    drop(queue);
    dropped.assert([here]);
    thread::spawn(move || drop(with_the_queue)).join().unwrap();
    dropped.assert_count(0);
}

#[test]
fn a_local_effect_may_end_itself_and_make_another() {
    let (source, queue) = (bind(1), LocalEffectQueue::new());
    let (own, made) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(None)));
    let runs = Calls::new();
    let effect = effect_in(&queue, {
        let (source, queue) = (source.clone(), queue.clone());
        let (own, made, runs) = (Rc::clone(&own), Rc::clone(&made), runs.clone());
        move || {
            runs.record(format!("first {}", source.get()));
            drop(own.take());
            let (source, runs) = (source.clone(), runs.clone());
            made.set(Some(effect_in(&queue, move || {
                runs.record(format!("second {}", source.get()));
            })));
        }
    });
    own.set(Some(effect));
    queue.run_pending();
    runs.assert(["first 1"]);
    assert_eq!(Rc::strong_count(&own), 1, "its closure is gone, and with it what it made");
    source.set(2);
    queue.run_pending();
    runs.assert_count(0);
}

#[test]
fn a_local_effect_that_panics_runs_again() {
    let (source, queue) = (bind(1), LocalEffectQueue::new());
    let seen = Rc::new(Cell::new(0));
    let _effect = effect_in(&queue, {
        let (source, seen) = (source.clone(), Rc::clone(&seen));
        move || {
            seen.set(source.get());
            assert_ne!(seen.get(), 2, "two");
        }
    });
    queue.run_pending();
    source.set(2);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.run_pending())).is_err());
    source.set(3);
    queue.run_pending();
    assert_eq!(seen.get(), 3);
}

#[test]
fn a_local_queue_that_goes_with_its_thread_drops_its_closures() {
    thread_local! {
        static KEPT: RefCell<Vec<LocalEffectQueue>> = const { RefCell::new(Vec::new()) };
    }
    let (source, dropped) = (bind(1), Calls::new());
    let (kept, own) = thread::scope(|scope| {
        let running = scope.spawn(|| {
            KEPT.with(|kept| kept.borrow_mut().clear());
            let queue = LocalEffectQueue::new();
            let held = Dropped(dropped.clone());
            let source = source.clone();
            let effect = effect_in(&queue, move || {
                let _read = (source.get(), held.0.count());
            });
            queue.run_pending();
            KEPT.with(|kept| kept.borrow_mut().push(queue));
            (effect, thread::current().id())
        });
        running.join().unwrap()
    });
    while dropped.count() == 0 {
        thread::yield_now();
    }
    dropped.assert([own]);
    source.set(2);
    drop(kept);
    dropped.assert_count(0);
}

#[test]
fn what_belongs_to_a_local_effect_is_cleaned_up_on_its_thread() {
    let (source, queue, cleaned) = (bind(1), LocalEffectQueue::new(), Calls::new());
    let here = thread::current().id();
    let make = {
        let (source, queue, cleaned) = (source.clone(), queue.clone(), cleaned.clone());
        move || {
            let (source, cleaned) = (source.clone(), cleaned.clone());
            effect_in(&queue, move || {
                source.get();
                let cleaned = cleaned.clone();
                on_cleanup(move || cleaned.record(thread::current().id()));
            })
        }
    };
    let alone = make();
    let outer = effect_in(&queue, move || make().detach());
    queue.run_pending();
    cleaned.assert_count(0);
    thread::spawn(move || drop((alone, outer))).join().unwrap();
    cleaned.assert_count(0);
    queue.run_pending();
    cleaned.assert([here, here]);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

#[test]
fn all_that_ended_elsewhere_are_dropped_though_one_of_them_panics() {
    let (source, queue, runs, dropped) =
        (bind(1), LocalEffectQueue::new(), Calls::new(), Calls::new());
    let panics = effect_in(&queue, {
        let (bomb, source) = (Bomb, source.clone());
        move || {
            std::hint::black_box(&bomb);
            source.get();
        }
    });
    let others = [(); 2].map(|()| {
        let (held, source) = (Dropped(dropped.clone()), source.clone());
        effect_in(&queue, move || {
            std::hint::black_box(&held);
            source.get();
        })
    });
    let _stays = effect_in(&queue, {
        let (source, runs) = (source.clone(), runs.clone());
        move || runs.record(source.get())
    });
    queue.run_pending();
    source.set(2);
    thread::scope(|scope| {
        scope.spawn(|| drop((panics, others)));
    });
    assert!(catch_unwind(AssertUnwindSafe(|| queue.run_pending())).is_err());
    let here = thread::current().id();
    dropped.assert([here, here]);
    runs.assert([1, 2]);
}

#[test]
fn a_local_queue_that_goes_drops_all_closures_though_some_of_them_panic() {
    let (source, dropped) = (bind(1), Calls::new());
    let queue = LocalEffectQueue::new();
    let _effects = [(); 2].map(|()| {
        let (held, source) = ((Bomb, Dropped(dropped.clone())), source.clone());
        effect_in(&queue, move || {
            std::hint::black_box(&held);
            source.get();
            on_cleanup(|| panic!("in a cleanup"));
        })
    });
    queue.run_pending();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    dropped.assert_count(2);
}
