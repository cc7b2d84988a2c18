//! Contracts and primitives of flo: what `flo_publish` and `flo_bind` share, and what an outsider
//! must name to take part.
//!
//! - [`Notify`] is what gets told that something may have changed: a closure, a waker, a channel.
//! - [`Subscription`] ends what it stands for when it is dropped; a [`Scope`] collects them.
//! - [`channel()`] is a typed, nameable channel: one end a `Sink`, the other a `Stream`.
//! - [`Wakers`], [`Version`], [`Closed`] and [`Lagged`] are the words both engines are written in.

mod error;
mod line;
mod notify;
mod scope;
mod subscription;
#[doc(hidden)]
pub mod sync;
mod version;
mod wakers;

pub use error::{Closed, Lagged, SinkError, TryRecvError};
pub use line::{Line, Ticket};
pub use notify::Notify;
pub use scope::{Scope, Scoped};
pub use subscription::{End, Subscription};
pub use version::Version;
pub use wakers::{Seat, WakeList, Wakers};
