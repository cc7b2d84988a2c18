//! The errors that every crate of ours shares.

use std::{error::Error, fmt};

/// The other end is gone, or was closed: nothing will come or go here any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl Error for Closed {}

/// A reader that may miss messages has missed this many, exactly, just before its next message.
///
/// ```
/// use flo_core::Lagged;
/// assert_eq!(Lagged(3).to_string(), "missed 3 messages");
/// assert_eq!(Lagged(1).to_string(), "missed 1 message");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lagged(pub u64);

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(missed) = *self;
        write!(f, "missed {missed} message{}", if missed == 1 { "" } else { "s" })
    }
}

impl Error for Lagged {}

/// Why nothing was received just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "nothing there: something may come, or nothing will")]
pub enum TryRecvError {
    /// Nothing is there; something may come.
    Empty,
    /// Nothing is there, and nothing will come any more.
    Closed,
}

impl TryRecvError {
    /// Whether nothing is there, but something may come.
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether nothing will come any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Closed => "closed",
        })
    }
}

impl Error for TryRecvError {}

/// Why a `Sink` of ours did not take a message.
///
/// ```
/// use flo_core::SinkError;
/// assert_eq!(SinkError::Unsent("hello").into_inner(), Some("hello"));
/// assert_eq!(SinkError::<&str>::Closed.to_string(), "closed");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SinkError<M> {
    /// It is closed, and was asked before a message was handed in.
    Closed,
    /// It was closed before the message it was handed could go; here is the message.
    Unsent(M),
}

impl<M> SinkError<M> {
    /// The message, if one had been handed in.
    pub fn into_inner(self) -> Option<M> {
        match self {
            Self::Closed => None,
            Self::Unsent(message) => Some(message),
        }
    }
}

impl<M> fmt::Debug for SinkError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "Closed",
            Self::Unsent(_) => "Unsent(..)",
        })
    }
}

impl<M> fmt::Display for SinkError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl<M> Error for SinkError<M> {}
