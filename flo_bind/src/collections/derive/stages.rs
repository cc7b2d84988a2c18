//! The source after each of several differences, for operators that look at neighbours of what has changed.
//!
//! At hand is the source after the last one; the others are made from it by taking the differences back, from the
//! last on. With one difference, the usual case, there is nothing to make.

use super::{each, no_reset};
use crate::collections::{diff::ListDiff, log::Missed, tree::Tree};

/// Each difference with the source after it, in order. `None` where it is not known what one took out.
pub(super) fn stages<'a, T: Clone>(
    missed: &Missed<'a, ListDiff<T>>,
    last: &Tree<T>,
) -> Option<Vec<(&'a ListDiff<T>, Tree<T>)>> {
    let mut stages: Vec<_> = each(missed).map(|diff| (diff, last.clone())).collect();
    let mut after = last.clone();
    for at in (1..stages.len()).rev() {
        match stages[at].0 {
            ListDiff::Splice { at, removed, inserted } => {
                let back = removed.items()?.iter().cloned();
                after.put(*at, inserted.len(), back);
            }
            ListDiff::Move { from, to } => {
                let item = after.remove(*to);
                after.insert(*from, item);
            }
            ListDiff::Reset { .. } => no_reset(),
        }
        stages[at - 1].1 = after.clone();
    }
    Some(stages)
}
