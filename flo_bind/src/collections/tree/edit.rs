//! Edits of one item: down to its leaf, and up again with what did not fit or became too small.

use flo_core::sync::StrongArc;

use super::{
    Measure, Tree,
    node::{Child, Node, insert_into, locate, neighbours},
};

impl<T: Clone, M: Measure<T>> Tree<T, M> {
    /// Inserts before item `at`, or at the end.
    pub(crate) fn insert(&mut self, at: usize, item: T) {
        debug_assert!(at <= self.len(), "the place is in the tree or at its end");
        let Some(mut root) = self.root.take() else {
            self.root = Some(Child::leaf(&self.measure, [item].into_iter().collect()));
            return;
        };
        let right = insert(&self.measure, &mut root, at, item);
        self.root = Some(Child::root(&self.measure, (root, right)));
    }

    /// Takes item `at` out.
    ///
    /// # Panics
    /// Where there is none.
    pub(crate) fn remove(&mut self, at: usize) -> T {
        let Some(mut root) = self.root.take() else { no_item() };
        if root.len == 1 {
            let Node::Leaf(leaf) = root.node else { unreachable!("T3") };
            return StrongArc::unwrap_or_clone(leaf).pop().unwrap_or_else(|| no_item());
        }
        let item = remove(&self.measure, &mut root, at);
        if let Node::Inner(inner) = &root.node
            && let [only] = &inner[..]
        {
            root = only.clone();
        }
        self.root = Some(root);
        item
    }

    /// Puts `item` where item `at` is, which comes out.
    ///
    /// # Panics
    /// Where there is none.
    pub(crate) fn replace(&mut self, at: usize, item: T) -> T {
        let Some(root) = &mut self.root else { no_item() };
        replace(&self.measure, root, at, item)
    }

    /// Puts `items` where `count` items are from `at` on, which are dropped.
    pub(crate) fn put(
        &mut self,
        at: usize,
        count: usize,
        mut items: impl ExactSizeIterator<Item = T>,
    ) {
        match (count, items.len(), items.next()) {
            (0, 1, Some(item)) => self.insert(at, item),
            (1, 1, Some(item)) => drop(self.replace(at, item)),
            (1, 0, None) => drop(self.remove(at)),
            (0, 0, None) => {}
            (_, _, first) => {
                let items = Self::build(self.measure.clone(), first.into_iter().chain(items));
                drop(self.splice(at, count, items));
            }
        }
    }
}

fn no_item() -> ! {
    unreachable!("who edits a place has looked whether there is one")
}

fn insert<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    child: &mut Child<T, S>,
    at: usize,
    item: T,
) -> Option<Child<T, S>> {
    let right = match &mut child.node {
        Node::Leaf(leaf) => insert_into(StrongArc::make_mut(leaf), at, item)
            .map(|items| Child::leaf(measure, items)),
        Node::Inner(inner) => {
            let inner = StrongArc::make_mut(inner);
            let (place, at) = locate(inner, child.len, at);
            insert(measure, &mut inner[place], at, item)
                .and_then(|right| insert_into(inner, place + 1, right))
                .map(|children| Child::inner(measure, children))
        }
    };
    match &right {
        None => child.measure_again_with(measure, child.len + 1),
        Some(_) => child.measure_again(measure),
    }
    right
}

fn remove<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    child: &mut Child<T, S>,
    at: usize,
) -> T {
    let item = match &mut child.node {
        Node::Leaf(leaf) => StrongArc::make_mut(leaf).remove(at),
        Node::Inner(inner) => {
            let inner = StrongArc::make_mut(inner);
            let (place, at) = locate(inner, child.len, at);
            let item = remove(measure, &mut inner[place], at);
            if inner[place].width() < inner[place].room() / 2 && inner.len() > 1 {
                // The neighbour to the right, or of the last one that to the left.
                settle(measure, inner, place.min(inner.len() - 2));
            }
            item
        }
    };
    child.measure_again_with(measure, child.len - 1);
    item
}

/// Merges two neighbours where that leaves room, and evens them out where one is too small (T3).
fn settle<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    inner: &mut super::node::Inner<T, S>,
    left: usize,
) {
    let (one, other) = (&inner[left], &inner[left + 1]);
    let fit = (one.width() + other.width()) * 4 <= one.room() * 3;
    if fit || one.width().min(other.width()) < one.room() / 8 {
        let right = inner.remove(left + 1);
        let pair = neighbours(measure, inner.remove(left), right);
        inner.insert(left, pair.0);
        if let Some(right) = pair.1 {
            inner.insert(left + 1, right);
        }
    }
}

fn replace<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    child: &mut Child<T, S>,
    at: usize,
    item: T,
) -> T {
    let old = match &mut child.node {
        Node::Leaf(leaf) => std::mem::replace(&mut StrongArc::make_mut(leaf)[at], item),
        Node::Inner(inner) => {
            let inner = StrongArc::make_mut(inner);
            let (place, at) = locate(inner, child.len, at);
            replace(measure, &mut inner[place], at, item)
        }
    };
    child.measure_again_with(measure, child.len);
    old
}
