//! Why a message was not sent; it comes back.

use std::{error::Error, fmt};

/// The message was not sent, and comes back.
///
/// ```
/// let (sink, stream) = flo_core::channel(1);
/// drop(stream);
/// assert_eq!(sink.send_blocking("hello").unwrap_err().into_inner(), "hello");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a channel that is open takes every message in time")]
pub enum SendError<M> {
    /// The stream is gone or was closed, or this sink was closed.
    Closed(M),
}

impl<M> SendError<M> {
    /// The message.
    pub fn into_inner(self) -> M {
        let Self::Closed(message) = self;
        message
    }

    /// Whether the stream is gone or was closed, or this sink was closed.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl<M> Error for SendError<M> {}

/// The message was not sent at once, and comes back.
///
/// ```
/// use flo_core::{TrySendError, channel};
///
/// let (sink, stream) = channel(1);
/// sink.try_send(1)?;
/// assert_eq!(sink.try_send(2), Err(TrySendError::Full(2)));
/// drop(stream);
/// assert_eq!(sink.try_send(2), Err(TrySendError::Closed(2)));
/// # Ok::<(), TrySendError<i32>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it may go later, or it will not go at all")]
pub enum TrySendError<M> {
    /// There is no place, or others wait for one and are served first.
    Full(M),
    /// The stream is gone or was closed, or this sink was closed.
    Closed(M),
}

impl<M> TrySendError<M> {
    /// The message.
    pub fn into_inner(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// Whether there was no place for it.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the stream is gone or was closed, or this sink was closed.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<M> From<SendError<M>> for TrySendError<M> {
    fn from(error: SendError<M>) -> Self {
        Self::Closed(error.into_inner())
    }
}

impl<M> fmt::Debug for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<M> fmt::Display for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "full",
            Self::Closed(_) => "closed",
        })
    }
}

impl<M> Error for TrySendError<M> {}
