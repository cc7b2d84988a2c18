//! A set of futures and streams is driven until nothing can go on, in the order of a seed.

use std::{cell::RefCell, rc::Rc, task::Poll};

use flo_test::{Seed, Tasks, cold, must_fail, yield_now};
use futures::{SinkExt, StreamExt, channel::mpsc, future::poll_fn, stream};

/// Who ran in which order with `seed`.
fn order(seed: impl Into<Seed>) -> Vec<usize> {
    let order = Rc::new(RefCell::new(Vec::new()));
    let mut tasks = Tasks::seeded(seed);
    for n in 0..4 {
        let order = Rc::clone(&order);
        tasks.spawn(async move {
            for _ in 0..4 {
                order.borrow_mut().push(n);
                yield_now().await;
            }
        });
    }
    tasks.settle();
    tasks.assert_finished();
    order.take()
}

#[test]
fn the_same_seed_gives_the_same_order_and_others_give_others() {
    assert_eq!(order(7), order(7));
    let different: std::collections::BTreeSet<_> = (0..50).map(order).collect();
    assert!(different.len() > 45, "{} orders", different.len());
}

#[test]
fn with_no_choice_left_they_take_turns() {
    let turns: Vec<usize> = (0..4).flat_map(|_| 0..4).collect();
    assert_eq!(order(Seed::from(7).prefix(0)), turns);
    assert_ne!(order(7), turns);
}

#[test]
fn a_pipeline_is_driven_to_its_end_without_a_runtime() {
    for seed in 0..20 {
        let (mut orders, received) = mpsc::channel(1);
        let mut tasks = Tasks::seeded(seed);
        let sending = tasks.spawn_named("sender", async move {
            for n in 0..10 {
                orders.send(n).await.unwrap();
            }
            "sent"
        });
        let doubled = tasks.collect_named("reader", received.map(|n| n * 2));
        tasks.settle();
        assert_eq!(doubled.take(), (0..10).map(|n| n * 2).collect::<Vec<_>>());
        assert!(doubled.is_ended());
        assert_eq!(
            (sending.take(), sending.take(), sending.is_finished()),
            (Some("sent"), None, true)
        );
        tasks.assert_finished();
    }
}

#[test]
fn it_stops_where_nothing_can_go_on_and_goes_on_when_something_can() {
    let (sender, receiver) = mpsc::unbounded();
    let mut tasks = Tasks::new();
    let items = tasks.collect(receiver);
    tasks.settle();
    assert_eq!(items.take(), [] as [u8; 0]);
    sender.unbounded_send(1_u8).unwrap();
    assert_eq!(items.take(), [], "not before it is settled");
    tasks.settle();
    assert_eq!((items.take(), items.is_ended()), (vec![1], false));
    assert_eq!(tasks.unfinished().len(), 1);
    tasks.stop(&items);
    assert!(sender.is_closed() && tasks.unfinished().is_empty());
}

#[test]
fn who_waits_still_is_told_by_name() {
    let mut tasks = Tasks::seeded(417);
    tasks.spawn_named("reader", std::future::pending::<()>());
    tasks.spawn(async {});
    let other = tasks.spawn(std::future::pending::<()>());
    tasks.settle();
    let text = must_fail(|| tasks.assert_finished());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "nothing can go on, and these wait still:");
    assert!(
        lines[1].starts_with("  `reader` (made at ") && lines[1].contains("settle.rs:"),
        "{text}"
    );
    assert!(lines[2].starts_with("  task 2 (made at "), "{text}");
    assert_eq!(lines[3], "  seed 417");
    tasks.cancel(&other);
    assert_eq!(tasks.unfinished().len(), 1);
}

#[test]
fn one_that_wakes_itself_for_ever_is_reported() {
    let mut tasks = Tasks::seeded(3);
    tasks.spawn_named(
        "restless",
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }),
    );
    tasks.spawn_named("patient", std::future::pending::<()>());
    let text = must_fail(|| tasks.settle());
    assert!(text.starts_with("nothing settles: `restless` (made at "), "{text}");
    assert!(text.contains("was polled 10000 times in a row") && text.ends_with("seed 3"), "{text}");
}

#[test]
fn a_long_stream_that_is_always_ready_is_no_reason_to_report() {
    let mut tasks = Tasks::new();
    let items = tasks.collect(stream::iter(0..100_000));
    tasks.settle();
    assert_eq!(items.take().len(), 100_000);
}

#[test]
fn sources_go_on_under_it() {
    let mut tasks = Tasks::new();
    let (left, right) = (tasks.collect(cold("-a--b|")), tasks.collect(cold("---x|")));
    tasks.settle();
    assert_eq!((left.take(), right.take()), (vec!['a', 'b'], vec!['x']));
}

#[test]
fn a_task_may_borrow_and_wakes_from_other_threads_count() {
    let total = std::cell::Cell::new(0);
    let (sender, receiver) = mpsc::unbounded();
    let mut tasks = Tasks::new();
    tasks.spawn(receiver.for_each(|n: u32| {
        total.set(total.get() + n);
        std::future::ready(())
    }));
    tasks.settle();
    std::thread::scope(|scope| {
        scope.spawn(|| sender.unbounded_send(5).unwrap());
    });
    tasks.settle();
    assert_eq!(total.get(), 5);
}
