//! Refreshing a computed: check what it read, and run it only if that differs.
//!
//! ```text
//!   stack   [ e: dep 0 of 1 ]                          e is CHECK: claim it, look at its deps in order
//!           [ e: dep 0 of 1 ][ c: dep 0 of 2 ]         its dep c is stale: claim it too
//!           [ e: dep 0 of 1 ]                          c ran and came to something equal: same version
//!           [ ]                                        e is verified without a run
//! ```
//!
//! The walk is iterative (G11). The lock is held while deps are compared and released around each run.
//! Deps are compared in the order in which they were read and the first difference decides, so a dep is
//! never refreshed that the run would not have read again.

use flo_core::sync::atomic::Ordering::Relaxed;

#[cfg(test)]
use super::steps;
use super::{
    cell::{self, Access},
    node::{Bits, Id, Role},
    read::{Standing, standing, stands},
    run,
    running::Computing,
    stack::Stack,
    thread,
    value::{Seen, Version},
    wait::{self, Waited},
};

/// What a refresh came to.
pub(crate) enum Refreshed {
    /// The node's outcome is right for this thread's snapshot now.
    Known,
    /// This is right for it.
    Saved(Seen),
    /// The node is being computed by this very thread.
    Cycle,
    /// Another thread is computing it and must not be waited for, or it moved on past this snapshot.
    Alone,
}

/// One claimed node of the walk.
struct Step {
    node: Id,
    /// The next dep to compare.
    at: u32,
    /// The version of that dep which the last run saw.
    seen: Option<Version>,
}

impl Step {
    /// Of a node that was just claimed, and need not run in any case.
    #[inline]
    fn new(node: Id) -> Self {
        Self { node, at: 0, seen: None }
    }

    /// Goes past the dep it has come to, which this thread has just published, or finds that it is another than the last
    /// run saw: as far as its state tells.
    #[inline]
    fn differs_at(&mut self, dep: Id) -> bool {
        let state = dep.state.now();
        if state.has(Bits::STALE) {
            return false;
        }
        if state.has(Bits::TOLD) {
            // Its run has told those who awaited that; this one relies on it from here on, and is to be told again (G5).
            dep.state.clear(Bits::TOLD);
        }
        let differs = Some(state.version()) != self.seen;
        self.at += u32::from(!differs);
        differs
    }
}

enum Verdict {
    Unchanged,
    MustRun,
    /// This stale dep first.
    First(Id),
    /// This dep is busy on another thread.
    Busy(Id),
}

/// Makes `id`, which is stale, right for this thread's snapshot, which must be open and registered.
pub(crate) fn refresh(mut access: Access, id: Id) -> (Access, Refreshed) {
    let _computing = Computing::start();
    let me = thread::number();
    loop {
        if !id.state.has(Bits::BUSY) {
            access = refresh_nested(access, id, me);
        } else if id.derived().owner.load(Relaxed) == me {
            return (access, Refreshed::Cycle);
        } else {
            match wait::wait_published(access, id) {
                Waited::Published => access = cell::lock(id),
                Waited::GaveUp => return (cell::lock(id), Refreshed::Alone),
            }
        }
        match standing(&mut access, id) {
            Standing::Known => return (access, Refreshed::Known),
            Standing::Saved(seen) => return (access, Refreshed::Saved(seen)),
            Standing::TooNew => return (access, Refreshed::Alone),
            Standing::Stale => {}
        }
    }
}

/// As [`refresh`], of a computed that is not busy, inside a run of this thread, whose number is `me`.
#[inline]
pub(crate) fn refresh_nested(access: Access, id: Id, me: u32) -> Access {
    if claim(id, me) { run::run(access, id, me) } else { walk(access, Step::new(id), me).0 }
}

/// Checks the deps of `reaction`, which this thread has claimed; whether one of them differs from what
/// it saw in its last run.
pub(crate) fn differs(access: Access, reaction: Id, me: u32) -> (Access, bool) {
    let _computing = Computing::start();
    walk(access, Step::new(reaction), me)
}

/// Makes `id` busy by this thread, whose number is `me`, and clears its marks; whether it must run in any case. Under the lock.
#[inline]
pub(crate) fn claim(id: Id, me: u32) -> bool {
    debug_assert!(!id.state.has(Bits::BUSY), "G9");
    id.derived().owner.store(me, Relaxed);
    // Not told: before anything is read, so that a change that comes meanwhile is told.
    let was = id.state.replace_of(Bits::MARKED | Bits::TOLD, Bits::BUSY);
    was.has(Bits::DIRTY) || was.has(Bits::EMPTY) && was.role() == Role::Computed
}

/// How deep a walk goes without memory of its own.
const INLINE: usize = 8;

/// Works a stack off that begins with `first`. A computed is published; of a reaction, whether it must run.
fn walk(mut access: Access, first: Step, me: u32) -> (Access, bool) {
    let root = first.node;
    let mut stack = Stack::<Step, INLINE>::new();
    // Another one only where the lock was away.
    let mut view = access.view(me);
    let mut top = first;
    loop {
        let mut must_run = match compare(&mut access, &mut top, view, me) {
            Verdict::Unchanged => false,
            Verdict::MustRun => true,
            Verdict::First(dep) if claim(dep, me) => {
                access = run::run(access, dep, me);
                view = access.view(me);
                if !top.differs_at(dep) {
                    continue;
                }
                true
            }
            Verdict::First(dep) => {
                stack.push(std::mem::replace(&mut top, Step::new(dep)));
                continue;
            }
            Verdict::Busy(dep) => {
                let waited = wait::wait_published(access, dep);
                access = cell::lock_by(root, me);
                view = access.view(me);
                // Who cannot wait runs, and reads the dep privately in that run.
                if matches!(waited, Waited::Published) {
                    continue;
                }
                true
            }
        };
        // The top is decided, and with it what is below, as far as it differs.
        loop {
            let node = top.node;
            if node.role() != Role::Computed {
                return (access, must_run);
            }
            if must_run {
                access = run::run(access, node, me);
                view = access.view(me);
            } else {
                run::verified(&mut access, node, me);
            }
            let Some(step) = stack.pop() else { return (access, false) };
            top = step;
            must_run = top.differs_at(node);
            if !must_run {
                break;
            }
        }
    }
}

/// Goes on with the deps of `step` until one decides, for a reader whose view of the group this is.
#[inline]
fn compare(
    access: &mut Access,
    step: &mut Step,
    (begin, has_overrides): (u64, bool),
    me: u32,
) -> Verdict {
    loop {
        #[cfg(test)]
        steps::touch();
        let Some(dep) = access.deps(step.node).get(step.at as usize) else {
            return Verdict::Unchanged;
        };
        let (node, seen) = (dep.node, dep.seen());
        if !has_overrides {
            // The usual ones first, by what their state says.
            let usual = usually(node, begin);
            debug_assert!(is_as_it_stands(usual.as_ref(), node, begin), "G4");
            match usual {
                Some(Usually::Known(version)) if seen == Some(version) => {
                    step.at += 1;
                    continue;
                }
                Some(Usually::Known(_)) => return Verdict::MustRun,
                Some(Usually::Stale) => {
                    step.seen = seen;
                    return Verdict::First(node);
                }
                None => {}
            }
        }
        let stands = if has_overrides { standing(access, node) } else { stands(node, begin) };
        match stands {
            Standing::Known if seen == Some(node.state.version()) => step.at += 1,
            Standing::Saved(now) if is_same(now.version, seen) => step.at += 1,
            Standing::Known | Standing::Saved(_) | Standing::TooNew => return Verdict::MustRun,
            Standing::Stale if !node.state.has(Bits::BUSY) => {
                step.seen = seen;
                return Verdict::First(node);
            }
            // Busy by this thread: a cycle, which the run will meet and report.
            Standing::Stale if node.derived().owner.load(Relaxed) == me => return Verdict::MustRun,
            Standing::Stale => return Verdict::Busy(node),
        }
    }
}

/// What a computed mostly is for a reader of the state after a commit.
enum Usually {
    Known(Version),
    /// And nobody is computing it.
    Stale,
}

/// As [`stands`], of a computed that is one of these.
#[inline]
fn usually(id: Id, begin: u64) -> Option<Usually> {
    let state = id.state.now();
    // A stamp from 1 to `begin`, so that `OVERTAKEN` is not of it.
    let is_so_old = id.stamp.load(Relaxed).wrapping_sub(1) < begin;
    if state.role() != Role::Computed || !is_so_old || state.has(Bits::BUSY | Bits::EMPTY) {
        return None;
    }
    if !state.has(Bits::MARKED | Bits::TOLD) {
        return Some(Usually::Known(state.version()));
    }
    // G4
    let is_stale = state.has(Bits::MARKED) && id.derived().since.load(Relaxed) <= begin;
    is_stale.then_some(Usually::Stale)
}

/// Whether that is what the rule says, which it is part of; where it is, that changes nothing.
fn is_as_it_stands(usual: Option<&Usually>, id: Id, begin: u64) -> bool {
    match usual {
        None => true,
        Some(Usually::Known(_)) => matches!(stands(id, begin), Standing::Known),
        Some(Usually::Stale) => matches!(stands(id, begin), Standing::Stale),
    }
}

fn is_same(now: Option<Version>, seen: Option<Version>) -> bool {
    now.is_some() && now == seen
}
