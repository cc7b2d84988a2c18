//! Stores that can be read and edited from anywhere.

use std::{
    cell::RefCell,
    fmt,
    num::NonZeroU32,
    ops::{Deref, RangeInclusive},
    rc::Rc,
};

use flo_core::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
    global,
};
use smallvec::SmallVec;

use super::{
    diff::StoreDiff,
    key::{Key, KeyError, Tenant},
    lease::Places,
    meant::MeantFor,
    owned::Links,
    snapshot::StoreSnapshot,
    state::{Draft, Filled, StoreState},
    store_ref::StoreRef,
    stored::Stored,
};
use crate::{
    collections::{
        rev::Rev,
        state::{SameRev, Watched},
        tree::Tree,
    },
    graph::{
        commit::{self, Mode},
        node::Writer,
        value::{Never, Value},
    },
    history::step::moved,
    transaction::transaction,
};

/// Values that refer to each other by [`Key`], with owners and without pointers: an order owns its lines, and a line knows its
/// order.
///
/// `K` says of what the keys are, and needs no values. A handle: clones stand for the same store, and each clone is the right
/// to edit. What can be read of it is that of a [`StoreRef`], to which it derefs; as a [`Bound`](crate::Bound) stands
/// `&*store`.
///
/// Edits inside a [`transaction`](crate::transaction) are one batch, and are taken back with it. A key that was made in it
/// is then the key of nothing, for ever.
///
/// # Delivery
/// [`follow_changes`](StoreRef::follow_changes) gives every difference, or the whole store anew to who has fallen behind the
/// log, which is bounded and kept while somebody follows or derives. What follows from a store is derived from its
/// [`entries`](StoreRef::entries).
///
/// # Concurrency
/// Legal on any thread and inside any callback. No lock of ours is held while a value's `Clone` or `Drop`, or a closure, runs.
/// Inside a computed or a [`snapshot`](crate::snapshot()) an edit waits for the end of the outermost of them; the key that an
/// insert gives there is good from then on.
///
/// # Cost
/// An edit of one entry is `O(log n)` and clones no value but the one that [`update`](Self::update) edits. The place of an
/// entry that is gone is let again when no snapshot, difference or [`Stored`] has it.
///
/// ```
/// use flo_bind::{Key, Store};
///
/// enum Order {}
/// enum Line {}
/// struct LineData {
///     order: Key<Order>,
///     lamp: &'static str,
/// }
///
/// let orders = Store::<Order, &str>::new();
/// let lines = Store::<Line, LineData>::new();
/// let order = orders.insert("for Dorothea");
/// let line = lines.insert(LineData { order, lamp: "oil" });
/// orders.own(order, &lines, line).unwrap();
/// let line = lines.read(line).unwrap();
/// assert_eq!((orders.get(line.order), line.lamp), (Some("for Dorothea"), "oil"));
/// ```
///
/// # On the wire
/// The feature `serde` writes lists, maps, sets and ropes, and **neither a store nor a key**. A key is one of this process: one that came
/// back would lead nowhere, or to a stranger. What an entry owns is mostly in other stores, so that a store
/// that was written alone would come back without it and say nothing. What is written is yours, of all the stores together:
/// entries by their number, which [`extend`](Self::extend) turns into keys again.
///
/// ```
/// use flo_bind::{Key, Store, snapshot};
/// use std::collections::BTreeMap;
///
/// enum Order {}
/// enum Line {}
/// type Orders = Store<Order, String>;
/// type Lines = Store<Line, (Key<Order>, u32)>;
///
/// /// What goes over the wire: a line has the number of its order.
/// struct Written(Vec<String>, Vec<(usize, u32)>);
///
/// fn write(orders: &Orders, lines: &Lines) -> Written {
///     // Both as they were at one moment.
///     let (orders, lines) = snapshot(|| (orders.snapshot(), lines.snapshot()));
///     let numbers: BTreeMap<_, _> = orders.iter().map(|(key, _)| key).zip(0..).collect();
///     let lines = lines.iter().map(|(_, (order, count))| (numbers[order], *count)).collect();
///     Written(orders.iter().map(|(_, name)| name.clone()).collect(), lines)
/// }
///
/// fn read(written: Written) -> (Orders, Lines) {
///     let (orders, lines) = (Orders::new(), Lines::new());
///     let keys = orders.extend(written.0);
///     for (order, count) in written.1 {
///         let line = lines.insert((keys[order], count));
///         orders.own(keys[order], &lines, line).unwrap();
///     }
///     (orders, lines)
/// }
///
/// let (orders, lines) = (Orders::new(), Lines::new());
/// let order = orders.insert(String::from("for Dorothea"));
/// orders.own(order, &lines, lines.insert((order, 3))).unwrap();
/// let (orders, lines) = read(write(&orders, &lines));
/// let (_, (order, count)) = lines.snapshot().iter().map(|(key, line)| (key, *line)).next().unwrap();
/// assert_eq!((orders.get(order).as_deref(), count), (Some("for Dorothea"), 3));
/// orders.remove(order).unwrap();
/// assert!(lines.is_empty());
/// ```
#[doc(alias = "Arena")]
#[doc(alias = "SlotMap")]
pub struct Store<K, V> {
    pub(super) core: Arc<Core<K, V>>,
}

/// The right to edit; gone with the last handle.
pub(super) struct Core<K, V> {
    pub(super) writer: Writer,
    pub(super) links: Writer,
    store: StoreRef<K, V>,
    places: Arc<Places>,
}

impl<K, V> Drop for Core<K, V> {
    fn drop(&mut self) {
        self.store.readers().close();
    }
}

fn next_number() -> u32 {
    global! {
        static NEXT: AtomicU32 = AtomicU32::new(0);
    }
    // Relaxed: the numbers are only told apart.
    let given = NEXT.fetch_update(Relaxed, Relaxed, |next| next.checked_add(1));
    given.expect("there are at most 4 thousand million stores in one process")
}

impl<K: 'static, V: Send + Sync + 'static> Store<K, V> {
    /// Makes an empty one.
    #[track_caller]
    pub fn new() -> Self {
        let (number, watched) = (next_number(), Watched::default());
        let empty = StoreSnapshot::<K, V>::of(number, Tree::new(Filled));
        let writer = Writer::source(StoreState::new(empty, watched.clone(), None), SameRev);
        let links = Writer::source(Links::default(), Never);
        let store = StoreRef::new(number, writer.node(), links.node(), watched);
        Self { core: Arc::new(Core { writer, links, store, places: Arc::default() }) }
    }

    /// The right to read it, and not to edit it.
    pub fn read_only(&self) -> StoreRef<K, V> {
        self.core.store.clone()
    }

    /// Puts a value in, and gives its key.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn insert(&self, value: V) -> Key<K> {
        self.insert_with(|_| value)
    }

    /// Puts in what `make` makes of its key: for a value that knows itself.
    ///
    /// # Panics
    /// With the panic of `make`: then nothing is put in. Otherwise as [`insert`](Self::insert).
    ///
    /// ```
    /// use flo_bind::{Key, Store};
    ///
    /// enum Node {}
    /// let nodes = Store::<Node, Key<Node>>::new();
    /// let myself = nodes.insert_with(|key| key);
    /// assert_eq!(nodes.get(myself), Some(myself));
    /// ```
    pub fn insert_with<F: FnOnce(Key<K>) -> V>(&self, make: F) -> Key<K> {
        let lease = self.core.places.lease();
        let key = lease.key(self.core.store.number());
        let stored = Stored::new(lease, make(key));
        self.core.edit(&[key], move |draft| drop(draft.put(key, Some(stored.clone()))));
        key
    }

    /// Puts many values in, as one edit, and gives their keys, in the order of the values.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    ///
    /// # Cost
    /// A value takes a fraction of what an [`insert`](Self::insert) of its own does, also in a transaction.
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let keys = lamps.extend(["oil", "gas"]);
    /// assert_eq!((lamps.get(keys[0]), lamps.get(keys[1])), (Some("oil"), Some("gas")));
    /// ```
    pub fn extend<I: IntoIterator<Item = V>>(&self, values: I) -> Vec<Key<K>> {
        let number = self.core.store.number();
        let of = |value| {
            let lease = self.core.places.lease();
            (lease.key(number), Stored::new(lease, value))
        };
        let (keys, stored): (Vec<_>, Vec<_>) = values.into_iter().map(of).unzip();
        let places = keys.clone();
        self.core.edit(&keys, move |draft| {
            for (key, stored) in places.iter().zip(&stored) {
                drop(draft.put(*key, Some(stored.clone())));
            }
        });
        keys
    }

    /// Puts another value in the place of an entry's, and gives the old one.
    ///
    /// # Errors
    /// Where the entry is not there: then `value` is dropped.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let lamp = lamps.insert("oil");
    /// assert_eq!(*lamps.set(lamp, "gas").unwrap(), "oil");
    /// assert_eq!(lamps.get(lamp), Some("gas"));
    /// ```
    pub fn set(&self, key: Key<K>, value: V) -> Result<Stored<V>, KeyError> {
        let new = self.core.visible(key)?.with(value);
        self.core.edit(&[key], move |draft| {
            let old = draft.lookup(key)?.clone();
            drop(draft.put(key, Some(new.clone())));
            Ok(old)
        })
    }

    /// Changes a copy of an entry's value, and puts that in its place.
    ///
    /// `edit` is applied again where another thread's write came first, unless that has removed the entry.
    ///
    /// # Errors
    /// Where the entry is not there: then `edit` is not called.
    ///
    /// # Panics
    /// With the panic of `edit`: then the store is as it was. Otherwise as [`insert`](Self::insert).
    ///
    /// ```
    /// use flo_bind::{KeyError, Store};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, u32>::new();
    /// let lamp = lamps.insert(1);
    /// lamps.update(lamp, |lamp| *lamp += 1).unwrap();
    /// assert_eq!(lamps.get(lamp), Some(2));
    /// lamps.remove(lamp).unwrap();
    /// assert_eq!(lamps.update(lamp, |_| unreachable!()), Err(KeyError::Stale));
    /// ```
    pub fn update<F>(&self, key: Key<K>, mut edit: F) -> Result<(), KeyError>
    where
        V: Clone,
        F: FnMut(&mut V) + 'static,
    {
        self.core.visible(key)?;
        self.core.edit(&[key], move |draft| {
            let old = draft.lookup(key)?;
            let mut value = V::clone(old);
            edit(&mut value);
            let new = old.with(value);
            drop(draft.put(key, Some(new)));
            Ok(())
        })
    }
}

impl<K: 'static, V: Send + Sync + 'static> Core<K, V> {
    /// The entry as this thread sees it; nobody's dep.
    pub(super) fn visible(&self, key: Key<K>) -> Result<Stored<V>, KeyError> {
        let seen = commit::visible(self.writer.id());
        seen.get::<StoreState<K, V>>().snapshot.stored(key).cloned()
    }

    /// Makes `edit`, which edits the entries of `keys` alone, on a copy and outside of any lock; again, where another thread
    /// came first. Gives what it gave for the store that was committed, or for the one at hand where the edit waits.
    pub(super) fn edit<R, F>(self: &Arc<Self>, keys: &[Key<K>], mut edit: F) -> R
    where
        R: 'static,
        F: FnMut(&mut Draft<K, V>) -> R + 'static,
    {
        let now = match commit::mode() {
            // The edit waits for the end of the computation, the answer cannot.
            Mode::Later => {
                let seen = commit::visible(self.writer.id());
                Some(edit(&mut seen.get::<StoreState<K, V>>().draft()))
            }
            Mode::Staged | Mode::Now => None,
        };
        let given = Rc::new(RefCell::new(now));
        let slot = Rc::clone(&given);
        let stale = self.made_stale(keys);
        let mut meant = MeantFor::new(keys, self.writer.id().site());
        self.write(&stale, move |state| {
            meant.meets(&state.snapshot);
            let mut draft = state.draft();
            let result = edit(&mut draft);
            let replaced = slot.borrow_mut().replace(result);
            drop(replaced);
            state.next(draft, None)
        });
        let result = given.borrow_mut().take();
        result.unwrap_or_else(|| unreachable!("an edit that does not wait has been made"))
    }

    /// The tenants of whom something is told where the entries of `keys` are edited: a new one makes stale the keys of those
    /// before him that have not stood there.
    fn made_stale(&self, keys: &[Key<K>]) -> SmallVec<[RangeInclusive<Tenant>; 1]> {
        let seen = commit::visible(self.writer.id());
        let snapshot = &seen.get::<StoreState<K, V>>().snapshot;
        let tenants = keys.iter().map(|Key { place, .. }| {
            let before = snapshot.generation(place.index);
            let next = before.map_or(NonZeroU32::MIN, |before| before.saturating_add(1));
            (place.index, place.generation.min(next))..=place.tenant()
        });
        tenants.collect()
    }

    /// Writes what `next` makes of the store, and the atoms of `tenants`, in one commit.
    fn write(
        self: &Arc<Self>,
        tenants: &[RangeInclusive<Tenant>],
        mut next: impl FnMut(&StoreState<K, V>) -> Option<StoreState<K, V>> + 'static,
    ) {
        // Held until after the commit, and the store's end waits for it, too.
        let held = (self.store.readers().open(), Arc::clone(self));
        transaction(|| {
            commit::update(&self.writer, move |old| {
                let _open = &held;
                next(old.get()).map(Value::new)
            });
            // E3, E4: after it was opened.
            for atom in self.store.readers().find(tenants) {
                commit::set(&atom, Value::new(()));
            }
        });
    }

    /// Does what `diffs` say, in the open transaction, to the store in the state `expected` and where each fits; `made` is told
    /// which state that makes.
    ///
    /// # Panics
    /// By [`moved`] in any other case.
    pub(super) fn apply(
        self: &Arc<Self>,
        expected: Rev,
        diffs: Vec<StoreDiff<K, V>>,
        mut made: impl FnMut(&StoreState<K, V>) + 'static,
    ) {
        let keys = diffs.iter().filter_map(StoreDiff::key);
        let tenants: Vec<_> =
            keys.map(|Key { place, .. }| place.tenant()..=place.tenant()).collect();
        self.write(&tenants, move |state| {
            if state.rev != expected {
                moved();
            }
            let mut draft = state.draft();
            for diff in &diffs {
                if !draft.apply(diff) {
                    moved();
                }
            }
            let next = state.next(draft, None)?;
            made(&next);
            Some(next)
        });
    }
}

impl<K, V> Deref for Store<K, V> {
    type Target = StoreRef<K, V>;

    fn deref(&self) -> &StoreRef<K, V> {
        &self.core.store
    }
}

impl<K, V> Clone for Store<K, V> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

impl<K, V> PartialEq for Store<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.core.store == other.core.store
    }
}

impl<K, V> Eq for Store<K, V> {}

impl<K: 'static, V: Send + Sync + 'static> Default for Store<K, V> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<K: 'static, V: fmt::Debug + Send + Sync + 'static> fmt::Debug for Store<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.core.store.snapshot()).finish()
    }
}
