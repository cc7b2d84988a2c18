//! A publisher as those see it who listen: what one can subscribe to, and who has.

use crate::{
    LatestSubscriber, LossySubscriber, Missed, Observed, Publisher, Stuck, Subscriber,
    SubscriberStats, UntilSubscribed, UntilUnsubscribed, WhileObserved,
    ring::{From, Policy, Reader},
};

/// Subscribing, and who has subscribed.
impl<M> Publisher<M> {
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

    #[inline]
    fn reader(&self, policy: Policy) -> Reader<M> {
        Reader::from_kept(self.ring(), policy)
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

    /// Waits until there is no subscriber, of any kind; a [`WeakSubscriber`](crate::WeakSubscriber) is none.
    ///
    /// The end changes nothing here: one that has ended counts until it is dropped. Where somebody has come
    /// back before this is polled, it goes on waiting; [`observed`](Self::observed) tells of each change.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures::executor::block_on(async {
    /// let publisher = flo_publish::Publisher::<u32>::new(8);
    /// let subscriber = publisher.subscribe();
    /// futures::join!(publisher.unsubscribed(), async { drop(subscriber) });
    /// assert_eq!(publisher.subscriber_count(), 0);
    /// # });
    /// ```
    pub fn unsubscribed(&self) -> UntilUnsubscribed<'_, M> {
        UntilUnsubscribed::new(self)
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
}
