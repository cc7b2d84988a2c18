//! Places in a sequence of changes.

use std::fmt;

/// A place in a sequence of changes: a later one is greater, an equal one means "nothing changed".
///
/// Two versions compare only where they belong to the same thing: two versions of one binding, or
/// two commits of one graph.
///
/// ```
/// use flo_core::Version;
/// let first = Version::FIRST;
/// assert!(first.next() > first);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version before any change.
    pub const FIRST: Self = Self(0);

    /// The version after one more change.
    ///
    /// # Panics
    /// After 2⁶⁴ changes; at one a nanosecond that is five centuries.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(number) => Self(number),
            None => panic!("a version number ran over"),
        }
    }

    /// How many changes there were before this version.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
