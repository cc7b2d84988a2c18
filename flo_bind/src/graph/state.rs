//! The state of a node: bits and a version, in one word that is read whole.
//!
//! ```text
//!   63 … 32   version: another one for each outcome (G7), never 0
//!   31 …  0   what the outcome is, what is known about it, what the node is
//! ```
//!
//! It changes under the group's lock alone, so by plain loads and stores; a reader without the lock has
//! all of it in one load.

use std::{num::NonZeroU32, ops::BitOr};

use flo_core::sync::atomic::{AtomicU64, Ordering};

use super::{node::Role, value::Version};

/// Bits of a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bits(u32);

impl Bits {
    pub(crate) const NONE: Self = Self(0);
    /// Something that it read itself changed, or it never ran.
    pub(crate) const DIRTY: Self = Self(1);
    /// Something further up changed: whether it matters must be checked.
    pub(crate) const CHECK: Self = Self(1 << 1);
    /// Claimed by a thread (G9). Marks that arrive meanwhile are kept.
    pub(crate) const BUSY: Self = Self(1 << 2);
    /// Those below have been told since it was last read or computed (G5).
    pub(crate) const TOLD: Self = Self(1 << 3);
    /// The outcome is a panic.
    pub(crate) const PANICKED: Self = Self(1 << 4);
    /// There is no outcome yet.
    pub(crate) const EMPTY: Self = Self(1 << 5);
    /// A commit of several is under way, and this is one of them.
    pub(crate) const MOVING: Self = Self(1 << 6);
    /// The word is a pointer to the value.
    pub(crate) const BOXED: Self = Self(1 << 7);
    /// An effect or a listener that was ended, or a node on its way out.
    pub(crate) const DEAD: Self = Self(1 << 8);
    /// A reaction to be run by the first thread that comes to it (G8).
    pub(crate) const PENDING: Self = Self(1 << 9);
    /// It will not change any more.
    pub(crate) const ENDED: Self = Self(1 << 10);
    /// Somebody waits for the thread that has claimed it.
    pub(crate) const WAITED: Self = Self(1 << 11);
    /// A running snapshot may have an outcome of it.
    pub(crate) const SAVED: Self = Self(1 << 12);
    /// There is an entry for it in `named`.
    pub(crate) const NAMED: Self = Self(1 << 13);
    pub(crate) const COMPUTED: Self = Self(1 << 14);
    pub(crate) const EFFECT: Self = Self(2 << 14);
    pub(crate) const LISTENER: Self = Self(3 << 14);
    /// Its equality is the language's own.
    pub(crate) const PLAIN: Self = Self(1 << 16);
    /// Two of its values are equal where their words are.
    pub(crate) const EXACT: Self = Self(1 << 20);
    /// Its runs go on from what it came to last, and say themselves whether that has changed.
    pub(crate) const CARRIED: Self = Self(1 << 21);
    /// Every write is a change.
    pub(crate) const NEVER: Self = Self(1 << 17);
    /// Nobody counts on it any more: who is done with it last frees it.
    pub(crate) const BURIED: Self = Self(1 << 18);
    /// Since it was last told, a run was done with what it had computed of this for itself, and is to be told when this
    /// can be relied on (G5).
    pub(crate) const AWAITED: Self = Self(1 << 19);

    /// It was told of a change.
    pub(crate) const MARKED: Self = Self(1 | 1 << 1);
    /// The outcome may not be that of the newest version.
    pub(crate) const STALE: Self = Self(1 | 1 << 1 | 1 << 2 | 1 << 5);
    /// The word cannot be read as it is without the lock.
    pub(crate) const UNREADABLE: Self = Self(0xff);
    /// The same of one whose word is a pointer.
    pub(crate) const UNREADABLE_BOXED: Self = Self(0x7f);
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const BITS: u64 = 0xffff_ffff;

/// What a node that is settled has not.
const SETTLED: u64 = (Bits::BUSY.0 | Bits::WAITED.0 | Bits::MARKED.0 | Bits::TOLD.0) as u64;

pub(crate) struct State(AtomicU64);

impl State {
    pub(crate) fn new(bits: Bits) -> Self {
        Self(AtomicU64::new(1 << 32 | u64::from(bits.0)))
    }

    /// Bits and version as they were at one moment, for who reads without the lock.
    #[inline]
    pub(crate) fn load(&self) -> Loaded {
        // Acquire: pairs with the release of `store`; who sees a node settled sees what it holds.
        Loaded(self.0.load(Ordering::Acquire))
    }

    #[inline]
    fn get(&self) -> u64 {
        if cfg!(flo_loom) {
            // It knows the last access alone: a load would hide from it the one without the lock that came before the
            // store which follows.
            return self.0.fetch_or(0, Ordering::Relaxed);
        }
        // Relaxed: it changes under the lock that the caller has.
        self.0.load(Ordering::Relaxed)
    }

    /// Bits and version, for who has the lock.
    #[inline]
    pub(crate) fn now(&self) -> Loaded {
        Loaded(self.get())
    }

    #[inline]
    fn store(&self, state: u64) {
        self.0.store(state, Ordering::Release);
    }

    #[inline]
    pub(crate) fn has(&self, any: Bits) -> bool {
        self.get() & u64::from(any.0) != 0
    }

    #[inline]
    pub(crate) fn set(&self, bits: Bits) {
        self.store(self.get() | u64::from(bits.0));
    }

    #[inline]
    pub(crate) fn clear(&self, bits: Bits) {
        self.store(self.get() & !u64::from(bits.0));
    }

    /// Clears some bits and sets others, in one store.
    #[inline]
    pub(crate) fn replace(&self, clear: Bits, set: Bits) {
        self.store(self.get() & !u64::from(clear.0) | u64::from(set.0));
    }

    /// Clears some bits and sets others, and gives what was before.
    #[inline]
    pub(crate) fn replace_of(&self, clear: Bits, set: Bits) -> Loaded {
        let state = self.now();
        self.replace_in(state, clear, set);
        state
    }

    /// As [`replace`](Self::replace), for who has just looked and has `state`.
    #[inline]
    pub(crate) fn replace_in(&self, state: Loaded, clear: Bits, set: Bits) {
        self.store(state.0 & !u64::from(clear.0) | u64::from(set.0));
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        Loaded(self.get()).version()
    }

    /// Goes on to the next version; whether the versions came round.
    #[inline]
    pub(crate) fn next_version(&self) -> bool {
        let state = self.get();
        let next = state.checked_add(1 << 32);
        self.store(next.unwrap_or(state & BITS | 1 << 32));
        next.is_none()
    }

    /// Clean, and nobody's.
    #[inline]
    pub(crate) fn settle(&self) {
        self.store(self.get() & !SETTLED);
    }

    /// As [`settle`](Self::settle), at the next version and with an outcome; whether the versions came round.
    #[inline]
    pub(crate) fn settle_next(&self) -> bool {
        let state = self.get() & !(SETTLED | u64::from(Bits::EMPTY.0));
        let next = state.checked_add(1 << 32);
        self.store(next.unwrap_or(state & BITS | 1 << 32));
        next.is_none()
    }

    #[inline]
    pub(crate) fn role(&self) -> Role {
        // Relaxed: it never changes; asked without the lock, too.
        Loaded(self.0.load(Ordering::Relaxed)).role()
    }
}

/// A state as it was at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loaded(u64);

impl Loaded {
    #[inline]
    pub(crate) fn has(self, any: Bits) -> bool {
        self.0 & u64::from(any.0) != 0
    }

    #[inline]
    pub(crate) fn role(self) -> Role {
        match self.0 >> 14 & 3 {
            0 => Role::Source,
            1 => Role::Computed,
            2 => Role::Effect,
            _ => Role::Listener,
        }
    }

    #[inline]
    pub(crate) fn version(self) -> Version {
        let version = NonZeroU32::new((self.0 >> 32) as u32);
        debug_assert!(version.is_some(), "G7");
        version.unwrap_or(NonZeroU32::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_round_and_are_never_zero() {
        let state = State::new(Bits::COMPUTED | Bits::DIRTY);
        assert_eq!((state.version().get(), state.role()), (1, Role::Computed));
        assert!(!state.next_version());
        assert_eq!(state.version().get(), 2);
        state.store(state.get() | BITS << 32);
        assert!(state.next_version());
        assert_eq!(state.version().get(), 1);
        assert!(state.has(Bits::DIRTY) && state.role() == Role::Computed);
    }

    #[test]
    fn bits_are_told_apart() {
        let state = State::new(Bits::NONE);
        assert_eq!(state.role(), Role::Source);
        assert!(!state.replace_of(Bits::NONE, Bits::TOLD).has(Bits::TOLD));
        assert!(state.replace_of(Bits::NONE, Bits::BUSY).has(Bits::TOLD));
        state.replace(Bits::BUSY, Bits::CHECK);
        assert!(state.has(Bits::MARKED) && !state.has(Bits::BUSY) && state.load().has(Bits::TOLD));
        state.clear(Bits::CHECK | Bits::TOLD);
        assert!(!state.load().has(Bits::UNREADABLE));
    }
}
