//! What becomes of what happens: the effect that records, and the two stacks of steps.
//!
//! What is taken out of the stacks is given to the caller, who drops it without the lock: it has strangers' values.

use std::{
    collections::VecDeque,
    panic::{self, AssertUnwindSafe},
    thread::{self, ThreadId},
};

use flo_core::{
    Subscription,
    sync::{Arc, Weak},
};

use super::{
    Inner, UndoError,
    step::{Change, Direction, Op, Step},
};
use crate::{
    bound::BoundExt,
    graph::{
        cell,
        end::Reaction,
        flush, garbage, mark,
        node::{Hears, NodeRef, Role},
    },
    transaction::untracked,
};

type Rule = Arc<dyn Fn(&Step, &Step) -> bool + Send + Sync>;

/// How many steps there are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) undo: usize,
    pub(super) redo: usize,
}

/// The steps.
pub(super) struct Recorded {
    /// The last is undone next.
    undo: VecDeque<Step>,
    /// The last is done again next.
    redo: Vec<Step>,
    limit: usize,
    /// How many steps were made.
    made: u64,
    pub(super) rule: Option<Rule>,
    group: Option<Group>,
    /// The threads on which nothing is recorded, as often as they said so.
    silent: Vec<ThreadId>,
    /// What is undone or done again at this moment.
    pub(super) running: Option<Op>,
    /// A step was recorded since that began.
    is_overtaken: bool,
    /// How many ops there were, and those of which it was not seen yet that they are committed.
    ops: u64,
    unseen: Vec<Op>,
}

/// All commits of one thread are one step.
struct Group {
    thread: ThreadId,
    /// How many of them are inside each other.
    depth: usize,
    /// The step, once there is one.
    step: Option<u64>,
}

impl Recorded {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            undo: VecDeque::new(),
            redo: Vec::new(),
            limit,
            made: 0,
            rule: None,
            group: None,
            silent: Vec::new(),
            running: None,
            is_overtaken: false,
            ops: 0,
            unseen: Vec::new(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { undo: self.undo.len(), redo: self.redo.len() }
    }

    pub(super) fn set_limit(&mut self, limit: usize) -> Vec<Step> {
        self.limit = limit;
        self.trim()
    }

    fn trim(&mut self) -> Vec<Step> {
        let over = self.undo.len().saturating_sub(self.limit);
        self.undo.drain(..over).collect()
    }

    pub(super) fn clear(&mut self) -> Vec<Step> {
        self.undo.drain(..).chain(self.redo.drain(..)).collect()
    }

    /// Begins to undo the last step or to do it again; gives what it has done, and where each of what it is of stands (U6).
    pub(super) fn begin(
        &mut self,
        direction: Direction,
    ) -> Result<(Op, Vec<(Change, u64)>), UndoError> {
        if self.running.is_some() || self.group.is_some() {
            return Err(UndoError::Busy);
        }
        let step = match direction {
            Direction::Back => self.undo.back(),
            Direction::Again => self.redo.last(),
        };
        let step = step.ok_or(UndoError::Nothing)?;
        let stands =
            step.changes.iter().map(|change| Some((change.clone(), change.track.stand()?)));
        let changes = stands.collect::<Option<_>>().ok_or(UndoError::Diverged)?;
        self.ops += 1;
        let op = Op { number: self.ops, step: step.number, direction };
        self.running = Some(op);
        self.is_overtaken = false;
        self.unseen.push(op);
        Ok((op, changes))
    }

    /// `op` is not committed.
    pub(super) fn failed(&mut self, op: Op) -> Option<Step> {
        self.unseen.retain(|other| *other != op);
        self.ended(op);
        // U3.
        self.redo.pop_if(|step| self.is_overtaken && step.number == op.step)
    }

    /// `op` is not running any more.
    pub(super) fn ended(&mut self, op: Op) {
        let _ended = self.running.take_if(|running| *running == op);
    }

    /// The ops up to number `committed` are committed: the steps go to the other side.
    pub(super) fn done(&mut self, committed: u64) -> Vec<Step> {
        let mut gone = Vec::new();
        while let Some(op) = self.unseen.first().copied().filter(|op| op.number <= committed) {
            self.unseen.remove(0);
            gone.extend(self.pass_over(op));
        }
        gone
    }

    fn pass_over(&mut self, op: Op) -> Vec<Step> {
        match op.direction {
            Direction::Back => {
                let Some(at) = self.undo.iter().rposition(|step| step.number == op.step) else {
                    return Vec::new();
                };
                let is_last = at + 1 == self.undo.len();
                let step = self.undo.remove(at);
                if is_last {
                    self.redo.extend(step);
                    return Vec::new();
                }
                // U3: an edit has come meanwhile.
                step.into_iter().collect()
            }
            Direction::Again => {
                let is_it = |step: &mut Step| step.number == op.step;
                self.undo.extend(self.redo.pop_if(is_it));
                self.trim()
            }
        }
    }

    /// The step that a new one may be put into, where a rule is to say so.
    fn asked(&self) -> Option<(Rule, Step)> {
        let rule = self.rule.as_ref().filter(|_| self.group.is_none() && self.redo.is_empty())?;
        Some((Arc::clone(rule), self.undo.back()?.outline()))
    }

    /// Puts a step on top, or into the one that it is to be `part_of` and that still is on top.
    fn record(&mut self, step: Step, part_of: Option<u64>) -> Vec<Step> {
        let me = thread::current().id();
        let group = self.group.as_mut().filter(|group| group.thread == me);
        let part_of = group.as_ref().and_then(|group| group.step).or(part_of);
        // U3; what is being done again at this moment is moved by its own commit.
        let running = self.running.map(|op| op.step);
        let is_again = self.running.is_some_and(|op| op.direction == Direction::Again);
        let is_kept = |old: &Step| is_again && Some(old.number) == running;
        self.is_overtaken = true;
        let (kept, mut gone): (Vec<_>, Vec<_>) = self.redo.drain(..).partition(is_kept);
        self.redo = kept;
        match self.undo.back_mut() {
            // What is taken back at this moment is not added to.
            Some(last) if part_of == Some(last.number) && running != part_of => last.take_in(step),
            _ => {
                if let Some(group) = group {
                    group.step = Some(step.number);
                }
                self.undo.push_back(step);
            }
        }
        gone.extend(self.trim());
        gone
    }
}

/// Makes the effect that records. It belongs to nobody.
pub(super) fn start(inner: &Arc<Inner>) -> Subscription {
    let (history, tracks) = (Arc::downgrade(inner), inner.tracks.read_only());
    let committed = inner.committed.read_only();
    let react = move || {
        let (tracks, committed) = (tracks.get(), committed.get());
        let caught = tracks.into_iter().filter_map(|track| {
            let what = track.catch_up(committed)?;
            Some(Change { track, what })
        });
        let changes: Vec<Change> = caught.collect();
        untracked(|| settle(&history, committed, changes));
    };
    let node = NodeRef::reaction(Role::Effect, Hears::Changes, react, None);
    {
        let _access = cell::lock(node.id());
        mark::queue(node.id());
    }
    let subscription = Subscription::new(Arc::new(Reaction(node)));
    flush::flush();
    subscription
}

fn settle(history: &Weak<Inner>, committed: u64, changes: Vec<Change>) {
    let Some(inner) = history.upgrade() else { return };
    // Ops begin with what was seen last, so that all else has come after them.
    let gone = inner.recorded.lock().done(committed);
    garbage::drop_caught(gone);
    let tracks: Vec<_> = changes.iter().map(|change| Arc::clone(&change.track)).collect();
    let recorded = panic::catch_unwind(AssertUnwindSafe(|| record(&inner, changes)));
    for track in tracks {
        track.settled();
    }
    recount(&inner);
    // A rule's panic, once all is recorded.
    if let Err(payload) = recorded {
        panic::resume_unwind(payload);
    }
}

/// Makes a step of what has happened, or a part of the last one.
fn record(inner: &Arc<Inner>, changes: Vec<Change>) {
    if changes.is_empty() {
        return;
    }
    let mut recorded = inner.recorded.lock();
    if recorded.silent.contains(&thread::current().id()) {
        drop(recorded);
        for change in &changes {
            change.track.breaks();
        }
        return;
    }
    recorded.made += 1;
    let step = Step::new(recorded.made, changes);
    let asked = recorded.asked();
    drop(recorded);
    // The rule is the user's.
    let answer = asked.map(|(rule, last)| {
        let is_one = panic::catch_unwind(AssertUnwindSafe(|| rule(&last, &step)));
        (is_one, last.number)
    });
    let (part_of, panicked) = match answer {
        Some((Ok(true), last)) => (Some(last), None),
        Some((Err(payload), _)) => (None, Some(payload)),
        Some((Ok(false), _)) | None => (None, None),
    };
    let gone = inner.recorded.lock().record(step, part_of);
    garbage::drop_caught(gone);
    if let Some(payload) = panicked {
        panic::resume_unwind(payload);
    }
}

/// Tells those who show the counts.
pub(super) fn recount(inner: &Arc<Inner>) {
    let newest = Arc::downgrade(inner);
    inner.counts.update(move |counts| {
        // When it is applied: of two threads the last tells what is.
        if let Some(inner) = newest.upgrade() {
            *counts = inner.recorded.lock().counts();
        }
    });
}

/// What a thread commits is recorded otherwise until this goes.
pub(super) struct Mark<'a> {
    inner: &'a Inner,
    kind: Kind,
}

enum Kind {
    Group,
    Silent,
    /// Another thread has a group open.
    None,
}

impl<'a> Mark<'a> {
    pub(super) fn group(inner: &'a Inner) -> Self {
        let thread = thread::current().id();
        let mut recorded = inner.recorded.lock();
        let group = recorded.group.get_or_insert(Group { thread, depth: 0, step: None });
        let is_mine = group.thread == thread;
        group.depth += usize::from(is_mine);
        drop(recorded);
        Self { inner, kind: if is_mine { Kind::Group } else { Kind::None } }
    }

    pub(super) fn unrecorded(inner: &'a Inner) -> Self {
        inner.recorded.lock().silent.push(thread::current().id());
        Self { inner, kind: Kind::Silent }
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        let mut recorded = self.inner.recorded.lock();
        match self.kind {
            Kind::Group => {
                let _closed = recorded.group.take_if(|group| {
                    group.depth -= 1;
                    group.depth == 0
                });
            }
            Kind::Silent => {
                let me = thread::current().id();
                let at = recorded.silent.iter().rposition(|thread| *thread == me);
                if let Some(at) = at {
                    recorded.silent.swap_remove(at);
                }
            }
            Kind::None => {}
        }
    }
}
