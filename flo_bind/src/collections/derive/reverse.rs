//! The other way round.

use super::{Operator, Source, derive, each, no_reset};
use crate::collections::{
    diff::ListDiff,
    draft::Draft,
    list_ref::ListRef,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list with its last item first.
    ///
    /// # Cost
    /// `O(log n)` for each changed item.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// let newest_first = lamps.reversed();
    /// lamps.push("arc");
    /// assert_eq!(newest_first.snapshot(), ["arc", "gas", "oil"]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn reversed(&self) -> Self {
        derive(Reverse(Source::new(self)))
    }
}

struct Reverse<T>(Source<T>);

impl<T: Clone + Send + Sync + 'static> Operator<ListSnapshot<T>> for Reverse<T> {
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut Draft<T>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for diff in each(missed) {
                let len = out.len();
                match diff {
                    ListDiff::Splice { at, removed, inserted } => {
                        let from = len - at - removed.len();
                        out.put(from, removed.len(), inserted.iter().rev().cloned());
                    }
                    ListDiff::Move { from, to } => out.move_item(len - 1 - from, len - 1 - to),
                    ListDiff::Reset { .. } => no_reset(),
                }
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Rev) {
        self.0.with(|state| {
            let items = state.snapshot.iter().rev().cloned();
            (Tree::build(Count, items), state.rev)
        })
    }
}
