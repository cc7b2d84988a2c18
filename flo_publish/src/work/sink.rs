//! [`WorkQueue`] as a `Sink`.

use super::{Hold, WorkPermit, WorkQueue};

crate::places::sink! {
    /// Messages can be sent into a work queue with everything that takes a `Sink`: `forward`, `send_all`.
    ///
    /// - *ready* means that this handle has taken a place, as [`reserve`](WorkQueue::reserve) does. It keeps
    ///   the place until a message is sent, the handle is closed as a sink, or dropped; a clone has none.
    /// - *flush* is ready at once: a message is there for the workers as soon as it is sent. To wait until it
    ///   is taken there is [`drained`](WorkQueue::drained).
    /// - *close* ends **this handle only**, as if it were dropped; after it the handle answers "closed". To
    ///   close the queue for all there is [`close_all`](WorkQueue::close_all).
    ///
    /// # Errors
    /// [`SinkError`](crate::SinkError) when the queue was closed; it has the message that was handed in, if any.
    ///
    /// # Panics
    /// `start_send` without a `poll_ready` that was ready before it.
    ///
    /// # Examples
    /// ```
    /// use flo_publish::WorkQueue;
    /// use futures::{StreamExt, executor::block_on, stream};
    ///
    /// let parcels = WorkQueue::new(8);
    /// let worker = parcels.worker();
    /// block_on(stream::iter([Ok(1), Ok(2)]).forward(parcels)).unwrap();
    /// assert_eq!(block_on(worker.collect::<Vec<_>>()), [1, 2]);
    /// ```
    WorkQueue, WorkPermit, queue
}
