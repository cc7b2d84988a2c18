//! Who keeps a queue open.

use std::ops::Deref;

use flo_core::sync::{Arc, atomic::Ordering};

use super::Queue;

/// Keeps a queue open: what a handle and a permit have in common.
pub(crate) struct Open<M>(Arc<Queue<M>>);

impl<M> Open<M> {
    /// A new queue, kept open by this.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Arc::new(Queue::new(capacity)))
    }

    /// Keeps `queue` open, unless nobody does any more.
    pub(crate) fn upgrade(queue: Arc<Queue<M>>) -> Option<Self> {
        // Relaxed: the count is a number and publishes nothing; what one handle does becomes visible
        // to another through the queue's lock.
        queue
            .handles
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |handles| {
                (handles != 0).then_some(handles + 1)
            })
            .is_ok()
            .then(|| Self(queue))
    }

    pub(crate) fn queue(&self) -> &Arc<Queue<M>> {
        &self.0
    }
}

impl<M> Clone for Open<M> {
    fn clone(&self) -> Self {
        // Relaxed: as for `Arc`, a count that is not zero needs no order to grow.
        self.0.handles.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

impl<M> Drop for Open<M> {
    fn drop(&mut self) {
        // AcqRel: what other handles pushed before they went happens before the end.
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.close();
        }
    }
}

impl<M> Deref for Open<M> {
    type Target = Queue<M>;

    fn deref(&self) -> &Queue<M> {
        &self.0
    }
}
