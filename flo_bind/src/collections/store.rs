//! Keyed state: values that refer to each other by key, and no pointers.
//!
//! # Idea
//! A store is a persistent tree of places. A key says which store, which place of it, and which tenant of that place: its
//! *generation*. Places are let from outside of the state, so that what is rolled back takes its generation with it; the
//! *lease* of a place is held by what stands there, and so by every snapshot, difference and history that has it.
//!
//! ```text
//!   Key { store 1, index 2, generation 3 }
//!
//!   node of a store   StoreState { slots ─ rev ─ log }       leases   free: (0, 2)   next: 4
//!     slots   0: —      1: order     2: line     3: line       ▲
//!             gen 1     gen 1        gen 3       gen 1         └─ the last who has (index, generation) gives
//!                         │            │           │              (index, generation + 1) back
//!   readers             atom 1         —         atom 3      a node for each entry that somebody reads alone
//!
//!   node of ownership   { order owns line … }, { line is owned by order … }
//! ```
//!
//! # One entry alone
//! A run that reads one entry depends on the *atom* of that entry, which an edit of it writes in the same commit, and
//! not on the store. An atom is made when it is asked for, and an edit looks for it before it is committed: who comes between
//! must not be missed. So an edit is *open* from before it looks until after its commit, and a reader depends on the
//! store, too, while any edit is open or where what it sees is not the newest state.
//!
//! ```text
//!   edit     open ── look for the atom ── commit ── close         reader    register the atom ── is an edit open?
//!                                                                           ── do I see the newest?
//!   looked before it was registered:  it is open, or its commit is in the newest
//! ```
//!
//! # Invariants
//! - **E1** At any time a place is let to one generation, and no (index, generation) is let twice: not after a removal, a
//!   rollback or a wrap.
//! - **E2** In the slots the generation of a place is that of who stands or stood there last; it falls only where
//!   [`History`](crate::History) puts back what it holds the lease of.
//! - **E3** An edit writes the store and the atoms of the entries that it edits, or makes stale, in one commit.
//! - **E4** A run that read one entry is told of every change of that entry: over its atom, or over the store where an
//!   edit may have missed the atom (see above).
//! - **E5** An entry has one owner at most. That one owns it, and that it is owned, are written in one commit.
//! - **E6** A removal takes what the entry owns, and what that owns, in the same commit, one after the other; where
//!   another thread's commit has changed what is owned, it is not committed.
//!
//! # Where to look
//! `key` keys, and what is wrong with one · `lease` who has which place · `stored` a value with its lease · `state`
//! what the node holds, and a copy under edit · `snapshot`, `diff`, `batch` the values that users see · `readers` the atoms ·
//! `store_ref`, `store_binding`, `entry`, `follow` the handles · `owned`, `cascade` what goes with what · `undo` what
//! a history keeps of it, `weak` handles that keep nothing alive. What is derived from it begins with its entries as a map, `derive/store_entries`.

mod batch;
mod cascade;
mod diff;
mod entry;
mod follow;
mod key;
mod lease;
mod meant;
mod owned;
mod readers;
mod snapshot;
mod state;
mod store_binding;
mod store_ref;
mod stored;
mod undo;
mod weak;

pub use batch::{StoreBatch, StoreBatchIter};
pub use diff::StoreDiff;
pub use follow::FollowStore;
pub use key::{Key, KeyError};
pub use snapshot::{StoreIter, StoreSnapshot};
pub use store_binding::Store;
pub use store_ref::StoreRef;
pub use stored::Stored;
pub use weak::{WeakStore, WeakStoreRef};
