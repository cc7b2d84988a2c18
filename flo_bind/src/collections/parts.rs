//! The differences between two states of a collection, shared with its log.

use std::slice;

use flo_core::sync::StrongArc;

use super::log::Diffs;

/// Some differences of one link, to its end.
pub(crate) struct Part<D> {
    pub(super) of: StrongArc<Diffs<D>>,
    /// A link has few differences, unless one edit made them all (L5).
    pub(super) from: u32,
}

/// Those of several, the oldest first. Two words, so that what a follower gives goes through registers.
pub(crate) enum Parts<D> {
    None,
    /// Most of the time.
    One(Part<D>),
    #[expect(clippy::box_collection, reason = "a slice would be a word more")]
    Several(Box<Vec<Part<D>>>),
}

/// Lends them in order.
pub(crate) struct PartsIter<'a, D> {
    part: slice::Iter<'a, D>,
    later: slice::Iter<'a, Part<D>>,
}

impl<D> Part<D> {
    /// Of differences that are in no log.
    pub(crate) fn of(diffs: impl Iterator<Item = D>) -> Self {
        Self { of: StrongArc::new(diffs.collect()), from: 0 }
    }

    #[inline]
    pub(crate) fn diffs(&self) -> &[D] {
        &self.of[self.from as usize..]
    }
}

impl<D> Parts<D> {
    /// The newest first.
    pub(super) fn of_newest_first(parts: impl Iterator<Item = Part<D>>) -> Self {
        let mut parts: Vec<_> = parts.collect();
        parts.reverse();
        Self::Several(Box::new(parts))
    }

    #[inline]
    pub(crate) fn iter(&self) -> PartsIter<'_, D> {
        let parts = match self {
            Self::None => &[],
            Self::One(part) => slice::from_ref(part),
            Self::Several(parts) => &parts[..],
        };
        PartsIter { part: [].iter(), later: parts.iter() }
    }
}

impl<'a, D> Iterator for PartsIter<'a, D> {
    type Item = &'a D;

    #[inline]
    fn next(&mut self) -> Option<&'a D> {
        loop {
            if let Some(diff) = self.part.next() {
                return Some(diff);
            }
            self.part = self.later.next()?.diffs().iter();
        }
    }
}

impl<D> Clone for Part<D> {
    fn clone(&self) -> Self {
        Self { of: StrongArc::clone(&self.of), from: self.from }
    }
}

impl<D> Clone for Parts<D> {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::One(part) => Self::One(part.clone()),
            Self::Several(parts) => Self::Several(parts.clone()),
        }
    }
}

impl<D> Clone for PartsIter<'_, D> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone(), later: self.later.clone() }
    }
}
