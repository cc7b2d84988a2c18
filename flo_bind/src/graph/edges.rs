//! Edges: what a node read in its last run, in both directions (G3), under the lock.

use flo_core::sync::Arc;

use super::{
    frame::Found,
    garbage::Garbage,
    group::Group,
    node::{Dep, Node, Sub},
};

/// Makes `found` the deps of `node`: the common prefix stays, the rest goes, what is new is added.
/// Linear in the edges touched (G11).
pub(crate) fn relink(group: &mut Group, node: &Arc<Node>, found: Found) {
    let mut found = found.reads.into_iter().peekable();
    let mut kept = 0;
    for dep in &mut group.core_mut(node).deps {
        let Some((_, version)) =
            found.next_if(|(read, _)| Arc::ptr_eq(read.node(), dep.node.node()))
        else {
            break;
        };
        dep.seen = version;
        kept += 1;
    }
    let gone = group.core_mut(node).deps.split_off(kept);
    unlink_all(group, gone);
    for (read, version) in found {
        link(group, node, read, version);
    }
    count_open(group, node);
}

fn link(
    group: &mut Group,
    node: &Arc<Node>,
    dep: super::node::NodeRef,
    seen: Option<flo_core::Version>,
) {
    let back = group.core(node).deps.len();
    let subs = &mut group.core_mut(dep.node()).subs;
    let slot = subs.len();
    subs.push(Sub { node: Arc::clone(node), back });
    group.core_mut(node).deps.push(Dep { node: dep, seen, slot });
}

/// Takes the back edges of `gone` out and lets the nodes go when the lock is released.
pub(crate) fn unlink_all(group: &mut Group, gone: Vec<Dep>) {
    for dep in &gone {
        unlink(group, dep);
    }
    if !gone.is_empty() {
        group.garbage.push(Garbage::Deps(gone));
    }
}

fn unlink(group: &mut Group, dep: &Dep) {
    let subs = &mut group.core_mut(dep.node.node()).subs;
    subs.swap_remove(dep.slot);
    let Some(moved) = subs.get(dep.slot) else { return };
    let (moved, back) = (Arc::clone(&moved.node), moved.back);
    // Each node has one edge at most to each other, so the moved sub's edge is not the one that goes.
    let edge = group.core_mut(&moved).deps.get_mut(back);
    debug_assert!(edge.is_some(), "G3");
    if let Some(edge) = edge {
        edge.slot = dep.slot;
    }
}

/// Counts anew how many deps of `node` may still change.
fn count_open(group: &mut Group, node: &Arc<Node>) {
    let open = {
        let core = group.core(node);
        core.deps.iter().filter(|dep| group.core(dep.node.node()).ended.is_none()).count()
    };
    group.core_mut(node).open_deps = open;
}
