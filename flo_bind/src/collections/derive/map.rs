//! Each row by itself.

use super::{Operator, Seals, Source, derive, each, no_reset};
use crate::collections::{
    diff::ListDiff,
    draft::Draft,
    list_ref::ListRef,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list of what `f` makes of each item.
    ///
    /// `f` runs for the items that have come in or changed, and for those for which it has read something else, a binding,
    /// that has changed.
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
    seals: Seals,
}

impl<T, U, F> Operator<ListSnapshot<U>> for Map<T, F>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&T) -> U + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut Draft<U>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            kept.seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            let made = inserted.iter().map(|item| asking.row(|| (self.f)(item)));
                            out.put(*at, removed.len(), made);
                            asking.put(*at, removed.len());
                        }
                        ListDiff::Move { from, to } => {
                            out.move_item(*from, *to);
                            asking.move_row(*from, *to);
                        }
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                for rows in asking.broken() {
                    let again = state.snapshot.items.iter_range(rows.start, rows.end);
                    let made = again.map(|item| asking.row(|| (self.f)(item)));
                    out.put(rows.start, rows.len(), made);
                    asking.put(rows.start, rows.len());
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<U>, Kept) {
        self.source.with(|state| {
            let (items, seals) = Seals::build(|asking| {
                let rows = state.snapshot.iter();
                Tree::build(Count, rows.map(|item| asking.row(|| (self.f)(item))))
            });
            (items, Kept { seen: state.rev, seals })
        })
    }
}
