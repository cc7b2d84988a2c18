//! What an entry owns goes with it: registering that, and removing one thing after the other.
//!
//! ```text
//!   remove(order)     to go   order                    order is cut out, and what it owns is to go
//!                             line 1  line 2           line 1 is cut out: it owns a note
//!                             line 2  note             …
//!                             order                    of a circle: is gone already, owns nothing
//! ```
//!
//! All in one transaction (E6), and in a loop: a chain of any length takes no stack. What an entry owns is looked up by the
//! update that cuts it out; where that is made again, because another thread's commit came first, and finds something else,
//! the transaction fails or runs again.

use flo_core::sync::{Arc, Weak};

use super::{
    key::{Key, KeyError, Place},
    owned::{Link, Links},
    state::StoreState,
    store_binding::{Core, Store},
    stored::Stored,
};
use crate::{
    collections::list_transaction::{self, Meant, list_transaction},
    graph::{
        commit::{self, Mode},
        staged,
        value::Value,
    },
};

/// A store whose types are forgotten, with the right to edit it.
pub(super) trait Party: Send + Sync {
    /// Takes an entry out, if it is there, in the open transaction; gives what it owned. It is known already that it is not
    /// owned by `taken`, which is gone.
    fn take_out(self: Arc<Self>, place: Place, taken: Option<Place>) -> Vec<Link>;

    /// Notes in the open transaction that `owner` does not own `owned` any more.
    fn disown(&self, owner: Place, owned: Place);
}

impl<K: 'static, V: Send + Sync + 'static> Party for Core<K, V> {
    fn take_out(self: Arc<Self>, place: Place, taken: Option<Place>) -> Vec<Link> {
        self.cut(Key::of(place), taken).map_or_else(|_| Vec::new(), |(_, owned)| owned)
    }

    fn disown(&self, owner: Place, owned: Place) {
        commit::update(&self.links, move |links| {
            let mut links = Links::clone(links.get());
            links.owned.remove(owner, owned).then(|| Value::new(links))
        });
    }
}

impl<K: 'static, V: Send + Sync + 'static> Core<K, V> {
    /// Takes one entry out, in the open transaction; gives it with what it owned.
    fn cut(
        self: &Arc<Self>,
        key: Key<K>,
        taken: Option<Place>,
    ) -> Result<(Stored<V>, Vec<Link>), KeyError> {
        self.visible(key)?;
        let stored = self.edit(&[key], move |draft| {
            draft.lookup(key)?;
            draft.put(key, None).ok_or(KeyError::Stale)
        })?;
        let links = commit::visible(self.links.id());
        let links = links.get::<Links>();
        let owned = links.owned.of(key.place).filter_map(|owned| links.link(owned)).collect();
        let owner = links.owners.of(key.place).next().and_then(|owner| links.link(owner));
        let mut seen = None;
        let meant = self.meant();
        commit::update(&self.links, move |links| {
            let mut links = Links::clone(links.get());
            let owned = links.owned.take(key.place);
            let owner = links.owners.take(key.place).pop();
            let is_any = !owned.is_empty() || owner.is_some();
            let found = (owned, owner);
            if *seen.get_or_insert_with(|| found.clone()) != found {
                meant.meets_another(OWNED);
            }
            is_any.then(|| Value::new(links))
        });
        if let Some(owner) = owner.filter(|owner| Some(owner.at) != taken)
            && let Some(store) = owner.store.upgrade()
        {
            store.disown(owner.at, key.place);
        }
        Ok((stored, owned))
    }

    /// Has the open transaction fail, or run again, where one of the entries is gone when it is committed.
    fn must_be_there(&self, places: &Arc<[Place]>) -> Result<(), KeyError> {
        let first_gone = |state: &StoreState<K, V>, places: &[Place]| {
            places.iter().find_map(|place| state.snapshot.stored(Key::of(*place)).err())
        };
        if let Some(why) = first_gone(commit::visible(self.writer.id()).get(), places) {
            return Err(why);
        }
        let (meant, places) = (self.meant(), Arc::clone(places));
        commit::update(&self.writer, move |state| {
            if first_gone(state.get(), &places).is_some() {
                meant.meets_another(OWNED);
            }
            None
        });
        Ok(())
    }

    fn meant(&self) -> Meant {
        Meant::new(list_transaction::Place::Index, self.links.id().site())
    }

    fn party(self: &Arc<Self>) -> Weak<dyn Party> {
        Arc::<Self>::downgrade(self)
    }
}

/// What a transaction relied on that another thread has changed.
const OWNED: &str = "what is owned in the store";

impl<K: 'static, V: Send + Sync + 'static> Store<K, V> {
    /// Takes an entry out, and with it everything that it owns, and that that owns, as one commit. Gives its value.
    ///
    /// What is owned may be in other stores; where nobody has the right to edit one of those any more, it stays there. A circle of
    /// ownership goes whole.
    ///
    /// # Errors
    /// Where the entry is not there: then nothing happens.
    ///
    /// # Panics
    /// In a [`transaction`](crate::transaction) whose end finds that another thread has given one of them something to own, or
    /// taken it away; **a [`list_transaction`](crate::list_transaction()) runs again**. With the first panic of an effect that this
    /// triggers, when all of them have run.
    ///
    /// ```
    /// use flo_bind::{KeyError, Store};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let oil = lamps.insert("oil");
    /// assert_eq!(*lamps.remove(oil).unwrap(), "oil");
    /// assert_eq!(lamps.remove(oil), Err(KeyError::Stale));
    /// ```
    #[track_caller]
    pub fn remove(&self, key: Key<K>) -> Result<Stored<V>, KeyError> {
        if matches!(commit::mode(), Mode::Later) {
            let stored = self.core.visible(key)?;
            let store = self.clone();
            staged::later(move || drop(store.remove(key)));
            return Ok(stored);
        }
        list_transaction(|| {
            let (stored, owned) = self.core.cut(key, None)?;
            let mut to_go: Vec<(Link, Place)> = with(owned, key.place);
            while let Some((link, owner)) = to_go.pop() {
                if let Some(store) = link.store.upgrade() {
                    to_go.append(&mut with(store.take_out(link.at, Some(owner)), link.at));
                }
            }
            Ok(stored)
        })
    }

    /// Has the entry of `owner` own an entry of `store`, which may be this one: when the owner is removed, so is that.
    ///
    /// An entry has one owner at most: what another one owned is its no longer. Nothing of this is a change of an entry's value.
    ///
    /// # Errors
    /// Where one of the two is not there: then nothing happens. Nothing happens, either, where it waits for the end of a
    /// computed and one of them is gone by then.
    ///
    /// # Panics
    /// In a [`transaction`](crate::transaction) whose end finds that another thread has removed one of the two, or changed
    /// its owner; **a [`list_transaction`](crate::list_transaction()) runs again**. With the first panic of an effect that this
    /// triggers, when all of them have run.
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Order {}
    /// enum Line {}
    /// let orders = Store::<Order, &str>::new();
    /// let lines = Store::<Line, u32>::new();
    /// let order = orders.insert("for Dorothea");
    /// let line = lines.insert(3);
    /// orders.own(order, &lines, line).unwrap();
    /// assert_eq!(lines.owner_in(line, &orders), Some(order));
    /// orders.remove(order).unwrap();
    /// assert!(!lines.contains(line));
    /// ```
    #[track_caller]
    pub fn own<L: 'static, W: Send + Sync + 'static>(
        &self,
        owner: Key<K>,
        store: &Store<L, W>,
        owned: Key<L>,
    ) -> Result<(), KeyError> {
        self.own_all(owner, store, [owned])
    }

    /// Has the entry of `owner` own many entries of `store`, as [`own`](Self::own) does one.
    ///
    /// # Errors
    /// Where one of them is not there: then nothing happens.
    ///
    /// # Panics
    /// As [`own`](Self::own).
    ///
    /// # Cost
    /// An entry takes a fraction of what an [`own`](Self::own) of its own does, also in a transaction.
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Order {}
    /// enum Line {}
    /// let orders = Store::<Order, &str>::new();
    /// let lines = Store::<Line, u32>::new();
    /// let order = orders.insert("for Dorothea");
    /// orders.own_all(order, &lines, lines.extend([3, 4])).unwrap();
    /// assert_eq!(orders.owned_in(order, &lines).len(), 2);
    /// ```
    #[track_caller]
    pub fn own_all<L, W, I>(
        &self,
        owner: Key<K>,
        store: &Store<L, W>,
        owned: I,
    ) -> Result<(), KeyError>
    where
        L: 'static,
        W: Send + Sync + 'static,
        I: IntoIterator<Item = Key<L>>,
    {
        let owned: Vec<Key<L>> = owned.into_iter().collect();
        if matches!(commit::mode(), Mode::Later) {
            self.core.visible(owner)?;
            for owned in &owned {
                store.core.visible(*owned)?;
            }
            let (owners, store) = (self.clone(), store.clone());
            staged::later(move || {
                let _gone_by_now = owners.own_all(owner, &store, owned);
            });
            return Ok(());
        }
        let mut owned: Vec<Place> = owned.iter().map(|owned| owned.place).collect();
        // Each once: it has one owner before.
        owned.sort_unstable();
        owned.dedup();
        let owned: Arc<[Place]> = owned.into();
        list_transaction(|| {
            self.core.must_be_there(&Arc::from([owner.place]))?;
            if owned.is_empty() {
                return Ok(());
            }
            store.core.must_be_there(&owned)?;
            let of = Link { at: owner.place, store: self.core.party() };
            store.core.change_owner(&owned, Some(of));
            let (party, owned) = (store.core.party(), Arc::clone(&owned));
            let store_number = store.number();
            commit::update(&self.core.links, move |links| {
                let mut links = Links::clone(links.get());
                links.know(store_number, &party);
                links.owned.insert_all(owned.iter().map(|owned| (owner.place, *owned)));
                Some(Value::new(links))
            });
            Ok(())
        })
    }

    /// Has the entry be owned by nobody.
    ///
    /// # Errors
    /// Where it is not there.
    ///
    /// # Panics
    /// As [`own`](Self::own).
    #[track_caller]
    pub fn disown(&self, owned: Key<K>) -> Result<(), KeyError> {
        if matches!(commit::mode(), Mode::Later) {
            self.core.visible(owned)?;
            let store = self.clone();
            staged::later(move || {
                let _gone_by_now = store.disown(owned);
            });
            return Ok(());
        }
        list_transaction(|| {
            let owned = Arc::from([owned.place]);
            self.core.must_be_there(&owned)?;
            self.core.change_owner(&owned, None);
            Ok(())
        })
    }
}

impl<K: 'static, V: Send + Sync + 'static> Core<K, V> {
    /// Has the entries be owned by `owner`, or by nobody, and by nobody else any more, in the open transaction (E5).
    /// That it owns them is not written here.
    fn change_owner(self: &Arc<Self>, owned: &Arc<[Place]>, owner: Option<Link>) {
        let seen = commit::visible(self.links.id());
        let seen = seen.get::<Links>();
        let before = seen.owners.first_of_each(owned);
        let (meant, expected, owned_now) = (self.meant(), before.clone(), Arc::clone(owned));
        commit::update(&self.links, move |links| {
            let mut links = Links::clone(links.get());
            if links.owners.first_of_each(&owned_now) != expected {
                meant.meets_another(OWNED);
            }
            for (owned, before) in owned_now.iter().zip(&expected) {
                if let Some(before) = before {
                    links.owners.remove(*owned, *before);
                }
            }
            if let Some(owner) = &owner {
                links.know(owner.at.store, &owner.store);
                links.owners.insert_all(owned_now.iter().map(|owned| (*owned, owner.at)));
            }
            let is_any = owner.is_some() || expected.iter().any(Option::is_some);
            is_any.then(|| Value::new(links))
        });
        for (owned, before) in owned.iter().zip(before) {
            if let Some(before) = before.and_then(|before| seen.link(before))
                && let Some(store) = before.store.upgrade()
            {
                store.disown(before.at, *owned);
            }
        }
    }
}

fn with(owned: Vec<Link>, owner: Place) -> Vec<(Link, Place)> {
    owned.into_iter().map(|link| (link, owner)).collect()
}
