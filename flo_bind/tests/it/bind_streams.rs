//! Streams of events become state.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use flo_bind::{BoundExt, Ended, bind, bind_stream_driver, bind_stream_with};
use flo_test::{Calls, Leaks, Marbles, Named, assert_pending, assert_ready, cold, woken};
use futures::{
    Stream, StreamExt,
    executor::{LocalPool, block_on},
    stream,
    task::LocalSpawnExt,
};

#[test]
fn all_that_is_ready_is_one_copy_and_one_commit() {
    let (states, commits) = (Leaks::new(), Calls::new());
    let items = stream::iter(1..=10_000_u64);
    let (state, driver) = bind_stream_driver(items, states.track(0), |state, item| **state += item);
    let _seen = state.on_change({
        let commits = commits.clone();
        move |_| commits.hit()
    });
    block_on(driver);
    assert_eq!(state.with(|state| **state), 50_005_000);
    let (clones, commits) = (states.clone_count(), commits.count());
    assert!(clones <= 10_000 / 1_000 && commits == clones, "{clones} clones, {commits} commits");
}

#[test]
fn a_stream_that_is_never_pending_lets_others_run() {
    let (_state, driver) = bind_stream_driver(stream::repeat(()), 0_u64, |state, ()| *state += 1);
    let mut driver = woken(driver);
    assert_pending!(driver.poll());
    assert!(driver.is_woken());
}

#[test]
fn it_ends_with_its_stream_and_keeps_the_state() {
    let items = cold("-1-(23)-|").values(Named);
    let (state, driver) = bind_stream_driver(items, 0, |state, item: i32| *state += item);
    Marbles::new().along(driver).stream("the state", state.follow(), "01-6-|").run();
    assert_eq!((state.get(), state.ended()), (6, Some(Ended::Closed)));
}

#[test]
fn a_panic_in_the_fold_ends_it_visibly_with_the_state_as_it_stands() {
    let (state, driver) = bind_stream_driver(stream::iter([1, 2, 13, 4]), 0, |state, item| {
        *state += item;
        assert!(item != 13, "an unlucky item");
    });
    block_on(driver);
    assert_eq!(state.get(), 16);
    let Some(Ended::Panicked(text)) = state.ended() else { panic!("it should have ended") };
    assert_eq!(&*text, "an unlucky item");
}

#[test]
fn a_panic_in_the_stream_ends_it_and_one_in_an_effect_does_not() {
    let source =
        stream::iter([1, 2, 3]).map(|item| if item == 3 { panic!("a bad stream") } else { item });
    let (state, driver) = bind_stream_driver(source, 0, |state, item| *state += item);
    let _bad = state.on_change(|_| panic!("a bad effect"));
    block_on(driver);
    assert_eq!((state.get(), state.ended()), (3, Some(Ended::Panicked("a bad stream".into()))));
    let (state, driver) = bind_stream_driver(stream::iter([1, 2]), 0, |state, item| *state += item);
    let _bad = state.on_change(|_| panic!("a bad effect"));
    block_on(driver);
    assert_eq!((state.get(), state.ended()), (3, Some(Ended::Closed)));
}

#[test]
fn dropping_the_last_handle_drops_the_stream() {
    let silent = cold("-");
    let log = silent.log();
    let (state, driver) = bind_stream_driver(silent, 0, |_, _| {});
    let mut driver = woken(driver);
    assert_pending!(driver.poll());
    let mapped = state.map(|state| state + 1);
    assert_eq!(mapped.get(), 1);
    drop(state);
    assert!(!driver.is_woken(), "a computed of it holds it");
    assert_eq!(log.diagrams(), ["^"]);
    drop(mapped);
    assert!(driver.is_woken());
    assert_ready!(driver.poll());
    assert_eq!(log.diagrams(), ["(^!)"]);
}

#[test]
fn a_dropped_driver_ends_the_state() {
    let (state, driver) = bind_stream_driver(stream::iter([1]), 0, |state, item| *state += item);
    drop(driver);
    assert_eq!((state.get(), state.is_ended()), (0, true));
}

#[test]
fn it_runs_on_an_executor_of_the_callers() {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    let spawn = |driver| spawner.spawn_local(driver).unwrap();
    let state = bind_stream_with(spawn, stream::iter([1, 2, 3]), 0, |state, item| *state += item);
    pool.run();
    assert_eq!(state.get(), 6);
}

#[test]
fn a_fold_may_read_and_set_whatever_it_likes() {
    let (factor, sum) = (bind(10), bind(0));
    let slot: Arc<std::sync::OnceLock<flo_bind::BindRef<i32>>> = Arc::default();
    let (state, driver) = bind_stream_driver(stream::iter([1, 2]), 0, {
        let (factor, sum, slot) = (factor.clone(), sum.clone(), Arc::clone(&slot));
        move |state, item| {
            assert_eq!(slot.get().unwrap().get(), 0, "its own state, as it is committed");
            *state += item * factor.get();
            sum.set(sum.get() + item);
        }
    });
    slot.set(state.clone()).unwrap();
    block_on(driver);
    assert_eq!((state.get(), sum.get()), (30, 3));
}

#[test]
fn polled_inside_a_transaction_or_a_snapshot_it_loses_nothing() {
    let counting = || bind_stream_driver(stream::iter(0..3_000), 0, |count, _| *count += 1);
    let (count, driver) = counting();
    flo_bind::transaction(|| block_on(driver));
    assert_eq!(count.get(), 3_000);
    let (count, driver) = counting();
    flo_bind::snapshot(|| block_on(driver));
    assert_eq!(count.get(), 3_000);
    let (count, driver) = counting();
    let mut driver = woken(driver);
    let rolled_back = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        flo_bind::transaction(|| {
            assert_pending!(driver.poll());
            std::panic::resume_unwind(Box::new("rolled back"));
        })
    }));
    assert!(rolled_back.is_err() && count.get() == 0);
    block_on(driver.into_inner());
    assert_eq!(count.get(), 3_000, "what was folded is kept");
}

#[test]
fn that_ends_inside_a_transaction_it_ends_after_the_last_value_also_when_that_is_rolled_back() {
    for rolls_back in [false, true] {
        let (sum, driver) =
            bind_stream_driver(stream::iter([1, 2, 3]), 0, |sum, item| *sum += item);
        let mut sums = woken(sum.follow());
        assert_eq!(assert_ready!(sums.poll_next()), Some(0));
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        sum.on_change(move |sum| counter.store(*sum, Relaxed)).detach();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            flo_bind::transaction(|| {
                block_on(driver);
                assert!(!sum.is_ended());
                if rolls_back {
                    std::panic::resume_unwind(Box::new("rolled back"));
                }
            });
        }));
        assert_eq!(caught.is_err(), rolls_back);
        assert_eq!((sum.get(), sum.is_ended(), seen.load(Relaxed)), (6, true, 6));
        assert_eq!(assert_ready!(sums.poll_next()), Some(6));
        assert_eq!(assert_ready!(sums.poll_next()), None);
    }
}

#[test]
fn a_panic_in_the_streams_drop_goes_no_further_and_the_state_has_ended() {
    struct DropsBadly;
    impl Stream for DropsBadly {
        type Item = ();
        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<()>> {
            Poll::Ready(None)
        }
    }
    impl Drop for DropsBadly {
        fn drop(&mut self) {
            panic!("a stream's drop");
        }
    }
    let (state, driver) = bind_stream_driver(DropsBadly, 0, |_, ()| {});
    block_on(driver);
    assert_eq!(state.ended(), Some(Ended::Closed));
}

#[cfg(feature = "driver-thread")]
mod on_the_background_thread {
    use flo_bind::bind_stream;
    use futures::{SinkExt, channel::mpsc};

    use super::*;

    #[test]
    fn it_needs_no_executor() {
        let state = bind_stream(stream::iter(1..=100), 0, |state, item| *state += item);
        assert_eq!(*block_on(state.wait_for(|state| *state == 5_050)).unwrap(), 5_050);
        let mut values = state.follow();
        block_on(async { while values.next().await.is_some() {} });
        assert!(state.is_ended());
    }

    #[test]
    fn the_last_value_is_followed_also_where_the_end_comes_at_the_same_moment() {
        // Once, one round in some 100 000 took the value before for the last.
        for _ in 0..20_000 {
            let sum = bind_stream(stream::iter([1, 2, 3]), 0, |sum, item| *sum += item);
            let seen: Vec<i32> = block_on(sum.follow().collect());
            assert_eq!(seen.last(), Some(&6));
        }
    }

    #[test]
    fn one_that_panics_takes_no_other_with_it() {
        let (mut sender, receiver) = mpsc::channel(4);
        let good = bind_stream(receiver, 0, |state, item: i32| *state += item);
        let bad = bind_stream(stream::iter([1]), 0, |_, _| panic!("a bad fold"));
        block_on(async {
            while bad.follow().next().await.is_some() && !bad.is_ended() {}
            sender.send(1).await.unwrap();
            good.wait_for(|state| *state == 1).await.unwrap();
        });
    }

    #[test]
    fn dropping_the_last_handle_drops_the_stream() {
        let (sender, receiver) = mpsc::unbounded::<i32>();
        let state = bind_stream(receiver, 0, |state, item| *state += item);
        sender.unbounded_send(1).unwrap();
        block_on(state.wait_for(|state| *state == 1)).unwrap();
        drop(state);
        block_on(std::future::poll_fn(|cx| {
            // Ready with an error when the receiver is gone.
            match sender.poll_ready(cx) {
                Poll::Ready(Err(_)) => Poll::Ready(()),
                _ => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        }));
    }
}
