//! A counted tree with a measure: a sequence in which every place is found in `O(log n)` steps, and of which
//! a clone is a count.
//!
//! # Idea
//! Items stand in leaves, in order. Each inner node knows of each child how many items it has and their
//! measure: how many of them are `true`, what is last, the smallest. So a place is found by its index or by
//! its measure, and the measure of all is at hand. Nodes are shared: an edit of a tree that somebody else has, too,
//! copies the path from the root to the place and leaves the rest where it is.
//!
//! ```text
//!            ┌ len 5, sum ─┬ len 4, sum ┐                   edit of a clone: * is copied,
//!            ▼             ▼                                the others belong to both
//!      ┌ 2 ─┬ 3 ┐     ┌ 2 ─┬ 2 ┐                       ┌──────*──────┐
//!      ▼    ▼         ▼    ▼                           ▼             *
//!     a b  c d e     f g  h i                        (a … e)    (f g)   h i*
//! ```
//!
//! # Invariants
//! - **T1** All leaves are at one depth.
//! - **T2** A child's `len` and `sum` are those of its node.
//! - **T3** A leaf has 8 to 64 items and an inner node 4 to 32 children. The root may be a leaf of one
//!   item or an inner node of two children; a tree of none has no root.
//! - **T4** What a tree shares with another one is never changed: a node is copied before, unless nobody
//!   else has it.
//! - **T5** An edit that panics, in a `clone` or a measure of the user's, leaves a tree that may only be dropped.
//!
//! # Cost
//! `O(log n)` for each edit, each place, `split_off` and `append`, whatever the lengths; `O(n)` for `build`, which
//! packs. Recursion goes as deep as the tree, which by T3 is at most 15 for a thousand million items.
//!
//! # Choices
//! Leaf and inner node are two types, so that a leaf of small items is small. A node may have an eighth of what it
//! has room for: so an append to a full node leaves all but an eighth of it behind, and a tree that is
//! grown by pushes stays packed; removals merge what fits into three quarters of a node.

mod edit;
mod iter;
mod join;
mod node;
mod seek;
mod sole;
#[cfg(test)]
mod tests;

pub(crate) use iter::Iter;
use node::Child;
pub(crate) use node::Sums;
pub(crate) use seek::Passed;

/// What is known of a run of items beside their number.
pub(crate) trait Measure<T>: Clone {
    /// What is known.
    type Sum: Clone;

    /// Of these items, of which there is at least one.
    fn of(&self, items: &[T]) -> Self::Sum;

    /// Of these parts one after the other, of which there is at least one.
    fn join(&self, parts: Sums<'_, T, Self::Sum>) -> Self::Sum;
}

/// Nothing beside the number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count;

impl<T> Measure<T> for Count {
    type Sum = ();

    fn of(&self, _items: &[T]) {}

    fn join(&self, _parts: Sums<'_, T, ()>) {}
}

/// A sequence; a clone is a count. See the head of the file.
pub(crate) struct Tree<T, M: Measure<T> = Count> {
    root: Option<Child<T, M::Sum>>,
    measure: M,
}

impl<T, M: Measure<T>> Tree<T, M> {
    pub(crate) fn new(measure: M) -> Self {
        Self { root: None, measure }
    }

    /// A packed tree of these items.
    pub(crate) fn build(measure: M, items: impl IntoIterator<Item = T>) -> Self {
        Self { root: node::build(&measure, items.into_iter()), measure }
    }

    pub(crate) fn len(&self) -> usize {
        self.root.as_ref().map_or(0, |root| root.len)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The measure of all items, if there are any.
    pub(crate) fn sum(&self) -> Option<&M::Sum> {
        self.root.as_ref().map(|root| &root.sum)
    }

    /// Whether both are one tree, edited by nobody since one was cloned of the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(mine), Some(other)) => mine.is(other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T, M: Measure<T>> Clone for Tree<T, M> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), measure: self.measure.clone() }
    }
}

impl<T, M: Measure<T> + Default> Default for Tree<T, M> {
    fn default() -> Self {
        Self::new(M::default())
    }
}
