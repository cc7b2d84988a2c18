//! What a history asks of a rope.
//!
//! U1 to U6 are those of [`history`](crate::history).

use super::{
    draft::RopeDraft, rope_binding::RopeBinding, rope_diff::RopeDiff, rope_snapshot::RopeSnapshot,
};
use crate::{
    collections::{
        diff::Diverged,
        undo::{self, Reversible},
    },
    history::{History, Undoable},
};

impl<C, A> Undoable for RopeBinding<C, A>
where
    C: Clone + PartialEq + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    fn be_watched(&self, history: &History) {
        undo::watch::<RopeSnapshot<C, A>>(history, self.writer(), self.watched());
    }
}

impl<C, A> Reversible for RopeSnapshot<C, A>
where
    C: Clone + PartialEq + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    fn reset(old: Self, new: Self) -> RopeDiff<C, A> {
        RopeDiff::Reset { old: Some(old), new }
    }

    fn invert(diff: &RopeDiff<C, A>) -> Option<RopeDiff<C, A>> {
        diff.invert()
    }

    /// What only comes in says nothing of the rope that it is meant for, and attributes say too little: many cells have equal ones,
    /// so those of other cells would be taken for those that the step is of.
    fn fits(draft: &RopeDraft<C, A>, diff: &RopeDiff<C, A>) -> bool {
        match diff {
            RopeDiff::Replace { range, old, .. } => {
                let is_it = old.as_ref().filter(|old| !old.is_empty());
                is_it.is_some_and(|old| draft.has(range, old))
            }
            RopeDiff::SetAttributes { .. } => false,
            RopeDiff::Reset { old, .. } => old.as_ref().is_some_and(|old| draft.is_equal_to(old)),
        }
    }

    fn apply(draft: &mut RopeDraft<C, A>, diff: &RopeDiff<C, A>) -> Result<(), Diverged> {
        draft.apply(diff)
    }
}
