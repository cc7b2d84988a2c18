//! What the node of a store holds, and a copy of it under edit.

use flo_core::sync::Arc;

use super::{
    diff::StoreDiff,
    key::{Key, KeyError},
    snapshot::StoreSnapshot,
    stored::Stored,
};
use crate::{
    collections::{
        log::{Diffs, Log, Missed},
        rev::Rev,
        state::{SameRev, Watched, bound},
        tree::{Measure, Sums, Tree},
    },
    graph::value::{Equal, Nature},
};

/// One place: the generation of who stands or stood there last (E2), 0 for none, and what stands there.
pub(super) struct Slot<V> {
    pub(super) generation: u32,
    pub(super) stored: Option<Stored<V>>,
}

impl<V> Clone for Slot<V> {
    fn clone(&self) -> Self {
        Self { generation: self.generation, stored: self.stored.clone() }
    }
}

/// How many places have something.
#[derive(Clone, Copy, Default)]
pub(super) struct Filled;

impl<V> Measure<Slot<V>> for Filled {
    type Sum = usize;

    fn of(&self, slots: &[Slot<V>]) -> usize {
        slots.iter().filter(|slot| slot.stored.is_some()).count()
    }

    fn join(&self, parts: Sums<'_, Slot<V>, usize>) -> usize {
        parts.iter().sum()
    }
}

pub(super) type Slots<V> = Tree<Slot<V>, Filled>;

/// The value of a store's node (C1).
pub(crate) struct StoreState<K, V> {
    pub(super) snapshot: StoreSnapshot<K, V>,
    pub(super) rev: Rev,
    log: Log<StoreDiff<K, V>>,
    watched: Watched,
}

impl<K, V> StoreState<K, V> {
    pub(super) fn new(store: u32, watched: Watched) -> Self {
        let snapshot = StoreSnapshot::of(store, Tree::new(Filled));
        Self { snapshot, rev: Rev::next(), log: Log::default(), watched }
    }

    /// What led from the state `seen` to this one, unless it is not known any more.
    pub(super) fn since(&self, seen: Rev) -> Option<Missed<StoreDiff<K, V>>> {
        if seen == self.rev { Some(Missed::new()) } else { self.log.since(seen) }
    }

    /// A copy to be edited.
    pub(super) fn draft(&self) -> Draft<K, V> {
        Draft {
            snapshot: self.snapshot.clone(),
            diffs: Diffs::new(),
            weight: 0,
            is_changed: false,
            is_logged: self.watched.is_any(),
        }
    }

    /// What `draft`, which was made of this, has become; `None` where it was not changed (C4).
    pub(super) fn next(&self, draft: Draft<K, V>) -> Option<Self> {
        if !draft.is_changed {
            return None;
        }
        let after = Rev::next();
        let mut log = Log::default();
        if draft.is_logged {
            log = self.log.clone();
            let bound = bound(draft.snapshot.slots.len());
            drop(log.record((self.rev, after), Arc::new(draft.diffs), draft.weight, bound));
        }
        Some(Self { snapshot: draft.snapshot, rev: after, log, watched: self.watched.clone() })
    }
}

impl<K, V> Clone for StoreState<K, V> {
    fn clone(&self) -> Self {
        Self {
            snapshot: self.snapshot.clone(),
            rev: self.rev,
            log: self.log.clone(),
            watched: self.watched.clone(),
        }
    }
}

/// A store under edit: a copy, outside of any lock (C2).
pub(super) struct Draft<K, V> {
    snapshot: StoreSnapshot<K, V>,
    diffs: Diffs<StoreDiff<K, V>>,
    weight: usize,
    is_changed: bool,
    is_logged: bool,
}

impl<K, V> Draft<K, V> {
    pub(super) fn lookup(&self, key: Key<K>) -> Result<&Stored<V>, KeyError> {
        self.snapshot.stored(key)
    }

    /// Does what `diff` says, if what it takes out is what is there; whether it does.
    pub(super) fn apply(&mut self, diff: &StoreDiff<K, V>) -> bool {
        match diff {
            StoreDiff::Insert { key, new } => {
                let slot = self.snapshot.slots.get(key.place.index as usize);
                let is_free = slot.is_none_or(|slot| slot.stored.is_none());
                is_free && self.put(*key, Some(new.clone())).is_none()
            }
            StoreDiff::Update { key, old, new } => {
                let fits = self.lookup(*key).is_ok_and(|there| there.is(old));
                fits && self.put(*key, Some(new.clone())).is_some()
            }
            StoreDiff::Remove { key, old } => {
                let fits = self.lookup(*key).is_ok_and(|there| there.is(old));
                fits && self.put(*key, None).is_some()
            }
            StoreDiff::Reset { .. } => false,
        }
    }

    /// Puts `stored` at the place of `key`, or nothing; gives what was there.
    pub(super) fn put(&mut self, key: Key<K>, stored: Option<Stored<V>>) -> Option<Stored<V>> {
        let (index, generation) = (key.place.index as usize, key.place.generation.get());
        let slots = &mut self.snapshot.slots;
        while slots.len() <= index {
            // Places before it that are let, and whose transactions are not committed.
            slots.insert(slots.len(), Slot { generation: 0, stored: None });
        }
        let old = slots.replace(index, Slot { generation, stored: stored.clone() }).stored;
        let diff = match (old.clone(), stored) {
            (None, None) => return None,
            (None, Some(new)) => StoreDiff::Insert { key, new },
            (Some(old), Some(new)) => StoreDiff::Update { key, old, new },
            (Some(old), None) => StoreDiff::Remove { key, old },
        };
        self.is_changed = true;
        if self.is_logged {
            self.weight += 1 + usize::from(old.is_some());
            self.diffs.push(diff);
        }
        old
    }
}

impl<K: 'static, V: 'static> Equal<StoreState<K, V>> for SameRev {
    fn nature(&self) -> Nature {
        Nature::Compared
    }

    fn equal(&self, old: &StoreState<K, V>, new: &StoreState<K, V>) -> bool {
        old.rev == new.rev
    }
}
