//! Handles that keep nothing open.

use std::fmt;

use flo_core::sync::Arc;

use crate::{
    Policy, Publisher,
    ring::{From, Open, Phase, Reader, Ring},
};

/// A handle of a publisher that does not keep the streams open.
///
/// # Delivery
/// It publishes nothing by itself: [`upgrade`](Self::upgrade) gives a [`Publisher`] while there is
/// one.
///
/// # Concurrency
/// As [`Publisher`].
///
/// # Cost
/// It keeps the publisher's own few bytes, and no message.
///
/// ```
/// let publisher = flo_publish::Publisher::new(8);
/// let weak = publisher.downgrade();
/// let mut subscriber = publisher.subscribe();
/// weak.upgrade().unwrap().try_publish(1).unwrap();
/// drop(publisher);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(subscriber.recv_blocking(), Ok(1));
/// assert_eq!(subscriber.recv_blocking(), Err(flo_publish::RecvError::Closed));
/// ```
pub struct WeakPublisher<M> {
    ring: Arc<Ring<M>>,
}

impl<M> WeakPublisher<M> {
    pub(crate) fn new(ring: Arc<Ring<M>>) -> Self {
        Self { ring }
    }

    /// A handle that keeps the streams open, if the last handle and permit are not gone.
    ///
    /// After [`close_all`](Publisher::close_all) the handle it gives is a closed one.
    pub fn upgrade(&self) -> Option<Publisher<M>> {
        Open::upgrade(&self.ring).map(Publisher::from_open)
    }
}

impl<M> Clone for WeakPublisher<M> {
    fn clone(&self) -> Self {
        Self { ring: Arc::clone(&self.ring) }
    }
}

impl<M> fmt::Debug for WeakPublisher<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakPublisher").field("ring", &self.ring).finish()
    }
}

/// What a weak subscriber of any kind keeps: where to begin anew, and how.
pub(crate) struct WeakReader<M> {
    ring: Arc<Ring<M>>,
    policy: Policy,
}

impl<M> WeakReader<M> {
    pub(crate) fn new(reader: &Reader<M>) -> Self {
        Self { ring: Arc::clone(reader.ring()), policy: reader.policy() }
    }

    /// A reader from now on; `None` when the streams have ended.
    pub(crate) fn upgrade(&self) -> Option<Reader<M>> {
        if self.ring.phase() == Phase::Closed {
            return None;
        }
        Reader::new(&self.ring, self.policy, From::Now).ok()
    }
}

impl<M> Clone for WeakReader<M> {
    fn clone(&self) -> Self {
        Self { ring: Arc::clone(&self.ring), policy: self.policy }
    }
}

impl<M> fmt::Debug for WeakReader<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakReader").field("ring", &self.ring).finish_non_exhaustive()
    }
}
