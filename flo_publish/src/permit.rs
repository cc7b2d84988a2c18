//! Places taken before the message is there.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::Closed;

use crate::{
    PublishError, Publisher,
    publisher::Hold,
    ring::{Open, Turn},
};

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
#[must_use = "dropping it gives the place back"]
pub struct Permit<M> {
    open: Open<M>,
    place: Place,
}

/// Whether a permit still has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Promised,
    Used,
}

impl<M> Permit<M> {
    /// Stands for a place that was promised on `open`.
    pub(crate) fn new(open: Open<M>) -> Self {
        Self { open, place: Place::Promised }
    }

    /// Publishes `message` on this place; never waits.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the streams have ended meanwhile.
    ///
    /// # Panics
    /// As [`Publisher::publish`].
    pub fn send(mut self, message: M) -> Result<(), PublishError<M>> {
        // Before the call, which may panic with a waker's panic when the place is used.
        self.place = Place::Used;
        self.open.put_promised(message).map_err(PublishError::Closed)
    }
}

impl<M> Drop for Permit<M> {
    fn drop(&mut self) {
        if mem::replace(&mut self.place, Place::Used) == Place::Promised {
            self.open.give_back_place();
        }
    }
}

impl<M> fmt::Debug for Permit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The future of [`Publisher::reserve`].
///
/// # Cancel safety
/// Dropped before it completes, no place was taken, and its place in the line, or the place it was
/// about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct Reserve<'a, M> {
    publisher: &'a Publisher<M>,
    turn: Turn,
}

impl<'a, M> Reserve<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>) -> Self {
        Self { publisher, turn: Turn::Outside }
    }
}

impl<M> Future for Reserve<'_, M> {
    type Output = Result<Permit<M>, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Hold::Open(open) = &self.publisher.hold else { return Poll::Ready(Err(Closed)) };
        ready!(open.poll_place(&mut self.turn, cx))?;
        Poll::Ready(Ok(Permit::new(open.clone())))
    }
}

impl<M> Drop for Reserve<'_, M> {
    fn drop(&mut self) {
        if let Hold::Open(open) = &self.publisher.hold {
            open.give_up(&mut self.turn);
        }
    }
}

impl<M> fmt::Debug for Reserve<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").field("turn", &self.turn).finish_non_exhaustive()
    }
}
