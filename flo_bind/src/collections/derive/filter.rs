//! Some of the rows.
//!
//! ```text
//!   source    a  b  c  d  e  f         the index of d in the output is how many before it have passed:
//!   passed    1  0  1  1  0  1         one walk down the tree
//!   output    a     c  d     f
//! ```

use std::ops::Range;

use super::{Operator, Seals, Source, asking::Asking, derive, each, no_reset};
use crate::{
    collections::{
        diff::ListDiff,
        draft::{Draft, ListState},
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Measure, Sums, Tree},
    },
    graph::garbage::drop_caught,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list of the items for which `keep` says so.
    ///
    /// `keep` runs for the items that have come in or changed. It may read other bindings: where one of them has changed it
    /// runs for the items for which it has read that, and those that come and go are the differences.
    ///
    /// # Panics
    /// Not here. A panic of `keep` reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed item; an idle list costs its source nothing.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding, bind};
    /// let (counts, least) = (ListBinding::from(vec![1, 5, 3]), bind(2));
    /// let many = counts.filter({
    ///     let least = least.read_only();
    ///     move |count| *count >= least.get()
    /// });
    /// assert_eq!(many.snapshot(), [5, 3]);
    /// counts.set(0, 4);
    /// least.set(4);
    /// assert_eq!(many.snapshot(), [4, 5]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn filter<F>(&self, keep: F) -> Self
    where
        F: Fn(&T) -> bool + Send + Sync + 'static,
    {
        let keep = move |item: &T| keep(item).then(|| item.clone());
        derive(Filter { source: Source::new(self), keep, again: Again::Same })
    }

    /// The list of what `f` makes of the items of which it makes something: [`filter`](Self::filter) and
    /// [`map`](Self::map) in one.
    ///
    /// # Panics
    /// As [`filter`](Self::filter).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let texts = ListBinding::from(vec!["1", "two", "3"]);
    /// let numbers = texts.filter_map(|text| text.parse::<i32>().ok());
    /// assert_eq!(numbers.snapshot(), [1, 3]);
    /// ```
    #[track_caller]
    pub fn filter_map<U, F>(&self, f: F) -> ListRef<U>
    where
        U: Clone + Send + Sync + 'static,
        F: Fn(&T) -> Option<U> + Send + Sync + 'static,
    {
        derive(Filter { source: Source::new(self), keep: f, again: Again::Other })
    }
}

struct Filter<T, F> {
    source: Source<T>,
    keep: F,
    again: Again,
}

/// What an unchanged row comes to that passes again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Same,
    Other,
}

#[derive(Clone)]
struct Kept {
    seen: Rev,
    /// Of each row of the source, whether it has passed.
    passed: Tree<bool, Passing>,
    seals: Seals,
}

/// How many have passed.
#[derive(Clone, Copy)]
pub(super) struct Passing;

impl Measure<bool> for Passing {
    type Sum = usize;

    fn of(&self, rows: &[bool]) -> usize {
        // By bytes, of which the machine adds many at once; a leaf has no more than one can hold.
        let few = rows.chunks(usize::from(u8::MAX));
        few.map(|few| usize::from(few.iter().map(|passed| u8::from(*passed)).sum::<u8>())).sum()
    }

    fn join(&self, parts: Sums<'_, bool, usize>) -> usize {
        parts.iter().sum()
    }
}

/// How many rows before row `at` have passed.
pub(super) fn rank(passed: &Tree<bool, Passing>, at: usize) -> usize {
    let mut rank = 0;
    passed.each_before(at, |passed| rank += passed);
    rank
}

impl<T, F> Filter<T, F>
where
    T: Clone + Send + Sync + 'static,
{
    /// Does what happened to the rows.
    fn step_rows<U: Clone>(
        &self,
        diff: &ListDiff<T>,
        passed: &mut Tree<bool, Passing>,
        out: &mut Draft<U>,
        asking: &mut Asking<'_>,
    ) where
        F: Fn(&T) -> Option<U>,
    {
        match diff {
            ListDiff::Splice { at, removed, inserted } => {
                let (at, count) = (*at, removed.len());
                let first = rank(passed, at);
                let before = match count {
                    1 => usize::from(passed.get(at).is_some_and(|passed| *passed)),
                    _ => rank(passed, at + count) - first,
                };
                if let (0 | 1, Some(item)) = (count, inserted.only()) {
                    let kept = asking.row(|| (self.keep)(item));
                    // A row that passes as the one did that was there leaves all as it is.
                    if (count, before) != (1, usize::from(kept.is_some())) {
                        passed.put(at, count, [kept.is_some()].into_iter());
                    }
                    match kept {
                        Some(kept) => out.put(first, before, [kept].into_iter()),
                        None => out.put(first, before, [].into_iter()),
                    }
                } else {
                    let rows = inserted.iter().map(|item| asking.row(|| (self.keep)(item)));
                    let kept: Vec<Option<U>> = rows.collect();
                    passed.put(at, count, kept.iter().map(Option::is_some));
                    let kept: Vec<U> = kept.into_iter().flatten().collect();
                    out.put(first, before, kept.into_iter());
                }
                asking.put(at, count);
            }
            ListDiff::Move { from, to } => {
                let before = rank(passed, *from);
                let row = passed.remove(*from);
                let after = rank(passed, *to);
                passed.insert(*to, row);
                if row {
                    out.move_item(before, after);
                }
                asking.move_row(*from, *to);
            }
            ListDiff::Reset { .. } => no_reset(),
        }
    }

    /// Asks rows again, where `passed` and `out` are what was answered before.
    fn ask_again<U: Clone>(
        &self,
        rows: Range<usize>,
        state: &ListState<T>,
        passed: &mut Tree<bool, Passing>,
        out: &mut Draft<U>,
        asking: &mut Asking<'_>,
    ) where
        F: Fn(&T) -> Option<U>,
    {
        let mut rank = rank(passed, rows.start);
        let mut answers = Vec::with_capacity(rows.len());
        let items = state.snapshot.items.iter_range(rows.start, rows.end);
        for (item, before) in items.zip(passed.iter_range(rows.start, rows.end)) {
            let kept = asking.row(|| (self.keep)(item));
            answers.push(kept.is_some());
            match (before, kept) {
                (false, None) => {}
                (true, None) => drop_caught(out.remove(rank)),
                (false, Some(kept)) => {
                    out.insert(rank, kept);
                    rank += 1;
                }
                (true, Some(kept)) => {
                    if self.again == Again::Other {
                        drop_caught(out.set(rank, kept));
                    }
                    rank += 1;
                }
            }
        }
        passed.put(rows.start, rows.len(), answers.into_iter());
        asking.put(rows.start, rows.len());
    }
}

impl<T, U, F> Operator<ListSnapshot<U>> for Filter<T, F>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&T) -> Option<U> + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut Draft<U>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let passed = &mut kept.passed;
            kept.seals.ask(|asking| {
                for diff in each(missed) {
                    self.step_rows(diff, passed, out, asking);
                }
                for rows in asking.broken() {
                    self.ask_again(rows, state, passed, out, asking);
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<U>, Kept) {
        self.source.with(|state| {
            let mut passed = Vec::with_capacity(state.snapshot.len());
            let (items, seals) = Seals::build(|asking| {
                let kept = state.snapshot.iter().filter_map(|item| {
                    let kept = asking.row(|| (self.keep)(item));
                    passed.push(kept.is_some());
                    kept
                });
                Tree::build(Count, kept)
            });
            let passed = Tree::build(Passing, passed);
            (items, Kept { seen: state.rev, passed, seals })
        })
    }
}
