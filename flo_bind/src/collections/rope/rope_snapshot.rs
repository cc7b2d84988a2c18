//! Ropes as values.

use std::{
    fmt,
    ops::{Range, RangeBounds},
};

use super::{
    attributes::{RopeAttributes, RopeExtents, RopeIter, RopePart},
    draft::RopeDraft,
    extents::Extents,
    rope_diff::RopeDiff,
};
use crate::collections::{
    diff::{Diverged, Items},
    snapshot::{ListSnapshot, Span, Wrong},
    tree::{Count, Tree},
};

/// An immutable rope: what a [`RopeBinding`](crate::RopeBinding) held at one moment. A clone is a count.
///
/// # Cost
/// What is shared with the rope it was taken from, and with other snapshots, is there once. A cell and an attribute are found in
/// `O(log n)` steps.
///
/// ```
/// use flo_bind::RopeBinding;
///
/// let text = RopeBinding::from_iter([('a', "plain"), ('b', "bold"), ('c', "bold")]);
/// let before = text.snapshot();
/// text.clear();
/// assert_eq!((before.len(), before.get(1)), (3, Some((&'b', &"bold"))));
/// assert_eq!(before.cells().iter().collect::<String>(), "abc");
/// assert!(before.extents().eq([(0..1, &"plain"), (1..3, &"bold")]));
/// ```
pub struct RopeSnapshot<C, A> {
    pub(super) cells: ListSnapshot<C>,
    pub(super) extents: Extents<A>,
}

impl<C, A> RopeSnapshot<C, A> {
    pub(crate) fn of(cells: Tree<C>, extents: Extents<A>) -> Self {
        debug_assert_eq!(cells.len(), extents.cell_count(), "R1");
        Self { cells: ListSnapshot::of(cells), extents }
    }

    pub(super) fn of_part(part: RopePart<C, A>) -> Self {
        let (cells, attributes) = part.into_parts();
        Self::of(cells.into_tree(), attributes.into_extents())
    }

    pub(super) fn into_part(self) -> RopePart<C, A> {
        RopePart::new(Items::tree(self.cells.items), RopeAttributes::of(self.extents))
    }

    /// Cells that all have one attribute.
    ///
    /// ```
    /// use flo_bind::RopeSnapshot;
    /// let text = RopeSnapshot::uniform("lamp".chars(), "plain");
    /// assert_eq!(text.attributes_at(2), Some((&"plain", 0..4)));
    /// ```
    pub fn uniform<I: IntoIterator<Item = C>>(cells: I, attribute: A) -> Self {
        let cells = Tree::build(Count, cells);
        let extents = Extents::one(cells.len(), attribute);
        Self::of(cells, extents)
    }

    /// Other cells with the attributes of these, as many as there are.
    pub(crate) fn with_cells<D>(&self, cells: Tree<D>) -> RopeSnapshot<D, A> {
        RopeSnapshot::of(cells, self.extents.clone())
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Cell `at` with its attribute, if there is one.
    pub fn get(&self, at: usize) -> Option<(&C, &A)> {
        Some((self.cells.get(at)?, self.extents.at(at)?.0))
    }

    /// The cells without their attributes, as a list that shares them.
    pub fn cells(&self) -> &ListSnapshot<C> {
        &self.cells
    }

    /// The attribute of cell `at`, and all the cells around it that have an equal one; `None` where there is no such cell.
    pub fn attributes_at(&self, at: usize) -> Option<(&A, Range<usize>)> {
        self.extents.at(at)
    }

    /// Each attribute in order, with the cells that have it; neighbours are not equal.
    pub fn extents(&self) -> RopeExtents<'_, A> {
        self.extents.ranges()
    }

    /// Each cell in order, with its attribute.
    pub fn iter(&self) -> RopeIter<'_, C, A> {
        RopeIter::new(self.cells.iter(), self.extents())
    }

    /// Whether both are one rope, which nobody has edited since one was cloned of the other. Takes one step.
    pub fn same_as(&self, other: &Self) -> bool {
        self.cells.same_as(&other.cells) && self.extents.is(&other.extents)
    }
}

impl<C: Clone, A: Clone> RopeSnapshot<C, A> {
    /// Copies of all cells with their attributes.
    pub fn to_vec(&self) -> Vec<(C, A)> {
        self.iter().map(|(cell, attribute)| (cell.clone(), attribute.clone())).collect()
    }

    /// A part of it, which shares what it can.
    ///
    /// # Panics
    /// Where the range begins after its end or goes beyond the rope.
    ///
    /// ```
    /// use flo_bind::RopeSnapshot;
    /// let text = RopeSnapshot::from_iter([('a', 0), ('b', 1), ('c', 1)]);
    /// assert_eq!(text.range(..2), [('a', 0), ('b', 1)]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn range<R: RangeBounds<usize>>(&self, range: R) -> Self {
        let within = Span::of(&range).within(self.len());
        let (from, until) = Wrong::unless(within, "rope");
        Self::of(self.cells.items.range(from, until - from), self.extents.range(from, until))
    }

    /// This rope, and behind it the other one.
    pub(crate) fn followed_by(&self, other: &Self) -> Self
    where
        A: PartialEq,
    {
        let (mut cells, mut extents) = (self.cells.items.clone(), self.extents.clone());
        cells.append(other.cells.items.clone());
        extents.append(other.extents.clone());
        Self::of(cells, extents)
    }

    /// Does to this rope what was done to the one that `diff` is of.
    ///
    /// # Errors
    /// [`Diverged`] where it does not fit; the rope is then as it was.
    pub fn apply(&mut self, diff: &RopeDiff<C, A>) -> Result<(), Diverged>
    where
        A: PartialEq,
    {
        let mut draft = RopeDraft::unlogged(self.clone());
        draft.apply(diff)?;
        *self = draft.into_snapshot();
        Ok(())
    }
}

impl<C, A> Clone for RopeSnapshot<C, A> {
    fn clone(&self) -> Self {
        Self { cells: self.cells.clone(), extents: self.extents.clone() }
    }
}

impl<C, A> Default for RopeSnapshot<C, A> {
    fn default() -> Self {
        Self { cells: ListSnapshot::default(), extents: Extents::new() }
    }
}

/// Of cells with their attributes, in order.
impl<C, A: Clone + PartialEq> FromIterator<(C, A)> for RopeSnapshot<C, A> {
    fn from_iter<I: IntoIterator<Item = (C, A)>>(pairs: I) -> Self {
        let (cells, attributes): (Vec<C>, Vec<A>) = pairs.into_iter().unzip();
        let extents = Extents::build(attributes.iter().map(|attribute| (attribute, 1)));
        Self::of(Tree::build(Count, cells), extents)
    }
}

impl<C, A: Clone + PartialEq> From<Vec<(C, A)>> for RopeSnapshot<C, A> {
    fn from(pairs: Vec<(C, A)>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'a, C, A> IntoIterator for &'a RopeSnapshot<C, A> {
    type Item = (&'a C, &'a A);
    type IntoIter = RopeIter<'a, C, A>;

    fn into_iter(self) -> RopeIter<'a, C, A> {
        self.iter()
    }
}

impl<C: PartialEq, A: PartialEq> PartialEq for RopeSnapshot<C, A> {
    fn eq(&self, other: &Self) -> bool {
        self.cells == other.cells && self.extents == other.extents
    }
}

impl<C: Eq, A: Eq> Eq for RopeSnapshot<C, A> {}

impl<C: PartialEq, A: PartialEq> PartialEq<[(C, A)]> for RopeSnapshot<C, A> {
    fn eq(&self, other: &[(C, A)]) -> bool {
        let pairs = other.iter().map(|(cell, attribute)| (cell, attribute));
        self.len() == other.len() && self.iter().eq(pairs)
    }
}

impl<C: PartialEq, A: PartialEq> PartialEq<Vec<(C, A)>> for RopeSnapshot<C, A> {
    fn eq(&self, other: &Vec<(C, A)>) -> bool {
        self == other.as_slice()
    }
}

impl<C: PartialEq, A: PartialEq, const N: usize> PartialEq<[(C, A); N]> for RopeSnapshot<C, A> {
    fn eq(&self, other: &[(C, A); N]) -> bool {
        self == other.as_slice()
    }
}

impl<C: fmt::Debug, A: fmt::Debug> fmt::Debug for RopeSnapshot<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RopeSnapshot");
        shown.field("cells", &self.cells).field("extents", &self.extents()).finish()
    }
}
