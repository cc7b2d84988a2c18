//! The end of a channel where messages come out.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::Shared;
use crate::{
    error::{Closed, TryRecvError},
    sync::Arc,
    wakers::WakeList,
};

/// The end of a [`channel`](crate::channel()) where messages come out.
///
/// # Delivery
/// Every message, in the order in which it was accepted. Ends when all sinks are gone, or after
/// [`close`](Self::close), when the queue is read.
///
/// # Cancel safety
/// A message that was not taken by a poll is there at the next one.
pub struct ChannelStream<M> {
    shared: Arc<Shared<M>>,
    is_ended: bool,
}

impl<M> ChannelStream<M> {
    pub(super) fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared, is_ended: false }
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// [`Closed`] when there is none and none will come.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it has taken nothing.
    pub fn recv(&mut self) -> ChannelRecv<'_, M> {
        ChannelRecv(self)
    }

    /// The next message, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError`]: nothing now, or nothing ever.
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        let (taken, wakes) = self.take();
        wakes.wake();
        taken
    }

    /// Waits for the next message, blocking this thread.
    ///
    /// # Errors
    /// [`Closed`] when there is none and none will come.
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    /// How many messages are in the queue.
    pub fn len(&self) -> usize {
        self.shared.receiver.len()
    }

    /// Whether the queue is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes no more messages: sends fail from here on. What is in the queue can still be read.
    pub fn close(&mut self) {
        let mut state = self.shared.state.lock();
        state.is_open = false;
        let mut wakes = state.closing.drain();
        while let Some(waker) = state.line.serve() {
            // C1: served like any other, each with a place to give back, and each finds the end.
            state.taken += 1;
            wakes.push(waker);
        }
        drop(state);
        wakes.wake();
    }

    /// One step of reading, with whom to wake after it.
    fn take(&mut self) -> (Result<M, TryRecvError>, WakeList) {
        let mut state = self.shared.state.lock();
        match self.shared.receiver.try_recv() {
            Ok(message) => (Ok(message), state.give_back()),
            Err(_) if state.sinks == 0 || !state.is_open => {
                self.is_ended = true;
                (Err(TryRecvError::Closed), WakeList::default())
            }
            Err(_) => (Err(TryRecvError::Empty), WakeList::default()),
        }
    }

    /// Leaves the task's waker, unless there is something to read.
    fn wait(&self, cx: &Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.shared.state.lock();
        let is_ready = !self.shared.receiver.is_empty() || state.sinks == 0 || !state.is_open;
        let unused = if is_ready { Some(waker) } else { state.reader.replace(waker) };
        drop(state);
        drop(unused);
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<M> Stream for ChannelStream<M> {
    type Item = M;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        let this = self.get_mut();
        loop {
            match this.try_recv() {
                Ok(message) => return Poll::Ready(Some(message)),
                Err(TryRecvError::Closed) => return Poll::Ready(None),
                // Looked at again once the waker is there: a message may have come in between.
                Err(TryRecvError::Empty) => std::task::ready!(this.wait(cx)),
            }
        }
    }
}

impl<M> FusedStream for ChannelStream<M> {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl<M> Unpin for ChannelStream<M> {}

impl<M> Drop for ChannelStream<M> {
    fn drop(&mut self) {
        self.close();
        // Nothing is put in any more, so what is drained here is all there is; dropped without a lock.
        let left: Vec<M> = self.shared.receiver.drain().collect();
        drop(left);
    }
}

impl<M> fmt::Debug for ChannelStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelStream").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The future of [`ChannelStream::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct ChannelRecv<'a, M>(&'a mut ChannelStream<M>);

impl<M> Future for ChannelRecv<'_, M> {
    type Output = Result<M, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.0).poll_next(cx).map(|message| message.ok_or(Closed))
    }
}

impl<M> fmt::Debug for ChannelRecv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelRecv")
    }
}
