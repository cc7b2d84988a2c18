//! Edges: what a node read in its last run, in both directions (G3), under the lock.

use flo_core::sync::atomic::Ordering::Relaxed;

use super::{
    cell::Access,
    frame::Frame,
    garbage::{self, Garbage, Unheld},
    node::{Bits, Dep, Id, Sub},
    value::Version,
};

/// Makes what `frame` has read the deps of `id`: the common prefix stays, the rest goes, what is new is added.
/// Linear in the edges touched (G11). All of them are of this group (G12).
#[inline]
pub(crate) fn relink(access: &mut Access, id: Id, frame: &Frame) {
    if frame.has_found() || frame.kept() < access.deps(id).len() {
        relink_from(access, id, frame);
    }
}

#[inline(never)]
fn relink_from(access: &mut Access, id: Id, frame: &Frame) {
    if frame.kept() < access.deps(id).len() {
        unlink_from(access, id, frame.kept());
    }
    access.deps_mut(id).reserve(frame.found());
    frame.take_found(|(dep, seen)| link(access, id, dep, seen));
}

/// Makes `dep` the only dep of a node that has none.
pub(crate) fn link_only(access: &mut Access, id: Id, dep: Id) {
    dep.count_up();
    link(access, id, dep, None);
}

/// Adds an edge, which takes the caller's count on `dep`.
fn link(access: &mut Access, id: Id, dep: Id, seen: Option<Version>) {
    let back = place(access.deps(id).len());
    let subs = access.subs_mut(dep);
    let slot = place(subs.len());
    subs.push(Sub { node: id, back });
    access.deps_mut(id).push(Dep::new(dep, seen, slot));
    if !dep.state.has(Bits::ENDED) {
        let open = &id.derived().open;
        open.store(open.load(Relaxed) + 1, Relaxed);
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a node has fewer than four thousand million edges")
}

/// Takes the edges from `kept` on away, and lets the nodes go when the lock is released.
pub(crate) fn unlink_from(access: &mut Access, id: Id, kept: usize) {
    for at in kept..access.deps(id).len() {
        let dep = &access.deps(id)[at];
        let (dep, slot) = (dep.node, dep.slot.load(Relaxed));
        take_sub_out(access, dep, slot);
        if !dep.state.has(Bits::ENDED) {
            let open = &id.derived().open;
            open.store(open.load(Relaxed) - 1, Relaxed);
        }
        if dep.count_down() {
            garbage::add(Garbage::Unheld(Unheld(dep)));
        }
    }
    access.deps_mut(id).truncate(kept);
}

fn take_sub_out(access: &mut Access, dep: Id, slot: u32) {
    let subs = access.subs_mut(dep);
    subs.swap_remove(slot as usize);
    let Some(moved) = subs.get(slot as usize).copied() else { return };
    access.deps(moved.node)[moved.back as usize].slot.store(slot, Relaxed);
}
