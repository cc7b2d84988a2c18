//! Subscribers that see the newest message only.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::Closed;
use futures_core::Stream;

use crate::{
    TryRecvError,
    ring::{Nothing, Reader, Taken},
};

/// A stream of the newest message: what was published between two reads, it skips.
///
/// Made by [`Publisher::subscribe_latest`](crate::Publisher::subscribe_latest). **A
/// [`LossySubscriber`](crate::LossySubscriber) reads as much as it can, and is told how many messages it
/// missed.**
///
/// # Delivery
/// It never makes publishers wait, and never sees a message twice or an older one after a newer one.
/// The last message before the end is seen, whenever it is read. [`position`](Self::position) tells how
/// many there have been.
///
/// # Concurrency
/// As [`Subscriber`](crate::Subscriber). A publisher never waits for it, nor for its `Clone` of a message.
///
/// # Cost
/// A receive of what is there takes no lock. The newest message is kept until all of them have read it.
///
/// ```
/// # futures::executor::block_on(async {
/// use futures::StreamExt;
///
/// let publisher = flo_publish::Publisher::new(8);
/// let mut price = publisher.subscribe_latest();
/// publisher.publish(250).await.unwrap();
/// publisher.publish(199).await.unwrap();
/// assert_eq!(price.next().await, Some(199));
/// publisher.publish(210).await.unwrap();
/// drop(publisher);
/// assert_eq!(price.recv().await, Ok(210));
/// assert_eq!(price.next().await, None);
/// # });
/// ```
#[must_use = "a stream that is not read sees nothing"]
pub struct LatestSubscriber<M> {
    reader: Reader<M>,
}

impl<M> LatestSubscriber<M> {
    pub(crate) fn new(reader: Reader<M>) -> Self {
        Self { reader }
    }
}

impl<M: Clone> LatestSubscriber<M> {
    /// Receives the newest message, if it has not seen it, and otherwise the next one; or the end.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and the last message is read.
    ///
    /// # Panics
    /// With the panic of the message's `Clone`: that message is skipped.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, and its waker is let go.
    pub fn recv(&mut self) -> LatestRecv<'_, M> {
        LatestRecv { subscriber: self }
    }

    /// Receives the newest message if it has not seen it.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when something may come, [`TryRecvError::Closed`] when the streams have
    /// ended and the last message is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{Publisher, TryRecvError};
    ///
    /// let publisher = Publisher::new(1);
    /// let mut price = publisher.subscribe_latest();
    /// assert_eq!(price.try_recv(), Err(TryRecvError::Empty));
    /// publisher.try_publish(250).unwrap();
    /// publisher.try_publish(199).unwrap();
    /// assert_eq!(price.try_recv(), Ok(199));
    /// assert_eq!(price.try_recv(), Err(TryRecvError::Empty));
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        match self.reader.take_newest() {
            Some(message) => Ok(message),
            None => self.try_recv_later(),
        }
    }

    /// Nothing seems to have come.
    #[inline(never)]
    fn try_recv_later(&mut self) -> Result<M, TryRecvError> {
        if self.reader.is_waiting() {
            return Err(TryRecvError::Empty);
        }
        match self.reader.try_take() {
            Ok(taken) => Ok(Self::message(taken)),
            Err(Nothing::Empty) => Err(TryRecvError::Empty),
            Err(Nothing::Closed | Nothing::CutOff(_)) => Err(TryRecvError::Closed),
        }
    }

    /// Receives as [`recv`](Self::recv) does, blocking this thread while that would wait.
    ///
    /// # Errors
    /// [`Closed`] when the streams have ended and the last message is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    #[inline]
    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        if let Some(message) = self.reader.take_newest() {
            return Poll::Ready(Ok(message));
        }
        self.reader.poll_take(cx).map_ok(Self::message).map_err(|_| Closed)
    }

    fn message(taken: Taken<M>) -> M {
        match taken {
            Taken::Message(message) => message,
            Taken::Missed(missed) => unreachable!("the newest is there, not a gap of {missed}"),
        }
    }
}

impl<M: Clone> Stream for LatestSubscriber<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        Poll::Ready(ready!(self.poll_recv(cx)).ok())
    }
}

crate::handle::subscriber!(LatestSubscriber, WeakLatestSubscriber, "subscribe_latest");

/// The future of [`LatestSubscriber::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct LatestRecv<'a, M> {
    subscriber: &'a mut LatestSubscriber<M>,
}

impl<M: Clone> Future for LatestRecv<'_, M> {
    type Output = Result<M, Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.subscriber.poll_recv(cx)
    }
}

impl<M> Drop for LatestRecv<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.subscriber.reader.leave();
    }
}

impl<M> fmt::Debug for LatestRecv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestRecv").field("subscriber", &self.subscriber).finish()
    }
}
