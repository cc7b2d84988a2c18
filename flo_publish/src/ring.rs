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
mod open;
mod reader;
mod slot;
mod state;
mod turn;

use std::{
    fmt,
    task::{Context, Poll},
};

use flo_core::{
    Line, Seat, Wakers,
    sync::{Mutex, atomic::AtomicUsize},
};

pub(crate) use after::After;
pub(crate) use open::Open;
pub(crate) use reader::{Reader, Taken};
pub(crate) use slot::Policy;
pub(crate) use state::Rejected;
pub(crate) use turn::Turn;

use slot::Claims;
use state::State;

/// The engine behind one publisher, its clones and its subscribers.
pub(crate) struct Ring<M> {
    /// How many handles and permits keep the streams open; when it comes to nothing they end.
    open: AtomicUsize,
    capacity: usize,
    state: Mutex<State<M>>,
}

/// Whether messages are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    Closed,
}

/// What somebody waits for who is neither a reader nor in line for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// No lossless subscriber needs a message below this number.
    Drained(u64),
    /// No message is accepted any more.
    Closed,
}

impl<M> Ring<M> {
    fn new(capacity: usize) -> Self {
        Self { open: AtomicUsize::new(1), capacity, state: Mutex::new(State::new(capacity)) }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn subscriber_count(&self) -> usize {
        self.state.lock().subscriber_count()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state.lock().phase()
    }

    /// Ends the streams: what is in the ring can still be read, nothing more is accepted.
    pub(crate) fn close(&self) {
        let mut after = After::default();
        self.state.lock().close(&mut after);
    }

    /// The condition "everything published up to here is read".
    pub(crate) fn drained(&self) -> Until {
        Until::Drained(self.state.lock().head())
    }

    /// Whether `until` has come; otherwise the waker of `cx` waits for it at `seat`.
    pub(crate) fn poll_until(&self, until: Until, seat: &mut Seat, cx: &Context<'_>) -> Poll<()> {
        {
            let mut state = self.state.lock();
            if state.has_come(until) {
                *seat = Seat::default();
                return Poll::Ready(());
            }
            if !seat.is_vacant() && state.set_of(until).has(seat, cx.waker()) {
                return Poll::Pending;
            }
        }
        // R7: cloned outside the lock, so it may have come meanwhile and is asked again.
        let waker = cx.waker().clone();
        let (answer, spare) = {
            let mut state = self.state.lock();
            if state.has_come(until) {
                *seat = Seat::default();
                (Poll::Ready(()), Some(waker))
            } else {
                (Poll::Pending, state.set_of(until).park(seat, waker))
            }
        };
        drop(spare);
        answer
    }

    /// Stops waiting for `until`.
    pub(crate) fn leave(&self, until: Until, seat: &mut Seat) {
        if !seat.is_vacant() {
            let waker = self.state.lock().leave(until, seat);
            drop(waker);
        }
    }
}

impl<M> fmt::Debug for Ring<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (phase, subscribers) = {
            let state = self.state.lock();
            (state.phase(), state.subscriber_count())
        };
        f.debug_struct("Ring")
            .field("capacity", &self.capacity)
            .field("phase", &phase)
            .field("subscribers", &subscribers)
            .finish_non_exhaustive()
    }
}
