//! Places that are promised before the message is there.

use std::task::{Context, Poll, Waker};

use flo_core::{Closed, WakeList};

use super::{Phase, Queue, State, Turn};

impl<M> Queue<M> {
    /// Waits for a place; when it is ready, one is promised to the caller.
    pub(crate) fn poll_place(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Result<(), Closed>> {
        let asked = self.state.lock().ask_place(turn, self.capacity, cx.waker());
        if let Some(answer) = asked {
            return answer;
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.ask_place(turn, self.capacity, &waker) {
            drop(state);
            return answer;
        }
        let spare = match turn {
            Turn::InLine(ticket) => Some(state.pushers.renew(ticket, waker)),
            Turn::Outside => {
                *turn = Turn::InLine(state.pushers.stand(waker));
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Pushes on a place that was promised; gives the message back when the queue was closed.
    pub(crate) fn put_promised(&self, message: M) -> Result<(), M> {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        if state.phase == Phase::Closed {
            drop(state);
            return Err(message);
        }
        state.put_promised(message, &mut wakers);
        drop(state);
        Ok(())
    }

    /// Takes a promise back: the place goes to the next in line.
    pub(crate) fn give_back_place(&self) {
        let mut wakers = WakeList::default();
        self.state.lock().give_back_place(self.capacity, &mut wakers);
    }
}

impl<M> State<M> {
    /// Whether one who is not in line may have a place.
    pub(super) fn has_place(&self, capacity: usize) -> bool {
        self.pushers.is_empty() && self.messages.len() + self.promised < capacity
    }

    /// The answer for one who wants a place; `None` when it must wait with `waker`.
    fn ask_place(
        &mut self,
        turn: &mut Turn,
        capacity: usize,
        waker: &Waker,
    ) -> Option<Poll<Result<(), Closed>>> {
        match turn {
            Turn::InLine(ticket) if !self.pushers.is_served(ticket) => {
                return self.pushers.has(ticket, waker).then_some(Poll::Pending);
            }
            // The promise that was counted when it was served becomes the caller's.
            Turn::InLine(_) => *turn = Turn::Outside,
            Turn::Outside if self.phase == Phase::Closed => {}
            Turn::Outside if !self.has_place(capacity) => return None,
            Turn::Outside => self.promised += 1,
        }
        Some(Poll::Ready(if self.phase == Phase::Closed { Err(Closed) } else { Ok(()) }))
    }

    pub(super) fn put_promised(&mut self, message: M, wakers: &mut WakeList) {
        self.promised -= 1;
        self.messages.push_back(message);
        self.serve_workers(wakers);
    }

    /// Q2: a place that was promised goes to the next. Of a queue that was closed nobody wants one.
    pub(super) fn give_back_place(&mut self, capacity: usize, wakers: &mut WakeList) {
        if self.phase != Phase::Closed {
            self.promised -= 1;
            self.serve_pushers(capacity, wakers);
        }
    }
}
