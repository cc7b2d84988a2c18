//! Evaluating a computed for one reader alone: below staged writes, at a commit that the stored outcome
//! has left behind, or where another thread's run must not be waited for.
//!
//! Touches no edge and publishes nothing: the outcome goes to the transaction's or the snapshot's own
//! memory. A node that meets itself this way is a true cycle.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::Arc;

use super::{
    cell,
    frame::{self, Entered, Frame},
    garbage::Garbage,
    node::{Node, NodeRef},
    running::{self, Computing, Snapshotted},
    staged,
    thread::{self, Thread},
    value::{Outcome, Panicked, Seen},
};

/// Evaluates `node` for this thread.
///
/// # Panics
/// With the creation sites, where the node reads itself.
pub(crate) fn evaluate(node: &NodeRef) -> Seen {
    if thread::with(|thread| is_running(thread, node.node())) {
        frame::panic_cycle(node);
    }
    let node = node.node();
    let _computing = Computing::start();
    let _snapshot = Snapshotted::open();
    let running = Running::start(node);
    let compute = {
        let mut access = cell::lock();
        let core = access.core_mut(node);
        // What is read here is not published, but its next change must be told (G5).
        core.told = false;
        core.compute.clone()
    };
    let Some(compute) = compute else { unreachable!("G6: only a computed is evaluated") };
    let entered = Entered::new(Frame::Private(Arc::clone(node)));
    let result = panic::catch_unwind(AssertUnwindSafe(|| running::with_stack(|| compute())));
    drop(entered);
    drop(running);
    let outcome = match result {
        Ok(value) => Outcome::Value(value),
        Err(payload) => Outcome::Panicked(Arc::new(Panicked::new(payload))),
    };
    let seen = Seen { outcome, version: None };
    remember(node, &seen);
    cell::lock().garbage.push(Garbage::Compute(compute));
    seen
}

fn remember(node: &Node, seen: &Seen) {
    if staged::remember(node, &seen.outcome) {
        return;
    }
    let mut access = cell::lock();
    if let Some(snapshot) = access.snapshot_mut(thread::number()) {
        snapshot.overrides.entry(node.number).or_insert_with(|| seen.clone());
    }
}

/// Whether `node` is being evaluated privately on this thread.
pub(crate) fn is_running(thread: &Thread, node: &Node) -> bool {
    thread.private.borrow().contains(&node.number)
}

struct Running(u64);

impl Running {
    fn start(node: &Node) -> Self {
        thread::with(|thread| thread.private.borrow_mut().insert(node.number));
        Self(node.number)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        thread::with(|thread| thread.private.borrow_mut().remove(&self.0));
    }
}
