//! Without neighbours that are equal.

use super::{
    Operator, Source, derive,
    filter::{Passing, rank},
    no_reset,
    stages::stages,
};
use crate::{
    collections::{
        diff::ListDiff,
        draft::Draft,
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Tree},
    },
    graph::garbage::drop_caught,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list with one item of each run of equal neighbours, the first.
    ///
    /// # Panics
    /// Not here. A panic of the comparison reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and two comparisons for each changed item.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let list = ListBinding::from(vec![1, 1, 2, 1]);
    /// let runs = list.dedup();
    /// list.remove(2);
    /// assert_eq!(runs.snapshot(), [1]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn dedup(&self) -> Self
    where
        T: PartialEq,
    {
        derive(Dedup(Source::new(self)))
    }
}

struct Dedup<T>(Source<T>);

#[derive(Clone)]
struct Kept {
    seen: Rev,
    /// Of each row of the source, whether it is the first of a run.
    heads: Tree<bool, Passing>,
}

fn is_head<T: PartialEq>(items: &Tree<T>, at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| items.get(before) != items.get(at))
}

/// What happened where `count` rows from `at` on went out and `came` came in, which led to `after`.
fn splice<T: Clone + PartialEq>(
    (at, count, came): (usize, usize, usize),
    after: &Tree<T>,
    heads: &mut Tree<bool, Passing>,
    out: &mut Draft<T>,
) {
    let first = rank(heads, at);
    let before = rank(heads, at + count) - first;
    let new: Vec<bool> = (at..at + came).map(|at| is_head(after, at)).collect();
    let rows = after.iter_range(at, at + came).zip(&new);
    let kept: Vec<T> = rows.filter(|(_, head)| **head).map(|(item, _)| item.clone()).collect();
    heads.put(at, count, new.into_iter());
    out.put(first, before, kept.into_iter());
    // The row behind has another neighbour.
    let next = at + came;
    if let (Some(item), Some(was)) = (after.get(next), heads.get(next).copied()) {
        let is = is_head(after, next);
        if is != was {
            let place = rank(heads, next);
            heads.put(next, 1, [is].into_iter());
            if is { out.insert(place, item.clone()) } else { drop_caught(out.remove(place)) }
        }
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Operator<ListSnapshot<T>> for Dedup<T> {
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut Draft<T>) -> Option<()> {
        self.0.since(kept.seen, |state, missed| {
            let heads = &mut kept.heads;
            for (diff, after) in stages(missed, &state.snapshot.items)? {
                match diff {
                    ListDiff::Splice { at, removed, inserted } => {
                        let what = (*at, removed.len(), inserted.len());
                        splice(what, &after, heads, out);
                    }
                    ListDiff::Move { from, to } => {
                        let mut between = after.clone();
                        between.put(*to, 1, [].into_iter());
                        splice((*from, 1, 0), &between, heads, out);
                        splice((*to, 0, 1), &after, heads, out);
                    }
                    ListDiff::Reset { .. } => no_reset(),
                }
            }
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Kept) {
        self.0.with(|state| {
            let items = &state.snapshot.items;
            let mut heads = Vec::with_capacity(items.len());
            let mut last = None;
            for item in items.iter() {
                heads.push(last != Some(item));
                last = Some(item);
            }
            let kept = items.iter().zip(&heads).filter(|(_, head)| **head);
            let kept = Tree::build(Count, kept.map(|(item, _)| item.clone()));
            (kept, Kept { seen: state.rev, heads: Tree::build(Passing, heads) })
        })
    }
}
