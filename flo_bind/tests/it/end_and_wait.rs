//! What `end_and_wait` waits for, and where it does not wait.

use std::sync::{
    Arc, Barrier, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use flo_bind::{Binding, BoundExt, bind, effect, on_cleanup};
use flo_core::Subscription;
use flo_test::Calls;

#[test]
fn end_and_wait_waits_for_a_run_on_another_thread_and_a_drop_does_not() {
    let source = bind(0);
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let done = Arc::new(AtomicBool::new(false));
    let make = || {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        let done = Arc::clone(&done);
        source.on_change(move |_| {
            entered.wait();
            leave.wait();
            done.store(true, SeqCst);
        })
    };
    let waited = make();
    std::thread::scope(|scope| {
        scope.spawn(|| source.set(1));
        entered.wait();
        scope.spawn(|| {
            waited.end_and_wait();
            assert!(done.load(SeqCst), "it came back before the run was over");
        });
        leave.wait();
    });
    done.store(false, SeqCst);
    let dropped = make();
    std::thread::scope(|scope| {
        scope.spawn(|| source.set(2));
        entered.wait();
        drop(dropped);
        assert!(!done.load(SeqCst), "a drop waited");
        leave.wait();
    });
    source.set(3);
}

/// Gives others every chance to come back too early.
fn linger(came_back: &AtomicBool) {
    for _ in 0..20_000 {
        if came_back.load(SeqCst) {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn end_and_wait_waits_for_the_cleanups_that_another_thread_calls() {
    let source = bind(0);
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let [came_back, cleaned] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    let outer = effect({
        let (source, entered, leave) = (source.clone(), Arc::clone(&entered), Arc::clone(&leave));
        let (came_back, cleaned) = (Arc::clone(&came_back), Arc::clone(&cleaned));
        move || {
            if source.get() == 1 {
                let (came_back, cleaned) = (Arc::clone(&came_back), Arc::clone(&cleaned));
                on_cleanup(move || {
                    linger(&came_back);
                    cleaned.store(true, SeqCst);
                });
                entered.wait();
                leave.wait();
            }
        }
    });
    std::thread::scope(|scope| {
        scope.spawn(|| source.set(1));
        entered.wait();
        scope.spawn(|| {
            outer.end_and_wait();
            came_back.store(true, SeqCst);
            assert!(cleaned.load(SeqCst), "it came back before the cleanup was over");
        });
        leave.wait();
    });
}

#[test]
fn end_and_wait_waits_for_the_runs_of_what_belongs_to_an_effect() {
    // The inner one is ended with the outer one itself, by its next run, or with one between them.
    for case in 0..3 {
        let (kick, again) = (bind(0), bind(0));
        let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let [came_back, done] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let inner = {
            let (kick, entered, leave) = (kick.clone(), Arc::clone(&entered), Arc::clone(&leave));
            let (came_back, done) = (Arc::clone(&came_back), Arc::clone(&done));
            move || {
                if kick.get() == 1 && !done.load(SeqCst) {
                    entered.wait();
                    leave.wait();
                    linger(&came_back);
                    done.store(true, SeqCst);
                }
            }
        };
        let outer = effect({
            let again = again.clone();
            move || {
                again.get();
                let inner = inner.clone();
                if case == 2 {
                    effect(move || effect(inner.clone()).detach()).detach();
                } else if again.get() == 0 {
                    effect(inner).detach();
                }
            }
        });
        std::thread::scope(|scope| {
            scope.spawn(|| kick.set(1));
            entered.wait();
            if case == 1 {
                again.set(1);
            }
            scope.spawn(|| {
                outer.end_and_wait();
                came_back.store(true, SeqCst);
                assert!(done.load(SeqCst), "it came back before the inner run was over");
            });
            leave.wait();
        });
    }
}

#[test]
fn one_that_ends_itself_and_waits_in_its_cleanup_or_in_an_inner_run_comes_back_at_once() {
    let source = bind(0);
    let slot = Arc::new(Mutex::new(None::<Subscription>));
    let end = {
        let slot = Arc::clone(&slot);
        move || {
            let own = slot.lock().unwrap().take();
            if let Some(own) = own {
                own.end_and_wait();
            }
        }
    };
    let cleaned = Calls::new();
    for in_cleanup in [true, false] {
        let outer = effect({
            let (source, end, cleaned) = (source.clone(), end.clone(), cleaned.clone());
            move || {
                let (source, end, cleaned) = (source.clone(), end.clone(), cleaned.clone());
                if in_cleanup {
                    source.get();
                    on_cleanup(move || {
                        end();
                        cleaned.hit();
                    });
                } else {
                    on_cleanup(move || cleaned.hit());
                    effect(move || {
                        if source.get() > 1 {
                            end();
                        }
                    })
                    .detach();
                }
            }
        });
        *slot.lock().unwrap() = Some(outer);
        source.update(|value| *value += 1);
        cleaned.assert_count(1);
        source.update(|value| *value += 1);
        cleaned.assert_count(1);
        cleaned.take();
        assert!(slot.lock().unwrap().is_none());
    }
}

#[test]
fn two_callbacks_that_end_each_other_and_wait_do_not_deadlock() {
    for _ in 0..50 {
        let (left, right) = (bind(0), bind(0));
        let barrier = Arc::new(Barrier::new(2));
        let slots: [Arc<Mutex<Option<Subscription>>>; 2] = Default::default();
        let make = |source: &Binding<i32>, ends: usize| {
            let (barrier, slot) = (Arc::clone(&barrier), Arc::clone(&slots[ends]));
            source.on_change(move |_| {
                barrier.wait();
                let other = slot.lock().unwrap().take();
                if let Some(other) = other {
                    other.end_and_wait();
                }
            })
        };
        let (first, second) = (make(&left, 1), make(&right, 0));
        *slots[0].lock().unwrap() = Some(first);
        *slots[1].lock().unwrap() = Some(second);
        std::thread::scope(|scope| {
            scope.spawn(|| left.set(1));
            scope.spawn(|| right.set(1));
        });
    }
}
