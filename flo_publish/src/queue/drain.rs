//! Waiting until what was there is taken, and for the end.
//!
//! A message that is taken in the usual way is not counted. Who waits sets a mark behind the last message,
//! and while there is one each message that is taken is counted:
//!
//! ```text
//!   taken 7      mark 10
//!   ──▶ [ m  m  m | m  m ] ──▶      two have been pushed since
//! ```
//!
//! A mark goes when it is reached or nobody waits there any more; it never comes back, since one that is
//! set is always above what was counted.

use std::{
    collections::BTreeMap,
    task::{Context, Poll},
};

use flo_core::{Seat, WakeList, Wakers};

use super::{Phase, Queue, State};

/// Behind which message one waits; the count that must be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(u64);

/// What is counted, and the marks that are not reached.
#[derive(Default)]
pub(super) struct Marks {
    /// How many messages were taken, of those that were counted.
    taken: u64,
    ahead: BTreeMap<Mark, Waiting>,
}

/// Those who wait at one mark: not each of them has been polled yet.
#[derive(Default)]
struct Waiting {
    count: usize,
    wakers: Wakers,
}

impl<M> Queue<M> {
    /// Sets a mark behind what is there now; [`leave_mark`](Self::leave_mark) takes it away.
    pub(crate) fn mark(&self) -> Mark {
        let mut state = self.state.lock();
        let mark = Mark(state.marks.taken + state.messages.len() as u64);
        if !state.messages.is_empty() {
            state.marks.ahead.entry(mark).or_default().count += 1;
            state.watch();
        }
        mark
    }

    /// Whether everything before `mark` is taken; otherwise the waker of `cx` waits for it at `seat`.
    pub(crate) fn poll_mark(&self, mark: Mark, seat: &mut Seat, cx: &Context<'_>) -> Poll<()> {
        {
            let state = self.state.lock();
            match state.marks.ahead.get(&mark) {
                None => return Poll::Ready(()),
                Some(waiting) if waiting.wakers.has(seat, cx.waker()) => return Poll::Pending,
                Some(_) => {}
            }
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let Some(waiting) = state.marks.ahead.get_mut(&mark) else {
            drop(state);
            return Poll::Ready(());
        };
        let spare = waiting.wakers.park(seat, waker);
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// One less waits at `mark`.
    pub(crate) fn leave_mark(&self, mark: Mark, seat: &mut Seat) {
        let waker = {
            let mut state = self.state.lock();
            let Some(waiting) = state.marks.ahead.get_mut(&mark) else { return };
            let waker = waiting.wakers.leave(seat);
            waiting.count -= 1;
            if waiting.count == 0 {
                state.marks.ahead.remove(&mark);
                state.watch();
            }
            waker
        };
        drop(waker);
    }

    /// Whether the queue is closed; otherwise the waker of `cx` waits for it at `seat`.
    pub(crate) fn poll_closed(&self, seat: &mut Seat, cx: &Context<'_>) -> Poll<()> {
        {
            let state = self.state.lock();
            if state.phase == Phase::Closed {
                return Poll::Ready(());
            }
            if state.closing.has(seat, cx.waker()) {
                return Poll::Pending;
            }
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if state.phase == Phase::Closed {
            drop(state);
            return Poll::Ready(());
        }
        let spare = state.closing.park(seat, waker);
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for the end.
    pub(crate) fn leave_closing(&self, seat: &mut Seat) {
        if !seat.is_vacant() {
            let waker = self.state.lock().closing.leave(seat);
            drop(waker);
        }
    }
}

impl<M> State<M> {
    /// Q6
    fn watch(&mut self) {
        self.phase = match self.phase {
            Phase::Closed => Phase::Closed,
            Phase::Open | Phase::Watched if self.marks.ahead.is_empty() => Phase::Open,
            Phase::Open | Phase::Watched => Phase::Watched,
        };
    }

    /// One more message was taken: those are woken who waited for it.
    pub(super) fn count_taken(&mut self, wakers: &mut WakeList) {
        self.marks.taken += 1;
        while let Some(first) = self.marks.ahead.first_entry()
            && *first.key() <= Mark(self.marks.taken)
        {
            wakers.append(first.remove().wakers.drain());
        }
        self.watch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Open;

    #[test]
    fn q6_a_queue_is_watched_while_somebody_waits_and_no_longer() {
        let queue = Open::new(4);
        let is_watched = || queue.state.lock().phase == Phase::Watched;
        let (mut left, mut reached) = (Seat::default(), Seat::default());
        let nothing = queue.mark();
        assert!(!is_watched(), "nothing is there to wait for");
        queue.leave_mark(nothing, &mut left);
        for message in 0..3 {
            assert!(queue.try_push(message).is_ok());
        }
        let marks = [queue.mark(), queue.mark()];
        queue.leave_mark(marks[0], &mut left);
        assert!(is_watched(), "another waits at the same mark");
        for _ in 0..3 {
            assert!(is_watched());
            queue.try_take().unwrap();
        }
        assert!(!is_watched(), "it is reached");
        assert!(queue.try_push(3).is_ok());
        let later = queue.mark();
        queue.leave_mark(marks[1], &mut reached);
        assert!(is_watched(), "who leaves a mark that is reached takes nobody else's away");
        queue.leave_mark(later, &mut left);
        assert!(!is_watched());
    }
}
