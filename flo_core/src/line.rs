//! A line of those who wait for one thing each, served first in, first out.
//!
//! ```text
//!   stand(waker) -> Ticket     waiting  (4, A) (5, B) (7, C)      6 has left
//!   serve()      -> A          waiting         (5, B) (7, C)      4 is served: it is below the first
//!   leave(5)     -> Some(B)    waiting                (7, C)
//!   leave(4)     -> None       it had been served: its holder hands the turn on
//! ```
//!
//! As with [`Wakers`](crate::Wakers) the owner keeps the line inside its lock, wakers come in that
//! were cloned before the lock was taken, and what must be dropped or woken after it goes out.
//!
//! Invariants: L1 tickets stand in ascending order, so a ticket below the first has been served.
//! L2 a line is as long as those who wait in it, whoever came and went between them. L3 no waker is
//! cloned, woken or dropped by `Line` itself.

use std::{collections::VecDeque, fmt, num::NonZeroU64, task::Waker};

/// Those who wait to be served one by one. Lives inside the lock that guards what they wait for.
///
/// ```
/// use std::task::Waker;
/// use flo_core::Line;
///
/// let mut line = Line::default();
/// let first = line.stand(Waker::noop().clone());
/// let second = line.stand(Waker::noop().clone());
/// assert!(line.serve().is_some());
/// assert!(line.is_served(&first) && !line.is_served(&second));
/// assert!(line.leave(second).is_some(), "it was still waiting");
/// assert!(line.leave(first).is_none(), "it had been served");
/// ```
#[derive(Default)]
pub struct Line {
    waiting: VecDeque<(NonZeroU64, Waker)>,
    given: u64,
}

/// A place in a [`Line`]. Its holder ends it with [`Line::leave`], or by taking what it was served.
#[must_use = "a ticket that is lost keeps its place in the line"]
#[derive(Debug)]
pub struct Ticket(NonZeroU64);

impl Line {
    /// How many wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Puts `waker` at the end of the line.
    pub fn stand(&mut self, waker: Waker) -> Ticket {
        // Not zero, so that a place in line or none is one word.
        let ticket = NonZeroU64::MIN.saturating_add(self.given);
        self.given += 1;
        self.waiting.push_back((ticket, waker));
        Ticket(ticket)
    }

    /// Whether it has been this ticket's turn.
    pub fn is_served(&self, ticket: &Ticket) -> bool {
        // L1
        self.waiting.front().is_none_or(|(first, _)| ticket.0 < *first)
    }

    /// Whether the waker that waits with `ticket` would wake what `waker` wakes.
    pub fn has(&self, ticket: &Ticket, waker: &Waker) -> bool {
        self.index(ticket.0).is_some_and(|index| self.waiting[index].1.will_wake(waker))
    }

    /// Lets `waker` wait in the place of the one that waits with `ticket`; what is not needed comes
    /// back, to be dropped when the lock is released: the old waker, or `waker` if it was served.
    #[must_use = "a waker must be dropped after the lock is released"]
    pub fn renew(&mut self, ticket: &Ticket, waker: Waker) -> Waker {
        match self.index(ticket.0) {
            Some(index) => std::mem::replace(&mut self.waiting[index].1, waker),
            None => waker,
        }
    }

    /// Gives up a place; its waker comes back, to be dropped when the lock is released.
    ///
    /// `None` says that the ticket had been served: what it was served is its holder's to hand on.
    #[must_use = "a waker must be dropped after the lock is released, a turn must be handed on"]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a ticket ends here, so it cannot be used again"
    )]
    pub fn leave(&mut self, ticket: Ticket) -> Option<Waker> {
        let index = self.index(ticket.0)?;
        self.waiting.remove(index).map(|(_, waker)| waker)
    }

    /// Serves the first in the line; its waker is to be woken when the lock is released.
    #[must_use = "who was served must be woken after the lock is released"]
    #[inline]
    pub fn serve(&mut self) -> Option<Waker> {
        self.waiting.pop_front().map(|(_, waker)| waker)
    }

    fn index(&self, number: NonZeroU64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |(ticket, _)| *ticket).ok()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waker() -> Waker {
        Waker::noop().clone()
    }

    #[test]
    fn l1_they_are_served_in_the_order_in_which_they_stand() {
        let mut line = Line::default();
        let tickets: Vec<Ticket> = (0..3).map(|_| line.stand(waker())).collect();
        for served in 1..=3 {
            assert!(line.serve().is_some());
            let done: Vec<bool> = tickets.iter().map(|ticket| line.is_served(ticket)).collect();
            assert_eq!(done, [true, served > 1, served > 2]);
        }
        assert!(line.serve().is_none());
    }

    #[test]
    fn l2_who_came_and_went_leaves_nothing_behind() {
        let mut line = Line::default();
        let first = line.stand(waker());
        let mut behind = line.stand(waker());
        for _ in 0..1000 {
            let next = line.stand(waker());
            assert!(line.leave(behind).is_some());
            behind = next;
        }
        assert_eq!(line.waiting.len(), 2);
        assert!(line.serve().is_some());
        assert!(line.is_served(&first) && !line.is_served(&behind));
    }

    #[test]
    fn one_who_left_is_passed_over() {
        let mut line = Line::default();
        let first = line.stand(waker());
        let second = line.stand(waker());
        assert!(line.leave(first).is_some());
        assert!(!line.is_served(&second));
        assert!(line.serve().is_some());
        assert!(line.is_served(&second));
    }
}
