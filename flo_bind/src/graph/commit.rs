//! Commits: one write outside a transaction, or all of a transaction's.
//!
//! Who writes, and what becomes of it:
//!
//! ```text
//!   inside a computed, a comparison, snapshot()    waits for the outermost of them, then as a transaction
//!   inside a transaction                           staged
//!   elsewhere, effects and callbacks included      committed at once; an effect reads on from there
//! ```

use std::panic::{self, AssertUnwindSafe};

use flo_core::{Version, sync::Arc};

use super::{
    cell::{self, Access},
    end::Writer,
    flush,
    garbage::Garbage,
    mark,
    node::{Node, NodeRef},
    read, run,
    running::Computing,
    staged, surface, thread,
    value::{Outcome, Value},
};

/// A source, and what keeps it writable while a write waits.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) node: NodeRef,
    pub(crate) writer: Option<Arc<Writer>>,
}

/// Where a write of this thread goes at this moment.
pub(crate) enum Mode {
    Later,
    Staged,
    Now,
}

pub(crate) fn mode() -> Mode {
    thread::with(|thread| {
        if thread.computing.get() > 0 {
            Mode::Later
        } else if thread.in_transaction() {
            Mode::Staged
        } else {
            Mode::Now
        }
    })
}

/// Writes `value`; gives what was there before, as this thread sees it.
pub(crate) fn set(target: &Target, value: Value) -> Value {
    match mode() {
        Mode::Now => write_now(target, |_| Arc::clone(&value)),
        Mode::Staged => {
            let old = visible(target);
            staged::set(target, value);
            old
        }
        Mode::Later => {
            let (old, target) = (visible(target), target.clone());
            staged::later(move || drop(set(&target, value)));
            old
        }
    }
}

/// Writes `value` as a change, whatever it compares to.
pub(crate) fn set_always(target: &Target, value: Value) {
    match mode() {
        Mode::Now => {
            let node = target.node.node();
            let mut access = cell::lock();
            commit(&mut access, vec![(Arc::clone(node), value)]);
            force(&mut access, node);
            finish(access);
        }
        Mode::Staged => staged::set_always(target, value),
        Mode::Later => {
            let target = target.clone();
            staged::later(move || set_always(&target, value));
        }
    }
}

/// Notes that the present version of a source counts as a change, whatever it compares to.
pub(crate) fn force(access: &mut Access, node: &Node) {
    let core = access.core_mut(node);
    core.forced = core.version;
}

/// Whether a write between these two versions counts as a change, whatever it compares to.
pub(crate) fn was_forced(node: &Node, after: Version, until: Version) -> bool {
    let forced = cell::lock().core(node).forced;
    after < forced && forced <= until
}

/// Applies `edit` to the value, atomically.
pub(crate) fn update(target: &Target, edit: staged::Edit) {
    match mode() {
        Mode::Now => drop(write_now(target, edit)),
        Mode::Staged => staged::update(target, edit),
        Mode::Later => {
            let target = target.clone();
            staged::later(move || update(&target, edit));
        }
    }
}

/// The value as this thread sees it.
pub(crate) fn visible(target: &Target) -> Value {
    match read::look(&target.node).outcome {
        Outcome::Value(value) => value,
        Outcome::Panicked(_) => unreachable!("a source holds a value"),
    }
}

/// Writes what `next` makes of the newest value, unless that is equal; gives the value it was made of.
/// `next` is called again where another thread's write came first.
fn write_now(target: &Target, mut next: impl FnMut(&Value) -> Value) -> Value {
    let node = target.node.node();
    let mut again = false;
    loop {
        let (old, version) = stored(&cell::lock(), node);
        let put_off = staged::put_off();
        let made = panic::catch_unwind(AssertUnwindSafe(|| {
            // Made again, its own writes wait: one of the same binding would have it made for ever.
            let computing = again.then(Computing::start);
            let value = next(&old);
            drop(computing);
            let differs = run::differ(node, &old, &value);
            (value, differs)
        }));
        let (value, differs) = made.unwrap_or_else(|payload| {
            staged::abandon_since(put_off);
            panic::resume_unwind(payload)
        });
        if !differs {
            staged::apply_later();
            return old;
        }
        let mut access = cell::lock();
        // Another thread's write may have come while the comparison ran.
        if access.core(node).version == version {
            commit(&mut access, vec![(Arc::clone(node), value)]);
            finish(access);
            return old;
        }
        again = true;
    }
}

/// The newest value of a source, and its version.
pub(crate) fn stored(access: &Access, node: &Node) -> (Value, Version) {
    let core = access.core(node);
    match &core.outcome {
        Some(Outcome::Value(value)) => (Arc::clone(value), core.version),
        _ => unreachable!("a source holds a value"),
    }
}

/// One commit of all `writes`, which the caller has found to be changes.
pub(crate) fn commit(access: &mut Access, writes: Vec<(Arc<Node>, Value)>) {
    let me = thread::number();
    let number = access.commits + 1;
    for (node, _) in &writes {
        access.save_for_snapshots(node, Some(me));
    }
    for (node, _) in &writes {
        mark::mark_dependents(access, node, number);
    }
    access.commits = number;
    for (node, value) in writes {
        let core = access.core_mut(&node);
        core.stamp = number;
        core.version = core.version.next();
        let replaced = core.outcome.replace(Outcome::Value(value));
        access.discard(replaced);
    }
    // Only an effect commits while its snapshot is open; it reads on from here.
    if let Some(snapshot) = access.snapshot_mut(me) {
        snapshot.begin = number;
        let overrides = std::mem::take(&mut snapshot.overrides);
        access.garbage.push(Garbage::Overrides(overrides));
    }
}

/// Gives the lock back and does what the commit asks for.
pub(crate) fn finish(access: Access) {
    drop(access);
    staged::apply_later();
    flush::flush();
    surface::surface();
}
