//! The nodes of entries that somebody reads alone: made when they are asked for, gone with those who read them.
//!
//! How a reader and an edit that come at once do not miss each other is told in [`store`](super) (E4).

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::key::{Place, Tenant};
use crate::graph::{
    end, named,
    node::{Ended, Id, NodeRef, WeakNode},
    unite,
    value::Never,
};
use flo_core::sync::{
    Arc, Mutex, Weak,
    atomic::{
        AtomicUsize,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

/// The atoms of one store.
#[derive(Default)]
pub(super) struct Readers {
    atoms: Mutex<Atoms>,
    open_edits: AtomicUsize,
}

#[derive(Default)]
struct Atoms {
    /// Those of one place are beside each other.
    by_tenant: BTreeMap<Tenant, Atom>,
    /// How many were made.
    made: u64,
    /// Nobody is left who could edit the store.
    is_closed: bool,
}

struct Atom {
    number: u64,
    node: WeakNode,
}

/// An edit is open until this goes.
pub(super) struct Open(Arc<Readers>);

impl Readers {
    /// Opens an edit; it looks for atoms only after this.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        // Relaxed: the lock that is taken to look for an atom comes after it.
        self.open_edits.fetch_add(1, Relaxed);
        Open(Arc::clone(self))
    }

    /// Whether an edit may have looked for an atom before it was registered, and is not committed.
    pub(super) fn is_any_edit_open(&self) -> bool {
        // Acquire: who finds none finds what they have committed.
        self.open_edits.load(Acquire) > 0
    }

    /// The atoms of some tenants of some places, as far as somebody reads them.
    pub(super) fn find(&self, tenants: &[RangeInclusive<Tenant>]) -> Vec<NodeRef> {
        let mut found = Vec::new();
        let atoms = self.atoms.lock();
        for tenants in tenants {
            let atoms = atoms.by_tenant.range(tenants.clone());
            found.extend(atoms.filter_map(|(_, atom)| atom.node.upgrade()));
        }
        drop(atoms);
        found
    }

    /// The atom of an entry of the store whose node is `store`.
    pub(super) fn atom(self: &Arc<Self>, place: Place, store: Id) -> NodeRef {
        let tenant = place.tenant();
        let found = self.atoms.lock().by_tenant.get(&tenant).and_then(|atom| atom.node.upgrade());
        if let Some(found) = found {
            return found;
        }
        let node = NodeRef::source((), Never);
        // Of the store's group from the start: who reads the two reads them at one version.
        unite::unite(node.id(), store);
        let weak = node.downgrade();
        let mut atoms = self.atoms.lock();
        let found = atoms.by_tenant.get(&tenant).and_then(|atom| atom.node.upgrade());
        if let Some(found) = found {
            // Another thread was first.
            drop(atoms);
            return found;
        }
        atoms.made += 1;
        let number = atoms.made;
        let replaced = atoms.by_tenant.insert(tenant, Atom { number, node: weak });
        let is_closed = atoms.is_closed;
        drop(atoms);
        drop(replaced);
        let forget = Forget { readers: Arc::downgrade(self), tenant, number };
        named::attach(node.id(), Box::new(forget));
        if is_closed {
            end::close(&node, Ended::Closed);
        }
        node
    }

    /// Ends all of them: nobody is left who could edit the store.
    pub(super) fn close(&self) {
        let mut atoms = self.atoms.lock();
        atoms.is_closed = true;
        let all: Vec<NodeRef> =
            atoms.by_tenant.values().filter_map(|atom| atom.node.upgrade()).collect();
        drop(atoms);
        for node in all {
            end::close(&node, Ended::Closed);
        }
    }

    /// How many atoms there are.
    pub(super) fn count(&self) -> usize {
        self.atoms.lock().by_tenant.len()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Release: pairs with the acquire above.
        self.0.open_edits.fetch_sub(1, AcqRel);
    }
}

/// Goes with an atom, and takes it out of the table.
struct Forget {
    readers: Weak<Readers>,
    tenant: Tenant,
    number: u64,
}

impl Drop for Forget {
    fn drop(&mut self) {
        let Some(readers) = self.readers.upgrade() else { return };
        let mut atoms = readers.atoms.lock();
        let is_it = |atom: &Atom| atom.number == self.number;
        // There may be a younger one of the same entry.
        let gone = if atoms.by_tenant.get(&self.tenant).is_some_and(is_it) {
            atoms.by_tenant.remove(&self.tenant)
        } else {
            None
        };
        drop(atoms);
        drop(gone);
    }
}
