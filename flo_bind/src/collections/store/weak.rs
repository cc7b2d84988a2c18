//! Handles of a store that keep nothing alive and nothing open.

use std::{fmt, marker::PhantomData};

use flo_core::sync::{Arc, Weak};

use super::{
    readers::Readers,
    store_binding::{Core, Store},
    store_ref::StoreRef,
};
use crate::{collections::state::Watched, graph::node::WeakNode};

/// A handle of a [`Store`] that is no right to edit, until it is upgraded: [`Store::downgrade`].
///
/// It keeps neither the entries alive nor followers open. So what stands in one store may lead to another one, or to the
/// one in which it stands, and nothing is kept for ever.
pub struct WeakStore<K, V>(Weak<Core<K, V>>);

/// A handle of a [`StoreRef`] that does not keep the store alive: [`StoreRef::downgrade`].
pub struct WeakStoreRef<K, V> {
    number: u32,
    node: WeakNode,
    links: WeakNode,
    watched: Watched,
    readers: Weak<Readers>,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Store<K, V> {
    /// A handle that keeps neither the entries alive nor followers open.
    ///
    /// **Of a [`read_only`](Self::read_only) handle it gives no right to edit.**
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let (weak, reader) = (lamps.downgrade(), lamps.read_only());
    /// let oil = weak.upgrade().unwrap().insert("oil");
    /// assert_eq!(reader.get(oil), Some("oil"));
    /// drop(lamps);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may edit");
    /// assert!(reader.is_ended());
    /// ```
    pub fn downgrade(&self) -> WeakStore<K, V> {
        WeakStore(Arc::downgrade(&self.core))
    }
}

impl<K, V> WeakStore<K, V> {
    /// The right to edit, while somebody else has it.
    pub fn upgrade(&self) -> Option<Store<K, V>> {
        self.0.upgrade().map(|core| Store { core })
    }
}

impl<K, V> StoreRef<K, V> {
    /// A handle that does not keep the store alive.
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, &str>::new();
    /// let weak = lamps.read_only().downgrade();
    /// assert_eq!(weak.upgrade().unwrap().len(), 0);
    /// drop(lamps);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakStoreRef<K, V> {
        WeakStoreRef {
            number: self.number,
            node: self.node.downgrade(),
            links: self.links.downgrade(),
            watched: self.watched.clone(),
            readers: Arc::downgrade(&self.readers),
            types: PhantomData,
        }
    }
}

impl<K, V> WeakStoreRef<K, V> {
    /// The right to read, while somebody else has it.
    pub fn upgrade(&self) -> Option<StoreRef<K, V>> {
        Some(StoreRef {
            number: self.number,
            node: self.node.upgrade()?,
            links: self.links.upgrade()?,
            watched: self.watched.clone(),
            readers: self.readers.upgrade()?,
            types: PhantomData,
        })
    }
}

impl<K, V> Clone for WeakStore<K, V> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<K, V> Clone for WeakStoreRef<K, V> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            node: self.node.clone(),
            links: self.links.clone(),
            watched: self.watched.clone(),
            readers: Weak::clone(&self.readers),
            types: PhantomData,
        }
    }
}

impl<K, V> fmt::Debug for WeakStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakStore")
    }
}

impl<K, V> fmt::Debug for WeakStoreRef<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakStoreRef")
    }
}
