//! What is set for the whole process: these run one at a time, in a process of their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Wake, Waker},
};

use flo_bind::{
    Binding, BoundExt, EffectQueue, ListBinding, LocalEffectQueue, RopeBinding, RopeSnapshot, bind,
    bind_stream_driver, effect, effect_in, on_cleanup, on_effect_panic, set_effect_run_limit,
};
use flo_test::Calls;
use futures::{StreamExt, executor::block_on, stream};

/// Only one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the hook is given from here on, as text.
fn reported() -> Calls<String> {
    let calls = Calls::new();
    let hook = calls.clone();
    on_effect_panic(move |payload| {
        let text = payload.downcast_ref::<&str>().copied().unwrap_or("no text");
        hook.record(text.to_owned());
    });
    calls
}

#[test]
fn a_driver_goes_on_and_the_hook_has_the_panic_of_its_effect() {
    let _alone = alone();
    let calls = reported();
    let (sum, driver) = bind_stream_driver(stream::iter([1, 2]), 0, |sum, item| *sum += item);
    let _watching = sum.on_change(|_| panic!("in an effect"));
    block_on(driver);
    calls.assert(["in an effect"]);
    assert_eq!(sum.get(), 3);
    assert!(sum.is_ended());
}

#[test]
fn a_committer_that_is_not_unwinding_gets_the_panic_itself() {
    let _alone = alone();
    let calls = reported();
    let source = bind(1);
    let _watching = source.on_change(|_| panic!("in an effect"));
    assert!(catch_unwind(AssertUnwindSafe(|| source.set(2))).is_err());
    calls.assert_count(0);
}

#[test]
fn a_committer_that_is_unwinding_gets_no_second_panic() {
    let _alone = alone();
    let calls = reported();
    let source = bind(1);
    let _watching = source.on_change(|_| panic!("in an effect"));
    struct SetOnDrop(Binding<i32>);
    impl Drop for SetOnDrop {
        fn drop(&mut self) {
            self.0.set(2);
        }
    }
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _setting = SetOnDrop(source.clone());
        panic!("the first");
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the first"));
    calls.assert(["in an effect"]);
}

#[test]
fn a_waker_of_a_follower_that_panics_while_its_thread_unwinds_goes_to_the_hook() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    let _alone = alone();
    let calls = reported();
    let list = ListBinding::from(vec![1]);
    let mut following = list.follow_changes();
    let waker = Waker::from(Arc::new(Panics));
    while following.poll_next_unpin(&mut Context::from_waker(&waker)).is_ready() {}
    struct PushOnDrop(ListBinding<i32>);
    impl Drop for PushOnDrop {
        fn drop(&mut self) {
            self.0.push(2);
        }
    }
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _pushing = PushOnDrop(list.clone());
        panic!("the first");
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the first"));
    calls.assert(["in a waker"]);
}

#[test]
fn a_cleanup_that_panics_while_its_thread_unwinds_goes_to_the_hook() {
    let _alone = alone();
    let calls = reported();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _watching = effect(|| on_cleanup(|| panic!("in a cleanup")));
        panic!("the first");
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the first"));
    calls.assert(["in a cleanup"]);
}

#[test]
fn a_hook_that_panics_is_harmless() {
    let _alone = alone();
    on_effect_panic(|_| panic!("in the hook"));
    let (sum, driver) = bind_stream_driver(stream::iter([1, 2]), 0, |sum, item| *sum += item);
    let _watching = sum.on_change(|_| panic!("in an effect"));
    block_on(driver);
    assert_eq!(sum.get(), 3);
    reported().assert_count(0);
}

#[test]
fn the_bound_of_runs_can_be_set() {
    let _alone = alone();
    set_effect_run_limit(7);
    let source = bind(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let source = source.clone();
        effect(move || source.set(source.get() + 1))
    }));
    set_effect_run_limit(10_000);
    let payload = caught.unwrap_err();
    assert!(payload.downcast_ref::<String>().unwrap().contains("process_wide.rs"));
    assert_eq!(source.get(), 7);
}

#[test]
fn the_bound_holds_for_a_run_of_a_queue_too() {
    let _alone = alone();
    set_effect_run_limit(7);
    let queues = (EffectQueue::new(), LocalEffectQueue::new());
    let (left, right) = (bind(0), bind(0));
    let count_up = |source: &Binding<i32>| {
        let source = source.clone();
        move || source.set(source.get() + 1)
    };
    let _effects = (effect_in(&queues.0, count_up(&left)), effect_in(&queues.1, count_up(&right)));
    let run: [&dyn Fn(); 2] = [&|| queues.0.run_pending(), &|| queues.1.run_pending()];
    let texts = run.map(|run| {
        let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        payload.downcast_ref::<String>().cloned().unwrap()
    });
    set_effect_run_limit(10_000);
    for text in texts {
        assert!(text.contains("process_wide.rs"), "{text}");
    }
    assert_eq!((left.get(), right.get()), (7, 7));
}

#[test]
fn the_panic_of_an_effect_that_is_stopped_is_told_where_nobody_is_given_it() {
    let _alone = alone();
    set_effect_run_limit(7);
    let told = Calls::new();
    let usual = panic::take_hook();
    panic::set_hook(Box::new({
        let told = told.clone();
        move |info| {
            let text = info.payload().downcast_ref::<String>();
            told.record(text.cloned().unwrap_or_default());
        }
    }));
    let (sum, driver) = bind_stream_driver(stream::iter([1, 2]), 0, |sum, item| *sum += item);
    let runs = bind(0);
    let counting = effect({
        let (sum, runs) = (sum.clone(), runs.clone());
        move || runs.set(runs.get() + sum.get())
    });
    block_on(driver);
    drop(counting);
    panic::set_hook(usual);
    set_effect_run_limit(10_000);
    let told = told.take();
    assert!(told.len() == 1 && told[0].contains("ran 7 times"), "{told:?}");
}

/// The places at which these panic.
fn places(edits: &[&dyn Fn()]) -> Vec<(String, u32)> {
    let found = Calls::new();
    let usual = panic::take_hook();
    panic::set_hook(Box::new({
        let found = found.clone();
        move |info| {
            let place = info.location().map(|place| (place.file().to_owned(), place.line()));
            found.record(place.unwrap());
        }
    }));
    let panicked = edits.iter().all(|edit| catch_unwind(AssertUnwindSafe(edit)).is_err());
    panic::set_hook(usual);
    assert!(panicked);
    found.take()
}

#[test]
fn a_bad_place_in_a_list_or_a_rope_panics_at_the_place_of_the_caller() {
    let _alone = alone();
    let list = ListBinding::from(vec![1]);
    let rope = RopeBinding::from_iter([('a', 0)]);
    let first = line!() + 2;
    let found = places(&[
        &|| drop(rope.replace(1..2, ['b'])),
        &|| drop(rope.replace_attributes(1..2, ['b'], 1)),
        &|| drop(rope.splice(1..2, RopeSnapshot::default())),
        &|| rope.set_attributes(1..2, 1),
        &|| drop(rope.read_cells(1..2)),
        &|| drop(rope.snapshot().range(1..2)),
        &|| list.insert(2, 0),
        &|| _ = list.remove(1),
        &|| _ = list.set(1, 0),
        &|| list.update(1, |_| {}),
        &|| list.move_item(0, 1),
        &|| drop(list.splice(1..2, [])),
        &|| drop(list.snapshot().range(1..2)),
        &|| _ = list.snapshot()[1],
    ]);
    let expected = (first..first + 14).map(|line| (file!().to_owned(), line));
    assert_eq!(found, expected.collect::<Vec<_>>());
}
