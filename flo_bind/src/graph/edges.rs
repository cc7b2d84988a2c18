//! Edges: what a node read in its last run, in both directions (G3), under the lock.

use std::ops::Range;

use flo_core::sync::atomic::Ordering::Relaxed;

#[cfg(test)]
use super::steps;
use super::{
    cell::Access,
    frame::Frame,
    garbage::{self, Garbage, Unheld},
    node::{Bits, Dep, Id, Sub},
    value::Version,
};

/// What `frame` has not read again of the deps that `id` had goes. What is new was linked when it was read.
/// Linear in the edges touched (G11).
#[inline]
pub(crate) fn unlink_gone(access: &mut Access, id: Id, frame: &Frame) {
    let gone = frame.gone();
    if !gone.is_empty() {
        unlink(access, id, gone);
    }
}

/// Makes `dep` the only dep of a node that has none.
pub(crate) fn link_only(access: &mut Access, id: Id, dep: Id) {
    link(access, id, dep, None);
}

/// Adds an edge, which counts on `dep`. Both are of this group (G12).
#[inline]
pub(super) fn link(access: &mut Access, id: Id, dep: Id, seen: Option<Version>) {
    #[cfg(test)]
    steps::touch();
    dep.count_up();
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

/// A place among edges.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a node has fewer than four thousand million edges")
}

/// Takes all edges of `id` away, and lets the nodes go when the lock is released.
pub(crate) fn unlink_all(access: &mut Access, id: Id) {
    let all = 0..access.deps(id).len();
    unlink(access, id, all);
}

fn unlink(access: &mut Access, id: Id, gone: Range<usize>) {
    for at in gone.clone() {
        #[cfg(test)]
        steps::touch();
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
    // Those behind them move up, in their order.
    let mut kept = gone.start;
    for at in gone.end..access.deps(id).len() {
        #[cfg(test)]
        steps::touch();
        access.deps_mut(id).swap(kept, at);
        let dep = &access.deps(id)[kept];
        let (dep, slot) = (dep.node, dep.slot.load(Relaxed));
        access.subs_mut(dep)[slot as usize].back = place(kept);
        kept += 1;
    }
    access.deps_mut(id).truncate(kept);
}

fn take_sub_out(access: &mut Access, dep: Id, slot: u32) {
    let subs = access.subs_mut(dep);
    subs.swap_remove(slot as usize);
    let Some(moved) = subs.get(slot as usize).copied() else { return };
    access.deps(moved.node)[moved.back as usize].slot.store(slot, Relaxed);
}
