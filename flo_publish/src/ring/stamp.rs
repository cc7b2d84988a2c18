//! Which message is in a slot: its number, set when everything else is there.

use flo_core::sync::atomic::{AtomicU64, Ordering};

/// The number of the message in a slot; no number before the first.
pub(super) struct Stamp(AtomicU64);

impl Stamp {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(Self::code(None)))
    }

    #[inline]
    const fn code(number: Option<u64>) -> u64 {
        match number {
            None => 0,
            Some(number) => number + 1,
        }
    }

    /// Acquire: what was put into the slot under this number is seen.
    #[inline]
    pub(super) fn is(&self, number: u64) -> bool {
        self.0.load(Ordering::Acquire) == Self::code(Some(number))
    }

    /// Whether it is older than `number`, or none; Acquire as above.
    #[inline]
    pub(super) fn is_before(&self, number: u64) -> bool {
        self.0.load(Ordering::Acquire) < Self::code(Some(number))
    }

    /// Release: see [`is`](Self::is).
    #[inline]
    pub(super) fn set(&self, number: u64) {
        self.0.store(Self::code(Some(number)), Ordering::Release);
    }
}
