//! Subscribers that get every message.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::Lagged;
use futures_core::Stream;

use crate::{
    RecvError, RecvMany, TryRecvError,
    ring::{Nothing, Reader, Taken},
};

/// A stream of every message; publishers wait for it.
///
/// Made by [`Publisher::subscribe`](crate::Publisher::subscribe), and by
/// [`subscribe_or_close`](crate::Publisher::subscribe_or_close), for which nobody waits: that one is
/// cut off when it is too slow. **A
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
/// A receive takes no lock where the message is there already, unless a publisher waits for it. Of all subscribers that get a message, the last one gets the
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
}

impl<M: Clone> Subscriber<M> {
    /// Receives the next message, or the end.
    ///
    /// # Errors
    /// [`RecvError`] when nothing comes here any more: [`Closed`](RecvError::Closed) when the streams have
    /// ended and everything is read.
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

    /// Receives at least one message, and as many more as are there, up to `most`, into `messages`.
    ///
    /// The answer is how many; 0 only where `most` is 0.
    ///
    /// # Errors
    /// [`RecvError`] when nothing comes here any more.
    ///
    /// # Panics
    /// As [`recv`](Self::recv); the messages before are in `messages`.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, and its waker is let go.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(8);
    /// let mut subscriber = publisher.subscribe();
    /// for n in 1..=5 {
    ///     publisher.publish(n).await.unwrap();
    /// }
    /// let mut messages = Vec::new();
    /// assert_eq!(subscriber.recv_many(&mut messages, 3).await, Ok(3));
    /// assert_eq!(messages, [1, 2, 3]);
    /// # });
    /// ```
    pub fn recv_many<'a>(&'a mut self, messages: &'a mut Vec<M>, most: usize) -> RecvMany<'a, M> {
        RecvMany::new(self, messages, most)
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
    #[inline]
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        match self.reader.take_ready() {
            Some(message) => Ok(message),
            None => self.try_recv_later(),
        }
    }

    /// Nothing seems to have come, or it is one that may be cut off.
    #[inline(never)]
    fn try_recv_later(&mut self) -> Result<M, TryRecvError> {
        match self.reader.try_take() {
            Ok(taken) => Ok(Self::message(taken)),
            Err(Nothing::Empty) => Err(TryRecvError::Empty),
            Err(Nothing::Closed) => Err(TryRecvError::Closed),
            Err(Nothing::CutOff(missed)) => Err(TryRecvError::CutOff(Lagged(missed))),
        }
    }

    /// Receives the next message, blocking this thread while [`recv`](Self::recv) would wait.
    ///
    /// # Errors
    /// [`RecvError`] when nothing comes here any more: [`Closed`](RecvError::Closed) when the streams have
    /// ended and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<M, RecvError> {
        pollster::block_on(self.recv())
    }

    #[inline]
    pub(crate) fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, RecvError>> {
        if let Some(message) = self.reader.take_ready() {
            return Poll::Ready(Ok(message));
        }
        self.poll_recv_or_park(cx)
    }

    #[inline(never)]
    fn poll_recv_or_park(&mut self, cx: &Context<'_>) -> Poll<Result<M, RecvError>> {
        if self.reader.park_at_once(cx) {
            return Poll::Pending;
        }
        Poll::Ready(match ready!(self.reader.poll_take(cx)) {
            Ok(taken) => Ok(Self::message(taken)),
            Err(Nothing::CutOff(missed)) => Err(RecvError::CutOff(Lagged(missed))),
            Err(Nothing::Closed | Nothing::Empty) => Err(RecvError::Closed),
        })
    }

    #[inline]
    fn message(taken: Taken<M>) -> M {
        match taken {
            Taken::Message(message) => message,
            Taken::Missed(missed) => unreachable!("R1: a lossless subscriber missed {missed}"),
        }
    }
}

impl<M: Clone> Stream for Subscriber<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        Poll::Ready(ready!(self.poll_recv(cx)).ok())
    }
}

crate::handle::subscriber!(Subscriber, WeakSubscriber, "subscribe");

/// The future of [`Subscriber::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, M> {
    subscriber: &'a mut Subscriber<M>,
}

impl<M: Clone> Future for Recv<'_, M> {
    type Output = Result<M, RecvError>;

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.subscriber.poll_recv(cx)
    }
}

impl<M> Subscriber<M> {
    /// Nobody waits here any more.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.reader.leave();
    }
}

impl<M> Drop for Recv<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.subscriber.leave();
    }
}

impl<M> fmt::Debug for Recv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").field("subscriber", &self.subscriber).finish()
    }
}
