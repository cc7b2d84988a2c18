//! In order of a key, stable.
//!
//! # Idea
//! Each row has its key, as it was when the row came, and a label; labels rise with the position in the source. Rows with
//! equal keys are in the order of their labels, so every row has one place, which is found by search.
//!
//! ```text
//!   by position   (3, 10)  (1, 20)  (3, 30)  (2, 40)        key and label, as the rows are in the source
//!   by key        (1, 20)  (2, 40)  (3, 10)  (3, 30)        the same, as they are in the output
//! ```
//!
//! A row that comes between two others gets the label in the middle. Where there is none, the labels around it are
//! spread: of the smallest window of neighbours that has room for it.
//!
//! Invariants: S1 labels rise with the position. S2 both trees hold the same rows, and the output has their items in
//! the order of `by_key`. S3 a row is looked for by the key that was kept, never by one that is made again.

use std::cmp::Ordering;

use super::{Operator, Reads, Source, derive, each, no_reset};
use crate::{
    collections::{
        diff::ListDiff,
        draft::Draft,
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Measure, Sums, Tree},
    },
    graph::gather::gather,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list in order of a key; items with equal keys are in the order in which they are here.
    ///
    /// `key` runs for the items that have come in or changed. An item that changes its place is a
    /// [`Move`](crate::ListDiff::Move), so that who shows it may keep what it has of it.
    ///
    /// # Panics
    /// Not here. A panic of `key` or of the comparison reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` comparisons and one call for each changed item. A change of more than a quarter of the items, or of
    /// what `key` has read beside them, sorts anew, and is a [`Reset`](crate::ListDiff::Reset).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec![("gas", 3), ("oil", 1)]);
    /// let by_count = lamps.sorted_by_key(|lamp| lamp.1);
    /// assert_eq!(by_count.snapshot(), [("oil", 1), ("gas", 3)]);
    /// lamps.set(1, ("oil", 7));
    /// assert_eq!(by_count.snapshot(), [("gas", 3), ("oil", 7)]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sorted_by_key<K, F>(&self, key: F) -> Self
    where
        K: Ord + Clone + Send + Sync + 'static,
        F: Fn(&T) -> K + Send + Sync + 'static,
    {
        derive(Sort { source: Source::new(self), key, compare: K::cmp })
    }

    /// The list in the order that `compare` says; items that are equal by it are in the order in which they are here.
    ///
    /// # Panics
    /// As [`sorted_by_key`](Self::sorted_by_key).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lengths = ListBinding::from(vec![1.5_f64, 3.0]);
    /// let longest_first = lengths.sorted_by(|a, b| b.total_cmp(a));
    /// lengths.push(2.0);
    /// assert_eq!(longest_first.snapshot(), [3.0, 2.0, 1.5]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sorted_by<F>(&self, compare: F) -> Self
    where
        F: Fn(&T, &T) -> Ordering + Send + Sync + 'static,
    {
        derive(Sort { source: Source::new(self), key: T::clone, compare })
    }
}

struct Sort<T, F, C> {
    source: Source<T>,
    key: F,
    compare: C,
}

#[derive(Clone)]
struct Row<K> {
    key: K,
    label: u64,
}

struct Kept<K: Clone> {
    seen: Rev,
    rows: Rows<K>,
    reads: Reads,
}

#[derive(Clone)]
struct Rows<K: Clone> {
    by_position: Tree<Row<K>>,
    by_key: Tree<Row<K>, Last>,
}

/// The last row.
#[derive(Clone, Copy)]
struct Last;

impl<K: Clone> Measure<Row<K>> for Last {
    type Sum = Row<K>;

    fn of(&self, rows: &[Row<K>]) -> Row<K> {
        rows[rows.len() - 1].clone()
    }

    fn join(&self, parts: Sums<'_, Row<K>, Row<K>>) -> Row<K> {
        parts.last().clone()
    }
}

/// How far labels are from each other where nothing came between.
const GAP: u64 = 1 << 32;
/// The first label: as much room before the rows as behind them.
const FIRST: u64 = 1 << 62;
/// How far labels are at least where they have been spread.
const SPREAD: u64 = 1 << 16;

impl<K: Clone> Rows<K> {
    /// Where a row is in the order of keys, or would be.
    fn rank(&self, row: &Row<K>, compare: &impl Fn(&K, &K) -> Ordering) -> usize {
        let is_before = |other: &Row<K>| {
            compare(&other.key, &row.key).then(other.label.cmp(&row.label)).is_lt()
        };
        self.by_key.partition_point(is_before, is_before)
    }

    /// A label for a row at `at`, between those of its neighbours.
    fn label(&mut self, at: usize, compare: &impl Fn(&K, &K) -> Ordering) -> u64 {
        if let Some(label) = self.free_label(at) {
            return label;
        }
        self.spread(at, compare);
        self.free_label(at).unwrap_or_else(|| unreachable!("there is room where it was made"))
    }

    fn free_label(&self, at: usize) -> Option<u64> {
        let before = at.checked_sub(1).and_then(|before| self.by_position.get(before));
        match (before, self.by_position.get(at)) {
            (None, None) => Some(FIRST),
            (Some(before), None) if before.label < u64::MAX - GAP => Some(before.label + GAP),
            (None, Some(after)) if after.label > GAP => Some(after.label - GAP),
            (before, after) => {
                let low = before.map_or(0, |row| row.label);
                let high = after.map_or(u64::MAX, |row| row.label);
                (high - low >= 2).then(|| low + (high - low) / 2)
            }
        }
    }

    /// Spreads the labels around `at`.
    fn spread(&mut self, at: usize, compare: &impl Fn(&K, &K) -> Ordering) {
        let len = self.by_position.len();
        let mut width = 8;
        let (from, until, low, step) = loop {
            let (from, until) = (at.saturating_sub(width), (at + width).min(len));
            let label = |at: usize| self.by_position.get(at).map(|row| row.label);
            let low = from.checked_sub(1).and_then(label).unwrap_or(0);
            let high = label(until).unwrap_or(u64::MAX);
            let step = (high - low) / (until - from + 1) as u64;
            if step >= SPREAD || (from == 0 && until == len) {
                break (from, until, low, step);
            }
            width *= 2;
        };
        let rows: Vec<Row<K>> = self.by_position.iter_range(from, until).cloned().collect();
        // All of them while their labels are the old ones: they keep their order, but not one by one.
        let ranks: Vec<usize> = rows.iter().map(|row| self.rank(row, compare)).collect();
        let mut label = low;
        for ((place, row), rank) in rows.into_iter().enumerate().zip(ranks) {
            label += step;
            let row = Row { label, ..row };
            drop(self.by_position.replace(from + place, row.clone()));
            drop(self.by_key.replace(rank, row));
        }
    }

    fn insert(&mut self, at: usize, key: K, compare: &impl Fn(&K, &K) -> Ordering) -> usize {
        let row = Row { key, label: self.label(at, compare) };
        let rank = self.rank(&row, compare);
        self.by_position.insert(at, row.clone());
        self.by_key.insert(rank, row);
        rank
    }

    fn remove(&mut self, at: usize, compare: &impl Fn(&K, &K) -> Ordering) -> (K, usize) {
        let row = self.by_position.remove(at);
        let rank = self.rank(&row, compare);
        drop(self.by_key.remove(rank));
        (row.key, rank)
    }

    /// Gives the row another key; where it was and where it is.
    fn replace(
        &mut self,
        at: usize,
        key: K,
        compare: &impl Fn(&K, &K) -> Ordering,
    ) -> (usize, usize) {
        let Some(label) = self.by_position.get(at).map(|row| row.label) else {
            unreachable!("S2: there is a row for each item")
        };
        let row = Row { key, label };
        let old = self.by_position.replace(at, row.clone());
        let before = self.rank(&old, compare);
        drop(self.by_key.remove(before));
        let after = self.rank(&row, compare);
        self.by_key.insert(after, row);
        (before, after)
    }
}

impl<T, K, F, C> Sort<T, F, C>
where
    T: Clone + Send + Sync + 'static,
    K: Clone,
    F: Fn(&T) -> K,
    C: Fn(&K, &K) -> Ordering,
{
    fn step_rows(&self, diff: &ListDiff<T>, rows: &mut Rows<K>, out: &mut Draft<T>) {
        let compare = &self.compare;
        match diff {
            ListDiff::Splice { at, removed, inserted } => {
                let mut at = *at;
                let mut left = removed.len();
                for item in inserted {
                    let key = (self.key)(item);
                    if left > 0 {
                        let (before, after) = rows.replace(at, key, compare);
                        out.move_and_set(before, after, item.clone());
                        left -= 1;
                    } else {
                        let rank = rows.insert(at, key, compare);
                        out.insert(rank, item.clone());
                    }
                    at += 1;
                }
                for _ in 0..left {
                    let (_, rank) = rows.remove(at, compare);
                    drop(out.remove(rank));
                }
            }
            ListDiff::Move { from, to } => {
                let (key, before) = rows.remove(*from, compare);
                let after = rows.insert(*to, key, compare);
                out.move_item(before, after);
            }
            ListDiff::Reset { .. } => no_reset(),
        }
    }
}

impl<T, K, F, C> Operator<ListSnapshot<T>> for Sort<T, F, C>
where
    T: Clone + Send + Sync + 'static,
    K: Clone + Send + Sync + 'static,
    F: Fn(&T) -> K + Send + Sync + 'static,
    C: Fn(&K, &K) -> Ordering + Send + Sync + 'static,
{
    type Kept = Kept<K>;

    fn step(&self, kept: &Kept<K>, out: &mut Draft<T>) -> Option<Kept<K>> {
        self.source.since(kept.seen, |state, missed| {
            let changed: usize = each(missed).map(weight).sum();
            if changed > 16 && changed > state.snapshot.len() / 4 || !kept.reads.are_same() {
                return None;
            }
            let mut rows = kept.rows.clone();
            let ((), found) =
                gather(|| each(missed).for_each(|diff| self.step_rows(diff, &mut rows, out)));
            Some(Kept { seen: state.rev, rows, reads: kept.reads.and(found) })
        })
    }

    fn build(&self) -> (Tree<T>, Kept<K>) {
        self.source.with(|state| {
            let ((rows, sorted), found) = gather(|| {
                let labels = (0..).map(|place| FIRST + place * GAP);
                let keyed = state.snapshot.iter().zip(labels);
                let rows: Vec<(Row<K>, &T)> = keyed
                    .map(|(item, label)| (Row { key: (self.key)(item), label }, item))
                    .collect();
                let by_position = Tree::build(Count, rows.iter().map(|(row, _)| row.clone()));
                let mut sorted = rows;
                sorted.sort_by(|(a, _), (b, _)| (self.compare)(&a.key, &b.key));
                (by_position, sorted)
            });
            let items = Tree::build(Count, sorted.iter().map(|(_, item)| T::clone(item)));
            let by_key = Tree::build(Last, sorted.into_iter().map(|(row, _)| row));
            let rows = Rows { by_position: rows, by_key };
            (items, Kept { seen: state.rev, rows, reads: Reads::default().and(found) })
        })
    }
}

fn weight<T>(diff: &ListDiff<T>) -> usize {
    match diff {
        ListDiff::Splice { removed, inserted, .. } => removed.len().max(inserted.len()),
        ListDiff::Move { .. } | ListDiff::Reset { .. } => 1,
    }
}
