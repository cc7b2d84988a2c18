//! Work for several workers: each message goes to exactly one of them.

mod permit;
mod push;
mod sink;
mod until;
mod weak;
mod worker;

use std::fmt;

use flo_core::sync::Arc;

use crate::{
    PublishError, TryPublishError,
    queue::{Open, Queue, Rejected, Turn},
};

pub use permit::{ReserveWork, WorkPermit};
pub use push::Push;
pub use until::{UntilWorkClosed, UntilWorkDrained};
pub use weak::WeakWorkQueue;
pub use worker::{Worker, WorkerRecv};

/// Gives each message to one worker, the one that has waited longest.
///
/// A work queue is a handle: clones are the same queue. **A [`Publisher`](crate::Publisher) gives each
/// message to every subscriber**; here nothing is cloned, so `M` needs no `Clone`.
///
/// # Delivery
/// Messages are taken in the order in which they were pushed. Workers that wait are served first come,
/// first served. Where messages wait, a worker lets the others run after as many as a full queue has for
/// each, or 64 where nobody else was woken or they are on other threads; so equally fast workers get equally
/// much. A message belongs to nobody until a worker takes it: what a worker that goes away was about to take,
/// the next one gets. A worker that was served and is then neither polled nor dropped keeps its turn. With no
/// worker messages wait, up to `capacity` of them.
///
/// Workers end when the last handle and the last [`WorkPermit`] are gone, or after
/// [`close_all`](Self::close_all), and everything is taken.
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
    hold: Hold<M>,
    turn: Turn,
    permit: Option<WorkPermit<M>>,
}

/// What a handle does for the queue.
enum Hold<M> {
    /// It keeps it open.
    Open(Open<M>),
    /// It was closed as a sink, and only knows the queue.
    Ended(Arc<Queue<M>>),
}

impl<M> WorkQueue<M> {
    /// Makes a queue in which `capacity` messages may wait.
    ///
    /// # Panics
    /// When `capacity` is 0: a message needs a place to stand.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "the capacity of a work queue must be at least 1");
        Self::from_open(Open::new(capacity))
    }

    fn from_open(open: Open<M>) -> Self {
        Self { hold: Hold::Open(open), turn: Turn::Outside, permit: None }
    }

    /// Another worker.
    pub fn worker(&self) -> Worker<M> {
        Worker::new(Arc::clone(self.queue()))
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
        Push::new(self, message)
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
        match &self.hold {
            Hold::Open(open) => open.try_push(message).map_err(|rejected| match rejected {
                Rejected::Full(message) => TryPublishError::Full(message),
                Rejected::Closed(message) => TryPublishError::Closed(message),
            }),
            Hold::Ended(_) => Err(TryPublishError::Closed(message)),
        }
    }

    /// Pushes `message`, blocking this thread while [`push`](Self::push) would wait.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the queue was closed.
    pub fn push_blocking(&self, message: M) -> Result<(), PublishError<M>> {
        pollster::block_on(self.push(message))
    }

    /// Takes a place for a message that is yet to be made; waits as [`push`](Self::push) does.
    ///
    /// # Errors
    /// [`Closed`](crate::Closed) when the queue was closed.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no place was taken, and its place in the line, or the place it was
    /// about to be given, goes to the next.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let parcels = flo_publish::WorkQueue::new(1);
    /// let permit = parcels.reserve().await?;
    /// assert!(parcels.try_push("no place left").is_err());
    /// permit.send("lamp").unwrap();
    /// assert_eq!(parcels.worker().recv().await, Ok("lamp"));
    /// # Ok::<(), flo_publish::Closed>(())
    /// # }).unwrap();
    /// ```
    pub fn reserve(&self) -> ReserveWork<'_, M> {
        ReserveWork::new(self)
    }

    /// Waits until everything that was pushed before this call has been taken.
    ///
    /// What is taken may still be at work: a worker says that it is done by a message of its own. With no
    /// worker it waits for one, also after the end.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let parcels = flo_publish::WorkQueue::new(8);
    /// let mut worker = parcels.worker();
    /// parcels.push("lamp").await.unwrap();
    /// let drained = parcels.drained();
    /// parcels.push("chair").await.unwrap();
    /// worker.recv().await.unwrap();
    /// drained.await;
    /// assert_eq!(parcels.len(), 1);
    /// # });
    /// ```
    pub fn drained(&self) -> UntilWorkDrained<'_, M> {
        UntilWorkDrained::new(self)
    }

    /// Closes the queue for all handles: nothing more is accepted, what waits is still taken.
    ///
    /// Who waits for a place or holds a permit gets its message back. **Dropping the last handle closes
    /// it too, and
    /// [`SinkExt::close`](https://docs.rs/futures/latest/futures/sink/trait.SinkExt.html#method.close)
    /// ends this handle only.**
    pub fn close_all(&self) {
        self.queue().close();
    }

    /// Whether pushing through this handle fails, because the queue was closed or this handle was closed
    /// as a sink. **[`closed`](Self::closed) waits for it.**
    pub fn is_closed(&self) -> bool {
        match &self.hold {
            Hold::Open(open) => open.is_closed(),
            Hold::Ended(_) => true,
        }
    }

    /// Waits until pushing through this handle would fail: [`is_closed`](Self::is_closed) as a future.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let parcels = flo_publish::WorkQueue::<u32>::new(8);
    /// let other = parcels.clone();
    /// futures::join!(parcels.closed(), async { other.close_all() });
    /// assert!(parcels.is_closed());
    /// # });
    /// ```
    pub fn closed(&self) -> UntilWorkClosed<'_, M> {
        UntilWorkClosed::new(self)
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.queue().len()
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many workers there are.
    ///
    /// # Examples
    /// ```
    /// let parcels = flo_publish::WorkQueue::<u32>::new(8);
    /// let (left, right) = (parcels.worker(), parcels.worker());
    /// assert_eq!(parcels.worker_count(), 2);
    /// drop((left, right));
    /// assert_eq!(parcels.worker_count(), 0);
    /// ```
    pub fn worker_count(&self) -> usize {
        self.queue().worker_count()
    }

    /// How many messages may wait.
    pub fn capacity(&self) -> usize {
        self.queue().capacity()
    }

    /// A handle that does not keep the queue open.
    ///
    /// # Examples
    /// ```
    /// let parcels = flo_publish::WorkQueue::<u32>::new(8);
    /// let weak = parcels.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(parcels);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakWorkQueue<M> {
        WeakWorkQueue::new(self.queue())
    }

    fn queue(&self) -> &Arc<Queue<M>> {
        match &self.hold {
            Hold::Open(open) => open.queue(),
            Hold::Ended(queue) => queue,
        }
    }

    /// Nobody waits with `turn` any more.
    #[inline]
    fn give_up(&self, turn: &mut Turn) {
        if let Hold::Open(open) = &self.hold {
            open.give_up(turn);
        }
    }
}

/// Another handle of the same queue. The place that this handle took as a sink stays with it; a clone of a
/// handle that was closed as a sink is closed too.
impl<M> Clone for WorkQueue<M> {
    fn clone(&self) -> Self {
        let hold = match &self.hold {
            Hold::Open(open) => Hold::Open(open.clone()),
            Hold::Ended(queue) => Hold::Ended(Arc::clone(queue)),
        };
        Self { hold, turn: Turn::Outside, permit: None }
    }
}

impl<M> Drop for WorkQueue<M> {
    fn drop(&mut self) {
        self.give_up_turn();
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
