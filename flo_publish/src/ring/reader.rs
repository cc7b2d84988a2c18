//! A subscriber's place in the ring: what all kinds of subscribers have in common.

use std::{
    fmt,
    task::{Context, Poll},
};

use flo_core::{Closed, Seat, TryRecvError, sync::Arc};

use super::{After, Phase, Policy, Ring, state::Found};

/// A place from which messages are read.
pub(crate) struct Reader<M> {
    ring: Arc<Ring<M>>,
    next: u64,
    seat: Seat,
    policy: Policy,
    sight: Sight,
}

/// What a reader has seen of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Reading,
    /// It was told that nothing more comes.
    End,
}

/// What a reader took.
pub(crate) enum Taken<M> {
    /// A message, which may be shared with other readers.
    Message(Arc<M>),
    /// How many it missed; the next one is a message.
    Missed(u64),
}

impl<M> Reader<M> {
    /// Reads what is published from here on.
    pub(crate) fn new(ring: &Arc<Ring<M>>, policy: Policy) -> Self {
        let next = ring.state.lock().subscribe(policy);
        let (ring, seat) = (Arc::clone(ring), Seat::default());
        Self { ring, next, seat, policy, sight: Sight::Reading }
    }

    pub(crate) fn resubscribe(&self) -> Self {
        Self::new(&self.ring, self.policy)
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.state.lock().backlog(self.next)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.ring.phase() == Phase::Closed
    }

    /// Whether it was told of the end.
    pub(crate) fn is_terminated(&self) -> bool {
        self.sight == Sight::End
    }

    pub(crate) fn try_take(&mut self) -> Result<Taken<M>, TryRecvError> {
        let mut after = After::default();
        let found = self.ring.state.lock().read(&mut self.next, self.policy, &mut after);
        self.taken(found)
    }

    pub(crate) fn poll_take(&mut self, cx: &Context<'_>) -> Poll<Result<Taken<M>, Closed>> {
        match self.try_take() {
            Ok(taken) => return Poll::Ready(Ok(taken)),
            Err(TryRecvError::Closed) => return Poll::Ready(Err(Closed)),
            Err(TryRecvError::Empty) => {}
        }
        if !self.seat.is_vacant() && self.ring.state.lock().parked().has(&self.seat, cx.waker()) {
            return Poll::Pending;
        }
        // R7: cloned outside the lock, so a message may have come meanwhile and is looked for
        // again.
        let waker = cx.waker().clone();
        let mut after = After::default();
        let (found, spare) = {
            let mut state = self.ring.state.lock();
            match state.read(&mut self.next, self.policy, &mut after) {
                Found::Nothing => (Found::Nothing, state.parked().park(&mut self.seat, waker)),
                found => (found, Some(waker)),
            }
        };
        drop(spare);
        match self.taken(found) {
            Ok(taken) => Poll::Ready(Ok(taken)),
            Err(TryRecvError::Closed) => Poll::Ready(Err(Closed)),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }

    /// Nobody waits here any more: the waker that waited is let go.
    pub(crate) fn leave(&mut self) {
        if !self.seat.is_vacant() {
            let waker = self.ring.state.lock().parked().leave(&mut self.seat);
            drop(waker);
            self.seat = Seat::default();
        }
    }

    fn taken(&mut self, found: Found<M>) -> Result<Taken<M>, TryRecvError> {
        let taken = match found {
            Found::Nothing => return Err(TryRecvError::Empty),
            Found::Message(message) => Ok(Taken::Message(message)),
            Found::Missed(missed) => Ok(Taken::Missed(missed)),
            Found::End => {
                self.sight = Sight::End;
                Err(TryRecvError::Closed)
            }
        };
        // R8: a message or the end has come since it sat down, and that emptied the set.
        self.seat = Seat::default();
        taken
    }
}

impl<M> Clone for Reader<M> {
    fn clone(&self) -> Self {
        self.ring.state.lock().subscribe_at(self.next, self.policy);
        let (ring, seat) = (Arc::clone(&self.ring), Seat::default());
        Self { ring, next: self.next, seat, policy: self.policy, sight: self.sight }
    }
}

impl<M> Drop for Reader<M> {
    fn drop(&mut self) {
        let mut after = After::default();
        let waker = {
            let mut state = self.ring.state.lock();
            state.unsubscribe(self.next, self.policy, &mut after);
            state.parked().leave(&mut self.seat)
        };
        drop(waker);
    }
}

impl<M> fmt::Debug for Reader<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, ended) = {
            let state = self.ring.state.lock();
            (state.backlog(self.next), state.is_ended(self.next))
        };
        f.debug_struct("Reader").field("len", &len).field("ended", &ended).finish_non_exhaustive()
    }
}
