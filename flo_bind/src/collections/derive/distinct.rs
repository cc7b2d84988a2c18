//! Each item once, where it is first.
//!
//! ```text
//!   source    b  a  b  c  a            [rows] in the order of the items   a1 a4 │ b0 b2 │ c3
//!   first     1  1  0  1  0            who is first of its neighbours there is first in the list;
//!   output    b  a     c               its index in the output is how many firsts are before it
//! ```
//!
//! When a first one goes, the one behind it in the order of the items is the first; its label tells where it is.
//!
//! [rows]: super::rows

use super::{
    Operator, Source, derive, each,
    filter::{Passing, rank},
    no_reset,
    rows::{Rows, is_much},
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
    /// The list with each item once, in the order in which they are first here. **Without neighbours that are equal,
    /// [`dedup`](Self::dedup); in the order of the items, [`to_set`](Self::to_set).**
    ///
    /// # Panics
    /// Not here. A panic of the comparison reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` comparisons for each changed item. A change of more than a quarter of the items begins anew, and is a
    /// [`Reset`](crate::ListDiff::Reset).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let list = ListBinding::from(vec![2, 1, 2, 3]);
    /// let once = list.distinct();
    /// assert_eq!(once.snapshot(), [2, 1, 3]);
    /// list.remove(0);
    /// assert_eq!(once.snapshot(), [1, 2, 3]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn distinct(&self) -> Self
    where
        T: Ord,
    {
        derive(Distinct(Source::new(self)))
    }
}

struct Distinct<T>(Source<T>);

#[derive(Clone)]
struct Kept<T: Clone> {
    seen: Rev,
    firsts: Firsts<T>,
}

#[derive(Clone)]
struct Firsts<T: Clone> {
    rows: Rows<T>,
    /// Of each row of the source, whether it is the first of its item.
    is_first: Tree<bool, Passing>,
}

impl<T: Ord + Clone> Firsts<T> {
    /// Where the row at a place by key is, if it is of this item.
    fn position(&self, place: Option<usize>, item: &T) -> Option<usize> {
        self.rows.with_key(place, item, &T::cmp).map(|row| self.rows.position(row.label))
    }

    fn insert(&mut self, at: usize, item: T, out: &mut Draft<T>) {
        let place = self.rows.insert(at, item.clone(), &T::cmp);
        let is_first = self.rows.with_key(place.checked_sub(1), &item, &T::cmp).is_none();
        self.is_first.insert(at, is_first);
        if !is_first {
            return;
        }
        let to = rank(&self.is_first, at);
        match self.position(Some(place + 1), &item) {
            Some(old) => {
                // In the output the new one is not counted yet.
                let from = rank(&self.is_first, old) - 1;
                self.is_first.put(old, 1, [false].into_iter());
                out.move_and_put(from, to, item);
            }
            None => out.insert(to, item),
        }
    }

    fn remove(&mut self, at: usize, out: &mut Draft<T>) -> T {
        let (item, place) = self.rows.remove(at, &T::cmp);
        if self.is_first.remove(at) {
            let from = rank(&self.is_first, at);
            match self.rows.with_key(Some(place), &item, &T::cmp).cloned() {
                Some(next) => {
                    let at = self.rows.position(next.label);
                    self.is_first.put(at, 1, [true].into_iter());
                    out.move_and_put(from, rank(&self.is_first, at), next.key);
                }
                None => out.put(from, 1, [].into_iter()),
            }
        }
        item
    }

    /// An item that is there once stays what it is.
    fn move_row(&mut self, from: usize, to: usize, out: &mut Draft<T>) {
        let (item, place) = self.rows.remove(from, &T::cmp);
        let others = [place.checked_sub(1), Some(place)];
        let is_alone =
            others.iter().all(|place| self.rows.with_key(*place, &item, &T::cmp).is_none());
        if is_alone {
            let before = rank(&self.is_first, from);
            let first = self.is_first.remove(from);
            self.rows.insert(to, item, &T::cmp);
            self.is_first.insert(to, first);
            out.move_item(before, rank(&self.is_first, to));
            return;
        }
        self.rows.insert(from, item, &T::cmp);
        let item = self.remove(from, out);
        self.insert(to, item, out);
    }
}

impl<T: Clone + Ord + Send + Sync + 'static> Operator<ListSnapshot<T>> for Distinct<T> {
    type Kept = Kept<T>;

    fn step(&self, kept: &mut Kept<T>, out: &mut Draft<T>) -> Option<()> {
        self.0.since(kept.seen, |state, missed| {
            if is_much(each(missed), state.snapshot.len()) {
                return None;
            }
            let firsts = &mut kept.firsts;
            for diff in each(missed) {
                match diff {
                    ListDiff::Splice { at, removed, inserted } => {
                        for _ in 0..removed.len() {
                            drop_caught(firsts.remove(*at, out));
                        }
                        for (at, item) in (*at..).zip(inserted) {
                            firsts.insert(at, item.clone(), out);
                        }
                    }
                    ListDiff::Move { from, to } => firsts.move_row(*from, *to, out),
                    ListDiff::Reset { .. } => no_reset(),
                }
            }
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Kept<T>) {
        self.0.with(|state| {
            let items = &state.snapshot.items;
            let (rows, order) = Rows::build(items.iter().cloned().collect(), &T::cmp);
            let mut is_first = vec![false; items.len()];
            let mut last = None;
            for (row, at) in rows.by_key.iter().zip(order) {
                is_first[at] = last != Some(&row.key);
                last = Some(&row.key);
            }
            let firsts = items.iter().zip(&is_first).filter(|(_, is_first)| **is_first);
            let firsts = Tree::build(Count, firsts.map(|(item, _)| item.clone()));
            let is_first = Tree::build(Passing, is_first);
            (firsts, Kept { seen: state.rev, firsts: Firsts { rows, is_first } })
        })
    }
}
