//! A rope under edit.

use std::ops::Range;

use super::{
    attributes::{RopeAttributes, RopePart},
    extents::Extents,
    rope_diff::{RopeDiff, fits, is_within},
    rope_snapshot::RopeSnapshot,
};
use crate::collections::{
    diff::{Diverged, Items},
    state::{Content, Record, State},
    tree::Tree,
};

/// The value of a rope's node.
pub(crate) type RopeState<C, A> = State<RopeSnapshot<C, A>>;

impl<C, A> Content for RopeSnapshot<C, A> {
    type Diff = RopeDiff<C, A>;
    type Draft = RopeDraft<C, A>;
    type Items = Self;

    const NAME: &'static str = "rope";

    fn of(rope: Self) -> Self {
        rope
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn into_draft(self, record: Record<RopeDiff<C, A>>) -> RopeDraft<C, A> {
        RopeDraft { cells: self.cells.items, extents: self.extents, record }
    }

    fn of_draft(draft: RopeDraft<C, A>) -> (Self, Record<RopeDiff<C, A>>) {
        (Self::of(draft.cells, draft.extents), draft.record)
    }
}

/// A rope under edit: a copy, outside of any lock (C2).
pub(crate) struct RopeDraft<C, A> {
    cells: Tree<C>,
    extents: Extents<A>,
    record: Record<RopeDiff<C, A>>,
}

impl<C, A> RopeDraft<C, A> {
    /// One of which nobody will ask what was done.
    pub(super) fn unlogged(rope: RopeSnapshot<C, A>) -> Self {
        rope.into_draft(Record::default())
    }

    pub(super) fn into_snapshot(self) -> RopeSnapshot<C, A> {
        RopeSnapshot::of(self.cells, self.extents)
    }

    pub(crate) fn cells(&self) -> &Tree<C> {
        &self.cells
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Makes it another rope; who follows it begins anew.
    pub(super) fn reset(&mut self, rope: RopeSnapshot<C, A>) {
        (self.cells, self.extents) = (rope.cells.items, rope.extents);
        self.record.reset();
    }
}

impl<C: Clone, A: Clone + PartialEq> RopeDraft<C, A> {
    /// The attribute of cells that come in where `range` is: that of the first one that goes out, or of the one before the
    /// place; at the beginning of the one behind it, and in an empty rope the default.
    pub(super) fn inherited(&self, range: &Range<usize>) -> A
    where
        A: Default,
    {
        let from = if range.is_empty() { range.start.saturating_sub(1) } else { range.start };
        self.extents.at(from).map_or_else(A::default, |(attribute, _)| attribute.clone())
    }

    /// Puts `new` where `range` is; gives what was there.
    pub(crate) fn replace(&mut self, range: Range<usize>, new: &RopePart<C, A>) -> RopePart<C, A> {
        if range.is_empty() && new.is_empty() {
            return RopePart::none();
        }
        self.record.change();
        let (at, count) = (range.start, range.len());
        let cells = match (count, new.cells().only()) {
            (0, Some(cell)) => {
                self.cells.insert(at, cell.clone());
                Items::none()
            }
            (1, Some(cell)) => Items::one(self.cells.replace(at, cell.clone())),
            (1, None) if new.is_empty() => Items::one(self.cells.remove(at)),
            _ => Items::tree(self.cells.splice(at, count, new.cells().to_tree())),
        };
        let attributes = self.extents.splice(at, range.end, new.attributes());
        let old = RopePart::new(cells, attributes);
        if self.record.is_logged() {
            let weight = 1 + old.len();
            let (old, new) = (Some(old.clone()), new.clone());
            self.record.log(RopeDiff::Replace { range, old, new }, weight);
        }
        old
    }

    /// Puts as many cells where those of `range` are, with the attributes that these have.
    pub(crate) fn replace_cells(&mut self, range: Range<usize>, cells: Items<C>) {
        let attributes = RopeAttributes::of(self.extents.range(range.start, range.end));
        drop(self.replace(range, &RopePart::new(cells, attributes)));
    }

    /// Gives the cells of `range` these attributes, as many as they are.
    pub(crate) fn set_attributes(&mut self, range: Range<usize>, new: &RopeAttributes<A>) {
        debug_assert_eq!(range.len(), new.len(), "R1");
        if self.extents.has(range.start, range.end, new) {
            // R4.
            return;
        }
        self.record.change();
        let old = self.extents.splice(range.start, range.end, new);
        if self.record.is_logged() {
            let weight = 1 + old.iter().len();
            let (old, new) = (Some(old), new.clone());
            self.record.log(RopeDiff::SetAttributes { range, old, new }, weight);
        }
    }

    /// Keeps the cells for which `keep` says so: one difference for each run of those that go, from the end, so that the
    /// places of the others stay; or one for all, where that is less.
    pub(super) fn retain(&mut self, keep: &mut impl FnMut(&C) -> bool) {
        let kept: Vec<bool> = self.cells.iter().map(keep).collect();
        let mut gone: Vec<Range<usize>> = Vec::new();
        for at in (0..kept.len()).filter(|at| !kept[*at]) {
            match gone.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => gone.push(at..at + 1),
            }
        }
        if gone.len() * 16 <= kept.len() {
            for range in gone.into_iter().rev() {
                drop(self.replace(range, &RopePart::none()));
            }
            return;
        }
        let cells = self.cells.iter().zip(&kept).filter(|(_, kept)| **kept);
        let cells: Items<C> = cells.map(|(cell, _)| cell.clone()).collect();
        let left = |range: Range<usize>| kept[range].iter().filter(|kept| **kept).count();
        let extents = self.extents.ranges().map(|(range, attribute)| (attribute, left(range)));
        let attributes = RopeAttributes::build(extents);
        drop(self.replace(0..kept.len(), &RopePart::new(cells, attributes)));
    }

    /// Whether `part` is what is where `range` is.
    pub(super) fn has(&self, range: &Range<usize>, part: &RopePart<C, A>) -> bool
    where
        C: PartialEq,
    {
        is_within(range, self.len()).is_ok()
            && self.cells.iter_range(range.start, range.end).eq(part.cells().iter())
            && self.extents.has(range.start, range.end, part.attributes())
    }

    pub(super) fn is_equal_to(&self, rope: &RopeSnapshot<C, A>) -> bool
    where
        C: PartialEq,
    {
        self.cells.iter().eq(rope.cells.iter()) && self.extents == rope.extents
    }

    /// Does what `diff` says.
    pub(crate) fn apply(&mut self, diff: &RopeDiff<C, A>) -> Result<(), Diverged> {
        match diff {
            RopeDiff::Replace { range, new, .. } => {
                is_within(range, self.len())?;
                drop(self.replace(range.clone(), new));
            }
            RopeDiff::SetAttributes { range, new, .. } => {
                fits(range, new, self.len())?;
                self.set_attributes(range.clone(), new);
            }
            RopeDiff::Reset { new, .. } => self.reset(new.clone()),
        }
        Ok(())
    }
}
