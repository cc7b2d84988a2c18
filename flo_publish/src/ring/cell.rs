//! One message, and the one atomic word that says who still needs it. All unsafe code of this crate is here and in `cell/held.rs`.
//!
//! # Idea
//!
//! ```text
//!   FREE ──fill──▶ claims > 0 ──release──▶ … ──last release──▶ 0 ──message out──▶ FREE
//!                      └────────────────────take────────────────────────────────▶ FREE
//! ```
//!
//! The word and its fields are in `claims.rs`. Whoever holds a claim may look at the message; whoever
//! holds the *only* claim may move it out, because nobody adds a claim to a message that he does not hold
//! one on already (R3). A word of 0 without FREE means that somebody is moving the message out: it is not
//! free yet (R4).
//!
//! A slot has one cell in it. Where a slow `Clone` still sits in that cell when the slot's turn comes
//! round again, the next message takes a **detour**: a cell in a box. So a publisher waits for
//! nobody's `Clone`. A box whose slot goes on is an orphan; it is freed by whoever comes second, the
//! slot that lets go of it or the last reader.
//!
//! # What the unsafe code rests on
//!
//! - **C1** `fill` is called with the ring's lock held, on a cell that is FREE: nobody else looks in.
//! - **C2** A [`Held`] is a claim: its message stays where it is until the claim is given back.
//! - **C3** A message is moved out by the holder of the only claim, or by whoever gave back the last
//!   one; there is exactly one such holder, because claims are counted in one atomic word.
//! - **C4** A boxed cell lives until it is both an orphan and free, or until the ring is dropped. A cell that is in
//!   its slot never is an orphan.
//! - **C5** A cell with an UNREAD is its slot's: a slot goes on only where nobody has to read what is in
//!   it (R5). So it becomes no orphan before that claim is given back.
//! - **C6** A message is in a cell exactly while there are claims on it, and while the one who gave back the
//!   last of them is moving it out.
//!
//! It pays for itself: with a lock around each read instead, publishing u64 to 16 subscribers on two
//! threads took 1.8 times as long in the design's prototype (November 2026).
//! Models: `tests/loom.rs`. `AddressSanitizer` runs over this crate's tests in the gate.
#![expect(
    unsafe_code,
    reason = "claims in one atomic word, and cells that are read without a lock"
)]

use std::{mem::MaybeUninit, ptr::NonNull};

use flo_core::sync::{
    UnsafeCell,
    atomic::{AtomicPtr, AtomicU64, Ordering},
};

mod held;

use super::{
    claims::{Claims, Kind},
    offer::{Accepted, Offer, Seen},
    stamp::Stamp,
};

pub(super) use held::{Held, Released};

/// A message and who needs it.
struct Cell<M> {
    claims: AtomicU64,
    /// C6
    message: UnsafeCell<MaybeUninit<M>>,
}

// SAFETY: a cell hands its message to one who moves it out (`M: Send`), and to several who clone it
// at the same time (`M: Sync`), each ordered by the claims.
unsafe impl<M: Send + Sync> Sync for Cell<M> {}
// SAFETY: a cell owns its message.
unsafe impl<M: Send> Send for Cell<M> {}

impl<M> Cell<M> {
    fn new() -> Self {
        Self {
            claims: AtomicU64::new(Claims::FREE),
            message: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Acquire: whoever freed it has gone.
    #[inline]
    fn is_free(&self) -> bool {
        self.claims.load(Ordering::Acquire) & Claims::FREE != 0
    }

    /// C1: the caller holds the lock, and the cell is free.
    #[inline]
    fn fill(&self, message: M, claims: Claims) {
        debug_assert!(self.is_free() && !claims.is_none(), "C1");
        // SAFETY: C1: nobody else looks into a free cell, and only the lock fills one.
        self.message.with_mut(|place| unsafe { (*place).write(message) });
        // Relaxed: the slot's stamp, set after this, publishes both.
        self.claims.store(claims.0, Ordering::Relaxed);
    }

    /// Moves the message out.
    ///
    /// # Safety
    /// C3: the caller holds all claims on it, or gave back the last of them just now, and says next that the
    /// cell is free.
    #[inline]
    unsafe fn move_out(&self) -> M {
        // SAFETY: C3, C6: it is there; nobody else holds a claim, and the cell is not free, so nobody fills it.
        self.message.with_mut(|place| unsafe { place.cast::<M>().read() })
    }
}

impl<M> Drop for Cell<M> {
    fn drop(&mut self) {
        // Relaxed: whoever drops it has seen all that was done with it.
        if !Claims(self.claims.load(Ordering::Relaxed)).is_none() {
            // SAFETY: C6: it is there, and nobody looks in any more.
            self.message.with_mut(|place| unsafe { place.cast::<M>().drop_in_place() });
        }
    }
}

/// A place in the ring, through which every message with a number of the same remainder goes.
pub(super) struct Slot<M> {
    stamp: Stamp,
    /// To the lossy ones.
    offer: Offer,
    cell: Cell<M>,
    /// The cell in a box that is used instead; null where none is.
    detour: AtomicPtr<Cell<M>>,
}

impl<M> Slot<M> {
    pub(super) fn new() -> Self {
        let detour = AtomicPtr::new(std::ptr::null_mut());
        Self { stamp: Stamp::new(), offer: Offer::none(), cell: Cell::new(), detour }
    }

    /// Whether the message with this number was put here, as seen without the lock.
    #[inline]
    pub(super) fn has(&self, number: u64) -> bool {
        self.stamp.is(number)
    }

    /// Whether the message with this number has still to come, as seen without the lock.
    #[inline]
    pub(super) fn awaits(&self, number: u64) -> bool {
        self.stamp.is_before(number)
    }

    /// The cell in use, to be looked into by one who holds the lock, or a claim on the message in it.
    #[inline]
    fn cell(&self) -> NonNull<Cell<M>> {
        // Acquire: see `accept_by`. For who holds an UNREAD, Relaxed would do: it has seen the stamp that
        // was set after the detour, and the detour changes only when no such claim is left.
        let detour = self.detour.load(Ordering::Acquire);
        NonNull::new(detour).unwrap_or(NonNull::from(&self.cell))
    }

    /// The claims on what is in the cell in use. The caller holds the lock, or a claim.
    #[inline]
    fn claims(&self) -> &AtomicU64 {
        // SAFETY: C4: the box is its slot's until the slot lets go of it, which takes the lock and
        // that no reader of the slot has a claim on its message.
        &unsafe { self.cell().as_ref() }.claims
    }

    /// Whether nothing is here, and nobody on the way.
    #[inline]
    pub(super) fn is_free(&self) -> bool {
        self.detour.load(Ordering::Relaxed).is_null() && self.cell.is_free()
    }

    /// Puts a message in where [`is_free`](Self::is_free); the caller holds the lock.
    #[inline]
    pub(super) fn fill_free(&self, number: u64, message: M, claims: Claims) {
        self.cell.fill(message, claims);
        self.stamp.set(number);
    }

    /// As [`fill_free`](Self::fill_free), and offers it to `lossy` ones.
    #[inline]
    pub(super) fn fill_free_offered(&self, number: u64, message: M, claims: Claims, lossy: u64) {
        self.cell.fill(message, claims);
        if lossy > 0 {
            // Before the stamp: who sees that finds the offer.
            self.offer.make(number, lossy);
        }
        self.stamp.set(number);
    }

    /// Puts a message in, and offers it to `lossy` ones; the caller holds the lock, and no UNREAD and no
    /// offer is left on what was here.
    #[inline]
    pub(super) fn fill(&self, number: u64, message: M, claims: Claims, lossy: u64) {
        if self.is_free() {
            return self.fill_free_offered(number, message, claims, lossy);
        }
        self.fill_around(message, claims);
        if lossy > 0 {
            // As above.
            self.offer.make(number, lossy);
        }
        self.stamp.set(number);
    }

    /// Somebody clones in the slot's cell still, or did when it was last filled.
    #[cold]
    fn fill_around(&self, message: M, claims: Claims) {
        let detour = self.detour.load(Ordering::Relaxed);
        // SAFETY: C4: a detour that the slot has is its own.
        let boxed = unsafe { detour.as_ref() };
        if let Some(boxed) = boxed
            && !self.cell.is_free()
            && boxed.is_free()
        {
            boxed.fill(message, claims);
            return;
        }
        let next = if self.cell.is_free() {
            self.cell.fill(message, claims);
            std::ptr::null_mut()
        } else {
            let cell = Box::new(Cell::new());
            cell.fill(message, claims);
            Box::into_raw(cell)
        };
        // Release: see `accept_by`; otherwise published by the stamp.
        self.detour.store(next, Ordering::Release);
        if let Some(boxed) = boxed {
            // AcqRel: whoever comes second, this or the last reader, sees what the other did.
            let before = boxed.claims.fetch_add(Claims::ORPHAN, Ordering::AcqRel);
            if before & Claims::FREE != 0 {
                // SAFETY: C4: it is free and an orphan now, and this came second.
                drop(unsafe { Box::from_raw(detour) });
            }
        }
    }

    /// Whether a lossless subscriber has still to read the message with this number. `SeqCst`: see "a
    /// race, walked through" in the ring.
    #[inline]
    pub(super) fn is_unread(&self, number: u64) -> bool {
        // Under the lock the slot stays as it is.
        self.has(number) && Claims(self.claims().load(Ordering::SeqCst)).count(Kind::Unread) > 0
    }

    /// Adds a claim, under the lock and where another of the caller's (or the ring's) holds the
    /// message (R3).
    pub(super) fn add(&self, kind: Kind) {
        let claims = self.claims();
        debug_assert!(!Claims(claims.load(Ordering::Relaxed)).is_none(), "R3");
        Claims(claims.load(Ordering::Relaxed)).assert_room(kind);
        // Relaxed: the claim that holds the message orders everything that matters.
        claims.fetch_add(kind.unit(), Ordering::Relaxed);
    }

    /// Begins to read the message with this number as one of the lossy: the claim, unless a publisher
    /// took the message away.
    #[inline]
    pub(super) fn accept(&self, number: u64) -> Option<Held<'_, M>> {
        if self.has(number) { self.accept_by(|| self.offer.accept(number)) } else { None }
    }

    /// As [`accept`](Self::accept), of what was `seen` in somebody else's `offer` of the message here.
    #[inline]
    pub(super) fn accept_from(&self, offer: &Offer, seen: Seen) -> Option<Held<'_, M>> {
        self.accept_by(|| offer.accept_seen(seen))
    }

    /// The claim, if `accept` says that it was taken from the offer; the caller has seen that the message is
    /// here, by its stamp or by the offer that was made after that.
    #[inline]
    fn accept_by(&self, accept: impl FnOnce() -> Option<Accepted>) -> Option<Held<'_, M>> {
        // Before the exchange, since from then on the slot may go on to the next message, whose cell
        // may be another. It changes only after the offer was withdrawn: what is seen here of a later
        // message (Acquire), that was withdrawn before (AcqRel), and then the exchange fails.
        let cell = self.cell();
        // O1: one of the offer's PINs is this reader's.
        accept().map(|Accepted { is_last }| self.holding(cell, Kind::Pin, is_last))
    }

    /// Offers the message with this number to one more; under the lock, as [`add`](Self::add).
    pub(super) fn offer_one(&self, number: u64) {
        self.add(Kind::Pin);
        self.offer.add_one(number);
    }

    /// Takes the message with this number away from the lossy ones who have not begun to read it, under
    /// the lock; the message, if nobody else needs it.
    #[inline]
    pub(super) fn withdraw(&self, number: u64) -> Option<M> {
        self.withdraw_from(&self.offer, number)
    }

    /// As [`withdraw`](Self::withdraw), where somebody else's `offer` is of the message here.
    #[inline]
    pub(super) fn withdraw_from(&self, offer: &Offer, number: u64) -> Option<M> {
        let left = offer.withdraw(number);
        if left == 0 {
            return None;
        }
        let (cell, claims) = (self.cell(), left * Kind::Pin.unit());
        // Acquire: as `is_sole`. One exchange less than to give them back.
        if self.claims().load(Ordering::Acquire) != claims {
            // SAFETY: C2, O1: these PINs were nobody's, and are the caller's now.
            return unsafe { give_back(cell, claims) }.message;
        }
        // SAFETY: C2: the caller's claims, as above.
        let held = unsafe { cell.as_ref() };
        // SAFETY: C3: they are all there are.
        let message = unsafe { held.move_out() };
        if cell == NonNull::from(&self.cell) {
            // C4: there is no box to be freed. Relaxed: free cells are filled under the lock, too.
            held.claims.store(Claims::FREE, Ordering::Relaxed);
        } else {
            // SAFETY: C3: they are all there are, and the message is out.
            unsafe { set_free(cell, claims) };
        }
        Some(message)
    }

    /// The claim of `kind` that the caller holds on the message here: as a subscriber that has still to
    /// read it, or as the ring that keeps it.
    #[inline]
    pub(super) fn held(&self, kind: Kind) -> Held<'_, M> {
        debug_assert!(Claims(self.claims().load(Ordering::Relaxed)).count(kind) > 0, "C2");
        self.holding(self.cell(), kind, true)
    }

    #[inline]
    fn holding(&self, cell: NonNull<Cell<M>>, kind: Kind, is_last: bool) -> Held<'_, M> {
        let is_boxed = cell != NonNull::from(&self.cell);
        Held::new(cell, kind, is_boxed, is_last)
    }
}

impl<M> Drop for Slot<M> {
    fn drop(&mut self) {
        let detour = self.detour.load(Ordering::Relaxed);
        if !detour.is_null() {
            // SAFETY: C4: readers keep the ring, so there are none, and the box is the slot's.
            drop(unsafe { Box::from_raw(detour) });
        }
    }
}

/// Gives `claims` back; whoever gives back the last ones moves the message out.
///
/// # Safety
/// The caller holds these claims on what is in `cell`, and does not use them again. The cell may be gone
/// when this returns.
#[inline]
unsafe fn give_back<M>(cell: NonNull<Cell<M>>, claims: u64) -> Released<M> {
    // SAFETY: C2, C4: a cell lives while claims are held, and after the last one until it is FREE.
    let word = unsafe { &cell.as_ref().claims };
    // SeqCst: see "a race, walked through" in the ring; and what was read here happens before the message is
    // moved out by whoever comes last.
    let before = Claims(word.fetch_sub(claims, Ordering::SeqCst));
    let after = Claims(before.0.wrapping_sub(claims));
    let is_read = before.count(Kind::Unread) > 0 && after.count(Kind::Unread) == 0;
    if after.is_none() {
        // SAFETY: C3: these were the last claims.
        let message = unsafe { take_last(cell) };
        return Released { message: Some(message), is_read };
    }
    Released { message: None, is_read }
}

/// Moves the message out and says that the cell is free; out of line, since mostly others need it still.
///
/// # Safety
/// C3: the caller gave back the last claims on it just now. The cell may be gone when this returns.
#[inline(never)]
unsafe fn take_last<M>(cell: NonNull<Cell<M>>) -> M {
    // SAFETY: C4: it lives until it is FREE.
    let emptied = unsafe { cell.as_ref() };
    // SAFETY: C3: nobody has a claim, and the caller gave back the last ones.
    let message = unsafe { emptied.move_out() };
    // SAFETY: C3: nobody has a claim, and the message is out.
    unsafe { set_free(cell, 0) };
    message
}

/// Says that the cell is free (R4), and that `claims`, the last ones, are given back.
///
/// # Safety
/// The caller holds no other claims on what was in `cell`, nobody else does, and it has moved the message
/// out. The cell may be gone when this returns.
#[inline]
unsafe fn set_free<M>(cell: NonNull<Cell<M>>, claims: u64) {
    // SAFETY: C4: a cell lives until it is FREE.
    let word = &unsafe { cell.as_ref() }.claims;
    // SeqCst: see "a race, walked through" in the ring. And whoever comes second, this or the slot that
    // lets go of a box, sees what the other did; so it must not be stored, which would wipe that out.
    let before = word.fetch_add(Claims::FREE.wrapping_sub(claims), Ordering::SeqCst);
    if before & Claims::ORPHAN != 0 {
        // SAFETY: C4: only a boxed cell becomes an orphan; it is free and an orphan now, and this came
        // second.
        drop(unsafe { Box::from_raw(cell.as_ptr()) });
    }
}

#[cfg(all(test, not(flo_loom)))]
mod tests;
