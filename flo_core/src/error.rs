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
