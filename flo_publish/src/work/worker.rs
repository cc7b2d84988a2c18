//! Those who take messages from a work queue.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, sync::Arc};
use futures_core::{FusedStream, Stream};

use crate::{
    TryRecvError,
    queue::{Queue, Taken, Turn},
};

/// One of those who share the messages of a [`WorkQueue`](crate::WorkQueue): a stream of those that it
/// takes.
///
/// A clone is another worker.
///
/// # Delivery
/// See [`WorkQueue`](crate::WorkQueue). What it was about to take when it is dropped, another worker
/// gets.
///
/// # Concurrency
/// It is woken on the thread that pushes. A message is taken on its own thread.
///
/// # Cost
/// A receive takes one short lock.
#[must_use = "a worker takes nothing unless polled"]
pub struct Worker<M> {
    queue: Arc<Queue<M>>,
    turn: Turn,
    taken: Taken,
    has_ended: bool,
}

impl<M> Worker<M> {
    pub(super) fn new(queue: Arc<Queue<M>>) -> Self {
        queue.add_worker();
        Self { queue, turn: Turn::Outside, taken: Taken::default(), has_ended: false }
    }

    /// Receives a message that no other worker gets, or the end.
    ///
    /// Where its turn is over it lets others run first: then its first poll is pending although messages are there, and has
    /// woken its task already.
    ///
    /// # Errors
    /// [`Closed`] when the queue has ended and everything is taken.
    ///
    /// # Panics
    /// With the panic of the waker of one who waits to push and whom this receive served: the message that it
    /// took is dropped.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no message was taken, and its turn goes to the next.
    pub fn recv(&mut self) -> WorkerRecv<'_, M> {
        WorkerRecv { worker: self }
    }

    /// Receives a message if there is one that is not meant for a worker who waits.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when something may come, [`TryRecvError::Closed`] when the queue has
    /// ended and everything is taken.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{TryRecvError, WorkQueue};
    ///
    /// let parcels = WorkQueue::new(8);
    /// let (mut left, mut right) = (parcels.worker(), parcels.worker());
    /// parcels.try_push("lamp").unwrap();
    /// assert_eq!(left.try_recv(), Ok("lamp"));
    /// assert_eq!(right.try_recv(), Err(TryRecvError::Empty));
    /// ```
    pub fn try_recv(&mut self) -> Result<M, TryRecvError> {
        self.leave();
        let taken = self.queue.try_take();
        self.has_ended |= matches!(taken, Err(TryRecvError::Closed));
        taken
    }

    /// Receives as [`recv`](Self::recv) does, blocking this thread while that would wait.
    ///
    /// # Errors
    /// [`Closed`] when the queue has ended and everything is taken.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    #[inline]
    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        let taken = ready!(self.queue.poll_take(&mut self.turn, &mut self.taken, cx));
        if taken.is_err() {
            self.has_ended = true;
        }
        Poll::Ready(taken)
    }

    #[inline]
    fn leave(&mut self) {
        self.queue.give_up_take(&mut self.turn);
    }
}

impl<M> Clone for Worker<M> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.queue))
    }
}

impl<M> Drop for Worker<M> {
    fn drop(&mut self) {
        self.leave();
        self.queue.remove_worker();
    }
}

impl<M> Stream for Worker<M> {
    type Item = M;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        Poll::Ready(ready!(self.poll_recv(cx)).ok())
    }
}

impl<M> FusedStream for Worker<M> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<M> fmt::Debug for Worker<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("turn", &self.turn).finish_non_exhaustive()
    }
}

/// The future of [`Worker::recv`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its turn goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct WorkerRecv<'a, M> {
    worker: &'a mut Worker<M>,
}

impl<M> Future for WorkerRecv<'_, M> {
    type Output = Result<M, Closed>;

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.worker.poll_recv(cx)
    }
}

impl<M> Drop for WorkerRecv<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.worker.leave();
    }
}

impl<M> fmt::Debug for WorkerRecv<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerRecv").field("worker", &self.worker).finish()
    }
}
