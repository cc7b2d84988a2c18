//! Groups of connected nodes: their lock, and what only its holder can open.
//!
//! ```text
//!   node ──group──▶ Group ──forward──▶ Group (the root) { lock: commits, snapshots … }
//!                     ▲ merged into the root; nodes that still know it find their way
//!
//!   lock(node) ──▶ Access, of the node's root ──▶ subs, deps, outcome of every node of that group
//! ```
//!
//! Nodes that an edge or a transaction joins are of one group, which has one lock and one number of commits
//! (G12); groups are merged, never split. A node without an edge is in a *nursery*, a static group that it
//! shares with other such nodes and leaves at its first edge: so two graphs that one thread makes do not share a
//! lock for ever, and a binding that nobody computes from needs no group of its own.
//!
//! The memory of a group is used again and never given back, so that a thread which has found a group on its
//! way to the lock may touch it whatever has happened meanwhile; having the lock, it looks whether it still is
//! the root. There were never more groups than separate graphs at one time.
//!
//! Invariants: K1 what is not atomic in a node is opened by an [`Access`] to its root alone. K2 a
//! reference out of a node lives no longer than the borrow of the access. K3 what user code owns is never
//! dropped while a thread has an access: it goes to the thread's garbage, which is disposed of when the lock
//! is released. K4 of two groups, nurseries are locked before others, and then the one of the lower
//! address.
#![allow(unsafe_code, reason = "the access is the proof that a node may be opened")]
#![expect(
    clippy::inline_always,
    reason = "a lock is a few instructions, around a few others mostly"
)]

use std::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
};

use flo_core::sync::{
    atomic::{AtomicPtr, AtomicUsize, Ordering},
    const_fn,
};

use smallvec::SmallVec;

#[cfg(test)]
use super::between::{self, Point};
use super::{
    array::Array,
    biased::{Biased, Way},
    first,
    garbage::{self, Garbage},
    node::{Bits, Dep, Id, Rest, Role, Sub},
    running::Registration,
    spare, thread,
    value::{Outcome, Panicked, Seen, Value},
};

/// What a group's lock guards besides its nodes. Two groups share no cache line.
#[repr(align(64))]
pub(crate) struct Group {
    lock: Biased<Inner>,
    /// The group that this one was merged into.
    forward: AtomicPtr<Self>,
    /// How many nodes and merged groups know this one.
    known: AtomicUsize,
}

/// See [`Group`].
pub(crate) struct Inner {
    /// The number of the newest commit.
    pub(crate) commits: u64,
    /// The running snapshots that have read here; one at most for each thread.
    pub(crate) snapshots: SmallVec<[Registration; 1]>,
}

impl Inner {
    const fn new() -> Self {
        Self { commits: 1, snapshots: SmallVec::new_const() }
    }
}

impl Group {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self::with_lock(Biased::new(Inner::new()))
        }
    }

    /// One that belongs to the thread of this number.
    pub(super) fn owned_by(thread: u32) -> Self {
        Self::with_lock(Biased::owned_by(thread, Inner::new()))
    }

    const_fn! {
        const fn with_lock(lock: Biased<Inner>) -> Self {
            Self {
                lock,
                forward: AtomicPtr::new(ptr::null_mut()),
                known: AtomicUsize::new(0),
            }
        }
    }

    pub(crate) fn is_nursery(&self) -> bool {
        first::is_nursery(self)
    }

    #[inline]
    fn forward(&self) -> Option<&'static Self> {
        // Acquire: pairs with the release in `merged_into`.
        let forward = self.forward.load(Ordering::Acquire);
        // SAFETY: groups are static or leaked.
        unsafe { forward.as_ref() }
    }

    /// The root that this group leads to, unless it was given up meanwhile.
    #[inline]
    fn root(&'static self) -> &'static Self {
        let mut root = self;
        while let Some(next) = root.forward() {
            root = next;
        }
        root
    }

    /// Makes `root` the way from here. Both are locked.
    pub(super) fn merged_into(&self, root: &'static Self) {
        // Relaxed: only counted.
        root.known.fetch_add(1, Ordering::Relaxed);
        self.forward.store(ptr::from_ref(root).cast_mut(), Ordering::Release);
    }

    /// How many know it: the size of a group, roughly.
    pub(super) fn size(&self) -> usize {
        self.known.load(Ordering::Relaxed)
    }

    /// Keeps the group from being used again for as long as somebody may compare with its address.
    pub(super) fn pin(&self) {
        self.known.fetch_add(1, Ordering::Relaxed);
    }

    /// One who knew the group is gone. The last one makes it free to be used again.
    pub(crate) fn unknown(&'static self) {
        let mut group = self;
        // Release and acquire: what was done with the group was before it is used again.
        while !group.is_nursery() && group.known.fetch_sub(1, Ordering::AcqRel) == 1 {
            let forward = group.forward();
            // Release: who finds no way on from here, and came from a node, finds that the node knows another.
            group.forward.store(ptr::null_mut(), Ordering::Release);
            spare::give(group);
            match forward {
                Some(next) => group = next,
                None => return,
            }
        }
    }
}

/// The group that `id` knows.
#[inline]
pub(super) fn known_by(id: Id) -> &'static Group {
    // Acquire: pairs with the release of who moved the node.
    let group = id.group.load(Ordering::Acquire);
    // SAFETY: a node always knows a group, and groups are static or leaked.
    unsafe { &*group }
}

/// The root of the group of `id` at this moment; it may be merged as soon as this returns.
#[inline]
pub(crate) fn root_of(id: Id) -> &'static Group {
    loop {
        let known = known_by(id);
        let root = known.root();
        // On the way a group may have been given up, which is the root of others by now.
        if ptr::eq(known_by(id), known) {
            return root;
        }
    }
}

/// Has `id` know `group`, with which its root is locked.
pub(super) fn know(id: Id, group: &'static Group) {
    let before = known_by(id);
    know_first([id], group);
    before.unknown();
}

/// As [`know`], of nodes in nurseries.
#[inline]
pub(super) fn know_first<const N: usize>(ids: [Id; N], group: &'static Group) {
    // Relaxed: only counted.
    group.known.fetch_add(N, Ordering::Relaxed);
    for id in ids {
        id.group.store(ptr::from_ref(group).cast_mut(), Ordering::Release);
    }
}

/// Tells the group of a node that is freed.
pub(super) fn forget(id: Id) {
    known_by(id).unknown();
}

/// A group, locked. What became garbage meanwhile is disposed of after the lock is released.
///
/// One word, because it goes through every step of a walk: the group's address, and in its lowest bits, which are
/// free, how the lock was taken and whether it is the only one of this thread, so that there is none when it
/// is released.
pub(crate) struct Access(NonNull<Group>);

const ONLY: usize = 1;
/// See [`Way`].
const WAY: usize = 0b110;
const BITS: usize = ONLY | WAY;

/// Locks the group of `id`.
#[inline(always)]
pub(crate) fn lock(id: Id) -> Access {
    lock_by(id, thread::number())
}

/// As [`lock`], by the thread whose number is `me`: this one.
#[inline(always)]
pub(crate) fn lock_by(id: Id, me: u32) -> Access {
    let known = known_by(id);
    #[cfg(test)]
    between::here(Point::BeforeLock);
    if let Some(way) = known.lock.lock_as_owner(me) {
        let access = Access::new(known, way).only();
        // In this order: a group that was given up meanwhile has no way on, and is not known.
        let is_root = known.forward().is_none();
        #[cfg(test)]
        between::here(Point::Locked);
        if is_root && ptr::eq(known_by(id), known) {
            return access;
        }
        drop(access);
    }
    lock_root(id)
}

#[cold]
fn lock_root(id: Id) -> Access {
    loop {
        let known = known_by(id);
        let root = known.root();
        let access = lock_group(root).only();
        // While it was on its way the group may have been merged, or used for others.
        if ptr::eq(root_of(id), root) {
            if !ptr::eq(known, root) {
                know(id, root);
            }
            return access;
        }
    }
}

/// Locks `group`, whatever has become of it. Who is done with all locks calls
/// [`dispose_if_any`](garbage::dispose_if_any).
#[inline]
pub(super) fn lock_group(group: &'static Group) -> Access {
    Access::new(group, group.lock.lock())
}

impl Access {
    #[inline]
    pub(crate) fn group(&self) -> &'static Group {
        let group = self.0.as_ptr().map_addr(|address| address & !BITS);
        // SAFETY: without the bits it is the address of a group, and groups are static or leaked.
        unsafe { &*group }
    }

    #[inline]
    fn new(group: &'static Group, way: Way) -> Self {
        let bits = usize::from(way.0) << WAY.trailing_zeros();
        Self(NonNull::from(group).map_addr(|address| address | bits))
    }

    #[inline]
    fn way(&self) -> Way {
        #[expect(clippy::cast_possible_truncation, reason = "two bits")]
        Way(((self.0.addr().get() & WAY) >> WAY.trailing_zeros()) as u8)
    }

    #[inline]
    fn is_only(&self) -> bool {
        self.0.addr().get() & ONLY != 0
    }

    /// Makes it the only one of this thread.
    #[inline]
    pub(super) fn only(mut self) -> Self {
        self.0 = self.0.map_addr(|address| address | ONLY);
        self
    }

    /// So that garbage stays when the lock is released. Who is done calls
    /// [`dispose_if_any`](garbage::dispose_if_any).
    pub(crate) fn quietly(mut self) -> Self {
        let bits = self.0.as_ptr().map_addr(|address| address & !ONLY);
        self.0 = NonNull::new(bits).unwrap_or(self.0);
        self
    }

    /// Whether `id` is of this group.
    pub(super) fn is_of(&self, id: Id) -> bool {
        ptr::eq(root_of(id), self.group())
    }

    #[inline]
    pub(crate) fn subs(&self, id: Id) -> &Array<Sub> {
        debug_assert!(self.is_of(id), "K1");
        // SAFETY: K1, K2: an access is the only one of its group, and it is borrowed.
        unsafe { &*id.subs.get() }
    }

    #[inline]
    pub(crate) fn subs_mut(&mut self, id: Id) -> &mut Array<Sub> {
        debug_assert!(self.is_of(id), "K1");
        // SAFETY: K1, K2: the access is borrowed exclusively, so nobody has a reference out of any node.
        unsafe { &mut *id.subs.get() }
    }

    #[inline]
    pub(crate) fn deps(&self, id: Id) -> &Array<Dep> {
        debug_assert!(self.is_of(id), "K1");
        // SAFETY: K1, K2; the owner of a busy node reads its deps without an access, and changes no more than
        // what is atomic.
        unsafe { &*id.derived().deps.get() }
    }

    /// Of a node that this thread has claimed, or that nobody has.
    #[inline]
    pub(crate) fn deps_mut(&mut self, id: Id) -> &mut Array<Dep> {
        debug_assert!(self.is_of(id), "K1");
        // SAFETY: K1, K2; the caller's thread is the only one that could read them without an access.
        unsafe { &mut *id.derived().deps.get() }
    }

    pub(crate) fn rest_mut(&mut self, id: Id) -> &mut Rest {
        debug_assert!(self.is_of(id), "K1");
        // SAFETY: K1, K2.
        unsafe { &mut *id.reaction().rest.get() }
    }

    /// The outcome of a node, counted.
    pub(crate) fn outcome(&self, id: Id) -> Option<Outcome> {
        debug_assert!(self.is_of(id), "K1");
        let word = id.word.load(Ordering::Relaxed);
        if id.state.has(Bits::EMPTY) {
            None
        } else if id.state.has(Bits::PANICKED) {
            // SAFETY: the word of a panic is a pointer to a `Panicked` (see `store`).
            let panicked = unsafe { Value::copy_of(word, super::value::type_of::<Panicked>()) };
            Some(Outcome::Panicked(panicked.into_arc()))
        } else {
            // SAFETY: all other words are of the node's type.
            Some(Outcome::Value(unsafe { Value::copy_of(word, id.kind.value) }))
        }
    }

    /// Whether a node whose equality is the language's own holds a value that is equal to `new`.
    #[inline]
    pub(crate) fn holds(&self, id: Id, new: &Value) -> bool {
        debug_assert!(self.is_of(id) && !id.state.has(Bits::BOXED), "K1");
        let state = id.state.now();
        if state.has(Bits::EMPTY | Bits::PANICKED) {
            return false;
        }
        let word = id.word.load(Ordering::Relaxed);
        if state.has(Bits::EXACT) {
            return new.has_word(word);
        }
        // SAFETY: the word is of the node's type; a value that is inline owns nothing, so a second one does no
        // harm.
        let old = ManuallyDrop::new(unsafe { Value::of_word(word, id.kind.value) });
        id.equal(&old, new)
    }

    /// The value of a node, if it has one and that is of this type and not inline.
    pub(crate) fn lend<T: 'static>(&self, id: Id) -> Option<&T> {
        debug_assert!(self.is_of(id), "K1");
        let is_one = !id.state.has(Bits::EMPTY | Bits::PANICKED) && id.kind.value.is_boxed::<T>();
        // SAFETY: the word is of this type, and replaced under this lock alone.
        is_one.then(|| unsafe { super::value::boxed_of(id.word.load(Ordering::Relaxed)) })
    }

    /// The value of a source, if it is one of this type that is not inline, and nobody else has it or could be looking at
    /// it. The type is one of ours, of whose values nobody has weak handles.
    pub(crate) fn sole_mut<T: 'static>(&mut self, id: Id) -> Option<&mut T> {
        debug_assert!(self.is_of(id) && id.role() == Role::Source, "K1");
        // A snapshot may lend it without a count (`read::kept`).
        if !self.snapshots.is_empty() || !id.kind.value.is_boxed::<T>() {
            return None;
        }
        // SAFETY: the word is of this type; counts are taken of it, and it is replaced, under this lock alone, and without
        // a count only snapshots read it.
        unsafe { super::value::sole_of(id.word.load(Ordering::Relaxed)) }
    }

    /// The outcome and its version.
    pub(crate) fn seen(&self, id: Id) -> Option<Seen> {
        let version = Some(id.state.version());
        self.outcome(id).map(|outcome| Seen { outcome, version })
    }

    /// Replaces the outcome of a node; the old one is garbage. Version and stamp are set before, so that one
    /// who reads the new word without the lock sees a new stamp.
    #[inline]
    pub(crate) fn store(&mut self, id: Id, outcome: Outcome) {
        debug_assert!(self.is_of(id), "K1");
        let (word, bits) = match outcome {
            Outcome::Value(value) => (value.into_word(), Bits::NONE),
            Outcome::Panicked(panicked) => (Value::shared(panicked).into_word(), Bits::PANICKED),
        };
        if id.state.has(Bits::BOXED | Bits::PANICKED)
            && let Some(old) = self.take(id)
        {
            garbage::add(Garbage::Outcome(old));
        }
        id.state.replace(Bits::EMPTY | Bits::PANICKED, bits);
        // Release: pairs with the acquire of fast reads.
        id.word.store(word, Ordering::Release);
    }

    /// Stores a value in the word of a node whose values are inline, and whose outcome is no panic.
    #[inline]
    pub(crate) fn store_word(&mut self, id: Id, value: Value) {
        debug_assert!(self.is_of(id) && !id.state.has(Bits::BOXED | Bits::PANICKED), "K1");
        // Release: pairs with the acquire of fast reads.
        id.word.store(value.into_word(), Ordering::Release);
    }

    /// Takes the outcome out of a node.
    pub(crate) fn take(&mut self, id: Id) -> Option<Outcome> {
        debug_assert!(self.is_of(id), "K1");
        let word = id.word.load(Ordering::Relaxed);
        let outcome = if id.state.has(Bits::EMPTY) {
            None
        } else if id.state.has(Bits::PANICKED) {
            // SAFETY: see `outcome`; the count goes with it, since the node is empty from here on.
            let panicked = unsafe { Value::of_word(word, super::value::type_of::<Panicked>()) };
            Some(Outcome::Panicked(panicked.into_arc()))
        } else {
            // SAFETY: see `outcome`, and as above.
            Some(Outcome::Value(unsafe { Value::of_word(word, id.kind.value) }))
        };
        id.state.replace(Bits::PANICKED, Bits::EMPTY);
        outcome
    }
}

/// Takes the outcome out of a source that nobody counts on, which needs no lock.
pub(super) fn take_unheld(id: Id) -> Outcome {
    debug_assert!(id.is_unheld(), "a source in use");
    let word = id.word.load(Ordering::Relaxed);
    // SAFETY: a source has a value of its type; nobody else knows of it, and it is freed next.
    Outcome::Value(unsafe { Value::of_word(word, id.kind.value) })
}

impl Deref for Access {
    type Target = Inner;

    #[inline]
    fn deref(&self) -> &Inner {
        // SAFETY: K1: this thread has the lock, and gives it up by dropping the access.
        unsafe { &*self.group().lock.value() }
    }
}

impl DerefMut for Access {
    #[inline]
    fn deref_mut(&mut self) -> &mut Inner {
        // SAFETY: K1, and the access is borrowed exclusively.
        unsafe { &mut *self.group().lock.value() }
    }
}

impl Drop for Access {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this thread has the lock, and the access is gone with it.
        unsafe { self.group().lock.unlock(self.way()) };
        // K3: from here on strangers' code may run.
        if self.is_only() {
            garbage::dispose_if_any();
        }
    }
}
