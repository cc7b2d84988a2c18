//! Places in a work queue, taken before the message is there.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::Closed;

use super::{Hold, WorkQueue};
use crate::{
    PublishError,
    queue::{Open, Turn},
};

/// A place for one message in a [`WorkQueue`]. Dropping it gives the place to the next who waits.
///
/// It keeps the queue open, as a [`WorkQueue`] handle does.
///
/// # Delivery
/// The message has its place in the order when it is sent; not when the place was taken.
///
/// # Concurrency
/// As [`WorkQueue`].
///
/// # Cost
/// While it is held, the capacity is less by one for everybody else.
///
/// ```
/// # futures::executor::block_on(async {
/// let parcels = flo_publish::WorkQueue::new(1);
/// let mut worker = parcels.worker();
/// let permit = parcels.reserve().await?;
/// drop(parcels);
/// permit.send("the last one").unwrap();
/// assert_eq!(worker.recv().await, Ok("the last one"));
/// assert_eq!(worker.recv().await, Err(flo_publish::Closed));
/// # Ok::<(), flo_publish::Closed>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping it gives the place back"]
pub struct WorkPermit<M> {
    open: Open<M>,
    place: Place,
}

/// Whether a permit still has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Promised,
    Used,
}

impl<M> WorkPermit<M> {
    /// Stands for a place that was promised on `open`.
    pub(super) fn new(open: Open<M>) -> Self {
        Self { open, place: Place::Promised }
    }

    /// Pushes `message` on this place; never waits.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the queue was closed meanwhile.
    ///
    /// # Panics
    /// With the panic of the waker of the worker that is served; the message is pushed.
    pub fn send(mut self, message: M) -> Result<(), PublishError<M>> {
        // Before the call, which may panic with a waker's panic when the place is used.
        self.place = Place::Used;
        self.open.push_promised(message).map_err(PublishError::Closed)
    }
}

impl<M> Drop for WorkPermit<M> {
    fn drop(&mut self) {
        if mem::replace(&mut self.place, Place::Used) == Place::Promised {
            self.open.give_back_place();
        }
    }
}

impl<M> fmt::Debug for WorkPermit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkPermit").finish_non_exhaustive()
    }
}

/// The future of [`WorkQueue::reserve`].
///
/// # Cancel safety
/// Dropped before it completes, no place was taken, and its place in the line, or the place it was
/// about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct ReserveWork<'a, M> {
    queue: &'a WorkQueue<M>,
    turn: Turn,
}

impl<'a, M> ReserveWork<'a, M> {
    pub(super) fn new(queue: &'a WorkQueue<M>) -> Self {
        Self { queue, turn: Turn::Outside }
    }
}

impl<M> Future for ReserveWork<'_, M> {
    type Output = Result<WorkPermit<M>, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Hold::Open(open) = &self.queue.hold else { return Poll::Ready(Err(Closed)) };
        ready!(open.poll_place(&mut self.turn, cx))?;
        Poll::Ready(Ok(WorkPermit::new(open.clone())))
    }
}

impl<M> Drop for ReserveWork<'_, M> {
    fn drop(&mut self) {
        self.queue.give_up(&mut self.turn);
    }
}

impl<M> fmt::Debug for ReserveWork<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveWork").field("turn", &self.turn).finish_non_exhaustive()
    }
}
