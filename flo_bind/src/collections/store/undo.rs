//! What a history keeps of a store: its differences. An entry that is put back stands at its old place, and its key is good
//! again: the difference has the lease.
//!
//! U1 to U6 are those of [`history`](crate::history). That what goes out is what is there is seen by its identity, so that no
//! value is compared.

use flo_core::sync::{Arc, Mutex};

use super::{
    batch::StoreBatch, diff::StoreDiff, key::Key, snapshot::StoreSnapshot, state::StoreState,
    store_binding::Store,
};
use crate::{
    collections::state::Watching,
    graph::{cell, commit, garbage, node::Id},
    history::{
        History, Undoable,
        step::{Direction, Memory, Op, Track, What, moved},
        track_of_node,
    },
};

struct StoreTrack<K, V> {
    store: Store<K, V>,
    memory: Arc<Mutex<Memory<StoreState<K, V>>>>,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

impl<K: 'static, V: Send + Sync + 'static> Undoable for Store<K, V> {
    fn be_watched(&self, history: &History) {
        // First: what comes after the state that is seen is in the log.
        let watching = self.watched().watch();
        let id = self.node().id();
        let (now, _) = commit::stored(&cell::lock(id), id);
        history.add(Arc::new(StoreTrack {
            store: self.clone(),
            memory: Arc::new(Mutex::new(Memory::new(StoreState::<K, V>::clone(now.get())))),
            watching,
        }));
        history.add(track_of_node(&self.core.links));
    }
}

impl<K: 'static, V: Send + Sync + 'static> Track for StoreTrack<K, V> {
    fn id(&self) -> Id {
        self.store.node().id()
    }

    fn catch_up(&self, committed: u64) -> Option<What> {
        let now = self.store.with_state(StoreState::clone);
        let is_same = |one: &StoreState<K, V>, other: &StoreState<K, V>| one.rev == other.rev;
        let before = Memory::catch_up(&self.memory, now.clone(), committed, is_same);
        if before.rev == now.rev {
            return None;
        }
        let batch = match now.parts_since(before.rev) {
            Some(missed) => StoreBatch::of(missed),
            // U5.
            None => between(&before.snapshot, &now.snapshot).collect(),
        };
        Some(Arc::new(batch))
    }

    fn stand(&self) -> Option<u64> {
        self.memory.lock().stand()
    }

    fn settled(&self) {
        self.memory.lock().settled();
    }

    fn write(self: Arc<Self>, changes: Vec<What>, op: Op, stand: u64) {
        let mut diffs = Vec::new();
        for batch in changes.iter().filter_map(|what| what.downcast_ref::<StoreBatch<K, V>>()) {
            let batch = match op.direction {
                // U1.
                Direction::Back => batch.invert().unwrap_or_else(|| moved()),
                Direction::Again => batch.clone(),
            };
            diffs.extend(batch.iter().cloned());
        }
        let (expected, memory) = (self.memory.lock().newest().rev, Arc::clone(&self.memory));
        self.store.core.apply(expected, diffs, move |next| {
            if memory.lock().stand() != Some(stand) {
                moved();
            }
            memory.lock().make(op, next.clone());
        });
    }

    fn breaks(&self) {}

    fn forget(&self, op: Op) {
        let gone = self.memory.lock().forget(op);
        garbage::drop_caught(gone);
    }
}

/// What leads from one state of a store to another, place by place.
fn between<'a, K, V>(
    old: &'a StoreSnapshot<K, V>,
    new: &'a StoreSnapshot<K, V>,
) -> impl Iterator<Item = StoreDiff<K, V>> + use<'a, K, V> {
    let len = old.slots.len().max(new.slots.len());
    let at = |of: &'a StoreSnapshot<K, V>, place| {
        let stored = of.slots.get(place).and_then(|slot| slot.stored.as_ref());
        stored.map(|stored| (of.key(stored), stored.clone()))
    };
    (0..len).flat_map(move |place| {
        let remove = |(key, old): (Key<K>, _)| StoreDiff::Remove { key, old };
        let insert = |(key, new): (Key<K>, _)| StoreDiff::Insert { key, new };
        match (at(old, place), at(new, place)) {
            (Some((_, old)), Some((_, new))) if old.is(&new) => [None, None],
            (Some((key, old)), Some((its, new))) if key == its => {
                [Some(StoreDiff::Update { key, old, new }), None]
            }
            (old, new) => [old.map(remove), new.map(insert)],
        }
        .into_iter()
        .flatten()
    })
}
