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

#[test]
fn a_stream_is_polled_at_the_first_step_also_where_that_is_in_a_time() {
    paused_clock(|| {
        let text = must_fail(|| assert_marbles!(stream::iter(['a']), "10ms (a|)"));
        assert!(text.ends_with("^ step 0: expected nothing; found `a`"), "{text}");
        assert_marbles!(cold("10ms x|"), "10ms x|");
        let late = stream::once(async { sleep(Duration::from_millis(10)).await });
        assert_marbles!(late, "10ms (x|)");
    });
}
