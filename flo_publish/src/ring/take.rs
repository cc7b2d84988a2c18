//! Taking the next message: where it is there without the lock, and cloning always outside it.

use std::task::{Context, Poll};

use flo_core::sync::{atomic::Ordering, sequential};

use super::{
    After, Nothing, Phase, Policy, Reader, Ring, Taken, cell::Held, claims::Kind, offer::Seen,
    parked::Seat, reader::Sight,
};

/// What is told where everything is read.
fn end_or_empty(phase: Phase, seat: &mut Seat, sight: &mut Sight) -> Nothing {
    match phase {
        Phase::Open => Nothing::Empty,
        Phase::Closed => {
            *seat = Seat::NONE;
            *sight = Sight::End;
            Nothing::Closed
        }
    }
}

/// A message that is being read. However this ends, its claim is given back, who waited for that is
/// served, and what nobody needs is dropped (R7: in this order, and outside the lock).
struct Reading<'r, M> {
    ring: &'r Ring<M>,
    number: u64,
    held: Option<Held<'r, M>>,
}

impl<M> Drop for Reading<'_, M> {
    #[inline]
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            let released = held.release();
            if released.is_read {
                self.ring.was_read(self.number);
            }
            drop(released.message);
        }
    }
}

impl<M> Ring<M> {
    /// The last lossless reader of a message has read it: whoever waits for that is told.
    #[inline]
    pub(super) fn was_read(&self, number: u64) {
        sequential();
        // SeqCst: "a race, walked through".
        if number >= self.tell_from.load(Ordering::SeqCst) {
            self.tell();
        }
    }

    /// Begins to read the newest message as one of the latest, as it was `seen`.
    #[inline]
    pub(super) fn accept_newest(&self, seen: Seen) -> Option<Held<'_, M>> {
        self.slot(seen.number).accept_from(&self.newest, seen)
    }

    #[cold]
    fn tell(&self) {
        let mut after = After::default();
        self.attend(&mut self.state.lock(), &mut after);
    }
}

impl<M: Clone> Reader<M> {
    /// Takes the next message if it is there.
    pub(crate) fn try_take(&mut self) -> Result<Taken<M>, Nothing> {
        match self.policy {
            Policy::Lossless => self.take_lossless(),
            Policy::Lossy | Policy::CutOff => self.take_lossy(),
            Policy::Latest => self.take_latest(),
        }
    }

    fn take_lossless(&mut self) -> Result<Taken<M>, Nothing> {
        match self.take_ready() {
            Some(message) => Ok(Taken::Message(message)),
            None if self.is_waiting() => Err(Nothing::Empty),
            None => Err(self.nothing_to_take()),
        }
    }

    /// Whether nothing had come for it when this was asked, and more may come: as seen without the lock.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        // In this order: where the end is not seen after that, it had not come before it.
        self.ring.slot(self.next).awaits(self.next) && !self.ring.has_ended.load(Ordering::Acquire)
    }

    /// The next message of a lossless one, if it is there: the usual case, without the lock, and with
    /// nothing wrapped around what it gives.
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn take_ready(&mut self) -> Option<M> {
        let number = self.next;
        let slot = self.ring.slot(number);
        if self.policy != Policy::Lossless || !slot.has(number) {
            return None;
        }
        let held = slot.held(Kind::Unread);
        self.seat = Seat::NONE;
        // Before a stranger's code runs: a `Clone` that panics costs this one message.
        self.next = number + 1;
        self.moved(0);
        Some(Self::read(&self.ring, number, held))
    }

    #[cold]
    fn nothing_to_take(&mut self) -> Nothing {
        let state = self.ring.state.lock();
        if self.next == state.head {
            end_or_empty(state.phase, &mut self.seat, &mut self.sight)
        } else {
            // It has come meanwhile: as if this had been asked a moment before.
            Nothing::Empty
        }
    }

    /// The next message of a lossy one, if it is there: its usual case.
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn take_offered(&mut self) -> Option<M> {
        let number = self.next;
        if self.sight != Sight::Reading {
            return None;
        }
        let held = self.ring.slot(number).accept(number)?;
        self.seat = Seat::NONE;
        self.next = number + 1;
        self.moved(0);
        Some(Self::read(&self.ring, number, held))
    }

    fn take_lossy(&mut self) -> Result<Taken<M>, Nothing> {
        match self.take_offered() {
            Some(message) => Ok(Taken::Message(message)),
            None if self.is_waiting() => Err(Nothing::Empty),
            None => self.take_lossy_locked(),
        }
    }

    /// Nothing is there, or it was too slow.
    #[inline(never)]
    fn take_lossy_locked(&mut self) -> Result<Taken<M>, Nothing> {
        let mut after = After::default();
        let mut state = self.ring.state.lock();
        let oldest = state.head.saturating_sub(self.ring.capacity);
        if self.next >= oldest {
            return Err(if self.next == state.head {
                end_or_empty(state.phase, &mut self.seat, &mut self.sight)
            } else {
                // It has come meanwhile: as if this had been asked a moment before.
                Nothing::Empty
            });
        }
        let missed = oldest - self.next;
        self.seat = Seat::NONE;
        if self.policy == Policy::CutOff {
            // It stays where it was, and says how many are gone whenever it is asked.
            if self.sight == Sight::CutOff {
                drop(state);
            } else {
                self.ring.let_go(self.policy, oldest, state.head, &mut after);
                self.ring.goes(&mut state, self.policy, &mut after);
                self.sight = Sight::CutOff;
                drop(state);
                self.moved(missed);
            }
            return Err(Nothing::CutOff(missed));
        }
        self.next = oldest;
        drop(state);
        self.moved(missed);
        Ok(Taken::Missed(missed))
    }

    /// The newest message for one of the latest, if it has not seen it: its usual case.
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub(crate) fn take_newest(&mut self) -> Option<M> {
        let seen = self.ring.newest.from(self.next)?;
        let held = self.ring.accept_newest(seen)?;
        let (number, missed) = (seen.number, seen.number - self.next);
        self.seat = Seat::NONE;
        self.next = number + 1;
        self.moved(missed);
        Some(Self::read(&self.ring, number, held))
    }

    fn take_latest(&mut self) -> Result<Taken<M>, Nothing> {
        match self.take_newest() {
            Some(message) => Ok(Taken::Message(message)),
            None if self.is_waiting() => Err(Nothing::Empty),
            None => self.take_latest_locked(),
        }
    }

    /// Nothing is there, or the next one came at this moment.
    #[inline(never)]
    fn take_latest_locked(&mut self) -> Result<Taken<M>, Nothing> {
        let state = self.ring.state.lock();
        if self.next == state.head {
            return Err(end_or_empty(state.phase, &mut self.seat, &mut self.sight));
        }
        let number = state.head - 1;
        let seen = self.ring.newest.of(number).and_then(|seen| self.ring.accept_newest(seen));
        let held = seen.expect("R1: it has not read it");
        let missed = number - self.next;
        self.seat = Seat::NONE;
        self.next = state.head;
        drop(state);
        self.moved(missed);
        Ok(Taken::Message(Self::read(&self.ring, number, held)))
    }

    /// The message that is held: moved out by the last, cloned by others. The reader has gone on already,
    /// so a `Clone` that panics costs this one message.
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    fn read(ring: &Ring<M>, number: u64, held: Held<'_, M>) -> M {
        let is_unread = held.kind() == Kind::Unread;
        match held.sole() {
            Ok(sole) => {
                let message = sole.take();
                if is_unread {
                    ring.was_read(number);
                }
                message
            }
            Err(held) => Self::read_beside_others(ring, number, held),
        }
    }

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    fn read_beside_others(ring: &Ring<M>, number: u64, held: Held<'_, M>) -> M {
        let reading = Reading { ring, number, held: Some(held) };
        let held = reading.held.as_ref().expect("it was just put there");
        let message = held.with(M::clone);
        // By a call: a value that is being returned is leaked where the drop of a local panics (rust-lang/rust#47949), as a
        // waker may here.
        drop(reading);
        message
    }

    /// Parks, if everything is read and it sits nowhere yet: the usual case of one who has found nothing.
    #[inline]
    pub(crate) fn park_at_once(&mut self, cx: &Context<'_>) -> bool {
        if self.seat != Seat::NONE {
            return false;
        }
        // R7: a waker's clone is a stranger's code, and so is its drop.
        let waker = cx.waker().clone();
        let mut state = self.ring.state.lock();
        let is_at_end = self.is_at_end(&state);
        if is_at_end {
            self.seat = state.parked.park_new(waker);
        } else {
            drop(state);
            drop(waker);
        }
        is_at_end
    }

    /// Takes the next message; when there is none the waker of `cx` is woken when one comes.
    pub(crate) fn poll_take(&mut self, cx: &Context<'_>) -> Poll<Result<Taken<M>, Nothing>> {
        // Where nothing seems to have come it is looked for below, under the lock that it parks under.
        if self.policy != Policy::Lossless && !self.ring.slot(self.next).awaits(self.next) {
            match self.try_take() {
                Err(Nothing::Empty) => {}
                taken => return Poll::Ready(taken),
            }
        }
        loop {
            if self.seat != Seat::NONE {
                let state = self.ring.state.lock();
                // P1: only then is the seat a good one.
                if self.is_at_end(&state) && state.parked.has(self.seat, cx.waker()) {
                    return Poll::Pending;
                }
            }
            // R7: cloned outside the lock, so a message may have come meanwhile and is looked for again.
            let waker = cx.waker().clone();
            let mut state = self.ring.state.lock();
            if self.is_at_end(&state) {
                let replaced = state.parked.park(&mut self.seat, waker);
                drop(state);
                drop(replaced);
                return Poll::Pending;
            }
            drop(state);
            self.seat = Seat::NONE;
            match self.try_take() {
                Err(Nothing::Empty) => {}
                taken => return Poll::Ready(taken),
            }
        }
    }
}
