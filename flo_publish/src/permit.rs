//! Places taken before the message is there.

use crate::{
    Publisher,
    publisher::Hold,
    ring::{Open, Turn},
};

crate::places::permit! {
    /// A place for one message. Dropping it gives the place to the next who waits.
    ///
    /// It keeps the streams open, as a [`Publisher`] handle does.
    ///
    /// # Delivery
    /// The message has its number, and so its place in the order, when it is sent; not when the place
    /// was taken.
    ///
    /// # Concurrency
    /// As [`Publisher`].
    ///
    /// # Cost
    /// While it is held, the capacity is less by one for everybody else.
    ///
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(1);
    /// let mut subscriber = publisher.subscribe();
    /// let permit = publisher.reserve().await?;
    /// drop(publisher);
    /// permit.send("the last word").unwrap();
    /// assert_eq!(subscriber.recv().await, Ok("the last word"));
    /// assert_eq!(subscriber.recv().await, Err(flo_publish::RecvError::Closed));
    /// # Ok::<(), flo_publish::Closed>(())
    /// # }).unwrap();
    /// ```
    Permit, of Publisher;
    /// Publishes `message` on this place; never waits.
    ///
    /// # Errors
    /// [`PublishError::Closed`](crate::PublishError::Closed) gives the message back when the streams have ended meanwhile.
    ///
    /// # Panics
    /// As [`Publisher::publish`].
    send;
    /// The future of [`Publisher::reserve`].
    ///
    /// # Cancel safety
    /// Dropped before it completes, no place was taken, and its place in the line, or the place it was
    /// about to be given, goes to the next.
    Reserve
}
