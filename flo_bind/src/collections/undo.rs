//! What a history keeps of a list: its differences, as the log has them, and the state that was seen last.
//!
//! U1 to U6 are those of [`history`](crate::history).

use flo_core::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{
    batch::ListBatch,
    diff::ListDiff,
    draft::{Draft, ListState},
    list_binding::ListBinding,
    state::Watching,
};
use crate::{
    graph::{cell, commit, node::Id, value::Value},
    history::{
        History, Undoable,
        step::{Direction, Memory, Op, Track, What, moved},
    },
};

struct ListTrack<T> {
    list: ListBinding<T>,
    memory: Mutex<Memory<ListState<T>>>,
    /// How often something has happened that was not recorded.
    breaks: AtomicU64,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

struct ListChange<T> {
    batch: ListBatch<T>,
    breaks: u64,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Undoable for ListBinding<T> {
    fn be_watched(&self, history: &History) {
        // First: what comes after the state that is seen is in the log.
        let watching = self.watched().watch();
        let id = self.node().id();
        let (now, _) = commit::stored(&cell::lock(id), id);
        history.add(Arc::new(ListTrack {
            list: self.clone(),
            memory: Mutex::new(Memory::new(ListState::clone(now.get()))),
            breaks: AtomicU64::new(0),
            watching,
        }));
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Track for ListTrack<T> {
    fn id(&self) -> Id {
        self.list.node().id()
    }

    fn catch_up(&self, committed: u64) -> Option<What> {
        let now = self.list.with_state(ListState::clone);
        let before = Memory::catch_up(&self.memory, now.clone(), committed);
        if before.rev == now.rev {
            return None;
        }
        let batch = match now.since(before.rev) {
            Some(missed) => ListBatch::of(missed),
            // U5.
            None => {
                let old = Some(before.snapshot.clone());
                let reset = ListDiff::Reset { old, new: now.snapshot };
                [reset].into_iter().collect()
            }
        };
        Some(Arc::new(ListChange { batch, breaks: self.breaks.load(Relaxed) }))
    }

    fn write(self: Arc<Self>, changes: Vec<What>, op: Op) {
        let expected = self.memory.lock().newest().rev;
        let list = self.list.clone();
        commit::update(list.writer(), move |stored| {
            let state = stored.get::<ListState<T>>();
            if state.rev != expected {
                moved();
            }
            let mut draft = state.draft();
            for change in changes.iter().filter_map(|what| what.downcast_ref::<ListChange<T>>()) {
                let is_intact = change.breaks == self.breaks.load(Relaxed);
                let batch = match op.direction {
                    // U1, U5: what was taken out is known.
                    Direction::Back => change.batch.invert().unwrap_or_else(|| moved()),
                    Direction::Again => change.batch.clone(),
                };
                for diff in &batch {
                    let fits = is_intact || fits(&draft, diff);
                    if !fits || draft.apply(diff).is_err() {
                        moved();
                    }
                }
            }
            let next = state.next(draft, None)?;
            self.memory.lock().make(op, next.clone());
            Some(Value::new(next))
        });
    }

    fn breaks(&self) {
        self.breaks.fetch_add(1, Relaxed);
    }

    fn forget(&self, op: Op) {
        let gone = self.memory.lock().forget(op);
        drop(gone);
    }
}

/// U6: whether what goes out is what is there. What only comes in, or moves, says nothing of the list that it is meant for.
fn fits<T: Clone + PartialEq>(draft: &Draft<T>, diff: &ListDiff<T>) -> bool {
    match diff {
        ListDiff::Splice { at, removed, .. } => removed.items().is_some_and(|expected| {
            let until = *at + expected.len();
            let is_there = !expected.is_empty() && until <= draft.len();
            is_there && draft.items().iter_range(*at, until).eq(expected.iter())
        }),
        ListDiff::Move { .. } => false,
        ListDiff::Reset { old, .. } => {
            old.as_ref().is_some_and(|old| draft.items().iter().eq(old.iter()))
        }
    }
}
