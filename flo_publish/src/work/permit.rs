//! Places in a work queue, taken before the message is there.

use super::{Hold, WorkQueue};
use crate::queue::{Open, Turn};

crate::places::permit! {
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
    WorkPermit, of WorkQueue;
    /// Pushes `message` on this place; never waits.
    ///
    /// # Errors
    /// [`PublishError::Closed`](crate::PublishError::Closed) gives the message back when the queue was closed meanwhile.
    ///
    /// # Panics
    /// With the panic of the waker of the worker that is served; the message is pushed.
    send;
    /// The future of [`WorkQueue::reserve`].
    ///
    /// # Cancel safety
    /// Dropped before it completes, no place was taken, and its place in the line, or the place it was
    /// about to be given, goes to the next.
    ReserveWork
}
