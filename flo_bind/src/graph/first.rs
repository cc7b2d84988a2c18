//! The groups that there are at first: nurseries, and in a model all others.

use std::ptr;

use flo_core::sync::global;

use super::cell::Group;

#[cfg(not(any(flo_loom, flo_shuttle)))]
pub(super) use real::{nursery, unused};

#[cfg(any(flo_loom, flo_shuttle))]
pub(super) use modelled::{nursery, unused};

#[cfg(not(any(flo_loom, flo_shuttle)))]
mod real {
    use super::{Group, NURSERIES, NURSERY, ptr};

    /// The nursery of a node at this address. Nodes that are made one after the other mostly share it.
    pub(in super::super) fn nursery(address: usize) -> *mut Group {
        ptr::from_ref(&NURSERY[(address >> 12) % NURSERIES]).cast_mut()
    }

    /// Groups without nodes.
    pub(in super::super) const fn unused() -> Vec<&'static Group> {
        Vec::new()
    }
}

/// In a model groups go with its execution, so they are not leaked; and what decides about its steps is the same
/// in each: nodes are given the nurseries by turns, and the order of groups is that in which they are taken.
#[cfg(any(flo_loom, flo_shuttle))]
mod modelled {
    use std::array;

    use flo_core::sync::atomic::{AtomicUsize, Ordering};

    use super::{Group, NURSERIES, NURSERY, global, ptr};

    pub(in super::super) fn nursery(_address: usize) -> *mut Group {
        global! {
            static NODES: AtomicUsize = AtomicUsize::new(0);
        }
        let turn = NODES.fetch_add(1, Ordering::Relaxed);
        ptr::from_ref(&NURSERY[turn % NURSERIES]).cast_mut()
    }

    pub(in super::super) fn unused() -> Vec<&'static Group> {
        global! {
            static GROUPS: [Group; 8] = array::from_fn(|_| Group::new());
        }
        GROUPS.iter().rev().collect()
    }
}

#[cfg(not(any(flo_loom, flo_shuttle)))]
const NURSERIES: usize = 64;
#[cfg(any(flo_loom, flo_shuttle))]
const NURSERIES: usize = 2;

/// How many groups without nodes a thread keeps for itself.
#[cfg(not(any(flo_loom, flo_shuttle)))]
pub(super) const KEPT: usize = 256;
/// In a model all have the same few.
#[cfg(any(flo_loom, flo_shuttle))]
pub(super) const KEPT: usize = 0;

/// How many it takes from everybody's together.
#[cfg(not(any(flo_loom, flo_shuttle)))]
pub(super) const TAKEN_TOGETHER: usize = 16;
#[cfg(any(flo_loom, flo_shuttle))]
pub(super) const TAKEN_TOGETHER: usize = 1;

#[cfg(not(flo_loom))]
global! {
    static NURSERY: [Group; NURSERIES] = [const { Group::new() }; NURSERIES];
}
#[cfg(flo_loom)]
global! {
    static NURSERY: [Group; NURSERIES] = std::array::from_fn(|_| Group::new());
}

pub(super) fn is_nursery(group: &Group) -> bool {
    NURSERY.as_ptr_range().contains(&ptr::from_ref(group))
}
