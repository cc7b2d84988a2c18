//! Steps that are spans of tokio's paused clock (feature `tokio`).
//!
//! # Idea
//!
//! [`paused_clock`] makes a runtime of one thread whose clock stands still, and enters it. Time goes
//! on only here: at the end of a step, and in [`advance`]. tokio lets a paused clock jump to the next
//! timer whenever nothing can run, so to let a span pass is to sleep for it: everything that is due
//! meanwhile runs at its own time and in its order, spawned tasks included.
//!
//! "Nothing can run" is also when the runtime is about to park its thread. A hook there wakes the one
//! who waits in [`Clock::quiet`], which keeps the clock from jumping.

use std::{
    cell::RefCell,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    time::{Instant, Sleep, sleep, sleep_until},
};

thread_local! {
    static CLOCK: RefCell<Option<Rc<Clock>>> = const { RefCell::new(None) };
}

/// The clock that this thread keeps.
pub(crate) fn current() -> Option<Rc<Clock>> {
    CLOCK.with_borrow(Clone::clone)
}

/// Runs `body` on tokio's paused clock, a step of a diagram being one millisecond of it.
///
/// Inside, `tokio::time` and `tokio::spawn` work, no time passes by itself, and
/// [`assert_marbles!`](crate::assert_marbles), [`StreamProbe`](crate::StreamProbe), the sources and
/// the sink probes follow the clock: `-` is one millisecond, and `10ms` in a diagram stands for that
/// long. What is spawned is dropped at the end.
///
/// # Panics
/// Inside a tokio runtime or another `paused_clock`: it makes a runtime of its own, so it is called
/// from a plain `#[test]`.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flo_test::{assert_marbles, paused_clock};
/// use futures::stream;
///
/// paused_clock(|| {
///     let ticks = stream::unfold(0, |n| async move {
///         tokio::time::sleep(Duration::from_millis(3)).await;
///         Some((n, n + 1))
///     });
///     assert_marbles!(ticks, "---0--1--2");
///     let late = stream::once(async { tokio::time::sleep(Duration::from_secs(60)).await });
///     assert_marbles!(late, "60s (x|)");
/// });
/// ```
#[track_caller]
pub fn paused_clock<R>(body: impl FnOnce() -> R) -> R {
    paused_clock_with(Duration::from_millis(1), body)
}

/// As [`paused_clock`], with a step of another length: whole milliseconds, which is how finely
/// tokio's timers tell time.
///
/// # Panics
/// As [`paused_clock`], and for a step that is not a whole number of milliseconds.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flo_test::{assert_marbles, cold, paused_clock_with};
///
/// paused_clock_with(Duration::from_secs(1), || {
///     assert_marbles!(cold("a 1m b|"), "a 60s b|");
/// });
/// ```
#[track_caller]
pub fn paused_clock_with<R>(step: Duration, body: impl FnOnce() -> R) -> R {
    assert!(
        !step.is_zero() && step.as_nanos().is_multiple_of(1_000_000),
        "a step of the clock is a whole number of milliseconds, not {step:?}"
    );
    assert!(
        current().is_none() && Handle::try_current().is_err(),
        "`paused_clock` makes a runtime of its own: call it from a plain `#[test]`, outside of any \
         tokio runtime and of another `paused_clock`"
    );
    let clock = Rc::new(Clock::new(step));
    let entered = clock.runtime.enter();
    CLOCK.set(Some(Rc::clone(&clock)));
    let leaving = Leaving;
    let result = body();
    drop(leaving);
    drop(entered);
    result
}

/// Takes the clock away, also when the body panics.
struct Leaving;

impl Drop for Leaving {
    fn drop(&mut self) {
        let clock = CLOCK.take();
        drop(clock);
    }
}

/// Lets `span` of the paused clock pass: what is due meanwhile runs, each at its time.
///
/// Only spawned tasks run; a stream or future that somebody else polls is woken.
///
/// # Panics
/// Outside of [`paused_clock`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flo_test::{advance, paused_clock};
///
/// paused_clock(|| {
///     let task = tokio::spawn(tokio::time::sleep(Duration::from_secs(5)));
///     advance(Duration::from_secs(4));
///     assert!(!task.is_finished());
///     advance(Duration::from_secs(1));
///     assert!(task.is_finished());
/// });
/// ```
#[track_caller]
pub fn advance(span: Duration) {
    let clock = current().expect("`advance` is called inside of `paused_clock`");
    clock.block_on(async {
        sleep(span).await;
        clock.quiet().await;
    });
}

/// Lets time pass from timer to timer until `is_so`, or until no timer can be left.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    // A paused clock jumps only to a timer: this one is there when there is no other.
    let mut sleeping = std::pin::pin!(sleep(AGES));
    poll_fn(|cx| {
        if is_so() || sleeping.as_mut().poll(cx).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Longer than any test waits for a timer: ten years.
const AGES: Duration = Duration::from_hours(10 * 365 * 24);

/// A runtime whose clock stands still.
pub(crate) struct Clock {
    runtime: Runtime,
    step: Duration,
    /// Who waits for the runtime to have nothing to do.
    quiet: Arc<Mutex<Option<Waker>>>,
}

impl Clock {
    fn new(step: Duration) -> Self {
        let quiet = Arc::<Mutex<Option<Waker>>>::default();
        let parking = Arc::clone(&quiet);
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .on_thread_park(move || {
                let waker = parking.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(waker) = waker {
                    waker.wake();
                }
            })
            .build()
            .expect("a runtime of one thread with nothing but a clock");
        Self { runtime, step, quiet }
    }

    pub(crate) fn step(&self) -> Duration {
        self.step
    }

    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Waits until no spawned task can go on at this time.
    pub(crate) async fn quiet(&self) {
        // Timers that are due already fire only when the runtime parks; what they wake runs in the
        // next round.
        for _ in 0..3 {
            let mut waits = false;
            poll_fn(|cx| {
                if waits {
                    return Poll::Ready(());
                }
                waits = true;
                let waker = cx.waker().clone();
                let before =
                    self.quiet.lock().unwrap_or_else(PoisonError::into_inner).replace(waker);
                drop(before);
                Poll::Pending
            })
            .await;
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("step", &self.step).finish_non_exhaustive()
    }
}

/// The part of a [`Pace`](crate::step::Pace) that follows a clock.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    start: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Its first step begins here and not at the first poll.
    pub(crate) fn start(&mut self) {
        if current().is_some() {
            self.start = Some(Instant::now());
        }
    }

    /// Its first step is that of `other`.
    pub(crate) fn start_with(&mut self, other: &Self) {
        self.start = other.start;
    }

    /// The step it is at; `None` where no clock is kept.
    pub(crate) fn step(&mut self) -> Option<u64> {
        let step = current()?.step();
        let start = *self.start.get_or_insert_with(Instant::now);
        let passed = Instant::now().saturating_duration_since(start).as_nanos() / step.as_nanos();
        u64::try_from(passed).ok()
    }

    /// Ready when `step` has come; `None` where no clock is kept.
    pub(crate) fn poll_step(&mut self, step: u64, cx: &mut Context<'_>) -> Option<Poll<()>> {
        let span = current()?.step();
        let start = self.start?;
        let passed = u64::try_from(span.as_millis()).ok()?.checked_mul(step)?;
        let due = start.checked_add(Duration::from_millis(passed))?;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        Some(sleep.as_mut().poll(cx))
    }
}
