//! Nodes, and what is done with two neighbours: merged where they fit, evened out where one is too small.

use arrayvec::ArrayVec;
use flo_core::sync::StrongArc;

use super::Measure;

/// How many items a leaf has room for, and how many it has at least (T3).
pub(super) const LEAF: usize = 64;
pub(super) const LEAF_MIN: usize = LEAF / 8;
/// The same of the children of an inner node.
pub(super) const INNER: usize = 32;
pub(super) const INNER_MIN: usize = INNER / 8;

pub(super) type Leaf<T> = ArrayVec<T, LEAF>;
pub(super) type Inner<T, S> = ArrayVec<Child<T, S>, INNER>;

pub(crate) enum Node<T, S> {
    Leaf(StrongArc<Leaf<T>>),
    Inner(StrongArc<Inner<T, S>>),
}

/// A node with what its parent knows of it.
pub(crate) struct Child<T, S> {
    pub(super) len: usize,
    pub(super) sum: S,
    pub(super) node: Node<T, S>,
}

/// The measures of neighbours, of which there is at least one.
pub(crate) struct Sums<'a, T, S>(&'a [Child<T, S>]);

impl<'a, T, S> Sums<'a, T, S> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a S> + use<'a, T, S> {
        self.0.iter().map(|child| &child.sum)
    }

    pub(crate) fn last(&self) -> &'a S {
        &self.0[self.0.len() - 1].sum
    }
}

/// What becomes of one node or two: one, or two of the same height.
pub(super) type Pair<T, S> = (Child<T, S>, Option<Child<T, S>>);

impl<T, S: Clone> Child<T, S> {
    pub(super) fn leaf(measure: &impl Measure<T, Sum = S>, items: Leaf<T>) -> Self {
        let (len, sum) = (items.len(), measure.of(&items));
        Self { len, sum, node: Node::Leaf(StrongArc::new(items)) }
    }

    pub(super) fn inner(measure: &impl Measure<T, Sum = S>, children: Inner<T, S>) -> Self {
        let (len, sum) = measured(measure, &children);
        Self { len, sum, node: Node::Inner(StrongArc::new(children)) }
    }

    /// Looks at the node anew, after an edit of it (T2).
    pub(super) fn measure_again(&mut self, measure: &impl Measure<T, Sum = S>) {
        (self.len, self.sum) = match &self.node {
            Node::Leaf(leaf) => (leaf.len(), measure.of(leaf)),
            Node::Inner(inner) => measured(measure, inner),
        };
    }

    /// The same after an edit that is known to have left so many items, and no child another one (T2).
    pub(super) fn measure_again_with(&mut self, measure: &impl Measure<T, Sum = S>, len: usize) {
        self.len = len;
        self.sum = match &self.node {
            Node::Leaf(leaf) => measure.of(leaf),
            Node::Inner(inner) => measure.join(Sums(inner)),
        };
    }

    /// One root of what may be two nodes.
    pub(super) fn root(measure: &impl Measure<T, Sum = S>, pair: Pair<T, S>) -> Self {
        match pair {
            (only, None) => only,
            (left, Some(right)) => Self::inner(measure, [left, right].into_iter().collect()),
        }
    }
}

impl<T, S> Child<T, S> {
    /// How many items or children the node itself has.
    pub(super) fn width(&self) -> usize {
        match &self.node {
            Node::Leaf(leaf) => leaf.len(),
            Node::Inner(inner) => inner.len(),
        }
    }

    pub(super) fn room(&self) -> usize {
        match &self.node {
            Node::Leaf(_) => LEAF,
            Node::Inner(_) => INNER,
        }
    }

    /// How many levels there are below it.
    pub(super) fn height(&self) -> usize {
        let (mut node, mut height) = (&self.node, 0);
        while let Node::Inner(inner) = node {
            (node, height) = (&inner[0].node, height + 1);
        }
        height
    }

    /// The first of its items.
    pub(super) fn first(&self) -> &T {
        let mut node = &self.node;
        loop {
            match node {
                Node::Leaf(leaf) => return &leaf[0],
                Node::Inner(inner) => node = &inner[0].node,
            }
        }
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.node, &other.node) {
            (Node::Leaf(mine), Node::Leaf(other)) => StrongArc::ptr_eq(mine, other),
            (Node::Inner(mine), Node::Inner(other)) => StrongArc::ptr_eq(mine, other),
            _ => false,
        }
    }
}

fn measured<T, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    children: &[Child<T, S>],
) -> (usize, S) {
    let len = children.iter().map(|child| child.len).sum();
    (len, measure.join(Sums(children)))
}

impl<T, S: Clone> Clone for Child<T, S> {
    fn clone(&self) -> Self {
        let node = match &self.node {
            Node::Leaf(leaf) => Node::Leaf(StrongArc::clone(leaf)),
            Node::Inner(inner) => Node::Inner(StrongArc::clone(inner)),
        };
        Self { len: self.len, sum: self.sum.clone(), node }
    }
}

/// The child in which item `at` is of an inner node of so many items, and where in it; the last one for those beyond the
/// end, which is looked at first: lists grow at their end.
pub(super) fn locate<T, S>(children: &[Child<T, S>], len: usize, mut at: usize) -> (usize, usize) {
    let before_last = children.last().map_or(0, |last| len - last.len);
    if at >= before_last {
        return (children.len() - 1, at - before_last);
    }
    for (place, child) in children.iter().enumerate() {
        if at < child.len {
            return (place, at);
        }
        at -= child.len;
    }
    unreachable!("T2")
}

/// Two nodes of one height, one after the other, as T3 wants them: one where they fit, else two of which none
/// is too small.
pub(super) fn neighbours<T: Clone, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    left: Child<T, S>,
    right: Child<T, S>,
) -> Pair<T, S> {
    match (left.node, right.node) {
        (Node::Leaf(a), Node::Leaf(b)) => {
            if a.len() + b.len() > LEAF && a.len().min(b.len()) >= LEAF_MIN {
                return (
                    Child { node: Node::Leaf(a), ..left },
                    Some(Child { node: Node::Leaf(b), ..right }),
                );
            }
            let (left, right) = even(StrongArc::unwrap_or_clone(a), StrongArc::unwrap_or_clone(b));
            (Child::leaf(measure, left), right.map(|right| Child::leaf(measure, right)))
        }
        (Node::Inner(a), Node::Inner(b)) => {
            if a.len() + b.len() > INNER && a.len().min(b.len()) >= INNER_MIN {
                return (
                    Child { node: Node::Inner(a), ..left },
                    Some(Child { node: Node::Inner(b), ..right }),
                );
            }
            let (left, right) = even(StrongArc::unwrap_or_clone(a), StrongArc::unwrap_or_clone(b));
            (Child::inner(measure, left), right.map(|right| Child::inner(measure, right)))
        }
        _ => unreachable!("T1"),
    }
}

/// All in the left one where they fit, else half in each.
fn even<I, const ROOM: usize>(
    mut left: ArrayVec<I, ROOM>,
    mut right: ArrayVec<I, ROOM>,
) -> (ArrayVec<I, ROOM>, Option<ArrayVec<I, ROOM>>) {
    let all = left.len() + right.len();
    if all <= ROOM {
        left.extend(right);
        return (left, None);
    }
    let half = all / 2;
    if left.len() < half {
        let missing = half - left.len();
        left.extend(right.drain(..missing));
    } else {
        let mut moved: ArrayVec<I, ROOM> = left.drain(half..).collect();
        moved.extend(right);
        right = moved;
    }
    (left, Some(right))
}

/// Inserts into a node that may be full; what does not stay, as its neighbour to the right. An append leaves
/// the node as full as T3 allows.
pub(super) fn insert_into<I, const ROOM: usize>(
    node: &mut ArrayVec<I, ROOM>,
    at: usize,
    item: I,
) -> Option<ArrayVec<I, ROOM>> {
    if !node.is_full() {
        node.insert(at, item);
        return None;
    }
    let min = ROOM / 8;
    let keep = if at == ROOM { ROOM - (min - 1) } else { ROOM / 2 };
    let mut right: ArrayVec<I, ROOM> = node.drain(keep..).collect();
    if at > keep || at == ROOM {
        right.insert(at - keep, item);
    } else {
        node.insert(at, item);
    }
    Some(right)
}

/// A packed tree; `None` of nothing.
pub(super) fn build<T, S: Clone>(
    measure: &impl Measure<T, Sum = S>,
    items: impl Iterator<Item = T>,
) -> Option<Child<T, S>> {
    let leaves = packed(items).into_iter();
    let mut level: Vec<_> = leaves.map(|items| Child::leaf(measure, items)).collect();
    while level.len() > 1 {
        let inners = packed(level.into_iter()).into_iter();
        level = inners.map(|children| Child::inner(measure, children)).collect();
    }
    level.pop()
}

/// Full nodes, of which the last two share where the last would be too small (T3).
fn packed<I, const ROOM: usize>(mut items: impl Iterator<Item = I>) -> Vec<ArrayVec<I, ROOM>> {
    let mut nodes = Vec::new();
    loop {
        let node: ArrayVec<I, ROOM> = items.by_ref().take(ROOM).collect();
        if node.is_empty() {
            break;
        }
        nodes.push(node);
    }
    if let [.., before, last] = &mut nodes[..] {
        let missing = (ROOM / 8).saturating_sub(last.len());
        let mut moved: ArrayVec<I, ROOM> = before.drain(ROOM - missing..).collect();
        moved.extend(last.drain(..));
        *last = moved;
    }
    nodes
}
