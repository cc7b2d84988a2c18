//! `follow`, `wait_for`, `when_changed`: the latest value, never a lost one, and an end.

use flo_bind::{Bound, BoundExt, bind, computed, computed_from, snapshot, transaction};
use flo_core::Closed;
use flo_test::{
    Calls, StreamProbe, assert_marbles, assert_pending, assert_ready, assert_ready_eq, expect,
    woken,
};
use futures::Stream;

#[test]
fn it_gives_the_value_at_hand_and_then_the_latest_different_one() {
    let source = bind(1);
    let mut values = StreamProbe::new(source.follow());
    values.expect("1-");
    source.set(2);
    source.set(3);
    values.expect("3-");
    source.set(4);
    source.set(3);
    assert!(values.is_woken(), "it may have changed");
    values.expect("-");
    source.set(3);
    assert!(!values.is_woken());
}

#[test]
fn it_wakes_the_task_that_polled_last_and_keeps_no_waker_that_it_has_woken() {
    let source = bind(0);
    let mut first = woken(source.follow());
    assert_ready_eq!(first.poll_next(), Some(0));
    assert_pending!(first.poll_next());
    assert_eq!(first.kept_wakers(), 1);
    let mut second = woken(first.into_inner());
    assert_pending!(second.poll_next());
    source.set(1);
    assert_eq!((second.wakes(), second.kept_wakers()), (1, 0));
    assert_ready_eq!(second.poll_next(), Some(1));
    assert_pending!(second.poll_next());
    source.set(2);
    assert_eq!(second.wakes(), 2);
}

#[test]
fn it_is_woken_once_until_it_is_polled() {
    let source = bind(0);
    let mut values = woken(source.map(|value| value * 2).follow());
    assert_ready_eq!(values.poll_next(), Some(0));
    assert_pending!(values.poll_next());
    source.set(1);
    source.set(2);
    assert_eq!(values.wakes(), 1);
    assert_ready_eq!(values.poll_next(), Some(4));
    assert_pending!(values.poll_next());
    assert_eq!(values.wakes(), 1);
}

#[test]
fn it_ends_after_the_last_value_when_the_last_writer_is_gone() {
    let source = bind(1);
    let other = source.clone();
    let reader = source.read_only();
    let mut values = StreamProbe::new(reader.follow());
    values.expect("1-");
    drop(source);
    values.expect("-");
    other.set(2);
    drop(other);
    values.expect("(2|)");
    assert_eq!(reader.get(), 2);
}

#[test]
fn it_of_a_computed_ends_when_every_source_of_its_last_run_has() {
    let (which, left, right) = (bind(true), bind(1), bind(2));
    let (which_reader, left_reader, right_reader) =
        (which.read_only(), left.read_only(), right.read_only());
    let chosen =
        computed(move || if which_reader.get() { left_reader.get() } else { right_reader.get() });
    let mut values = StreamProbe::new(chosen.map(ToString::to_string).follow());
    values.expect("1-");
    drop(left);
    values.expect("-");
    which.set(false);
    drop(which);
    values.expect("2-");
    drop(right);
    values.expect("|");
}

#[test]
fn it_ends_at_once_where_nothing_can_change() {
    assert_marbles!(computed(|| 7).follow(), "(7|)");
}

#[test]
fn one_transaction_is_one_item() {
    let (left, right) = (bind(1), bind(2));
    let sum = computed_from((&left, &right), |(left, right)| left + right);
    let mut sums = StreamProbe::new(sum.follow());
    sums.expect("3-");
    transaction(|| {
        left.set(3);
        right.set(6);
    });
    sums.expect("9-");
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
    let mut values = woken(strange.follow());
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
    let mut values = woken(source.follow());
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
    let mut values = woken(source.follow());
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
    let mut three = woken(source.wait_for(|value| *value == 3));
    let mut four = woken(source.wait_for(|value| *value == 4));
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
    let mut outer = woken(());
    let mut wait = Box::pin(source.wait_for(|value| *value == 2));
    let mut follow = Box::pin(source.follow());
    outer.enter(|cx, _| {
        assert_pending!(wait.as_mut().poll(cx));
        assert_ready_eq!(follow.as_mut().poll_next(cx), Some(1));
        assert_pending!(follow.as_mut().poll_next(cx));
    });
    drop((wait, follow));
    assert_eq!(outer.kept_wakers(), 0);
    source.set(2);
    assert_eq!(outer.wakes(), 0);
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
    let mut values = StreamProbe::new(scaled.follow());
    values.expect(expect("a-").values([('a', 10)]));
    let seen = Calls::new();
    let _seen = scaled.on_change({
        let seen = seen.clone();
        move |value| seen.record(*value)
    });
    source.set(2);
    values.expect(expect("b-").values([('b', 20)]));
    seen.assert([20]);
    assert_eq!(label.get(), "20");
}

#[test]
fn a_channel_and_a_waker_can_be_told() {
    let source = bind(0);
    let mut told = woken(std::future::pending::<()>());
    let subscription = told.enter(|cx, _| source.when_changed(cx.waker().clone()));
    source.set(1);
    assert!(told.is_woken());
    drop(subscription);
}
