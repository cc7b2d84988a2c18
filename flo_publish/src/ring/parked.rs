//! Readers that wait for a message: a slab of wakers that each publish empties whole.
//!
//! Invariant **P1**: a seat is good exactly while its reader has read everything (`next == head`) and the
//! streams are open, since a publish and the end empty the slab. So a seat needs no generation.
//!
//! Nothing here calls a stranger: a waker comes in that was cloned before the lock was taken, and what
//! must be woken or dropped after it goes out.

use std::{mem, task::Waker};

use flo_core::WakeList;

/// A place among the parked; the default one is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat(u32);

impl Seat {
    pub(super) const NONE: Self = Self(u32::MAX);

    fn index(self) -> usize {
        self.0 as usize
    }
}

impl Default for Seat {
    fn default() -> Self {
        Self::NONE
    }
}

/// The wakers of all readers that wait.
#[derive(Debug, Default)]
pub(super) struct Parked {
    wakers: Vec<Option<Waker>>,
    vacant: Vec<u32>,
}

impl Parked {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// Whether the waker at a good seat wakes what `waker` wakes.
    pub(super) fn has(&self, seat: Seat, waker: &Waker) -> bool {
        let parked = self.wakers.get(seat.index()).and_then(Option::as_ref);
        parked.is_some_and(|parked| parked.will_wake(waker))
    }

    /// Puts `waker` at a good seat or, where it is none, at a new one; what was there comes back.
    #[must_use = "a waker is dropped after the lock is released"]
    pub(super) fn park(&mut self, seat: &mut Seat, waker: Waker) -> Option<Waker> {
        if *seat != Seat::NONE {
            return self.wakers[seat.index()].replace(waker);
        }
        *seat = self.park_new(waker);
        None
    }

    /// Puts `waker` at a new seat.
    #[inline]
    pub(super) fn park_new(&mut self, waker: Waker) -> Seat {
        if self.wakers.is_empty() && self.wakers.capacity() > 0 {
            debug_assert!(self.vacant.is_empty(), "nobody sits here, and nobody has left");
            self.wakers.push(Some(waker));
            return Seat(0);
        }
        self.park_beside_others(waker)
    }

    #[inline(never)]
    fn park_beside_others(&mut self, waker: Waker) -> Seat {
        if let Some(vacant) = self.vacant.pop() {
            let seat = Seat(vacant);
            self.wakers[seat.index()] = Some(waker);
            return seat;
        }
        let index = u32::try_from(self.wakers.len()).unwrap_or(u32::MAX);
        assert!(index != u32::MAX, "fewer readers than that can wait");
        self.wakers.push(Some(waker));
        Seat(index)
    }

    /// Vacates a good seat; its waker comes back.
    #[must_use = "a waker is dropped after the lock is released"]
    pub(super) fn leave(&mut self, seat: Seat) -> Option<Waker> {
        self.vacant.push(seat.0);
        self.wakers[seat.index()].take()
    }

    /// Takes the only one out, if there are no more: the usual case, in which the slab keeps its memory.
    #[inline]
    pub(super) fn pop_only(&mut self) -> Option<Waker> {
        if self.wakers.len() != 1 {
            return None;
        }
        self.vacant.clear();
        self.wakers.pop().flatten()
    }

    /// Takes everybody out, to be woken when the lock is released.
    #[inline]
    pub(super) fn drain_into(&mut self, wakers: &mut WakeList) {
        if let Some(only) = self.pop_only() {
            wakers.push(only);
        } else {
            self.vacant.clear();
            wakers.extend(mem::take(&mut self.wakers));
        }
    }
}
