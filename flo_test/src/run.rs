//! Several lanes go through their steps together.
//!
//! # A step
//!
//! ```text
//!   begin ─▶ poll who is due or woken ─▶ … until nobody is ─▶ drop who is dropped here ─┐
//!              ▲                                                                        │ if any was
//!              └────────────────────────────────────────────────────────────────────────┘
//!         ─▶ compare ─▶ the step is over: whoever waited for the next one is woken
//! ```
//!
//! On a clock a lane is not polled in the midst of a time such as `10ms` unless it is woken; what it
//! does then belongs to the step in which it was woken.

use std::task::Waker;

use crate::{lane::Lane, step::Keeping};

/// The lanes of one run.
pub(crate) type Lanes<'r, 'a> = [&'r mut (dyn Lane + 'a)];

/// Takes all lanes through all their steps.
///
/// # Panics
/// At the caller's line, where one was not as drawn, and where there is no step to be taken.
#[track_caller]
pub(crate) fn run(lanes: &mut Lanes<'_, '_>) {
    assert!(steps(lanes) > 0, "nothing is expected: a diagram has at least one step");
    let keeping = Keeping::begin();
    go(lanes);
    drop(keeping);
    let failures: Vec<String> = lanes.iter_mut().filter_map(|lane| lane.failure()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn go(lanes: &mut Lanes<'_, '_>) {
    #[cfg(feature = "tokio")]
    if let Some(clock) = crate::clock::current() {
        clock.block_on(on_clock::go(&clock, lanes));
        return;
    }
    for step in 0..steps(lanes) {
        begin(lanes, step);
        let root = Waker::noop();
        while go_on(lanes, step, root) {}
        close(lanes, step);
        Keeping::tick();
    }
}

fn steps(lanes: &Lanes<'_, '_>) -> u64 {
    lanes.iter().map(|lane| lane.steps()).max().unwrap_or(0)
}

fn begin(lanes: &mut Lanes<'_, '_>, step: u64) {
    for lane in lanes {
        lane.begin(step);
    }
}

fn close(lanes: &mut Lanes<'_, '_>, step: u64) {
    for lane in lanes {
        lane.close(step);
    }
}

/// Polls everybody who wants to be, or else drops those who are dropped now; whether there was any.
fn go_on(lanes: &mut Lanes<'_, '_>, step: u64, root: &Waker) -> bool {
    let mut any = false;
    for lane in lanes.iter_mut() {
        if lane.wants_poll(step) {
            lane.poll(step, root);
            any = true;
        }
    }
    if !any {
        for lane in lanes.iter_mut() {
            any |= lane.let_go(step);
        }
    }
    any
}

#[cfg(feature = "tokio")]
mod on_clock {
    //! The same on tokio's paused clock.

    use std::{
        future::{Future, poll_fn},
        pin::pin,
        task::Poll,
        time::Duration,
    };

    use tokio::time::{Instant, sleep_until};

    use super::{Lanes, begin, close, go_on, steps};
    use crate::clock::Clock;

    pub(super) async fn go(clock: &Clock, lanes: &mut Lanes<'_, '_>) {
        let (started, end, mut step) = (Instant::now(), steps(lanes), 0);
        if end > 0 {
            begin(lanes, 0);
        }
        while step < end {
            let root = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            loop {
                while go_on(lanes, step, &root) {}
                clock.quiet().await;
                if !lanes.iter().any(|lane| lane.wants_poll(step)) {
                    break;
                }
            }
            let next = lanes.iter().filter_map(|lane| lane.next_due(step)).min().unwrap_or(end);
            wait(lanes, step, time_of(clock, started, next)).await;
            let passed = started.elapsed().as_nanos() / clock.step().as_nanos();
            let now = u64::try_from(passed).unwrap_or(u64::MAX).min(end);
            if now > step {
                close(lanes, now - 1);
                step = now;
                if step < end {
                    begin(lanes, step);
                }
            }
        }
    }

    fn time_of(clock: &Clock, started: Instant, step: u64) -> Instant {
        let span = u64::try_from(clock.step().as_millis()).unwrap_or(u64::MAX);
        started + Duration::from_millis(span.saturating_mul(step))
    }

    /// Waits for `until`, or for somebody to be woken before.
    async fn wait(lanes: &mut Lanes<'_, '_>, step: u64, until: Instant) {
        let mut sleeping = pin!(sleep_until(until));
        poll_fn(|cx| {
            let is_over = sleeping.as_mut().poll(cx).is_ready();
            if is_over || lanes.iter().any(|lane| lane.wants_poll(step)) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
