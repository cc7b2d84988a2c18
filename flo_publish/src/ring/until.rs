//! Waiting for something to be so that is neither a message nor a place.

use std::task::{Context, Poll};

use flo_core::Seat;

use super::{After, Ring};

/// What somebody waits for who is neither a reader nor in line for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// No lossless subscriber needs a message below this number.
    Drained(u64),
    /// No message is accepted any more.
    Closed,
    /// There are at least so many subscribers.
    Subscribed(usize),
    /// There is no subscriber.
    Unsubscribed,
    /// There are not so many subscribers, or the end has come.
    Changed(usize),
}

impl<M> Ring<M> {
    /// The condition "everything published up to here is read".
    pub(crate) fn drained(&self) -> Until {
        Until::Drained(self.state.lock().head)
    }

    /// Whether `until` has come; otherwise the waker of `cx` waits for it at `seat`.
    pub(crate) fn poll_until(&self, until: Until, seat: &mut Seat, cx: &Context<'_>) -> Poll<()> {
        {
            let mut state = self.state.lock();
            if self.has_come(&state, until) {
                *seat = Seat::default();
                return Poll::Ready(());
            }
            if !seat.is_vacant() && state.set_of(until).has(seat, cx.waker()) {
                return Poll::Pending;
            }
        }
        // R7: cloned outside the lock, so it may have come meanwhile and is asked again.
        let waker = cx.waker().clone();
        let mut after = After::default();
        let mut state = self.state.lock();
        if self.has_come(&state, until) {
            drop(state);
            *seat = Seat::default();
            return Poll::Ready(());
        }
        let spare = state.set_of(until).park(seat, waker);
        if let Until::Drained(_) = until {
            // R6: it says what it waits for, and looks once more whether that has come.
            self.attend(&mut state, &mut after);
        }
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for `until`.
    pub(crate) fn leave(&self, until: Until, seat: &mut Seat) {
        if seat.is_vacant() {
            return;
        }
        let waker = {
            let mut state = self.state.lock();
            let set = state.set_of(until);
            let waker = set.leave(seat);
            let is_empty = set.is_empty();
            match until {
                Until::Drained(number) if is_empty => drop(state.draining.remove(&number)),
                Until::Subscribed(count) if is_empty => drop(state.gathering.remove(&count)),
                Until::Drained(_)
                | Until::Subscribed(_)
                | Until::Unsubscribed
                | Until::Closed
                | Until::Changed(_) => {}
            }
            waker
        };
        drop(waker);
    }
}
