//! What the node of a collection holds, and what an edit of a copy of it has come to.

use std::{any::Any, mem};

use flo_core::sync::{
    Arc, SpinMutex, Weak,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{
    log::{Gone, Log, Missed},
    parts::Parts,
    rev::Rev,
    sleepers::Sleepers,
};
use crate::graph::{
    garbage,
    node::Id,
    value::{Equal, Nature},
};

/// What an operator keeps beside its output.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

/// What a collection is made of, as a value that stays as it is: the snapshot of a list or of a map. A clone is a
/// count.
pub(crate) trait Content: Clone {
    /// One step from a collection to the next one.
    type Diff;
    /// A copy under edit.
    type Draft;
    /// What it is made from.
    type Items;

    /// What it is called where something is wrong with it.
    const NAME: &'static str;

    fn of(items: Self::Items) -> Self;

    fn len(&self) -> usize;

    fn into_draft(self, record: Record<Self::Diff>) -> Self::Draft;

    fn of_draft(draft: Self::Draft) -> (Self, Record<Self::Diff>);
}

/// The value of a collection's node (C1): items, which state that is, and what led to it lately.
pub(crate) struct State<C: Content> {
    pub(crate) snapshot: C,
    pub(crate) rev: Rev,
    pub(crate) log: Log<C::Diff>,
    /// Of a derived collection: what its operator goes on from.
    pub(crate) kept: Option<Kept>,
    watched: Watched,
}

/// Those who may ask what has changed: followers and derived collections. While there is nobody, nothing is logged.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<Who>);

#[derive(Default)]
struct Who {
    count: AtomicUsize,
    /// Those who wait for a change.
    sleepers: SpinMutex<Weak<Sleepers>>,
}

/// Counts as one who may ask.
pub(crate) struct Watching(Watched);

impl Watched {
    pub(crate) fn watch(&self) -> Watching {
        // Relaxed: who comes while an edit is under way may miss that one in the log, and then begins anew.
        self.0.count.fetch_add(1, Relaxed);
        Watching(self.clone())
    }

    #[inline]
    pub(crate) fn is_any(&self) -> bool {
        self.0.count.load(Relaxed) > 0
    }
}

impl Watching {
    /// Those who wait for `id`, of which this is one.
    #[cold]
    pub(super) fn sleepers(&self, id: Id) -> Arc<Sleepers> {
        let sleepers = &self.0.0.sleepers;
        let there = sleepers.lock().upgrade();
        if let Some(there) = there {
            return there;
        }
        // A user's code may run here, and others may wait meanwhile.
        let made = Arc::new(Sleepers::of(id));
        let mut kept = sleepers.lock();
        let there = kept.upgrade();
        if there.is_none() {
            *kept = Arc::downgrade(&made);
        }
        drop(kept);
        there.unwrap_or(made)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.0.count.fetch_sub(1, Relaxed);
    }
}

impl<C: Content> State<C> {
    /// A state that is made from no other one: who has seen one before begins anew (C3).
    pub(crate) fn new(items: C::Items, watched: Watched, kept: Option<Kept>) -> Self {
        Self { snapshot: C::of(items), rev: Rev::first(), log: Log::default(), kept, watched }
    }

    /// What led from the state `seen` to this one, unless it is not known any more.
    #[inline]
    pub(crate) fn since(&self, seen: Rev) -> Option<Missed<'_, C::Diff>> {
        if seen == self.rev { Some(Missed::new()) } else { self.log.since(seen) }
    }

    /// The same, to be kept.
    #[inline]
    pub(crate) fn parts_since(&self, seen: Rev) -> Option<Parts<C::Diff>> {
        if seen == self.rev { Some(Parts::none()) } else { self.log.parts_since(seen) }
    }

    /// A copy to be edited.
    pub(crate) fn draft(&self) -> C::Draft {
        let record = if self.watched.is_any() {
            Record::logged(self.rev, self.log.clone())
        } else {
            Record::default()
        };
        self.snapshot.clone().into_draft(record)
    }

    /// Edits this state itself, with what `edit` gives as what is kept; gives whether it is another one now. Where `edit` gives
    /// nothing it is of no use.
    pub(crate) fn edited(
        &mut self,
        edit: impl FnOnce(&mut C::Draft) -> Option<Kept>,
    ) -> Option<bool>
    where
        C: Default,
    {
        let record = if self.watched.is_any() {
            Record::logged(self.rev, mem::take(&mut self.log))
        } else {
            Record::default()
        };
        let mut draft = mem::take(&mut self.snapshot).into_draft(record);
        let Some(kept) = edit(&mut draft) else {
            // Old rows, as below.
            garbage::drop_caught(draft);
            return None;
        };
        self.kept = Some(kept);
        let (snapshot, record) = C::of_draft(draft);
        self.snapshot = snapshot;
        if record.before.is_some() {
            self.log = record.log;
        }
        if record.is_changed {
            let gone = if record.before.is_some() { self.step_logged() } else { self.step() };
            if !gone.is_nothing() {
                // Old rows, for whose drop this state is not to blame.
                garbage::drop_caught(gone);
            }
        }
        Some(record.is_changed)
    }

    /// What `draft`, which was made of this, has become; `None` where it was not changed (C4).
    pub(crate) fn next(&self, draft: C::Draft, kept: Option<Kept>) -> Option<Self> {
        let (snapshot, record) = C::of_draft(draft);
        if !record.is_changed {
            return None;
        }
        let after = self.rev.next();
        let mut log = record.log;
        if record.before.is_some() {
            drop(log.end(self.rev, after, bound(snapshot.len())));
        }
        Some(Self { snapshot, rev: after, log, kept, watched: self.watched.clone() })
    }
}

impl<C: Content> State<C> {
    /// What it holds was edited where it is, and nobody asks how.
    #[inline]
    pub(super) fn step(&mut self) -> Gone<C::Diff> {
        let gone = self.log.empty();
        self.step_unlogged();
        gone
    }

    /// The same where the log is empty.
    #[inline]
    pub(super) fn step_unlogged(&mut self) {
        debug_assert!(self.log.is_empty(), "L1");
        self.rev = self.rev.next();
    }

    /// The same by this difference of this weight, of which somebody may ask.
    pub(super) fn step_by(&mut self, diff: C::Diff, weight: usize) -> Gone<C::Diff> {
        self.log.add(self.rev, diff, weight);
        self.step_logged()
    }

    /// The same by what was added to the log.
    fn step_logged(&mut self) -> Gone<C::Diff> {
        let before = self.rev;
        self.rev = before.next();
        self.log.end(before, self.rev, bound(self.snapshot.len()))
    }
}

impl<C: Content> Clone for State<C> {
    fn clone(&self) -> Self {
        Self {
            snapshot: self.snapshot.clone(),
            rev: self.rev,
            log: self.log.clone(),
            kept: self.kept.clone(),
            watched: self.watched.clone(),
        }
    }
}

/// The weight that the log of a collection may have (L3): about as much as is cheaper to go through than all of it.
#[inline]
pub(crate) fn bound(len: usize) -> usize {
    (len / 20).clamp(384, 49_152)
}

/// What the edits of a copy have come to so far. The default is one of which nobody will ask.
pub(crate) struct Record<D> {
    /// The state that is edited, where somebody may ask what was done.
    before: Option<Rev>,
    /// What led to that state, and what was done since.
    log: Log<D>,
    is_changed: bool,
}

impl<D> Record<D> {
    /// Of edits of the state `before`, to which `log` belongs.
    fn logged(before: Rev, log: Log<D>) -> Self {
        Self { before: Some(before), log, is_changed: false }
    }

    /// Whether somebody may ask what was done.
    #[inline]
    pub(crate) fn is_logged(&self) -> bool {
        self.before.is_some()
    }

    #[inline]
    pub(crate) fn change(&mut self) {
        self.is_changed = true;
    }

    /// Notes one step; only where it [`is_logged`](Self::is_logged).
    #[inline]
    pub(crate) fn log(&mut self, diff: D, weight: usize) {
        if let Some(before) = self.before {
            self.log.add(before, diff, weight);
        }
    }

    /// It has become another collection (L4).
    pub(crate) fn reset(&mut self) {
        self.is_changed = true;
        self.before = None;
        // Old rows, for whose drop the new ones are not to blame.
        garbage::drop_caught(self.log.empty());
    }
}

impl<D> Default for Record<D> {
    fn default() -> Self {
        Self { before: None, log: Log::default(), is_changed: false }
    }
}

/// Two states of a collection are one where they have one [`Rev`]: no value is compared.
pub(crate) struct SameRev;

impl<C: Content + 'static> Equal<State<C>> for SameRev
where
    C::Diff: 'static,
{
    fn nature(&self) -> Nature {
        Nature::Compared
    }

    fn equal(&self, old: &State<C>, new: &State<C>) -> bool {
        old.rev == new.rev
    }
}

/// The same, of computeds that go on from what they came to last (`graph::carried`).
pub(crate) struct Carried;

impl<C: Content + 'static> Equal<State<C>> for Carried
where
    C::Diff: 'static,
{
    fn nature(&self) -> Nature {
        Nature::Carried
    }

    fn equal(&self, old: &State<C>, new: &State<C>) -> bool {
        old.rev == new.rev
    }
}
