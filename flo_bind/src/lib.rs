//! State, and what follows from it: bindings, computed values that track what they read, effects, and
//! streams of what changed, consistent across threads.
//!
//! ```
//! use flo_bind::{BoundExt, bind, computed_from, transaction};
//!
//! let (price, count) = (bind(5), bind(2));
//! let total = computed_from((&price, &count), |(price, count)| price * count);
//! let label = total.map(|total| format!("{total} €"));
//! assert_eq!(label.get(), "10 €");
//! transaction(|| {
//!     price.set(3);
//!     count.set(4);
//! });
//! assert_eq!(label.get(), "12 €");
//! ```
//!
//! - State: [`bind`] gives a [`Binding`], which is read, set and updated; [`bind_with`] takes a comparison
//!   of your own, an [`Equality`]; [`transaction`] makes many writes one commit, [`try_transaction`] one
//!   that an error takes back.
//! - What follows: [`computed()`], [`computed_from()`], [`computed_with`] and [`map`](BoundExt::map) give
//!   a [`Computed`].
//! - Reading: every readable thing is a [`Bound`], with the methods of [`BoundExt`]; a [`Guard`] is an
//!   owned snapshot of a value, a [`BindRef`] the right to read whatever it is. [`snapshot()`] reads many
//!   things at one version, [`untracked`] without becoming dependent.
//! - Being told: [`effect()`] and [`on_change`](BoundExt::on_change) run on real differences,
//!   [`when_changed`](Bound::when_changed) and [`watch`](BoundExt::watch) tell that something may have changed,
//!   [`follow`](BoundExt::follow) is a stream of the latest values, [`wait_for`](BoundExt::wait_for) a
//!   future.
//! - Where effects run: on the committing thread, or on the one that runs an [`EffectQueue`] or a
//!   [`LocalEffectQueue`]: [`effect_in`], [`on_change_in`]. Effects made inside an effect belong to it, and
//!   [`on_cleanup`] cleans up after its run.
//! - Handles: equal when they stand for the same; weak ones ([`WeakBinding`], [`WeakComputed`],
//!   [`WeakBindRef`], and of each collection two such as [`WeakListBinding`] and [`WeakListRef`]) keep nothing alive. With the feature `serde` they are serialized by value.
//! - Values that flo does not hold: [`Atom`].
//! - With the feature `tracing` the making of each thing and each run are events of level `TRACE`, target
//!   `flo_bind`, with the place where it was made and that of what caused the run.
//! - Lists: [`ListBinding`] is edited, [`ListRef`] read; [`ListRef::follow_changes`] is a stream of differences,
//!   [`bind_list`](bind_list()) its inverse; [`list_transaction`] runs again where another thread came first.
//!   [`ListRef::map`] and its like are lists that follow from others, and cost what has changed.
//! - Maps and sets: [`MapBinding`] and [`SetBinding`] are edited, [`MapRef`] and [`SetRef`] read, in the order of their
//!   keys, and followed by differences as lists are; [`bind_map`](bind_map()) is the inverse. [`MapRef::join`] and its like
//!   follow from maps, [`ListRef::group_by`], [`ListRef::group_fold`] and [`ListRef::index_by`] make maps of lists.
//!   [`list_from`] and [`map_from`] find the differences of what is computed whole.
//! - Ropes: a [`RopeBinding`] is cells with attributes, as a text with its styles, edited by ranges and followed by differences;
//!   [`RopeRef::chain`], [`map`](RopeRef::map) and [`computed_difference`](RopeRef::computed_difference) follow from others.
//! - Things that refer to each other by key: a [`Store`] gives a [`Key`] for each entry, and takes with an entry what it
//!   [owns](Store::own). Its [`entries`](StoreRef::entries) are a map, from which all follows that follows from maps.
//! - Parts: a [`Lens`] is a part of a binding, a list, a map or a store that is read and written as a binding is:
//!   [`field`](BoundMutExt::field), [`item`](ListBinding::item), [`entry`](Store::entry); [`parsed`](BoundMutExt::parsed) is a text
//!   over a value.
//! - Undo and redo: a [`History`] over any bindings, lists, maps, sets, ropes and stores.
//! - Events to state: [`bind_stream`](bind_stream()), [`bind_stream_with`], [`bind_stream_driver`].
//!
//! # Words
//! *Commit*: a `set` outside a transaction, or a whole transaction; commits have one order. *Version*: the
//! state after a commit. *Computed, live*: an effect depends on it, so commits compute it; others are
//! *idle* and cost a write one mark at most.

mod atom;
mod bind_ref;
mod bind_stream;
mod binding;
mod bound;
#[cfg(feature = "serde")]
mod by_value;
mod collections;
mod computed;
mod computed_from;
#[cfg(feature = "driver-thread")]
mod driver_thread;
mod effect;
mod effect_panic;
mod effect_queue;
mod equality;
mod follow;
mod graph;
mod guard;
mod history;
mod identity;
mod lens;
mod local_queue;
mod owner;
mod trace;
mod transaction;
mod waiting;
mod watcher;
mod weak;

pub use atom::Atom;
pub use bind_ref::BindRef;
#[cfg(feature = "driver-thread")]
pub use bind_stream::bind_stream;
pub use bind_stream::{BindStreamDriver, bind_stream_driver, bind_stream_with};
pub use binding::{Binding, bind, bind_with};
pub use bound::{Bound, BoundExt};
pub use collections::{
    Batch, BatchIter, BindListDriver, BindMapDriver, BindRopeDriver, Diverged, Edge, FollowChanges,
    FollowMapChanges, FollowRopeChanges, FollowSetChanges, FollowStore, Items, Key, KeyError,
    ListBatch, ListBinding, ListDiff, ListIter, ListRef, ListSnapshot, MapBatch, MapBinding,
    MapDiff, MapIter, MapRef, MapSnapshot, Removed, RopeAttributes, RopeBatch, RopeBinding,
    RopeDiff, RopeExtents, RopeIter, RopePart, RopeRef, RopeSnapshot, SetBatch, SetBinding,
    SetDiff, SetIter, SetRef, SetSnapshot, Store, StoreBatch, StoreBatchIter, StoreDiff, StoreIter,
    StoreRef, StoreSnapshot, Stored, VectorOp, WeakListBinding, WeakListRef, WeakMapBinding,
    WeakMapRef, WeakRopeBinding, WeakRopeRef, WeakSetBinding, WeakSetRef, WeakStore, WeakStoreRef,
    bind_list_driver, bind_map_driver, bind_rope_driver, list_from, list_transaction, map_from,
    try_list_transaction,
};
#[cfg(feature = "driver-thread")]
pub use collections::{bind_list, bind_map, bind_rope};
pub use computed::{Computed, computed, computed_with};
pub use computed_from::{Handles, Sources, computed_from};
pub use effect::effect;
pub use effect_panic::{on_effect_panic, set_effect_run_limit};
pub use effect_queue::{EffectQueue, Queues, effect_in, on_change_in};
pub use equality::Equality;
pub use follow::{Follow, WaitFor};
pub use graph::node::Ended;
pub use guard::Guard;
pub use history::{History, Step, UndoError, Undoable};
pub use lens::{BoundMut, BoundMutExt, Edit, Gone, Lens, Parsed};
pub use local_queue::LocalEffectQueue;
pub use owner::on_cleanup;
pub use transaction::{snapshot, transaction, try_transaction, untracked};
pub use waiting::UntilPending;
pub use watcher::Watcher;
pub use weak::{WeakBindRef, WeakBinding, WeakComputed};
