//! What is watched as one value: bindings, and what the entries of a store own.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::{Arc, Mutex};

use super::{
    History, Undoable,
    step::{Direction, Memory, Op, Track, What, moved},
};
use crate::{
    binding::Binding,
    graph::{
        cell, commit, garbage,
        node::{Id, Writer},
        read, run, surface,
        value::{Value, Version},
    },
};

struct ValueTrack {
    writer: Writer,
    memory: Mutex<Memory<Seen>>,
}

/// A value, and of which version it is, where that is known: of two that are equal nothing else tells that there was another one
/// between them.
#[derive(Clone)]
struct Seen {
    value: Value,
    version: Option<Version>,
}

struct ValueChange {
    before: Value,
    after: Value,
}

/// Watches a source as one value, from what is committed at this moment.
pub(crate) fn track_of_node(writer: &Writer) -> Arc<dyn Track> {
    let (value, version) = commit::stored(&cell::lock(writer.id()), writer.id());
    let now = Seen { value, version: Some(version) };
    Arc::new(ValueTrack { writer: writer.clone(), memory: Mutex::new(Memory::new(now)) })
}

impl<T: Send + Sync + 'static> Undoable for Binding<T> {
    fn be_watched(&self, history: &History) {
        history.add(track_of_node(&self.writer));
    }
}

/// Whether one is the other, or compares equal.
fn is_same(id: Id, one: &Value, other: &Value) -> bool {
    one.has_word_of(other) || !run::differ(id, one, other)
}

impl Track for ValueTrack {
    fn id(&self) -> Id {
        self.writer.id()
    }

    fn catch_up(&self, committed: u64) -> Option<What> {
        let (after, version) = read::read_versioned(self.writer.id());
        let now = Seen { value: after.clone(), version };
        let has_word_of = |one: &Seen, other: &Seen| one.value.has_word_of(&other.value);
        let before = Memory::catch_up(&self.memory, now, committed, has_word_of);
        // What cannot be compared is another; the panic goes on to who has made the change.
        let compared =
            panic::catch_unwind(AssertUnwindSafe(|| is_same(self.id(), &before.value, &after)));
        let is_same = compared.unwrap_or_else(|payload| {
            surface::keep(payload);
            false
        });
        if is_same {
            self.settled();
            return None;
        }
        let before = Value::clone(&before.value);
        Some(Arc::new(ValueChange { before, after }))
    }

    fn stand(&self) -> Option<u64> {
        self.memory.lock().stand()
    }

    fn settled(&self) {
        self.memory.lock().settled();
    }

    fn write(self: Arc<Self>, changes: Vec<What>, op: Op, stand: u64) {
        let expected = self.memory.lock().newest();
        let target = self.writer.clone();
        commit::update(&target, move |stored| {
            let id = self.id();
            // What another thread has set meanwhile is a step that is not recorded yet.
            let mut now = stored.clone();
            let version = commit::stored(&cell::lock(id), id).1;
            let is_seen = expected.version.is_none_or(|seen| seen == version);
            if !is_seen || !is_same(id, &now, &expected.value) || self.stand() != Some(stand) {
                moved();
            }
            for change in changes.iter().filter_map(|what| what.downcast_ref::<ValueChange>()) {
                let (from, to) = match op.direction {
                    Direction::Back => (&change.after, &change.before),
                    Direction::Again => (&change.before, &change.after),
                };
                if !is_same(id, &now, from) {
                    moved();
                }
                now = to.clone();
            }
            self.memory.lock().make(op, Seen { value: now.clone(), version: None });
            Some(now)
        });
    }

    fn breaks(&self) {}

    fn forget(&self, op: Op) {
        let gone = self.memory.lock().forget(op);
        garbage::drop_caught(gone);
    }
}
