//! The differences between two states of a collection, shared with its log.

use std::slice;

use flo_core::sync::StrongArc;

use super::log::Diffs;

/// Some differences of one link, to its end.
pub(crate) struct Part<D> {
    pub(super) of: StrongArc<Diffs<D>>,
    pub(super) from: usize,
}

/// Those of several, the oldest first. Most of the time there is one, which takes no allocation.
pub(crate) struct Parts<D> {
    older: Vec<Part<D>>,
    newest: Option<Part<D>>,
}

/// Lends them in order.
pub(crate) struct PartsIter<'a, D> {
    part: slice::Iter<'a, D>,
    older: slice::Iter<'a, Part<D>>,
    newest: Option<&'a Part<D>>,
}

impl<D> Part<D> {
    /// Of differences that are in no log.
    pub(crate) fn of(diffs: impl Iterator<Item = D>) -> Self {
        Self { of: StrongArc::new(diffs.collect()), from: 0 }
    }

    #[inline]
    pub(crate) fn diffs(&self) -> &[D] {
        &self.of[self.from..]
    }
}

impl<D> Parts<D> {
    pub(crate) const fn none() -> Self {
        Self { older: Vec::new(), newest: None }
    }

    #[inline]
    pub(crate) const fn one(part: Part<D>) -> Self {
        Self { older: Vec::new(), newest: Some(part) }
    }

    /// The newest first.
    pub(super) fn of_newest_first(parts: impl Iterator<Item = Part<D>>) -> Self {
        let mut parts = parts;
        let newest = parts.next();
        let mut older: Vec<_> = parts.collect();
        older.reverse();
        Self { older, newest }
    }

    #[inline]
    pub(crate) fn iter(&self) -> PartsIter<'_, D> {
        let (older, newest) = (self.older.iter(), self.newest.as_ref());
        PartsIter { part: [].iter(), older, newest }
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
            let part = self.older.next().or_else(|| self.newest.take())?;
            self.part = part.diffs().iter();
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
        Self { older: self.older.clone(), newest: self.newest.clone() }
    }
}

impl<D> Clone for PartsIter<'_, D> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone(), older: self.older.clone(), newest: self.newest }
    }
}
