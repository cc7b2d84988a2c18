//! How far each attribute of a rope goes.
//!
//! R1 to R4 are those of [`rope`](super).

use std::ops::Range;

use super::attributes::RopeAttributes;
use crate::collections::tree::{Iter, Measure, Passed, Sums, Tree};

/// Cells one after the other that have one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent<A> {
    /// How many.
    pub(crate) len: usize,
    pub(crate) attribute: A,
}

/// How many cells there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cells;

impl<A> Measure<Extent<A>> for Cells {
    type Sum = usize;

    fn of(&self, extents: &[Extent<A>]) -> usize {
        extents.iter().map(|extent| extent.len).sum()
    }

    fn join(&self, parts: Sums<'_, Extent<A>, usize>) -> usize {
        parts.iter().sum()
    }
}

/// The extents of a rope in order (R2).
pub(crate) struct Extents<A>(Tree<Extent<A>, Cells>);

impl<A> Extents<A> {
    pub(crate) fn new() -> Self {
        Self(Tree::new(Cells))
    }

    pub(super) fn one(len: usize, attribute: A) -> Self {
        let extent = (len > 0).then_some(Extent { len, attribute });
        Self(Tree::build(Cells, extent))
    }

    /// How many cells they have.
    pub(super) fn cell_count(&self) -> usize {
        self.0.sum().copied().unwrap_or(0)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> Iter<'_, Extent<A>, Cells> {
        self.0.iter()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.is(&other.0)
    }

    /// The attribute of a cell, and how far it goes.
    pub(super) fn at(&self, at: usize) -> Option<(&A, Range<usize>)> {
        let (index, begin) = self.find(at);
        let extent = self.0.get(index)?;
        Some((&extent.attribute, begin..begin + extent.len))
    }

    /// The number of the extent in which cell `at` is, or how many there are; and where that begins.
    fn find(&self, at: usize) -> (usize, usize) {
        let mut begin = 0;
        let index = self.0.passed(|passed| {
            let len = match passed {
                Passed::Sum(len) => *len,
                Passed::Item(extent) => extent.len,
            };
            let is_before = begin + len <= at;
            begin += if is_before { len } else { 0 };
            is_before
        });
        (index, begin)
    }
}

impl<A: Clone> Extents<A> {
    /// Those of cells `from` to before `until`.
    pub(super) fn range(&self, from: usize, until: usize) -> Self {
        let mut left = self.clone();
        let mut range = left.split_off(from);
        drop(range.split_off(until - from));
        range
    }

    /// Takes off what is from cell `at` on.
    fn split_off(&mut self, at: usize) -> Self {
        let (index, begin) = self.find(at);
        let mut right = self.0.split_off(index);
        if begin < at
            && let Some(cut) = right.get(0).cloned()
        {
            let (before, after) = (at - begin, begin + cut.len - at);
            let rest = Extent { len: after, attribute: cut.attribute.clone() };
            drop(right.replace(0, rest));
            self.0.insert(index, Extent { len: before, ..cut });
        }
        Self(right)
    }
}

impl<A: Clone + PartialEq> Extents<A> {
    /// Of attributes with how many cells have them, in order (R2).
    ///
    /// # Panics
    /// Where these are more cells than there can be.
    pub(super) fn build<'a>(parts: impl IntoIterator<Item = (&'a A, usize)>) -> Self
    where
        A: 'a,
    {
        let (mut extents, mut count) = (Vec::<Extent<A>>::new(), 0_usize);
        for (attribute, len) in parts {
            let Some(sum) = count.checked_add(len) else {
                panic!("attributes of more cells than there can be");
            };
            count = sum;
            match extents.last_mut() {
                _ if len == 0 => {}
                Some(last) if last.attribute == *attribute => last.len += len,
                _ => extents.push(Extent { len, attribute: attribute.clone() }),
            }
        }
        Self(Tree::build(Cells, extents))
    }

    /// Whether the cells `from` to before `until` have these already.
    pub(super) fn has(&self, from: usize, until: usize, new: &RopeAttributes<A>) -> bool {
        match new.only() {
            Some(only) => self.at(from).is_some_and(|(attribute, extent)| {
                until <= extent.end && *attribute == only.attribute
            }),
            None => RopeAttributes::of(self.range(from, until)) == *new,
        }
    }

    /// Puts the extents of `other` behind these; where both meet, equal ones become one (R2).
    pub(crate) fn append(&mut self, mut other: Self) {
        if let (Some(last), Some(first)) = (self.0.len().checked_sub(1), other.0.get(0))
            && let Some(Extent { len, attribute }) = self.0.get(last)
            && *attribute == first.attribute
        {
            let joined = Extent { len: len + first.len, attribute: attribute.clone() };
            drop(other.0.remove(0));
            drop(self.0.replace(last, joined));
        }
        self.0.append(other.0);
    }

    /// Puts `new` where those of the cells `from` to before `until` are; gives these.
    pub(super) fn splice(
        &mut self,
        from: usize,
        until: usize,
        new: &RopeAttributes<A>,
    ) -> RopeAttributes<A> {
        if let Some(old) = self.resize(from, until, new) {
            return old;
        }
        let mut removed = self.split_off(from);
        let rest = removed.split_off(until - from);
        self.append(new.to_extents());
        self.append(rest);
        RopeAttributes::compact(removed)
    }

    /// The same, where one extent becomes longer or shorter and nothing else happens.
    fn resize(
        &mut self,
        from: usize,
        until: usize,
        new: &RopeAttributes<A>,
    ) -> Option<RopeAttributes<A>> {
        let attribute = match new.only() {
            Some(extent) => Some(&extent.attribute),
            None if new.is_empty() => None,
            None => return None,
        };
        let fits = |index: usize| {
            let extent = self.0.get(index)?;
            attribute.is_none_or(|new| *new == extent.attribute).then_some((index, extent))
        };
        let (here, begin) = self.find(from);
        // What comes in between two extents is mostly of the one before.
        let between = (from == until && from == begin).then(|| here.checked_sub(1)).flatten();
        let (index, extent) = between
            .and_then(fits)
            .or_else(|| fits(here).filter(|(_, extent)| until <= begin + extent.len))?;
        let count = until - from;
        let len = extent.len + new.len() - count;
        if len == 0 {
            return None;
        }
        let attribute = extent.attribute.clone();
        let old = self.0.replace(index, Extent { len, attribute });
        Some(RopeAttributes::one(count, old.attribute))
    }
}

impl<A> Clone for Extents<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: PartialEq> PartialEq for Extents<A> {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count() && self.iter().eq(other.iter())
    }
}
