//! What all subscribers are besides what they receive: a place in the order, a name, a count.

/// Writes for one type of subscriber, a struct with a `reader`, what all of them have.
macro_rules! subscriber {
    ($Subscriber:ident, $subscribe:literal) => {
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
