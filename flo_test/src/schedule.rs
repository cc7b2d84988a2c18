//! Tasks that run one at a time, in an order that follows from a seed.
//!
//! # Idea
//!
//! Whoever is woken can run; who of them does is a choice of the seed's. A task runs until it is
//! pending, so the places where another one can come between are its await points. What happened is
//! kept on the thread as the **trace**, for whoever explains a failure.
//!
//! # Invariants
//!
//! - **T1** A task is polled only where it was woken since its last poll, or never was polled.
//! - **T2** The same seed and the same tasks run in the same order, as long as nobody wakes them from
//!   another thread.
//! - **T3** A task that only ever wakes itself is reported, not run for ever.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fmt::Write,
    future::Future,
    panic::Location,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Wake, Waker},
};

use crate::seed::{Choices, Seed};

/// How often a task may be polled in a row with nobody but itself having woken anybody.
const RESTLESS: usize = 10_000;
/// How often tasks may be polled until nothing can go on.
const ENDLESS: usize = 10_000_000;
/// How many entries of a trace are told.
const TOLD: usize = 60;

thread_local! {
    static TRACE: RefCell<Trace> = RefCell::default();
}

/// What ran on this thread, and how many choices were made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    pub(crate) choices: u32,
    pub(crate) order: Vec<usize>,
}

impl Trace {
    /// Empties this thread's trace, and gives what was in it.
    pub(crate) fn take() -> Self {
        TRACE.take()
    }

    /// Who ran, in order.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for task in self.order.iter().take(TOLD) {
            _ = write!(text, "{}{task}", if text.is_empty() { "" } else { " " });
        }
        if self.order.len() > TOLD {
            _ = write!(text, " … and {} more", self.order.len() - TOLD);
        }
        text
    }
}

/// Who was woken and did not run since.
#[derive(Default)]
struct Ready {
    woken: Mutex<BTreeSet<usize>>,
    /// Who drives all of them on a clock, and sleeps while nobody is woken.
    root: OnceLock<Waker>,
}

impl Ready {
    fn woken(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes one task.
struct Bell {
    task: usize,
    ready: Arc<Ready>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.woken().insert(self.task);
        if let Some(root) = self.ready.root.get() {
            root.wake_by_ref();
        }
    }
}

/// One task.
struct Task<'a> {
    name: String,
    made: &'static Location<'static>,
    /// `None` when it has finished, and while it is polled.
    future: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    waker: Waker,
    polls: usize,
}

/// Tasks, and the order in which they run.
pub(crate) struct Schedule<'a> {
    tasks: Vec<Task<'a>>,
    ready: Arc<Ready>,
    seed: Seed,
    choices: Choices,
    /// Who ran last; nobody did before the first.
    last: usize,
    /// Grows with what tasks bring about that is more than being polled.
    progress: Rc<Cell<usize>>,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(seed: Seed) -> Self {
        let choices = seed.choices();
        Self {
            tasks: Vec::new(),
            ready: Arc::default(),
            seed,
            choices,
            last: usize::MAX,
            progress: Rc::default(),
        }
    }

    /// What a task counts up when it has brought something about.
    pub(crate) fn progress(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.progress)
    }

    pub(crate) fn seed(&self) -> Seed {
        self.seed
    }

    /// Adds a task, which can run at once; its number.
    pub(crate) fn add(
        &mut self,
        name: Option<&str>,
        made: &'static Location<'static>,
        future: impl Future<Output = ()> + 'a,
    ) -> usize {
        let task = self.tasks.len();
        let name = name.map_or_else(|| format!("task {task}"), |name| format!("`{name}`"));
        let waker = Waker::from(Arc::new(Bell { task, ready: Arc::clone(&self.ready) }));
        self.tasks.push(Task { name, made, future: Some(Box::pin(future)), waker, polls: 0 });
        self.ready.woken().insert(task);
        task
    }

    /// Ends a task where it is.
    pub(crate) fn end(&mut self, task: usize) {
        let future = self.tasks[task].future.take();
        drop(future);
    }

    /// Runs whoever can, one after the other, until nobody can.
    ///
    /// # Panics
    /// At the caller's line, where that would never be (T3).
    #[track_caller]
    pub(crate) fn run(&mut self) {
        #[cfg(feature = "tokio")]
        if let Some(clock) = crate::clock::current() {
            let here = Location::caller();
            let stuck = clock.block_on(async {
                self.has_root().await;
                loop {
                    let stuck = self.run_woken();
                    if stuck.is_some() {
                        return stuck;
                    }
                    clock.quiet().await;
                    if self.ready.woken().is_empty() {
                        return None;
                    }
                }
            });
            self.report(stuck, here);
            return;
        }
        let stuck = self.run_woken();
        self.report(stuck, Location::caller());
    }

    /// Lets the clock go on to the next timer, where one is kept; whether anybody can run then.
    #[cfg(feature = "tokio")]
    pub(crate) fn pass_time(&mut self) -> bool {
        if let Some(clock) = crate::clock::current() {
            clock.block_on(async {
                self.has_root().await;
                crate::clock::until(|| !self.ready.woken().is_empty()).await;
            });
            return !self.ready.woken().is_empty();
        }
        false
    }

    /// Sees to it that a wake-up from outside reaches the one who drives.
    #[cfg(feature = "tokio")]
    async fn has_root(&self) {
        let root = std::future::poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())).await;
        self.ready.root.get_or_init(|| root);
    }

    #[track_caller]
    fn report(&self, stuck: Option<(usize, usize)>, here: &Location<'_>) {
        if let Some((task, polls)) = stuck {
            let Task { name, made, .. } = &self.tasks[task];
            panic!(
                "nothing settles: {name} (made at {made}) was polled {polls} times in a row and is \
                 woken still, by itself or by others that never stop\n  at {here}, seed {}",
                self.seed
            );
        }
    }

    /// Runs whoever can; the answer is one who never stops, and how often it was polled.
    fn run_woken(&mut self) -> Option<(usize, usize)> {
        for task in &mut self.tasks {
            task.polls = 0;
        }
        let mut alone = 0;
        for polls in 1.. {
            let woken: Vec<usize> = self.ready.woken().iter().copied().collect();
            if woken.is_empty() {
                return None;
            }
            // With the prefix over they take turns.
            let next = woken.iter().position(|task| *task > self.last).unwrap_or(0);
            let task = woken[self.choices.choose(woken.len(), next)];
            self.last = task;
            self.ready.woken().remove(&task);
            let before = self.progress.get();
            self.poll(task);
            let is_alone = woken.len() == 1 && self.ready.woken().iter().eq([&task]);
            alone = if is_alone && self.progress.get() == before { alone + 1 } else { 0 };
            if alone >= RESTLESS {
                return Some((task, alone));
            }
            if polls >= ENDLESS {
                return self.tasks.iter().map(|task| task.polls).enumerate().max_by_key(|t| t.1);
            }
        }
        None
    }

    fn poll(&mut self, number: usize) {
        TRACE.with_borrow_mut(|trace| {
            trace.order.push(number);
            trace.choices = trace.choices.max(self.choices.made());
        });
        let task = &mut self.tasks[number];
        task.polls += 1;
        // Taken out, so that a task that panics is gone.
        let Some(mut future) = task.future.take() else { return };
        let waker = task.waker.clone();
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks[number].future = Some(future);
        }
    }

    /// Who has not finished, by name and place.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let unfinished = self.tasks.iter().filter(|task| task.future.is_some());
        unfinished.map(|task| format!("{} (made at {})", task.name, task.made)).collect()
    }
}
