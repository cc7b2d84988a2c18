//! The handle on the end where messages go in.

use std::fmt;

use flo_core::sync::Arc;

use crate::{
    LatestSubscriber, LossySubscriber, Missed, Observed, Permit, Publish, PublishBatch,
    PublishError, Reserve, Stuck, Subscriber, SubscriberStats, TryPublishError, UntilClosed,
    UntilDrained, UntilSubscribed, WeakPublisher, WhileObserved,
    ring::{From, Open, Phase, Policy, Reader, Rejected, Ring, Turn},
};

/// Gives each message to every subscriber.
///
/// A publisher is a handle: clones are the same publisher and share one order of messages, which is
/// the order every subscriber sees. **A subscriber sees what is accepted after it subscribed**;
/// with no subscriber a message is accepted and goes nowhere.
///
/// # Delivery
/// A [`Subscriber`] gets every message; when it is `capacity` messages behind, publishers wait for
/// it, first come, first served. A [`LossySubscriber`] never holds anybody up; it is told in its
/// stream how many messages it missed. A [`LatestSubscriber`] sees the newest only, and one that
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

    /// Starts a subscriber that gets every message from here on; **publishers wait for it**.
    ///
    /// After the end it gives a subscriber that has ended.
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{Publisher, TryRecvError};
    ///
    /// let publisher = Publisher::new(8);
    /// publisher.try_publish(1)?;
    /// let mut subscriber = publisher.subscribe();
    /// publisher.try_publish(2)?;
    /// assert_eq!(subscriber.try_recv(), Ok(2));
    /// assert_eq!(subscriber.try_recv(), Err(TryRecvError::Empty));
    /// # Ok::<(), flo_publish::TryPublishError<i32>>(())
    /// ```
    pub fn subscribe(&self) -> Subscriber<M> {
        Subscriber::new(self.reader(Policy::Lossless))
    }

    /// Starts a subscriber that **never makes publishers wait**, and is told how many messages it
    /// missed.
    ///
    /// After the end it gives a subscriber that has ended.
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{Lagged, Publisher};
    ///
    /// let publisher = Publisher::new(2);
    /// let mut rate = publisher.subscribe_lossy();
    /// for n in 1..=5 {
    ///     publisher.try_publish(n)?;
    /// }
    /// assert_eq!(rate.try_recv(), Ok(Err(Lagged(3))));
    /// assert_eq!(rate.try_recv(), Ok(Ok(4)));
    /// # Ok::<(), flo_publish::TryPublishError<i32>>(())
    /// ```
    pub fn subscribe_lossy(&self) -> LossySubscriber<M> {
        LossySubscriber::new(self.reader(Policy::Lossy))
    }

    /// Starts a subscriber that sees **the newest message only**: what is published between two reads,
    /// it skips.
    ///
    /// It begins with the next message, or with the last one where the publisher keeps messages
    /// ([`with_replay`](Self::with_replay)). After the end it gives a subscriber that has ended.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8);
    /// let mut price = publisher.subscribe_latest();
    /// publisher.try_publish(250)?;
    /// publisher.try_publish(199)?;
    /// assert_eq!(price.try_recv(), Ok(199));
    /// # Ok::<(), flo_publish::TryPublishError<i32>>(())
    /// ```
    pub fn subscribe_latest(&self) -> LatestSubscriber<M> {
        LatestSubscriber::new(self.reader(Policy::Latest))
    }

    /// Starts a subscriber that gets every message, and **is cut off when it is too slow**: nobody waits
    /// for it, and it misses nothing without ending there.
    ///
    /// When more than `capacity` messages are behind it, its next receive answers
    /// [`RecvError::CutOff`](crate::RecvError::CutOff), and its stream has ended.
    ///
    /// # Examples
    /// ```
    /// use flo_publish::{Lagged, Publisher, RecvError};
    ///
    /// let publisher = Publisher::new(2);
    /// let mut patient = publisher.subscribe_or_close();
    /// publisher.try_publish(1).unwrap();
    /// assert_eq!(patient.recv_blocking(), Ok(1));
    /// for n in 2..=4 {
    ///     publisher.try_publish(n).unwrap();
    /// }
    /// assert_eq!(patient.recv_blocking(), Err(RecvError::CutOff(Lagged(1))));
    /// assert_eq!(publisher.subscriber_count(), 0);
    /// ```
    pub fn subscribe_or_close(&self) -> Subscriber<M> {
        Subscriber::new(self.reader(Policy::CutOff))
    }

    /// Starts a lossless subscriber with message number `number`, if that is kept.
    ///
    /// The publisher keeps messages for this where it was made [`with_replay`](Self::with_replay). The
    /// next message can be asked for always: it has the number [`position`](Self::position).
    ///
    /// # Errors
    /// [`Missed`] where the message is not kept any more, or not there yet.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8).with_replay(2);
    /// for n in 0..5 {
    ///     publisher.try_publish(n).unwrap();
    /// }
    /// let mut subscriber = publisher.subscribe_from(4).unwrap();
    /// assert_eq!(subscriber.try_recv(), Ok(4));
    /// assert_eq!(publisher.subscribe_from(1).unwrap_err().oldest, 3);
    /// ```
    pub fn subscribe_from(&self, number: u64) -> Result<Subscriber<M>, Missed> {
        Reader::new(self.ring(), Policy::Lossless, From::Number(number))
            .map(Subscriber::new)
            .map_err(|oldest| Missed { number, oldest })
    }

    /// Keeps the newest `count` messages for those who subscribe later: they begin with these.
    ///
    /// Where a place is promised to a publisher, the message that it will push out is not among them.
    /// [`resubscribe`](Subscriber::resubscribe) begins with the next message all the same. After the end
    /// nothing is kept.
    ///
    /// # Panics
    /// Where `count` is greater than the capacity.
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8).with_replay(2);
    /// for n in 0..5 {
    ///     publisher.try_publish(n).unwrap();
    /// }
    /// let mut late = publisher.subscribe();
    /// assert_eq!((late.position(), late.try_recv(), late.try_recv()), (3, Ok(3), Ok(4)));
    /// ```
    #[must_use = "it is the publisher itself"]
    #[track_caller]
    pub fn with_replay(self, count: usize) -> Self {
        assert!(
            count <= self.capacity(),
            "a publisher keeps at most as many messages as its capacity, which is {}, not {count}",
            self.capacity()
        );
        self.ring().keep(count as u64);
        self
    }

    /// Holds messages back until `count` subscribers are there; once they have been, it stays open.
    ///
    /// Until then [`publish`](Self::publish) waits and [`try_publish`](Self::try_publish) answers
    /// "full".
    ///
    /// # Examples
    /// ```
    /// let publisher = flo_publish::Publisher::new(8).gated(1);
    /// assert!(publisher.try_publish(1).unwrap_err().is_full());
    /// let mut subscriber = publisher.subscribe();
    /// publisher.try_publish(1).unwrap();
    /// assert_eq!(subscriber.try_recv(), Ok(1));
    /// ```
    #[must_use = "it is the publisher itself"]
    pub fn gated(self, count: usize) -> Self {
        self.ring().gate(count);
        self
    }

    fn reader(&self, policy: Policy) -> Reader<M> {
        Reader::new(self.ring(), policy, From::Kept)
            .unwrap_or_else(|_| unreachable!("what is kept is there"))
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

    /// Waits until there are at least `count` subscribers, of any kind.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// let _subscriber = publisher.subscribe();
    /// publisher.subscribed(1).await;
    /// # });
    /// ```
    pub fn subscribed(&self, count: usize) -> UntilSubscribed<'_, M> {
        UntilSubscribed::new(self, count)
    }

    /// A stream of the number of subscribers: now, and the latest whenever it has changed.
    ///
    /// It holds nothing open, and ends with the streams.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// use futures::StreamExt;
    ///
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// let mut counts = publisher.observed();
    /// assert_eq!(counts.next().await, Some(0));
    /// let _two = (publisher.subscribe(), publisher.subscribe_lossy());
    /// assert_eq!(counts.next().await, Some(2));
    /// publisher.close_all();
    /// assert_eq!(counts.next().await, None);
    /// # });
    /// ```
    pub fn observed(&self) -> Observed<M> {
        Observed::new(self.ring())
    }

    /// A future that runs a source only while somebody listens: it publishes what the source gives.
    ///
    /// When the first subscriber comes, `make_source` makes the source, anew each time. When the last
    /// one goes, `make_linger` makes a future; when that is done and nobody has come back meanwhile, the
    /// source is dropped. A source that ends is made again only after everybody has gone and somebody
    /// comes. The driver ends with the streams; it holds them open itself, so drop it, or
    /// [`close_all`](Self::close_all).
    ///
    /// # Cancel safety
    /// Dropped, it drops its source; a message that was on its way is dropped with it.
    ///
    /// # Examples
    /// ```
    /// use flo_test::{Tasks, cold};
    /// use std::future::ready;
    ///
    /// let publisher = flo_publish::Publisher::new(8);
    /// let source = cold("a-b-c");
    /// let log = source.log();
    /// let mut tasks = Tasks::new();
    /// tasks.spawn(publisher.while_observed(move || source.clone(), || ready(())));
    /// tasks.settle();
    /// assert_eq!(log.count(), 0, "nobody listens");
    /// let subscriber = publisher.subscribe();
    /// tasks.settle();
    /// assert_eq!((log.count(), subscriber.len()), (1, 3));
    /// drop(subscriber);
    /// tasks.settle();
    /// assert!(log.diagrams()[0].ends_with('!'), "it was let go");
    /// ```
    pub fn while_observed<S, L>(
        &self,
        make_source: impl FnMut() -> S + Send + 'static,
        make_linger: impl FnMut() -> L + Send + 'static,
    ) -> WhileObserved<M, S, L>
    where
        S: futures_core::Stream<Item = M>,
        L: Future<Output = ()>,
    {
        WhileObserved::new(self.clone(), Box::new(make_source), Box::new(make_linger))
    }

    /// What is known of the subscribers that were given a name with `named`: where they are, how far
    /// behind, and how much they missed.
    pub fn stats(&self) -> Vec<SubscriberStats> {
        self.ring().stats()
    }

    /// Who of the subscribers with a name has held publishers up from now until `after` is done: there is
    /// no room, and it has not moved.
    ///
    /// `after` is any timer's future, so no executor is asked for.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::new(1);
    /// let _slow = publisher.subscribe().named("the ledger");
    /// publisher.publish(1).await.unwrap();
    /// let stuck = publisher.stuck(std::future::ready(())).await;
    /// assert_eq!(stuck[0].name, "the ledger");
    /// # });
    /// ```
    pub fn stuck<F: Future>(&self, after: F) -> Stuck<'_, M, F> {
        Stuck::new(self, after)
    }

    /// How many messages were accepted; the next one has this number.
    pub fn position(&self) -> u64 {
        self.ring().position()
    }

    /// How many subscribers there are, of all kinds.
    pub fn subscriber_count(&self) -> usize {
        self.ring().subscriber_count()
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
