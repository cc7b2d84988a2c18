//! Maps and sets whose followers get differences.
//!
//! # Idea
//! A map is its entries in the order of their keys, in the tree that lists are kept in. So a snapshot is a count, the
//! order in which entries are lent is always the same, the place of an entry among the others is known, and the
//! entries of a map are a list without a copy. A set is a map of nothing.
//!
//! ```text
//!   entries   (arc, 5)  (gas, 3)  (oil, 1)          insert wax 2 ──▶ Insert { wax, 2 }
//!                                                   insert gas 4 ──▶ Update { gas, 3, 4 }
//!   in a tree, in order of the keys                 remove arc   ──▶ Remove { arc, 5 }
//! ```
//!
//! All the rest, the log, commits, followers, derived maps, is as it is with [lists](super).
//!
//! # Invariants
//! - **M1** Keys rise: no two are equal.
//! - **M2** A difference in a log knows what it took out, and fits the map before it: an insertion has a key that was not
//!   there, an update and a removal one that was.
//! - **M3** What is derived looks at the changes of each key together: what was there before the first difference, and
//!   what is there after the last. One key is one change, whatever has happened to it meanwhile.
//!
//! # Choices
//! The tree knows no keys but those of its items; a search looks at the first item of a child. A key of each child
//! beside it would have to be cloned at each level by each edit, and would ask for `Clone` of whoever names a map.

mod bind_map;
mod diff;
mod draft;
mod entries;
mod follow_map;
mod in_place;
mod map_binding;
mod map_entry;
mod map_ref;
mod map_snapshot;
mod set_binding;
mod set_ref;
mod set_snapshot;
mod undo;
#[cfg(feature = "serde")]
mod wire;

#[cfg(feature = "driver-thread")]
pub use bind_map::bind_map;
pub use bind_map::{BindMapDriver, bind_map_driver};
pub use diff::{MapBatch, MapDiff, SetBatch, SetDiff};

pub(super) use draft::{MapDraft, MapState};
pub(super) use entries::Entries;
pub use follow_map::{FollowMapChanges, FollowSetChanges};
pub use map_binding::MapBinding;
pub use map_ref::MapRef;
pub use map_snapshot::{MapIter, MapSnapshot};
pub use set_binding::SetBinding;
pub use set_ref::SetRef;
pub use set_snapshot::{SetIter, SetSnapshot};
