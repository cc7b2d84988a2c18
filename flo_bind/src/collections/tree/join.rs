//! Two trees become one, one becomes two.
//!
//! ```text
//!   append    a taller one takes the other in at its edge, at the level where they are of one height
//!   split     each node on the way to the place falls into what is left and right of it; from the leaf upwards
//!             what is left is appended to what is left, and the same on the right
//! ```
//!
//! Heights only grow on the way up, so that all appends of a split together take as many steps as it has levels.

use std::cmp::Ordering;

use flo_core::sync::StrongArc;

use super::{
    Measure, Tree,
    node::{Child, Inner, LEAF_MIN, Leaf, Node, Pair, insert_into, locate, neighbours},
};

impl<T: Clone, M: Measure<T>> Tree<T, M> {
    /// Puts the items of `other` behind these.
    pub(crate) fn append(&mut self, other: Self) {
        self.root = joined(&self.measure, self.root.take(), other.root);
    }

    /// Takes off what is from item `at` on.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        debug_assert!(at <= self.len(), "the place is in the tree or at its end");
        let right = if at == self.len() {
            None
        } else if at == 0 {
            self.root.take()
        } else {
            let parts = self.root.take().map(|root| split(&self.measure, root, at));
            let (left, right) = parts.unwrap_or((None, None));
            self.root = left;
            right
        };
        Self { root: right, measure: self.measure.clone() }
    }

    /// Takes a range out and puts `items` in its place; gives what came out.
    pub(crate) fn splice(&mut self, at: usize, count: usize, items: Self) -> Self {
        let mut removed = self.split_off(at);
        let rest = removed.split_off(count);
        self.append(items);
        self.append(rest);
        removed
    }

    /// A range of it, for which nothing is copied but the nodes at its edges.
    pub(crate) fn range(&self, at: usize, count: usize) -> Self {
        let mut range = self.clone();
        let mut range = range.split_off(at);
        drop(range.split_off(count));
        range
    }
}

type Part<T, S> = Option<Child<T, S>>;

fn joined<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    left: Part<T, S>,
    right: Part<T, S>,
) -> Part<T, S> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let (above, below) = (left.height(), right.height());
            Some(Child::root(measure, join(measure, left, above, right, below)))
        }
        (left, None) => left,
        (None, right) => right,
    }
}

/// Of the height of the taller one.
fn join<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    left: Child<T, S>,
    left_height: usize,
    right: Child<T, S>,
    right_height: usize,
) -> Pair<T, S> {
    match left_height.cmp(&right_height) {
        Ordering::Greater => {
            let Node::Inner(inner) = left.node else { unreachable!("it is taller than a leaf") };
            let mut inner = StrongArc::unwrap_or_clone(inner);
            let Some(last) = inner.pop() else { unreachable!("T3") };
            let (last, more) = join(measure, last, left_height - 1, right, right_height);
            inner.push(last);
            let end = inner.len();
            let beside = more.and_then(|more| insert_into(&mut inner, end, more));
            pair(measure, inner, beside)
        }
        Ordering::Less => {
            let Node::Inner(inner) = right.node else { unreachable!("it is taller than a leaf") };
            let mut inner = StrongArc::unwrap_or_clone(inner);
            let first = inner.remove(0);
            let (first, more) = join(measure, left, left_height, first, right_height - 1);
            inner.insert(0, first);
            let beside = more.and_then(|more| insert_into(&mut inner, 1, more));
            pair(measure, inner, beside)
        }
        Ordering::Equal => neighbours(measure, left, right),
    }
}

fn pair<T, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    inner: Inner<T, S>,
    beside: Option<Inner<T, S>>,
) -> Pair<T, S> {
    (Child::inner(measure, inner), beside.map(|beside| Child::inner(measure, beside)))
}

/// What is left and right of item `at`.
fn split<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    child: Child<T, S>,
    at: usize,
) -> (Part<T, S>, Part<T, S>) {
    match child.node {
        Node::Leaf(leaf) => {
            let mut left = StrongArc::unwrap_or_clone(leaf);
            let right: Leaf<T> = left.drain(at..).collect();
            debug_assert!(left.len() + right.len() >= LEAF_MIN || at > 0, "T3");
            let part = |items: Leaf<T>| (!items.is_empty()).then(|| Child::leaf(measure, items));
            (part(left), part(right))
        }
        Node::Inner(inner) => {
            let mut left = StrongArc::unwrap_or_clone(inner);
            let (place, at) = locate(&left, child.len, at);
            let right: Inner<T, S> = left.drain(place + 1..).collect();
            let Some(cut) = left.pop() else { unreachable!("T3") };
            let (before, after) = split(measure, cut, at);
            let part = |children: Inner<T, S>| match children.len() {
                0 => None,
                1 => children.into_iter().next(),
                _ => Some(Child::inner(measure, children)),
            };
            (joined(measure, part(left), before), joined(measure, after, part(right)))
        }
    }
}
