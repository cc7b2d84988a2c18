//! Any number of items for each row.
//!
//! ```text
//!   source    a  b  c          the place in the output of what c became is the sum of the lengths before it
//!   lengths   2  0  3
//!   output    a1 a2 c1 c2 c3
//! ```

use super::{Operator, Seals, Source, asking::Asking, derive, each, no_reset};
use crate::collections::{
    diff::ListDiff,
    draft::Draft,
    list_ref::ListRef,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Measure, Sums, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list of all that `f` makes of each item, one after the other.
    ///
    /// `f` runs for the items that have come in or changed, and for those for which it has read something else, a binding,
    /// that has changed. **Where what is made is a list that changes by itself,
    /// [`flatten`](ListRef::flatten).**
    ///
    /// # Panics
    /// Not here. A panic of `f` reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed item, and what it is made to.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let texts = ListBinding::from(vec!["oil gas", "arc"]);
    /// let words = texts.flat_map(|text| text.split(' ').collect::<Vec<_>>());
    /// texts.push("wax");
    /// assert_eq!(words.snapshot(), ["oil", "gas", "arc", "wax"]);
    /// ```
    #[track_caller]
    pub fn flat_map<U, I, F>(&self, f: F) -> ListRef<U>
    where
        U: Clone + Send + Sync + 'static,
        I: IntoIterator<Item = U>,
        F: Fn(&T) -> I + Send + Sync + 'static,
    {
        derive(FlatMap { source: Source::new(self), f })
    }
}

struct FlatMap<T, F> {
    source: Source<T>,
    f: F,
}

#[derive(Clone)]
struct Kept {
    seen: Rev,
    /// Of each row of the source, how many items it has become.
    lengths: Tree<usize, Total>,
    seals: Seals,
}

/// How many they are together.
#[derive(Clone, Copy)]
struct Total;

impl Measure<usize> for Total {
    type Sum = usize;

    fn of(&self, lengths: &[usize]) -> usize {
        lengths.iter().sum()
    }

    fn join(&self, parts: Sums<'_, usize, usize>) -> usize {
        parts.iter().sum()
    }
}

/// How many items those before row `at` have become.
fn offset(lengths: &Tree<usize, Total>, at: usize) -> usize {
    let mut offset = 0;
    lengths.each_before(at, |total| offset += total);
    offset
}

impl<T, F> FlatMap<T, F> {
    /// Puts what these items are made to where `count` rows are from `at` on.
    fn put_rows<'a, U, I>(
        &self,
        at: usize,
        count: usize,
        rows: impl ExactSizeIterator<Item = &'a T>,
        lengths: &mut Tree<usize, Total>,
        out: &mut Draft<U>,
        asking: &mut Asking<'_>,
    ) where
        T: 'a,
        U: Clone,
        I: IntoIterator<Item = U>,
        F: Fn(&T) -> I,
    {
        let first = offset(lengths, at);
        let before = offset(lengths, at + count) - first;
        let mut items = Vec::new();
        let mut made = Vec::with_capacity(rows.len());
        for item in rows {
            let from = items.len();
            asking.row(|| items.extend((self.f)(item)));
            made.push(items.len() - from);
        }
        asking.put(at, count);
        lengths.put(at, count, made.into_iter());
        out.put(first, before, items.into_iter());
    }
}

impl<T, U, I, F> Operator<ListSnapshot<U>> for FlatMap<T, F>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    I: IntoIterator<Item = U>,
    F: Fn(&T) -> I + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut Draft<U>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let lengths = &mut kept.lengths;
            kept.seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            let (rows, count) = (inserted.iter(), removed.len());
                            self.put_rows(*at, count, rows, lengths, out, asking);
                        }
                        ListDiff::Move { from, to } => {
                            let before = offset(lengths, *from);
                            let length = lengths.remove(*from);
                            let after = offset(lengths, *to);
                            lengths.insert(*to, length);
                            out.move_range(before, length, after);
                            asking.move_row(*from, *to);
                        }
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                for rows in asking.broken() {
                    let again = state.snapshot.items.iter_range(rows.start, rows.end);
                    self.put_rows(rows.start, rows.len(), again, lengths, out, asking);
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<U>, Kept) {
        self.source.with(|state| {
            let mut lengths = Vec::with_capacity(state.snapshot.len());
            let (items, seals) = Seals::build(|asking| {
                let mut items = Vec::new();
                for item in &state.snapshot {
                    let from = items.len();
                    asking.row(|| items.extend((self.f)(item)));
                    lengths.push(items.len() - from);
                }
                Tree::build(Count, items)
            });
            let lengths = Tree::build(Total, lengths);
            (items, Kept { seen: state.rev, lengths, seals })
        })
    }
}
