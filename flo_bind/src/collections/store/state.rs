//! What the node of a store holds, and a copy of it under edit.

use super::{
    diff::StoreDiff,
    key::{Key, KeyError},
    snapshot::StoreSnapshot,
    stored::Stored,
};
use crate::collections::{
    state::{Content, Record, State},
    tree::{Measure, Sums, Tree},
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

/// The value of a store's node.
pub(crate) type StoreState<K, V> = State<StoreSnapshot<K, V>>;

impl<K, V> Content for StoreSnapshot<K, V> {
    type Diff = StoreDiff<K, V>;
    type Draft = Draft<K, V>;
    type Items = Self;

    const NAME: &'static str = "store";

    fn of(snapshot: Self) -> Self {
        snapshot
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn into_draft(self, record: Record<StoreDiff<K, V>>) -> Draft<K, V> {
        Draft { snapshot: self, record }
    }

    fn of_draft(draft: Draft<K, V>) -> (Self, Record<StoreDiff<K, V>>) {
        (draft.snapshot, draft.record)
    }
}

/// A store under edit: a copy, outside of any lock (C2).
pub(crate) struct Draft<K, V> {
    snapshot: StoreSnapshot<K, V>,
    record: Record<StoreDiff<K, V>>,
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
        while slots.len() < index {
            // Places before it that are let, and whose transactions are not committed.
            slots.insert(slots.len(), Slot { generation: 0, stored: None });
        }
        let slot = Slot { generation, stored: stored.clone() };
        let old = if index == slots.len() {
            slots.insert(index, slot);
            None
        } else {
            slots.replace(index, slot).stored
        };
        let diff = match (old.clone(), stored) {
            (None, None) => return None,
            (None, Some(new)) => StoreDiff::Insert { key, new },
            (Some(old), Some(new)) => StoreDiff::Update { key, old, new },
            (Some(old), None) => StoreDiff::Remove { key, old },
        };
        self.record.change();
        if self.record.is_logged() {
            self.record.log(diff, 1 + usize::from(old.is_some()));
        }
        old
    }
}
