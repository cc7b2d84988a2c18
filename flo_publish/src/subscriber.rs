//! Subscribers that get every message.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, TryRecvError, sync::Arc};
use futures_core::{FusedStream, Stream};

use crate::ring::{Reader, Taken};

/// A stream of every message; publishers wait for it.
///
/// Made by [`Publisher::subscribe`](crate::Publisher::subscribe). **A
/// [`LossySubscriber`](crate::LossySubscriber) never makes publishers wait.**
///
/// # Delivery
/// It gets every message that was accepted after it subscribed, in the publisher's order, and then
/// the end. When it is `capacity` messages behind, publishers wait; dropping it lets them go on.
///
/// # Concurrency
/// It is woken on the thread that publishes. It clones the message on its own thread, with no lock
/// of ours held. A `Clone` that panics costs that one message, whose receive is the one that
/// panics; everything else goes on.
///
/// # Cost
/// A receive takes one short lock. Of all subscribers that get a message, the last one gets the
/// message itself and the others a clone.
///
/// ```
/// # futures::executor::block_on(async {
/// use futures::StreamExt;
///
/// let publisher = flo_publish::Publisher::new(8);
/// let mut subscriber = publisher.subscribe();
/// publisher.publish(1).await.unwrap();
/// publisher.publish(2).await.unwrap();
/// drop(publisher);
/// assert_eq!(subscriber.recv().await, Ok(1));
/// assert_eq!(subscriber.next().await, Some(2));
/// assert_eq!(subscriber.next().await, None);
/// # });
/// ```
#[must_use = "publishers wait for it until it is dropped"]
pub struct Subscriber<M> {
    reader: Reader<M>,
}

impl<M> Subscriber<M> {
    pub(crate) fn new(reader: Reader<M>) -> Self {
        Self { reader }
    }

    /// Another subscriber to the same publisher, **from now on**; a clone starts at the same
    /// position.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8);
    /// let subscriber = publisher.subscribe();
    /// publisher.try_publish(1).unwrap();
    /// assert_eq!((subscriber.clone().len(), subscriber.resubscribe().len()), (1, 0));
    /// ```
    pub fn resubscribe(&self) -> Self {
        Self::new(self.reader.resubscribe())
    }

    /// How many messages are there to be read.
    pub fn len(&self) -> usize {
        self.reader.len()
    }

    /// Whether no message is there to be read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing more will be published; what is there can still be read.
    pub fn is_closed(&self) -> bool {
        self.reader.is_closed()
    }
}

impl<M: Clone> Subscriber<M> {
    /// Receives the next message, or the end.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and everything is read.
    ///
    /// # Panics
    /// With the panic of the message's `Clone`, or of the waker of a publisher that this receive
    /// served: that message is missed, the next receive gets the next one.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, and its waker is let go.
    pub fn recv(&mut self) -> Recv<'_, M> {
        Recv { subscriber: self }
    }

    /// Receives a message if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when something may come, [`TryRecvError::Closed`] when the streams
    /// have ended and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{Publisher, TryRecvError};
    ///
    /// let publisher = Publisher::new(8);
    /// let mut subscriber = publisher.subscribe();
    /// assert_eq!(subscriber.try_recv(), Err(TryRecvError::Empty));
    /// publisher.try_publish("hello").unwrap();
    /// drop(publisher);
    /// assert_eq!(subscriber.try_recv(), Ok("hello"));
    /// assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        self.reader.try_take().map(Self::message)
    }

    /// Receives the next message, blocking this thread while [`recv`](Self::recv) would wait.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        self.reader.poll_take(cx).map_ok(Self::message)
    }

    fn message(taken: Taken<M>) -> M {
        match taken {
            Taken::Message(message) => Arc::unwrap_or_clone(message),
            Taken::Missed(missed) => unreachable!("R1: a lossless subscriber missed {missed}"),
        }
    }
}

/// Another subscriber at the same position: it gets everything that this one has not read yet.
impl<M> Clone for Subscriber<M> {
    fn clone(&self) -> Self {
        Self::new(self.reader.clone())
    }
}

impl<M: Clone> Stream for Subscriber<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        Poll::Ready(ready!(self.poll_recv(cx)).ok())
    }
}

impl<M: Clone> FusedStream for Subscriber<M> {
    fn is_terminated(&self) -> bool {
        self.reader.is_terminated()
    }
}

impl<M> fmt::Debug for Subscriber<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The future of [`Subscriber::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, M> {
    subscriber: &'a mut Subscriber<M>,
}

impl<M: Clone> Future for Recv<'_, M> {
    type Output = Result<M, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.subscriber.poll_recv(cx)
    }
}

impl<M> Drop for Recv<'_, M> {
    fn drop(&mut self) {
        self.subscriber.reader.leave();
    }
}

impl<M> fmt::Debug for Recv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").field("subscriber", &self.subscriber).finish()
    }
}
