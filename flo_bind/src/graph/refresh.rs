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

use flo_core::sync::Arc;

use super::{
    cell::{self, Access},
    node::{Kind, Mark, Node},
    read::{Standing, standing},
    run,
    running::Computing,
    thread,
    value::Seen,
    wait::{self, Waited},
};

/// What a refresh came to.
pub(crate) enum Refreshed {
    /// The node's outcome is right for this thread's snapshot now.
    Seen(Seen),
    /// The node is being computed by this very thread.
    Cycle,
    /// Another thread is computing it and must not be waited for, or it moved on past this snapshot.
    Alone,
}

/// One claimed node of the walk.
struct Step {
    node: Arc<Node>,
    /// The next dep to compare.
    at: usize,
    must_run: bool,
}

enum Verdict {
    Unchanged,
    MustRun,
    /// This stale dep first.
    First(Arc<Node>),
    /// This dep is busy on another thread.
    Busy(Arc<Node>),
}

/// Makes `node` right for this thread's snapshot, which must be open.
pub(crate) fn refresh(node: &Arc<Node>) -> Refreshed {
    let _computing = Computing::start();
    loop {
        let mut access = cell::lock();
        match standing(&mut access, node) {
            Standing::Known(seen) => return Refreshed::Seen(seen),
            Standing::TooNew => return Refreshed::Alone,
            Standing::Stale => {}
        }
        match access.core(node).busy {
            None => {
                let must_run = claim(&mut access, node);
                let root = Step { node: Arc::clone(node), at: 0, must_run };
                walk(access, vec![root]);
            }
            Some(owner) if owner == thread::number() => return Refreshed::Cycle,
            Some(_) => match wait::wait_published(access, node) {
                Waited::Published => {}
                Waited::GaveUp => return Refreshed::Alone,
            },
        }
    }
}

/// Checks the deps of `reaction`, which this thread has claimed; whether one of them differs from what
/// it saw in its last run.
pub(crate) fn differs(reaction: &Arc<Node>) -> bool {
    let _computing = Computing::start();
    walk(cell::lock(), vec![Step { node: Arc::clone(reaction), at: 0, must_run: false }])
}

/// Makes `node` busy by this thread and clears its marks; whether it must run in any case.
pub(crate) fn claim(access: &mut Access, node: &Node) -> bool {
    let owner = thread::number();
    let core = access.core_mut(node);
    debug_assert!(core.busy.is_none(), "G9");
    core.busy = Some(owner);
    // Before anything is read, so that a change that comes meanwhile is told.
    core.told = false;
    let mark = std::mem::replace(&mut core.mark, Mark::Clean);
    mark == Mark::Dirty || core.outcome.is_none() && matches!(node.kind, Kind::Computed(_))
}

/// Works the stack off. A computed at its bottom is published; of a reaction there, whether it must run.
fn walk(mut access: Access, mut stack: Vec<Step>) -> bool {
    while let Some(top) = stack.last_mut() {
        match compare(&mut access, top) {
            Verdict::First(dep) => {
                let must_run = claim(&mut access, &dep);
                stack.push(Step { node: dep, at: 0, must_run });
            }
            Verdict::Busy(dep) => {
                let waited = wait::wait_published(access, &dep);
                access = cell::lock();
                // Who cannot wait runs, and reads the dep privately in that run.
                top.must_run |= matches!(waited, Waited::GaveUp);
            }
            verdict @ (Verdict::Unchanged | Verdict::MustRun) => {
                let must_run = matches!(verdict, Verdict::MustRun);
                if !matches!(top.node.kind, Kind::Computed(_)) {
                    return must_run;
                }
                let node = Arc::clone(&top.node);
                stack.pop();
                access = if must_run {
                    run::run(access, &node)
                } else {
                    run::verified(&mut access, &node);
                    access
                };
            }
        }
    }
    false
}

/// Goes on with the deps of `step` until one decides.
fn compare(access: &mut Access, step: &mut Step) -> Verdict {
    if step.must_run {
        return Verdict::MustRun;
    }
    loop {
        let Some(dep) = access.core(&step.node).deps.get(step.at) else {
            return Verdict::Unchanged;
        };
        let (node, seen) = (Arc::clone(dep.node.node()), dep.seen);
        match standing(access, &node) {
            Standing::Known(now) if now.version.is_some() && now.version == seen => step.at += 1,
            Standing::Known(_) | Standing::TooNew => return Verdict::MustRun,
            Standing::Stale => {
                return match access.core(&node).busy {
                    None => Verdict::First(node),
                    // Busy by this thread: a cycle, which the run will meet and report.
                    Some(owner) if owner == thread::number() => Verdict::MustRun,
                    Some(_) => Verdict::Busy(node),
                };
            }
        }
    }
}
