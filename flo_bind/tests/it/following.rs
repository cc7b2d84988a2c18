//! `follow`, `wait_for`, `when_changed`: the latest value, never a lost one, and an end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use flo_bind::{Bound, BoundExt, bind, computed, computed_from, snapshot, transaction};
use flo_core::Closed;
use tokio_test::{assert_pending, assert_ready, assert_ready_eq, task};

#[test]
fn it_gives_the_value_at_hand_and_then_the_latest_different_one() {
    let source = bind(1);
    let mut values = task::spawn(source.follow());
    assert_ready_eq!(values.poll_next(), Some(1));
    assert_pending!(values.poll_next());
    source.set(2);
    source.set(3);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(3));
    assert_pending!(values.poll_next());
    source.set(4);
    source.set(3);
    assert!(values.is_woken());
    assert_pending!(values.poll_next());
    source.set(3);
    assert!(!values.is_woken());
}

#[test]
fn it_is_woken_once_until_it_is_polled() {
    let source = bind(0);
    let doubled = source.map(|value| value * 2);
    let mut values = task::spawn(doubled.follow());
    assert_ready_eq!(values.poll_next(), Some(0));
    assert_pending!(values.poll_next());
    source.set(1);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(2));
    assert_pending!(values.poll_next());
    assert!(!values.is_woken());
}

#[test]
fn it_ends_after_the_last_value_when_the_last_writer_is_gone() {
    let source = bind(1);
    let other = source.clone();
    let reader = source.read_only();
    let mut values = task::spawn(reader.follow());
    assert_ready_eq!(values.poll_next(), Some(1));
    drop(source);
    assert_pending!(values.poll_next());
    other.set(2);
    drop(other);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(2));
    assert_ready_eq!(values.poll_next(), None);
    assert_ready_eq!(values.poll_next(), None);
    assert_eq!(reader.get(), 2);
}

#[test]
fn it_of_a_computed_ends_when_every_source_of_its_last_run_has() {
    let (which, left, right) = (bind(true), bind(1), bind(2));
    let (which_reader, left_reader, right_reader) =
        (which.read_only(), left.read_only(), right.read_only());
    let chosen =
        computed(move || if which_reader.get() { left_reader.get() } else { right_reader.get() });
    let label = chosen.map(ToString::to_string);
    let mut values = task::spawn(label.follow());
    assert_ready_eq!(values.poll_next(), Some("1".to_owned()));
    assert_pending!(values.poll_next());
    drop(left);
    assert_pending!(values.poll_next());
    which.set(false);
    drop(which);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some("2".to_owned()));
    assert_pending!(values.poll_next());
    drop(right);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), None);
}

#[test]
fn it_ends_at_once_where_nothing_can_change() {
    let fixed = computed(|| 7);
    let mut values = task::spawn(fixed.follow());
    assert_ready_eq!(values.poll_next(), Some(7));
    assert_ready_eq!(values.poll_next(), None);
}

#[test]
fn one_transaction_is_one_item() {
    let (left, right) = (bind(1), bind(2));
    let sum = computed_from((&left, &right), |(left, right)| left + right);
    let mut sums = task::spawn(sum.follow());
    assert_ready_eq!(sums.poll_next(), Some(3));
    assert_pending!(sums.poll_next());
    transaction(|| {
        left.set(10);
        right.set(20);
    });
    assert_ready_eq!(sums.poll_next(), Some(30));
    assert_pending!(sums.poll_next());
}

#[test]
fn it_is_woken_by_what_changes_while_its_computed_runs() {
    let source = bind(0);
    let strange = computed({
        let source = source.clone();
        move || {
            let value = source.get();
            if value == 1 {
                std::thread::scope(|scope| {
                    scope.spawn(|| source.set(2));
                });
            }
            value
        }
    });
    let mut values = task::spawn(strange.follow());
    assert_ready_eq!(values.poll_next(), Some(0));
    source.set(1);
    assert_ready_eq!(values.poll_next(), Some(1));
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(2));
    assert_pending!(values.poll_next());
}

#[test]
fn polled_inside_a_snapshot_it_is_woken_for_what_it_could_not_see() {
    let source = bind(0);
    let mut values = task::spawn(source.follow());
    snapshot(|| {
        source.get();
        std::thread::scope(|scope| {
            scope.spawn(|| source.set(1));
        });
        assert_ready_eq!(values.poll_next(), Some(0));
        assert_pending!(values.poll_next());
    });
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(1));
}

#[test]
fn polled_inside_a_transaction_it_is_woken_at_its_end() {
    let source = bind(0);
    let mut values = task::spawn(source.follow());
    assert_ready_eq!(values.poll_next(), Some(0));
    transaction(|| {
        source.set(1);
        assert_ready_eq!(values.poll_next(), Some(1));
        assert_pending!(values.poll_next());
        source.set(2);
    });
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(2));
}

#[test]
fn wait_for_gives_the_value_or_says_that_it_will_never_be() {
    let source = bind(1);
    let mut three = task::spawn(source.wait_for(|value| *value == 3));
    let mut four = task::spawn(source.wait_for(|value| *value == 4));
    assert_pending!(three.poll());
    assert_pending!(four.poll());
    source.set(3);
    assert!(three.is_woken());
    assert_eq!(*assert_ready!(three.poll()).unwrap(), 3);
    assert_pending!(four.poll());
    drop(source);
    assert!(four.is_woken());
    assert_eq!(assert_ready!(four.poll()).unwrap_err(), Closed);
}

#[test]
fn a_dropped_follow_or_wait_is_told_no_more_and_keeps_no_waker() {
    let source = bind(1);
    let count = Arc::new(AtomicUsize::new(0));
    struct Wakes(Arc<AtomicUsize>);
    impl std::task::Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    let wakes = Arc::new(Wakes(Arc::clone(&count)));
    let waker = std::task::Waker::from(Arc::clone(&wakes));
    let mut cx = std::task::Context::from_waker(&waker);
    let mut wait = Box::pin(source.wait_for(|value| *value == 2));
    let mut follow = Box::pin(source.follow());
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    assert!(futures::Stream::poll_next(follow.as_mut(), &mut cx).is_ready());
    assert!(futures::Stream::poll_next(follow.as_mut(), &mut cx).is_pending());
    drop((wait, follow));
    drop(waker);
    assert_eq!(Arc::strong_count(&wakes), 1);
    source.set(2);
    assert_eq!(count.load(Relaxed), 0);
}

#[test]
fn an_outsider_over_our_bindings_is_tracked_followed_and_computed_from() {
    #[derive(Clone)]
    struct Scaled(flo_bind::Binding<i32>, i32);
    impl Bound for Scaled {
        type Value = i32;
        fn read(&self) -> flo_bind::Guard<i32> {
            flo_bind::Guard::new(self.0.get() * self.1)
        }
        fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> flo_core::Subscription {
            self.0.when_changed(notify)
        }
    }
    impl From<Scaled> for flo_bind::BindRef<i32> {
        fn from(scaled: Scaled) -> Self {
            Self::new(scaled)
        }
    }
    let source = bind(1);
    let scaled = Scaled(source.clone(), 10);
    let label = scaled.map(|value| format!("{value}"));
    let mut values = task::spawn(scaled.follow());
    assert_ready_eq!(values.poll_next(), Some(10));
    assert_pending!(values.poll_next());
    let seen = Arc::new(AtomicUsize::new(0));
    let _seen = scaled.on_change({
        let seen = Arc::clone(&seen);
        move |value| seen.store(usize::try_from(*value).unwrap(), Relaxed)
    });
    source.set(2);
    assert!(values.is_woken());
    assert_ready_eq!(values.poll_next(), Some(20));
    assert_eq!((label.get().as_str(), seen.load(Relaxed)), ("20", 20));
}

#[test]
fn a_channel_and_a_waker_can_be_told() {
    let source = bind(0);
    let mut told = task::spawn(std::future::pending::<()>());
    let subscription = told.enter(|cx, _| source.when_changed(cx.waker().clone()));
    source.set(1);
    assert!(told.is_woken());
    drop(subscription);
}
