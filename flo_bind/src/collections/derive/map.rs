//! Each row by itself.

use super::{Operator, Reads, Source, derive, each, no_reset};
use crate::{
    collections::{
        diff::ListDiff,
        draft::Draft,
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Tree},
    },
    graph::gather::gather,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list of what `f` makes of each item.
    ///
    /// `f` runs for the items that have come in or changed, and for all of them where something else that it has read,
    /// a binding, has changed.
    ///
    /// # Panics
    /// Not here. A panic of `f` reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed item; an idle list costs its source nothing.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let counts = ListBinding::from(vec![1, 2]);
    /// let doubled = counts.map(|count| count * 2);
    /// counts.push(3);
    /// assert_eq!(doubled.snapshot(), [2, 4, 6]);
    /// ```
    #[track_caller]
    pub fn map<U, F>(&self, f: F) -> ListRef<U>
    where
        U: Clone + Send + Sync + 'static,
        F: Fn(&T) -> U + Send + Sync + 'static,
    {
        derive(Map { source: Source::new(self), f })
    }
}

struct Map<T, F> {
    source: Source<T>,
    f: F,
}

#[derive(Clone)]
struct Kept {
    seen: Rev,
    reads: Reads,
}

impl<T, U, F> Operator<ListSnapshot<U>> for Map<T, F>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&T) -> U + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: Kept, out: &mut Draft<U>) -> Option<Kept> {
        self.source.since(kept.seen, |state, missed| {
            if !kept.reads.are_same() {
                return None;
            }
            let ((), found) = gather(|| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            out.put(*at, removed.len(), inserted.iter().map(&self.f));
                        }
                        ListDiff::Move { from, to } => out.move_item(*from, *to),
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
            });
            Some(Kept { seen: state.rev, reads: kept.reads.and(found) })
        })
    }

    fn build(&self) -> (Tree<U>, Kept) {
        self.source.with(|state| {
            let (items, found) = gather(|| Tree::build(Count, state.snapshot.iter().map(&self.f)));
            (items, Kept { seen: state.rev, reads: Reads::default().and(found) })
        })
    }
}
