//! A list of lists, as one.
//!
//! What the row of a list has read is that list: where it has changed, its [seal](super::seals) breaks, and the row is asked
//! what has happened to it.

use flo_core::sync::Arc;

use super::{Operator, Seals, Source, asking::Asking, derive, each, no_reset};
use crate::{
    collections::{
        diff::ListDiff,
        draft::Draft,
        list_binding::ListBinding,
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Measure, Sums, Tree},
    },
    graph::garbage::drop_caught,
};

impl<U: Clone + Send + Sync + 'static> ListRef<ListRef<U>> {
    /// The items of all lists in this one, one list after the other; each of them may change by itself.
    ///
    /// # Cost
    /// `O(log n)` for each changed item, however many lists there are.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let (left, right) = (ListBinding::from(vec![1]), ListBinding::from(vec![2]));
    /// let lists = ListBinding::from(vec![left.read_only(), right.read_only()]);
    /// let all = lists.flatten();
    /// left.push(10);
    /// lists.move_item(0, 1);
    /// assert_eq!(all.snapshot(), [2, 1, 10]);
    /// ```
    #[track_caller]
    pub fn flatten(&self) -> ListRef<U> {
        derive(Flatten(Source::new(self)))
    }
}

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The items of this list, and then those of `other`.
    ///
    /// # Cost
    /// `O(log n)` for each changed item. **For many lists, [`flatten`](ListRef::flatten).**
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let (left, right) = (ListBinding::from(vec![1]), ListBinding::from(vec![2]));
    /// let both = left.concat(&right);
    /// left.push(10);
    /// assert_eq!(both.snapshot(), [1, 10, 2]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn concat(&self, other: &Self) -> Self {
        ListBinding::from(vec![self.clone(), other.clone()]).flatten()
    }
}

struct Flatten<U>(Source<ListRef<U>>);

#[derive(Clone)]
struct Kept<U> {
    seen: Rev,
    parts: Tree<Part<U>, Total>,
    seals: Seals,
}

/// One of the lists.
struct Part<U> {
    source: Arc<Source<U>>,
    /// The state whose items are in the output.
    seen: Rev,
    len: usize,
}

impl<U> Clone for Part<U> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), ..*self }
    }
}

/// How many items lists have together.
#[derive(Clone, Copy)]
struct Total;

impl<U> Measure<Part<U>> for Total {
    type Sum = usize;

    fn of(&self, parts: &[Part<U>]) -> usize {
        parts.iter().map(|part| part.len).sum()
    }

    fn join(&self, sums: Sums<'_, Part<U>, usize>) -> usize {
        sums.iter().sum()
    }
}

/// How many items the lists before list `at` have.
fn offset<U>(parts: &Tree<Part<U>, Total>, at: usize) -> usize {
    let mut offset = 0;
    parts.each_before(at, |total| offset += total);
    offset
}

/// Reads a list that has come, and puts its items behind the others.
fn read_new<U: Clone + Send + Sync + 'static>(list: &ListRef<U>, items: &mut Tree<U>) -> Part<U> {
    let source = Arc::new(Source::new(list));
    let (seen, len) = source.with(|state| {
        items.append(state.snapshot.items.clone());
        (state.rev, state.snapshot.len())
    });
    Part { source, seen, len }
}

/// Does what happened to the list of lists.
fn step_parts<U: Clone + Send + Sync + 'static>(
    diff: &ListDiff<ListRef<U>>,
    parts: &mut Tree<Part<U>, Total>,
    out: &mut Draft<U>,
    asking: &mut Asking<'_>,
) {
    match diff {
        ListDiff::Splice { at, removed, inserted } => {
            let from = offset(parts, *at);
            let count = offset(parts, at + removed.len()) - from;
            let mut items = Tree::new(Count);
            let rows = inserted.iter().map(|list| asking.row(|| read_new(list, &mut items)));
            parts.put(*at, removed.len(), rows);
            drop_caught(out.splice(from, count, items));
            asking.put(*at, removed.len());
        }
        ListDiff::Move { from, to } => {
            let before = offset(parts, *from);
            let part = parts.remove(*from);
            let (len, after) = (part.len, offset(parts, *to));
            parts.insert(*to, part);
            out.move_range(before, len, after);
            asking.move_row(*from, *to);
        }
        ListDiff::Reset { .. } => no_reset(),
    }
}

/// Does what happened in list `at`.
fn step_part<U: Clone + Send + Sync + 'static>(
    at: usize,
    parts: &mut Tree<Part<U>, Total>,
    out: &mut Draft<U>,
) {
    let Some(part) = parts.get(at).cloned() else { unreachable!("there is a part for each list") };
    let from = offset(parts, at);
    let (seen, len) = part.source.with(|state| {
        match state.since(part.seen) {
            Some(missed) => {
                for diff in each(&missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            out.put(from + at, removed.len(), inserted.iter().cloned());
                        }
                        ListDiff::Move { from: old, to } => out.move_item(from + old, from + to),
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
            }
            None => drop_caught(out.splice(from, part.len, state.snapshot.items.clone())),
        }
        (state.rev, state.snapshot.len())
    });
    drop(parts.replace(at, Part { seen, len, ..part }));
}

impl<U: Clone + Send + Sync + 'static> Operator<ListSnapshot<U>> for Flatten<U> {
    type Kept = Kept<U>;

    fn step(&self, kept: &mut Kept<U>, out: &mut Draft<U>) -> Option<()> {
        self.0.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let parts = &mut kept.parts;
            kept.seals.ask(|asking| {
                for diff in each(missed) {
                    step_parts(diff, parts, out, asking);
                }
                for rows in asking.broken() {
                    for at in rows.clone() {
                        asking.row(|| step_part(at, parts, out));
                    }
                    asking.put(rows.start, rows.len());
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<U>, Kept<U>) {
        self.0.with(|state| {
            let mut items = Tree::new(Count);
            let (parts, seals) = Seals::build(|asking| {
                let lists = state.snapshot.iter();
                let parts = lists.map(|list| asking.row(|| read_new(list, &mut items)));
                Tree::build(Total, parts)
            });
            (items, Kept { seen: state.rev, parts, seals })
        })
    }
}
