//! Collections that follow from others: what all operators have in common.
//!
//! # Idea
//! A derived collection is a computed. Its value is that of any list, map or rope, which follows from those or from a store, with what its operator keeps beside it: which states
//! of the sources it has seen, and where in the output each row of theirs is. A run takes the last value for its
//! base, asks each source's log what has happened since, and does the same to that:
//!
//! ```text
//!   source   items  rev 9   log d9 ─ d8 ─ d7 …         since 7: d8, d9
//!      ▼                                                  │  closure calls for the rows in d8 and d9
//!   derived  items  rev 8   kept { seen: 7, … }   ──▶  items  rev 10   log e1 ─ e2 …   kept { seen: 9, … }
//! ```
//!
//! What the closures have read beside the rows is under seals, which tell the rows that are to be asked again ([`seals`], [`asking`]).
//! Where the log does not reach back, or a closure panics, the operator begins anew. Where nobody else needs the last value the run takes it out of its node, and edits it where it is
//! ([`carried`]). All of it is persistent, so a run that is for one reader alone, below a transaction's edits or
//! at an old version, does the same on a copy and leaves no trace.
//!
//! The invariants are C5 to C7 of [`collections`](super).

use std::{
    marker::PhantomData,
    panic::{self, AssertUnwindSafe},
};

use flo_core::sync::Arc;

use super::{
    list_ref::ListRef,
    log::Missed,
    maps::{MapRef, MapSnapshot},
    rev::Rev,
    rope::{RopeRef, RopeSnapshot},
    snapshot::ListSnapshot,
    state::{Carried, Content, Kept, State, Watched, Watching},
};
use crate::graph::{
    carried::{self, Own},
    frame,
    garbage::drop_caught,
    node::NodeRef,
    read, surface,
};

mod asking;
mod changes;
mod dedup;
mod differences;
mod distinct;
mod edges;
mod filter;
mod flat_map;
mod flatten;
mod fold;
mod group_by;
mod group_fold;
mod index_by;
mod join;
mod join_by;
mod list_from;
mod map;
mod map_filter;
mod map_fold;
mod map_from;
mod map_lists;
mod reduce;
mod reduction;
mod reverse;
mod rope_cells;
mod rope_chain;
mod rope_computed;
mod rope_map;
mod rows;
mod seals;
mod sort;
mod stages;
mod store_entries;
mod zip;

pub use edges::Edge;
pub use list_from::list_from;
pub use map_from::map_from;
use seals::Seals;

/// How a collection follows from its sources.
trait Operator<C: Content>: Send + Sync + 'static {
    /// What it goes on from.
    type Kept: Clone + Send + Sync + 'static;

    /// Does to `out`, which is as it was when this was kept, what has happened to the sources since, and keeps what is to be
    /// gone on from then. `None` where that cannot be told, or is more than to begin anew; both are of no use then.
    fn step(&self, kept: &mut Self::Kept, out: &mut C::Draft) -> Option<()>;

    /// Begins anew.
    fn build(&self) -> (C::Items, Self::Kept);
}

/// The list that an operator makes of its sources.
#[track_caller]
fn derive<U, O>(operator: O) -> ListRef<U>
where
    U: Clone + Send + Sync + 'static,
    O: Operator<ListSnapshot<U>>,
{
    let (node, watched) = derived(operator);
    ListRef::of(node, watched)
}

/// The map that an operator makes of its sources.
#[track_caller]
fn derive_map<K, V, O>(operator: O) -> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    O: Operator<MapSnapshot<K, V>>,
{
    let (node, watched) = derived(operator);
    MapRef::of(node, watched)
}

/// The rope that an operator makes of its sources.
#[track_caller]
fn derive_rope<C, A, O>(operator: O) -> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    O: Operator<RopeSnapshot<C, A>>,
{
    let (node, watched) = derived(operator);
    RopeRef::of(node, watched)
}

#[track_caller]
fn derived<C, O>(operator: O) -> (NodeRef, Watched)
where
    C: Content + Default + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
    O: Operator<C>,
{
    let watched = Watched::default();
    let run = {
        let watched = watched.clone();
        move |held| run(&operator, &watched, held)
    };
    (NodeRef::carried(run, Carried), watched)
}

fn run<C, O>(operator: &O, watched: &Watched, held: Option<Own<State<C>>>) -> Own<State<C>>
where
    C: Content + Default + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
    O: Operator<C>,
{
    // Nobody else has what was held, so that it is edited where it is.
    let copy = || Some(Own::new(carried::shared()?.get::<State<C>>().clone()));
    if let Some(mut state) = held.or_else(copy) {
        if go_on(operator, state.get_mut()).is_some() {
            return state;
        }
        // Old rows, for whose drop the new ones are not to blame.
        drop_caught(state);
    }
    let (items, kept) = operator.build();
    Own::new(State::new(items, watched.clone(), Some(Arc::new(kept))))
}

/// `None` where it must begin anew; `state` is of no use then.
fn go_on<C, O>(operator: &O, state: &mut State<C>) -> Option<()>
where
    C: Content + Default,
    O: Operator<C>,
{
    let mut kept = state.kept.take()?;
    let is_changed = state.edited(|out| {
        if step(operator, &mut kept, out).is_none() {
            drop_caught(kept);
            return None;
        }
        Some(kept)
    })?;
    if !is_changed {
        frame::keep_version();
    }
    Some(())
}

/// Does the operator's step from what is kept, and keeps what it comes to.
fn step<C, O>(operator: &O, kept: &mut Kept, out: &mut C::Draft) -> Option<()>
where
    C: Content,
    O: Operator<C>,
{
    going_on(|| {
        if Arc::get_mut(kept).is_none() {
            // Somebody else has it, too. In it are keys of a user's, whose clone may panic as a closure may.
            *kept = Arc::new(kept.downcast_ref::<O::Kept>()?.clone());
        }
        let own = Arc::get_mut(kept)?.downcast_mut::<O::Kept>()?;
        operator.step(own, out)
    })
}

/// Goes on, unless a closure panics on the way: what it was run for may be a row that has gone again, and if it has not,
/// to begin anew will panic, too.
fn going_on<R>(step: impl FnOnce() -> Option<R>) -> Option<R> {
    panic::catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|payload| {
        surface::dispose(payload);
        None
    })
}

/// A collection that another one follows from.
struct SourceOf<C: Content> {
    node: NodeRef,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
    content: PhantomData<fn() -> C>,
}

/// A list that another collection follows from.
type Source<T> = SourceOf<ListSnapshot<T>>;

impl<T> Source<T> {
    fn new(list: &ListRef<T>) -> Self {
        Self::at(list.node(), list.watched())
    }
}

/// A map that another collection follows from.
type MapSource<K, V> = SourceOf<MapSnapshot<K, V>>;

impl<K, V> MapSource<K, V> {
    fn new(map: &MapRef<K, V>) -> Self {
        Self::at(map.node(), map.watched())
    }
}

/// A rope that another collection follows from.
type RopeSource<C, A> = SourceOf<RopeSnapshot<C, A>>;

impl<C, A> RopeSource<C, A> {
    fn new(rope: &RopeRef<C, A>) -> Self {
        Self::at(rope.node(), rope.watched())
    }
}

impl<C: Content> SourceOf<C> {
    fn at(node: &NodeRef, watched: &Watched) -> Self {
        Self { node: node.clone(), watching: watched.watch(), content: PhantomData }
    }
}

impl<C> SourceOf<C>
where
    C: Content + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
{
    /// Lends the source, which becomes a dep, and what has happened to it since `seen`, in order.
    fn since<R>(
        &self,
        seen: Rev,
        f: impl FnOnce(&State<C>, &Missed<'_, C::Diff>) -> Option<R>,
    ) -> Option<R> {
        self.with(|state| f(state, &state.since(seen)?))
    }

    /// Lends the source, which becomes a dep.
    fn with<R>(&self, f: impl FnOnce(&State<C>) -> R) -> R {
        read::with(self.node.id(), f)
    }
}

/// The differences in order.
#[inline]
fn each<'a, D>(missed: &Missed<'a, D>) -> impl Iterator<Item = &'a D> {
    missed.iter().flat_map(|diffs| diffs.iter())
}

/// For a match that must name it.
fn no_reset() -> ! {
    unreachable!("L4")
}
