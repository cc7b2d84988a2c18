//! Listeners: told at the first change after a read, at no cost of computation to the writer.

use flo_core::Version;

use super::{
    cell, edges, flush,
    frame::Found,
    mark,
    node::{Core, Ended, Hears, Kind, Mark, NodeRef, React},
    read,
    value::Seen,
};

/// Makes a listener to `node`, armed.
#[track_caller]
pub(crate) fn listen(node: &NodeRef, hears: Hears, react: React) -> NodeRef {
    let listener = NodeRef::reaction(Kind::Listener(hears), react);
    let mut found = Found::default();
    found.add(node, None);
    {
        let mut access = cell::lock();
        access.core_mut(listener.node()).mark = Mark::Clean;
        edges::relink(&mut access, listener.node(), found);
    }
    // A computed that never ran has no edges over which a change could come.
    let seen = read::look(node);
    arm(&listener, node, &seen);
    listener
}

/// After a read that gave `seen`: where that is not the present, the listener is told at once, because
/// what has changed already is not told again.
pub(crate) fn arm(listener: &NodeRef, node: &NodeRef, seen: &Seen) {
    let is_present = is_present(cell::lock().core(node.node()), seen.version);
    if !is_present {
        mark::queue(&mut cell::lock(), listener.node());
        flush::flush();
    }
}

fn is_present(core: &Core, version: Option<Version>) -> bool {
    core.mark == Mark::Clean && core.busy.is_none() && version == Some(core.version)
}

/// Whether what was read at `version` was the last.
pub(crate) fn has_ended_at(node: &NodeRef, version: Option<Version>) -> bool {
    // Under one lock: between two the last change and the end could come, and the value before it would
    // pass for the last.
    let access = cell::lock();
    let core = access.core(node.node());
    is_present(core, version) && core.ended.is_some()
}

/// Why `node` has ended, if it has.
pub(crate) fn ended(node: &NodeRef) -> Option<Ended> {
    let access = cell::lock();
    access.core(node.node()).ended.clone()
}
