//! The group's lock, and the cells that only its holder can open.
//!
//! ```text
//!   lock() ──▶ Access ──▶ Group { key: Key, commits, snapshots, … }
//!                                  │
//!   node.core: GroupCell<Core>     ├─ get(&key)      &Core
//!                                  └─ get_mut(&mut key)  &mut Core
//! ```
//!
//! There is one [`Key`] in the program, it lives inside the group's mutex, and it cannot be made or
//! copied outside this file. So a borrow of the key *is* the proof that its holder has the lock, and
//! the borrow checker sees to it that no two cells are open for writing at once.
//!
//! Why not a mutex per node: marking and refreshing touch thousands of nodes under one lock, and a
//! lock per node would have to be taken for each of them in an order that dynamic dependencies do not
//! have.
//!
//! Invariants: K1 one `Key` exists. K2 a reference out of a cell lives no longer than the borrow of
//! the key. K3 what user code owns is never dropped while the key is borrowed: it goes to the group's
//! garbage, which is disposed of when the lock is released.
#![allow(
    unsafe_code,
    reason = "the cell is the one place where the lock's proof becomes a reference"
)]

use std::{
    cell::{Cell, UnsafeCell},
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    time::Duration,
};

use flo_core::sync::{Condvar, Mutex, MutexGuard};

use super::{garbage::dispose, group::Group};

/// The proof of having the lock. `Send`, because the lock moves between threads; not `Sync`, because
/// a shared borrow opens cells whose contents need not be `Sync`.
pub(crate) struct Key(PhantomData<Cell<()>>);

impl Key {
    const fn only() -> Self {
        Self(PhantomData)
    }
}

/// A value that only the holder of the group's lock can reach.
pub(crate) struct GroupCell<T>(UnsafeCell<T>);

// SAFETY: a shared `GroupCell` gives references only against a borrow of the one `Key` (K1), which is
// inside a mutex and not `Sync`, so at any moment one thread at most uses the contents; `T: Send`
// lets them be used from different threads in turn.
unsafe impl<T: Send> Sync for GroupCell<T> {}

impl<T> GroupCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    pub(crate) fn get<'a>(&'a self, _proof: &'a Key) -> &'a T {
        // SAFETY: while the key is borrowed shared, `get_mut` cannot be called on any cell (K1, K2),
        // and the key's thread is the only one with the key.
        unsafe { &*self.0.get() }
    }

    pub(crate) fn get_mut<'a>(&'a self, _proof: &'a mut Key) -> &'a mut T {
        // SAFETY: the key is borrowed exclusively, so no other reference out of any cell is alive
        // (K1, K2).
        unsafe { &mut *self.0.get() }
    }
}

static GROUP: Mutex<Group> = Mutex::new(Group::new(Key::only()));
static PUBLISHED: Condvar = Condvar::new();

thread_local! {
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

/// The group, locked. What is put into its garbage is disposed of after the lock is released.
pub(crate) struct Access {
    guard: Option<MutexGuard<'static, Group>>,
}

/// Takes the lock.
pub(crate) fn lock() -> Access {
    // A second lock on one thread would hang for ever; better a panic that can be read.
    assert!(!LOCKED.replace(true), "K3: flo_bind called itself while holding its own lock");
    Access { guard: Some(GROUP.lock()) }
}

impl Access {
    /// Gives the lock back until some node is published, at most for `limit`; `false` when the time
    /// ran out.
    pub(crate) fn wait_published(mut self, limit: Duration) -> (Self, bool) {
        let mut told = true;
        if let Some(guard) = self.guard.take() {
            let (guard, in_time) = PUBLISHED.wait_for(guard, limit);
            self.guard = Some(guard);
            told = in_time;
        }
        (self, told)
    }

    /// Tells those in [`wait_published`](Self::wait_published), if there are any.
    pub(crate) fn tell_published(&self) {
        if !self.waiting.is_empty() {
            PUBLISHED.notify_all();
        }
    }
}

impl Deref for Access {
    type Target = Group;

    fn deref(&self) -> &Group {
        self.guard.as_deref().expect("the lock is given up only by drop")
    }
}

impl DerefMut for Access {
    fn deref_mut(&mut self) -> &mut Group {
        self.guard.as_deref_mut().expect("the lock is given up only by drop")
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        let garbage = std::mem::take(&mut self.garbage);
        self.guard = None;
        LOCKED.set(false);
        // K3: from here on strangers' code may run.
        dispose(garbage);
    }
}

impl<T> fmt::Debug for GroupCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupCell { .. }")
    }
}
