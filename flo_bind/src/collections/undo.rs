//! What a history keeps of a collection: its differences, as the log has them, and the state that was seen last.
//!
//! U1 to U6 are those of [`history`](crate::history). A list, a map, a set and a rope are watched alike; in what they
//! differ is which of their differences may be applied where something else has come between ([`Reversible::fits`]).

use flo_core::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{
    batch::Batch,
    diff::{Diverged, ListDiff},
    draft::Draft,
    list_binding::ListBinding,
    snapshot::ListSnapshot,
    state::{Content, State, Watched, Watching},
};
use crate::{
    graph::{
        cell, commit, garbage,
        node::{Id, Writer},
        read,
        value::Value,
    },
    history::{
        History, Undoable,
        step::{Direction, Memory, Op, Track, What, moved},
    },
};

/// A collection whose differences can be taken back.
pub(super) trait Reversible: Content<Diff: Send + Sync> + Send + Sync + 'static {
    /// What led from one collection to another of which no more is known.
    fn reset(old: Self, new: Self) -> Self::Diff;

    /// The step back.
    fn invert(diff: &Self::Diff) -> Option<Self::Diff>;

    /// U6: whether `diff` says enough of the collection that it is meant for, and that is what is there.
    fn fits(draft: &Self::Draft, diff: &Self::Diff) -> bool;

    /// Does what `diff` says.
    ///
    /// # Errors
    /// Where that cannot be done.
    fn apply(draft: &mut Self::Draft, diff: &Self::Diff) -> Result<(), Diverged>;
}

struct CollectionTrack<C: Content> {
    writer: Writer,
    memory: Mutex<Memory<State<C>>>,
    /// How often something has happened that was not recorded.
    breaks: AtomicU64,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

struct CollectionChange<D> {
    batch: Batch<D>,
    breaks: u64,
}

/// Has `history` watch the collection of a node.
pub(super) fn watch<C: Reversible>(history: &History, writer: &Writer, watched: &Watched) {
    // First: what comes after the state that is seen is in the log.
    let watching = watched.watch();
    let id = writer.id();
    let (now, _) = commit::stored(&cell::lock(id), id);
    history.add(Arc::new(CollectionTrack::<C> {
        writer: writer.clone(),
        memory: Mutex::new(Memory::new(State::clone(now.get()))),
        breaks: AtomicU64::new(0),
        watching,
    }));
}

impl<C: Reversible> Track for CollectionTrack<C> {
    fn id(&self) -> Id {
        self.writer.id()
    }

    fn catch_up(&self, committed: u64) -> Option<What> {
        let now = read::with(self.id(), State::<C>::clone);
        let is_same = |one: &State<C>, other: &State<C>| one.rev == other.rev;
        let before = Memory::catch_up(&self.memory, now.clone(), committed, is_same);
        if before.rev == now.rev {
            return None;
        }
        let batch = match now.parts_since(before.rev) {
            Some(missed) => Batch::of(missed),
            // U5.
            None => [C::reset(before.snapshot.clone(), now.snapshot)].into_iter().collect(),
        };
        Some(Arc::new(CollectionChange { batch, breaks: self.breaks.load(Relaxed) }))
    }

    fn stand(&self) -> Option<u64> {
        self.memory.lock().stand()
    }

    fn settled(&self) {
        self.memory.lock().settled();
    }

    fn write(self: Arc<Self>, changes: Vec<What>, op: Op, stand: u64) {
        let expected = self.memory.lock().newest().rev;
        let writer = self.writer.clone();
        commit::update(&writer, move |stored| {
            let state = stored.get::<State<C>>();
            if state.rev != expected || self.stand() != Some(stand) {
                moved();
            }
            let mut draft = state.draft();
            let changes = changes.iter();
            for change in
                changes.filter_map(|what| what.downcast_ref::<CollectionChange<C::Diff>>())
            {
                let is_intact = change.breaks == self.breaks.load(Relaxed);
                let batch = match op.direction {
                    // U1, U5: what was taken out is known.
                    Direction::Back => change.batch.inverted(C::invert).unwrap_or_else(|| moved()),
                    Direction::Again => change.batch.clone(),
                };
                for diff in &batch {
                    let fits = is_intact || C::fits(&draft, diff);
                    if !fits || C::apply(&mut draft, diff).is_err() {
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
        garbage::drop_caught(gone);
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Undoable for ListBinding<T> {
    fn be_watched(&self, history: &History) {
        watch::<ListSnapshot<T>>(history, self.writer(), self.watched());
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Reversible for ListSnapshot<T> {
    fn reset(old: Self, new: Self) -> ListDiff<T> {
        ListDiff::Reset { old: Some(old), new }
    }

    fn invert(diff: &ListDiff<T>) -> Option<ListDiff<T>> {
        diff.invert()
    }

    /// What only comes in, or moves, says nothing of the list that it is meant for.
    fn fits(draft: &Draft<T>, diff: &ListDiff<T>) -> bool {
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

    fn apply(draft: &mut Draft<T>, diff: &ListDiff<T>) -> Result<(), Diverged> {
        draft.apply(diff)
    }
}
