//! Maps that can be read and followed.

use std::{borrow::Borrow, fmt, marker::PhantomData};

use flo_core::{Notify, Subscription};

use super::{
    draft::MapState, follow_map::FollowMapChanges, map_binding::MapBinding,
    map_snapshot::MapSnapshot,
};
use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    collections::state::Watched,
    computed::{computed_with, debug_with},
    equality::Equality,
    graph::{
        listen,
        node::{Ended, NodeRef},
        read,
    },
    guard::Guard,
};

/// The right to read a map and to follow its differences: of a [`MapBinding`], or a map that is derived from other
/// collections.
///
/// A handle: clones stand for the same map. It gives no right to write, and does not keep followers open. A derived
/// map is computed when somebody asks, from what has changed in its sources since somebody asked last.
///
/// # Delivery
/// [`follow_changes`](Self::follow_changes) gives every difference, or the whole map anew to who has fallen behind.
///
/// # Concurrency
/// Legal on any thread and inside any callback. What a derived map does for it runs on the reader's thread, reads one
/// version throughout, and no lock of ours is held meanwhile.
///
/// # Cost
/// A snapshot is a count. Who reads a part of a map inside a computed or an effect depends on all of it.
#[doc(alias = "ObservableMap")]
pub struct MapRef<K, V> {
    node: NodeRef,
    watched: Watched,
    entries: PhantomData<fn() -> (K, V)>,
}

impl<K, V> MapRef<K, V> {
    pub(crate) fn of(node: NodeRef, watched: Watched) -> Self {
        Self { node, watched, entries: PhantomData }
    }

    pub(crate) fn node(&self) -> &NodeRef {
        &self.node
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Whether both stand for the same map, whatever is in it; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> MapRef<K, V> {
    /// Lends the state to `f`; tracked.
    pub(crate) fn with_state<R>(&self, f: impl FnOnce(&MapState<K, V>) -> R) -> R {
        read::with(self.node.id(), f)
    }

    /// The map as it is, as a value that stays as it is. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// Where a derived map's closure panicked, as [`Bound::read`].
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let before = prices.snapshot();
    /// prices.clear();
    /// assert_eq!((before["oil"], prices.len()), (3, 0));
    /// ```
    pub fn snapshot(&self) -> MapSnapshot<K, V> {
        self.with_state(|state| state.snapshot.clone())
    }

    /// A clone of the value of `key`, if it is there. Tracked inside a computed or an effect. **As a computed,
    /// [`lookup`](Self::lookup).**
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding, computed};
    /// let prices = MapBinding::from_iter([("oil".to_owned(), 3)]);
    /// let oil = computed({
    ///     let prices = prices.read_only();
    ///     move || prices.get("oil")
    /// });
    /// assert_eq!(oil.get(), Some(3));
    /// prices.remove("oil");
    /// assert_eq!(oil.get(), None);
    /// ```
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q> + Ord,
        V: Clone,
    {
        self.with_state(|state| state.snapshot.get(key).cloned())
    }

    /// Whether `key` is there. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q> + Ord,
    {
        self.with_state(|state| state.snapshot.contains_key(key))
    }

    /// How many entries there are. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn len(&self) -> usize {
        self.with_state(|state| state.snapshot.len())
    }

    /// Whether there are none. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The differences as a stream: first the map as it is, as a [`Reset`](crate::MapDiff::Reset), then what has
    /// happened since the last item, without gap or double.
    ///
    /// It ends, after the last difference, when nobody is left who could change the map. **Following the map as a
    /// [`Bound`] gives it whole each time.**
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// use futures::{StreamExt, executor::block_on};
    /// use std::collections::BTreeMap;
    ///
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let mut changes = prices.follow_changes();
    /// let mut mirror = BTreeMap::new();
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// prices.insert("gas", 5);
    /// prices.remove("oil");
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// assert_eq!(mirror, BTreeMap::from([("gas", 5)]));
    /// drop(prices);
    /// assert!(block_on(changes.next()).is_none());
    /// ```
    pub fn follow_changes(&self) -> FollowMapChanges<K, V> {
        FollowMapChanges::new(self)
    }

    /// Whether nobody is left who could change it. Of a derived map it is known after a read.
    pub fn is_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// Why nobody is left who could change it; `None` while somebody is.
    pub fn ended(&self) -> Option<Ended> {
        listen::ended(self.node.id())
    }

    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> Bound for MapRef<K, V> {
    type Value = MapSnapshot<K, V>;

    fn read(&self) -> Guard<MapSnapshot<K, V>> {
        let state = Guard::<MapState<K, V>>::of(read::read(self.node.id()));
        Guard::new(state.snapshot.clone())
    }

    fn copied(&self) -> MapSnapshot<K, V> {
        self.snapshot()
    }

    fn lend(&self, f: &mut dyn FnMut(&MapSnapshot<K, V>)) {
        self.with_state(|state| f(&state.snapshot));
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

/// Whole maps, as one value after the other.
impl<K, V> From<MapRef<K, V>> for BindRef<MapSnapshot<K, V>>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    #[track_caller]
    fn from(map: MapRef<K, V>) -> Self {
        let same = Equality::Compared(MapSnapshot::same_as);
        computed_with(move || map.snapshot(), same).into()
    }
}

impl<K, V> From<&MapBinding<K, V>> for MapRef<K, V> {
    fn from(map: &MapBinding<K, V>) -> Self {
        Self::clone(map)
    }
}

impl<K, V> Clone for MapRef<K, V> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone(), self.watched.clone())
    }
}

impl<K, V> PartialEq for MapRef<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}

impl<K, V> Eq for MapRef<K, V> {}

impl<K, V> std::hash::Hash for MapRef<K, V> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.node.id().hash(state);
    }
}

impl<K, V> fmt::Debug for MapRef<K, V>
where
    K: fmt::Debug + Send + Sync + 'static,
    V: fmt::Debug + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_with("MapRef", &self.node, f, |value, shown| {
            shown.field("entries", &value.get::<MapState<K, V>>().snapshot);
        })
    }
}
