//! What user code owns and must be dropped without a lock.

use std::{
    any::Any,
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
};

use super::{
    node::{Compute, Dep, React},
    surface,
    value::{Outcome, Seen},
};

/// Something on its way out of the graph.
#[expect(dead_code, reason = "held only to be dropped")]
pub(crate) enum Garbage {
    Outcome(Outcome),
    Deps(Vec<Dep>),
    Compute(Compute),
    React(React),
    Overrides(HashMap<u64, Seen>),
    Other(Box<dyn Any + Send>),
}

/// Drops all of it, each also when an earlier one panicked; the first panic is kept for
/// [`surface`](super::surface::surface).
pub(crate) fn dispose(garbage: Vec<Garbage>) {
    for item in garbage {
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(item))) {
            surface::keep(payload);
        }
    }
}
