//! Sets that can be read and followed.

use std::{borrow::Borrow, fmt};

use flo_core::{Notify, Subscription};

use super::{
    draft::MapState, follow_map::FollowSetChanges, map_ref::MapRef, set_binding::SetBinding,
    set_snapshot::SetSnapshot,
};
use crate::{
    bind_ref::BindRef,
    bound::Bound,
    computed::{computed_with, debug_with},
    equality::Equality,
    graph::node::Ended,
    guard::Guard,
};

/// The right to read a set and to follow its differences: of a [`SetBinding`], or a set that is derived from other
/// collections.
///
/// It is a [`MapRef`] of nothing, with the words of a set; what a map can do beside, it does as
/// [`as_map`](Self::as_map). All that is said of handles, threads and cost is said there.
pub struct SetRef<K> {
    map: MapRef<K, ()>,
}

impl<K> SetRef<K> {
    /// The same as a map, which is read, followed and derived from as any.
    ///
    /// ```
    /// use flo_bind::{MapBinding, SetBinding};
    /// let wanted = SetBinding::from_iter(["oil"]);
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let found = prices.join(wanted.as_map());
    /// assert!(found.snapshot().keys().eq(&["oil"]));
    /// ```
    pub fn as_map(&self) -> &MapRef<K, ()> {
        &self.map
    }

    /// Whether both stand for the same set, whatever is in it; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<K: Send + Sync + 'static> SetRef<K> {
    /// The set as it is, as a value that stays as it is. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// Where a derived set's closure panicked, as [`Bound::read`].
    pub fn snapshot(&self) -> SetSnapshot<K> {
        SetSnapshot { map: self.map.snapshot() }
    }

    /// Whether an item is there. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        K: Borrow<Q> + Ord,
    {
        self.map.contains_key(item)
    }

    /// How many items there are. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The differences as a stream, as [`MapRef::follow_changes`].
    ///
    /// ```
    /// use flo_bind::{SetBinding, SetDiff};
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let lamps = SetBinding::from_iter(["oil"]);
    /// let mut changes = lamps.follow_changes();
    /// let mut next = || changes.next().now_or_never().flatten().unwrap();
    /// assert!(matches!(next().iter().next(), Some(SetDiff::Reset { .. })));
    /// lamps.insert("gas");
    /// assert!(matches!(next().iter().next(), Some(SetDiff::Insert { key: "gas", .. })));
    /// ```
    pub fn follow_changes(&self) -> FollowSetChanges<K> {
        self.map.follow_changes()
    }

    /// Whether nobody is left who could change it. Of a derived set it is known after a read.
    pub fn is_ended(&self) -> bool {
        self.map.is_ended()
    }

    /// Why nobody is left who could change it; `None` while somebody is.
    pub fn ended(&self) -> Option<Ended> {
        self.map.ended()
    }

    /// Tells `notify` at the first change after a read, once until the next read, as [`MapRef::when_changed`].
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        self.map.when_changed(notify)
    }
}

impl<K: Send + Sync + 'static> Bound for SetRef<K> {
    type Value = SetSnapshot<K>;

    fn read(&self) -> Guard<SetSnapshot<K>> {
        Guard::new(self.snapshot())
    }

    fn copied(&self) -> SetSnapshot<K> {
        self.snapshot()
    }

    fn lend(&self, f: &mut dyn FnMut(&SetSnapshot<K>)) {
        f(&self.snapshot());
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        Bound::when_changed(&self.map, notify)
    }
}

/// A map of nothing is a set, as one that [`bind_map`](crate::bind_map()) gives.
impl<K> From<MapRef<K, ()>> for SetRef<K> {
    fn from(map: MapRef<K, ()>) -> Self {
        Self { map }
    }
}

/// Whole sets, as one value after the other.
impl<K: Send + Sync + 'static> From<SetRef<K>> for BindRef<SetSnapshot<K>> {
    #[track_caller]
    fn from(set: SetRef<K>) -> Self {
        computed_with(move || set.snapshot(), Equality::Compared(SetSnapshot::same_as)).into()
    }
}

impl<K> From<&SetBinding<K>> for SetRef<K> {
    fn from(set: &SetBinding<K>) -> Self {
        Self::clone(set)
    }
}

impl<K> Clone for SetRef<K> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<K> PartialEq for SetRef<K> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K> Eq for SetRef<K> {}

impl<K> std::hash::Hash for SetRef<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<K: fmt::Debug + Send + Sync + 'static> fmt::Debug for SetRef<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_with("SetRef", self.map.node(), f, |value, shown| {
            let map = value.get::<MapState<K, ()>>().snapshot.clone();
            shown.field("items", &SetSnapshot { map });
        })
    }
}
