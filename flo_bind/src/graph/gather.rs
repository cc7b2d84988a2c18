//! What the parts of a run read, for a computed that does not read all of it in each run.
//!
//! A list that is derived row by row runs its closure for the rows that have changed alone; what it read for the others
//! must stay what the list follows from. So what is read for a row does not become a dep of the run: who runs the closure takes it, and
//! sees to it that its changes are told.

use rustc_hash::FxHashSet;

use super::{
    frame::{self, Frame, Reads},
    node::{Id, NodeRef},
    thread,
    value::Version,
};

/// Nodes that were read, each held and each once, in the order in which they were, and of which version they were.
pub(crate) type Found = Vec<(NodeRef, Option<Version>)>;

/// A part of a run whose reads are gathered; of a run for one reader alone, whose reads are nobody's deps, none are.
pub(crate) struct Gathering<'a> {
    /// The run's.
    frame: &'a Frame,
    /// What it did with its reads before, where they are gathered now.
    before: Option<Reads>,
    /// How many were gathered around this and not taken yet, and what.
    outer: Option<Box<(u32, Found)>>,
}

/// What was read for one row.
pub(crate) enum Taken {
    /// The same as what was known, in the same order and the same versions.
    Known,
    Found(Found),
}

impl<'a> Gathering<'a> {
    #[inline]
    fn begin(frame: &'a Frame) -> Self {
        let before = frame.begin_gathering();
        let is_inside = before.is_some() && frame.has_gathered();
        Self { frame, before, outer: is_inside.then(|| Box::new(put_aside(frame))) }
    }

    /// Whether something was read that was not taken yet.
    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        self.before.is_some() && self.frame.has_gathered()
    }

    /// Whether reads are gathered.
    pub(crate) fn is_for_all(&self) -> bool {
        self.before.is_some()
    }

    /// Takes what was read, where `known` is what was taken before.
    pub(crate) fn take(&self, known: &Found) -> Taken {
        self.frame.forget_gathered();
        thread::with(|thread| {
            keep_first(&mut thread.gathered.borrow_mut());
            if is_same(&thread.gathered.borrow(), known) {
                // Each is held by `known` as well, so that none goes here.
                thread.gathered.borrow_mut().clear();
                return Taken::Known;
            }
            Taken::Found(thread.gathered.take())
        })
    }
}

/// Whether two readings come to the same, which one that was for a single run does not.
pub(crate) fn is_same(one: &Found, other: &Found) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|((one, seen), (other, known))| {
            one.id() == other.id() && seen == known && seen.is_some()
        })
}

/// Runs `f`, which is to take what is read in it. If it panics, what it has not taken becomes a dep of the run under way.
pub(crate) fn gather<R>(f: impl FnOnce(&Gathering<'_>) -> R) -> R {
    let made = frame::innermost(|frame| f(&Gathering::begin(frame)));
    made.unwrap_or_else(|| unreachable!("what is gathered is read in a run"))
}

impl Drop for Gathering<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(before) = self.before else { return };
        self.frame.end_gathering(before);
        if self.frame.has_gathered() || self.outer.is_some() {
            put_back(self.frame, self.outer.take());
        }
    }
}

#[cold]
fn put_aside(frame: &Frame) -> (u32, Found) {
    (frame.gathers(0), thread::with(|thread| thread.gathered.take()))
}

/// What is left becomes deps, and what was gathered around it is gathered on.
#[cold]
fn put_back(frame: &Frame, outer: Option<Box<(u32, Found)>>) {
    let (count, outer) = outer.map_or_else(Default::default, |outer| *outer);
    frame.gathers(count);
    let left = thread::with(|thread| thread.gathered.replace(outer));
    track(&left);
}

/// Makes what was found deps of the run under way.
pub(crate) fn track(found: &Found) {
    for (node, version) in found {
        frame::track(node.id(), *version);
    }
}

/// So many of the last are looked at before one more is kept: a loop reads the same few nodes in turn.
const SCANNED: usize = 8;

/// Notes a read of the innermost [`gather`].
pub(super) fn add(id: Id, version: Option<Version>) {
    thread::with(|thread| {
        let mut found = thread.gathered.borrow_mut();
        if !found.iter().rev().take(SCANNED).any(|(node, _)| node.id() == id) {
            found.push((NodeRef::of(id), version));
        }
    });
}

/// Keeps the first of those that are the same node.
fn keep_first(found: &mut Found) {
    if found.len() > SCANNED {
        let mut known = FxHashSet::default();
        found.retain(|(node, _)| known.insert(node.id()));
    }
}
