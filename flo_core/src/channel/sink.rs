//! The end of a channel where messages go in.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_sink::Sink;

use super::{SendError, Shared, TrySendError, state::Phase};
use crate::{
    error::{Closed, SinkError},
    line::Ticket,
    notify::Notify,
    sync::Arc,
    wakers::Seat,
};

/// The end of a channel that messages go into; clones go into the same channel.
///
/// Made by [`channel()`](crate::channel()) and [`unbounded`](crate::unbounded).
///
/// # Delivery
/// A message that was sent is in the channel until the stream takes it or is dropped. A message
/// that was not sent comes back. Sinks that find the channel full wait, and are served first in,
/// first out.
///
/// # Concurrency
/// The reader's waker runs on the thread that sends, and no lock of ours is held: it may send,
/// receive and drop.
///
/// # Cost
/// A short lock, and flume's own, for each message; no memory where nobody waits.
///
/// As a `Sink`, *ready* means that this handle has taken a place, which it keeps until it sends, is
/// closed or dropped; *flush* is ready at once; *close* ends **this handle only**.
pub struct ChannelSink<M> {
    shared: Arc<Shared<M>>,
    standing: Standing,
}

/// Where a handle stands as a `Sink`.
#[derive(Debug)]
enum Standing {
    Idle,
    /// It waits for a place, with a ticket once it stands in line.
    Waiting(Option<Ticket>),
    /// A place is promised to it.
    Ready,
    /// It was closed, and counts no more.
    Ended,
}

impl<M> ChannelSink<M> {
    /// A sink that is counted already.
    pub(super) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared, standing: Standing::Idle }
    }

    /// Sends `message`; waits while the channel is full.
    ///
    /// # Errors
    /// [`SendError::Closed`] gives the message back when the stream is gone or was closed.
    ///
    /// # Panics
    /// With the panic of the reader's waker; the message is sent.
    ///
    /// # Cancel safety
    /// Dropped before it completes, the message reached nobody, and its place in the line, or the
    /// place it was about to be given, goes to the next.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let (sink, mut stream) = flo_core::channel(1);
    /// sink.send("hello").await.unwrap();
    /// assert_eq!(stream.recv().await, Ok("hello"));
    /// # });
    /// ```
    pub fn send(&self, message: M) -> ChannelSend<'_, M> {
        ChannelSend { sink: self, ticket: None, message: Some(message) }
    }

    /// Sends `message` if that is possible at once; does not overtake sinks that wait.
    ///
    /// # Errors
    /// [`TrySendError::Full`] when there is no place, [`TrySendError::Closed`] when the stream is
    /// gone or was closed; both give the message back.
    ///
    /// # Panics
    /// As [`send`](Self::send).
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        if self.has_ended() {
            return Err(TrySendError::Closed(message));
        }
        self.shared.try_send(message)
    }

    /// Sends `message`, blocking this thread while [`send`](Self::send) would wait.
    ///
    /// # Errors
    /// [`SendError::Closed`] gives the message back when the stream is gone or was closed.
    ///
    /// # Panics
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// let (sink, mut stream) = flo_core::channel(1);
    /// let reader = std::thread::spawn(move || (stream.recv_blocking(), stream.recv_blocking()));
    /// sink.send_blocking(1).unwrap();
    /// sink.send_blocking(2).unwrap();
    /// assert_eq!(reader.join().unwrap(), (Ok(1), Ok(2)));
    /// ```
    pub fn send_blocking(&self, message: M) -> Result<(), SendError<M>> {
        pollster::block_on(self.send(message))
    }

    /// Whether sending fails, because the stream is gone or was closed, or this handle was closed.
    /// **[`closed`](Self::closed) waits for it.**
    pub fn is_closed(&self) -> bool {
        self.has_ended() || self.shared.phase() == Phase::Closed
    }

    /// Waits until sending would fail: [`is_closed`](Self::is_closed) as a future.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let (sink, stream) = flo_core::channel::<u32>(1);
    /// futures::join!(sink.closed(), async { drop(stream) });
    /// assert!(sink.is_closed());
    /// # });
    /// ```
    pub fn closed(&self) -> ChannelClosed<'_, M> {
        ChannelClosed { sink: self, seat: Seat::default() }
    }

    /// A handle that does not keep the stream from ending.
    pub fn downgrade(&self) -> WeakChannelSink<M> {
        WeakChannelSink { shared: Arc::clone(&self.shared) }
    }

    fn has_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended)
    }

    fn end(&mut self) {
        match mem::replace(&mut self.standing, Standing::Ended) {
            Standing::Idle => {}
            Standing::Waiting(mut ticket) => self.shared.give_up(&mut ticket),
            Standing::Ready => self.shared.give_back_place(),
            Standing::Ended => return,
        }
        self.shared.remove_sink();
    }
}

/// Another handle of the same channel. The place that this handle took as a `Sink` stays with it; a
/// clone of a handle that was closed is closed too.
impl<M> Clone for ChannelSink<M> {
    fn clone(&self) -> Self {
        let standing = if self.has_ended() {
            Standing::Ended
        } else {
            self.shared.0.lock().add_sink();
            Standing::Idle
        };
        Self { shared: Arc::clone(&self.shared), standing }
    }
}

impl<M> Drop for ChannelSink<M> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<M> Sink<M> for ChannelSink<M> {
    type Error = SinkError<M>;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SinkError<M>>> {
        let this = &mut *self;
        match this.standing {
            Standing::Ended => return Poll::Ready(Err(SinkError::Closed)),
            Standing::Ready if this.is_closed() => return Poll::Ready(Err(SinkError::Closed)),
            Standing::Ready => return Poll::Ready(Ok(())),
            Standing::Idle => this.standing = Standing::Waiting(None),
            Standing::Waiting(_) => {}
        }
        if let Standing::Waiting(ticket) = &mut this.standing {
            let place = ready!(this.shared.poll_place(ticket, cx));
            this.standing = if place.is_ok() { Standing::Ready } else { Standing::Idle };
            return Poll::Ready(place.map_err(|Closed| SinkError::Closed));
        }
        Poll::Pending
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), SinkError<M>> {
        match self.standing {
            Standing::Ended => Err(SinkError::Unsent(message)),
            Standing::Ready => {
                self.standing = Standing::Idle;
                self.shared.send_promised(message).map_err(SinkError::Unsent)
            }
            Standing::Idle | Standing::Waiting(_) => {
                panic!("`start_send` needs a `poll_ready` that was ready")
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<M>>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<M>>> {
        self.end();
        Poll::Ready(Ok(()))
    }
}

/// Tells the reader by a message; one that is there already has told it.
impl Notify for ChannelSink<()> {
    fn notify(&mut self) {
        // Full: the reader is told already. Closed: nobody is there to be told.
        let (Ok(()) | Err(_)) = self.try_send(());
    }
}

impl<M> fmt::Debug for ChannelSink<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSink").field("channel", &self.shared).finish_non_exhaustive()
    }
}

/// A handle of a channel's sink that does not keep the stream from ending.
///
/// # Delivery
/// It sends nothing by itself: [`upgrade`](Self::upgrade) gives a [`ChannelSink`] while there is
/// one.
///
/// # Concurrency
/// As [`ChannelSink`].
///
/// # Cost
/// It keeps the channel's own few bytes, and no message once the stream is gone.
///
/// ```
/// let (sink, stream) = flo_core::channel::<u32>(1);
/// let weak = sink.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(sink);
/// assert!(weak.upgrade().is_none() && stream.is_closed());
/// ```
pub struct WeakChannelSink<M> {
    shared: Arc<Shared<M>>,
}

impl<M> WeakChannelSink<M> {
    /// A sink, if the last one is not gone.
    pub fn upgrade(&self) -> Option<ChannelSink<M>> {
        let revived = self.shared.0.lock().revive_sink();
        revived.map(|()| ChannelSink::new(Arc::clone(&self.shared)))
    }
}

impl<M> Clone for WeakChannelSink<M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<M> fmt::Debug for WeakChannelSink<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakChannelSink").field("channel", &self.shared).finish()
    }
}

/// The future of [`ChannelSink::send`].
///
/// # Cancel safety
/// Dropped before it completes, the message reached nobody, and its place in the line, or the place
/// it was about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct ChannelSend<'a, M> {
    sink: &'a ChannelSink<M>,
    ticket: Option<Ticket>,
    message: Option<M>,
}

// The message is moved, never pinned.
impl<M> Unpin for ChannelSend<'_, M> {}

impl<M> Future for ChannelSend<'_, M> {
    type Output = Result<(), SendError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let message = this.message.take().expect("polled after completion");
        if this.ticket.is_none() {
            match this.sink.try_send(message) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(TrySendError::Closed(message)) => {
                    return Poll::Ready(Err(SendError::Closed(message)));
                }
                Err(TrySendError::Full(message)) => this.message = Some(message),
            }
        } else {
            this.message = Some(message);
        }
        let place = ready!(this.sink.shared.poll_place(&mut this.ticket, cx));
        let message = this.message.take().expect("polled after completion");
        let sent = match place {
            Ok(()) => this.sink.shared.send_promised(message),
            Err(Closed) => Err(message),
        };
        Poll::Ready(sent.map_err(SendError::Closed))
    }
}

impl<M> Drop for ChannelSend<'_, M> {
    fn drop(&mut self) {
        self.sink.shared.give_up(&mut self.ticket);
    }
}

impl<M> fmt::Debug for ChannelSend<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSend").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

/// The future of [`ChannelSink::closed`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct ChannelClosed<'a, M> {
    sink: &'a ChannelSink<M>,
    seat: Seat,
}

impl<M> Future for ChannelClosed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.sink.is_closed() {
            return Poll::Ready(());
        }
        // C4: cloned outside the lock, so the end may have come meanwhile and is asked for again.
        let waker = cx.waker().clone();
        let (answer, spare) = {
            let mut state = this.sink.shared.0.lock();
            match state.phase() {
                Phase::Open => (Poll::Pending, state.closing.park(&mut this.seat, waker)),
                Phase::Closed => (Poll::Ready(()), Some(waker)),
            }
        };
        drop(spare);
        answer
    }
}

impl<M> Drop for ChannelClosed<'_, M> {
    fn drop(&mut self) {
        if !self.seat.is_vacant() {
            let waker = self.sink.shared.0.lock().closing.leave(&mut self.seat);
            drop(waker);
        }
    }
}

impl<M> fmt::Debug for ChannelClosed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelClosed").finish_non_exhaustive()
    }
}
