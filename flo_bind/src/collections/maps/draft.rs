//! A map under edit.

use std::borrow::Borrow;

use super::{diff::MapDiff, entries::Entries, map_snapshot::MapSnapshot};
use crate::collections::{
    diff::Diverged,
    state::{Content, Record, State},
    tree::{Count, Tree},
};
use crate::graph::garbage;

/// The value of a map's node.
pub(crate) type MapState<K, V> = State<MapSnapshot<K, V>>;

impl<K, V> Content for MapSnapshot<K, V> {
    type Diff = MapDiff<K, V>;
    type Draft = MapDraft<K, V>;
    type Items = Entries<K, V>;

    const NAME: &'static str = "map";

    fn of(items: Entries<K, V>) -> Self {
        Self { entries: items }
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn into_draft(self, record: Record<MapDiff<K, V>>) -> MapDraft<K, V> {
        MapDraft { entries: self.entries, record }
    }

    fn of_draft(draft: MapDraft<K, V>) -> (Self, Record<MapDiff<K, V>>) {
        (Self { entries: draft.entries }, draft.record)
    }
}

/// A map under edit: a copy, outside of any lock (C2).
pub(crate) struct MapDraft<K, V> {
    entries: Entries<K, V>,
    record: Record<MapDiff<K, V>>,
}

impl<K, V> MapDraft<K, V> {
    /// One of which nobody will ask what was done.
    pub(crate) fn unlogged(entries: Entries<K, V>) -> Self {
        Self { entries, record: Record::default() }
    }

    pub(crate) fn into_entries(self) -> Entries<K, V> {
        self.entries
    }

    pub(crate) fn entries(&self) -> &Entries<K, V> {
        &self.entries
    }

    /// Makes it another map; who follows it begins anew.
    pub(crate) fn reset(&mut self, entries: Entries<K, V>) {
        self.entries = entries;
        self.record.reset();
    }
}

impl<K: Ord + Clone, V: Clone> MapDraft<K, V> {
    /// Puts the value there, and gives the one that was.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.entries.find(&key) {
            Ok(at) => Some(self.set_at(at, value)),
            Err(at) => {
                self.insert_at(at, key, value);
                None
            }
        }
    }

    /// Puts an entry where its place has been found to be.
    pub(crate) fn insert_at(&mut self, at: usize, key: K, value: V) {
        self.record.change();
        if self.record.is_logged() {
            let diff = MapDiff::Insert { key: key.clone(), new: value.clone() };
            self.record.log(diff, 1);
        }
        self.entries.insert_at(at, key, value);
    }

    /// Gives entry number `at` another value; gives the one that was.
    pub(crate) fn set_at(&mut self, at: usize, value: V) -> V {
        self.record.change();
        let new = self.record.is_logged().then(|| value.clone());
        let (key, old) = self.entries.replace_at(at, value);
        if let Some(new) = new {
            self.record.log(MapDiff::Update { key, old: Some(old.clone()), new }, 2);
        }
        old
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.entries.find(key).ok()?;
        Some(self.remove_at(at))
    }

    pub(crate) fn remove_at(&mut self, at: usize) -> V {
        self.record.change();
        let (key, old) = self.entries.remove_at(at);
        if self.record.is_logged() {
            self.record.log(MapDiff::Remove { key, old: Some(old.clone()) }, 2);
        }
        old
    }

    /// Puts the value there, or takes out what is there, which is dropped: a panic of that is not the run's.
    pub(crate) fn put(&mut self, key: &K, value: Option<V>) {
        match (self.entries.find(key), value) {
            (Ok(at), Some(value)) => garbage::drop_caught(self.set_at(at, value)),
            (Ok(at), None) => garbage::drop_caught(self.remove_at(at)),
            (Err(at), Some(value)) => self.insert_at(at, key.clone(), value),
            (Err(_), None) => {}
        }
    }

    /// Takes out those for which `keep` does not say so; one by one, or all of them in one walk where that is less.
    pub(crate) fn retain(&mut self, keep: &mut impl FnMut(&K, &V) -> bool) {
        let rows = self.entries.iter().enumerate();
        let gone: Vec<usize> =
            rows.filter(|(_, (key, value))| !keep(key, value)).map(|(at, _)| at).collect();
        if gone.len() * 16 <= self.entries.len() {
            for at in gone.into_iter().rev() {
                drop(self.remove_at(at));
            }
            return;
        }
        self.record.change();
        let mut gone = gone.into_iter().peekable();
        let mut kept = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if gone.next_if_eq(&at).is_none() {
                kept.push(entry.clone());
            } else if self.record.is_logged() {
                let (key, old) = entry.clone();
                self.record.log(MapDiff::Remove { key, old: Some(old) }, 2);
            }
        }
        self.entries = Entries::sorted(Tree::build(Count, kept));
    }

    /// Does what `diff` says, where it fits (M2).
    pub(crate) fn apply(&mut self, diff: &MapDiff<K, V>) -> Result<(), Diverged> {
        match diff {
            MapDiff::Insert { key, new } => match self.entries.find(key) {
                Ok(_) => return Err(Diverged(())),
                Err(at) => self.insert_at(at, key.clone(), new.clone()),
            },
            MapDiff::Update { key, new, .. } => match self.entries.find(key) {
                Ok(at) => drop(self.set_at(at, new.clone())),
                Err(_) => return Err(Diverged(())),
            },
            MapDiff::Remove { key, .. } => {
                drop(self.remove(key).ok_or(Diverged(()))?);
            }
            MapDiff::Reset { new, .. } => self.reset(new.entries.clone()),
        }
        Ok(())
    }
}
