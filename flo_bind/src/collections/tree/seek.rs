//! Finding a place: by its index, by its measure, by what is in order.

use std::cmp::Ordering;

use super::{
    Measure, Tree,
    node::{Child, Node, locate},
};

/// What a walk passes on its way to a place.
pub(crate) enum Passed<'a, T, S> {
    /// The measure of many items.
    Sum(&'a S),
    Item(&'a T),
}

impl<T, M: Measure<T>> Tree<T, M> {
    /// Item `at`, if there is one.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        let (items, from) = self.leaf_at(at)?;
        items.get(at - from)
    }

    /// The leaf in which item `at` is, and the index of its first item.
    pub(super) fn leaf_at(&self, at: usize) -> Option<(&[T], usize)> {
        let mut child = self.root.as_ref().filter(|root| at < root.len)?;
        let mut within = at;
        loop {
            match &child.node {
                Node::Leaf(leaf) => return Some((leaf, at - within)),
                Node::Inner(inner) => {
                    let (place, rest) = locate(inner, child.len, within);
                    (child, within) = (&inner[place], rest);
                }
            }
        }
    }

    /// The measures that together are that of all items before item `at`, in order.
    pub(crate) fn each_before(&self, at: usize, mut f: impl FnMut(&M::Sum)) {
        let Some(mut child) = self.root.as_ref() else { return };
        let mut within = at;
        loop {
            if within >= child.len {
                return f(&child.sum);
            }
            match &child.node {
                Node::Leaf(_) if within == 0 => return,
                Node::Leaf(leaf) => return f(&self.measure.of(&leaf[..within])),
                Node::Inner(inner) => {
                    let (place, rest) = locate(inner, child.len, within);
                    inner[..place].iter().for_each(|before| f(&before.sum));
                    (child, within) = (&inner[place], rest);
                }
            }
        }
    }

    /// How many items `pass` lets by, which is asked of them in order: of many at once where it lets them all by, and else
    /// of parts of them, and not again of what it has let by.
    pub(crate) fn passed(&self, mut pass: impl FnMut(Passed<'_, T, M::Sum>) -> bool) -> usize {
        let Some(root) = self.root.as_ref() else { return 0 };
        if pass(Passed::Sum(&root.sum)) {
            return root.len;
        }
        let (mut child, mut index) = (root, 0);
        loop {
            match &child.node {
                Node::Leaf(leaf) => {
                    let within = leaf.iter().position(|item| !pass(Passed::Item(item)));
                    return index + within.unwrap_or(leaf.len());
                }
                Node::Inner(inner) => {
                    let mut held = inner.iter().filter(|child| {
                        let is_passed = pass(Passed::Sum(&child.sum));
                        index += if is_passed { child.len } else { 0 };
                        !is_passed
                    });
                    let Some(next) = held.next() else { return index };
                    child = next;
                }
            }
        }
    }

    /// Shows the items in order: many of them at once, and what they consist of only where `f` says so.
    pub(crate) fn look_into(&self, mut f: impl FnMut(Passed<'_, T, M::Sum>) -> bool) {
        if let Some(root) = self.root.as_ref() {
            look_into(root, &mut f);
        }
    }

    /// How many items are before a place, where all items before it are, and none behind it, as `before`
    /// says; `all_before` says so of many.
    pub(crate) fn partition_point(
        &self,
        mut all_before: impl FnMut(&M::Sum) -> bool,
        before: impl FnMut(&T) -> bool,
    ) -> usize {
        let Some(mut child) = self.root.as_ref() else { return 0 };
        let mut index = 0;
        loop {
            match &child.node {
                Node::Leaf(leaf) => return index + leaf.partition_point(before),
                Node::Inner(inner) => {
                    let last = inner.len() - 1;
                    let place =
                        inner[..last].partition_point(|child: &Child<_, _>| all_before(&child.sum));
                    index += inner[..place].iter().map(|child| child.len).sum::<usize>();
                    child = &inner[place];
                }
            }
        }
    }

    /// The index of the item that is equal, as `compare` says, in a tree that is in order by it; or the index at which
    /// it would be.
    pub(crate) fn search(&self, mut compare: impl FnMut(&T) -> Ordering) -> Result<usize, usize> {
        let Some(mut child) = self.root.as_ref() else { return Err(0) };
        let mut index = 0;
        loop {
            match &child.node {
                Node::Leaf(leaf) => {
                    let found = leaf.binary_search_by(compare);
                    return found.map(|at| index + at).map_err(|at| index + at);
                }
                Node::Inner(inner) => {
                    // The last child that does not begin behind it.
                    let place = inner[1..].partition_point(|child| compare(child.first()).is_le());
                    index += inner[..place].iter().map(|child| child.len).sum::<usize>();
                    child = &inner[place];
                }
            }
        }
    }
}

fn look_into<T, S>(child: &Child<T, S>, f: &mut impl FnMut(Passed<'_, T, S>) -> bool) {
    if !f(Passed::Sum(&child.sum)) {
        return;
    }
    match &child.node {
        Node::Leaf(leaf) => leaf.iter().for_each(|item| {
            f(Passed::Item(item));
        }),
        Node::Inner(inner) => inner.iter().for_each(|child| look_into(child, f)),
    }
}
