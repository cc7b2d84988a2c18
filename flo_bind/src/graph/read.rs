//! Reading a node: which outcome is right for this reader.
//!
//! ```text
//!   staged by my transaction?           that
//!   below something I staged?           evaluate privately
//!   in my snapshot's overrides?         that
//!   right at my snapshot's begin?       the stored one
//!   busy by me?                         a cycle
//!   computed for a later commit?        evaluate privately
//!   otherwise                           refresh
//! ```

use flo_core::Version;

use super::{
    cell, flush,
    frame::{self, track},
    group::Group,
    node::{Kind, Node, NodeRef},
    private,
    refresh::{self, Refreshed},
    running::Snapshotted,
    staged, surface, thread,
    value::{Outcome, Seen, Value},
};

/// What `node` is for this reader; becomes a dep of the run under way.
///
/// # Panics
/// Where the computed did, or with the creation sites where it reads itself.
pub(crate) fn read(node: &NodeRef) -> Value {
    read_versioned(node).0
}

/// As [`read`], with the version of what was read, where it has one.
pub(crate) fn read_versioned(node: &NodeRef) -> (Value, Option<Version>) {
    let seen = look(node);
    track(node, seen.version);
    if let (Outcome::Value(value), None) = (&seen.outcome, seen.version) {
        frame::track_alone(node, value);
    }
    match seen.outcome {
        Outcome::Value(value) => (value, seen.version),
        Outcome::Panicked(panicked) => panicked.again(node.node().site),
    }
}

/// As [`read`], without being noted.
pub(crate) fn look(node: &NodeRef) -> Seen {
    if thread::with(thread::Thread::has_staged) {
        return look_staged(node);
    }
    let standing = standing(&mut cell::lock(), node.node());
    let seen = match standing {
        Standing::Known(seen) => return seen,
        Standing::TooNew => private::evaluate(node),
        Standing::Stale => compute(node),
    };
    over();
    seen
}

/// After an evaluation: if it was the outermost, what it had put off is done.
fn over() {
    staged::apply_later();
    if thread::with(|thread| thread.computing.get() == 0) {
        flush::flush();
        surface::surface();
    }
}

/// What is right for this reader, if it is at hand; leaves no trace.
pub(crate) fn peek(node: &NodeRef) -> Option<Value> {
    let staged = staged::value_of(node.node());
    let outcome = staged.or_else(|| {
        let mut access = cell::lock();
        let told = access.core(node.node()).told;
        let standing = standing(&mut access, node.node());
        access.core_mut(node.node()).told = told;
        match standing {
            Standing::Known(seen) if !staged::reaches(&access, node.node()) => Some(seen.outcome),
            _ => None,
        }
    });
    match outcome {
        Some(Outcome::Value(value)) => Some(value),
        Some(Outcome::Panicked(_)) | None => None,
    }
}

/// How a node stands towards this thread's snapshot, or the present where it has none.
pub(crate) enum Standing {
    /// This is right for me.
    Known(Seen),
    /// What is stored is of a later commit, and what I need is gone.
    TooNew,
    /// It must be checked or computed.
    Stale,
}

pub(crate) fn standing(group: &mut Group, node: &Node) -> Standing {
    let mut begin = group.commits;
    if let Some(snapshot) = group.snapshot(thread::number()) {
        if let Some(seen) = snapshot.overrides.get(&node.number) {
            return Standing::Known(seen.clone());
        }
        begin = snapshot.begin;
    }
    let newest = group.commits;
    let core = group.core_mut(node);
    match &core.outcome {
        Some(outcome) if core.is_right_at(begin) => {
            let seen = Seen { outcome: outcome.clone(), version: Some(core.version) };
            if core.is_right_at(newest) {
                // Read as it is, so the next change is told again.
                core.told = false;
            }
            Standing::Known(seen)
        }
        Some(_) if core.stamp > begin => {
            debug_assert!(
                matches!(node.kind, Kind::Computed(_)),
                "G6: a source's value was not saved"
            );
            Standing::TooNew
        }
        _ => Standing::Stale,
    }
}

/// Refreshes a computed for this reader, in a snapshot of its own if it is in none.
fn compute(node: &NodeRef) -> Seen {
    if thread::with(|thread| private::is_running(thread, node.node())) {
        frame::panic_cycle(node);
    }
    let snapshot = Snapshotted::open();
    let seen = match refresh::refresh(node.node()) {
        Refreshed::Seen(seen) => seen,
        Refreshed::Cycle => frame::panic_cycle(node),
        Refreshed::Alone => private::evaluate(node),
    };
    drop(snapshot);
    seen
}

/// As [`look`], below the staged writes of this thread's transaction.
fn look_staged(node: &NodeRef) -> Seen {
    if let Some(outcome) = staged::value_of(node.node()) {
        return Seen { outcome, version: None };
    }
    let mut access = cell::lock();
    let standing = standing(&mut access, node.node());
    let known = match standing {
        Standing::Known(seen) if !staged::reaches(&access, node.node()) => Some(seen),
        _ => None,
    };
    drop(access);
    known.unwrap_or_else(|| {
        let seen = private::evaluate(node);
        over();
        seen
    })
}
