//! Publish and subscribe: one sink, many streams, every message or a count of what was missed.
//!
//! A [`Publisher`] gives each message to every subscriber. All clones of a publisher share one
//! order of messages, and all subscribers see that order. A component that publishes and one that
//! subscribes know the type of the message, not each other.
//!
//! ```
//! use flo_publish::Publisher;
//! use futures::{StreamExt, executor::block_on};
//!
//! let publisher = Publisher::new(16);
//! let orders = publisher.subscribe();
//! let mut rate = publisher.subscribe_lossy();
//!
//! block_on(async {
//!     publisher.publish("two apples").await?;
//!     publisher.publish("one pear").await?;
//!     drop(publisher);
//!     assert_eq!(orders.collect::<Vec<_>>().await, ["two apples", "one pear"]);
//!     assert_eq!(rate.next().await, Some(Ok("two apples")));
//!     Ok::<(), flo_publish::PublishError<&str>>(())
//! })
//! .unwrap();
//! ```
//!
//! | you call | you get | when it is `capacity` messages behind |
//! |---|---|---|
//! | [`subscribe`](Publisher::subscribe) | [`Subscriber`], `Item = M` | publishers wait |
//! | [`subscribe_lossy`](Publisher::subscribe_lossy) | [`LossySubscriber`], `Item = Result<M, Lagged>` | the oldest go, and it is told how many |
//! | [`subscribe_latest`](Publisher::subscribe_latest) | [`LatestSubscriber`], `Item = M` | it sees the newest only |
//! | [`subscribe_or_close`](Publisher::subscribe_or_close) | [`Subscriber`], `Item = M` | it is cut off, and is told so |
//! | [`subscribe_from`](Publisher::subscribe_from) | [`Subscriber`], from a kept message on | publishers wait |
//!
//! All of them live on one publisher, in any mix. A [`WorkQueue`] gives each message to one [`Worker`].
//!
//! - To publish: [`publish`](Publisher::publish) waits, [`try_publish`](Publisher::try_publish)
//!   answers, [`publish_blocking`](Publisher::publish_blocking) blocks,
//!   [`publish_batch`](Publisher::publish_batch) takes several, [`reserve`](Publisher::reserve) and
//!   [`try_reserve`](Publisher::try_reserve) take a place first and give a [`Permit`]; and a publisher is
//!   a `Sink`.
//! - To keep messages for those who come later: [`with_replay`](Publisher::with_replay). To hold them
//!   back until somebody is there: [`gated`](Publisher::gated). To run a source only while somebody
//!   listens: [`while_observed`](Publisher::while_observed).
//! - To end: drop the handles, or [`close_all`](Publisher::close_all). A [`WeakPublisher`] keeps
//!   nothing open.
//! - To wait: [`drained`](Publisher::drained) for the readers, [`closed`](Publisher::closed) for
//!   the end, [`subscribed`](Publisher::subscribed) for subscribers and
//!   [`unsubscribed`](Publisher::unsubscribed) until there are none.
//! - To find out who is slow: names, [`stats`](Publisher::stats), [`stuck`](Publisher::stuck).
//!
//! # Words
//! A message is *accepted* when it has its number in the order; from then on it reaches everybody
//! who had subscribed before. A *place* is room for one message; who finds none *stands in line*.
//! The *backlog* of a subscriber is what was accepted and it has not read. *Lagged* is how many
//! messages a lossy subscriber missed. *Closed* means that nothing more is accepted; an *ended*
//! stream is a closed one whose backlog is read.

mod batch;
mod error;
mod handle;
mod latest;
mod lossy;
mod observed;
mod permit;
mod places;
mod publish;
mod publisher;
mod queue;
mod ring;
mod sink;
mod stats;
mod subscribe;
mod subscriber;
mod until;
mod weak;
mod work;

pub use batch::{BatchError, LossyRecvMany, PublishBatch, RecvMany};
pub use error::{Missed, PublishError, RecvError, TryPublishError, TryRecvError, TryReserveError};
pub use flo_core::{Closed, Lagged, SinkError};
pub use latest::{LatestRecv, LatestSubscriber, WeakLatestSubscriber};
pub use lossy::{LossyRecv, LossySubscriber, WeakLossySubscriber};
pub use observed::{Observed, WhileObserved};
pub use permit::{Permit, Reserve};
pub use publish::Publish;
pub use publisher::Publisher;
pub use ring::Policy;
pub use stats::{Stuck, SubscriberStats};
pub use subscriber::{Recv, Subscriber, WeakSubscriber};
pub use until::{UntilClosed, UntilDrained, UntilSubscribed, UntilUnsubscribed};
pub use weak::WeakPublisher;
pub use work::{
    Push, ReserveWork, UntilWorkClosed, UntilWorkDrained, WeakWorkQueue, WorkPermit, WorkQueue,
    Worker, WorkerRecv,
};
