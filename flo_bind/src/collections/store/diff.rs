//! What happened to a store.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
};

use super::{key::Key, snapshot::StoreSnapshot, stored::Stored};
use crate::collections::diff::Diverged;

/// One step that led from a store to the next one.
#[non_exhaustive]
pub enum StoreDiff<K, V> {
    /// An entry came in.
    Insert {
        /// Its key.
        key: Key<K>,
        /// Its value.
        new: Stored<V>,
    },
    /// An entry has another value.
    Update {
        /// Its key.
        key: Key<K>,
        /// Its value before.
        old: Stored<V>,
        /// Its value after.
        new: Stored<V>,
    },
    /// An entry went out.
    Remove {
        /// Its key.
        key: Key<K>,
        /// Its value before.
        old: Stored<V>,
    },
    /// What was in the store before is not told, or is in `old`.
    Reset {
        /// What it was, where that is known.
        old: Option<StoreSnapshot<K, V>>,
        /// What it is.
        new: StoreSnapshot<K, V>,
    },
}

impl<K, V> StoreDiff<K, V> {
    /// Of which entry it is, unless it is a reset.
    pub(super) fn key(&self) -> Option<Key<K>> {
        match self {
            Self::Insert { key, .. } | Self::Update { key, .. } | Self::Remove { key, .. } => {
                Some(*key)
            }
            Self::Reset { .. } => None,
        }
    }

    /// Does to `entries` what was done to the store.
    ///
    /// # Errors
    /// [`Diverged`] where an entry that came in is there already, or one that changed or went is not; `entries` is then as it
    /// was.
    pub fn apply_to(&self, entries: &mut HashMap<Key<K>, V>) -> Result<(), Diverged>
    where
        V: Clone,
    {
        match self {
            Self::Insert { key, new } => match entries.entry(*key) {
                Entry::Occupied(_) => return Err(Diverged(())),
                Entry::Vacant(place) => drop(place.insert(V::clone(new))),
            },
            Self::Update { key, new, .. } => {
                let value = entries.get_mut(key).ok_or(Diverged(()))?;
                *value = V::clone(new);
            }
            Self::Remove { key, .. } => drop(entries.remove(key).ok_or(Diverged(()))?),
            Self::Reset { new, .. } => {
                *entries = new.iter().map(|(key, value)| (key, value.clone())).collect();
            }
        }
        Ok(())
    }

    /// The step back. `None` where it is not known what was there before.
    #[must_use]
    pub fn invert(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::Insert { key, new } => Self::Remove { key, old: new },
            Self::Update { key, old, new } => Self::Update { key, old: new, new: old },
            Self::Remove { key, old } => Self::Insert { key, new: old },
            Self::Reset { old, new } => Self::Reset { old: Some(new), new: old? },
        })
    }
}

impl<K, V> Clone for StoreDiff<K, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Insert { key, new } => Self::Insert { key: *key, new: new.clone() },
            Self::Update { key, old, new } => {
                Self::Update { key: *key, old: old.clone(), new: new.clone() }
            }
            Self::Remove { key, old } => Self::Remove { key: *key, old: old.clone() },
            Self::Reset { old, new } => Self::Reset { old: old.clone(), new: new.clone() },
        }
    }
}

impl<K, V: PartialEq> PartialEq for StoreDiff<K, V> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Insert { key, new }, Self::Insert { key: its_key, new: its_new }) => {
                (key, new) == (its_key, its_new)
            }
            (
                Self::Update { key, old, new },
                Self::Update { key: its_key, old: its_old, new: its_new },
            ) => (key, old, new) == (its_key, its_old, its_new),
            (Self::Remove { key, old }, Self::Remove { key: its_key, old: its_old }) => {
                (key, old) == (its_key, its_old)
            }
            (Self::Reset { old, new }, Self::Reset { old: its_old, new: its_new }) => {
                (old, new) == (its_old, its_new)
            }
            _ => false,
        }
    }
}

impl<K, V: fmt::Debug> fmt::Debug for StoreDiff<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert { key, new } => {
                f.debug_struct("Insert").field("key", key).field("new", new).finish()
            }
            Self::Update { key, old, new } => {
                let mut shown = f.debug_struct("Update");
                shown.field("key", key).field("old", old).field("new", new).finish()
            }
            Self::Remove { key, old } => {
                f.debug_struct("Remove").field("key", key).field("old", old).finish()
            }
            Self::Reset { old, new } => {
                f.debug_struct("Reset").field("old", old).field("new", new).finish()
            }
        }
    }
}
