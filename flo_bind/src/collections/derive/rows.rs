//! Rows in two orders: by their position, and by a key.
//!
//! # Idea
//! Each row has its key, as it was when the row came, and a label; labels rise with the position in the source. Rows with
//! equal keys are in the order of their labels, so every row has one place, which is found by search.
//!
//! ```text
//!   by position   (3, 10)  (1, 20)  (3, 30)  (2, 40)        key and label, as the rows are in the source
//!   by key        (1, 20)  (2, 40)  (3, 10)  (3, 30)        the same; rows with one key are neighbours
//! ```
//!
//! A row that comes between two others gets the label in the middle. Where there is none, the labels around it are
//! spread: of the smallest window of neighbours that has room for it.
//!
//! Invariants: S1 labels rise with the position. S2 both trees hold the same rows. S3 a row is looked for by the key
//! that was kept, never by one that is made again.

use std::{cmp::Ordering, ops::Range};

use crate::collections::{
    diff::ListDiff,
    tree::{Count, Measure, Sums, Tree},
};

#[derive(Clone)]
pub(super) struct Row<K> {
    pub(super) key: K,
    pub(super) label: u64,
}

#[derive(Clone)]
pub(super) struct Rows<K: Clone> {
    pub(super) by_position: Tree<Row<K>>,
    pub(super) by_key: Tree<Row<K>, Last>,
}

/// The last row.
#[derive(Clone, Copy)]
pub(super) struct Last;

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
    /// Rows with these keys, in this order; and their positions in the order of the keys.
    pub(super) fn build(keys: Vec<K>, compare: &impl Fn(&K, &K) -> Ordering) -> (Self, Vec<usize>) {
        let labels = (0..).map(|place| FIRST + place * GAP);
        let rows = keys.into_iter().zip(labels).map(|(key, label)| Row { key, label });
        let mut rows: Vec<(usize, Row<K>)> = rows.enumerate().collect();
        let by_position = Tree::build(Count, rows.iter().map(|(_, row)| row.clone()));
        rows.sort_by(|(_, a), (_, b)| compare(&a.key, &b.key));
        let order = rows.iter().map(|(at, _)| *at).collect();
        let by_key = Tree::build(Last, rows.into_iter().map(|(_, row)| row));
        (Self { by_position, by_key }, order)
    }

    /// The row at a place by key, if it has the key `key`.
    pub(super) fn with_key(
        &self,
        place: Option<usize>,
        key: &K,
        compare: &impl Fn(&K, &K) -> Ordering,
    ) -> Option<&Row<K>> {
        self.by_key.get(place?).filter(|row| compare(&row.key, key).is_eq())
    }

    /// Where the row with this label is.
    pub(super) fn position(&self, label: u64) -> usize {
        let found = self.by_position.search(|row| row.label.cmp(&label));
        found.unwrap_or_else(|_| unreachable!("S2"))
    }

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

    /// Puts a row in before the one at `at`; gives its place by key.
    pub(super) fn insert(
        &mut self,
        at: usize,
        key: K,
        compare: &impl Fn(&K, &K) -> Ordering,
    ) -> usize {
        let row = Row { key, label: self.label(at, compare) };
        let rank = self.rank(&row, compare);
        self.by_position.insert(at, row.clone());
        self.by_key.insert(rank, row);
        rank
    }

    /// Takes a row out; gives the place by key that it had.
    pub(super) fn remove(
        &mut self,
        at: usize,
        compare: &impl Fn(&K, &K) -> Ordering,
    ) -> (K, usize) {
        let row = self.by_position.remove(at);
        let rank = self.rank(&row, compare);
        drop(self.by_key.remove(rank));
        (row.key, rank)
    }

    /// Gives the row another key; where it was and where it is by key.
    pub(super) fn replace(
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

/// Whether so much has changed of a list of `len` items that to begin anew is less.
pub(super) fn is_much<'a, T: 'a>(diffs: impl Iterator<Item = &'a ListDiff<T>>, len: usize) -> bool {
    let changed: usize = diffs.map(weight).sum();
    changed > 16 && changed > len / 4
}

/// The same of rows that are to be asked again.
pub(super) fn are_many(rows: &[Range<usize>], len: usize) -> bool {
    let count: usize = rows.iter().map(ExactSizeIterator::len).sum();
    count > 16 && count > len / 4
}

fn weight<T>(diff: &ListDiff<T>) -> usize {
    match diff {
        ListDiff::Splice { removed, inserted, .. } => removed.len().max(inserted.len()),
        ListDiff::Move { .. } | ListDiff::Reset { .. } => 1,
    }
}
