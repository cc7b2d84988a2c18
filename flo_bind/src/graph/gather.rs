//! What the parts of a run read, for a computed that does not read all of it in each run.
//!
//! A list that is derived row by row runs its closure for the rows that have changed alone; what it read for the others
//! must stay what the list follows from. So what is read for a row does not become a dep of the run: who runs the closure takes it, and
//! sees to it that its changes are told.
//!
//! What a thread has gathered is one list. Of each run under way whose reads are gathered, its frame says how many of the last are
//! its own: in the middle of a row another derived list may be computed, whose rows gather behind those of this one, and take
//! no more than their own.

use std::mem;

use rustc_hash::FxHashSet;

use super::{
    frame::{self, Frame, Reads},
    node::{Id, NodeRef},
    thread,
    value::Version,
};

/// A node that was read, held, and of which version it was.
type Read = (NodeRef, Option<Version>);

/// Nodes that were read, each once, in the order in which they were.
pub(crate) type Found = Vec<Read>;

/// A part of a run whose reads are gathered; of a run for one reader alone, whose reads are nobody's deps, none are.
pub(crate) struct Gathering<'a> {
    /// The run's.
    frame: &'a Frame,
    /// What it did with its reads before, where they are gathered now.
    before: Option<Reads>,
    /// How many were gathered around this in the same run, and not taken yet.
    outer: u32,
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
        let outer = if before.is_some() { frame.gathers(0) } else { 0 };
        Self { frame, before, outer }
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
    pub(crate) fn take(&self, known: &[Read]) -> Taken {
        let own = self.frame.gathers(0) as usize;
        thread::with(|thread| {
            let mut gathered = thread.gathered.borrow_mut();
            let from = gathered.len() - own;
            keep_first(&mut gathered, from);
            if is_same(&gathered[from..], known) {
                // Each is held by `known` as well, so that none goes here.
                gathered.truncate(from);
                return Taken::Known;
            }
            Taken::Found(cut(&mut gathered, from))
        })
    }
}

/// Whether two readings come to the same, which one that was for a single run does not.
pub(crate) fn is_same(one: &[Read], other: &[Read]) -> bool {
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
        let left = self.frame.gathers(self.outer);
        if left > 0 {
            put_back(left);
        }
    }
}

/// These last ones were not taken: they become deps, or are gathered for what is around this.
#[cold]
fn put_back(left: u32) {
    let left = thread::with(|thread| {
        let mut gathered = thread.gathered.borrow_mut();
        let from = gathered.len() - left as usize;
        cut(&mut gathered, from)
    });
    track(&left);
}

/// Takes those from here on.
fn cut(gathered: &mut Found, from: usize) -> Found {
    // All of them go without a copy.
    if from == 0 { mem::take(gathered) } else { gathered.split_off(from) }
}

/// Makes what was found deps of the run under way.
pub(crate) fn track(found: &Found) {
    for (node, version) in found {
        frame::track(node.id(), *version);
    }
}

/// So many of the last are looked at before one more is kept: a loop reads the same few nodes in turn.
const SCANNED: usize = 8;

/// Notes a read of the innermost [`gather`], which has so many of its own; gives whether that is one more.
pub(super) fn add(id: Id, version: Option<Version>, own: u32) -> bool {
    thread::with(|thread| {
        let mut found = thread.gathered.borrow_mut();
        let scanned = SCANNED.min(own as usize);
        let is_new = !found.iter().rev().take(scanned).any(|(node, _)| node.id() == id);
        if is_new {
            found.push((NodeRef::of(id), version));
        }
        is_new
    })
}

/// Keeps the first of those from here on that are the same node.
fn keep_first(found: &mut Found, from: usize) {
    if found.len() - from > SCANNED {
        let mut known = FxHashSet::default();
        let mut own = found.split_off(from);
        own.retain(|(node, _)| known.insert(node.id()));
        found.append(&mut own);
    }
}
