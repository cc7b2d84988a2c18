//! Endings: of sources whose last writer went, of what depends on nothing else, and of subscriptions.
//!
//! ```text
//!   last Binding gone ─▶ source ended ─▶ for each dependent: open_deps − 1
//!                                        none left and clean: ended too ─▶ its dependents …
//!                                        followers are told; a detached effect is let go
//! ```
//!
//! A stale computed does not end: its next run may read something else. It ends when it is published
//! clean with no open dep.

use flo_core::{End, sync::Arc};

use super::{
    cell::{self, Access},
    edges, flush,
    garbage::Garbage,
    mark,
    node::{Ended, Kind, Mark, Node, NodeRef},
    retire, thread, wait,
};

/// The right to write a source. When the last is gone, the source has ended.
pub(crate) struct Writer(pub(crate) NodeRef);

impl Drop for Writer {
    fn drop(&mut self) {
        close(&self.0, Ended::Closed);
    }
}

/// Ends a source.
pub(crate) fn close(node: &NodeRef, why: Ended) {
    if thread::try_with(|_| ()).is_none() {
        return thread::elsewhere(|| close(node, why));
    }
    let node = node.node();
    let mut access = cell::lock();
    if access.core(node).ended.is_none() {
        set_ended(&mut access, node, why);
    }
    drop(access);
    flush::flush();
}

/// Ends a clean node that depends on nothing that could change: a computed ends for its readers, a
/// detached reaction is let go.
pub(crate) fn if_over(access: &mut Access, node: &Arc<Node>) {
    let core = access.core_mut(node);
    if core.open_deps > 0 || core.ended.is_some() {
        return;
    }
    match node.kind {
        Kind::Computed(_) => set_ended(access, node, Ended::Closed),
        Kind::Effect | Kind::Listener(_) => let_go(access, node),
        Kind::Source(_) => {}
    }
}

fn set_ended(access: &mut Access, node: &Arc<Node>, why: Ended) {
    access.core_mut(node).ended = Some(why);
    let mut stack = vec![Arc::clone(node)];
    while let Some(node) = stack.pop() {
        mark::tell_end(access, &node);
        let mut at = 0;
        while let Some(sub) = mark::sub_at(access, &node, at) {
            at += 1;
            let core = access.core_mut(&sub);
            core.open_deps -= 1;
            if core.open_deps > 0 || core.mark != Mark::Clean || core.busy.is_some() {
                continue;
            }
            match sub.kind {
                // One that had ended is counted as ended by those below it.
                Kind::Computed(_) if core.ended.is_some() => {}
                Kind::Computed(_) => {
                    core.ended = Some(Ended::Closed);
                    stack.push(sub);
                }
                Kind::Effect | Kind::Listener(_) => let_go(access, &sub),
                Kind::Source(_) => {}
            }
        }
    }
}

fn let_go(access: &mut Access, node: &Node) {
    let life = access.core_mut(node).detached.take();
    access.garbage.extend(life.map(|life| Garbage::Other(Box::new(life))));
}

/// Unlinks a node that nobody holds or that was ended; what users own goes when the lock does.
pub(crate) fn take_apart(access: &mut Access, node: &Arc<Node>) {
    let core = access.core_mut(node);
    core.dead = true;
    core.pending = false;
    let deps = std::mem::take(&mut core.deps);
    let (outcome, compute, react) = (core.outcome.take(), core.compute.take(), core.react.take());
    let attached = core.attached.take();
    edges::unlink_all(access, deps);
    access.discard(outcome);
    access.garbage.extend(compute.map(Garbage::Compute));
    access.garbage.extend(react.map(Garbage::React));
    access.garbage.extend(attached.map(Garbage::Other));
    let_go(access, node);
}

/// What stands behind the subscription of an effect or a listener.
pub(crate) struct Reaction(pub(crate) NodeRef);

impl Reaction {
    /// No run starts from here on; whether none is under way. It has still to be ended.
    pub(crate) fn stop(&self) -> bool {
        let mut access = cell::lock();
        let core = access.core_mut(self.0.node());
        core.dead = true;
        core.busy.is_none()
    }
}

/// Ends an effect or a listener.
pub(crate) fn end(node: &Arc<Node>) {
    // At once, so that no run starts from here on; taken apart in the loop that has no recursion, since
    // what it captured may be subscriptions in turn.
    cell::lock().core_mut(node).dead = true;
    retire::retire(node);
}

impl End for Reaction {
    fn end(&self) {
        end(self.0.node());
    }

    fn wait(&self) {
        let node = self.0.node();
        let access = cell::lock();
        if access.core(node).busy != Some(thread::number()) {
            // Where waiting would close a circle of threads, the run ends a little later.
            let _waited = wait::wait_over(access, node);
        }
    }

    fn detach(self: Arc<Self>) {
        let node = self.0.node();
        let mut access = cell::lock();
        access.core_mut(node).detached = Some(self.0.clone());
        let core = access.core(node);
        if core.mark == Mark::Clean && core.busy.is_none() && core.open_deps == 0 {
            let_go(&mut access, node);
        }
    }
}
