//! Effects that wait for their thread.
//!
//! ```text
//!   any thread: flush ──effect of a queue──▶ Waiting ──first one: told──▶ waker, callback
//!   its thread: run_pending ──takes all──▶ this thread's flush, which validates and runs them
//! ```
//!
//! An effect is a node that knows its queue, and stands in it once however often it is marked. Both
//! hold each other while it waits, so whoever drops the last handle of the queue empties it.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fmt, mem,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    task::{Context, Poll},
};

use flo_core::{
    Seat, Subscription, WakeList, Wakers,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        global, thread_local,
    },
};

use crate::graph::{end, flush, node::NodeRef, surface};

pub(crate) type Tell = Arc<dyn Fn() + Send + Sync>;

/// What waits for one thread.
pub(crate) struct Waiting {
    /// Unique in the program, and not 0.
    pub(crate) number: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the number of the reaction.
    effects: BTreeMap<u64, NodeRef>,
    /// Closures of a local queue whose effects have ended.
    over: Vec<u64>,
    wakers: Wakers,
    added: u64,
    tells: BTreeMap<u64, Tell>,
    is_closed: bool,
}

/// Who is to be told, when the lock is released.
struct Told(WakeList, Vec<Tell>);

impl Told {
    /// Tells each of them, also where an earlier one panics: nobody is told again before the queue has been emptied.
    ///
    /// # Panics
    /// With the first panic of those it told.
    fn tell(self) {
        let Self(wakers, tells) = self;
        let mut first = panic::catch_unwind(AssertUnwindSafe(|| wakers.wake())).err();
        for tell in tells {
            let told = panic::catch_unwind(AssertUnwindSafe(|| tell()));
            surface::keep_first(&mut first, told.err());
        }
        if let Some(payload) = first {
            panic::resume_unwind(payload);
        }
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.over.is_empty()
    }

    /// Does `add`; those who are to be told that there is something now.
    fn add(&mut self, add: impl FnOnce(&mut Self)) -> Option<Told> {
        let is_first = self.is_empty();
        add(self);
        is_first.then(|| Told(self.wakers.drain(), self.tells.values().cloned().collect()))
    }
}

thread_local! {
    /// The number of the queue that this thread runs at the moment, or 0.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
}

impl Waiting {
    fn new() -> Self {
        global! {
            static MADE: AtomicU64 = AtomicU64::new(1);
        }
        // Relaxed: the number is only told apart.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Self { number, state: Mutex::new(State::default()) }
    }

    /// Whether this thread is running it.
    pub(crate) fn is_here(&self) -> bool {
        RUNNING.with(Cell::get) == self.number
    }

    /// Takes an effect that is to run, and tells.
    pub(crate) fn take(&self, effect: &NodeRef) {
        let number = effect.id().reaction().number;
        // What was there before leaves the lock before it is dropped.
        let mut replaced = None;
        if !self.add(|state| replaced = state.effects.insert(number, effect.clone())) {
            // Nobody will ever run it.
            end::end(effect);
        }
    }

    /// Takes the number of a closure that is to be dropped, and tells.
    pub(crate) fn take_over(&self, closure: u64) {
        // Where nobody is left to drop it, it has been dropped.
        let _is_open = self.add(|state| state.over.push(closure));
    }

    /// Does `add` and tells, unless the queue is closed; whether it is not.
    fn add(&self, add: impl FnOnce(&mut State)) -> bool {
        let mut state = self.state.lock();
        if state.is_closed {
            return false;
        }
        let told = state.add(add);
        drop(state);
        if let Some(told) = told {
            told.tell();
        }
        true
    }

    /// The numbers of the closures that are to be dropped.
    pub(crate) fn over(&self) -> Vec<u64> {
        mem::take(&mut self.state.lock().over)
    }

    /// Runs what waits on this thread, where this is the moment.
    ///
    /// # Panics
    /// With the first panic of those it ran.
    pub(crate) fn run(&self) {
        if !flush::may_run() {
            return;
        }
        let _running = Running(RUNNING.with(|running| running.replace(self.number)));
        flush::flush_with(self.take_effects());
    }

    fn take_effects(&self) -> BTreeMap<u64, NodeRef> {
        mem::take(&mut self.state.lock().effects)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().is_empty()
    }

    fn poll(&self, seat: &mut Seat, cx: &Context<'_>) -> Poll<()> {
        // A waker's clone and drop are a stranger's.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let (poll, left) = if state.is_empty() {
            (Poll::Pending, state.wakers.park(seat, waker))
        } else {
            (Poll::Ready(()), Some(waker))
        };
        drop(state);
        drop(left);
        poll
    }

    fn leave(&self, seat: &mut Seat) {
        let waker = self.state.lock().wakers.leave(seat);
        drop(waker);
    }

    /// Calls `tell` when there is something, and at once where there is.
    pub(crate) fn when_pending(self: &Arc<Self>, tell: &Tell) -> Subscription {
        let (key, is_due) = {
            let mut state = self.state.lock();
            state.added += 1;
            let key = state.added;
            state.tells.insert(key, Arc::clone(tell));
            (key, !state.is_empty())
        };
        if is_due {
            tell();
        }
        let waiting = Arc::downgrade(self);
        Subscription::on_end(move || {
            let removed = waiting.upgrade().map(|waiting| waiting.state.lock().tells.remove(&key));
            drop(removed);
        })
    }
}

struct Running(u64);

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with(|running| running.set(self.0));
    }
}

/// What the handles of a queue share: with the last of them it is emptied, and takes nothing any more.
pub(crate) struct Open(pub(crate) Arc<Waiting>);

impl Open {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Arc::new(Waiting::new())))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Nobody is parked: who waits holds this open.
        let left =
            mem::replace(&mut *self.0.state.lock(), State { is_closed: true, ..State::default() });
        left.effects.values().for_each(end::end);
    }
}

/// A future that completes when something waits: [`EffectQueue::pending`](crate::EffectQueue::pending).
///
/// # Cancel safety
/// Dropped before it completes, it has done nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilPending {
    open: Arc<Open>,
    seat: Seat,
}

impl UntilPending {
    pub(crate) fn new(open: &Arc<Open>) -> Self {
        Self { open: Arc::clone(open), seat: Seat::default() }
    }
}

impl Future for UntilPending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.open.0.poll(&mut this.seat, cx)
    }
}

impl Drop for UntilPending {
    fn drop(&mut self) {
        self.open.0.leave(&mut self.seat);
    }
}

impl fmt::Debug for UntilPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilPending")
            .field("is_ready", &!self.open.0.is_empty())
            .finish_non_exhaustive()
    }
}
