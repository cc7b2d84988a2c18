//! What all subscribers are besides what they receive: a place in the order, a name, a count.

/// Writes for one type of subscriber, a struct with a `reader`, what all of them have.
macro_rules! subscriber {
    ($Subscriber:ident, $WeakSubscriber:ident, $subscribe:literal) => {
        impl<M> $Subscriber<M> {
            /// Another subscriber to the same publisher, **from now on**; a clone starts at the same
            /// position.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let publisher = flo_publish::Publisher::new(8);
let subscriber = publisher.", $subscribe, "();
publisher.try_publish(1).unwrap();
assert_eq!((subscriber.clone().len(), subscriber.resubscribe().len()), (1, 0));")]
            /// ```
            pub fn resubscribe(&self) -> Self {
                Self::new(self.reader.resubscribe())
            }

            /// A handle that holds nobody up and is no subscriber, so nothing is kept for it;
            #[doc = concat!("[`upgrade`](", stringify!($WeakSubscriber), "::upgrade) gives a subscriber again, **from then on**.")]
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let publisher = flo_publish::Publisher::new(1);
let asleep = publisher.", $subscribe, "().downgrade();
publisher.try_publish(\"unheard\").unwrap();
publisher.try_publish(\"unheard too\").unwrap();
let mut awake = asleep.upgrade().unwrap();
publisher.try_publish(\"heard\").unwrap();
assert_eq!((awake.len(), publisher.subscriber_count()), (1, 1));
assert!(awake.try_recv().is_ok());")]
            /// ```
            pub fn downgrade(&self) -> $WeakSubscriber<M> {
                $WeakSubscriber { reader: crate::weak::WeakReader::new(&self.reader) }
            }

            /// Whether it subscribed to `publisher`, or to another handle of it.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let publisher = flo_publish::Publisher::<u32>::new(8);
let subscriber = publisher.", $subscribe, "();
assert!(subscriber.is_from(&publisher.clone()));
assert!(!subscriber.is_from(&flo_publish::Publisher::new(8)));")]
            /// ```
            pub fn is_from(&self, publisher: &crate::Publisher<M>) -> bool {
                flo_core::sync::Arc::ptr_eq(self.reader.ring(), publisher.ring())
            }

            /// Gives it a name, under which [`Publisher::stats`](crate::Publisher::stats) and
            /// [`stuck`](crate::Publisher::stuck) know it; a clone has none.
            ///
            /// It has a place of its own at the publisher then, and each receive takes one more short
            /// lock to say where it is.
            ///
            /// # Panics
            /// Where the publisher has 65 535 subscribers with a name already.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let publisher = flo_publish::Publisher::new(8);
let _audit = publisher.", $subscribe, "().named(\"audit\");
publisher.try_publish(1).unwrap();
let stats = publisher.stats();
assert_eq!((stats[0].name.as_str(), stats[0].lag), (\"audit\", 1));")]
            /// ```
            pub fn named(mut self, name: &str) -> Self {
                self.reader.set_name(name);
                self
            }

            /// The number of the message that it reads next; the first message of a publisher is
            /// number 0.
            pub fn position(&self) -> u64 {
                self.reader.position()
            }

            /// How many messages were accepted that it has not read, be they there still or not.
            pub fn lag(&self) -> u64 {
                self.reader.lag()
            }

            /// How many messages are there to be read; what was missed does not count.
            pub fn len(&self) -> usize {
                self.reader.len()
            }

            /// Whether no message is there to be read.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether nothing more will be published; what is there can still be read.
            pub fn is_closed(&self) -> bool {
                self.reader.is_closed()
            }
        }

        /// Another subscriber at the same position: it gets everything that this one has not read yet.
        impl<M> Clone for $Subscriber<M> {
            fn clone(&self) -> Self {
                Self::new(self.reader.clone())
            }
        }

        #[doc = concat!("A handle of a [`", stringify!($Subscriber), "`] that holds nobody up.")]
        ///
        /// # Delivery
        #[doc = concat!("It reads nothing: [`upgrade`](Self::upgrade) gives a [`", stringify!($Subscriber), "`] that reads from then on.")]
        ///
        /// # Concurrency
        #[doc = concat!("As [`", stringify!($Subscriber), "`].")]
        ///
        /// # Cost
        /// It keeps the publisher's own few bytes, and no message.
        pub struct $WeakSubscriber<M> {
            reader: crate::weak::WeakReader<M>,
        }

        impl<M> $WeakSubscriber<M> {
            /// A subscriber from now on; `None` when the streams have ended.
            pub fn upgrade(&self) -> Option<$Subscriber<M>> {
                self.reader.upgrade().map($Subscriber::new)
            }
        }

        impl<M> Clone for $WeakSubscriber<M> {
            fn clone(&self) -> Self {
                Self { reader: self.reader.clone() }
            }
        }

        impl<M> std::fmt::Debug for $WeakSubscriber<M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($WeakSubscriber))
                    .field("reader", &self.reader)
                    .finish_non_exhaustive()
            }
        }

        impl<M: Clone> futures_core::FusedStream for $Subscriber<M> {
            fn is_terminated(&self) -> bool {
                self.reader.is_terminated()
            }
        }

        impl<M> std::fmt::Debug for $Subscriber<M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Subscriber))
                    .field("position", &self.position())
                    .field("len", &self.len())
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use subscriber;
