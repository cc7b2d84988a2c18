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
        let stored = self.edit(key, move |draft| {
            draft.lookup(key)?;
            draft.put(key, None).ok_or(KeyError::Stale)
        })?;
        let links = commit::visible(self.links.id());
        let mut links = Links::clone(links.get());
        let owned = links.owned.take(key.place);
        let owner = links.owners.take(key.place).pop();
        let mut seen = None;
        let meant = self.meant();
        commit::update(&self.links, move |links| {
            let mut links = Links::clone(links.get());
            let owned: Vec<Place> =
                links.owned.take(key.place).iter().map(|link| link.at).collect();
            let owner = links.owners.take(key.place).pop().map(|link| link.at);
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

    /// Has the open transaction fail, or run again, where the entry is gone when it is committed.
    fn must_be_there(self: &Arc<Self>, key: Key<K>) -> Result<(), KeyError> {
        self.visible(key)?;
        let meant = self.meant();
        self.edit(key, move |draft| {
            if draft.lookup(key).is_err() {
                meant.meets_another(OWNED);
            }
        });
        Ok(())
    }

    fn meant(&self) -> Meant {
        Meant::new(list_transaction::Place::Index, self.links.id().site())
    }

    fn link(self: &Arc<Self>, at: Place) -> Link {
        let store: Weak<dyn Party> = Arc::<Self>::downgrade(self);
        Link { at, store }
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
        if matches!(commit::mode(), Mode::Later) {
            self.core.visible(owner)?;
            store.core.visible(owned)?;
            let (owners, store) = (self.clone(), store.clone());
            staged::later(move || {
                let _gone_by_now = owners.own(owner, &store, owned);
            });
            return Ok(());
        }
        list_transaction(|| {
            let mine = Arc::clone(&self.core);
            mine.must_be_there(owner)?;
            store.core.must_be_there(owned)?;
            store.core.leave_owner(owned);
            let (owner, owned) = (self.core.link(owner.place), store.core.link(owned.place));
            let (at, link) = (owner.at, owned.clone());
            commit::update(&self.core.links, move |links| {
                let mut links = Links::clone(links.get());
                links.owned.insert(at, link.clone());
                Some(Value::new(links))
            });
            commit::update(&store.core.links, move |links| {
                let mut links = Links::clone(links.get());
                links.owners.insert(owned.at, owner.clone());
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
            self.core.must_be_there(owned)?;
            self.core.leave_owner(owned);
            Ok(())
        })
    }
}

impl<K: 'static, V: Send + Sync + 'static> Core<K, V> {
    /// Undoes that somebody owns the entry, in the open transaction (E5).
    fn leave_owner(self: &Arc<Self>, owned: Key<K>) {
        let seen = commit::visible(self.links.id());
        let owner = seen.get::<Links>().owners.of(owned.place).next().cloned();
        let (meant, expected) = (self.meant(), owner.as_ref().map(|owner| owner.at));
        commit::update(&self.links, move |links| {
            let mut links = Links::clone(links.get());
            let found = links.owners.take(owned.place).pop().map(|owner| owner.at);
            if found != expected {
                meant.meets_another(OWNED);
            }
            found.map(|_| Value::new(links))
        });
        if let Some(owner) = owner
            && let Some(store) = owner.store.upgrade()
        {
            store.disown(owner.at, owned.place);
        }
    }
}

fn with(owned: Vec<Link>, owner: Place) -> Vec<(Link, Place)> {
    owned.into_iter().map(|link| (link, owner)).collect()
}
