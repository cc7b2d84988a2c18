//! A claim on a message, of one who may look at it.
#![expect(unsafe_code, reason = "C2 and C3 of `cell.rs`: what a claim entitles to")]

use std::{fmt, marker::PhantomData, ptr::NonNull};

use flo_core::sync::atomic::Ordering;

use super::{Cell, Slot, give_back, set_free};
use crate::ring::claims::{Claims, Kind};

/// A claim on a message. Who lets it go says so: [`Sole::take`] or [`release`](Self::release).
#[must_use = "a claim that is forgotten keeps its message"]
pub(in crate::ring) struct Held<'r, M> {
    cell: NonNull<Cell<M>>,
    kind: Kind,
    /// Whether its cell is a detour.
    is_boxed: bool,
    /// Whether it may be the only claim; otherwise others had not begun to read when it was taken.
    is_last: bool,
    slot: PhantomData<&'r Slot<M>>,
}

/// What came of giving a claim back.
pub(in crate::ring) struct Released<M> {
    /// The message, if that was the last claim; to be dropped outside the lock.
    pub(in crate::ring) message: Option<M>,
    /// Whether it was the last UNREAD.
    pub(in crate::ring) is_read: bool,
}

impl<'r, M> Held<'r, M> {
    #[inline]
    pub(super) fn new(cell: NonNull<Cell<M>>, kind: Kind, is_boxed: bool, is_last: bool) -> Self {
        Self { cell, kind, is_boxed, is_last, slot: PhantomData }
    }

    #[inline]
    fn cell(&self) -> &Cell<M> {
        // SAFETY: C2, C4: the cell is not freed while a claim is held.
        unsafe { self.cell.as_ref() }
    }

    #[inline]
    pub(in crate::ring) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether its cell may be an orphan, now or when it gives its claim back.
    #[inline]
    fn may_be_orphan(&self) -> bool {
        // C4, C5
        self.is_boxed && self.kind == Kind::Pin
    }

    /// Whether this is the only claim: then nobody can add one (R3).
    #[inline]
    pub(super) fn is_sole(&self) -> bool {
        // Acquire: those who gave theirs back have gone.
        let claims = self.cell().claims.load(Ordering::Acquire);
        // An orphan's claims are its readers' as well.
        let flags = if self.may_be_orphan() { Claims::ORPHAN } else { 0 };
        claims & !flags == self.kind.unit()
    }

    /// That this is the only claim, if it is. It is not looked for where others had not begun to read: then one
    /// clone more is made in the rare case that they are through, or were overtaken, meanwhile.
    #[inline]
    pub(in crate::ring) fn sole(self) -> Result<Sole<'r, M>, Self> {
        if self.is_last && self.is_sole() { Ok(Sole(self)) } else { Err(self) }
    }

    /// Looks at the message.
    #[inline]
    pub(in crate::ring) fn with<R>(&self, look: impl FnOnce(&M) -> R) -> R {
        self.cell().message.with(|place| {
            // SAFETY: C2, C6: it is there, and nobody moves it out or writes here while this claim is held.
            look(unsafe { &*place.cast::<M>() })
        })
    }

    /// Gives the claim back.
    #[inline]
    pub(in crate::ring) fn release(self) -> Released<M> {
        // SAFETY: C2: this claim, which ends here.
        unsafe { give_back(self.cell, self.kind.unit()) }
    }
}

/// The only claim on a message, apart from it: a message and a claim in one `Result` are moved about byte by byte,
/// which took a quarter of the time of a `String` from one publisher to one subscriber.
#[must_use = "a claim that is forgotten keeps its message"]
pub(in crate::ring) struct Sole<'r, M>(Held<'r, M>);

impl<M> Sole<'_, M> {
    /// Moves the message out.
    #[inline]
    pub(in crate::ring) fn take(self) -> M {
        let Self(held) = self;
        // SAFETY: C3: it is the only claim.
        let message = unsafe { held.cell().move_out() };
        if held.may_be_orphan() {
            // SAFETY: C3: it was the only claim, and the message is out.
            unsafe { set_free(held.cell, held.kind.unit()) };
        } else {
            // There is no box to be freed. SeqCst: as in `set_free`, where publishers may wait for it.
            let order = match held.kind {
                Kind::Unread => Ordering::SeqCst,
                Kind::Pin => Ordering::Release,
            };
            held.cell().claims.store(Claims::FREE, order);
        }
        message
    }
}

impl<M> fmt::Debug for Held<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("kind", &self.kind).finish_non_exhaustive()
    }
}
