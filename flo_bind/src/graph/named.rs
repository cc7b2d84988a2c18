//! What few nodes have: weak references, something attached, an end with a reason, a forced write.
//!
//! It stands in a table beside the nodes, which have a bit that says so ([`Bits::NAMED`]): a word in each
//! node would cost more than all of these together.

use flo_core::sync::{Arc, SpinMutex, global};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{
    cell,
    node::{Attached, Bits, Ended, Id, WeakNode},
    value::Version,
};

/// Leads to a node until that is taken apart.
pub(crate) struct Weak(SpinMutex<Option<Id>>);

impl Weak {
    /// Calls `f` with the node while it cannot be freed. `f` runs no user code.
    pub(super) fn with<R>(&self, f: impl FnOnce(Id) -> Option<R>) -> Option<R> {
        let id = self.0.lock();
        id.and_then(f)
    }
}

#[derive(Default)]
pub(crate) struct Entry {
    weak: Option<Arc<Weak>>,
    attached: Option<Attached>,
    ended: Option<Ended>,
    /// The version of the last write that was a change whatever it compares to.
    forced: Option<Version>,
}

global! {
    static TABLE: SpinMutex<FxHashMap<Id, Entry>> =
        SpinMutex::new(FxHashMap::with_hasher(FxBuildHasher));
}

fn edit<R>(id: Id, edit: impl FnOnce(&mut Entry) -> R) -> R {
    let access = cell::lock(id);
    id.state.set(Bits::NAMED);
    let result = edit(TABLE.lock().entry(id).or_default());
    drop(access);
    result
}

/// A weak reference to a node that is alive.
pub(crate) fn weak(id: Id) -> WeakNode {
    WeakNode(edit(id, |entry| {
        let weak = entry.weak.get_or_insert_with(|| Arc::new(Weak(SpinMutex::new(Some(id)))));
        Arc::clone(weak)
    }))
}

/// Has `attached` dropped with the node. There may be one.
pub(crate) fn attach(id: Id, attached: Attached) {
    let replaced = edit(id, |entry| entry.attached.replace(attached));
    drop(replaced);
}

/// Keeps why a node has ended. Under the group's lock.
pub(super) fn set_ended(id: Id, why: Ended) {
    id.state.set(Bits::NAMED);
    TABLE.lock().entry(id).or_default().ended = Some(why);
}

/// Why a node has ended, where it is not because it was closed. Under the group's lock.
pub(super) fn ended(id: Id) -> Option<Ended> {
    if !id.state.has(Bits::NAMED) {
        return None;
    }
    TABLE.lock().get(&id).and_then(|entry| entry.ended.clone())
}

/// Notes that the present version of a source counts as a change, whatever it compares to. Under the group's
/// lock.
pub(super) fn force(id: Id) {
    id.state.set(Bits::NAMED);
    TABLE.lock().entry(id).or_default().forced = Some(id.state.version());
}

/// Whether a write between these two versions counts as a change, whatever it compares to.
pub(crate) fn was_forced(id: Id, after: Version, until: Version) -> bool {
    if !id.state.load().has(Bits::NAMED) {
        return false;
    }
    let forced = TABLE.lock().get(&id).and_then(|entry| entry.forced);
    // Versions come round: which of two is the later one is told by how far they are from the last.
    let age = |version: Version| until.get().wrapping_sub(version.get());
    forced.is_some_and(|forced| age(forced) < age(after))
}

/// Takes the entry of a node that nobody counts on; from here on its weak references lead nowhere.
pub(super) fn take(id: Id) -> Option<Entry> {
    if !id.state.has(Bits::NAMED) {
        return None;
    }
    let entry = TABLE.lock().remove(&id)?;
    if let Some(weak) = &entry.weak {
        *weak.0.lock() = None;
    }
    Some(entry)
}
