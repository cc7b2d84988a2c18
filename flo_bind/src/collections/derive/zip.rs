//! Pairs of two lists, place by place.

use super::{Operator, Source, derive, each, no_reset};
use crate::collections::{
    diff::ListDiff,
    draft::{Draft, ListState},
    list_ref::ListRef,
    log::Missed,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The pairs of what is at one place in both lists, as long as both are.
    ///
    /// # Cost
    /// `O(log n)` for an item that another one takes the place of. What moves all items behind it, an insertion, makes
    /// new pairs of all of them.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let (names, counts) = (ListBinding::from(vec!["oil", "gas"]), ListBinding::from(vec![3]));
    /// let pairs = names.zip(&counts);
    /// counts.push(5);
    /// assert_eq!(pairs.snapshot(), [("oil", 3), ("gas", 5)]);
    /// ```
    #[track_caller]
    pub fn zip<U: Clone + Send + Sync + 'static>(&self, other: &ListRef<U>) -> ListRef<(T, U)> {
        derive(Zip(Source::new(self), Source::new(other)))
    }
}

struct Zip<T, U>(Source<T>, Source<U>);

/// Where pairs differ.
struct Moved {
    /// Other items, at these places.
    ranges: Vec<(usize, usize)>,
    /// From here on.
    from: usize,
}

impl Moved {
    fn note<T>(&mut self, missed: &Missed<'_, ListDiff<T>>) {
        for diff in each(missed) {
            match diff {
                ListDiff::Splice { at, removed, inserted } if removed.len() == inserted.len() => {
                    self.ranges.push((*at, at + removed.len()));
                }
                ListDiff::Splice { at, .. } => self.from = self.from.min(*at),
                ListDiff::Move { from, to } => {
                    self.ranges.push((*from.min(to), from.max(to) + 1));
                }
                ListDiff::Reset { .. } => no_reset(),
            }
        }
    }
}

fn pairs<T: Clone, U: Clone>(
    left: &ListState<T>,
    right: &ListState<U>,
    from: usize,
    until: usize,
) -> Vec<(T, U)> {
    let left = left.snapshot.items.iter_range(from, until).cloned();
    left.zip(right.snapshot.items.iter_range(from, until).cloned()).collect()
}

fn common<T, U>(left: &ListState<T>, right: &ListState<U>) -> usize {
    left.snapshot.len().min(right.snapshot.len())
}

impl<T, U> Operator<ListSnapshot<(T, U)>> for Zip<T, U>
where
    T: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
{
    /// The states that were seen.
    type Kept = (Rev, Rev);

    fn step(&self, seen: &mut (Rev, Rev), out: &mut Draft<(T, U)>) -> Option<()> {
        self.0.since(seen.0, |left, left_missed| {
            self.1.since(seen.1, |right, right_missed| {
                let mut moved = Moved { ranges: Vec::new(), from: out.len() };
                moved.note(left_missed);
                moved.note(right_missed);
                for (from, until) in moved.ranges {
                    let until = until.min(moved.from);
                    if from < until {
                        let pairs = pairs(left, right, from, until).into_iter();
                        out.put(from, until - from, pairs);
                    }
                }
                let (from, until) = (moved.from, common(left, right));
                let pairs = pairs(left, right, from, until.max(from)).into_iter();
                out.put(from, out.len() - from, pairs);
                *seen = (left.rev, right.rev);
                Some(())
            })
        })
    }

    fn build(&self) -> (Tree<(T, U)>, (Rev, Rev)) {
        self.0.with(|left| {
            self.1.with(|right| {
                let pairs = pairs(left, right, 0, common(left, right));
                (Tree::build(Count, pairs), (left.rev, right.rev))
            })
        })
    }
}
