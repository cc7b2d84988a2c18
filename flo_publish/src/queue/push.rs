//! Pushing a message, at once or in line.

use std::task::{Context, Poll, Waker};

use flo_core::{WakeList, sync::SpinMutexGuard};

use super::{Phase, Queue, Rejected, State, Turn};

impl<M> Queue<M> {
    /// Pushes if that is possible at once; where nobody waits nothing is carried out of the lock.
    #[inline]
    pub(crate) fn try_push(&self, message: M) -> Result<(), Rejected<M>> {
        let mut state = self.state.lock();
        if !state.is_usual_to_push(self.capacity) {
            return self.try_push_unusual(state, message);
        }
        state.messages.push_back(message);
        drop(state);
        Ok(())
    }

    #[inline(never)]
    fn try_push_unusual(
        &self,
        state: SpinMutexGuard<'_, State<M>>,
        message: M,
    ) -> Result<(), Rejected<M>> {
        let mut wakers = WakeList::default();
        // Declared after them, so that it is let go before.
        let mut state = state;
        state.try_push(message, self.capacity, &mut wakers)
    }

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn poll_push(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        if let Turn::InLine(_) = turn {
            return self.poll_push_in_line(turn, message, cx);
        }
        let wanted = message.take().expect("polled after completion");
        let mut state = self.state.lock();
        if !state.is_usual_to_push(self.capacity) {
            return self.poll_push_unusual(state, wanted, turn, message, cx);
        }
        state.messages.push_back(wanted);
        drop(state);
        Poll::Ready(Ok(()))
    }

    #[inline(never)]
    fn poll_push_unusual(
        &self,
        state: SpinMutexGuard<'_, State<M>>,
        wanted: M,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        match self.try_push_unusual(state, wanted) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(Rejected::Closed(wanted)) => return Poll::Ready(Err(wanted)),
            Err(Rejected::Full(wanted)) => *message = Some(wanted),
        }
        self.stand_in_line(turn, message, cx)
    }

    #[inline(never)]
    fn poll_push_in_line(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        let mut wakers = WakeList::default();
        let pushed = self.state.lock().push_served(turn, message, cx.waker(), &mut wakers);
        match pushed {
            Some(answer) => answer,
            None => self.stand_in_line(turn, message, cx),
        }
    }

    /// Waits in line, unless it is served meanwhile, or finds a place.
    fn stand_in_line(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        let mut wakers = WakeList::default();
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.push_served(turn, message, &waker, &mut wakers) {
            drop(state);
            return answer;
        }
        let spare = match turn {
            Turn::InLine(ticket) => Some(state.pushers.renew(ticket, waker)),
            Turn::Outside => {
                let wanted = message.take().expect("polled after completion");
                match state.try_push(wanted, self.capacity, &mut wakers) {
                    Ok(()) => {
                        drop(state);
                        return Poll::Ready(Ok(()));
                    }
                    Err(Rejected::Closed(wanted)) => {
                        drop(state);
                        return Poll::Ready(Err(wanted));
                    }
                    Err(Rejected::Full(wanted)) => *message = Some(wanted),
                }
                *turn = Turn::InLine(state.pushers.stand(waker));
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for a place: the one that was promised goes to the next in line.
    #[inline]
    pub(crate) fn give_up(&self, turn: &mut Turn) {
        if let Turn::InLine(_) = turn {
            self.leave_pushers(turn);
        }
    }

    #[inline(never)]
    fn leave_pushers(&self, turn: &mut Turn) {
        let Turn::InLine(ticket) = std::mem::take(turn) else { return };
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        let waker = state.pushers.leave(ticket);
        if waker.is_none() {
            state.give_back_place(self.capacity, &mut wakers);
        }
        drop(state);
        drop(waker);
    }
}

impl<M> State<M> {
    /// Whether there is a place for a message, and nobody to be told of it.
    #[inline]
    fn is_usual_to_push(&self, capacity: usize) -> bool {
        (self.phase == Phase::Open)
            & self.pushers.is_empty()
            & self.workers.is_empty()
            & (self.messages.len() + self.promised < capacity)
    }

    fn try_push(
        &mut self,
        message: M,
        capacity: usize,
        wakers: &mut WakeList,
    ) -> Result<(), Rejected<M>> {
        if self.phase == Phase::Closed {
            return Err(Rejected::Closed(message));
        }
        if !self.has_place(capacity) {
            return Err(Rejected::Full(message));
        }
        self.messages.push_back(message);
        self.serve_workers(wakers);
        Ok(())
    }

    /// The answer for one who may stand in line for a place; `None` when it must wait with `waker`.
    fn push_served(
        &mut self,
        turn: &mut Turn,
        message: &mut Option<M>,
        waker: &Waker,
        wakers: &mut WakeList,
    ) -> Option<Poll<Result<(), M>>> {
        let Turn::InLine(ticket) = turn else { return None };
        if !self.pushers.is_served(ticket) {
            return self.pushers.has(ticket, waker).then_some(Poll::Pending);
        }
        *turn = Turn::Outside;
        let message = message.take().expect("polled after completion");
        Some(Poll::Ready(match self.phase {
            Phase::Closed => Err(message),
            Phase::Open | Phase::Watched => {
                self.put_promised(message, wakers);
                Ok(())
            }
        }))
    }
}
