//! A sink whose back-pressure is drawn, and which records what is done to it.

use std::{
    error::Error,
    fmt,
    panic::Location,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use futures_sink::Sink;

use crate::{
    diagram::{Diagram, Dialect, Mark},
    drawing::{cell, passing},
    step::Pace,
};

/// A sink that is ready when its script says so.
///
/// | in the script | what it does |
/// |---|---|
/// | `r` | there is place for one more item, from this step on |
/// | `R` | there is place for as many as come, from this step on |
/// | `-` | one step passes |
/// | `(rr)` | both in one step |
/// | `!` | from this step on it fails, with [`Refused`] |
/// | `10ms`, `3s`, `1m` | that time passes; inside of `paused_clock` only |
///
/// When the script is over it stays as it is: where no place is left, it is pending for good.
/// Flushing and closing are never held up. At which step it is, is told as for the sources, its
/// first step being that of its first poll: see [the crate](crate#steps).
///
/// It insists on what `Sink` asks of its users: an item only after a ready `poll_ready`, nothing
/// after a close.
///
/// # Examples
/// ```
/// use flo_test::{SinkEvent::{Closed, Flushed, Sent}, SinkProbe, assert_marbles, cold};
/// use futures::{FutureExt, StreamExt};
///
/// let slow = SinkProbe::new("r--r---r");
/// let log = slow.log();
/// let forwarded = cold("(abc)-|").map(Ok).forward(slow);
/// assert_marbles!(forwarded.into_stream(), "-------(x|)");
/// assert_eq!(log.diagram(|item| *item), "a--b---(c|)");
/// assert_eq!(log.take(), [Sent('a'), Sent('b'), Sent('c'), Flushed, Closed]);
/// ```
#[must_use = "sinks do nothing unless polled"]
pub struct SinkProbe<T> {
    /// The steps at which there is place for one more.
    places: Vec<u64>,
    open: Option<u64>,
    fails: Option<u64>,
    accepted: usize,
    phase: Phase,
    pace: Pace,
    log: SinkLog<T>,
    made: &'static Location<'static>,
}

/// What may be done next to a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Ask whether it is ready.
    Idle,
    /// Send: it has said that it is ready.
    Ready,
    /// Nothing: it was closed.
    Closed,
}

/// One thing that was done to a [`SinkProbe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else that can be done to a sink")]
pub enum SinkEvent<T> {
    /// An item was sent.
    Sent(T),
    /// What was sent before was flushed. A flush with nothing to flush is not recorded.
    Flushed,
    /// It was closed.
    Closed,
    /// It has failed somebody, as its script says; recorded once.
    Refused,
    /// It was dropped without having been closed.
    Dropped,
}

/// What a [`SinkProbe`] answers from the `!` of its script on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sink probe's script says that it fails")
    }
}

impl Error for Refused {}

impl<T> SinkProbe<T> {
    /// A sink that does what `script` says.
    ///
    /// # Panics
    /// At the caller's line, where it is no script: the panic points at the character.
    #[track_caller]
    pub fn new(script: &str) -> Self {
        let diagram = Diagram::read(script, Dialect::Sink);
        let step_of = |mark| diagram.marbles.iter().find(|m| m.mark == mark).map(|m| m.step);
        let places = diagram.marbles.iter().filter(|marble| marble.mark == Mark::Ready);
        Self {
            places: places.map(|marble| marble.step).collect(),
            open: step_of(Mark::Open),
            fails: step_of(Mark::Drop),
            accepted: 0,
            phase: Phase::Idle,
            pace: Pace::from_first_poll(),
            log: SinkLog::new(),
            made: Location::caller(),
        }
    }

    /// Tells what was done to it.
    pub fn log(&self) -> SinkLog<T> {
        self.log.clone()
    }

    /// Whether its script says by now that it fails.
    fn check(&mut self) -> Result<(), Refused> {
        let step = self.pace.step();
        if self.fails.is_some_and(|fails| fails <= step) {
            self.log.refused(step);
            return Err(Refused);
        }
        Ok(())
    }

    fn expect_open(&self, what: &str) {
        assert!(
            self.phase != Phase::Closed,
            "the sink probe (made at {}) was closed, and is then asked to {what}",
            self.made
        );
    }
}

impl<T> Unpin for SinkProbe<T> {}

impl<T> Sink<T> for SinkProbe<T> {
    type Error = Refused;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        self.expect_open("be ready");
        self.check()?;
        if self.phase == Phase::Idle {
            let place = self.places.get(self.accepted).copied();
            let ready = match (place, self.open) {
                (Some(place), Some(open)) => Some(place.min(open)),
                (place, open) => place.or(open),
            };
            let due = match (ready, self.fails) {
                (Some(ready), Some(fails)) => Some(ready.min(fails)),
                (ready, fails) => ready.or(fails),
            };
            // With nothing left in the script nothing will ever change.
            let Some(due) = due else { return Poll::Pending };
            ready!(self.pace.poll_step(due, cx));
            self.check()?;
            self.phase = Phase::Ready;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Refused> {
        self.expect_open("send");
        assert!(
            self.phase == Phase::Ready,
            "the sink probe (made at {}) is sent an item without a `poll_ready` that was ready",
            self.made
        );
        self.check()?;
        self.phase = Phase::Idle;
        self.accepted += 1;
        let step = self.pace.step();
        self.log.add(step, SinkEvent::Sent(item));
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        self.check()?;
        let step = self.pace.step();
        self.log.flushed(step);
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        if self.phase != Phase::Closed {
            self.check()?;
            self.phase = Phase::Closed;
            let step = self.pace.step();
            self.log.flushed(step);
            self.log.add(step, SinkEvent::Closed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for SinkProbe<T> {
    fn drop(&mut self) {
        if self.phase != Phase::Closed {
            let step = self.pace.step();
            self.log.add(step, SinkEvent::Dropped);
        }
    }
}

impl<T> fmt::Debug for SinkProbe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkProbe")
            .field("accepted", &self.accepted)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// What was done to a [`SinkProbe`], and when: a handle that stays with the test.
pub struct SinkLog<T>(Arc<Mutex<Log<T>>>);

struct Log<T> {
    /// Counts the steps since the sink was made.
    pace: Pace,
    events: Vec<(u64, SinkEvent<T>)>,
    is_flushed: Flushing,
    has_refused: bool,
}

/// Whether there is something to flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flushing {
    Clean,
    Unflushed,
}

impl<T> SinkLog<T> {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Log {
            pace: Pace::from_here(),
            events: Vec::new(),
            is_flushed: Flushing::Clean,
            has_refused: false,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Log<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, own: u64, event: SinkEvent<T>) {
        let mut log = self.lock();
        if let SinkEvent::Sent(_) = event {
            log.is_flushed = Flushing::Unflushed;
        }
        let step = log.pace.step().max(own);
        log.events.push((step, event));
    }

    fn flushed(&self, own: u64) {
        let before = std::mem::replace(&mut self.lock().is_flushed, Flushing::Clean);
        if before == Flushing::Unflushed {
            self.add(own, SinkEvent::Flushed);
        }
    }

    fn refused(&self, own: u64) {
        let before = std::mem::replace(&mut self.lock().has_refused, true);
        if !before {
            self.add(own, SinkEvent::Refused);
        }
    }

    /// What was done since the last time, in order.
    pub fn take(&self) -> Vec<SinkEvent<T>> {
        let events = std::mem::take(&mut self.lock().events);
        events.into_iter().map(|(_, event)| event).collect()
    }

    /// The items that were sent since the last time; what else was done is forgotten with them.
    pub fn take_sent(&self) -> Vec<T> {
        let sent = |event| match event {
            SinkEvent::Sent(item) => Some(item),
            SinkEvent::Flushed | SinkEvent::Closed | SinkEvent::Refused | SinkEvent::Dropped => {
                None
            }
        };
        self.take().into_iter().filter_map(sent).collect()
    }

    /// A diagram of what was done since the last time it was taken, its steps counted from when the
    /// sink was made: each item as `name` calls it, `|` closed, `#` refused, `!` dropped unclosed.
    /// Flushes are not drawn. On a clock, what takes long is drawn as a time.
    pub fn diagram(&self, name: impl Fn(&T) -> char) -> String {
        let mut marks: Vec<(u64, char)> = Vec::new();
        // `name` is a stranger's code: it does not run under the lock.
        let events = std::mem::take(&mut self.lock().events);
        for (step, event) in &events {
            let mark = match event {
                SinkEvent::Sent(item) => name(item),
                SinkEvent::Closed => '|',
                SinkEvent::Refused => '#',
                SinkEvent::Dropped => '!',
                SinkEvent::Flushed => continue,
            };
            marks.push((*step, mark));
        }
        self.lock().events.splice(0..0, events);
        let mut diagram = String::new();
        let mut step = 0;
        for at_once in marks.chunk_by(|one, other| one.0 == other.0) {
            diagram += &passing(at_once[0].0 - step);
            diagram += &cell(at_once.iter().map(|(_, mark)| *mark));
            step = at_once[0].0 + 1;
        }
        diagram.trim_start().to_owned()
    }
}

impl<T> Clone for SinkLog<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for SinkLog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.lock().events.len();
        f.debug_struct("SinkLog").field("events", &events).finish_non_exhaustive()
    }
}
