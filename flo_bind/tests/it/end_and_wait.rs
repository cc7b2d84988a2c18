//! What `end_and_wait` waits for, and where it does not wait.

use std::sync::{
    Arc, Barrier, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use flo_bind::{Binding, BoundExt, Equality, bind, bind_with, computed, effect, on_cleanup};
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

/// Ends an effect and waits, where another thread is in the middle of `work`; fails where it comes back before that is over.
struct Early {
    entered: Barrier,
    came_back: AtomicBool,
    done: AtomicBool,
}

impl Early {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            entered: Barrier::new(2),
            came_back: AtomicBool::new(false),
            done: AtomicBool::new(false),
        })
    }

    fn work(&self) {
        self.entered.wait();
        linger(&self.came_back);
        self.done.store(true, SeqCst);
    }

    fn end_and_wait(&self, waited: Subscription) {
        waited.end_and_wait();
        let done = self.done.load(SeqCst);
        self.came_back.store(true, SeqCst);
        assert!(done, "it came back too early");
    }
}

/// An effect, and one that is made in its first run.
fn outer_and_inner(
    again: &Binding<i32>,
    inner: impl FnMut() + Clone + Send + 'static,
) -> (Subscription, Subscription) {
    let slot = Arc::new(Mutex::new(None));
    let outer = effect({
        let (again, slot) = (again.clone(), Arc::clone(&slot));
        move || {
            if again.get() == 0 {
                *slot.lock().unwrap() = Some(effect(inner.clone()));
            }
        }
    });
    let inner = slot.lock().unwrap().take().unwrap();
    (outer, inner)
}

#[test]
fn end_and_wait_of_an_inner_one_waits_while_another_thread_ends_it_with_its_outer_one() {
    // The outer one is ended, or runs again; and what is under way is a cleanup, or the run of one that is inside the inner one.
    for (runs_again, in_a_run) in [(false, false), (true, false), (false, true), (true, true)] {
        let (again, kick) = (bind(0), bind(0));
        let early = Early::new();
        let (outer, inner) = outer_and_inner(&again, {
            let (early, kick) = (Arc::clone(&early), kick.clone());
            move || {
                let (early, kick) = (Arc::clone(&early), kick.clone());
                if in_a_run {
                    effect(move || {
                        if kick.get() == 1 {
                            early.work();
                        }
                    })
                    .detach();
                } else {
                    on_cleanup(move || early.work());
                }
            }
        });
        let mut outer = Some(outer);
        let mut end_outer = || if runs_again { again.set(1) } else { outer = None };
        std::thread::scope(|scope| {
            if in_a_run {
                scope.spawn(|| kick.set(1));
                early.entered.wait();
                end_outer();
            } else {
                scope.spawn(end_outer);
                early.entered.wait();
            }
            early.end_and_wait(inner);
        });
    }
}

#[test]
fn end_and_wait_waits_for_an_inner_one_whose_own_subscription_has_ended_it() {
    for in_a_run in [false, true] {
        let kick = bind(0);
        let early = Early::new();
        let (outer, inner) = outer_and_inner(&bind(0), {
            let (early, kick) = (Arc::clone(&early), kick.clone());
            move || {
                let early = Arc::clone(&early);
                if !in_a_run {
                    on_cleanup(move || early.work());
                } else if kick.get() == 1 {
                    early.work();
                }
            }
        });
        std::thread::scope(|scope| {
            if in_a_run {
                scope.spawn(|| kick.set(1));
                early.entered.wait();
                drop(inner);
            } else {
                scope.spawn(|| drop(inner));
                early.entered.wait();
            }
            early.end_and_wait(outer);
        });
    }
}

/// Ends it and waits when it is dropped.
struct EndsAndWaits(Option<Subscription>, Arc<AtomicBool>);

impl Drop for EndsAndWaits {
    fn drop(&mut self) {
        if let Some(waited) = self.0.take() {
            waited.end_and_wait();
            assert!(self.1.load(SeqCst), "it came back before the cleanup was over");
        }
    }
}

#[test]
fn end_and_wait_in_the_drop_of_a_value_or_a_capture_comes_back_when_all_is_over() {
    let (source, cleaned) = (bind(1), Arc::new(AtomicBool::new(false)));
    let ends_and_waits = || {
        cleaned.store(false, SeqCst);
        let (source, done) = (source.clone(), Arc::clone(&cleaned));
        let waited = effect(move || {
            let done = Arc::clone(&done);
            source.get();
            on_cleanup(move || done.store(true, SeqCst));
        });
        EndsAndWaits(Some(waited), Arc::clone(&cleaned))
    };
    let captured = ends_and_waits();
    drop(effect(move || assert!(captured.0.is_some())));
    assert!(cleaned.load(SeqCst));
    let captured = ends_and_waits();
    let reader = computed(move || captured.0.is_some());
    assert!(reader.get());
    drop(reader);
    assert!(cleaned.load(SeqCst));
    let holder = bind_with(Some(ends_and_waits()), Equality::Never);
    holder.set(None);
    assert!(cleaned.load(SeqCst));
    holder.set(Some(ends_and_waits()));
    drop(holder);
    assert!(cleaned.load(SeqCst));
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

#[test]
fn two_cleanups_that_end_the_effect_of_the_other_and_wait_do_not_deadlock() {
    for _ in 0..50 {
        let barrier = Arc::new(Barrier::new(2));
        let slots: [Arc<Mutex<Option<Subscription>>>; 2] = Default::default();
        let make = |own: usize, ends: usize| {
            let (barrier, slot) = (Arc::clone(&barrier), Arc::clone(&slots[ends]));
            let (outer, inner) = outer_and_inner(&bind(0), move || {
                let (barrier, slot) = (Arc::clone(&barrier), Arc::clone(&slot));
                on_cleanup(move || {
                    barrier.wait();
                    let other = slot.lock().unwrap().take();
                    if let Some(other) = other {
                        other.end_and_wait();
                    }
                });
            });
            *slots[own].lock().unwrap() = Some(inner);
            outer
        };
        let (first, second) = (make(0, 1), make(1, 0));
        std::thread::scope(|scope| {
            scope.spawn(|| drop(first));
            scope.spawn(|| second.end_and_wait());
        });
    }
}
