//! Lists whose followers get differences.
//!
//! # Idea
//! What the node of a list holds is its items, a number that no other state has, and the log of what has led to it
//! lately. An edit is made on a copy, which shares all but a path with the list, and committed as any value
//! is: so transactions, rollback, snapshots and reads on other threads are those of the engine, and need nothing of
//! their own. Who follows keeps the number of the state he has seen, and no queue.
//!
//! ```text
//!   node of a list    ListState { items, rev, log }     edit:    copy ── edit ── record ── commit, or once more
//!                                      │    ▲ │         follow:  read the state, walk its log back to
//!                                      │    │ └ d3 ─ d2 ─ d1     the rev that was seen
//!   follower, and a derived list       │   seen
//! ```
//!
//! # Invariants
//! - **C1** Items, rev and log of a list are one value, committed together: who sees a list sees exactly the
//!   differences that led to it.
//! - **C2** An edit works on a copy with no lock held; items are cloned, compared and dropped, and closures run, outside
//!   of any lock.
//! - **C3** A state that was made from no earlier one has an empty log: who has seen an earlier one begins anew.
//! - **C4** An edit that changes nothing leaves the rev as it is, so that nobody is told.
//! - **C5** What a derived list's closures have read in any run that its value goes on from stays a dep: it is read again in
//!   each run, and where it differs all rows are asked again.
//! - **C6** A run goes on from a state that was published, or that emitted nothing after one; what was computed for one
//!   reader alone is never gone on from.
//! - **C7** What an operator keeps fits the output beside it: both are of one run. A run that panics leaves neither, and
//!   the next one begins anew.
//!
//! The tree's are in [`tree`], the log's in [`log`].
//!
//! # Where to look
//! `tree` what items are kept in · `rev`, `log`, `state` what a node holds, and a copy under edit · `snapshot`,
//! `diff`, `batch` the values that users see · `list_binding`, `list_item`, `list_ref`, `list_transaction`, `follow_changes`,
//! `bind_list` what they do with them · `derive` lists that
//! follow from others · `store` keyed state, with a head of its own · `wire` serde, `undo` what a history keeps of a list, `vector_ops` other words for
//! differences.

mod batch;
mod bind_list;
mod derive;
mod diff;
mod follow_changes;
mod list_binding;
mod list_item;
mod list_ref;
mod list_transaction;
mod log;
mod rev;
mod snapshot;
mod state;
mod store;
mod tree;
mod undo;
mod vector_ops;
#[cfg(feature = "serde")]
mod wire;

pub use batch::{BatchIter, ListBatch};
#[cfg(feature = "driver-thread")]
pub use bind_list::bind_list;
pub use bind_list::{BindListDriver, bind_list_driver};
pub use derive::Edge;
pub use diff::{Diverged, Items, ListDiff, Removed};
pub use follow_changes::FollowChanges;
pub use list_binding::ListBinding;
pub use list_ref::ListRef;
pub use list_transaction::{list_transaction, try_list_transaction};
pub use snapshot::{ListIter, ListSnapshot};
pub use store::{
    FollowStore, Key, KeyError, Store, StoreBatch, StoreBatchIter, StoreDiff, StoreIter, StoreRef,
    StoreSnapshot, Stored,
};
pub use vector_ops::VectorOp;
