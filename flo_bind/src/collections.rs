//! Collections whose followers get differences: lists, maps, sets and ropes.
//!
//! # Idea
//! What the node of a list holds is its items, a number that no other state has, and the log of what has led to it
//! lately; maps, sets and ropes do the same, see [`maps`] and [`rope`]. An edit is made on a copy, which shares all but a path with the list, and
//! committed as any value is: so transactions, rollback, snapshots and reads on other threads are those of the engine, and need nothing of
//! their own. Who follows keeps the number of the state he has seen, and no queue.
//!
//! ```text
//!   node of a list    State { items, rev, log }         edit:    copy ── edit ── record ── commit, or once more
//!                                      │    ▲ │         follow:  read the state, walk its log back to
//!                                      │    │ └ d3 ─ d2 ─ d1     the rev that was seen
//!   follower, and a derived list       │   seen
//! ```
//!
//! # Invariants
//! - **C1** Items, rev and log of a collection are one value, committed together: who sees it sees exactly the
//!   differences that led to it.
//! - **C2** An edit works on a copy with no lock held; items are cloned, compared and dropped, and closures run, outside
//!   of any lock. Where nobody else has the list, an edit of one item is made where it is, under the lock: it moves items,
//!   and runs no code of a user's (`in_place`).
//! - **C3** A state that was made from no earlier one has an empty log: who has seen an earlier one begins anew.
//! - **C4** An edit that changes nothing leaves the rev as it is, so that nobody is told.
//! - **C5** What a derived collection's closures have read in any run that its value goes on from stays what it depends on, through
//!   the seals of the rows for which it was read (`derive/seals.rs`): where it differs those rows are asked again.
//! - **C6** A run goes on from a state that was published, or that emitted nothing after one; what was computed for one
//!   reader alone is never gone on from.
//! - **C7** What an operator keeps fits the output beside it: both are of one run. A run that panics leaves neither, and
//!   the next one begins anew.
//!
//! The tree's are in [`tree`], the log's in [`log`], those of maps in [`maps`], those of ropes in [`rope`].
//!
//! # Where to look
//! `tree` what items are kept in · `rev`, `log`, `state` what a node holds · `draft`, `edit` a copy under edit, `in_place` an edit without one · `snapshot`,
//! `diff`, `batch` the values that users see · `maps` and its folder, the same for maps and sets, `rope` and its for ropes · `list_binding`, `list_item`, `list_ref`, `list_transaction`, `follow_changes`,
//! `bind_list` what they do with them · `sleepers` followers that wait · `parts` differences that are shared with the log · `derive` lists that
//! follow from others · `store` keyed state, with a head of its own, from whose entries others follow as from a map · `wire` serde, `undo` what a history keeps of a collection, `vector_ops` other words for
//! differences, `weak` handles that keep nothing alive.

mod batch;
mod bind_list;
mod derive;
mod diff;
mod draft;
mod edit;
mod follow_changes;
mod in_place;
mod list_binding;
mod list_item;
mod list_ref;
mod list_transaction;
mod log;
mod maps;
mod parts;
mod rev;
mod rope;
mod sleepers;
mod snapshot;
mod state;
mod store;
mod tree;
mod undo;
mod vector_ops;
mod weak;
#[cfg(feature = "serde")]
mod wire;

pub use batch::{Batch, BatchIter, ListBatch};
#[cfg(feature = "driver-thread")]
pub use bind_list::bind_list;
pub use bind_list::{BindListDriver, bind_list_driver};
pub use derive::{Edge, list_from, map_from};
pub use diff::{Diverged, Items, ListDiff, Removed};
pub use follow_changes::FollowChanges;
pub use list_binding::ListBinding;
pub use list_ref::ListRef;
pub use list_transaction::{list_transaction, try_list_transaction};
#[cfg(feature = "driver-thread")]
pub use maps::bind_map;
pub use maps::{
    BindMapDriver, FollowMapChanges, FollowSetChanges, MapBatch, MapBinding, MapDiff, MapIter,
    MapRef, MapSnapshot, SetBatch, SetBinding, SetDiff, SetIter, SetRef, SetSnapshot,
    bind_map_driver,
};
#[cfg(feature = "driver-thread")]
pub use rope::bind_rope;
pub use rope::{
    BindRopeDriver, FollowRopeChanges, RopeAttributes, RopeBatch, RopeBinding, RopeDiff,
    RopeExtents, RopeIter, RopePart, RopeRef, RopeSnapshot, bind_rope_driver,
};
pub use snapshot::{ListIter, ListSnapshot};
pub use store::{
    FollowStore, Key, KeyError, Store, StoreBatch, StoreBatchIter, StoreDiff, StoreIter, StoreRef,
    StoreSnapshot, Stored, WeakStore, WeakStoreRef,
};
pub use vector_ops::VectorOp;
pub use weak::{
    WeakListBinding, WeakListRef, WeakMapBinding, WeakMapRef, WeakRopeBinding, WeakRopeRef,
    WeakSetBinding, WeakSetRef,
};
