//! Setting, reading, subscribing, dropping is legal inside every callback (promise 1): nothing here may
//! deadlock, and a lock of ours held over a stranger's code would. (The drop of a value is in
//! `tests/lifetimes.rs`: a snapshot that another test has open may put it off.)

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Wake, Waker},
};

use flo_bind::{Binding, Bound, BoundExt, bind, computed, effect, snapshot, transaction};
use flo_core::Subscription;
use flo_test::Calls;
use futures::{Stream, StreamExt};

/// Does everything there is to do with a binding.
fn everything(with: &Binding<i32>) {
    with.get();
    with.update(|value| *value += 1);
    let doubled = with.map(|value| value * 2);
    doubled.get();
    let seen = with.on_change(|_| {});
    let told = with.when_changed(|| {});
    let shown = effect({
        let with = with.clone();
        move || {
            with.get();
        }
    });
    transaction(|| with.set(with.get() + 1));
    snapshot(|| doubled.get());
    drop((seen, told, shown, doubled, with.read(), with.follow()));
}

#[test]
fn in_an_effect() {
    let (trigger, other) = (bind(0), bind(0));
    let _effect = effect({
        let (trigger, other) = (trigger.clone(), other.clone());
        move || {
            trigger.get();
            flo_bind::untracked(|| everything(&other));
        }
    });
    trigger.set(1);
    assert_eq!(other.get(), 4);
}

#[test]
fn in_a_computed_that_an_effect_reads_late_a_write_waits_for_its_end() {
    let (trigger, source, written) = (bind(0), bind(0), bind(0));
    let within = Calls::new();
    let writing = computed({
        let (source, written, within) = (source.clone(), written.clone(), within.clone());
        move || {
            written.set(source.get());
            within.record(flo_bind::untracked(|| written.get()));
            source.get()
        }
    });
    assert_eq!((writing.get(), written.get()), (0, 0));
    let _effect = effect({
        let (trigger, writing) = (trigger.clone(), writing.clone());
        move || {
            if trigger.get() > 0 {
                writing.get();
            }
        }
    });
    source.set(7);
    trigger.set(1);
    within.assert([0, 0]);
    assert_eq!(written.get(), 7);
}

#[test]
fn in_on_change_and_when_changed() {
    let (trigger, other) = (bind(0), bind(0));
    let _seen = trigger.on_change({
        let other = other.clone();
        move |_| everything(&other)
    });
    let _told = trigger.when_changed({
        let (trigger, other) = (trigger.clone(), other.clone());
        move || {
            trigger.get();
            everything(&other);
        }
    });
    trigger.set(1);
    assert_eq!(other.get(), 4);
    trigger.set(2);
    assert_eq!(other.get(), 8);
}

#[test]
fn in_a_computed_and_no_read_in_there_sees_its_writes() {
    let (trigger, other) = (bind(0), bind(0));
    let strange = computed({
        let (trigger, other) = (trigger.clone(), other.clone());
        move || {
            let before = other.get();
            everything(&other);
            assert_eq!(other.get(), before, "one run reads one version");
            trigger.get() + before
        }
    });
    assert_eq!(strange.get(), 0);
    assert!(other.get() >= 1, "applied when the computation was over");
}

#[test]
fn a_computed_that_writes_its_own_source_does_not_hang() {
    let source = bind(0);
    let greedy = computed({
        let source = source.clone();
        move || {
            let value = source.get();
            if value < 5 {
                source.set(value + 1);
            }
            value
        }
    });
    let seen: Vec<i32> = (0..7).map(|_| greedy.get()).collect();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 5]);
}

#[test]
fn in_a_clone() {
    struct Clones(Option<Binding<i32>>, Binding<i32>);
    impl Clone for Clones {
        fn clone(&self) -> Self {
            everything(&self.1);
            Self(self.0.clone(), self.1.clone())
        }
    }
    impl PartialEq for Clones {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    let other = bind(0);
    let holder = bind(Clones(None, other.clone()));
    drop(holder.get());
    holder.update(|value| value.0 = None);
    let mut followed = holder.follow();
    drop(futures::executor::block_on(followed.next()));
    assert_eq!(other.get(), 6);
}

#[test]
fn in_an_equality() {
    struct Compares(Binding<i32>, i32);
    impl PartialEq for Compares {
        fn eq(&self, other: &Self) -> bool {
            everything(&self.0);
            self.1 == other.1
        }
    }
    let other = bind(0);
    let holder = bind(Compares(other.clone(), 0));
    holder.set(Compares(other.clone(), 0));
    assert_eq!(
        other.get(),
        1,
        "its writes are applied when the comparison is over, from what it read"
    );
    transaction(|| holder.set(Compares(other.clone(), 1)));
    assert_eq!(holder.with(|holder| holder.1), 1);
    assert_eq!(other.get(), 2);
}

#[test]
fn an_equality_that_sets_its_own_binding_does_not_hang() {
    struct Compares(Mutex<Option<Binding<Compares>>>, i32);
    impl PartialEq for Compares {
        fn eq(&self, other: &Self) -> bool {
            let own = other.0.lock().unwrap().take();
            if let Some(own) = own {
                own.set(Compares(Mutex::default(), 7));
            }
            self.1 == other.1
        }
    }
    let holder = bind(Compares(Mutex::default(), 0));
    holder.set(Compares(Mutex::new(Some(holder.clone())), 1));
    assert_eq!(holder.with(|holder| holder.1), 7, "the write inside came last");
}

#[test]
fn in_a_drop_of_what_a_closure_captured() {
    struct Drops(Binding<i32>);
    impl Drop for Drops {
        fn drop(&mut self) {
            everything(&self.0);
        }
    }
    let (source, other) = (bind(0), bind(0));
    let captured = Drops(other.clone());
    let computed = source.map(move |value| {
        let _keep = &captured;
        *value
    });
    computed.get();
    drop(computed);
    let captured = Drops(other.clone());
    let seen = source.on_change(move |_| {
        let _keep = &captured;
    });
    drop(seen);
    assert_eq!(other.get(), 4);
}

#[test]
fn in_a_waker_and_in_its_clone_and_drop() {
    struct Wakes(Binding<i32>, AtomicUsize);
    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.1.fetch_add(1, Relaxed);
            everything(&self.0);
        }
    }
    impl Drop for Wakes {
        fn drop(&mut self) {
            everything(&self.0);
        }
    }
    let (source, other) = (bind(0), bind(0));
    let wakes = Arc::new(Wakes(other.clone(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&wakes));
    let mut follow = Box::pin(source.follow());
    let mut cx = Context::from_waker(&waker);
    assert!(follow.as_mut().poll_next(&mut cx).is_ready());
    assert!(follow.as_mut().poll_next(&mut cx).is_pending());
    source.set(1);
    assert_eq!(wakes.1.load(Relaxed), 1);
    drop((waker, follow, wakes));
    assert_eq!(other.get(), 4);
}

#[test]
fn a_subscription_can_drop_itself_inside_its_callback() {
    let source = bind(0);
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let runs = Calls::new();
    let subscription = source.on_change({
        let (slot, runs) = (Arc::clone(&slot), runs.clone());
        move |_| {
            runs.hit();
            let own = slot.lock().unwrap().take();
            if let Some(own) = own {
                own.end_and_wait();
            }
        }
    });
    *slot.lock().unwrap() = Some(subscription);
    source.set(1);
    source.set(2);
    runs.assert_count(1);
}

#[test]
fn a_callback_can_end_those_that_come_after_it() {
    let source = bind(0);
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let _first = source.on_change({
        let slot = Arc::clone(&slot);
        move |_| drop(slot.lock().unwrap().take())
    });
    let runs = Calls::new();
    let second = source.on_change({
        let runs = runs.clone();
        move |_| runs.hit()
    });
    *slot.lock().unwrap() = Some(second);
    source.set(1);
    assert_eq!(runs.count(), 0, "after its drop no run starts");
}

#[test]
fn a_guard_never_keeps_a_writer_waiting() {
    let source = bind(String::from("old"));
    let guard = source.read();
    source.set(String::from("new"));
    assert_eq!((guard.as_str(), source.get().as_str()), ("old", "new"));
}

#[test]
fn an_update_that_writes_its_own_binding_ends() {
    let source = bind(0);
    let same = source.clone();
    source.update(move |value| {
        same.set(*value + 1);
        *value += 10;
    });
    // Applied to the value that its own write had made; that write, made again, waited.
    assert_eq!(source.get(), 2);
}
