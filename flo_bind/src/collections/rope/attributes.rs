//! Parts of a rope: what a difference put in or took out.

use std::{fmt, iter::FusedIterator, ops::Range, slice};

use super::extents::{Cells, Extent, Extents};
use crate::collections::{
    diff::Items,
    snapshot::ListIter,
    tree::{Count, Iter, Tree},
};

/// The attributes of cells that a [`RopeDiff`](crate::RopeDiff) speaks of. One attribute for all of them takes no allocation.
///
/// ```
/// use flo_bind::RopeAttributes;
///
/// let attributes: RopeAttributes<&str> = [("plain", 2), ("bold", 1), ("bold", 3)].into_iter().collect();
/// assert_eq!(attributes.len(), 6);
/// assert!(attributes.iter().eq([(0..2, &"plain"), (2..6, &"bold")]));
/// ```
pub struct RopeAttributes<A>(Kept<A>);

enum Kept<A> {
    None,
    One(Extent<A>),
    Many(Extents<A>),
}

/// Cells with their attributes, that a [`RopeDiff`](crate::RopeDiff) speaks of. One of them takes no allocation.
///
/// ```
/// use flo_bind::RopePart;
///
/// let part: RopePart<char, u8> = [('a', 0), ('b', 7)].into_iter().collect();
/// assert!(part.cells().iter().eq(&['a', 'b']));
/// assert!(part.attributes().iter().eq([(0..1, &0), (1..2, &7)]));
/// ```
pub struct RopePart<C, A> {
    cells: Items<C>,
    /// As many as there are cells (R1).
    attributes: RopeAttributes<A>,
}

impl<A> RopeAttributes<A> {
    pub(super) fn one(len: usize, attribute: A) -> Self {
        Self(if len == 0 { Kept::None } else { Kept::One(Extent { len, attribute }) })
    }

    pub(super) fn of(extents: Extents<A>) -> Self {
        Self(if extents.count() == 0 { Kept::None } else { Kept::Many(extents) })
    }

    /// The same, without what the extents share with a rope, where there is but one: so a log is as small as what it tells.
    pub(super) fn compact(extents: Extents<A>) -> Self
    where
        A: Clone,
    {
        let (mut parts, count) = (extents.iter(), extents.count());
        match parts.next() {
            Some(only) if count == 1 => Self(Kept::One(only.clone())),
            _ => Self::of(extents),
        }
    }

    /// How many cells have them.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::None => 0,
            Kept::One(extent) => extent.len,
            Kept::Many(extents) => extents.cell_count(),
        }
    }

    /// Whether they are those of no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each attribute in order, with the cells that have it; the first cell is number 0.
    pub fn iter(&self) -> RopeExtents<'_, A> {
        match &self.0 {
            Kept::None => RopeExtents::of_few(&[]),
            Kept::One(extent) => RopeExtents::of_few(slice::from_ref(extent)),
            Kept::Many(extents) => extents.ranges(),
        }
    }

    /// The only one, where there is one.
    pub(super) fn only(&self) -> Option<&Extent<A>> {
        match &self.0 {
            Kept::One(extent) => Some(extent),
            Kept::Many(extents) if extents.count() == 1 => extents.iter().next(),
            Kept::None | Kept::Many(_) => None,
        }
    }

    pub(super) fn into_extents(self) -> Extents<A> {
        match self.0 {
            Kept::None => Extents::new(),
            Kept::One(extent) => Extents::one(extent.len, extent.attribute),
            Kept::Many(extents) => extents,
        }
    }

    pub(super) fn to_extents(&self) -> Extents<A>
    where
        A: Clone,
    {
        match &self.0 {
            Kept::None => Extents::new(),
            Kept::One(extent) => Extents::one(extent.len, extent.attribute.clone()),
            Kept::Many(extents) => extents.clone(),
        }
    }
}

impl<C, A> RopePart<C, A> {
    pub(crate) fn new(cells: Items<C>, attributes: RopeAttributes<A>) -> Self {
        debug_assert_eq!(cells.len(), attributes.len(), "R1");
        Self { cells, attributes }
    }

    pub(crate) fn none() -> Self {
        Self::new(Items::none(), RopeAttributes(Kept::None))
    }

    /// Cells that have one attribute.
    pub(crate) fn of_one(cells: Items<C>, attribute: A) -> Self {
        let attributes = RopeAttributes::one(cells.len(), attribute);
        Self::new(cells, attributes)
    }

    pub(super) fn into_parts(self) -> (Items<C>, RopeAttributes<A>) {
        (self.cells, self.attributes)
    }

    /// The cells.
    pub fn cells(&self) -> &Items<C> {
        &self.cells
    }

    /// Their attributes.
    pub fn attributes(&self) -> &RopeAttributes<A> {
        &self.attributes
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Each cell in order, with its attribute.
    pub fn iter(&self) -> RopeIter<'_, C, A> {
        RopeIter::new(self.cells.iter(), self.attributes.iter())
    }
}

/// Lends the attributes of a rope in order, each with the cells that have it: [`RopeSnapshot::extents`](crate::RopeSnapshot::extents),
/// [`RopeAttributes::iter`].
pub struct RopeExtents<'a, A> {
    /// Where the next one begins.
    at: usize,
    few: slice::Iter<'a, Extent<A>>,
    many: Option<Iter<'a, Extent<A>, Cells>>,
}

impl<'a, A> RopeExtents<'a, A> {
    fn of_few(few: &'a [Extent<A>]) -> Self {
        Self { at: 0, few: few.iter(), many: None }
    }
}

impl<A> Extents<A> {
    /// Each attribute with the cells that have it.
    pub(super) fn ranges(&self) -> RopeExtents<'_, A> {
        RopeExtents { at: 0, few: [].iter(), many: Some(self.iter()) }
    }
}

impl<'a, A> Iterator for RopeExtents<'a, A> {
    type Item = (Range<usize>, &'a A);

    fn next(&mut self) -> Option<Self::Item> {
        let extent = match &mut self.many {
            Some(many) => many.next(),
            None => self.few.next(),
        }?;
        let begin = self.at;
        self.at += extent.len;
        Some((begin..self.at, &extent.attribute))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.many.as_ref().map_or_else(|| self.few.size_hint(), Iterator::size_hint)
    }
}

impl<A> ExactSizeIterator for RopeExtents<'_, A> {}
impl<A> FusedIterator for RopeExtents<'_, A> {}

/// Lends the cells of a rope in order, each with its attribute: [`RopeSnapshot::iter`](crate::RopeSnapshot::iter), [`RopePart::iter`].
pub struct RopeIter<'a, C, A> {
    cells: ListIter<'a, C>,
    extents: RopeExtents<'a, A>,
    /// The attribute of the next cell, and how many have it still.
    here: Option<(usize, &'a A)>,
}

impl<'a, C, A> RopeIter<'a, C, A> {
    pub(super) fn new(cells: ListIter<'a, C>, extents: RopeExtents<'a, A>) -> Self {
        Self { cells, extents, here: None }
    }
}

impl<'a, C, A> Iterator for RopeIter<'a, C, A> {
    type Item = (&'a C, &'a A);

    fn next(&mut self) -> Option<Self::Item> {
        let cell = self.cells.next()?;
        let next = || self.extents.next().map(|(range, attribute)| (range.len(), attribute));
        let (left, attribute) = self.here.or_else(next)?;
        self.here = (left > 1).then_some((left - 1, attribute));
        Some((cell, attribute))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.cells.size_hint()
    }
}

impl<C, A> ExactSizeIterator for RopeIter<'_, C, A> {}
impl<C, A> FusedIterator for RopeIter<'_, C, A> {}

/// Of attributes with how many cells have them, in order. Panics where these are more than `usize::MAX` together.
impl<A: Clone + PartialEq> FromIterator<(A, usize)> for RopeAttributes<A> {
    fn from_iter<I: IntoIterator<Item = (A, usize)>>(parts: I) -> Self {
        let parts: Vec<(A, usize)> = parts.into_iter().collect();
        Self::build(parts.iter().map(|(attribute, len)| (attribute, *len)))
    }
}

impl<A: Clone + PartialEq> RopeAttributes<A> {
    pub(super) fn build<'a>(parts: impl IntoIterator<Item = (&'a A, usize)>) -> Self
    where
        A: 'a,
    {
        Self::of(Extents::build(parts))
    }
}

/// Of cells with their attributes, in order.
impl<C, A: Clone + PartialEq> FromIterator<(C, A)> for RopePart<C, A> {
    fn from_iter<I: IntoIterator<Item = (C, A)>>(pairs: I) -> Self {
        let (cells, attributes): (Vec<C>, Vec<A>) = pairs.into_iter().unzip();
        let attributes = RopeAttributes::build(attributes.iter().map(|attribute| (attribute, 1)));
        Self::new(Items::tree(Tree::build(Count, cells)), attributes)
    }
}

impl<'a, A> IntoIterator for &'a RopeAttributes<A> {
    type Item = (Range<usize>, &'a A);
    type IntoIter = RopeExtents<'a, A>;

    fn into_iter(self) -> RopeExtents<'a, A> {
        self.iter()
    }
}

impl<'a, C, A> IntoIterator for &'a RopePart<C, A> {
    type Item = (&'a C, &'a A);
    type IntoIter = RopeIter<'a, C, A>;

    fn into_iter(self) -> RopeIter<'a, C, A> {
        self.iter()
    }
}

impl<A: Clone> Clone for RopeAttributes<A> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kept::None => Kept::None,
            Kept::One(extent) => Kept::One(extent.clone()),
            Kept::Many(extents) => Kept::Many(extents.clone()),
        })
    }
}

impl<C: Clone, A: Clone> Clone for RopePart<C, A> {
    fn clone(&self) -> Self {
        Self { cells: self.cells.clone(), attributes: self.attributes.clone() }
    }
}

impl<A> Clone for RopeExtents<'_, A> {
    fn clone(&self) -> Self {
        Self { at: self.at, few: self.few.clone(), many: self.many.clone() }
    }
}

impl<C, A> Clone for RopeIter<'_, C, A> {
    fn clone(&self) -> Self {
        Self { cells: self.cells.clone(), extents: self.extents.clone(), here: self.here }
    }
}

impl<A: PartialEq> PartialEq for RopeAttributes<A> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Many(mine), Kept::Many(other)) => mine == other,
            _ => self.iter().len() == other.iter().len() && self.iter().eq(other),
        }
    }
}

impl<A: Eq> Eq for RopeAttributes<A> {}

impl<C: PartialEq, A: PartialEq> PartialEq for RopePart<C, A> {
    fn eq(&self, other: &Self) -> bool {
        self.cells == other.cells && self.attributes == other.attributes
    }
}

impl<C: Eq, A: Eq> Eq for RopePart<C, A> {}

impl<A: fmt::Debug> fmt::Debug for RopeAttributes<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<C: fmt::Debug, A: fmt::Debug> fmt::Debug for RopePart<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cells, attributes } = self;
        f.debug_struct("RopePart").field("cells", cells).field("attributes", attributes).finish()
    }
}

impl<A: fmt::Debug> fmt::Debug for RopeExtents<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<C: fmt::Debug, A: fmt::Debug> fmt::Debug for RopeIter<'_, C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
