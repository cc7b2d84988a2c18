//! Who keeps the streams of a ring open.

use std::{fmt, ops::Deref};

use flo_core::sync::{Arc, atomic::Ordering};

use super::Ring;

/// Keeps the streams of a ring open: what a publisher handle and a permit have in common.
pub(crate) struct Open<M>(Arc<Ring<M>>);

impl<M> Open<M> {
    /// A new ring, kept open by this.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Arc::new(Ring::new(capacity)))
    }

    /// Keeps `ring` open, unless nobody does any more.
    pub(crate) fn upgrade(ring: &Arc<Ring<M>>) -> Option<Self> {
        // Relaxed: the count is a number and publishes nothing; what one handle does becomes
        // visible to another through the ring's lock.
        ring.open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
                (open != 0).then_some(open + 1)
            })
            .is_ok()
            .then(|| Self(Arc::clone(ring)))
    }

    pub(crate) fn ring(&self) -> &Arc<Ring<M>> {
        &self.0
    }
}

impl<M> Clone for Open<M> {
    fn clone(&self) -> Self {
        // Relaxed: as for `Arc`, a count that is not zero needs no order to grow.
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl<M> Drop for Open<M> {
    fn drop(&mut self) {
        // AcqRel: what other handles published before they went happens before the end, and so is
        // in the backlog.
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.close();
        }
    }
}

impl<M> Deref for Open<M> {
    type Target = Ring<M>;

    fn deref(&self) -> &Ring<M> {
        &self.0
    }
}

impl<M> fmt::Debug for Open<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
