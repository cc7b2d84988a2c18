//! Waiting for a place: what `publish`, `reserve` and the sink have in common.

use std::task::{Context, Poll, Waker};

use flo_core::{Closed, Ticket};

use super::{After, Phase, Rejected, Ring, state::State};

/// Where somebody stands who wants a place.
///
/// ```text
///   Outside ──no room──▶ InLine ──served, polled──▶ Outside, with the place
///                          └──────given up────────▶ Outside; a place it was served goes to the next
/// ```
#[derive(Debug, Default)]
pub(crate) enum Turn {
    #[default]
    Outside,
    InLine(Ticket),
}

impl<M> Ring<M> {
    /// Accepts the message if that is possible at once.
    pub(crate) fn try_put(&self, message: M) -> Result<(), Rejected<M>> {
        let mut after = After::default();
        self.state.lock().try_put(message, &mut after)
    }

    /// Accepts the message on a place that was promised; gives it back when the streams have ended.
    pub(crate) fn put_promised(&self, message: M) -> Result<(), M> {
        let mut after = After::default();
        self.state.lock().put_promised(message, &mut after)
    }

    /// Takes a promise back.
    pub(crate) fn give_back_place(&self) {
        let mut after = After::default();
        self.state.lock().give_back_place(&mut after);
    }

    /// Waits for the turn to put `message`, and puts it; it stays where it is until then.
    ///
    /// # Panics
    /// When the message is gone already: a future was polled after it had completed.
    pub(crate) fn poll_put(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        if let Turn::Outside = turn {
            match self.try_put(message.take().expect("polled after completion")) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(Rejected::Closed(wanted)) => return Poll::Ready(Err(wanted)),
                Err(Rejected::Full(wanted)) => *message = Some(wanted),
            }
        }
        let place = std::task::ready!(self.poll_place(turn, cx));
        let wanted = message.take().expect("polled after completion");
        Poll::Ready(match place {
            Ok(()) => self.put_promised(wanted),
            Err(Closed) => Err(wanted),
        })
    }

    /// Waits for a place; when it is ready, one is promised to the caller.
    pub(crate) fn poll_place(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Result<(), Closed>> {
        let mut after = After::default();
        let answer = self.state.lock().ask(turn, cx.waker(), &mut after);
        if let Some(answer) = answer {
            return answer;
        }
        // R7: a waker's clone is a stranger's code. What it did meanwhile, and what others did, is
        // looked at again before standing in line.
        let waker = cx.waker().clone();
        let (answer, spare) = self.state.lock().stand(turn, waker, &mut after);
        drop(spare);
        answer
    }

    /// Stops waiting for a place: the one that was served goes to the next in line.
    pub(crate) fn give_up(&self, turn: &mut Turn) {
        if let Turn::InLine(ticket) = std::mem::take(turn) {
            let mut after = After::default();
            let waker = self.state.lock().leave_line(ticket, &mut after);
            drop(waker);
        }
    }
}

impl<M> State<M> {
    /// The answer for one who wants a place; `None` when it must stand in line with a clone of its
    /// waker.
    fn ask(
        &mut self,
        turn: &mut Turn,
        waker: &Waker,
        after: &mut After<M>,
    ) -> Option<Poll<Result<(), Closed>>> {
        if let Some(answer) = self.take_turn(turn, after) {
            return Some(Poll::Ready(answer));
        }
        match turn {
            Turn::InLine(ticket) if self.line.has(ticket, waker) => Some(Poll::Pending),
            Turn::InLine(_) | Turn::Outside => None,
        }
    }

    /// The answer for one who wants a place, and otherwise stands in line; what was not needed of
    /// its waker and the one before is to be dropped after the lock.
    fn stand(
        &mut self,
        turn: &mut Turn,
        waker: Waker,
        after: &mut After<M>,
    ) -> (Poll<Result<(), Closed>>, Option<Waker>) {
        match (self.take_turn(turn, after), &*turn) {
            (Some(answer), _) => (Poll::Ready(answer), Some(waker)),
            (None, Turn::InLine(ticket)) => (Poll::Pending, Some(self.line.renew(ticket, waker))),
            (None, Turn::Outside) => {
                *turn = Turn::InLine(self.line.stand(waker));
                (Poll::Pending, None)
            }
        }
    }

    /// Leaves the line; the waker is to be dropped after the lock. What was served goes to the
    /// next.
    fn leave_line(&mut self, ticket: Ticket, after: &mut After<M>) -> Option<Waker> {
        let waker = self.line.leave(ticket);
        if waker.is_none() {
            self.give_back_place(after);
        }
        waker
    }

    /// A place is promised with `Ok`.
    fn take_turn(&mut self, turn: &mut Turn, after: &mut After<M>) -> Option<Result<(), Closed>> {
        let answer = match turn {
            Turn::Outside => match self.try_promise() {
                Ok(()) => Ok(()),
                Err(Rejected::Closed(())) => Err(Closed),
                Err(Rejected::Full(())) => return None,
            },
            Turn::InLine(ticket) if !self.line.is_served(ticket) => return None,
            // The promise that was counted when it was served becomes the caller's.
            Turn::InLine(_) => match self.phase() {
                Phase::Open => Ok(()),
                Phase::Closed => {
                    self.give_back_place(after);
                    Err(Closed)
                }
            },
        };
        *turn = Turn::Outside;
        Some(answer)
    }
}
