//! Taking a message, at once or in line.

use std::task::{Context, Poll, Waker};

use flo_core::{Closed, Ticket, WakeList};

use super::{Phase, Queue, State, Taken, Turn};
use crate::TryRecvError;

/// What a worker finds who is not in line.
enum Unseen<M> {
    Took(M),
    /// It lets others run now.
    TurnIsOver,
    /// Nothing is there for it, or somebody is to be told.
    Unusual,
}

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
            return state.pop(self.capacity, &mut wakers).ok_or(TryRecvError::Empty);
        }
        Err(if state.has_ended() { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    #[inline]
    pub(crate) fn poll_take(
        &self,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        if let Turn::Outside = turn {
            let unseen = self.state.lock().take_unseen(taken);
            match unseen {
                Unseen::Took(message) => return Poll::Ready(Ok(message)),
                Unseen::TurnIsOver => {
                    // Q3
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Unseen::Unusual => {}
            }
        }
        self.poll_take_seen(turn, taken, cx)
    }

    #[inline(never)]
    fn poll_take_seen(
        &self,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        let mut wakers = WakeList::default();
        let asked = self.state.lock().ask(turn, taken, self.capacity, cx.waker(), &mut wakers);
        if let Some(answer) = asked {
            return answer;
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.ask(turn, taken, self.capacity, &waker, &mut wakers) {
            drop(state);
            return answer;
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
        if let Turn::InLine(ticket) = std::mem::take(turn) {
            self.hand_on(ticket);
        }
    }

    #[inline(never)]
    fn hand_on(&self, ticket: Ticket) {
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

impl<M> State<M> {
    /// A message that is nobody's, for one who is not in line, where nobody has to be told that it is
    /// taken: the usual case.
    #[inline]
    fn take_unseen(&mut self, taken: &mut Taken) -> Unseen<M> {
        if self.messages.len() <= self.meant {
            return Unseen::Unusual;
        }
        if self.turns.is_over(*taken) {
            taken.begin_anew();
            return Unseen::TurnIsOver;
        }
        if self.phase != Phase::Open || !self.pushers.is_empty() {
            return Unseen::Unusual;
        }
        taken.count();
        self.messages.pop_front().map_or(Unseen::Unusual, Unseen::Took)
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
