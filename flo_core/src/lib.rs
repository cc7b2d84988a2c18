//! Contracts and primitives of flo: what `flo_publish` and `flo_bind` share, and what an outsider
//! must name to take part.
//!
//! - [`Notify`] is what gets told that something may have changed: a closure, a waker, a channel.
//! - [`Subscription`] ends what it stands for when it is dropped; a [`Scope`] collects them.
//! - [`channel()`] is a typed, nameable channel: one end a `Sink`, the other a `Stream`.
//! - [`generator_stream`] makes a stream of an async block that sends; [`switchable_stream`] one
//!   whose source can be replaced while it is read.
//! - [`Wakers`], [`Line`], [`Version`], [`Closed`] and [`Lagged`] are the words both engines are
//!   written in.

mod channel;
mod error;
mod generator;
mod line;
mod notify;
mod scope;
mod subscription;
mod switch;
#[doc(hidden)]
pub mod sync;
mod version;
mod wakers;

pub use channel::{
    ChannelClosed, ChannelRecv, ChannelSend, ChannelSink, ChannelStream, SendError, TrySendError,
    WeakChannelSink, channel, unbounded,
};
pub use error::{Closed, Lagged, SinkError, TryRecvError};
pub use generator::{Generator, Out, OutSend, generator_stream};
pub use line::{Line, Ticket};
pub use notify::Notify;
pub use scope::{Scope, Scoped};
pub use subscription::{End, Subscription};
pub use switch::{Switch, Switchable, switchable_stream};
pub use version::Version;
pub use wakers::{Seat, WakeList, Wakers};
