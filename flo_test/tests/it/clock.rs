//! Steps that are spans of tokio's paused clock.
#![cfg(feature = "tokio")]

use std::time::Duration;

use flo_test::{advance, assert_marbles, cold, must_fail, paused_clock};
use futures::stream;
use tokio::time::sleep;

#[test]
fn what_is_spawned_runs_at_its_own_time_inside_a_long_step() {
    paused_clock(|| {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            for n in 1..=3 {
                sleep(Duration::from_millis(4)).await;
                sender.send(n).unwrap();
            }
        });
        let received = stream::poll_fn(move |cx| receiver.poll_recv(cx));
        assert_marbles!(received, "4ms 1 3ms 2 3ms (3|)");
    });
}

#[test]
fn a_long_time_is_drawn_as_a_time() {
    let text = must_fail(|| {
        paused_clock(|| assert_marbles!(cold("a 500ms b|"), "a 400ms b|"));
    });
    let expected = [
        "`cold(\"a 500ms b|\")` is not as drawn",
        "  expected  a 400ms b|",
        "  actual    a 400ms --",
        "                    ^ step 401 (401ms): expected `b`; nothing came",
    ];
    assert_eq!(text, expected.join("\n"));
}

#[test]
fn advance_wakes_what_waits() {
    paused_clock(|| {
        let mut timer = flo_test::woken(Box::pin(sleep(Duration::from_secs(3))));
        flo_test::assert_pending!(timer.poll());
        advance(Duration::from_millis(2_999));
        assert!(!timer.is_woken());
        advance(Duration::from_millis(1));
        assert!(timer.is_woken());
        flo_test::assert_ready!(timer.poll());
    });
}
