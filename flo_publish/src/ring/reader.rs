//! A subscriber's place in the ring: what all kinds of subscribers have in common.

use std::fmt;

use flo_core::sync::{Arc, SpinMutexGuard};

use super::{
    After, Phase, Policy, Ring,
    cell::Held,
    claims::Kind,
    names::{NameId, Named},
    parked::Seat,
    state::State,
};

/// A place from which messages are read. 24 bytes.
pub(crate) struct Reader<M> {
    pub(super) ring: Arc<Ring<M>>,
    /// R1: it has its policy's part in every message from here on.
    pub(super) next: u64,
    pub(super) seat: Seat,
    name: Option<NameId>,
    pub(super) policy: Policy,
    pub(super) sight: Sight,
}

/// What a reader has seen of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Reading,
    /// It was told that nothing more comes.
    End,
    /// It was too slow, and has been counted out.
    CutOff,
}

/// What a reader took.
pub(crate) enum Taken<M> {
    Message(M),
    /// How many it missed; the next one is a message.
    Missed(u64),
}

/// Why a reader took nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// Something may come.
    Empty,
    /// The streams have ended, and everything is read.
    Closed,
    /// It was so many messages too slow, and nothing comes here any more.
    CutOff(u64),
}

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// With the messages that are kept for those who come later.
    Kept,
    /// With the next message.
    Now,
    /// With the message of this number.
    Number(u64),
}

impl<M> Reader<M> {
    /// Reads from now on, or from what is kept for those who come later.
    #[inline]
    pub(crate) fn from_kept(ring: &Arc<Ring<M>>, policy: Policy) -> Self {
        let mut state = ring.state.lock();
        if !state.is_unwatched() {
            let Ok(reader) = Self::new_unusual(ring, state, policy, From::Kept) else {
                unreachable!("what is kept is there")
            };
            return reader;
        }
        state.count_in(policy);
        let next = state.head;
        drop(state);
        Self::at(ring, policy, next)
    }

    /// Reads from `from` on; `Err` where that is not kept any more, or not there yet.
    pub(crate) fn new(ring: &Arc<Ring<M>>, policy: Policy, from: From) -> Result<Self, u64> {
        Self::new_unusual(ring, ring.state.lock(), policy, from)
    }

    #[inline]
    fn at(ring: &Arc<Ring<M>>, policy: Policy, next: u64) -> Self {
        let (ring, seat) = (Arc::clone(ring), Seat::NONE);
        Self { ring, next, seat, name: None, policy, sight: Sight::Reading }
    }

    #[inline(never)]
    fn new_unusual(
        ring: &Arc<Ring<M>>,
        state: SpinMutexGuard<'_, State>,
        policy: Policy,
        from: From,
    ) -> Result<Self, u64> {
        let mut after = After::default();
        // Declared after it, so that it is let go before.
        let mut state = state;
        // R8: a message that a promised place will push out is not claimed any more. At the end all who
        // wait are promised one, more than there are; no message is pushed out by them.
        let oldest = state.kept_from().max(match policy {
            Policy::Lossless => {
                (state.head + state.promised).saturating_sub(ring.capacity).min(state.head)
            }
            Policy::Lossy | Policy::Latest | Policy::CutOff => 0,
        });
        let next = match (from, policy) {
            // One that wants the newest only begins with it.
            (From::Kept, Policy::Latest) if state.replay > 0 => {
                state.head.saturating_sub(1).max(oldest)
            }
            (From::Kept, _) if state.replay > 0 => oldest,
            (From::Now | From::Kept, _) => state.head,
            (From::Number(number), _) if (oldest..=state.head).contains(&number) => number,
            (From::Number(_), _) => return Err(oldest),
        };
        state.count_in(policy);
        ring.claim_from(&mut state, policy, next);
        ring.subscribers_changed(&mut state, &mut after);
        drop(state);
        Ok(Self::at(ring, policy, next))
    }

    pub(crate) fn ring(&self) -> &Arc<Ring<M>> {
        &self.ring
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    /// One of the same policy that reads from now on.
    pub(crate) fn resubscribe(&self) -> Self {
        Self::new(&self.ring, self.policy, From::Now)
            .unwrap_or_else(|_| unreachable!("now is there"))
    }

    /// The number of the message that it reads next.
    pub(crate) fn position(&self) -> u64 {
        self.next
    }

    /// How many messages were accepted that it has not read.
    pub(crate) fn lag(&self) -> u64 {
        self.ring.state.lock().head - self.next
    }

    /// How many messages it can still read.
    pub(crate) fn len(&self) -> usize {
        let head = self.ring.state.lock().head;
        self.backlog(head)
    }

    fn backlog(&self, head: u64) -> usize {
        let backlog = match (self.policy, self.sight) {
            (_, Sight::CutOff) => 0,
            (Policy::Lossy, _) => (head - self.next).min(self.ring.capacity),
            // What is missing already means that it gets nothing more.
            (Policy::CutOff, _) if head - self.next > self.ring.capacity => 0,
            (Policy::Lossless | Policy::CutOff, _) => head - self.next,
            (Policy::Latest, _) => (head - self.next).min(1),
        };
        usize::try_from(backlog).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.sight == Sight::CutOff || self.ring.phase() == Phase::Closed
    }

    /// Whether it was told of the end.
    pub(crate) fn is_terminated(&self) -> bool {
        self.sight != Sight::Reading
    }

    /// Gives it a name by which the publisher's statistics know it.
    pub(crate) fn set_name(&mut self, name: &str) {
        let (policy, position) = (self.policy, self.next);
        let named = Named { name: name.into(), policy, position, missed: 0 };
        let before = {
            let mut state = self.ring.state.lock();
            let before = self.name.take().and_then(|id| state.names.remove(id));
            self.name = Some(state.names.add(named));
            before
        };
        drop(before);
    }

    /// Nobody waits here any more: the waker that waited is let go.
    #[inline]
    pub(crate) fn leave(&mut self) {
        if self.seat != Seat::NONE {
            self.leave_seat();
        }
    }

    #[cold]
    fn leave_seat(&mut self) {
        let seat = std::mem::take(&mut self.seat);
        let waker = {
            let mut state = self.ring.state.lock();
            // P1
            if self.is_at_end(&state) { state.parked.leave(seat) } else { None }
        };
        drop(waker);
    }

    /// Whether everything is read, and more may come.
    pub(super) fn is_at_end(&self, state: &State) -> bool {
        self.next == state.head && state.phase == Phase::Open
    }

    /// It has read on: its name says where it is.
    #[inline]
    pub(super) fn moved(&self, missed: u64) {
        if let Some(name) = self.name {
            self.tell_place(name, missed);
        }
    }

    #[cold]
    fn tell_place(&self, name: NameId, missed: u64) {
        if let Some(named) = self.ring.state.lock().names.get_mut(name) {
            named.position = self.next;
            named.missed += missed;
        }
    }
}

impl<M> Ring<M> {
    /// R1: a subscriber that was just counted in claims what it has to read from `next` on.
    fn claim_from(&self, state: &mut State, policy: Policy, next: u64) {
        let head = state.head;
        match policy {
            Policy::Lossless => (next..head).for_each(|number| self.slot(number).add(Kind::Unread)),
            Policy::Lossy | Policy::CutOff => {
                let oldest = next.max(head.saturating_sub(self.capacity));
                (oldest..head).for_each(|number| self.slot(number).offer_one(number));
            }
            Policy::Latest if next < head => {
                self.slot(head - 1).add(Kind::Pin);
                self.newest.add_one(head - 1);
            }
            Policy::Latest => {}
        }
    }

    /// One that may lose messages, and was in the way of nobody, does not read those from `from` on.
    pub(super) fn let_go(&self, policy: Policy, from: u64, head: u64, after: &mut After<M>) {
        let mut let_go = |held: Option<Held<'_, M>>| {
            let held = held.expect("R1: under the lock nobody takes it away");
            if let Some(message) = held.release().message {
                after.free(message);
            }
        };
        match policy {
            Policy::Lossy | Policy::CutOff => {
                let oldest = from.max(head.saturating_sub(self.capacity));
                (oldest..head).for_each(|number| let_go(self.slot(number).accept(number)));
            }
            Policy::Latest if from < head => {
                let_go(self.newest.of(head - 1).and_then(|seen| self.accept_newest(seen)));
            }
            Policy::Latest | Policy::Lossless => {}
        }
    }

    /// A subscriber is counted out; its claims are gone, or those of a lossless one about to go.
    pub(super) fn goes(&self, state: &mut State, policy: Policy, after: &mut After<M>) {
        state.count_out(policy);
        self.subscribers_changed(state, after);
    }
}

impl<M> Clone for Reader<M> {
    fn clone(&self) -> Self {
        let mut after = After::default();
        if self.sight != Sight::CutOff {
            let mut state = self.ring.state.lock();
            state.count_in(self.policy);
            self.ring.claim_from(&mut state, self.policy, self.next);
            self.ring.subscribers_changed(&mut state, &mut after);
            drop(state);
        }
        let ring = Arc::clone(&self.ring);
        let (next, policy, sight) = (self.next, self.policy, self.sight);
        Self { ring, next, seat: Seat::NONE, name: None, policy, sight }
    }
}

impl<M> Drop for Reader<M> {
    #[inline]
    fn drop(&mut self) {
        let is_alone = self.seat == Seat::NONE && self.name.is_none();
        let mut state = self.ring.state.lock();
        let has_read_all = self.next == state.head && self.sight != Sight::CutOff;
        if is_alone && has_read_all && state.is_unwatched() {
            state.count_out(self.policy);
            return;
        }
        drop(state);
        self.go();
    }
}

impl<M> Reader<M> {
    /// It goes, and leaves something behind: claims, a seat, a name, or a number that is watched.
    #[inline(never)]
    fn go(&mut self) {
        let mut after = After::default();
        let mut state = self.ring.state.lock();
        let waker = if self.seat != Seat::NONE && self.is_at_end(&state) {
            state.parked.leave(self.seat)
        } else {
            None
        };
        let named = self.name.take().and_then(|id| state.names.remove(id));
        let head = state.head;
        if self.sight != Sight::CutOff {
            self.ring.let_go(self.policy, self.next, head, &mut after);
            self.ring.goes(&mut state, self.policy, &mut after);
        }
        drop(state);
        drop((waker, named));
        if self.policy == Policy::Lossless {
            // In ascending order, so that what is read stays read in order (R5).
            let mut read = None;
            for number in self.next..head {
                let released = self.ring.slot(number).held(Kind::Unread).release();
                if released.is_read {
                    read = Some(number);
                }
                if let Some(message) = released.message {
                    after.free(message);
                }
            }
            if let Some(number) = read {
                self.ring.was_read(number);
            }
        }
    }
}

impl<M> fmt::Debug for Reader<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("policy", &self.policy)
            .field("position", &self.next)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
