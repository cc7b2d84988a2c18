//! Running the closure of a claimed computed, and publishing what it came to.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::Arc;

use crate::trace;

use super::{
    cell::{self, Access},
    edges, end,
    frame::{Entered, Found, Frame},
    garbage::Garbage,
    group::Group,
    mark,
    node::{Kind, Mark, Node},
    read,
    running::{self, begin_of},
    staged, surface, thread,
    value::{Equality, Outcome, Panicked, Payload, Seen, Value},
};

/// Runs `node`, claimed by this thread, with the lock released meanwhile, and publishes it.
pub(crate) fn run(access: Access, node: &Arc<Node>) -> Access {
    let (compute, old) = {
        let core = access.core(node);
        (core.compute.clone(), core.outcome.clone())
    };
    let cause = trace::cause(&access, node);
    drop(access);
    let Some(compute) = compute else { unreachable!("a claimed computed has its closure") };
    let entered = Entered::new(Frame::Tracked(Arc::clone(node), Found::default()));
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        trace::runs(node, &cause);
        running::with_stack(|| compute())
    }));
    let found = entered.found();
    let outcome = match result {
        Ok(value) => Outcome::Value(value),
        Err(payload) => Outcome::Panicked(Arc::new(Panicked::new(payload))),
    };
    let (changed, unused) = changed(node, old.as_ref(), outcome);
    let mut access = cell::lock();
    // Dropped with the garbage: a `Drop` that panics here would leave the node claimed for ever.
    access.garbage.push(Garbage::Compute(compute));
    access.discard(old);
    access.discard(unused);
    edges::relink(&mut access, node, found);
    publish(&mut access, node, changed);
    access
}

/// What is to be stored, or `None` where the new outcome is equal to the old one; and what is not to be,
/// for the garbage. A comparison that panics makes the outcome that panic.
fn changed(node: &Node, old: Option<&Outcome>, new: Outcome) -> (Option<Outcome>, Option<Outcome>) {
    let (Some(Outcome::Value(old)), Outcome::Value(value)) = (old, &new) else {
        return (Some(new), None);
    };
    let Kind::Computed(equality) = &node.kind else { return (Some(new), None) };
    match panic::catch_unwind(AssertUnwindSafe(|| running::equal(equality, old, value))) {
        Ok(true) => (None, Some(new)),
        Ok(false) => (Some(new), None),
        Err(payload) => (Some(Outcome::Panicked(Arc::new(Panicked::new(payload)))), Some(new)),
    }
}

/// G4, G6, G7: stores what a run at this thread's snapshot came to.
fn publish(access: &mut Access, node: &Arc<Node>, changed: Option<Outcome>) {
    let begin = begin_of(access);
    access.save_for_snapshots(node, None);
    let core = access.core_mut(node);
    core.stamp = begin;
    if let Some(outcome) = changed {
        core.version = core.version.next();
        let replaced = core.outcome.replace(outcome);
        access.discard(replaced);
    }
    settle(access, node, begin);
}

/// Publishes a node whose deps are all as its last run saw them: what it holds is right at this thread's
/// snapshot too. Between the last run and now it need not have been: a dep may have gone and come back.
pub(crate) fn verified(access: &mut Access, node: &Arc<Node>) {
    let begin = begin_of(access);
    access.save_for_snapshots(node, None);
    access.core_mut(node).stamp = begin;
    settle(access, node, begin);
}

/// Gives the claim back: clean where the outcome is right for the present too, stale where commits have
/// overtaken it.
fn settle(access: &mut Access, node: &Arc<Node>, begin: u64) {
    let present = is_present(access, node, begin) && was_right_since(access, node, begin);
    let newest = access.commits;
    let core = access.core_mut(node);
    core.busy = None;
    if present {
        core.mark = Mark::Clean;
        core.told = false;
        end::if_over(access, node);
    } else {
        core.mark = Mark::Check;
        core.since = newest.min(begin + 1);
        let seen =
            core.outcome.clone().map(|outcome| Seen { outcome, version: Some(core.version) });
        if newest == begin
            && let Some((seen, snapshot)) = seen.zip(access.snapshot_mut(thread::number()))
        {
            // No commit came between, so no interval says so, but for this reader it is right; the next
            // one computes anew, and gets edges that tell.
            snapshot.overrides.insert(node.number, seen);
        }
        // A dep that is new in this run may have changed before its edge was there to carry the mark.
        mark::tell_below(access, node, begin + 1);
    }
    access.tell_published();
}

/// Whether what `node` read at commit `begin` is right for the present, and its edges tell when it is not.
///
/// A dep without a version was computed for this run alone, because another thread is computing it or
/// because it is in a cycle. While it is busy, whoever has it tells of what it comes to (G5). Once it is
/// published it is relied on only if it is right: the edges of one that is stale are those of another run.
fn is_present(group: &Group, node: &Node, begin: u64) -> bool {
    group.core(node).deps.iter().all(|dep| {
        let core = group.core(dep.node.node());
        let right = core.is_right_at(group.commits);
        match dep.seen {
            None => group.commits == begin && (core.busy.is_some() || right),
            seen => seen == Some(core.version) && right,
        }
    })
}

/// G4: whether no dep has gone and come back since commit `begin`, so that what was right then and is
/// right now was right all the time.
fn was_right_since(group: &Group, node: &Node, begin: u64) -> bool {
    let mut deps = group.core(node).deps.iter();
    deps.all(|dep| dep.seen.is_none() || group.core(dep.node.node()).stamp <= begin)
}

/// Runs the closure of an effect or a listener that this thread has claimed, and takes its reads for
/// its deps. The claim stays.
pub(crate) fn run_reaction(node: &Arc<Node>) -> Result<(), Payload> {
    let (react, cause) = {
        let mut access = cell::lock();
        let cause = trace::cause(&access, node);
        (access.core_mut(node).react.take(), cause)
    };
    let Some(mut react) = react else { return Ok(()) };
    let frame = match node.kind {
        Kind::Effect => Frame::Tracked(Arc::clone(node), Found::default()),
        _ => Frame::Untracked,
    };
    let entered = Entered::new(frame);
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        trace::runs(node, &cause);
        react();
    }));
    let mut found = entered.found();
    // The reader's equality is a stranger's; if it panics the dep stays without a version.
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| settle_alone(&mut found))) {
        surface::keep(payload);
    }
    let mut access = cell::lock();
    access.core_mut(node).react = Some(react);
    if matches!(node.kind, Kind::Effect) {
        edges::relink(&mut access, node, found);
    }
    drop(access);
    result
}

/// Gives those reads of an effect a version that were computed for it alone, below what a transaction of
/// its own had staged: now they can be published, and where they come to the same the run has seen that.
fn settle_alone(found: &mut Found) {
    for (node, value) in std::mem::take(&mut found.alone) {
        let seen = read::look(&node);
        let Outcome::Value(now) = seen.outcome else { continue };
        if differ(node.node(), &value, &now) {
            continue;
        }
        let mut reads = found.reads.iter_mut();
        if let Some((_, version)) = reads.find(|(read, _)| Arc::ptr_eq(read.node(), node.node()))
            && version.is_none()
        {
            *version = seen.version;
        }
    }
    staged::apply_later();
}

/// Gives the claim of a reaction back; queues it again where it was marked or overtaken meanwhile (G8),
/// and takes it apart where it was ended.
pub(crate) fn release_reaction(access: &mut Access, node: &Arc<Node>) {
    let begin = begin_of(access);
    let marked = access.core(node).mark != Mark::Clean;
    let again = marked || matches!(node.kind, Kind::Effect) && !is_present(access, node, begin);
    let core = access.core_mut(node);
    debug_assert_eq!(core.busy, Some(thread::number()), "G9");
    core.busy = None;
    if core.dead {
        end::take_apart(access, node);
    } else if again {
        // Checked first: the deps hold what this run saw, so an equal outcome is no reason to run.
        core.mark = Mark::Check;
        mark::queue(access, node);
    } else {
        core.mark = Mark::Clean;
        end::if_over(access, node);
    }
    access.tell_published();
}

/// Whether a write of `new` over `old` is a change, by the node's own comparison.
pub(crate) fn differ(node: &Node, old: &Value, new: &Value) -> bool {
    match &node.kind {
        Kind::Source(equality) | Kind::Computed(equality) => !running::equal(equality, old, new),
        Kind::Effect | Kind::Listener(_) => true,
    }
}

/// The comparison of a readable node.
pub(crate) fn equality(node: &Node) -> &Equality {
    match &node.kind {
        Kind::Source(equality) | Kind::Computed(equality) => equality,
        Kind::Effect | Kind::Listener(_) => &Equality::Never,
    }
}
