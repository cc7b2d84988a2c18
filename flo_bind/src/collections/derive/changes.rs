//! What has happened to each key of a map or a store.
//!
//! ```text
//!   differences   Update { b, 1, 2 }   Remove { a, 7 }   Update { b, 2, 5 }   Insert { c, 4 }   Remove { c, 4 }
//!   changes       a  7 ─▶ nothing      b  1 ─▶ 5
//! ```

use smallvec::SmallVec;

use super::{each, no_reset};
use crate::collections::{
    log::Missed,
    maps::MapDiff,
    store::{Key, StoreDiff, Stored},
};

/// What has become of one key (M3).
pub(super) struct Change<'a, K, V> {
    pub(super) key: &'a K,
    /// Its value before, if it was there.
    pub(super) old: Option<&'a V>,
    /// Its value after, if it is there.
    pub(super) new: Option<&'a V>,
}

/// Changes in order.
pub(super) type Changes<'a, K, V> = SmallVec<[Change<'a, K, V>; 1]>;

/// One change for each key that has come, gone, or got another value, in the order of the keys.
pub(super) fn changes<'a, K: Ord, V>(missed: &Missed<'a, MapDiff<K, V>>) -> Changes<'a, K, V> {
    one_of_each(each(missed).map(change))
}

/// The same of the entries of a store.
pub(super) fn changes_of_store<'a, K, V>(
    missed: &Missed<'a, StoreDiff<K, V>>,
) -> Changes<'a, Key<K>, Stored<V>> {
    one_of_each(each(missed).map(change_of_store))
}

fn one_of_each<'a, K: Ord, V>(
    changes: impl Iterator<Item = Change<'a, K, V>>,
) -> Changes<'a, K, V> {
    let mut changes: Changes<'a, K, V> = changes.collect();
    if changes.len() > 1 {
        // Stable: those of one key stay in the order in which they happened.
        changes.sort_by(|a, b| a.key.cmp(b.key));
        changes.dedup_by(|later, first| {
            let is_same = later.key == first.key;
            if is_same {
                first.new = later.new;
            }
            is_same
        });
        changes.retain(|change| change.old.is_some() || change.new.is_some());
    }
    changes
}

fn change<K, V>(diff: &MapDiff<K, V>) -> Change<'_, K, V> {
    match diff {
        MapDiff::Insert { key, new } => Change { key, old: None, new: Some(new) },
        MapDiff::Update { key, old, new } => {
            debug_assert!(old.is_some(), "M2");
            Change { key, old: old.as_ref(), new: Some(new) }
        }
        MapDiff::Remove { key, old } => {
            debug_assert!(old.is_some(), "M2");
            Change { key, old: old.as_ref(), new: None }
        }
        MapDiff::Reset { .. } => no_reset(),
    }
}

fn change_of_store<K, V>(diff: &StoreDiff<K, V>) -> Change<'_, Key<K>, Stored<V>> {
    match diff {
        StoreDiff::Insert { key, new } => Change { key, old: None, new: Some(new) },
        StoreDiff::Update { key, old, new } => Change { key, old: Some(old), new: Some(new) },
        StoreDiff::Remove { key, old } => Change { key, old: Some(old), new: None },
        StoreDiff::Reset { .. } => no_reset(),
    }
}

/// The keys that are in one of two sequences of changes or in both, in order.
pub(super) fn keys_of_both<'a, K: Ord, A, B>(
    left: &[Change<'a, K, A>],
    right: &[Change<'a, K, B>],
) -> Vec<&'a K> {
    let left = left.iter().map(|change| change.key);
    let mut keys: Vec<&K> = left.chain(right.iter().map(|change| change.key)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
