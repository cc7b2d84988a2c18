//! What a history keeps, and what it asks of a thing that it watches.

use std::{any::Any, collections::BTreeSet, fmt, mem, ops::Deref, panic};

use flo_core::sync::{Arc, Mutex};

use crate::graph::{garbage, node::Id};

/// What has happened to one thing from one state to another; its [`Track`] knows its type.
pub(crate) type What = Arc<dyn Any + Send + Sync>;

/// Something that is watched.
pub(crate) trait Track: Send + Sync {
    /// Of what.
    fn id(&self) -> Id;

    /// What has happened since this was called last, but for what was done by ops, of which those up to number `committed`
    /// are committed; tracked.
    fn catch_up(&self, committed: u64) -> Option<What>;

    /// How often something has happened to it; nothing while the last time is not among the steps yet. Of ours, so that it may be
    /// asked under the lock of the steps.
    fn stand(&self) -> Option<u64>;

    /// What has been caught up with is among the steps, or will not be.
    fn settled(&self);

    /// Applies changes in this order, in the open transaction, and remembers what that makes as the doing of `op`.
    ///
    /// # Panics
    /// By [`moved`] where one of them does not fit (U6), or something has happened since it was at `stand`.
    fn write(self: Arc<Self>, changes: Vec<What>, op: Op, stand: u64);

    /// Notes that something has happened that was not recorded.
    fn breaks(&self);

    /// What was written for `op` is not committed.
    fn forget(&self, op: Op);
}

/// A step that is undone or done again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Op {
    /// How manieth of this history it is.
    pub(crate) number: u64,
    pub(crate) step: u64,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Back,
    Again,
}

/// What a [`Track`] remembers: the state that it saw last, and what ops have made of that since.
pub(crate) struct Memory<S> {
    seen: S,
    made: Vec<(Op, S)>,
    /// How often it was another one than ops had made of it, and whether the last time is not settled.
    changes: u64,
    is_unsettled: bool,
}

/// What was remembered until now; what is left of it is dropped without a panic, which would lose what is being recorded.
pub(crate) struct Before<S>(Option<S>);

impl<S: Clone> Memory<S> {
    pub(crate) fn new(seen: S) -> Self {
        Self { seen, made: Vec::new(), changes: 0, is_unsettled: false }
    }

    /// The state that an op begins with (U6).
    pub(crate) fn newest(&self) -> S {
        self.made.last().map_or(&self.seen, |(_, state)| state).clone()
    }

    /// See [`Track::stand`].
    pub(crate) fn stand(&self) -> Option<u64> {
        (!self.is_unsettled).then_some(self.changes)
    }

    /// See [`Track::settled`].
    pub(crate) fn settled(&mut self) {
        self.is_unsettled = false;
    }

    /// `op` is about to commit `state`.
    pub(crate) fn make(&mut self, op: Op, state: S) {
        self.made.push((op, state));
    }

    /// What it has made is not committed; to be dropped without the lock.
    pub(crate) fn forget(&mut self, op: Op) -> Vec<(Op, S)> {
        let made = mem::take(&mut self.made);
        let (gone, others) = made.into_iter().partition(|(of, _)| *of == op);
        self.made = others;
        gone
    }

    /// The state is `now`, in which the ops up to number `committed` are; gives the one that all else has happened to, which may be
    /// the same by `is_same`, which is ours.
    pub(crate) fn catch_up(
        memory: &Mutex<Self>,
        now: S,
        committed: u64,
        is_same: impl FnOnce(&S, &S) -> bool,
    ) -> Before<S> {
        let mut memory = memory.lock();
        let seen = mem::replace(&mut memory.seen, now);
        let made = mem::take(&mut memory.made);
        let (mut done, others): (Vec<_>, Vec<_>) =
            made.into_iter().partition(|(op, _)| op.number <= committed);
        memory.made = others;
        let (base, rest) = match done.pop() {
            Some((_, base)) => (base, Some(seen)),
            None => (seen, None),
        };
        if !is_same(&base, &memory.seen) {
            memory.changes += 1;
            memory.is_unsettled = true;
        }
        drop(memory);
        garbage::drop_caught((rest, done));
        Before(Some(base))
    }
}

impl<S> Deref for Before<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.0.as_ref().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl<S> Drop for Before<S> {
    fn drop(&mut self) {
        garbage::drop_caught(self.0.take());
    }
}

/// The payload by which a write gives the transaction up.
pub(crate) struct Moved;

/// What is there is not what the step is of (U6).
pub(crate) fn moved() -> ! {
    panic::resume_unwind(Box::new(Moved))
}

/// One change of one thing.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) track: Arc<dyn Track>,
    pub(crate) what: What,
}

/// What is undone at once, as the rule of [`History::grouped_by`](crate::History::grouped_by) sees it.
pub struct Step {
    pub(super) number: u64,
    pub(super) changes: Vec<Change>,
    /// Of what they are.
    targets: BTreeSet<Id>,
}

impl Step {
    pub(super) fn new(number: u64, changes: Vec<Change>) -> Self {
        let targets = changes.iter().map(|change| change.track.id()).collect();
        Self { number, changes, targets }
    }

    /// The same for a rule, which is not to keep what a step keeps.
    pub(super) fn outline(&self) -> Self {
        Self { number: self.number, changes: Vec::new(), targets: self.targets.clone() }
    }

    pub(super) fn take_in(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.targets.extend(other.targets);
    }

    /// Whether both are of the same bindings and collections.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        self.targets == other.targets
    }

    /// Of how many bindings and collections it is. A store is two: its entries, and what they own.
    pub fn target_count(&self) -> usize {
        self.targets.len()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("targets", &self.targets.len()).finish_non_exhaustive()
    }
}

/// The changes of each thing, which is where it stands, in the order in which they are to be applied.
pub(super) fn by_track(
    mut changes: Vec<(Change, u64)>,
    direction: Direction,
) -> Vec<(Arc<dyn Track>, u64, Vec<What>)> {
    if direction == Direction::Back {
        changes.reverse();
    }
    let mut tracks: Vec<(Arc<dyn Track>, u64, Vec<What>)> = Vec::new();
    for (Change { track, what }, stand) in changes {
        match tracks.iter_mut().find(|(other, ..)| other.id() == track.id()) {
            Some((.., whats)) => whats.push(what),
            None => tracks.push((track, stand, vec![what])),
        }
    }
    tracks
}
