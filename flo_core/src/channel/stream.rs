//! The end of a channel where messages come out.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};

use super::Shared;
use crate::{
    error::{Closed, TryRecvError},
    sync::Arc,
};

/// The end of a channel that messages come out of.
///
/// Made by [`channel()`](crate::channel()) and [`unbounded`](crate::unbounded).
///
/// # Delivery
/// It gets every message that was sent, in the order in which they were accepted, and ends when the
/// last [`ChannelSink`](crate::ChannelSink) is gone and the queue is read. Dropping it drops what
/// is queued, and from then on a send gives its message back.
///
/// # Concurrency
/// A receive wakes one sink that waits, on the thread that receives, and no lock of ours is held.
///
/// # Cost
/// A short lock, and flume's own, for each message.
///
/// ```
/// use flo_core::{Closed, TryRecvError, channel};
///
/// let (sink, mut stream) = channel(2);
/// assert_eq!(stream.try_recv(), Err(TryRecvError::Empty));
/// sink.try_send(1).unwrap();
/// drop(sink);
/// assert_eq!(stream.recv_blocking(), Ok(1));
/// assert_eq!(stream.recv_blocking(), Err(Closed));
/// ```
#[must_use = "dropping it closes the channel"]
pub struct ChannelStream<M> {
    shared: Arc<Shared<M>>,
    sight: Sight,
}

/// What the reader has seen of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Reading,
    /// Its waker may be with the channel.
    Waiting,
    /// It was told that nothing more comes.
    End,
}

impl<M> ChannelStream<M> {
    pub(super) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared, sight: Sight::Reading }
    }

    /// Receives the next message, or the end.
    ///
    /// # Errors
    /// [`Closed`] when nothing more comes and everything is read.
    ///
    /// # Panics
    /// With the panic of the waker of a sink that this receive served: the message is gone with it.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, and its waker is let go.
    pub fn recv(&mut self) -> ChannelRecv<'_, M> {
        ChannelRecv { stream: self }
    }

    /// Receives a message if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when something may come, [`TryRecvError::Closed`] when nothing will.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        let received = self.shared.try_recv();
        if received.as_ref().is_err_and(|error| error.is_closed()) {
            self.sight = Sight::End;
        }
        received
    }

    /// Receives the next message, blocking this thread while [`recv`](Self::recv) would wait.
    ///
    /// # Errors
    /// [`Closed`] when nothing more comes and everything is read.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    /// How many messages are queued.
    pub fn len(&self) -> usize {
        self.shared.0.lock().len()
    }

    /// Whether no message is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing more will be sent; what is queued can still be read.
    pub fn is_closed(&self) -> bool {
        self.shared.0.lock().is_closed()
    }

    /// Accepts nothing more; what is queued can still be read. **Dropping the stream drops that
    /// too.**
    ///
    /// Sinks that wait get their message back.
    ///
    /// # Panics
    /// With the first panic of a waker, after all others were woken.
    ///
    /// # Examples
    /// ```
    /// let (sink, mut stream) = flo_core::channel(2);
    /// sink.try_send(1).unwrap();
    /// stream.close();
    /// assert!(sink.try_send(2).unwrap_err().is_closed());
    /// assert_eq!(stream.recv_blocking(), Ok(1));
    /// assert_eq!(stream.recv_blocking(), Err(flo_core::Closed));
    /// ```
    pub fn close(&mut self) {
        self.shared.close();
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        self.sight = Sight::Waiting;
        let received = ready!(self.shared.poll_recv(cx));
        // C3: whatever came took the waker out.
        self.sight = if received.is_ok() { Sight::Reading } else { Sight::End };
        Poll::Ready(received)
    }

    /// Nobody waits for a message any more: the waker that waited is let go.
    fn leave(&mut self) {
        if self.sight == Sight::Waiting {
            self.sight = Sight::Reading;
            let waker = self.shared.0.lock().reader.take();
            drop(waker);
        }
    }
}

impl<M> Stream for ChannelStream<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        self.poll_recv(cx).map(Result::ok)
    }
}

impl<M> FusedStream for ChannelStream<M> {
    fn is_terminated(&self) -> bool {
        self.sight == Sight::End
    }
}

impl<M> Drop for ChannelStream<M> {
    fn drop(&mut self) {
        self.leave();
        self.shared.end();
    }
}

impl<M> fmt::Debug for ChannelStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelStream").field("channel", &self.shared).finish_non_exhaustive()
    }
}

/// The future of [`ChannelStream::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct ChannelRecv<'a, M> {
    stream: &'a mut ChannelStream<M>,
}

impl<M> Future for ChannelRecv<'_, M> {
    type Output = Result<M, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.stream.poll_recv(cx)
    }
}

impl<M> Drop for ChannelRecv<'_, M> {
    fn drop(&mut self) {
        self.stream.leave();
    }
}

impl<M> fmt::Debug for ChannelRecv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelRecv").field("stream", &self.stream).finish()
    }
}
