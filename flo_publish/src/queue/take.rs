//! Taking a message, at once or in line.

use std::task::{Context, Poll, Waker};

use flo_core::{Closed, WakeList, sync::SpinMutexGuard};

use super::{Phase, Queue, State, Taken, Turn};
use crate::TryRecvError;

impl<M> Queue<M> {
    pub(crate) fn add_worker(&self) {
        self.state.lock().turns.add_worker();
    }

    pub(crate) fn remove_worker(&self) {
        self.state.lock().turns.remove_worker();
    }

    pub(crate) fn try_take(&self) -> Result<M, TryRecvError> {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        if state.messages.len() > state.meant {
            let taken = state.pop(self.capacity, &mut wakers).ok_or(TryRecvError::Empty);
            drop(state);
            return after(wakers, taken);
        }
        Err(if state.has_ended() { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn poll_take(
        &self,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        let mut state = self.state.lock();
        if let Turn::Outside = turn
            && let Some(message) = state.take_unseen(taken)
        {
            return Poll::Ready(Ok(message));
        }
        self.poll_take_seen(state, turn, taken, cx)
    }

    #[inline(never)]
    fn poll_take_seen(
        &self,
        mut state: SpinMutexGuard<'_, State<M>>,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        if let Turn::Outside = turn {
            if state.pauses(taken) {
                drop(state);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            // A new turn may have begun.
            if let Some(message) = state.take_unseen(taken) {
                return Poll::Ready(Ok(message));
            }
        }
        let mut wakers = WakeList::default();
        // Declared after them, so that it is let go before.
        let mut state = state;
        let answer = state.ask(turn, taken, self.capacity, cx.waker(), &mut wakers);
        drop(state);
        if let Some(answer) = answer {
            return after(wakers, answer);
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.ask(turn, taken, self.capacity, &waker, &mut wakers) {
            drop(state);
            return after(wakers, answer);
        }
        let spare = match turn {
            Turn::InLine(ticket) => Some(state.workers.renew(ticket, waker)),
            Turn::Outside => {
                *turn = Turn::InLine(state.workers.stand(waker));
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for a message: the turn goes to the next in line.
    #[inline]
    pub(crate) fn give_up_take(&self, turn: &mut Turn) {
        if let Turn::InLine(_) = turn {
            self.hand_on(turn);
        }
    }

    #[inline(never)]
    fn hand_on(&self, turn: &mut Turn) {
        let Turn::InLine(ticket) = std::mem::take(turn) else { return };
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        let waker = state.workers.leave(ticket);
        // Who was woken for the end was not served: then nothing is left.
        if waker.is_none() && !state.messages.is_empty() {
            state.meant -= 1;
            state.serve_workers(&mut wakers);
        }
        drop(state);
        drop(waker);
    }
}

/// Wakes, and then gives `taken`, which is dropped where a waker panics: what is on its way out of a function already would be
/// leaked (rust-lang/rust#47949).
fn after<T>(wakers: WakeList, taken: T) -> T {
    drop(wakers);
    taken
}

impl<M> State<M> {
    /// A message that is nobody's, for one who is not in line and whose turn is not over, where nobody has to
    /// be told that it is taken: the usual case.
    #[expect(clippy::needless_bitwise_bool, reason = "one branch for all of them")]
    #[inline]
    fn take_unseen(&mut self, taken: &mut Taken) -> Option<M> {
        let is_usual = (self.messages.len() > self.meant)
            & !self.turns.is_over(*taken, self.meant)
            & (self.phase == Phase::Open)
            & self.pushers.is_empty();
        if !is_usual {
            return None;
        }
        taken.count();
        self.messages.pop_front()
    }

    /// Q3: whether a worker that is not in line lets others run before it goes on.
    fn pauses(&mut self, taken: &mut Taken) -> bool {
        !self.has_ended() && self.turns.pause(taken, self.messages.len(), self.meant)
    }

    fn pop(&mut self, capacity: usize, wakers: &mut WakeList) -> Option<M> {
        let message = self.messages.pop_front();
        self.count_taken(wakers);
        if self.phase != Phase::Closed {
            self.serve_pushers(capacity, wakers);
        }
        self.tell_the_end(wakers);
        message
    }

    /// The answer for a worker; `None` when it must wait with `waker`.
    fn ask(
        &mut self,
        turn: &mut Turn,
        taken: &mut Taken,
        capacity: usize,
        waker: &Waker,
        wakers: &mut WakeList,
    ) -> Option<Poll<Result<M, Closed>>> {
        if self.has_ended() {
            *turn = Turn::Outside;
            return Some(Poll::Ready(Err(Closed)));
        }
        match turn {
            Turn::Outside if self.messages.len() <= self.meant => return None,
            Turn::Outside => {}
            Turn::InLine(ticket) if !self.workers.is_served(ticket) => {
                return self.workers.has(ticket, waker).then_some(Poll::Pending);
            }
            Turn::InLine(_) => {
                *turn = Turn::Outside;
                self.meant -= 1;
                // Q3: others ran meanwhile.
                taken.begin_anew();
            }
        }
        taken.count();
        self.pop(capacity, wakers).map(|message| Poll::Ready(Ok(message)))
    }
}
