//! The cells of a rope as a list.

use super::{Operator, RopeSource, derive, each, no_reset};
use crate::{
    collections::{
        draft::Draft,
        list_ref::ListRef,
        rev::Rev,
        rope::{RopeDiff, RopeRef},
        snapshot::ListSnapshot,
        tree::Tree,
    },
    graph::garbage::drop_caught,
};

impl<C, A> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// The cells without their attributes, as a list: for all that follows from lists. Attributes that are set are no change of
    /// it.
    ///
    /// # Cost
    /// `O(log n)` for each edit; the cells are shared.
    ///
    /// ```
    /// use flo_bind::{BoundExt, RopeBinding};
    /// let text = RopeBinding::from_iter([('a', 0), (' ', 0)]);
    /// let blanks = text.cells().filter(|cell| *cell == ' ').count();
    /// text.extend("b c".chars());
    /// assert_eq!(blanks.get(), 2);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cells(&self) -> ListRef<C> {
        derive(CellsOf(RopeSource::new(self)))
    }
}

struct CellsOf<C: 'static, A: 'static>(RopeSource<C, A>);

impl<C, A> Operator<ListSnapshot<C>> for CellsOf<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut Draft<C>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for diff in each(missed) {
                match diff {
                    RopeDiff::Replace { range, new, .. } => match new.cells().only() {
                        Some(cell) => out.put(range.start, range.len(), [cell.clone()].into_iter()),
                        None => {
                            drop_caught(out.splice(
                                range.start,
                                range.len(),
                                new.cells().to_tree(),
                            ));
                        }
                    },
                    RopeDiff::SetAttributes { .. } => {}
                    RopeDiff::Reset { .. } => no_reset(),
                }
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<C>, Rev) {
        self.0.with(|state| (state.snapshot.cells().items.clone(), state.rev))
    }
}
