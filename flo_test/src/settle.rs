//! A set of futures and streams, driven until nothing can go on.

use std::{
    cell::RefCell,
    fmt,
    future::{Future, poll_fn},
    panic::Location,
    pin::pin,
    rc::Rc,
};

use futures_core::Stream;

use crate::{
    failure,
    interleave::yield_now,
    schedule::Schedule,
    seed::{Seed, VARIABLE},
};

/// Futures and streams that run, one at a time, whenever you [`settle`](Tasks::settle) them.
///
/// A pipeline without a runtime: its drivers are spawned here, its outputs collected, and `settle`
/// runs whoever was woken until nobody can go on. The order follows from a seed: the environment
/// variable `FLO_TEST_SEED` if it is set, otherwise 0, or what [`seeded`](Tasks::seeded) is given. A
/// test that fails while it has tasks prints the seed.
///
/// Inside of `paused_clock` what was given to `tokio::spawn` runs as well, and
/// no time passes: `advance` lets it.
///
/// # Examples
/// ```
/// use flo_test::Tasks;
/// use futures::{SinkExt, StreamExt, channel::mpsc};
///
/// let (mut orders, received) = mpsc::channel::<u32>(1);
/// let mut tasks = Tasks::new();
/// let sending = tasks.spawn(async move {
///     for order in [7, 8, 9] {
///         orders.send(order).await.unwrap();
///     }
/// });
/// let doubled = tasks.collect(received.map(|order| order * 2));
/// tasks.settle();
/// assert_eq!(doubled.take(), [14, 16, 18]);
/// assert!(doubled.is_ended() && sending.is_finished());
/// ```
#[must_use = "tasks run when they are settled"]
pub struct Tasks<'a> {
    schedule: Schedule<'a>,
}

impl<'a> Tasks<'a> {
    /// None yet; the order is that of `FLO_TEST_SEED`, or of seed 0.
    ///
    /// # Panics
    /// Where the variable is set to something that is no seed.
    pub fn new() -> Self {
        Self::seeded(Seed::asked_for().unwrap_or_default())
    }

    /// None yet; the order is that of `seed`.
    pub fn seeded(seed: impl Into<Seed>) -> Self {
        Self { schedule: Schedule::new(seed.into()) }
    }

    /// Adds a future. It runs at the next [`settle`](Tasks::settle), for the first time as well.
    #[track_caller]
    pub fn spawn<F: Future + 'a>(&mut self, future: F) -> Spawned<F::Output> {
        self.add(None, Location::caller(), future)
    }

    /// As [`spawn`](Tasks::spawn), called `name` in what is said of it.
    #[track_caller]
    pub fn spawn_named<F: Future + 'a>(&mut self, name: &str, future: F) -> Spawned<F::Output> {
        self.add(Some(name), Location::caller(), future)
    }

    /// Adds a stream, whose items are collected.
    #[track_caller]
    pub fn collect<S: Stream + 'a>(&mut self, stream: S) -> Collected<S::Item> {
        self.add_stream(None, Location::caller(), stream)
    }

    /// As [`collect`](Tasks::collect), called `name` in what is said of it.
    #[track_caller]
    pub fn collect_named<S: Stream + 'a>(&mut self, name: &str, stream: S) -> Collected<S::Item> {
        self.add_stream(Some(name), Location::caller(), stream)
    }

    fn add<F: Future + 'a>(
        &mut self,
        name: Option<&str>,
        made: &'static Location<'static>,
        future: F,
    ) -> Spawned<F::Output> {
        let output = Rc::new(RefCell::new(Output::Running));
        let task = self.schedule.add(name, made, {
            let output = Rc::clone(&output);
            async move {
                let done = future.await;
                output.replace(Output::Done(done));
            }
        });
        Spawned { output, task }
    }

    fn add_stream<S: Stream + 'a>(
        &mut self,
        name: Option<&str>,
        made: &'static Location<'static>,
        stream: S,
    ) -> Collected<S::Item> {
        let items = Rc::new(RefCell::new((Vec::new(), Ending::Open)));
        let progress = self.schedule.progress();
        let task = self.schedule.add(name, made, {
            let items = Rc::clone(&items);
            async move {
                let mut stream = pin!(stream);
                while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                    items.borrow_mut().0.push(item);
                    progress.set(progress.get() + 1);
                    // So that one that is never pending does not keep everybody waiting.
                    yield_now().await;
                }
                items.borrow_mut().1 = Ending::Ended;
            }
        });
        Collected { items, task }
    }

    /// Runs whoever was woken, one at a time, until nobody can go on.
    ///
    /// # Panics
    /// At the caller's line, where a task wakes itself for ever: the panic says which one, where it
    /// was made, and the seed. A task that panics, panics here.
    #[track_caller]
    pub fn settle(&mut self) {
        self.schedule.run();
    }

    /// As [`settle`](Tasks::settle), and where a clock is kept, lets it go on as long as anybody
    /// waits for it.
    #[track_caller]
    pub(crate) fn settle_in_time(&mut self) {
        self.settle();
        #[cfg(feature = "tokio")]
        while !self.unfinished().is_empty() && self.schedule.pass_time() {
            self.settle();
        }
    }

    /// Drops a future that was spawned, where it is.
    pub fn cancel<T>(&mut self, spawned: &Spawned<T>) {
        self.schedule.end(spawned.task);
    }

    /// Drops a stream that is collected; what it gave so far can still be taken.
    pub fn stop<T>(&mut self, collected: &Collected<T>) {
        self.schedule.end(collected.task);
    }

    /// Who has not finished, by name and place.
    pub fn unfinished(&self) -> Vec<String> {
        self.schedule.unfinished()
    }

    /// Asserts that every future has finished and every stream has ended.
    ///
    /// # Panics
    /// At the caller's line, where one has not: with who still waits, and the seed.
    ///
    /// # Examples
    /// ```
    /// use flo_test::{Tasks, must_fail};
    ///
    /// let mut tasks = Tasks::new();
    /// tasks.spawn_named("reader", std::future::pending::<()>());
    /// tasks.settle();
    /// let text = must_fail(|| tasks.assert_finished());
    /// assert!(text.starts_with("nothing can go on, and these wait still:\n  `reader` (made at "));
    /// ```
    #[track_caller]
    pub fn assert_finished(&self) {
        let unfinished = self.unfinished();
        assert!(
            unfinished.is_empty(),
            "nothing can go on, and these wait still:\n  {}\n  seed {}",
            unfinished.join("\n  "),
            self.schedule.seed()
        );
    }
}

impl Default for Tasks<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Tasks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("seed", &self.schedule.seed())
            .field("unfinished", &self.unfinished())
            .finish()
    }
}

#[expect(clippy::print_stderr, reason = "a failing test says how to have it again")]
impl Drop for Tasks<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && !failure::is_quiet() {
            let seed = self.schedule.seed();
            eprintln!("the tasks ran in the order of seed {seed}; to repeat it: {VARIABLE}={seed}");
        }
    }
}

/// Where a future is.
enum Output<T> {
    Running,
    Done(T),
    Taken,
}

/// A future that was given to [`Tasks`]: what came of it.
pub struct Spawned<T> {
    output: Rc<RefCell<Output<T>>>,
    task: usize,
}

impl<T> Spawned<T> {
    /// Whether it has finished.
    pub fn is_finished(&self) -> bool {
        !matches!(*self.output.borrow(), Output::Running)
    }

    /// Its output; `None` where it has not finished, and where it was taken already.
    pub fn take(&self) -> Option<T> {
        if !self.is_finished() {
            return None;
        }
        match self.output.replace(Output::Taken) {
            Output::Done(output) => Some(output),
            Output::Running | Output::Taken => None,
        }
    }
}

impl<T> fmt::Debug for Spawned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawned").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

/// Whether a stream has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    Ended,
}

/// A stream that was given to [`Tasks`]: what it has given.
pub struct Collected<T> {
    items: Rc<RefCell<(Vec<T>, Ending)>>,
    task: usize,
}

impl<T> Collected<T> {
    /// What came since the last time.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.items.borrow_mut().0)
    }

    /// Whether the stream has ended.
    pub fn is_ended(&self) -> bool {
        self.items.borrow().1 == Ending::Ended
    }
}

impl<T: fmt::Debug> fmt::Debug for Collected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected")
            .field("items", &self.items.borrow().0)
            .field("is_ended", &self.is_ended())
            .finish_non_exhaustive()
    }
}
