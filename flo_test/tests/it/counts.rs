//! Wakes, runs and leaks as figures.

use std::sync::Arc;

use flo_test::{
    Calls, Leak, Leaks, assert_pending, assert_ready, assert_ready_err, assert_ready_ok, must_fail,
    woken, yield_now,
};
use futures::channel::oneshot;

#[test]
fn woken_counts_every_wake_up() {
    let (sender, receiver) = oneshot::channel::<u8>();
    let mut answer = woken(receiver);
    assert_eq!((answer.wakes(), answer.is_woken(), answer.kept_wakers()), (0, false, 0));
    assert_pending!(answer.poll());
    assert_eq!(answer.kept_wakers(), 1);
    sender.send(7).unwrap();
    assert_eq!((answer.wakes(), answer.is_woken()), (1, true));
    assert_eq!(assert_ready_ok!(answer.poll()), 7);
    assert!(!answer.is_woken());
    let (sender, receiver) = oneshot::channel::<u8>();
    drop(sender);
    assert_ready_err!(woken(receiver).poll());
    let mut twice = woken(async {
        yield_now().await;
        yield_now().await;
    });
    assert_pending!(twice.poll());
    assert_pending!(twice.poll());
    assert_ready!(twice.poll());
    assert_eq!(twice.wakes(), 2);
}

#[test]
fn calls_are_counted_across_clones_and_threads() {
    let calls = Calls::new();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let calls = calls.clone();
            scope.spawn(move || calls.record(n));
        }
    });
    calls.assert_count(4);
    let mut with = calls.take();
    with.sort_unstable();
    assert_eq!((with, calls.count()), (vec![0, 1, 2, 3], 0));
}

#[test]
fn a_failed_check_of_calls_says_what_they_were() {
    let calls = Calls::new();
    calls.record("a");
    assert_eq!(must_fail(|| calls.assert_count(2)), "expected 2 runs, found 1: [\"a\"]");
    assert_eq!(must_fail(|| calls.assert_count(0)), "expected 0 runs, found 1: [\"a\"]");
    calls.assert_count(1);
    calls.record("c");
    assert_eq!(
        must_fail(|| calls.assert(["a", "b"])),
        "the closure ran with other arguments, from the 2nd run on\n  expected: [\"a\", \"b\"]\n  \
         found   : [\"a\", \"c\"]"
    );
    let hits = Calls::new();
    hits.hit();
    assert_eq!(must_fail(|| hits.assert_count(3)), "expected 3 runs, found 1");
}

#[test]
fn leaks_lists_what_was_not_dropped() {
    let leaks = Leaks::new();
    let first = leaks.track_named("the order", 1);
    let clone = first.clone();
    let third = leaks.track(String::from("x"));
    assert_eq!((leaks.made_count(), leaks.clone_count(), leaks.alive_count()), (3, 1, 3));
    drop(third);
    let line = line!() - 5;
    let text = must_fail(|| leaks.check());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "2 of 3 values were not dropped:");
    assert!(
        lines[1].starts_with("  the order (made at ") && lines[1].contains(&format!(":{line}:"))
    );
    assert!(lines[2].starts_with("  value 1, a clone of value 0, the order (cloned at "), "{text}");
    drop((first, clone));
    leaks.check();
}

#[test]
fn a_leak_is_the_value_that_it_holds() {
    let leaks = Leaks::new();
    let (mut one, two) = (leaks.track(1), leaks.track(2));
    assert!(one < two && *one + *two == 3 && one != two);
    *one += 1;
    assert_eq!(one, two);
    assert_eq!((format!("{one}"), format!("{one:?}")), ("2".to_owned(), "2".to_owned()));
    let forgotten = Arc::new(leaks.track(3));
    std::mem::forget(Arc::clone(&forgotten));
    drop((one, two, forgotten));
    assert!(must_fail(|| leaks.check()).starts_with("1 of 3 values was not dropped:\n  value 2 "));
}

#[test]
fn a_value_may_outlive_the_record_of_it() {
    let leaks = Leaks::new();
    let value = leaks.track(1);
    drop(leaks);
    let clone = value.clone();
    drop((value, clone));
}

fn moves_freely<T: Send + Sync + 'static>() {}

#[test]
fn handles_move_to_other_threads() {
    moves_freely::<(Calls<String>, Leaks, Leak<String>, flo_test::SinkLog<String>)>();
}
