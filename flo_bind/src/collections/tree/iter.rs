//! The items in order, from both ends.

use std::{fmt, iter::FusedIterator, slice};

use super::{Count, Measure, Tree};

/// Lends the items of a tree in order.
pub(crate) struct Iter<'a, T, M: Measure<T> = Count> {
    tree: &'a Tree<T, M>,
    front: slice::Iter<'a, T>,
    back: slice::Iter<'a, T>,
    /// Where in the tree is what neither `front` nor `back` has.
    from: usize,
    until: usize,
}

impl<T, M: Measure<T>> Tree<T, M> {
    pub(crate) fn iter(&self) -> Iter<'_, T, M> {
        self.iter_range(0, self.len())
    }

    /// The items from `from` to before `until`.
    pub(crate) fn iter_range(&self, from: usize, until: usize) -> Iter<'_, T, M> {
        Iter { tree: self, front: [].iter(), back: [].iter(), from, until }
    }
}

impl<'a, T, M: Measure<T>> Iterator for Iter<'a, T, M> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(item) = self.front.next() {
                return Some(item);
            }
            if self.from >= self.until {
                return self.back.next();
            }
            let (items, first) = self.tree.leaf_at(self.from)?;
            let end = items.len().min(self.until - first);
            self.front = items[self.from - first..end].iter();
            self.from = first + end;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.until.saturating_sub(self.from) + self.front.len() + self.back.len();
        (left, Some(left))
    }
}

impl<'a, T, M: Measure<T>> DoubleEndedIterator for Iter<'a, T, M> {
    fn next_back(&mut self) -> Option<&'a T> {
        loop {
            if let Some(item) = self.back.next_back() {
                return Some(item);
            }
            if self.from >= self.until {
                return self.front.next_back();
            }
            let (items, first) = self.tree.leaf_at(self.until - 1)?;
            let begin = self.from.saturating_sub(first);
            self.back = items[begin..self.until - first].iter();
            self.until = first + begin;
        }
    }
}

impl<T, M: Measure<T>> ExactSizeIterator for Iter<'_, T, M> {}
impl<T, M: Measure<T>> FusedIterator for Iter<'_, T, M> {}

impl<T, M: Measure<T>> Clone for Iter<'_, T, M> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), back: self.back.clone(), ..*self }
    }
}

impl<T: fmt::Debug, M: Measure<T>> fmt::Debug for Iter<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
