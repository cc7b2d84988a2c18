//! Whether an edit of one item would copy anything: then it only moves items, and runs no code of a user's (T4).

use flo_core::sync::StrongArc;

use super::{
    Measure, Tree,
    node::{Child, Node, locate},
};

impl<T, M: Measure<T>> Tree<T, M> {
    /// Whether nobody else has what leads to item `at`, or to the end, so that an insertion or a replacement there moves
    /// items and clones none. Only with a measure that is no user's.
    pub(crate) fn is_sole_at(&self, at: usize) -> bool {
        self.root.as_ref().is_none_or(|root| is_sole(root, at, |_, _| true))
    }

    /// The same for a removal, after which a leaf of which little is left is merged with a neighbour.
    pub(crate) fn is_sole_without(&self, at: usize) -> bool {
        self.root.as_ref().is_none_or(|root| {
            is_sole(root, at, |leaves, place| {
                let neighbour = if place + 1 < leaves.len() { place + 1 } else { place - 1 };
                let is_large = leaves[place].width() > leaves[place].room() / 2;
                is_large || matches!(&leaves[neighbour].node, Node::Leaf(leaf) if is_one(leaf))
            })
        })
    }
}

impl<T> Tree<T> {
    /// Puts an item at the end where there is room in the last leaf and nobody else has what leads there; gives it back
    /// otherwise.
    pub(crate) fn push_alone(&mut self, item: T) -> Result<(), T> {
        let Some(root) = &mut self.root else { return Err(item) };
        let mut last = &*root;
        loop {
            last = match &last.node {
                Node::Inner(inner) if is_one(inner) => &inner[inner.len() - 1],
                Node::Leaf(leaf) if is_one(leaf) && !leaf.is_full() => break,
                Node::Inner(_) | Node::Leaf(_) => return Err(item),
            };
        }
        let mut child = root;
        loop {
            child.len += 1;
            child = match &mut child.node {
                Node::Leaf(leaf) => {
                    StrongArc::get_mut(leaf).expect("it is one").push(item);
                    return Ok(());
                }
                Node::Inner(inner) => {
                    let inner = StrongArc::get_mut(inner).expect("it is one");
                    let last = inner.len() - 1;
                    &mut inner[last]
                }
            };
        }
    }
}

fn is_one<T>(node: &StrongArc<T>) -> bool {
    StrongArc::strong_count(node) == 1
}

/// Whether nobody else has the nodes from `root` to the place, and the leaf there is, among its neighbours, as `is_fit` wants
/// it. That an inner node's children are cloned is only a count for each.
fn is_sole<T, S>(
    root: &Child<T, S>,
    at: usize,
    is_fit: impl Fn(&[Child<T, S>], usize) -> bool,
) -> bool {
    let (mut child, mut within) = (root, at);
    loop {
        match &child.node {
            Node::Leaf(leaf) => return is_one(leaf),
            Node::Inner(inner) if !is_one(inner) => return false,
            Node::Inner(inner) => {
                let (place, rest) = locate(inner, child.len, within);
                (child, within) = (&inner[place], rest);
                if matches!(child.node, Node::Leaf(_)) && !is_fit(inner, place) {
                    return false;
                }
            }
        }
    }
}
