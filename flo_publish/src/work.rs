//! Work for several workers: each message goes to exactly one of them.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, sync::Arc};
use futures_core::{FusedStream, Stream};

use crate::{
    PublishError, TryPublishError, TryRecvError,
    queue::{Queue, Rejected, Taken, Turn},
};

/// Gives each message to one worker, the one that has waited longest.
///
/// A work queue is a handle: clones are the same queue. **A [`Publisher`](crate::Publisher) gives each
/// message to every subscriber**; here nothing is cloned, so `M` needs no `Clone`.
///
/// # Delivery
/// Messages are taken in the order in which they were pushed. Workers that wait are served first come,
/// first served. Where messages wait, a worker lets the others run after as many as a full queue has for
/// each, 32 at most; so equally fast workers get equally much. A message belongs to nobody until a worker takes it: what a
/// worker that goes away was about to take, the next one gets. A worker that was served and is then
/// neither polled nor dropped keeps its turn. With no worker messages wait, up to `capacity` of them.
///
/// Workers end when the last handle is gone, or after [`close_all`](Self::close_all), and everything is
/// taken.
///
/// # Concurrency
/// As [`Publisher`](crate::Publisher); messages cross threads where `M: Send`.
///
/// # Cost
/// A push and a take are one short lock each, and one wake-up where somebody waits.
///
/// ```
/// use flo_publish::WorkQueue;
/// use futures::{StreamExt, executor::block_on};
///
/// let parcels = WorkQueue::new(8);
/// let (left, right) = (parcels.worker(), parcels.worker());
/// block_on(async {
///     for parcel in 0..6 {
///         parcels.push(parcel).await.unwrap();
///     }
///     drop(parcels);
///     let (left, right) = futures::join!(left.count(), right.count());
///     assert_eq!(left + right, 6);
/// });
/// ```
#[doc(alias = "SinglePublisher")]
pub struct WorkQueue<M> {
    queue: Arc<Queue<M>>,
}

impl<M> WorkQueue<M> {
    /// Makes a queue in which `capacity` messages may wait.
    ///
    /// # Panics
    /// When `capacity` is 0: a message needs a place to stand.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "the capacity of a work queue must be at least 1");
        Self { queue: Arc::new(Queue::new(capacity)) }
    }

    /// Another worker.
    pub fn worker(&self) -> Worker<M> {
        Worker::new(Arc::clone(&self.queue))
    }

    /// Pushes `message`; waits while `capacity` messages wait.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the queue was closed.
    ///
    /// # Cancel safety
    /// Dropped before it completes, the message reached nobody, and its place in the line, or the place
    /// it was about to be given, goes to the next.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let parcels = flo_publish::WorkQueue::new(1);
    /// let mut worker = parcels.worker();
    /// parcels.push("lamp").await?;
    /// assert_eq!(worker.recv().await, Ok("lamp"));
    /// # Ok::<(), flo_publish::PublishError<&str>>(())
    /// # }).unwrap();
    /// ```
    pub fn push(&self, message: M) -> Push<'_, M> {
        Push { queue: &self.queue, turn: Turn::Outside, message: Some(message) }
    }

    /// Pushes `message` if that is possible at once; it does not overtake those that wait.
    ///
    /// # Errors
    /// [`TryPublishError::Full`] when there is no place, [`TryPublishError::Closed`] when the queue was
    /// closed; both give the message back.
    ///
    /// # Examples
    /// ```
    /// let parcels = flo_publish::WorkQueue::new(1);
    /// assert!(parcels.try_push(1).is_ok());
    /// assert!(parcels.try_push(2).unwrap_err().is_full());
    /// ```
    pub fn try_push(&self, message: M) -> Result<(), TryPublishError<M>> {
        self.queue.try_push(message).map_err(|rejected| match rejected {
            Rejected::Full(message) => TryPublishError::Full(message),
            Rejected::Closed(message) => TryPublishError::Closed(message),
        })
    }

    /// Pushes `message`, blocking this thread while [`push`](Self::push) would wait.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the queue was closed.
    pub fn push_blocking(&self, message: M) -> Result<(), PublishError<M>> {
        pollster::block_on(self.push(message))
    }

    /// Closes the queue for all handles: nothing more is accepted, what waits is still taken.
    pub fn close_all(&self) {
        self.queue.close();
    }

    /// Whether pushing fails, because the queue was closed.
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages may wait.
    pub fn capacity(&self) -> usize {
        self.queue.capacity()
    }
}

impl<M> Clone for WorkQueue<M> {
    fn clone(&self) -> Self {
        self.queue.add_handle();
        Self { queue: Arc::clone(&self.queue) }
    }
}

impl<M> Drop for WorkQueue<M> {
    fn drop(&mut self) {
        self.queue.remove_handle();
    }
}

impl<M> fmt::Debug for WorkQueue<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkQueue")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// The future of [`WorkQueue::push`].
///
/// # Cancel safety
/// Dropped before it completes, the message reached nobody, and its place in the line, or the place it
/// was about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct Push<'a, M> {
    queue: &'a Queue<M>,
    turn: Turn,
    message: Option<M>,
}

// The message is moved, never pinned.
impl<M> Unpin for Push<'_, M> {}

impl<M> Future for Push<'_, M> {
    type Output = Result<(), PublishError<M>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let pushed = ready!(this.queue.poll_push(&mut this.turn, &mut this.message, cx));
        Poll::Ready(pushed.map_err(PublishError::Closed))
    }
}

impl<M> Drop for Push<'_, M> {
    #[inline]
    fn drop(&mut self) {
        self.queue.give_up_push(&mut self.turn);
    }
}

impl<M> fmt::Debug for Push<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("turn", &self.turn).finish_non_exhaustive()
    }
}

/// One of those who share the messages of a [`WorkQueue`]: a stream of those that it takes.
///
/// A clone is another worker.
///
/// # Delivery
/// See [`WorkQueue`]. What it was about to take when it is dropped, another worker gets.
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
    fn new(queue: Arc<Queue<M>>) -> Self {
        queue.add_worker();
        Self { queue, turn: Turn::Outside, taken: Taken::default(), has_ended: false }
    }

    /// Receives a message that no other worker gets, or the end.
    ///
    /// # Errors
    /// [`Closed`] when the queue has ended and everything is taken.
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
    pub fn recv_blocking(&mut self) -> Result<M, Closed> {
        pollster::block_on(self.recv())
    }

    #[inline]
    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        let taken = ready!(self.queue.poll_take(&mut self.turn, &mut self.taken, cx));
        self.has_ended |= taken.is_err();
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

    #[inline]
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
