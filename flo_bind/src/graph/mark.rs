//! Pushing marks down: what a commit does to those who depend on what it wrote.
//!
//! Iterative, with its own stack (G11). Descends through a computed once until it is read or computed
//! again: those below have been told (G5).

use flo_core::sync::Arc;

use super::{
    group::Group,
    node::{Core, Hears, Kind, Mark, Node},
    thread,
};

/// Marks what depends on `source`, of which commit number `commit` changes the value.
pub(crate) fn mark_dependents(group: &mut Group, source: &Arc<Node>, commit: u64) {
    push_down(group, source, Mark::Dirty, commit);
}

/// Tells those below a computed that was published stale: what it holds is not right from `since` on.
pub(crate) fn tell_below(group: &mut Group, node: &Arc<Node>, since: u64) {
    push_down(group, node, Mark::Check, since);
}

fn push_down(group: &mut Group, from: &Arc<Node>, mark: Mark, since: u64) {
    let tell = !std::mem::replace(&mut group.core_mut(from).told, true);
    let mut stack = vec![(Arc::clone(from), mark, tell)];
    while let Some((node, mark, tell)) = stack.pop() {
        let mut at = 0;
        while let Some(sub) = sub_at(group, &node, at) {
            at += 1;
            match sub.kind {
                Kind::Source(_) => {}
                Kind::Listener(_) => {
                    if tell {
                        queue(group, &sub);
                    }
                }
                Kind::Effect => {
                    let core = group.core_mut(&sub);
                    core.mark = core.mark.max(mark);
                    queue(group, &sub);
                }
                Kind::Computed(_) => {
                    if stale(group.core_mut(&sub), mark, since) {
                        stack.push((sub, Mark::Check, true));
                    }
                }
            }
        }
    }
}

/// Puts `mark` on a computed; whether those below it have still to be told.
fn stale(core: &mut Core, mark: Mark, since: u64) -> bool {
    let was = core.mark;
    core.mark = was.max(mark);
    if was == Mark::Clean && core.busy.is_none() {
        // While it is busy its stored outcome ended when it was claimed stale: `since` stands.
        core.since = since;
    }
    !std::mem::replace(&mut core.told, true)
}

/// Tells those who listen for the end of `node`.
pub(crate) fn tell_end(group: &mut Group, node: &Arc<Node>) {
    let mut at = 0;
    while let Some(sub) = sub_at(group, node, at) {
        at += 1;
        if matches!(sub.kind, Kind::Listener(Hears::ChangesAndEnd)) {
            queue(group, &sub);
        }
    }
}

pub(crate) fn sub_at(group: &Group, node: &Node, at: usize) -> Option<Arc<Node>> {
    group.core(node).subs.get(at).map(|sub| Arc::clone(&sub.node))
}

/// G8: puts a marked effect or listener into this thread's queue; it may stand in others' too. A busy one
/// is queued by its owner on every way out.
pub(crate) fn queue(group: &mut Group, reaction: &Arc<Node>) {
    let core = group.core_mut(reaction);
    core.mark = core.mark.max(Mark::Check);
    if core.busy.is_some() || core.dead {
        return;
    }
    core.pending = true;
    thread::with(|thread| thread.queue.borrow_mut().insert(reaction.number, Arc::clone(reaction)));
}
