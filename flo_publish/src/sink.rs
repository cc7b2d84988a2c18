//! [`Publisher`] as a `Sink`.

use crate::{Permit, Publisher, publisher::Hold};

crate::places::sink! {
    /// Messages can be sent into a publisher with everything that takes a `Sink`: `forward`,
    /// `send_all`.
    ///
    /// - *ready* means that this handle has taken a place, as [`reserve`](Publisher::reserve) does. It
    ///   keeps the place until a message is sent, the handle is closed as a sink, or dropped; a clone
    ///   has none.
    /// - *flush* is ready at once: a message is with its subscribers as soon as it is sent. To wait for
    ///   those who read there is [`drained`](Publisher::drained).
    /// - *close* ends **this handle only**, as if it were dropped; after it the handle answers
    ///   "closed". To end the streams for all there is [`close_all`](Publisher::close_all).
    ///
    /// # Errors
    /// [`SinkError`](crate::SinkError) when the streams have ended; it has the message that was handed in, if any.
    ///
    /// # Panics
    /// `start_send` without a `poll_ready` that was ready before it.
    ///
    /// # Examples
    /// ```
    /// use flo_publish::Publisher;
    /// use futures::{SinkExt, StreamExt, executor::block_on, stream};
    ///
    /// let publisher = Publisher::new(8);
    /// let subscriber = publisher.subscribe();
    /// block_on(stream::iter([Ok(1), Ok(2)]).forward(publisher)).unwrap();
    /// assert_eq!(block_on(subscriber.collect::<Vec<_>>()), [1, 2]);
    /// ```
    Publisher, Permit, ring
}
