//! One ring of messages for all subscribers, under one short lock.
//!
//! # Idea
//!
//! A message stands in the ring once, however many read it. Each slot says **who still needs it**;
//! the last reader takes the message out, the others clone it, so N subscribers cost N − 1 clones
//! and no message outlives its last reader. What stands in a slot is an `Arc<M>`: under the lock
//! only the count of that `Arc` changes, and the message itself is cloned, moved out or dropped by
//! whoever carried the `Arc` out of the lock.
//!
//! # Picture
//!
//! ```text
//!              first         tail                        head
//!                ▼             ▼                           ▼
//!   number       5      6      7      8      9     10     11     12        capacity 6
//!   slot       [ m ]  [ m ]  [ m ]  [ m ]  [ m ]  [ m ]   (·)    (·)       promised 2
//!   unread       0      0      1      2      2      2
//!   behind       1      1      1      1      1      1
//!                ▲             ▲      ▲
//!             lossy X          A      B   lossless
//! ```
//!
//! Messages have numbers in the order in which they were accepted: the one order that all
//! subscribers see. `first` is the oldest that anybody needs, `tail` the oldest that a *lossless*
//! subscriber needs, `head` the next number to be given. There is room while
//! `head − tail + promised < capacity`; `promised` counts the places given to permits and to
//! publishers that were served and have not come back yet. The next message here finds no room;
//! when A has read 7 it does, and X loses 5 to it.
//!
//! # Invariants
//!
//! - **R1** A lossless (lossy) subscriber has one claim `unread` (`behind`) on every message from
//!   its `next` (a lossy one: not older than `first`) to `head`, and on no other.
//! - **R2** So claims never fall from one slot to the next, a slot without claims is the first one,
//!   and it leaves the ring at once: every slot in the ring is claimed.
//! - **R3** Claims are added and given back under the lock only. The message is cloned and dropped
//!   outside it, on the `Arc` that was carried out.
//! - **R4** `tail` never goes back. `head − tail + promised ≤ capacity` while the streams are open.
//! - **R5** While anybody stands in line there is no room, or the lock is held by the one who will
//!   serve the line.
//! - **R6** A message that is put finds at most `capacity − 1` slots, or the first slot has no
//!   `unread` claim: then its lossy readers lose it, and each learns the exact number from its
//!   `next` and `first`.
//! - **R7** Never under the lock: `Clone` and `Drop` of a message, and clone, wake and drop of a
//!   waker. What must be woken and dropped goes into an [`After`], which outlives the guard.
//! - **R8** A subscriber is parked only where `next == head` and the streams are open; each publish
//!   and the end empties the set whole, so a seat of an earlier round stands for nobody.
//!
//! The tests in `tests/it` hold them: `oracle` R1, R2, R4, R5 and R6, `strangers` R3 and R7,
//! `wakes` R8, and the models in `tests/loom.rs` R5 and R8 under every order of steps.
//!
//! # Who wakes whom
//!
//! - A publish wakes every parked subscriber, once.
//! - The lossless reader that moves `tail` serves one publisher in line for each place that fell
//!   free, and wakes those who wait for `tail` to reach a number (`drained`).
//! - Whoever gives up a place (a dropped permit, a served publisher that is dropped) serves the
//!   next.
//! - The last handle and `close_all` wake everybody.
//!
//! # A race, walked through
//!
//! Publisher P finds no room and must clone its waker, which is a stranger's code, so it lets go of
//! the lock. Meanwhile reader R reads the last message and finds nobody in line: it wakes nobody. P
//! takes the lock again and *looks again before it stands in line*: there is room, and it puts its
//! message. The other way round, R comes after P stands in line, and serves it. In both cases
//! nobody sleeps beside a free place. A newcomer N that comes between R and P finds P served: the
//! place is counted in `promised`, so N sees no room and stands in line.

mod after;
mod cell;
mod names;
mod open;
mod parked;
mod policy;
mod put;
mod reader;
mod state;
mod turn;
mod until;

use std::fmt;

use flo_core::sync::{
    Mutex,
    atomic::{AtomicU64, AtomicUsize},
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
    /// How many handles and permits keep the streams open; when it comes to nothing they end.
    open: AtomicUsize,
    state: Mutex<State>,
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
            open: AtomicUsize::new(1),
            state: Mutex::new(State::default()),
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

    /// Keeps the newest `count` messages for those who subscribe later.
    pub(crate) fn keep(&self, count: u64) {
        let mut after = After::default();
        let mut state = self.state.lock();
        if state.phase == Phase::Open {
            state.set_replay(count);
            self.unkeep(&mut state, &mut after);
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
        if state.phase == Phase::Closed || self.has_room(&state) {
            return Vec::new();
        }
        let blocking = (state.head + state.promised).saturating_sub(self.capacity);
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
