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
    #[inline]
    pub(crate) fn push_alone(&mut self, item: T) -> Result<(), T> {
        let Some(root) = &mut self.root else { return Err(item) };
        let mut child = &mut *root;
        let mut depth = 0;
        loop {
            // Counted on the way down (T2), and taken back where there is no room after all, which is seldom.
            child.len += 1;
            match &mut child.node {
                Node::Inner(inner) => {
                    match StrongArc::get_mut(inner).and_then(|all| all.last_mut()) {
                        Some(last) => (child, depth) = (last, depth + 1),
                        None => break,
                    }
                }
                Node::Leaf(leaf) => match StrongArc::get_mut(leaf) {
                    Some(leaf) if !leaf.is_full() => {
                        leaf.push(item);
                        return Ok(());
                    }
                    _ => break,
                },
            }
        }
        root.take_back(depth);
        Err(item)
    }
}

impl<T, S> Child<T, S> {
    /// One item less, here and in the last child and its last one, `depth` levels down.
    #[cold]
    fn take_back(&mut self, depth: usize) {
        let mut child = self;
        child.len -= 1;
        for _ in 0..depth {
            let Node::Inner(inner) = &mut child.node else { unreachable!("T1") };
            let last = StrongArc::get_mut(inner).and_then(|all| all.last_mut());
            child = last.unwrap_or_else(|| unreachable!("it was nobody else's on the way down"));
            child.len -= 1;
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
