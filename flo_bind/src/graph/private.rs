//! Evaluating a computed for one reader alone: below staged writes, at a commit that the stored outcome
//! has left behind, or where another thread's run must not be waited for.
//!
//! Touches no edge and publishes nothing: the outcome goes to the transaction's or the snapshot's own
//! memory. A node that meets itself this way is a true cycle.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::Arc;

use super::{
    carried::Held,
    cell,
    frame::{self, Frame},
    node::{Bits, Id},
    now,
    running::{self, Computing, Snapshotted},
    staged, thread,
    value::{Outcome, Panicked, Seen},
};
use crate::trace;

/// Evaluates `id` for this thread.
///
/// # Panics
/// With the creation sites, where the node reads itself.
pub(crate) fn evaluate(id: Id) -> Seen {
    if is_running(id) {
        frame::panic_cycle(id);
    }
    let _computing = Computing::start();
    let _snapshot = Snapshotted::open();
    let running = Running::start(id);
    {
        let mut access = cell::lock(id);
        access.register(id);
        // What is read here is not published, but its next change must be told (G5).
        id.state.clear(Bits::TOLD);
    }
    let frame = Frame::private(id);
    let entered = frame.enter();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        trace::runs(id, &trace::one_reader());
        running::with_stack(|| id.compute(Held::NOTHING))
    }));
    drop(entered);
    drop(running);
    let outcome = match result {
        Ok(value) => Outcome::Value(value),
        Err(payload) => Outcome::Panicked(Arc::new(Panicked::new(payload))),
    };
    let seen = Seen { outcome, version: None };
    remember(id, &seen);
    seen
}

fn remember(id: Id, seen: &Seen) {
    if staged::remember(id, &seen.outcome) {
        return;
    }
    let mut access = cell::lock(id);
    if let Some(registration) = access.registration_mut(thread::number()) {
        id.state.set(Bits::SAVED);
        if registration.overrides.get(id).is_none() {
            let _none = registration.overrides.insert(id, seen.clone());
        }
    }
}

/// Whether `id` is being evaluated privately on this thread.
pub(crate) fn is_running(id: Id) -> bool {
    now::with(|now| now.private.get() > 0)
        && thread::with(|thread| thread.private.borrow().contains(&id))
}

struct Running(Id);

impl Running {
    fn start(id: Id) -> Self {
        thread::with(|thread| thread.private.borrow_mut().insert(id));
        now::with(|now| now.private.set(now.private.get() + 1));
        Self(id)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        thread::with(|thread| thread.private.borrow_mut().remove(&self.0));
        now::with(|now| now.private.set(now.private.get() - 1));
    }
}
