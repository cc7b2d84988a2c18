//! A queue of effects that stays on its thread, with closures that are not `Send`.
//!
//! ```text
//!   graph (any thread)                 the queue's thread
//!     effect ─▶ Ticket { queue 3, closure 7 }      LOCALS { 3 ▶ Closures { 7 ▶ closure } }
//!       run    here only                ───────▶   taken out, run, put back
//!       drop   here                     ───────▶   dropped at once
//!              elsewhere                ───────▶   told; dropped when the queue is run
//! ```

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
    panic::{self, AssertUnwindSafe},
    rc::{Rc, Weak},
};

use flo_core::{
    Subscription,
    sync::{self, Arc, thread_local},
};

use crate::{
    effect::start,
    graph::{garbage::drop_caught, surface},
    waiting::{Open, Tell, UntilPending, Waiting},
};

/// An [`EffectQueue`](crate::EffectQueue) for closures that are not `Send`, such as those that hold widgets.
///
/// It stays on its thread and owns the closures: they run there and are dropped there, at the latest when
/// its last handle is. The subscriptions can go anywhere; one that is dropped on another thread tells the
/// queue, and the closure is dropped by the next [`run_pending`](Self::run_pending). A handle: clones
/// stand for the same queue. A closure that holds one of its own queue keeps that until its effect ends.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use flo_bind::{BoundExt, LocalEffectQueue, bind, effect_in};
///
/// let widget = Rc::new(Cell::new(0));
/// let count = bind(1);
/// let queue = LocalEffectQueue::new();
/// let _drawing = effect_in(&queue, {
///     let (widget, count) = (widget.clone(), count.clone());
///     move || widget.set(count.get())
/// });
/// std::thread::spawn(move || count.set(2)).join().unwrap();
/// queue.run_pending();
/// assert_eq!(widget.get(), 2);
/// ```
#[derive(Clone)]
pub struct LocalEffectQueue {
    open: Arc<Open>,
    closures: Rc<Closures>,
}

impl LocalEffectQueue {
    /// Makes an empty one, of this thread.
    pub fn new() -> Self {
        let open = Open::new();
        let closures = Rc::new(Closures {
            queue: open.0.number,
            added: Cell::new(0),
            held: RefCell::default(),
        });
        LOCALS.with(|locals| {
            locals.borrow_mut().insert(open.0.number, Rc::downgrade(&closures));
        });
        Self { open, closures }
    }

    /// Runs the effects that wait, as [`EffectQueue::run_pending`](crate::EffectQueue::run_pending).
    ///
    /// # Panics
    /// With the first panic of an effect, when all of them have run.
    pub fn run_pending(&self) {
        for number in self.open.0.over() {
            self.closures.remove(number);
        }
        self.open.0.run();
        surface::surface();
    }

    /// Whether nothing waits. What waits may turn out to have nothing to do.
    pub fn is_empty(&self) -> bool {
        self.open.0.is_empty()
    }

    /// Waits until there is something to do, as [`EffectQueue::pending`](crate::EffectQueue::pending).
    ///
    /// # Cancel safety
    /// Dropped before it completes, it has done nothing.
    pub fn pending(&self) -> UntilPending {
        UntilPending::new(&self.open)
    }

    /// Calls `tell` when there is something to do, on the thread that caused it, as
    /// [`EffectQueue::when_pending`](crate::EffectQueue::when_pending).
    pub fn when_pending<F: Fn() + Send + Sync + 'static>(&self, tell: F) -> Subscription {
        self.open.0.when_pending(&(Arc::new(tell) as Tell))
    }

    #[track_caller]
    pub(crate) fn start(&self, run: Run) -> Subscription {
        let closure = self.closures.add(run);
        let ticket =
            Ticket { queue: self.open.0.number, closure, waiting: Arc::downgrade(&self.open.0) };
        // What belongs to it ends with the closure, on this thread.
        start(Some(&self.open.0), move || ticket.run(), None)
    }
}

impl Default for LocalEffectQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalEffectQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEffectQueue")
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}

thread_local! {
    /// The local queues of this thread, by their numbers.
    static LOCALS: RefCell<HashMap<u64, Weak<Closures>>> = RefCell::default();
}

type Run = Box<dyn FnMut()>;

struct Closures {
    /// The number of the queue.
    queue: u64,
    added: Cell<u64>,
    /// `None` while it runs.
    held: RefCell<HashMap<u64, Option<Run>>>,
}

impl Closures {
    fn add(&self, run: Run) -> u64 {
        let number = self.added.get();
        self.added.set(number + 1);
        self.held.borrow_mut().insert(number, Some(run));
        number
    }

    /// Drops a closure, with no borrow held: what it captured is a stranger's, and the next one is dropped also where that
    /// panics.
    fn remove(&self, number: u64) {
        let removed = self.held.borrow_mut().remove(&number);
        drop_caught(removed);
    }

    fn run(&self, number: u64) {
        let taken = self.held.borrow_mut().get_mut(&number).and_then(Option::take);
        let Some(mut run) = taken else { return };
        let ran = panic::catch_unwind(AssertUnwindSafe(&mut run));
        // It may have been removed meanwhile: then it is dropped here.
        let left = match self.held.borrow_mut().get_mut(&number) {
            Some(place) => place.replace(run),
            None => Some(run),
        };
        drop(left);
        if let Err(payload) = ran {
            panic::resume_unwind(payload);
        }
    }
}

impl Drop for Closures {
    fn drop(&mut self) {
        // Past the end of the thread's locals the list is gone anyway.
        let _removed = LOCALS.try_with(|locals| locals.borrow_mut().remove(&self.queue));
        self.held.take().into_values().for_each(drop_caught);
        surface::surface();
    }
}

/// What the graph holds of a closure.
struct Ticket {
    queue: u64,
    closure: u64,
    waiting: sync::Weak<Waiting>,
}

impl Ticket {
    /// The closures, if this is the queue's thread and the queue is still there.
    fn here(&self) -> Option<Rc<Closures>> {
        let closures = LOCALS.try_with(|locals| locals.borrow().get(&self.queue).cloned());
        closures.ok().flatten()?.upgrade()
    }

    fn run(&self) {
        if let Some(closures) = self.here() {
            closures.run(self.closure);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(closures) = self.here() {
            closures.remove(self.closure);
        } else if let Some(waiting) = self.waiting.upgrade() {
            waiting.take_over(self.closure);
        }
    }
}
