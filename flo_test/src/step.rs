//! Who keeps step: at which step a source or a scripted sink is.
//!
//! # Idea
//!
//! A diagram speaks of steps, and something must say when one is over. There are three who can:
//!
//! ```text
//!   on this thread …                         a step is over when …
//!   paused_clock(|| …)                       tokio's paused clock has gone on by its span
//!   assert_marbles!, StreamProbe::expect     everybody has been polled and nothing can go on
//!   neither (settle, interleave, executors)  the source has been polled once, and was pending
//! ```
//!
//! The second one counts for the whole thread, so that several sources in one pipeline cannot drift
//! apart, however often each is polled. The third is for everywhere else: a source that is pending
//! wakes its task at once, so that it goes on under any executor.
//!
//! # Invariants
//!
//! - **S1** A [`Pace`] is at one step at a time and never goes back, whoever keeps step.
//! - **S2** Who was told "not yet" is woken when the step comes, at the waker of its last poll.
//! - **S3** Wakers are cloned, woken and dropped outside the lock.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

/// The wakers of those who wait for a step, by the number of their pace.
#[derive(Debug, Default)]
struct Waiting(Mutex<BTreeMap<u64, (i64, Waker)>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (i64, Waker)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out who waited for `now` or earlier.
    fn due(&self, now: i64) -> Vec<Waker> {
        let due = self.lock().extract_if(.., |_, (step, _)| *step <= now).collect::<Vec<_>>();
        due.into_iter().map(|(_, (_, waker))| waker).collect()
    }
}

thread_local! {
    /// How many steps were kept on this thread.
    static NOW: Cell<u64> = const { Cell::new(0) };
    /// Whether somebody keeps step on this thread just now.
    static KEPT: Cell<bool> = const { Cell::new(false) };
    static WAITING: Arc<Waiting> = Arc::default();
}

/// While this lives, this thread's steps are over when [`Keeping::tick`] says so.
#[derive(Debug)]
pub(crate) struct Keeping {
    before: bool,
}

impl Keeping {
    pub(crate) fn begin() -> Self {
        Self { before: KEPT.replace(true) }
    }

    /// The step is over. Wakes who waited for the next one.
    pub(crate) fn tick() {
        NOW.set(NOW.get() + 1);
        // S3: they are woken when the lock is released.
        for waker in WAITING.with(Arc::clone).due(now()) {
            waker.wake();
        }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        KEPT.set(self.before);
    }
}

/// How long a step is, where this thread keeps a clock.
#[cfg(feature = "tokio")]
pub(crate) fn span() -> Option<Duration> {
    crate::clock::current().map(|clock| clock.step())
}

/// How long a step is, where this thread keeps a clock.
#[cfg(not(feature = "tokio"))]
pub(crate) fn span() -> Option<Duration> {
    None
}

/// At which step somebody is who follows a diagram.
#[derive(Debug)]
pub(crate) struct Pace {
    id: u64,
    /// The step it is at, as far as it has looked.
    own: u64,
    /// The thread's step at which its own first one was; `None` until that is known. Before the
    /// thread's first one where it had made steps of its own.
    start: Option<i64>,
    waiting: Option<Arc<Waiting>>,
    #[cfg(feature = "tokio")]
    timer: crate::clock::Timer,
}

impl Pace {
    /// One whose first step is that of its first poll.
    pub(crate) fn from_first_poll() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            // Relaxed: a number that is only to be different from all others.
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            own: 0,
            start: None,
            waiting: None,
            #[cfg(feature = "tokio")]
            timer: crate::clock::Timer::default(),
        }
    }

    /// One whose first step is this thread's next one.
    pub(crate) fn from_here() -> Self {
        let mut pace = Self::from_first_poll();
        pace.start = Some(now());
        #[cfg(feature = "tokio")]
        pace.timer.start();
        pace
    }

    /// Another one that is at the same step and goes on as this one does.
    pub(crate) fn fork(&self) -> Self {
        let mut pace = Self::from_first_poll();
        (pace.own, pace.start) = (self.own, self.start);
        #[cfg(feature = "tokio")]
        pace.timer.start_with(&self.timer);
        pace
    }

    /// The step it is at.
    pub(crate) fn step(&mut self) -> u64 {
        #[cfg(feature = "tokio")]
        if let Some(step) = self.timer.step() {
            self.own = self.own.max(step);
            return self.own;
        }
        if self.start.is_none() && KEPT.get() {
            self.start = Some(now() - signed(self.own));
        }
        if let Some(start) = self.start {
            // S1: the greater one, also where it went from one thread to another.
            self.own = self.own.max(u64::try_from(now() - start).unwrap_or(0));
        }
        self.own
    }

    /// Ready when it is at `step` or later; otherwise its task is woken when it is.
    pub(crate) fn poll_step(&mut self, step: u64, cx: &mut Context<'_>) -> Poll<()> {
        if self.step() >= step {
            return Poll::Ready(());
        }
        #[cfg(feature = "tokio")]
        if let Some(poll) = self.timer.poll_step(step, cx) {
            return poll;
        }
        match &mut self.start {
            Some(start) if KEPT.get() => {
                let due = *start + signed(step);
                let waiting = self.waiting.get_or_insert_with(|| WAITING.with(Arc::clone));
                let waker = cx.waker().clone();
                let before = waiting.lock().insert(self.id, (due, waker));
                drop(before);
            }
            start => {
                self.own += 1;
                if let Some(start) = start {
                    *start -= 1;
                }
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

fn now() -> i64 {
    signed(NOW.get())
}

fn signed(steps: u64) -> i64 {
    i64::try_from(steps).expect("fewer steps than that have passed")
}

impl Drop for Pace {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            let before = waiting.lock().remove(&self.id);
            drop(before);
        }
    }
}
