//! Why a message was not accepted; it comes back.

use std::{error::Error, fmt};

/// The message was not published, and comes back.
///
/// ```
/// use flo_publish::PublishError;
/// let error = PublishError::Closed("hello");
/// assert_eq!(error.to_string(), "closed");
/// assert_eq!(error.into_inner(), "hello");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishError<M> {
    /// The streams have ended.
    Closed(M),
}

impl<M> PublishError<M> {
    /// The message.
    pub fn into_inner(self) -> M {
        match self {
            Self::Closed(message) => message,
        }
    }

    /// Whether the streams have ended.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<M> fmt::Debug for PublishError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("Closed(..)"),
        }
    }
}

impl<M> fmt::Display for PublishError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("closed"),
        }
    }
}

impl<M> Error for PublishError<M> {}

/// The message was not published at once, and comes back.
///
/// ```
/// use flo_publish::{Publisher, TryPublishError};
///
/// let publisher = Publisher::new(1);
/// let subscriber = publisher.subscribe();
/// publisher.try_publish("one")?;
/// assert_eq!(publisher.try_publish("two"), Err(TryPublishError::Full("two")));
/// publisher.close_all();
/// assert_eq!(publisher.try_publish("two"), Err(TryPublishError::Closed("two")));
/// # Ok::<(), TryPublishError<&str>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryPublishError<M> {
    /// There is no place, or others wait for one and are served first.
    Full(M),
    /// The streams have ended.
    Closed(M),
}

impl<M> TryPublishError<M> {
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

    /// Whether the streams have ended.
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<M> From<PublishError<M>> for TryPublishError<M> {
    fn from(error: PublishError<M>) -> Self {
        match error {
            PublishError::Closed(message) => Self::Closed(message),
        }
    }
}

impl<M> fmt::Debug for TryPublishError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<M> fmt::Display for TryPublishError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "full",
            Self::Closed(_) => "closed",
        })
    }
}

impl<M> Error for TryPublishError<M> {}
