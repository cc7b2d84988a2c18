//! Steps under the lock: a message goes in, the line is served, what is kept is let go.

use flo_core::sync::{atomic::Ordering, sequential};

use super::{
    After, Phase, Rejected, Ring, Until,
    claims::Kind,
    state::{Gate, State},
};

/// That nobody waits for anything to be read.
pub(super) const NOBODY: u64 = u64::MAX;

impl<M> Ring<M> {
    /// Whether the message with this number has been read by all lossless subscribers.
    #[inline]
    pub(super) fn is_read(&self, state: &State, number: u64) -> bool {
        number < state.head && !self.slot(number).is_unread(number)
    }

    /// R5: whether there is room for one more beside what is promised.
    #[inline]
    pub(super) fn has_room(&self, state: &State) -> bool {
        if let Gate::ClosedUntil(_) = state.gate {
            return state.phase == Phase::Closed;
        }
        match (state.head + state.promised).checked_sub(self.capacity) {
            None => state.promised < self.capacity,
            Some(blocking) => blocking < state.head && !self.slot(blocking).is_unread(blocking),
        }
    }

    /// Accepts `message` if it is its turn: open, nobody in line, and room.
    #[inline]
    pub(super) fn try_put_locked(
        &self,
        state: &mut State,
        message: M,
        after: &mut After<M>,
    ) -> Result<(), Rejected<M>> {
        if state.phase == Phase::Closed {
            return Err(Rejected::Closed(message));
        }
        if !self.is_its_turn(state) {
            return Err(Rejected::Full(message));
        }
        self.put(state, message, after);
        Ok(())
    }

    /// Puts a message in; there is room.
    #[inline]
    pub(super) fn put(&self, state: &mut State, message: M, after: &mut After<M>) {
        let number = state.head;
        if state.claims.is_none() {
            state.head += 1;
            after.free(message);
            return;
        }
        if !state.claims.is_only(Kind::Unread) {
            for overtaken in self.overtake(state).into_iter().flatten() {
                after.free(overtaken);
            }
            if state.replay > 0 && number - state.kept_from >= state.replay {
                self.unkeep_oldest(state, after);
            }
        }
        self.fill_next(state, message);
        if !state.parked.is_empty() {
            state.parked.drain_into(&mut after.wakers);
        }
    }

    /// Takes the messages that the next one pushes out from those who may lose them; what nobody else needs is
    /// to be dropped when the lock is released.
    #[expect(clippy::inline_always, reason = "mostly nothing is overtaken")]
    #[inline(always)]
    pub(super) fn overtake(&self, state: &State) -> [Option<M>; 2] {
        let lost = if state.lossy_count() > 0 { self.overtake_lossy(state.head) } else { None };
        let unseen = match state.head.checked_sub(1) {
            Some(before) if state.latest_count() > 0 => {
                self.slot(before).withdraw_from(&self.newest, before)
            }
            _ => None,
        };
        [lost, unseen]
    }

    #[inline(never)]
    fn overtake_lossy(&self, number: u64) -> Option<M> {
        let oldest = number.checked_sub(self.capacity)?;
        self.slot(oldest).withdraw(oldest)
    }

    /// Puts the next message in, for those who claim it; there is room, and nothing is left of those it
    /// pushes out.
    #[inline]
    pub(super) fn fill_next(&self, state: &mut State, message: M) {
        let number = state.head;
        self.slot(number).fill(number, message, state.claims, state.lossy_count());
        self.filled(state);
    }

    /// The next message is in its slot: it is offered to those who want the newest only, and counted.
    #[inline]
    pub(super) fn filled(&self, state: &mut State) {
        let (number, latest) = (state.head, state.latest_count());
        if latest > 0 {
            self.newest.make(number, latest);
        }
        state.head = number + 1;
    }

    /// The ring lets go of the oldest message that it keeps.
    pub(super) fn unkeep_oldest(&self, state: &mut State, after: &mut After<M>) {
        let oldest = state.kept_from;
        state.kept_from += 1;
        if let Some(message) = self.slot(oldest).held(Kind::Pin).release().message {
            after.free(message);
        }
    }

    /// The ring keeps the newest `count` messages from now on, and lets go of those before.
    pub(super) fn keep_newest(&self, state: &mut State, count: u64, after: &mut After<M>) {
        let from = state.kept_from();
        state.set_replay(count);
        state.kept_from = from;
        while state.head - state.kept_from > count {
            self.unkeep_oldest(state, after);
        }
    }

    /// Serves the line while there is room, wakes who waited for something to be read, and says in
    /// `tell_from` what is of interest still (R6).
    pub(super) fn attend(&self, state: &mut State, after: &mut After<M>) {
        loop {
            while !state.line.is_empty() && self.has_room(state) {
                let Some(waker) = state.line.serve() else { break };
                state.promised += 1;
                after.wakers.push(waker);
            }
            while let Some(entry) = state.draining.first_entry() {
                let number = *entry.key();
                if number > 0 && self.slot(number - 1).is_unread(number - 1) {
                    break;
                }
                after.wakers.append(entry.remove().drain());
            }
            let interest = self.interest(state);
            self.tell_from.store(interest, Ordering::SeqCst);
            sequential();
            if interest == NOBODY || !self.is_read(state, interest) {
                return;
            }
        }
    }

    /// The lowest number whose reading somebody waits for; it may be one that is yet to be given, where
    /// what comes before it is promised.
    fn interest(&self, state: &State) -> u64 {
        let place = if state.line.is_empty() {
            NOBODY
        } else {
            (state.head + state.promised).saturating_sub(self.capacity)
        };
        let flush = state.draining.keys().next().map_or(NOBODY, |number| number.saturating_sub(1));
        place.min(flush)
    }

    /// Ends the streams and wakes everybody. Who stood in line counts as served, and finds the end.
    pub(super) fn close_locked(&self, state: &mut State, after: &mut After<M>) {
        if state.phase == Phase::Closed {
            return;
        }
        state.phase = Phase::Closed;
        // Release: who sees it has seen what was put in before, or finds it.
        self.has_ended.store(true, Ordering::Release);
        while let Some(waker) = state.line.serve() {
            state.promised += 1;
            after.wakers.push(waker);
        }
        state.parked.drain_into(&mut after.wakers);
        after.wakers.append(state.closing.drain());
        after.wakers.append(state.observing.drain());
        self.keep_newest(state, 0, after);
        self.attend(state, after);
    }

    /// The number of subscribers has changed.
    #[inline]
    pub(super) fn subscribers_changed(&self, state: &mut State, after: &mut After<M>) {
        // Nobody who wants to know it is the usual case.
        if state.is_number_watched() {
            self.tell_of_subscribers(state, after);
        }
    }

    #[cold]
    fn tell_of_subscribers(&self, state: &mut State, after: &mut After<M>) {
        let count = state.subscriber_count();
        after.wakers.append(state.observing.drain());
        if count == 0 {
            after.wakers.append(state.deserting.drain());
        }
        while let Some(entry) = state.gathering.first_entry()
            && *entry.key() <= count
        {
            after.wakers.append(entry.remove().drain());
        }
        if let Gate::ClosedUntil(wanted) = state.gate
            && count >= wanted
        {
            state.gate = Gate::Open;
            self.attend(state, after);
        }
    }

    pub(super) fn has_come(&self, state: &State, until: Until) -> bool {
        let is_drained = match until {
            Until::Drained(number) => number == 0 || self.is_read(state, number - 1),
            Until::Closed | Until::Subscribed(_) | Until::Unsubscribed | Until::Changed(_) => false,
        };
        state.has_come(until, is_drained)
    }
}
