//! What a history asks of a map. A set is a map of nothing.
//!
//! U1 to U6 are those of [`history`](crate::history). A difference of a map speaks of a key and not of a place, so an edit
//! that was not recorded is in the way of those alone that are of the same key.

use super::{
    diff::MapDiff, draft::MapDraft, map_binding::MapBinding, map_snapshot::MapSnapshot,
    set_binding::SetBinding,
};
use crate::{
    collections::{
        diff::Diverged,
        undo::{self, Reversible},
    },
    history::{History, Undoable},
};

impl<K, V> Undoable for MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
{
    fn be_watched(&self, history: &History) {
        undo::watch::<MapSnapshot<K, V>>(history, self.writer(), self.watched());
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> Undoable for SetBinding<K> {
    fn be_watched(&self, history: &History) {
        self.map().be_watched(history);
    }
}

impl<K, V> Reversible for MapSnapshot<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
{
    fn reset(old: Self, new: Self) -> MapDiff<K, V> {
        MapDiff::Reset { old: Some(old), new }
    }

    fn invert(diff: &MapDiff<K, V>) -> Option<MapDiff<K, V>> {
        diff.invert()
    }

    fn fits(draft: &MapDraft<K, V>, diff: &MapDiff<K, V>) -> bool {
        match diff {
            // That the key is not there is seen when it is applied (M2).
            MapDiff::Insert { .. } => true,
            MapDiff::Update { key, old, .. } | MapDiff::Remove { key, old } => {
                old.is_some() && draft.entries().get(key) == old.as_ref()
            }
            MapDiff::Reset { old, .. } => {
                let is_it = |old: &Self| draft.entries().iter().eq(old.entries.iter());
                old.as_ref().is_some_and(is_it)
            }
        }
    }

    fn apply(draft: &mut MapDraft<K, V>, diff: &MapDiff<K, V>) -> Result<(), Diverged> {
        draft.apply(diff)
    }
}
