//! Handles that keep no work queue open.

use std::fmt;

use flo_core::sync::{Arc, Weak};

use super::WorkQueue;
use crate::queue::{Open, Queue};

/// A handle of a work queue that does not keep it open.
///
/// # Delivery
/// It pushes nothing by itself: [`upgrade`](Self::upgrade) gives a [`WorkQueue`] while there is one.
///
/// # Concurrency
/// As [`WorkQueue`].
///
/// # Cost
/// It keeps the queue's own few bytes, and no message.
///
/// ```
/// use flo_publish::{TryRecvError, WorkQueue};
///
/// let parcels = WorkQueue::new(8);
/// let weak = parcels.downgrade();
/// let mut worker = parcels.worker();
/// weak.upgrade().unwrap().try_push("lamp").unwrap();
/// drop(parcels);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(worker.try_recv(), Ok("lamp"));
/// assert_eq!(worker.try_recv(), Err(TryRecvError::Closed));
/// ```
pub struct WeakWorkQueue<M> {
    queue: Weak<Queue<M>>,
}

impl<M> WeakWorkQueue<M> {
    pub(super) fn new(queue: &Arc<Queue<M>>) -> Self {
        Self { queue: Arc::downgrade(queue) }
    }

    /// A handle that keeps the queue open, if the last handle and permit are not gone.
    ///
    /// After [`close_all`](WorkQueue::close_all) the handle it gives is a closed one.
    pub fn upgrade(&self) -> Option<WorkQueue<M>> {
        Open::upgrade(self.queue.upgrade()?).map(WorkQueue::from_open)
    }
}

impl<M> Clone for WeakWorkQueue<M> {
    fn clone(&self) -> Self {
        Self { queue: Weak::clone(&self.queue) }
    }
}

impl<M> fmt::Debug for WeakWorkQueue<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakWorkQueue").finish_non_exhaustive()
    }
}
