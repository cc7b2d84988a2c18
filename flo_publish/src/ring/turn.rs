//! Waiting for a place: what `publish`, `reserve` and the sink have in common.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use flo_core::{Closed, Ticket, WakeList, sync::SpinMutexGuard};

use super::{After, Phase, Rejected, Ring, cell::Slot, claims::Kind, state::State};

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
    #[inline]
    pub(crate) fn try_put(&self, message: M) -> Result<(), Rejected<M>> {
        let state = self.state.lock();
        match self.free_place(&state) {
            Some(slot) if state.is_at_rest() => {
                Self::put_usual(state, slot, message);
                Ok(())
            }
            Some(slot) if state.is_quiet() => {
                self.put_beside_the_quick(state, slot, message);
                Ok(())
            }
            _ => self.try_put_unusual(state, message),
        }
    }

    /// The slot of the next message, where there is room and nothing is in it any more.
    #[inline]
    fn free_place(&self, state: &State) -> Option<&Slot<M>> {
        let slot = self.slot(state.head);
        // R5: where each slot is one place and none is promised, a free slot is room.
        let is_plain = state.promised == 0 && self.capacity == self.slots.len() as u64;
        (slot.is_free() && (is_plain || self.has_room_apart(state))).then_some(slot)
    }

    #[inline(never)]
    fn has_room_apart(&self, state: &State) -> bool {
        self.has_room(state)
    }

    /// Puts the message into its [`free_place`](Self::free_place), where lossless subscribers only read: nothing has
    /// to be dropped, and where nobody is parked nothing is carried out of the lock.
    #[inline]
    fn put_usual(mut state: SpinMutexGuard<'_, State>, slot: &Slot<M>, message: M) {
        let number = state.head;
        slot.fill_free(number, message, state.claims);
        state.head = number + 1;
        if !state.parked.is_empty() {
            Self::wake_parked(state);
        }
    }

    /// Wakes those who wait for a message, and lets go of the lock before.
    #[inline(never)]
    fn wake_parked(mut state: SpinMutexGuard<'_, State>) {
        if let Some(only) = state.parked.pop_only() {
            drop(state);
            only.wake();
        } else {
            Self::wake_many(state);
        }
    }

    #[inline(never)]
    fn wake_many(state: SpinMutexGuard<'_, State>) {
        let mut wakers = WakeList::default();
        // Declared after them, so that it is let go before.
        let mut state = state;
        state.parked.drain_into(&mut wakers);
    }

    #[inline(never)]
    fn try_put_unusual(
        &self,
        state: SpinMutexGuard<'_, State>,
        message: M,
    ) -> Result<(), Rejected<M>> {
        if state.is_quiet() && self.has_room(&state) {
            self.put_past_the_slow(state, message);
            return Ok(());
        }
        let mut after = After::default();
        // Declared after it, so that it is let go before.
        let mut state = state;
        self.try_put_locked(&mut state, message, &mut after)
    }

    /// Puts the message into its [`free_place`](Self::free_place), where lossy ones and those of the latest read, and
    /// nobody has to be told but those who are parked.
    #[inline(never)]
    fn put_beside_the_quick(
        &self,
        mut state: SpinMutexGuard<'_, State>,
        slot: &Slot<M>,
        message: M,
    ) {
        if self.capacity != self.slots.len() as u64 || self.newest.is_left() {
            return self.put_past_the_slow(state, message);
        }
        // What lossy ones would be too late for was in this slot, and is gone.
        slot.fill_free_offered(state.head, message, state.claims, state.lossy_count());
        self.filled(&mut state);
        if !state.parked.is_empty() {
            Self::wake_parked(state);
        }
    }

    /// Puts the message in where lossy ones and those of the latest read, and nobody has to be told but those
    /// who are parked.
    #[inline(never)]
    fn put_past_the_slow(&self, mut state: SpinMutexGuard<'_, State>, message: M) {
        let overtaken = self.overtake(&state);
        self.fill_next(&mut state, message);
        if state.parked.is_empty() {
            drop(state);
        } else {
            Self::wake_parked(state);
        }
        // R7
        drop(overtaken);
    }

    /// Accepts the message on a place that was promised; gives it back when the streams have ended.
    pub(crate) fn put_promised(&self, message: M) -> Result<(), M> {
        let mut after = After::default();
        self.put_promised_locked(&mut self.state.lock(), message, &mut after)
    }

    /// Promises a place if that is possible at once.
    pub(crate) fn try_place(&self) -> Result<(), Rejected<()>> {
        self.try_promise(&mut self.state.lock())
    }

    /// Takes a promise back.
    pub(crate) fn give_back_place(&self) {
        let mut after = After::default();
        self.give_back_locked(&mut self.state.lock(), &mut after);
    }

    /// Waits for the turn to put `message`, and puts it; it stays where it is until then.
    ///
    /// # Panics
    /// When the message is gone already: a future was polled after it had completed.
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn poll_put(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        if let Turn::Outside = turn {
            let wanted = message.take().expect("polled after completion");
            let state = self.state.lock();
            if let Some(slot) = self.free_place(&state)
                && state.is_at_rest()
            {
                Self::put_usual(state, slot, wanted);
                return Poll::Ready(Ok(()));
            }
            return self.poll_put_unusual(state, wanted, turn, message, cx);
        }
        self.poll_put_in_line(turn, message, cx)
    }

    #[inline(never)]
    fn poll_put_unusual(
        &self,
        state: SpinMutexGuard<'_, State>,
        wanted: M,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        if let Some(slot) = self.free_place(&state)
            && state.is_quiet()
        {
            self.put_beside_the_quick(state, slot, wanted);
            return Poll::Ready(Ok(()));
        }
        if state.phase == Phase::Open && !self.is_its_turn(&state) {
            drop(state);
            *message = Some(wanted);
            return self.stand_to_put(turn, message, cx);
        }
        Poll::Ready(self.try_put_unusual(state, wanted).map_err(Rejected::into_inner))
    }

    #[inline(never)]
    fn poll_put_in_line(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        let mut after = After::default();
        let mut state = self.state.lock();
        match self.ask(&mut state, turn, cx.waker(), &mut after) {
            Some(answer) => self.put_on(answer, &mut state, message, &mut after),
            None => {
                drop(state);
                self.stand_to_put(turn, message, cx)
            }
        }
    }

    /// Waits in line to put `message`, unless its turn has come meanwhile.
    fn stand_to_put(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        // R7: a waker's clone is a stranger's code.
        let waker = cx.waker().clone();
        let mut after = After::default();
        let mut state = self.state.lock();
        let (answer, spare) = self.stand(&mut state, turn, waker, &mut after);
        let put = self.put_on(answer, &mut state, message, &mut after);
        drop(state);
        drop(spare);
        put
    }

    /// Puts `message` on the place that was promised with `answer`, if one was.
    fn put_on(
        &self,
        answer: Poll<Result<(), Closed>>,
        state: &mut State,
        message: &mut Option<M>,
        after: &mut After<M>,
    ) -> Poll<Result<(), M>> {
        let place = std::task::ready!(answer);
        let Some(wanted) = message.take() else { unreachable!("it stays until it is put") };
        Poll::Ready(match place {
            Ok(()) => self.put_promised_locked(state, wanted, after),
            Err(Closed) => Err(wanted),
        })
    }

    /// Puts in as many of `messages` as there is room for, with one waking; waits for the turn of the
    /// next.
    pub(crate) fn poll_put_all(
        &self,
        turn: &mut Turn,
        messages: &mut VecDeque<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>> {
        loop {
            if messages.is_empty() {
                return Poll::Ready(Ok(()));
            }
            std::task::ready!(self.poll_place(turn, cx))?;
            let mut after = After::default();
            let mut state = self.state.lock();
            // The first on the place that was promised, the others while it is nobody else's turn.
            let mut next = messages.pop_front();
            if let Some(first) = next.take()
                && let Err(first) = self.put_promised_locked(&mut state, first, &mut after)
            {
                messages.push_front(first);
                return Poll::Ready(Err(Closed));
            }
            while let Some(message) = messages.pop_front() {
                if let Err(rejected) = self.try_put_locked(&mut state, message, &mut after) {
                    messages.push_front(rejected.into_inner());
                    break;
                }
            }
        }
    }

    /// Waits for a place; when it is ready, one is promised to the caller.
    pub(crate) fn poll_place(&self, turn: &mut Turn, cx: &Context<'_>) -> Poll<Result<(), Closed>> {
        let mut after = After::default();
        let answer = self.ask(&mut self.state.lock(), turn, cx.waker(), &mut after);
        if let Some(answer) = answer {
            return answer;
        }
        // R7: a waker's clone is a stranger's code. What it did meanwhile, and what others did, is
        // looked at again before standing in line.
        let waker = cx.waker().clone();
        let (answer, spare) = self.stand(&mut self.state.lock(), turn, waker, &mut after);
        drop(spare);
        answer
    }

    /// Stops waiting for a place: the one that was served goes to the next in line.
    pub(crate) fn give_up(&self, turn: &mut Turn) {
        if let Turn::InLine(ticket) = std::mem::take(turn) {
            let mut after = After::default();
            let waker = self.leave_line(&mut self.state.lock(), ticket, &mut after);
            drop(waker);
        }
    }

    fn put_promised_locked(
        &self,
        state: &mut State,
        message: M,
        after: &mut After<M>,
    ) -> Result<(), M> {
        match state.phase {
            Phase::Open => {
                state.promised -= 1;
                self.put(state, message, after);
                if state.claims.count(Kind::Unread) == 0 {
                    // R6: nobody has to read it, so there is room for the next in line, whom no reader will serve.
                    self.attend(state, after);
                }
                Ok(())
            }
            Phase::Closed => {
                self.give_back_locked(state, after);
                Err(message)
            }
        }
    }

    fn give_back_locked(&self, state: &mut State, after: &mut After<M>) {
        debug_assert!(state.promised > 0, "R5: a place was given back that had not been promised");
        state.promised -= 1;
        self.attend(state, after);
    }

    /// Whether there is room for one who comes now. R6: where somebody stands in line there is none; asked all
    /// the same, since a newcomer must never overtake.
    pub(super) fn is_its_turn(&self, state: &State) -> bool {
        state.line.is_empty() && self.has_room(state)
    }

    /// Promises a place if it is the caller's turn; `Err` says why not.
    fn try_promise(&self, state: &mut State) -> Result<(), Rejected<()>> {
        match state.phase {
            Phase::Closed => Err(Rejected::Closed(())),
            Phase::Open if !self.is_its_turn(state) => Err(Rejected::Full(())),
            Phase::Open => {
                state.promised += 1;
                Ok(())
            }
        }
    }

    /// The answer for one who wants a place; `None` when it must stand in line with a clone of its
    /// waker.
    fn ask(
        &self,
        state: &mut State,
        turn: &mut Turn,
        waker: &Waker,
        after: &mut After<M>,
    ) -> Option<Poll<Result<(), Closed>>> {
        if let Some(answer) = self.take_turn(state, turn, after) {
            return Some(Poll::Ready(answer));
        }
        match turn {
            Turn::InLine(ticket) if state.line.has(ticket, waker) => Some(Poll::Pending),
            Turn::InLine(_) | Turn::Outside => None,
        }
    }

    /// The answer for one who wants a place, and otherwise stands in line; what was not needed of
    /// its waker and the one before is to be dropped after the lock.
    fn stand(
        &self,
        state: &mut State,
        turn: &mut Turn,
        waker: Waker,
        after: &mut After<M>,
    ) -> (Poll<Result<(), Closed>>, Option<Waker>) {
        match (self.take_turn(state, turn, after), &*turn) {
            (Some(answer), _) => (Poll::Ready(answer), Some(waker)),
            (None, Turn::InLine(ticket)) => (Poll::Pending, Some(state.line.renew(ticket, waker))),
            (None, Turn::Outside) => {
                *turn = Turn::InLine(state.line.stand(waker));
                // R6: it says what it waits for, and looks once more whether that has come.
                self.attend(state, after);
                (Poll::Pending, None)
            }
        }
    }

    /// Leaves the line; the waker is to be dropped after the lock. What was served goes to the
    /// next.
    fn leave_line(&self, state: &mut State, ticket: Ticket, after: &mut After<M>) -> Option<Waker> {
        let waker = state.line.leave(ticket);
        if waker.is_none() {
            self.give_back_locked(state, after);
        } else {
            self.attend(state, after);
        }
        waker
    }

    /// A place is promised with `Ok`.
    fn take_turn(
        &self,
        state: &mut State,
        turn: &mut Turn,
        after: &mut After<M>,
    ) -> Option<Result<(), Closed>> {
        let answer = match turn {
            Turn::Outside => match self.try_promise(state) {
                Ok(()) => Ok(()),
                Err(Rejected::Closed(())) => Err(Closed),
                Err(Rejected::Full(())) => return None,
            },
            Turn::InLine(ticket) if !state.line.is_served(ticket) => return None,
            // The promise that was counted when it was served becomes the caller's.
            Turn::InLine(_) => match state.phase {
                Phase::Open => Ok(()),
                Phase::Closed => {
                    self.give_back_locked(state, after);
                    Err(Closed)
                }
            },
        };
        *turn = Turn::Outside;
        Some(answer)
    }
}
