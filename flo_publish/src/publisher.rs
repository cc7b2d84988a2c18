//! The handle on the end where messages go in.

use std::fmt;

use flo_core::sync::Arc;

use crate::{
    Permit, Publish, PublishBatch, PublishError, Reserve, TryPublishError, TryReserveError,
    UntilClosed, UntilDrained, WeakPublisher,
    ring::{Open, Phase, Rejected, Ring, Turn},
};

/// Gives each message to every subscriber.
///
/// A publisher is a handle: clones are the same publisher and share one order of messages, which is
/// the order every subscriber sees. **A subscriber sees what is accepted after it subscribed**;
/// with no subscriber a message is accepted and goes nowhere.
///
/// # Delivery
/// A [`Subscriber`](crate::Subscriber) gets every message; when it is `capacity` messages behind, publishers wait for
/// it, first come, first served. A [`LossySubscriber`](crate::LossySubscriber) never holds anybody up; it is told in its
/// stream how many messages it missed. A [`LatestSubscriber`](crate::LatestSubscriber) sees the newest only, and one that
/// [`subscribe_or_close`](Self::subscribe_or_close) made is cut off rather than waited for. The streams end when the last handle and the last [`Permit`]
/// are gone and the backlog is read; [`close_all`](Self::close_all) ends them for all handles at
/// once.
///
/// # Concurrency
/// All methods may be called on any thread, inside a message's `Clone` and `Drop`, and inside a
/// waker: no lock of ours is held while a stranger's code runs. Subscribers are woken on the thread
/// that publishes; a message is dropped on the thread of whoever needed it last. Messages cross
/// threads where `M: Send + Sync`: several subscribers may clone one message at the same time.
///
/// # Cost
/// A publish takes one short lock and allocates nothing. It wakes each waiting subscriber once. The usual
/// receive takes no lock. N subscribers cost N − 1 clones of the message; the last one gets the
/// message itself. A subscriber is 24 bytes.
///
/// ```
/// use flo_publish::Publisher;
/// use futures::{StreamExt, executor::block_on};
///
/// # block_on(async {
/// let publisher = Publisher::new(16);
/// let mut orders = publisher.subscribe();
/// let audit = publisher.subscribe();
///
/// publisher.publish("two apples").await?;
/// publisher.publish("one pear").await?;
/// assert_eq!(orders.next().await, Some("two apples"));
///
/// drop(publisher);
/// assert_eq!(orders.next().await, Some("one pear"));
/// assert_eq!(orders.next().await, None);
/// assert_eq!(audit.collect::<Vec<_>>().await, ["two apples", "one pear"]);
/// # Ok::<(), flo_publish::PublishError<&str>>(())
/// # }).unwrap();
/// ```
#[doc(alias = "broadcast")]
#[doc(alias = "Subject")]
pub struct Publisher<M> {
    pub(crate) hold: Hold<M>,
    pub(crate) turn: Turn,
    pub(crate) permit: Option<Permit<M>>,
}

/// What a handle does for the streams.
pub(crate) enum Hold<M> {
    /// It keeps them open.
    Open(Open<M>),
    /// It was closed as a sink, and only knows the ring.
    Ended(Arc<Ring<M>>),
}

impl<M> Publisher<M> {
    /// Makes a publisher whose lossless subscribers may be `capacity` messages behind.
    ///
    /// Memory for that many messages is taken at once.
    ///
    /// # Panics
    /// When `capacity` is 0: a message needs a place to stand.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// assert_eq!((publisher.capacity(), publisher.subscriber_count()), (8, 0));
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "the capacity of a publisher must be at least 1");
        Self::from_open(Open::new(capacity))
    }

    pub(crate) fn from_open(open: Open<M>) -> Self {
        Self { hold: Hold::Open(open), turn: Turn::Outside, permit: None }
    }

    /// Publishes `message`; waits while a lossless subscriber is `capacity` messages behind.
    ///
    /// Those who wait are served first in, first out. Where there is room and nobody waits, the
    /// first poll publishes. **[`try_publish`](Self::try_publish) does not wait.**
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the streams have ended.
    ///
    /// # Panics
    /// A waker that panics makes the poll that published panic, after all other wakers were woken;
    /// the message is published.
    ///
    /// # Cancel safety
    /// Dropped before it completes, the message reached nobody, and its place in the line, or the
    /// place it was about to be given, goes to the next.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(1);
    /// let mut subscriber = publisher.subscribe();
    /// publisher.publish("hello").await?;
    /// assert_eq!(subscriber.recv().await, Ok("hello"));
    /// # Ok::<(), flo_publish::PublishError<&str>>(())
    /// # }).unwrap();
    /// ```
    pub fn publish(&self, message: M) -> Publish<'_, M> {
        Publish::new(self, message)
    }

    /// Publishes `message` if that is possible at once.
    ///
    /// It does not overtake publishers that wait: while there are any, the answer is "full".
    ///
    /// # Errors
    /// [`TryPublishError::Full`] when there is no place, [`TryPublishError::Closed`] when the
    /// streams have ended; both give the message back.
    ///
    /// # Panics
    /// As [`publish`](Self::publish).
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(1);
    /// let _slow = publisher.subscribe();
    /// assert!(publisher.try_publish(1).is_ok());
    /// assert!(publisher.try_publish(2).unwrap_err().is_full());
    /// ```
    pub fn try_publish(&self, message: M) -> Result<(), TryPublishError<M>> {
        match &self.hold {
            Hold::Open(open) => open.try_put(message).map_err(|rejected| match rejected {
                Rejected::Full(message) => TryPublishError::Full(message),
                Rejected::Closed(message) => TryPublishError::Closed(message),
            }),
            Hold::Ended(_) => Err(TryPublishError::Closed(message)),
        }
    }

    /// Publishes `message`, blocking this thread while [`publish`](Self::publish) would wait.
    ///
    /// # Errors
    /// [`PublishError::Closed`] gives the message back when the streams have ended.
    ///
    /// # Panics
    /// As [`publish`](Self::publish).
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(1);
    /// let mut subscriber = publisher.subscribe();
    /// let reader = std::thread::spawn(move || [(); 2].map(|()| subscriber.recv_blocking()));
    /// publisher.publish_blocking(1)?;
    /// publisher.publish_blocking(2)?;
    /// assert_eq!(reader.join().unwrap(), [Ok(1), Ok(2)]);
    /// # Ok::<(), flo_publish::PublishError<i32>>(())
    /// ```
    pub fn publish_blocking(&self, message: M) -> Result<(), PublishError<M>> {
        pollster::block_on(self.publish(message))
    }

    /// Publishes several messages, in order and each as [`publish`](Self::publish) would; those for which
    /// there is room at the same time go under one lock and wake each subscriber once.
    ///
    /// Other publishers' messages may come between them where it has to wait.
    ///
    /// # Errors
    /// [`BatchError`](crate::BatchError) gives the messages back that were not published when the streams
    /// ended.
    ///
    /// # Panics
    /// As [`publish`](Self::publish).
    ///
    /// # Cancel safety
    /// Dropped before it completes, a part of the batch may have been published, always the first ones;
    /// [`into_unsent`](PublishBatch::into_unsent) gives up without losing the others.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// use futures::StreamExt;
    ///
    /// let publisher = flo_publish::Publisher::new(8);
    /// let subscriber = publisher.subscribe();
    /// publisher.publish_batch([1, 2, 3]).await.unwrap();
    /// drop(publisher);
    /// assert_eq!(subscriber.collect::<Vec<_>>().await, [1, 2, 3]);
    /// # });
    /// ```
    pub fn publish_batch(&self, messages: impl IntoIterator<Item = M>) -> PublishBatch<'_, M> {
        PublishBatch::new(self, messages.into_iter().collect())
    }

    /// Takes a place for a message that is yet to be made; waits as [`publish`](Self::publish)
    /// does.
    ///
    /// # Errors
    /// [`Closed`](crate::Closed) when the streams have ended.
    ///
    /// # Cancel safety
    /// Dropped before it completes, no place was taken, and its place in the line, or the place it
    /// was about to be given, goes to the next.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(1);
    /// let mut subscriber = publisher.subscribe();
    /// let permit = publisher.reserve().await?;
    /// assert!(publisher.try_publish("no place left").is_err());
    /// permit.send("hello").unwrap();
    /// assert_eq!(subscriber.recv().await, Ok("hello"));
    /// # Ok::<(), flo_publish::Closed>(())
    /// # }).unwrap();
    /// ```
    pub fn reserve(&self) -> Reserve<'_, M> {
        Reserve::new(self)
    }

    /// Takes a place for a message that is yet to be made, if there is one at once.
    ///
    /// It does not overtake publishers that wait: while there are any, the answer is "full".
    ///
    /// # Errors
    /// [`TryReserveError::Full`] when there is no place, [`TryReserveError::Closed`] when the streams
    /// have ended.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(1);
    /// let mut subscriber = publisher.subscribe();
    /// let permit = publisher.try_reserve()?;
    /// assert!(publisher.try_reserve().unwrap_err().is_full());
    /// permit.send("hello").unwrap();
    /// assert_eq!(subscriber.try_recv(), Ok("hello"));
    /// # Ok::<(), flo_publish::TryReserveError>(())
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<M>, TryReserveError> {
        let Hold::Open(open) = &self.hold else { return Err(TryReserveError::Closed) };
        match open.try_place() {
            Ok(()) => Ok(Permit::new(open.clone())),
            Err(Rejected::Full(())) => Err(TryReserveError::Full),
            Err(Rejected::Closed(())) => Err(TryReserveError::Closed),
        }
    }

    /// Waits until every lossless subscriber has taken everything that was published before this
    /// call.
    ///
    /// A subscriber that is dropped no longer counts. Lossy subscribers do not count.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(8);
    /// let mut subscriber = publisher.subscribe();
    /// publisher.publish(1).await.unwrap();
    /// let drained = publisher.drained();
    /// publisher.publish(2).await.unwrap();
    /// subscriber.recv().await.unwrap();
    /// drained.await;
    /// assert_eq!(subscriber.len(), 1);
    /// # });
    /// ```
    pub fn drained(&self) -> UntilDrained<'_, M> {
        UntilDrained::new(self)
    }

    /// Ends the streams for all handles: nothing more is accepted, the backlog can still be read.
    ///
    /// Who waits for a place or holds a permit gets its message back. **Dropping the last handle
    /// ends the streams too, and
    /// [`SinkExt::close`](https://docs.rs/futures/latest/futures/sink/trait.SinkExt.html#method.close)
    /// ends this handle only.**
    ///
    /// # Panics
    /// With the first panic of a waker, after all others were woken and the streams have ended.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8);
    /// let mut subscriber = publisher.subscribe();
    /// publisher.try_publish(1).unwrap();
    /// publisher.clone().close_all();
    /// assert!(publisher.try_publish(2).unwrap_err().is_closed());
    /// assert_eq!(subscriber.recv_blocking(), Ok(1));
    /// assert_eq!(subscriber.recv_blocking(), Err(flo_publish::RecvError::Closed));
    /// ```
    pub fn close_all(&self) {
        self.ring().close();
    }

    /// Whether publishing through this handle fails, because the streams have ended or this handle
    /// was closed as a sink. **[`closed`](Self::closed) waits for it.**
    pub fn is_closed(&self) -> bool {
        match &self.hold {
            Hold::Open(open) => open.phase() == Phase::Closed,
            Hold::Ended(_) => true,
        }
    }

    /// Waits until publishing through this handle would fail: [`is_closed`](Self::is_closed) as a
    /// future.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// let other = publisher.clone();
    /// futures::join!(publisher.closed(), async { other.close_all() });
    /// assert!(publisher.is_closed());
    /// # });
    /// ```
    pub fn closed(&self) -> UntilClosed<'_, M> {
        UntilClosed::new(self)
    }

    /// How many messages were accepted; the next one has this number.
    pub fn position(&self) -> u64 {
        self.ring().position()
    }

    /// How many subscribers there are, of all kinds.
    pub fn subscriber_count(&self) -> usize {
        self.ring().subscriber_count()
    }

    /// How many messages the slowest lossless subscriber has not read. **[`drained`](Self::drained) waits
    /// until there are none of those that are there now.**
    ///
    /// Lossy subscribers do not count. It takes one short lock, and looks at one message for each doubling
    /// of the capacity.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8);
    /// let (mut fast, slow) = (publisher.subscribe(), publisher.subscribe());
    /// publisher.try_publish(1).unwrap();
    /// publisher.try_publish(2).unwrap();
    /// fast.try_recv().unwrap();
    /// assert_eq!(publisher.len(), 2);
    /// drop(slow);
    /// assert_eq!(publisher.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.ring().unread_count()
    }

    /// Whether every lossless subscriber has read everything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `other` is a handle of the same publisher.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// assert!(publisher.same_publisher(&publisher.clone()));
    /// assert!(!publisher.same_publisher(&flo_publish::Publisher::new(8)));
    /// ```
    pub fn same_publisher(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.ring(), other.ring())
    }

    /// How many messages a lossless subscriber may be behind.
    pub fn capacity(&self) -> usize {
        self.ring().capacity()
    }

    /// A handle that does not keep the streams open.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// let weak = publisher.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(publisher);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakPublisher<M> {
        WeakPublisher::new(Arc::clone(self.ring()))
    }

    pub(crate) fn ring(&self) -> &Arc<Ring<M>> {
        match &self.hold {
            Hold::Open(open) => open.ring(),
            Hold::Ended(ring) => ring,
        }
    }
}

/// Another handle of the same publisher. The place that this handle took as a sink stays with it; a
/// clone of a handle that was closed as a sink is closed too.
impl<M> Clone for Publisher<M> {
    fn clone(&self) -> Self {
        let hold = match &self.hold {
            Hold::Open(open) => Hold::Open(open.clone()),
            Hold::Ended(ring) => Hold::Ended(Arc::clone(ring)),
        };
        Self { hold, turn: Turn::Outside, permit: None }
    }
}

impl<M> Drop for Publisher<M> {
    fn drop(&mut self) {
        self.give_up_turn();
    }
}

impl<M> fmt::Debug for Publisher<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("capacity", &self.capacity())
            .field("subscribers", &self.subscriber_count())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
