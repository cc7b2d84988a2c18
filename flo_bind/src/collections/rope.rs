//! Ropes: cells in order, each with an attribute, whose followers get differences.
//!
//! # Idea
//! A rope is two trees: the cells, as those of a [list](super), and the extents of their attributes, each with a number of cells.
//! A text of a million cells in one style is a tree of a million and a tree of one. An edit of cells changes the number
//! of one extent, and one of attributes touches no cell. Of a place in the cells the extent is found by the
//! measure of the second tree, which is how many cells there are.
//!
//! ```text
//!   cells       a b c d e f g h i                replace 4..7 by x, which takes the attribute of e
//!               ─────┬── ──┬── ─┬─
//!   extents     5 plain  2 bold 2 plain    ──▶   a b c d x h i  │  7 plain
//! ```
//!
//! All the rest, the log, commits, followers, derived ropes, is as it is with [lists](super).
//!
//! # Invariants
//! - **R1** The extents have as many cells together as there are.
//! - **R2** No extent is empty, and no two neighbours have equal attributes: so the extent of an attribute is one item, and
//!   two ropes are equal where both of their trees are.
//! - **R3** A difference in a log knows what was there, cells with their attributes, and fits the rope before it. What comes in
//!   has its attributes with it, so that nobody who applies a difference need know what they are inherited from.
//! - **R4** An attribute that is set where it is already is no change.
//!
//! # Choices
//! Not one tree of runs that have their cells with them: there a run of a million cells would need a tree of its own,
//! or be cut in pieces which an edit of attributes has to join again. With two trees nothing is new but the extents, the
//! cells of a rope are a list without a copy, and a rope that is mapped shares the extents.

mod attributes;
mod bind_rope;
mod draft;
mod extents;
mod follow_rope;
mod rope_binding;
mod rope_diff;
mod rope_ref;
mod rope_snapshot;
mod undo;
#[cfg(feature = "serde")]
mod wire;

pub use attributes::{RopeAttributes, RopeExtents, RopeIter, RopePart};
#[cfg(feature = "driver-thread")]
pub use bind_rope::bind_rope;
pub use bind_rope::{BindRopeDriver, bind_rope_driver};
pub(super) use draft::RopeDraft;
pub use follow_rope::FollowRopeChanges;
pub use rope_binding::RopeBinding;
pub use rope_diff::{RopeBatch, RopeDiff};
pub use rope_ref::RopeRef;
pub use rope_snapshot::RopeSnapshot;
