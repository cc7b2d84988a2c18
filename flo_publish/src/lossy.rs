//! Subscribers that never slow a publisher, and are told what they missed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, Lagged};
use futures_core::Stream;

use crate::{
    LossyRecvMany, TryRecvError,
    ring::{Nothing, Reader, Taken},
};

/// A stream of messages that never makes publishers wait, and says how many it missed.
///
/// Made by [`Publisher::subscribe_lossy`](crate::Publisher::subscribe_lossy). **A
/// [`Subscriber`](crate::Subscriber) misses nothing.**
///
/// # Delivery
/// It gets the messages that were accepted after it subscribed, in the publisher's order. When it
/// is more than `capacity` messages behind, the oldest go. A [`Lagged`] stands before the message that
/// follows, with the exact number of messages that are missing there. Where more go before that message
/// is read, another one follows: each missed message is told once.
///
/// # Concurrency
/// As [`Subscriber`](crate::Subscriber).
///
/// # Cost
/// A receive of what is there takes no lock. A publisher never waits for it, nor for its `Clone` of a
/// message.
///
/// ```
/// # futures::executor::block_on(async {
/// use flo_publish::{Lagged, Publisher};
/// use futures::StreamExt;
///
/// let publisher = Publisher::new(2);
/// let mut subscriber = publisher.subscribe_lossy();
/// for n in 1..=3 {
///     publisher.publish(n).await.unwrap();
/// }
/// drop(publisher);
/// assert_eq!(subscriber.collect::<Vec<_>>().await, [Err(Lagged(1)), Ok(2), Ok(3)]);
/// # });
/// ```
#[must_use = "a stream that is not read misses everything"]
pub struct LossySubscriber<M> {
    reader: Reader<M>,
}

impl<M> LossySubscriber<M> {
    pub(crate) fn new(reader: Reader<M>) -> Self {
        Self { reader }
    }
}

impl<M: Clone> LossySubscriber<M> {
    /// Receives the next message, or how many were missed before it, or the end.
    ///
    /// What was missed is an item, as it is in the stream, and not an error: `while let Ok(item)`
    /// ends at the end and nowhere before.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and everything is read.
    ///
    /// # Panics
    /// With the panic of the message's `Clone`, or of the waker of a publisher that this receive
    /// served: that message is missed, the next receive gets the next one.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, no gap was reported, and its waker is let
    /// go.
    pub fn recv(&mut self) -> LossyRecv<'_, M> {
        LossyRecv { subscriber: self }
    }

    /// Receives at least one message, and as many more as are there, up to `most`, into `items`; where some
    /// were missed, how many stands before the next, and counts as one.
    ///
    /// The answer is how many items; 0 only where `most` is 0.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv); the items before are in `items`.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, no gap was reported, and its waker is let go.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// use flo_publish::{Lagged, Publisher};
    ///
    /// let publisher = Publisher::new(2);
    /// let mut subscriber = publisher.subscribe_lossy();
    /// for n in 1..=5 {
    ///     publisher.publish(n).await.unwrap();
    /// }
    /// let mut items = Vec::new();
    /// assert_eq!(subscriber.recv_many(&mut items, 8).await, Ok(3));
    /// assert_eq!(items, [Err(Lagged(3)), Ok(4), Ok(5)]);
    /// # });
    /// ```
    pub fn recv_many<'a>(
        &'a mut self,
        items: &'a mut Vec<Result<M, Lagged>>,
        most: usize,
    ) -> LossyRecvMany<'a, M> {
        LossyRecvMany::new(self, items, most)
    }

    /// Receives a message, or how many were missed before it, if there is one.
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
    /// use flo_publish::{Lagged, Publisher, TryRecvError};
    ///
    /// let publisher = Publisher::new(1);
    /// let mut subscriber = publisher.subscribe_lossy();
    /// publisher.try_publish("unheard").unwrap();
    /// publisher.try_publish("heard").unwrap();
    /// assert_eq!(subscriber.try_recv(), Ok(Err(Lagged(1))));
    /// assert_eq!(subscriber.try_recv(), Ok(Ok("heard")));
    /// assert_eq!(subscriber.try_recv(), Err(TryRecvError::Empty));
    /// ```
    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    pub fn try_recv(&mut self) -> Result<Result<M, Lagged>, TryRecvError> {
        match self.reader.take_offered() {
            Some(message) => Ok(Ok(message)),
            None if self.reader.is_waiting() => Err(TryRecvError::Empty),
            None => self.try_recv_later(),
        }
    }

    /// Something has come, or the end, or it was too slow.
    #[inline(never)]
    fn try_recv_later(&mut self) -> Result<Result<M, Lagged>, TryRecvError> {
        match self.reader.try_take() {
            Ok(taken) => Ok(Self::item(taken)),
            Err(Nothing::Empty) => Err(TryRecvError::Empty),
            Err(Nothing::Closed | Nothing::CutOff(_)) => Err(TryRecvError::Closed),
        }
    }

    /// Receives as [`recv`](Self::recv) does, blocking this thread while that would wait.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<Result<M, Lagged>, Closed> {
        pollster::block_on(self.recv())
    }

    #[inline]
    pub(crate) fn poll_recv(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Result<Result<M, Lagged>, Closed>> {
        if let Some(message) = self.reader.take_offered() {
            return Poll::Ready(Ok(Ok(message)));
        }
        self.reader.poll_take(cx).map_ok(Self::item).map_err(|_| Closed)
    }

    fn item(taken: Taken<M>) -> Result<M, Lagged> {
        match taken {
            Taken::Message(message) => Ok(message),
            Taken::Missed(missed) => Err(Lagged(missed)),
        }
    }
}

impl<M: Clone> Stream for LossySubscriber<M> {
    type Item = Result<M, Lagged>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(ready!(self.poll_recv(cx)).ok())
    }
}

crate::handle::subscriber!(LossySubscriber, WeakLossySubscriber, "subscribe_lossy");

/// The future of [`LossySubscriber::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, no gap was reported, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct LossyRecv<'a, M> {
    subscriber: &'a mut LossySubscriber<M>,
}

impl<M: Clone> Future for LossyRecv<'_, M> {
    type Output = Result<Result<M, Lagged>, Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.subscriber.poll_recv(cx)
    }
}

impl<M> LossySubscriber<M> {
    /// Nobody waits here any more.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.reader.leave();
    }
}

impl<M> Drop for LossyRecv<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.subscriber.leave();
    }
}

impl<M> fmt::Debug for LossyRecv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LossyRecv").field("subscriber", &self.subscriber).finish()
    }
}
