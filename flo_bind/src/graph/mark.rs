//! Pushing marks down: what a commit does to those who depend on what it wrote.
//!
//! Iterative, with its own stack (G11). Descends only where a clean node became stale: below a stale
//! node everything is stale already, or busy and carries the mark (G5).

use flo_core::sync::Arc;

use super::{
    group::Group,
    node::{Core, Hears, Kind, Mark, Node},
    thread,
};

/// Marks what depends on `source`, of which commit number `commit` changes the value.
pub(crate) fn mark_dependents(group: &mut Group, source: &Arc<Node>, commit: u64) {
    let mut stack = vec![(Arc::clone(source), Mark::Dirty)];
    while let Some((node, mark)) = stack.pop() {
        let tell = !std::mem::replace(&mut group.core_mut(&node).told, true);
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
                    if stale(group.core_mut(&sub), mark, commit) {
                        stack.push((sub, Mark::Check));
                    }
                }
            }
        }
    }
}

/// Puts `mark` on a computed; whether it was clean before.
fn stale(core: &mut Core, mark: Mark, commit: u64) -> bool {
    let was = core.mark;
    core.mark = was.max(mark);
    if was == Mark::Clean && core.busy.is_none() {
        // While it is busy its stored outcome ended when it was claimed stale: `since` stands.
        core.since = commit;
    }
    was == Mark::Clean
}

/// Tells those who listen to `node` that it may have changed, once until it is read again.
pub(crate) fn tell_listeners(group: &mut Group, node: &Arc<Node>) {
    if std::mem::replace(&mut group.core_mut(node).told, true) {
        return;
    }
    let mut at = 0;
    while let Some(sub) = sub_at(group, node, at) {
        at += 1;
        if matches!(sub.kind, Kind::Listener(_)) {
            queue(group, &sub);
        }
    }
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

/// G8: puts a marked effect or listener into this thread's queue, out of another one's if need be.
/// A busy one is queued by its owner on every way out.
pub(crate) fn queue(group: &mut Group, reaction: &Arc<Node>) {
    let core = group.core_mut(reaction);
    core.mark = core.mark.max(Mark::Check);
    if core.busy.is_some() || core.dead {
        return;
    }
    thread::with(|thread| {
        if core.queued.replace(thread.number) != Some(thread.number) {
            thread.queue.borrow_mut().insert(reaction.number, Arc::clone(reaction));
        }
    });
}
