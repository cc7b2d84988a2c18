//! Nodes, and the counted references to them.
//!
//! ```text
//!   Header  kind ─▶ what the types are   counts: strong, writers   group   state: bits, version
//!           word  stamp  subs  site
//!   Derived Header  since  owner  open  deps
//!   ┌ Source<E>      Header   equality
//!   ├ Computed<F, E> Derived  equality, closure
//!   └ ReactionOf<F>  Reaction { Derived  number … }  closure
//! ```
//!
//! A node is one allocation, of which handles, edges and walks know the address of the header ([`Id`]). Its
//! typed rest is reached through [`Kind`].
//!
//! Dependents own what they depend on (each of `deps` is a count), never the other way round (`subs` are bare
//! addresses, which are taken out before a node is freed), so there is no strong cycle (G10).
//!
//! Invariants: N1 an [`Id`] is used only while its node is not freed: who has one has a count, or was lent
//! it by somebody who has, or found it over an edge under the group's lock, or has claimed the node (G9), or
//! has it in a queue (`queued`). N2 the rest behind a header is of the type that made its `Kind`.
#![allow(unsafe_code, reason = "nodes are raw memory behind counted references")]

use std::{
    alloc::{self, Layout},
    any::Any,
    cell::UnsafeCell,
    fmt,
    ops::Deref,
    panic::Location,
    ptr::{self, NonNull},
};

use flo_core::sync::{
    Arc,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence},
    unmodelled::AtomicU32 as RawU32,
};

use crate::waiting::Waiting;

use super::{
    array::{Array, Item},
    carried::Held,
    cell::Group,
    site::Site,
    value::{Value, ValueType, Version},
};

pub(crate) use super::{
    handle::{NodeRef, WeakNode, Writer},
    state::{Bits, State},
};

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// Holds what was set.
    Source,
    /// Holds what follows from others.
    Computed,
    /// Runs on a committing thread when something it read differs.
    Effect,
    /// Is told on a committing thread when what it listens to may have changed.
    Listener,
}

/// What a listener is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hears {
    /// Changes.
    Changes,
    /// Changes, and that there will be no more.
    ChangesAndEnd,
}

/// Why a binding will not change any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Nobody is left who could change it: the last [`Binding`](crate::Binding) handle is gone, or the
    /// stream it was made from has ended.
    Closed,
    /// The fold of its stream panicked with this text; the state is as the fold left it.
    Panicked(Arc<str>),
}

/// What is the same for all nodes of one type.
pub(crate) struct Kind {
    pub(crate) value: &'static ValueType,
    /// User code.
    pub(super) equal: unsafe fn(Id, &Value, &Value) -> bool,
    /// User code.
    pub(super) compute: unsafe fn(Id, Held) -> Value,
    /// Runs the closure of a reaction: user code.
    pub(super) react: unsafe fn(Id),
    /// Drops what the typed rest owns, of a reaction its closure alone: user code.
    pub(super) drop_rest: unsafe fn(Id),
    /// Whether that is anything.
    pub(super) rest_drops: bool,
    pub(super) layout: Layout,
}

/// The part that all nodes have. What is not atomic is opened by [`Access`](super::cell::Access); what is,
/// changes under the group's lock alone (G2), and is read without it on fast paths.
#[repr(C)]
pub(crate) struct Header {
    pub(crate) kind: &'static Kind,
    /// Below, how many count on the node; above, how many of them have the right to write it.
    pub(super) counts: AtomicU64,
    /// The node's group, or one that knows it.
    pub(super) group: AtomicPtr<Group>,
    pub(crate) state: State,
    /// The outcome, unless the state says that there is none.
    pub(super) word: AtomicU64,
    /// The outcome is right for the commits from here (G4).
    pub(crate) stamp: AtomicU64,
    pub(super) subs: UnsafeCell<Array<Sub>>,
    place: Site,
}

/// What all but sources have.
#[repr(C)]
pub(crate) struct Derived {
    pub(super) header: Header,
    /// Where the node is stale or busy, its outcome is right for the commits before here (G4).
    pub(crate) since: AtomicU64,
    pub(super) deps: UnsafeCell<Array<Dep>>,
    /// The thread that has claimed it, while it is busy (G9).
    pub(crate) owner: AtomicU32,
    /// How many of `deps` have not ended.
    pub(crate) open: AtomicU32,
}

/// An edge, seen from the dep. Packed, so that one of them and a [`Site`] are two words.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
pub(crate) struct Sub {
    pub(crate) node: Id,
    /// Where the edge is in the dependent's `deps` (G3).
    pub(crate) back: u32,
}

/// The same edge, seen from the dependent: a count on the node.
///
/// While the dependent is busy its owner reads `node` and writes `seen` without the lock; others write
/// `slot` with it.
#[repr(C)]
pub(crate) struct Dep {
    pub(crate) node: Id,
    /// The version the last run saw (G7); 0 for none.
    seen: RawU32,
    /// Where the back edge is in the dep's `subs` (G3).
    pub(crate) slot: RawU32,
}

// SAFETY: the first word is an `Id`, the last four bytes are an index into an array's items.
unsafe impl Item for Sub {}
// SAFETY: as for `Sub`.
unsafe impl Item for Dep {}

impl Dep {
    pub(crate) fn new(node: Id, seen: Option<Version>, slot: u32) -> Self {
        let seen = seen.map_or(0, Version::get);
        let [seen, slot] = [seen, slot].map(RawU32::new);
        Self { node, seen, slot }
    }

    #[inline]
    pub(crate) fn seen(&self) -> Option<Version> {
        // Relaxed: written by the owner of the dependent's claim, or before its lock was given back.
        Version::new(self.seen.load(Ordering::Relaxed))
    }

    #[inline]
    pub(crate) fn see(&self, version: Option<Version>) {
        self.seen.store(version.map_or(0, Version::get), Ordering::Relaxed);
    }
}

#[repr(C)]
pub(crate) struct Reaction {
    pub(super) derived: Derived,
    /// Unique among reactions, in the order of creation.
    pub(crate) number: u64,
    pub(crate) hears: Hears,
    /// Where an effect waits for its thread, if not on the committing one.
    pub(crate) queue: Option<Arc<Waiting>>,
    /// How many queues it stands in, and one more while its closure waits to be dropped.
    pub(crate) queued: AtomicU32,
    /// The thread that put it into its queue last.
    pub(crate) queuer: AtomicU32,
    pub(super) rest: UnsafeCell<Rest>,
}

/// The closure of a reaction, which is in its node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closure {
    There,
    /// Dropped, or kept by the garbage to be dropped.
    Gone,
}

/// What the lock guards of a reaction.
pub(crate) struct Rest {
    /// Whether the closure is there.
    pub(crate) closure: Closure,
    /// Its own life, where the subscription was detached.
    pub(crate) detached: Option<NodeRef>,
    /// Reactions that ended with it, and were not over then.
    pub(crate) left: Vec<NodeRef>,
}

/// The address of a node (N1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(pub(super) NonNull<Header>);

// SAFETY: an `Id` gives access to a header, whose parts are atomic or opened under the group's lock; values
// are `Send + Sync`, and so are closures, or they are run by one thread at a time and `Send`.
unsafe impl Send for Id {}
// SAFETY: as for `Send`.
unsafe impl Sync for Id {}

impl Deref for Id {
    type Target = Header;

    #[inline]
    fn deref(&self) -> &Header {
        // SAFETY: N1.
        unsafe { self.0.as_ref() }
    }
}

pub(super) const STRONG: u64 = 1;
pub(super) const WRITER: u64 = 1 << 32;
const MANY: u32 = u32::MAX / 2;

pub(super) const fn strong(counts: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    let strong = counts as u32;
    strong
}

pub(super) const fn writers(counts: u64) -> u32 {
    strong(counts >> 32)
}

impl Header {
    pub(super) fn new(
        kind: &'static Kind,
        counts: u64,
        bits: Bits,
        word: u64,
        site: &'static Location<'static>,
    ) -> Self {
        Self {
            kind,
            counts: AtomicU64::new(counts),
            group: AtomicPtr::new(ptr::null_mut()),
            state: State::new(bits),
            word: AtomicU64::new(word),
            stamp: AtomicU64::new(0),
            subs: UnsafeCell::new(Array::new()),
            place: Site::new(site),
        }
    }

    /// Where the user made it.
    pub(crate) fn site(&self) -> &'static Location<'static> {
        self.place.location()
    }
}

impl Id {
    #[inline]
    pub(crate) fn role(self) -> Role {
        self.state.role()
    }

    /// What all but sources have.
    #[inline]
    pub(crate) fn derived(self) -> &'static Derived {
        debug_assert!(self.role() != Role::Source, "N2");
        // SAFETY: N2: the header of all but sources is the first part of a `Derived`. The lifetime is as
        // long as N1 says, like that of what `deref` gives.
        unsafe { self.0.cast::<Derived>().as_ref() }
    }

    /// What effects and listeners have.
    #[inline]
    pub(crate) fn reaction(self) -> &'static Reaction {
        debug_assert!(matches!(self.role(), Role::Effect | Role::Listener), "N2");
        // SAFETY: N2; the lifetime as with `derived`.
        unsafe { self.0.cast::<Reaction>().as_ref() }
    }

    /// What tells it from any other node that is alive.
    #[cfg(feature = "tracing")]
    pub(crate) fn address(self) -> usize {
        self.0.addr().get()
    }

    /// Counts one more.
    #[inline]
    pub(crate) fn count_up(self) {
        // Relaxed: who counts up has a count already.
        let counts = self.counts.fetch_add(STRONG, Ordering::Relaxed);
        check(counts);
    }

    /// Gives a count back; whether it was the last.
    #[inline]
    pub(crate) fn count_down(self) -> bool {
        // Release and acquire: what others did with the node was before it is taken apart.
        if strong(self.counts.fetch_sub(STRONG, Ordering::Release)) != 1 {
            return false;
        }
        fence(Ordering::Acquire);
        true
    }

    /// Whether nobody counts on it any more.
    pub(crate) fn is_unheld(self) -> bool {
        strong(self.counts.load(Ordering::Acquire)) == 0
    }

    /// Compares by the node's equality, which is user code unless it is plain.
    #[inline]
    pub(crate) fn equal(self, old: &Value, new: &Value) -> bool {
        // SAFETY: N2.
        unsafe { (self.kind.equal)(self, old, new) }
    }

    /// Runs the closure of a computed, which carries on what was taken out of it: user code.
    #[inline]
    pub(super) fn compute(self, held: Held) -> Value {
        debug_assert!(self.role() == Role::Computed, "N2");
        // SAFETY: N2.
        unsafe { (self.kind.compute)(self, held) }
    }

    /// Runs the closure of a reaction, which is there and which this thread has claimed: user code.
    #[inline]
    pub(super) fn react(self) {
        debug_assert!(self.state.load().has(Bits::BUSY), "G9");
        // SAFETY: N2; while the node is claimed nobody else runs the closure or drops it.
        unsafe { (self.kind.react)(self) };
    }

    /// Drops what the typed rest owns, of a reaction its closure: user code.
    ///
    /// # Safety
    /// Once, when nobody uses that any more; of a computed or a source, when nobody uses the node any more.
    pub(super) unsafe fn drop_rest(self) {
        // SAFETY: N2, and the caller's promise.
        unsafe { (self.kind.drop_rest)(self) };
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// After [`drop_rest`](Self::drop_rest), once, when no `Id` of the node is left (N1).
    pub(super) unsafe fn free(self) {
        let layout = self.kind.layout;
        if matches!(self.role(), Role::Effect | Role::Listener) {
            let reaction = self.reaction();
            // SAFETY: the caller's promise: nobody reads it again.
            drop(unsafe { ptr::read(&raw const reaction.queue) });
            // SAFETY: as for the queue.
            drop(unsafe { reaction.rest.get().read() });
        }
        // SAFETY: the edges are the last thing that the header owns; the caller's promise.
        drop(unsafe { self.subs.get().read() });
        if self.role() != Role::Source {
            // SAFETY: as for the other edges.
            drop(unsafe { self.derived().deps.get().read() });
        }
        // SAFETY: allocated with this layout by `allocate`.
        unsafe { alloc::dealloc(self.0.as_ptr().cast(), layout) };
    }
}

pub(super) fn check(counts: u64) {
    if strong(counts) > MANY || writers(counts) > MANY {
        // As with `Arc`: only leaked handles can be so many, and going on would free what is in use.
        std::process::abort();
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node made at {}", self.site())
    }
}

/// Something that goes with a node.
pub(crate) type Attached = Box<dyn Any + Send>;
