//! Stores that can be read and followed.

use std::{fmt, hash, marker::PhantomData};

use flo_core::{Notify, Subscription, sync::Arc};

use super::{
    follow::FollowStore,
    key::{Key, KeyError},
    owned::Links,
    readers::Readers,
    snapshot::StoreSnapshot,
    state::StoreState,
    store_binding::Store,
    stored::Stored,
};
use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    collections::state::Watched,
    computed::{computed_with, debug_with},
    equality::Equality,
    graph::{
        cell, commit, frame, listen,
        node::{Ended, NodeRef},
        read,
    },
    guard::Guard,
    transaction::untracked,
};

/// The right to read a [`Store`] and to follow its differences.
///
/// A handle: clones stand for the same store. It gives no right to write, and does not keep followers open.
///
/// # Delivery
/// Inside a computed or an effect, [`get`](Self::get) and its like depend on that entry alone, and the others on the store. An
/// edit reaches those who depend on the store and those who depend on the entries that it edits, and nobody else.
///
/// # Cost
/// A snapshot is a count. An entry that somebody depends on alone has a node, for as long as somebody does.
pub struct StoreRef<K, V> {
    pub(super) number: u32,
    pub(super) node: NodeRef,
    pub(super) links: NodeRef,
    pub(super) watched: Watched,
    pub(super) readers: Arc<Readers>,
    pub(super) types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> StoreRef<K, V> {
    pub(super) fn new(number: u32, node: NodeRef, links: NodeRef, watched: Watched) -> Self {
        Self { number, node, links, watched, readers: Arc::default(), types: PhantomData }
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn node(&self) -> &NodeRef {
        &self.node
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    pub(super) fn readers(&self) -> &Arc<Readers> {
        &self.readers
    }

    /// Whether both stand for the same store, whatever is in it; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }

    /// How many entries have a node because somebody depends on them alone.
    pub fn entry_node_count(&self) -> usize {
        self.readers.count()
    }
}

impl<K: 'static, V: Send + Sync + 'static> StoreRef<K, V> {
    /// Lends the state to `f`; tracked.
    pub(super) fn with_state<R>(&self, f: impl FnOnce(&StoreState<K, V>) -> R) -> R {
        read::with(self.node.id(), f)
    }

    /// The value of an entry, shared. Tracked inside a computed or an effect, as this entry alone (E4).
    ///
    /// # Errors
    /// With the reason why it is not there.
    ///
    /// ```
    /// use flo_bind::{KeyError, Store};
    ///
    /// enum Lamp {}
    /// let (lamps, others) = (Store::<Lamp, &str>::new(), Store::<Lamp, &str>::new());
    /// let oil = lamps.insert("oil");
    /// assert_eq!(others.try_read(oil), Err(KeyError::Foreign));
    /// assert_eq!(*lamps.try_read(oil).unwrap(), "oil");
    /// ```
    pub fn try_read(&self, key: Key<K>) -> Result<Stored<V>, KeyError> {
        if key.place.store != self.number {
            return Err(KeyError::Foreign);
        }
        let look = || self.with_state(|state| (state.rev, state.snapshot.stored(key).cloned()));
        if frame::reader().is_none() {
            return look().1;
        }
        let id = self.node.id();
        let atom = self.readers.atom(key.place, id);
        drop(read::read(atom.id()));
        let (seen, found) = untracked(look);
        // In this order: what is not open any more is in the newest.
        let is_sure = !self.readers.is_any_edit_open() && {
            let newest = commit::stored(&cell::lock(id), id).0;
            newest.get::<StoreState<K, V>>().rev == seen
        };
        if !is_sure {
            drop(read::read(id));
        }
        found
    }

    /// The value of an entry, shared, if it is there. Tracked inside a computed or an effect, as this entry alone.
    pub fn read(&self, key: Key<K>) -> Option<Stored<V>> {
        self.try_read(key).ok()
    }

    /// A copy of the value of an entry. Tracked inside a computed or an effect, as this entry alone.
    ///
    /// # Errors
    /// With the reason why it is not there.
    ///
    /// ```
    /// use flo_bind::{KeyError, Store, try_transaction};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let oil = try_transaction(|| Err::<(), _>(lamps.insert("oil"))).unwrap_err();
    /// assert_eq!(lamps.try_get(oil), Err(KeyError::NeverWas));
    /// let gas = lamps.insert("gas");
    /// assert_eq!(lamps.try_get(gas), Ok("gas"));
    /// assert_eq!(lamps.try_get(oil), Err(KeyError::Stale));
    /// ```
    pub fn try_get(&self, key: Key<K>) -> Result<V, KeyError>
    where
        V: Clone,
    {
        self.try_read(key).map(|stored| V::clone(&stored))
    }

    /// A copy of the value of an entry, if it is there. Tracked inside a computed or an effect, as this entry alone.
    ///
    /// ```
    /// use flo_bind::{BoundExt, Store, computed};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, u32>::new();
    /// let (oil, gas) = (lamps.insert(1), lamps.insert(2));
    /// let double = computed({
    ///     let lamps = lamps.read_only();
    ///     move || lamps.get(oil).unwrap_or(0) * 2
    /// });
    /// assert_eq!(double.get(), 2);
    /// lamps.update(gas, |lamp| *lamp += 1).unwrap(); // `double` does not run
    /// lamps.update(oil, |lamp| *lamp += 1).unwrap();
    /// assert_eq!(double.get(), 4);
    /// ```
    pub fn get(&self, key: Key<K>) -> Option<V>
    where
        V: Clone,
    {
        self.try_get(key).ok()
    }

    /// Whether an entry is there. Tracked inside a computed or an effect, as this entry alone.
    pub fn contains(&self, key: Key<K>) -> bool {
        self.try_read(key).is_ok()
    }

    /// The store as it is, as a value that stays as it is. Tracked inside a computed or an effect, as the whole store.
    pub fn snapshot(&self) -> StoreSnapshot<K, V> {
        self.with_state(|state| state.snapshot.clone())
    }

    /// How many entries there are. Tracked inside a computed or an effect, as the whole store.
    pub fn len(&self) -> usize {
        self.with_state(|state| state.snapshot.len())
    }

    /// Whether there are none. Tracked inside a computed or an effect, as the whole store.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries of `store` that an entry [owns](Store::own), in the order of their places. Tracked inside a computed or
    /// an effect, as all that the entries of this store own.
    pub fn owned_in<L, W>(&self, owner: Key<K>, store: &StoreRef<L, W>) -> Vec<Key<L>> {
        read::with(self.links.id(), |links: &Links| {
            let is_mine = owner.place.store == self.number;
            let owned = is_mine.then(|| links.owned.of(owner.place)).into_iter().flatten();
            owned.filter(|at| at.store == store.number).map(Key::of).collect()
        })
    }

    /// The entry of `store` that [owns](Store::own) an entry of this one, if one does. Tracked inside a computed or an
    /// effect, as all that the entries of this store are owned by.
    pub fn owner_in<L, W>(&self, owned: Key<K>, store: &StoreRef<L, W>) -> Option<Key<L>> {
        read::with(self.links.id(), |links: &Links| {
            let is_mine = owned.place.store == self.number;
            let owner = links.owners.of(owned.place).next().filter(|_| is_mine);
            owner.filter(|at| at.store == store.number).map(Key::of)
        })
    }

    /// The differences as a stream: first the store as it is, as a [`Reset`](crate::StoreDiff::Reset), then what has happened
    /// since the last item, without gap or double.
    ///
    /// It ends, after the last difference, when nobody is left who could change the store.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use flo_bind::Store;
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let oil = lamps.insert("oil");
    /// let mut changes = lamps.follow_changes();
    /// let mut mirror = HashMap::new();
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// let gas = lamps.insert("gas");
    /// lamps.remove(oil).unwrap();
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// assert_eq!(mirror, HashMap::from([(gas, "gas")]));
    /// drop(lamps);
    /// assert!(block_on(changes.next()).is_none());
    /// ```
    pub fn follow_changes(&self) -> FollowStore<K, V> {
        FollowStore::new(self)
    }

    /// Whether nobody is left who could change it.
    pub fn is_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// Why nobody is left who could change it; `None` while somebody is.
    pub fn ended(&self) -> Option<Ended> {
        listen::ended(self.node.id())
    }

    /// Tells `notify` at the first change after a read of the whole store, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<K: 'static, V: Send + Sync + 'static> Bound for StoreRef<K, V> {
    type Value = StoreSnapshot<K, V>;

    fn read(&self) -> Guard<StoreSnapshot<K, V>> {
        Guard::new(self.snapshot())
    }

    fn copied(&self) -> StoreSnapshot<K, V> {
        self.snapshot()
    }

    fn lend(&self, f: &mut dyn FnMut(&StoreSnapshot<K, V>)) {
        self.with_state(|state| f(&state.snapshot));
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

/// Whole stores, as one value after the other.
impl<K: 'static, V: Send + Sync + 'static> From<StoreRef<K, V>> for BindRef<StoreSnapshot<K, V>> {
    #[track_caller]
    fn from(store: StoreRef<K, V>) -> Self {
        let same = Equality::Compared(StoreSnapshot::same_as);
        computed_with(move || store.snapshot(), same).into()
    }
}

impl<K, V> From<&Store<K, V>> for StoreRef<K, V> {
    fn from(store: &Store<K, V>) -> Self {
        Self::clone(store)
    }
}

impl<K, V> Clone for StoreRef<K, V> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            node: self.node.clone(),
            links: self.links.clone(),
            watched: self.watched.clone(),
            readers: Arc::clone(&self.readers),
            types: PhantomData,
        }
    }
}

impl<K, V> PartialEq for StoreRef<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<K, V> Eq for StoreRef<K, V> {}

impl<K, V> hash::Hash for StoreRef<K, V> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<K: 'static, V: fmt::Debug + Send + Sync + 'static> fmt::Debug for StoreRef<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_with("StoreRef", &self.node, f, |value, shown| {
            shown.field("entries", &value.get::<StoreState<K, V>>().snapshot);
        })
    }
}
