//! Some of the rows.
//!
//! ```text
//!   source    a  b  c  d  e  f         the index of d in the output is how many before it have passed:
//!   passed    1  0  1  1  0  1         one walk down the tree
//!   output    a     c  d     f
//! ```

use super::{Operator, Reads, Source, derive, each, no_reset};
use crate::{
    collections::{
        diff::ListDiff,
        draft::{Draft, ListState},
        list_ref::ListRef,
        log::Missed,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Measure, Passed, Sums, Tree},
    },
    graph::gather::gather,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list of the items for which `keep` says so.
    ///
    /// `keep` runs for the items that have come in or changed. It may read other bindings: where one of them has changed it
    /// runs for all items, and those that come and go are the differences.
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
    reads: Reads,
}

/// How many have passed.
#[derive(Clone, Copy)]
pub(super) struct Passing;

impl Measure<bool> for Passing {
    type Sum = usize;

    fn of(&self, rows: &[bool]) -> usize {
        rows.iter().filter(|passed| **passed).count()
    }

    fn join(&self, parts: Sums<'_, bool, usize>) -> usize {
        parts.iter().sum()
    }
}

/// How many rows before row `at` have passed.
pub(super) fn rank(passed: &Tree<bool, Passing>, at: usize) -> usize {
    let mut rank = 0;
    passed.each_before(at, |before| {
        rank += match before {
            Passed::Sum(passed) => *passed,
            Passed::Item(passed) => usize::from(*passed),
        };
    });
    rank
}

impl<T, F> Filter<T, F>
where
    T: Clone + Send + Sync + 'static,
{
    /// Does what happened to the rows; `keep` says which of the new ones pass.
    fn step_rows<U: Clone>(
        missed: &Missed<ListDiff<T>>,
        passed: &mut Tree<bool, Passing>,
        out: &mut Draft<U>,
        keep: impl Fn(&T) -> Option<U>,
    ) {
        for diff in each(missed) {
            match diff {
                ListDiff::Splice { at, removed, inserted } => {
                    let (at, count) = (*at, removed.len());
                    let first = rank(passed, at);
                    let before = rank(passed, at + count) - first;
                    if let (0 | 1, Some(item)) = (count, inserted.only()) {
                        let kept = keep(item);
                        passed.put(at, count, [kept.is_some()].into_iter());
                        match kept {
                            Some(kept) => out.put(first, before, [kept].into_iter()),
                            None => out.put(first, before, [].into_iter()),
                        }
                        continue;
                    }
                    let kept: Vec<Option<U>> = inserted.iter().map(&keep).collect();
                    passed.put(at, count, kept.iter().map(Option::is_some));
                    let kept: Vec<U> = kept.into_iter().flatten().collect();
                    out.put(first, before, kept.into_iter());
                }
                ListDiff::Move { from, to } => {
                    let before = rank(passed, *from);
                    let row = passed.remove(*from);
                    let after = rank(passed, *to);
                    passed.insert(*to, row);
                    if row {
                        out.move_item(before, after);
                    }
                }
                ListDiff::Reset { .. } => no_reset(),
            }
        }
    }

    /// Asks for all rows, where `passed` and `out` are what was answered before.
    fn ask_all<U: Clone>(
        &self,
        state: &ListState<T>,
        passed: &Tree<bool, Passing>,
        out: &mut Draft<U>,
    ) -> Tree<bool, Passing>
    where
        F: Fn(&T) -> Option<U>,
    {
        let mut rank = 0;
        let mut answers = Vec::with_capacity(passed.len());
        for (item, before) in state.snapshot.iter().zip(passed.iter()) {
            let kept = (self.keep)(item);
            answers.push(kept.is_some());
            match (before, kept) {
                (false, None) => {}
                (true, None) => drop(out.remove(rank)),
                (false, Some(kept)) => {
                    out.insert(rank, kept);
                    rank += 1;
                }
                (true, Some(kept)) => {
                    if self.again == Again::Other {
                        drop(out.set(rank, kept));
                    }
                    rank += 1;
                }
            }
        }
        Tree::build(Passing, answers)
    }
}

impl<T, U, F> Operator<ListSnapshot<U>> for Filter<T, F>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&T) -> Option<U> + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: Kept, out: &mut Draft<U>) -> Option<Kept> {
        self.source.since(kept.seen, |state, missed| {
            let mut passed = kept.passed;
            if kept.reads.are_same() {
                let keep = |item: &T| (self.keep)(item);
                let ((), found) = gather(|| Self::step_rows(missed, &mut passed, out, keep));
                return Some(Kept { seen: state.rev, passed, reads: kept.reads.and(found) });
            }
            Self::step_rows(missed, &mut passed, out, |_| None);
            let (passed, found) = gather(|| self.ask_all(state, &passed, out));
            Some(Kept { seen: state.rev, passed, reads: Reads::default().and(found) })
        })
    }

    fn build(&self) -> (Tree<U>, Kept) {
        self.source.with(|state| {
            let mut passed = Vec::with_capacity(state.snapshot.len());
            let (items, found) = gather(|| {
                let kept = state.snapshot.iter().filter_map(|item| {
                    let kept = (self.keep)(item);
                    passed.push(kept.is_some());
                    kept
                });
                Tree::build(Count, kept)
            });
            let passed = Tree::build(Passing, passed);
            (items, Kept { seen: state.rev, passed, reads: Reads::default().and(found) })
        })
    }
}
