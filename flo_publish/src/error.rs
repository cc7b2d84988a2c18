//! Why a message was not accepted; it comes back. And why none was received.

use std::{error::Error, fmt};

use flo_core::{Closed, Lagged};

/// Nothing will be received here any more, and why.
///
/// ```
/// use flo_publish::{Lagged, Publisher, RecvError};
///
/// let publisher = Publisher::new(1);
/// let mut patient = publisher.subscribe_or_close();
/// for n in 1..=3 {
///     publisher.try_publish(n).unwrap();
/// }
/// assert_eq!(patient.recv_blocking(), Err(RecvError::CutOff(Lagged(2))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecvError {
    /// The streams have ended, and everything is read.
    Closed,
    /// It was too slow, and was made to be cut off rather than to miss messages: that many of those that
    /// it had not read are gone by now.
    CutOff(Lagged),
}

impl RecvError {
    /// Whether the streams have ended, and everything is read.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::CutOff(lagged) => write!(f, "cut off: {lagged}"),
        }
    }
}

impl Error for RecvError {}

impl From<Closed> for RecvError {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

/// The message that a subscriber was to begin with is not kept, or not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Missed {
    /// The number that was asked for.
    pub number: u64,
    /// The number of the oldest message that one can begin with.
    pub oldest: u64,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, oldest } = self;
        if number < oldest {
            write!(f, "message {number} is not kept any more, the oldest is {oldest}")
        } else {
            write!(f, "message {number} is not there yet")
        }
    }
}

impl Error for Missed {}

/// Nothing was received just now, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryRecvError {
    /// Nothing is there; something may come.
    Empty,
    /// The streams have ended, and everything is read.
    Closed,
    /// It was too slow: see [`RecvError::CutOff`].
    CutOff(Lagged),
}

impl TryRecvError {
    /// Whether nothing is there, but something may come.
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether the streams have ended, and everything is read.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Closed => f.write_str("closed"),
            Self::CutOff(lagged) => write!(f, "cut off: {lagged}"),
        }
    }
}

impl Error for TryRecvError {}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => Self::Closed,
            RecvError::CutOff(lagged) => Self::CutOff(lagged),
        }
    }
}

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

/// No place was to be had at once, and why.
///
/// ```
/// use flo_publish::{Publisher, TryReserveError};
///
/// let publisher = Publisher::<u32>::new(1);
/// let _permit = publisher.try_reserve()?;
/// assert_eq!(publisher.try_reserve().unwrap_err(), TryReserveError::Full);
/// publisher.close_all();
/// assert_eq!(publisher.try_reserve().unwrap_err(), TryReserveError::Closed);
/// # Ok::<(), TryReserveError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryReserveError {
    /// There is no place, or others wait for one and are served first.
    Full,
    /// The streams have ended.
    Closed,
}

impl TryReserveError {
    /// Whether there was no place.
    pub const fn is_full(self) -> bool {
        matches!(self, Self::Full)
    }

    /// Whether the streams have ended.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Closed => "closed",
        })
    }
}

impl Error for TryReserveError {}

impl From<Closed> for TryReserveError {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

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
