//! The engine of a work queue: messages in a line, and two lines of those who wait.
//!
//! # Idea
//!
//! ```text
//!   pushers in line ──▶ [ m m m m m m ] ──▶ workers in line
//!   promised: places of those served        meant: messages for those served
//! ```
//!
//! A message belongs to nobody before it is popped. Serving a worker says only that one message, whichever
//! is first when he comes, is *meant* for him: so nothing is lost with a worker who goes away, his turn
//! goes to the next. Serving a pusher promises him a place.
//!
//! # Invariants
//!
//! - **Q1** `meant ≤ len`, and where a worker stands in line unserved, `meant = len`.
//! - **Q2** `len + promised ≤ capacity`, and where a pusher stands in line unserved, they are equal, while
//!   the queue is open.
//! - **Q3** While others were woken and have not come, a worker takes no more messages in one turn than a full
//!   queue has for each (`fair.rs`); then it lets others run, also those who have not asked yet. A turn ends as
//!   well where it waits in line.
//! - **Q4** The end is told when no message is left at all: also what is meant for somebody else may
//!   still come to this worker.
//! - **Q5** Never under the lock: drop of a message, and clone, wake and drop of a waker.
//! - **Q6** Where somebody waits until what is there is taken, that is marked, and an open queue is
//!   *watched* (`drain.rs`): then no message is taken uncounted.

mod drain;
mod fair;
mod open;
mod place;
mod push;
mod take;

use std::collections::VecDeque;

use flo_core::{
    Line, Ticket, WakeList, Wakers,
    sync::{SpinMutex, atomic::AtomicUsize},
};

pub(crate) use drain::Mark;
use drain::Marks;
pub(crate) use fair::Taken;
use fair::Turns;
pub(crate) use open::Open;

/// Where somebody stands who wants a place, or a message.
#[derive(Debug, Default)]
pub(crate) enum Turn {
    #[default]
    Outside,
    InLine(Ticket),
}

/// Why a message was turned away.
pub(crate) enum Rejected<M> {
    Full(M),
    Closed(M),
}

/// The queue behind all its handles and workers.
pub(crate) struct Queue<M> {
    capacity: usize,
    /// How many handles keep it open.
    handles: AtomicUsize,
    state: SpinMutex<State<M>>,
}

struct State<M> {
    messages: VecDeque<M>,
    meant: usize,
    promised: usize,
    /// Workers in line.
    workers: Line,
    turns: Turns,
    pushers: Line,
    /// Those who wait until what was there is taken.
    marks: Marks,
    /// Those who wait for the end.
    closing: Wakers,
    phase: Phase,
}

/// Whether messages are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Open, and somebody is to be told of what is taken (Q6).
    Watched,
    Closed,
}

impl<M> Queue<M> {
    fn new(capacity: usize) -> Self {
        let state = State {
            messages: VecDeque::new(),
            meant: 0,
            promised: 0,
            workers: Line::default(),
            turns: Turns::new(capacity),
            pushers: Line::default(),
            marks: Marks::default(),
            closing: Wakers::default(),
            phase: Phase::Open,
        };
        Self { capacity, handles: AtomicUsize::new(1), state: SpinMutex::new(state) }
    }

    pub(crate) fn close(&self) {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        if state.phase != Phase::Closed {
            state.phase = Phase::Closed;
            while let Some(waker) = state.pushers.serve() {
                wakers.push(waker);
            }
            wakers.append(state.closing.drain());
            state.tell_the_end(&mut wakers);
        }
        drop(state);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().phase == Phase::Closed
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().messages.len()
    }

    pub(crate) fn worker_count(&self) -> usize {
        self.state.lock().turns.worker_count()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<M> State<M> {
    fn has_ended(&self) -> bool {
        // Q4
        self.phase == Phase::Closed && self.messages.is_empty()
    }

    /// Q2: promises the places that are free.
    fn serve_pushers(&mut self, capacity: usize, wakers: &mut WakeList) {
        while self.messages.len() + self.promised < capacity
            && let Some(waker) = self.pushers.serve()
        {
            self.promised += 1;
            wakers.push(waker);
        }
    }

    /// Q1: means the messages that are free for those who wait.
    fn serve_workers(&mut self, wakers: &mut WakeList) {
        while self.messages.len() > self.meant
            && let Some(waker) = self.workers.serve()
        {
            self.meant += 1;
            wakers.push(waker);
        }
    }

    fn tell_the_end(&mut self, wakers: &mut WakeList) {
        if self.has_ended() {
            while let Some(waker) = self.workers.serve() {
                wakers.push(waker);
            }
        }
    }
}
