//! Steps that are spans of tokio's paused clock.
#![cfg(feature = "tokio")]

use std::time::Duration;

use flo_test::{
    Leaks, SinkProbe, Tasks, advance, assert_marbles, cold, interleave, must_fail, paused_clock,
    paused_clock_with,
};
use futures::{FutureExt, StreamExt, stream};
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

#[test]
fn steps_have_the_length_that_was_asked_for() {
    paused_clock_with(Duration::from_secs(30), || {
        assert_marbles!(cold("a-b 1m c|"), "a 30s b-- c|");
        let text = must_fail(|| cold("a 10ms b"));
        assert!(text.ends_with("\n    ^ not a whole number of steps of 30s"), "{text}");
        let text = must_fail(|| cold("99999999999999999999s"));
        assert!(text.ends_with("\n  ^ this time is too long"), "{text}");
        let text = must_fail(|| cold("(a 30s)"));
        assert!(text.ends_with("^ no time passes inside a group"), "{text}");
    });
    let text = must_fail(|| paused_clock_with(Duration::from_micros(1_500), || ()));
    assert_eq!(text, "a step of the clock is a whole number of milliseconds, not 1.5ms");
}

#[test]
fn a_clock_is_not_started_inside_another_runtime() {
    let text = must_fail(|| paused_clock(|| paused_clock(|| ())));
    assert!(text.starts_with("`paused_clock` makes a runtime of its own"), "{text}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let text = runtime.block_on(async { must_fail(|| paused_clock(|| ())) });
    assert!(text.ends_with("outside of any tokio runtime and of another `paused_clock`"), "{text}");
    let text = must_fail(|| advance(Duration::from_secs(1)));
    assert_eq!(text, "`advance` is called inside of `paused_clock`");
    paused_clock(|| assert_marbles!(cold("a|"), "a|"));
}

#[test]
fn sinks_and_logs_tell_the_same_time() {
    paused_clock(|| {
        let (source, sink) = (cold("a 10ms (bc) 90ms d|"), SinkProbe::new("r 20ms r 100ms R"));
        let (read, written) = (source.log(), sink.log());
        assert_marbles!(source.map(Ok).forward(sink).into_stream(), "122ms (x|)");
        assert_eq!(written.diagram(|item| *item), "a 20ms b 100ms (cd|)");
        assert_eq!(read.diagrams(), ["^ 121ms |"]);
    });
}

#[test]
fn timers_in_the_midst_of_a_long_step_are_seen_at_their_time() {
    paused_clock_with(Duration::from_millis(10), || {
        let started = tokio::time::Instant::now();
        let times = stream::unfold((), move |()| async move {
            sleep(Duration::from_millis(7)).await;
            Some((started.elapsed().as_millis(), ()))
        });
        // 7, 14, 21, 28 and 35 ms, in steps of ten.
        assert_marbles!(times, "ab(cd)e", {
            'a' => 7, 'b' => 14, 'c' => 21, 'd' => 28, 'e' => 35,
        });
    });
}

#[test]
fn settling_lets_no_time_pass_and_interleaving_does() {
    paused_clock(|| {
        let mut tasks = Tasks::new();
        let waiting = tasks.spawn(sleep(Duration::from_secs(1)));
        let spawned = tokio::spawn(async { 7 });
        tasks.settle();
        assert!(!waiting.is_finished() && spawned.is_finished());
        advance(Duration::from_secs(1));
        tasks.settle();
        assert!(waiting.is_finished());
        let before = tokio::time::Instant::now();
        let hour = || sleep(Duration::from_hours(1));
        interleave(3, (hour(), async { hour().await }));
        assert_eq!(before.elapsed(), Duration::from_hours(1));
        let text = must_fail(|| interleave(3, (std::future::pending::<()>(),)));
        assert!(text.starts_with("nothing can go on, and these wait still:"), "{text}");
    });
}

#[test]
fn what_was_spawned_goes_with_the_clock() {
    let leaks = Leaks::new();
    let kept = leaks.track(1);
    paused_clock(|| {
        tokio::spawn(async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        advance(Duration::from_millis(1));
    });
    leaks.check();
}
