//! One ring of messages for all subscribers; the usual read takes no lock.
//!
//! # Idea
//!
//! A message stands in the ring once, however many read it. Each slot has **one atomic word of claims**
//! that says who still needs the message (`claims.rs`; `cell.rs` and `cell/held.rs` have all unsafe code), and
//! one that says how many of the lossy ones have not begun to read it (`offer.rs`). With them a read of
//! what is there touches no lock; the last reader moves the message out, the others clone it, so N
//! subscribers cost N − 1 clones and no message outlives its last reader. A short lock guards the
//! bookkeeping (`state.rs`): who is there, who waits, what is kept. `Clone`, `Drop` and wakers, which are
//! strangers' code, run on a claim and never under the lock.
//!
//! # Picture
//!
//! ```text
//!                        kept_from                   head
//!                            ▼                         ▼
//!   number     5     6     7     8     9    10    11    12       capacity 6, of 8 slots
//!   slot      [m]   [m]   [m]   [m]   [m]   [m]   (·)   (·)      promised 2, replay 4
//!   UNREAD     –     –     1     2     2     2
//!   offered    –     1     1     1     1     1
//!   PIN        –     1     2     2     2     2
//!                    ▲      ▲     ▲
//!                 lossy X   A     B  lossless
//! ```
//!
//! Messages have numbers in the order in which they were accepted: the one order that all subscribers
//! see. A message with a number is in the slot of that number modulo the number of slots, which is a
//! power of two not below the capacity. There is room for one more beside what is promised where message
//! `head + promised − capacity` has no UNREAD. The next message here finds no room; when A has read 8 it
//! does, and X loses 6 to it.
//!
//! # Invariants
//!
//! - **R1** A lossless subscriber holds one UNREAD on every message from its `next` to `head`. A lossy
//!   one is one of those to whom every message from its `next`, if not older than `head − capacity`, is
//!   offered; one of the latest that has not read the newest message, of those to whom `newest` offers
//!   it. For each of those, and for each that is reading, the message has a PIN (O1), and one of the
//!   ring's on `[kept_from, head)`.
//! - **R2** Only the holder of the lock fills a cell, and only a free one. Only a claim or the lock
//!   entitles anybody to look into a cell.
//! - **R3** Claims are added only under the lock, and only where another claim of the same holder, or the
//!   ring's, holds the message. So "the claims are exactly my one" means that the message may be moved
//!   out.
//! - **R4** Whoever brings the claims to nothing empties the cell and *then* says that it is free.
//! - **R5** Messages become read in order. There is room for number n where message n − capacity is read;
//!   what is tested is `n = head + promised`.
//! - **R6** Where somebody waits, there is no room, or `tell_from` is not above what he waits for, or its
//!   last reader is on the way to the lock.
//! - **R7** Never under the lock: `Clone` and `Drop` of a message, and clone, wake and drop of a waker.
//!   What must be woken and dropped goes into an [`After`], which outlives the guard.
//! - **R8** A subscriber that begins with kept messages claims none that a promised place will push out.
//!
//! The tests in `tests/it` hold them: `oracle` R1, R5 and R6, `strangers` R3, R4 and R7, `replay` R8,
//! `mistakes` each fault that this algorithm had once. The models in `tests/loom.rs` try R2 to R6 and O1
//! under the orders of steps that loom finds (those of lossy and latest ones with at most three
//! switches of threads); random schedules in `tests/shuttle.rs` go where it does not look.
//!
//! # Who wakes whom
//!
//! - A publish, or a batch of them, wakes every parked subscriber, once (`parked.rs`).
//! - The last lossless reader of a message at or above `tell_from` takes the lock and *attends*: it serves
//!   one publisher in line for each place that fell free, and wakes those who wait for what is read.
//! - Whoever gives up a place (a dropped permit, a served publisher that is dropped) attends, too.
//! - So does whoever puts a message on a promised place where nobody has to read it: no reader will.
//! - The last handle and `close_all` wake everybody.
//!
//! # A race, walked through
//!
//! Publisher P finds no room. Under the lock it stands in line, stores `tell_from` (S1) and reads the
//! claims of the message in its way once more (S2). Reader R, without a lock, gives the last UNREAD on
//! it back (S3) and reads `tell_from` (S4). All four are `SeqCst`, so they have one order. If S4 misses
//! S1, then S3 < S4 < S1 < S2: P sees that the message is read, and serves itself. Otherwise R takes the
//! lock, which P holds until it stands in line, and serves it. Nobody sleeps beside a free place.
//!
//! # A second race
//!
//! A lossy reader L begins to read n without the lock, while publishers go round the ring. L sees n's
//! stamp (L1), sees which cell the slot uses (L2), and takes one from n's offer if there is one (L3). A
//! publisher takes all that are left of the offer (P1) long before a later message changes the slot's
//! cell (P2). If L2 saw P2, then L3 comes after P1 and finds nothing. Otherwise L has a PIN on n, and the
//! cell of n: a later message takes a detour around it.
//!
//! # Cost
//!
//! The usual case carries nothing out of the lock: where nobody is parked and nothing falls free, a
//! publish unlocks and returns. The futures are written by hand, with one poll.

mod after;
mod cell;
mod claims;
mod names;
mod offer;
mod open;
mod parked;
mod policy;
mod put;
mod reader;
mod stamp;
mod state;
mod take;
mod turn;
mod until;

use std::fmt;

use flo_core::sync::{
    SpinMutex,
    atomic::{AtomicBool, AtomicU64, AtomicUsize},
};

pub(crate) use after::After;
pub(crate) use open::Open;
pub use policy::Policy;
pub(crate) use reader::{From, Nothing, Reader, Taken};
pub(crate) use turn::Turn;
pub(crate) use until::Until;

use crate::SubscriberStats;
use cell::Slot;
use names::Named;
use offer::Offer;
use put::NOBODY;
use state::{Gate, State};

/// The engine behind one publisher, its clones and its subscribers.
pub(crate) struct Ring<M> {
    /// A power of two of them, so that a number finds its slot with one operation.
    slots: Box<[Slot<M>]>,
    /// How many messages a lossless subscriber may be behind.
    capacity: u64,
    /// The lowest number whose reading somebody waits for (R6).
    tell_from: AtomicU64,
    /// The newest message, to those who want no other.
    newest: Offer,
    /// How many handles and permits keep the streams open; when it comes to nothing they end.
    open: AtomicUsize,
    /// Whether nothing more is accepted: `state.phase`, for those without the lock.
    has_ended: AtomicBool,
    state: SpinMutex<State>,
}

/// Whether messages are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    Closed,
}

/// Why a message, or one who wants a place, was turned away.
pub(crate) enum Rejected<M> {
    /// There is no place, or others wait for one.
    Full(M),
    /// The streams have ended.
    Closed(M),
}

impl<M> Rejected<M> {
    pub(crate) fn into_inner(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl<M> Ring<M> {
    fn new(capacity: usize) -> Self {
        Self {
            slots: (0..capacity.next_power_of_two()).map(|_| Slot::new()).collect(),
            capacity: capacity as u64,
            tell_from: AtomicU64::new(NOBODY),
            newest: Offer::none(),
            open: AtomicUsize::new(1),
            has_ended: AtomicBool::new(false),
            state: SpinMutex::new(State::default()),
        }
    }

    /// The slot of the message with this number.
    #[inline]
    fn slot(&self, number: u64) -> &Slot<M> {
        let mask = self.slots.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "the mask takes the low bits anyway")]
        let index = number as usize & mask;
        &self.slots[index]
    }

    pub(crate) fn capacity(&self) -> usize {
        usize::try_from(self.capacity).unwrap_or(usize::MAX)
    }

    pub(crate) fn subscriber_count(&self) -> usize {
        self.state.lock().subscriber_count()
    }

    /// How many messages were accepted: the number of the next one.
    pub(crate) fn position(&self) -> u64 {
        self.state.lock().head
    }

    /// How many messages the slowest lossless subscriber has not read.
    pub(crate) fn unread_count(&self) -> usize {
        let state = self.state.lock();
        // R5: messages become read in order, so those that are not are the newest.
        let (mut from, mut to) = (state.head.saturating_sub(self.capacity), state.head);
        while from < to {
            let middle = from.midpoint(to);
            if self.slot(middle).is_unread(middle) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        usize::try_from(state.head - to).unwrap_or(usize::MAX)
    }

    /// Keeps the newest `count` messages for those who subscribe later.
    pub(crate) fn keep(&self, count: u64) {
        let mut after = After::default();
        let mut state = self.state.lock();
        if state.phase == Phase::Open {
            self.keep_newest(&mut state, count, &mut after);
        }
        drop(state);
    }

    /// Holds messages back until there are `count` subscribers.
    pub(crate) fn gate(&self, count: usize) {
        let mut state = self.state.lock();
        if state.subscriber_count() < count {
            state.gate = Gate::ClosedUntil(count);
        }
    }

    /// What is known of the subscribers that have a name.
    pub(crate) fn stats(&self) -> Vec<SubscriberStats> {
        let state = self.state.lock();
        state.names.iter().map(|named| named.stats(state.head)).collect()
    }

    /// Those with a name that hold publishers up, because they have not read the message that has to go.
    pub(crate) fn in_the_way(&self) -> Vec<SubscriberStats> {
        let state = self.state.lock();
        let blocking = (state.head + state.promised).saturating_sub(self.capacity);
        // Closed, or held back by a gate, publishers wait for nobody's reading.
        let is_held_up = state.phase == Phase::Open && !self.has_room(&state);
        if !is_held_up || !self.slot(blocking).is_unread(blocking) {
            return Vec::new();
        }
        let slow = |named: &&Named| named.policy == Policy::Lossless && named.position <= blocking;
        state.names.iter().filter(slow).map(|named| named.stats(state.head)).collect()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state.lock().phase
    }

    /// Ends the streams: what is in the ring can still be read, nothing more is accepted.
    pub(crate) fn close(&self) {
        let mut after = After::default();
        self.close_locked(&mut self.state.lock(), &mut after);
    }
}

impl<M> fmt::Debug for Ring<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phase, subscribers) = {
            let state = self.state.lock();
            (state.phase, state.subscriber_count())
        };
        f.debug_struct("Ring")
            .field("capacity", &self.capacity)
            .field("phase", &phase)
            .field("subscribers", &subscribers)
            .finish_non_exhaustive()
    }
}
