//! The end of a channel where messages go in.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_sink::Sink;

use super::Shared;
use crate::{
    error::{SendError, SinkError, TrySendError},
    line::Ticket,
    notify::Notify,
    sync::Arc,
    wakers::Seat,
};

/// The end of a [`channel`](crate::channel()) where messages go in. Clones are more senders.
///
/// # Delivery
/// Every message arrives, in the order in which it was accepted, unless the stream is dropped first. The
/// stream ends when all sinks are gone and the queue is read.
///
/// # Concurrency
/// Senders that wait are served in the order in which they came; a free place wakes one. The reader's
/// waker is woken with no lock of ours held.
pub struct ChannelSink<M> {
    shared: Arc<Shared<M>>,
    place: Place,
    is_closed: bool,
}

/// What this handle has of a place, as a [`Sink`].
#[derive(Default)]
enum Place {
    #[default]
    None,
    Waiting(Ticket),
    Held,
}

impl<M> ChannelSink<M> {
    pub(super) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared, place: Place::None, is_closed: false }
    }

    /// Sends a message, waiting for a place.
    ///
    /// # Errors
    /// [`SendError`] with the message, when the stream is gone or closed.
    ///
    /// # Cancel safety
    /// Dropped before it completes, the message was not sent and its place is free again.
    pub fn send(&self, message: M) -> ChannelSend<'_, M> {
        ChannelSend {
            shared: &self.shared,
            is_closed: self.is_closed,
            message: Some(message),
            place: Place::None,
        }
    }

    /// Sends a message if there is a place now and nobody waits for one.
    ///
    /// # Errors
    /// [`TrySendError`] with the message: full, or closed.
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        let mut state = self.shared.state.lock();
        if self.is_closed || !state.is_open {
            return Err(TrySendError::Closed(message));
        }
        if !self.shared.has_place(&state) {
            return Err(TrySendError::Full(message));
        }
        state.taken += 1;
        let wakes = self.shared.put(message, &mut state);
        drop(state);
        wakes.wake();
        Ok(())
    }

    /// Sends a message, blocking this thread until there is a place.
    ///
    /// # Errors
    /// [`SendError`] with the message, when the stream is gone or closed.
    pub fn send_blocking(&self, message: M) -> Result<(), SendError<M>> {
        pollster::block_on(self.send(message))
    }

    /// Whether the stream is gone or closed, or this sink is.
    pub fn is_closed(&self) -> bool {
        self.is_closed || !self.shared.state.lock().is_open
    }

    /// Waits until the stream is gone or closed.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it has done nothing.
    pub fn closed(&self) -> ChannelClosed<'_, M> {
        ChannelClosed { shared: &self.shared, seat: Seat::default() }
    }

    /// A handle that does not keep the stream open.
    pub fn downgrade(&self) -> WeakChannelSink<M> {
        WeakChannelSink(Arc::clone(&self.shared))
    }

    /// One sender less.
    fn close(&mut self) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        give_up(&self.shared, &mut self.place);
        let mut state = self.shared.state.lock();
        state.sinks -= 1;
        let reader = if state.sinks == 0 { state.reader.take() } else { None };
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// Takes a place, or stands in line for one. `Err` when the stream is closed.
fn poll_place<M>(shared: &Shared<M>, place: &mut Place, cx: &Context<'_>) -> Poll<Result<(), ()>> {
    // Cloned and dropped outside the lock (C3).
    let waker = cx.waker().clone();
    let mut state = shared.state.lock();
    if !state.is_open {
        return Poll::Ready(Err(()));
    }
    let unused = match &*place {
        Place::Held => Some(waker),
        Place::Waiting(ticket) if state.line.is_served(ticket) => {
            *place = Place::Held;
            Some(waker)
        }
        Place::Waiting(ticket) => Some(state.line.renew(ticket, waker)),
        Place::None if shared.has_place(&state) => {
            state.taken += 1;
            *place = Place::Held;
            Some(waker)
        }
        Place::None => {
            *place = Place::Waiting(state.line.stand(waker));
            None
        }
    };
    drop(state);
    drop(unused);
    if matches!(place, Place::Held) { Poll::Ready(Ok(())) } else { Poll::Pending }
}

/// Gives back what there is of a place; if it had been served, the next in line gets it.
fn give_up<M>(shared: &Shared<M>, place: &mut Place) {
    let place = std::mem::take(place);
    let mut state = shared.state.lock();
    let (left, wakes) = match place {
        Place::None => return,
        Place::Held => (None, Some(state.give_back())),
        Place::Waiting(ticket) => match state.line.leave(ticket) {
            // It had been served: the place goes to the next.
            None => (None, Some(state.give_back())),
            left => (left, None),
        },
    };
    drop(state);
    drop((left, wakes));
}

impl<M> Sink<M> for ChannelSink<M> {
    type Error = SinkError<M>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let this = self.get_mut();
        if this.is_closed {
            return Poll::Ready(Err(SinkError::Closed));
        }
        poll_place(&this.shared, &mut this.place, cx).map_err(|()| SinkError::Closed)
    }

    /// # Panics
    /// When no `poll_ready` was ready before.
    fn start_send(self: Pin<&mut Self>, message: M) -> Result<(), Self::Error> {
        let this = self.get_mut();
        let mut state = this.shared.state.lock();
        if this.is_closed || !state.is_open {
            return Err(SinkError::Unsent(message));
        }
        assert!(
            matches!(this.place, Place::Held),
            "start_send without a poll_ready that was ready"
        );
        this.place = Place::None;
        let wakes = this.shared.put(message, &mut state);
        drop(state);
        wakes.wake();
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.get_mut().close();
        Poll::Ready(Ok(()))
    }
}

impl<M> Unpin for ChannelSink<M> {}

/// Tells the reader with an empty message; a full channel has told it already.
impl Notify for ChannelSink<()> {
    fn notify(&mut self) {
        let _told_or_nobody_there = self.try_send(());
    }
}

impl<M> Clone for ChannelSink<M> {
    fn clone(&self) -> Self {
        if !self.is_closed {
            self.shared.state.lock().sinks += 1;
        }
        Self { shared: Arc::clone(&self.shared), place: Place::None, is_closed: self.is_closed }
    }
}

impl<M> Drop for ChannelSink<M> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<M> fmt::Debug for ChannelSink<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSink").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// A [`ChannelSink`] that does not keep the stream open.
pub struct WeakChannelSink<M>(Arc<Shared<M>>);

impl<M> WeakChannelSink<M> {
    /// A sink, while there is another one.
    ///
    /// ```
    /// let (sink, _stream) = flo_core::channel::<u32>(1);
    /// let weak = sink.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sink);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn upgrade(&self) -> Option<ChannelSink<M>> {
        let mut state = self.0.state.lock();
        if state.sinks == 0 {
            return None;
        }
        state.sinks += 1;
        drop(state);
        Some(ChannelSink::new(Arc::clone(&self.0)))
    }
}

impl<M> Clone for WeakChannelSink<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> fmt::Debug for WeakChannelSink<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakChannelSink")
    }
}

/// The future of [`ChannelSink::send`].
#[must_use = "futures do nothing unless polled"]
pub struct ChannelSend<'a, M> {
    shared: &'a Arc<Shared<M>>,
    is_closed: bool,
    message: Option<M>,
    place: Place,
}

impl<M> Unpin for ChannelSend<'_, M> {}

impl<M> Future for ChannelSend<'_, M> {
    type Output = Result<(), SendError<M>>;

    /// # Panics
    /// When polled again after it has completed.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let is_open = !this.is_closed
            && std::task::ready!(poll_place(this.shared, &mut this.place, cx)).is_ok();
        let message = this.message.take().expect("a send is polled after it has completed");
        let mut state = this.shared.state.lock();
        if !is_open || !state.is_open {
            return Poll::Ready(Err(SendError(message)));
        }
        this.place = Place::None;
        let wakes = this.shared.put(message, &mut state);
        drop(state);
        wakes.wake();
        Poll::Ready(Ok(()))
    }
}

impl<M> Drop for ChannelSend<'_, M> {
    fn drop(&mut self) {
        give_up(self.shared, &mut self.place);
    }
}

impl<M> fmt::Debug for ChannelSend<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSend").field("done", &self.message.is_none()).finish_non_exhaustive()
    }
}

/// The future of [`ChannelSink::closed`].
#[must_use = "futures do nothing unless polled"]
pub struct ChannelClosed<'a, M> {
    shared: &'a Arc<Shared<M>>,
    seat: Seat,
}

impl<M> Future for ChannelClosed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let waker = cx.waker().clone();
        let mut state = this.shared.state.lock();
        let is_open = state.is_open;
        let replaced = state.closing.park(&mut this.seat, waker);
        drop(state);
        drop(replaced);
        if is_open { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl<M> Drop for ChannelClosed<'_, M> {
    fn drop(&mut self) {
        let left = self.shared.state.lock().closing.leave(&mut self.seat);
        drop(left);
    }
}

impl<M> fmt::Debug for ChannelClosed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelClosed")
    }
}
