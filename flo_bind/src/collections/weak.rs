//! Handles of collections that keep nothing alive and nothing open: as [`WeakBinding`](crate::WeakBinding) and
//! [`WeakBindRef`](crate::WeakBindRef) are of values.
//!
//! A weak handle has the count of those who may ask what has changed beside its node, which is a word. Of a
//! [`Store`](crate::Store) they are in `store/weak`.

use std::{fmt, marker::PhantomData};

use super::{
    list_binding::ListBinding,
    list_ref::ListRef,
    maps::{MapBinding, MapRef, SetBinding, SetRef},
    rope::{RopeBinding, RopeRef},
    state::Watched,
};
use crate::graph::node::{NodeRef, WeakNode, Writer};

/// The node of a collection, and who may ask it.
#[derive(Clone)]
struct Weak {
    node: WeakNode,
    watched: Watched,
}

impl Weak {
    fn of(node: WeakNode, watched: &Watched) -> Self {
        Self { node, watched: watched.clone() }
    }

    fn reader(&self) -> Option<(NodeRef, Watched)> {
        Some((self.node.upgrade()?, self.watched.clone()))
    }

    fn writer(&self) -> Option<(Writer, Watched)> {
        Some((self.node.upgrade_writer()?, self.watched.clone()))
    }
}

/// A handle of a [`ListBinding`] that is no right to edit, until it is upgraded: [`ListBinding::downgrade`].
///
/// It keeps neither the items alive nor followers open.
pub struct WeakListBinding<T>(Weak, PhantomData<fn() -> T>);

/// A handle of a [`ListRef`] that does not keep the list alive: [`ListRef::downgrade`].
pub struct WeakListRef<T>(Weak, PhantomData<fn() -> T>);

/// A handle of a [`MapBinding`] that is no right to edit, until it is upgraded: [`MapBinding::downgrade`].
///
/// It keeps neither the entries alive nor followers open.
pub struct WeakMapBinding<K, V>(Weak, PhantomData<fn() -> (K, V)>);

/// A handle of a [`MapRef`] that does not keep the map alive: [`MapRef::downgrade`].
pub struct WeakMapRef<K, V>(Weak, PhantomData<fn() -> (K, V)>);

/// A handle of a [`SetBinding`] that is no right to edit, until it is upgraded: [`SetBinding::downgrade`].
///
/// It keeps neither the items alive nor followers open.
pub struct WeakSetBinding<K>(WeakMapBinding<K, ()>);

/// A handle of a [`SetRef`] that does not keep the set alive: [`SetRef::downgrade`].
pub struct WeakSetRef<K>(WeakMapRef<K, ()>);

/// A handle of a [`RopeBinding`] that is no right to edit, until it is upgraded: [`RopeBinding::downgrade`].
///
/// It keeps neither the cells alive nor followers open.
pub struct WeakRopeBinding<C, A>(Weak, PhantomData<fn() -> (C, A)>);

/// A handle of a [`RopeRef`] that does not keep the rope alive: [`RopeRef::downgrade`].
pub struct WeakRopeRef<C, A>(Weak, PhantomData<fn() -> (C, A)>);

impl<T: Clone + Send + Sync + 'static> ListBinding<T> {
    /// A handle that keeps neither the items alive nor followers open.
    ///
    /// **Of a [`read_only`](Self::read_only) handle it gives no right to edit.**
    ///
    /// ```
    /// use flo_bind::ListBinding;
    ///
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// let (weak, reader) = (lamps.downgrade(), lamps.read_only());
    /// weak.upgrade().unwrap().push("gas");
    /// assert_eq!(reader.snapshot(), ["oil", "gas"]);
    /// drop(lamps);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may edit");
    /// assert!(reader.is_ended());
    /// ```
    pub fn downgrade(&self) -> WeakListBinding<T> {
        WeakListBinding(Weak::of(self.writer().downgrade(), self.watched()), PhantomData)
    }
}

impl<T: Clone + Send + Sync + 'static> WeakListBinding<T> {
    /// The right to edit, while somebody else has it.
    pub fn upgrade(&self) -> Option<ListBinding<T>> {
        self.0.writer().map(|(writer, watched)| ListBinding::of_writer(writer, watched))
    }
}

impl<T> ListRef<T> {
    /// A handle that does not keep the list alive.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    ///
    /// let doubled = ListBinding::from(vec![1, 2]).map(|number| number * 2);
    /// let weak = doubled.downgrade();
    /// assert_eq!(weak.upgrade().unwrap().snapshot(), [2, 4]);
    /// drop(doubled);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakListRef<T> {
        WeakListRef(Weak::of(self.node().downgrade(), self.watched()), PhantomData)
    }
}

impl<T> WeakListRef<T> {
    /// The right to read, while somebody else has it or depends on it.
    pub fn upgrade(&self) -> Option<ListRef<T>> {
        self.0.reader().map(|(node, watched)| ListRef::of(node, watched))
    }
}

impl<K, V> MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A handle that keeps neither the entries alive nor followers open.
    ///
    /// **Of a [`read_only`](Self::read_only) handle it gives no right to edit.**
    ///
    /// ```
    /// use flo_bind::MapBinding;
    ///
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let (weak, reader) = (prices.downgrade(), prices.read_only());
    /// weak.upgrade().unwrap().insert("oil", 4);
    /// assert_eq!(reader.get("oil"), Some(4));
    /// drop(prices);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may edit");
    /// ```
    pub fn downgrade(&self) -> WeakMapBinding<K, V> {
        WeakMapBinding(Weak::of(self.writer().downgrade(), self.watched()), PhantomData)
    }
}

impl<K, V> WeakMapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The right to edit, while somebody else has it.
    pub fn upgrade(&self) -> Option<MapBinding<K, V>> {
        self.0.writer().map(|(writer, watched)| MapBinding::of_writer(writer, watched))
    }
}

impl<K, V> MapRef<K, V> {
    /// A handle that does not keep the map alive.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    ///
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let weak = prices.read_only().downgrade();
    /// assert_eq!(weak.upgrade().unwrap().get("oil"), Some(3));
    /// drop(prices);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakMapRef<K, V> {
        WeakMapRef(Weak::of(self.node().downgrade(), self.watched()), PhantomData)
    }
}

impl<K, V> WeakMapRef<K, V> {
    /// The right to read, while somebody else has it or depends on it.
    pub fn upgrade(&self) -> Option<MapRef<K, V>> {
        self.0.reader().map(|(node, watched)| MapRef::of(node, watched))
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetBinding<K> {
    /// A handle that keeps neither the items alive nor followers open.
    ///
    /// **Of a [`read_only`](Self::read_only) handle it gives no right to edit.**
    ///
    /// ```
    /// use flo_bind::SetBinding;
    ///
    /// let lamps = SetBinding::from_iter(["oil"]);
    /// let (weak, reader) = (lamps.downgrade(), lamps.read_only());
    /// assert!(weak.upgrade().unwrap().insert("gas") && reader.contains("gas"));
    /// drop(lamps);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may edit");
    /// ```
    pub fn downgrade(&self) -> WeakSetBinding<K> {
        WeakSetBinding(self.map().downgrade())
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> WeakSetBinding<K> {
    /// The right to edit, while somebody else has it.
    pub fn upgrade(&self) -> Option<SetBinding<K>> {
        self.0.upgrade().map(SetBinding::of)
    }
}

impl<K> SetRef<K> {
    /// A handle that does not keep the set alive.
    ///
    /// ```
    /// use flo_bind::SetBinding;
    ///
    /// let lamps = SetBinding::from_iter(["oil"]);
    /// let weak = lamps.read_only().downgrade();
    /// assert!(weak.upgrade().unwrap().contains("oil"));
    /// drop(lamps);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSetRef<K> {
        WeakSetRef(self.as_map().downgrade())
    }
}

impl<K> WeakSetRef<K> {
    /// The right to read, while somebody else has it or depends on it.
    pub fn upgrade(&self) -> Option<SetRef<K>> {
        self.0.upgrade().map(SetRef::from)
    }
}

impl<C, A> RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// A handle that keeps neither the cells alive nor followers open.
    ///
    /// **Of a [`read_only`](Self::read_only) handle it gives no right to edit.**
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    ///
    /// let text = RopeBinding::from_iter([('a', 0)]);
    /// let (weak, reader) = (text.downgrade(), text.read_only());
    /// weak.upgrade().unwrap().push('b');
    /// assert_eq!(reader.snapshot(), [('a', 0), ('b', 0)]);
    /// drop(text);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may edit");
    /// ```
    pub fn downgrade(&self) -> WeakRopeBinding<C, A> {
        WeakRopeBinding(Weak::of(self.writer().downgrade(), self.watched()), PhantomData)
    }
}

impl<C, A> WeakRopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// The right to edit, while somebody else has it.
    pub fn upgrade(&self) -> Option<RopeBinding<C, A>> {
        self.0.writer().map(|(writer, watched)| RopeBinding::of_writer(writer, watched))
    }
}

impl<C, A> RopeRef<C, A> {
    /// A handle that does not keep the rope alive.
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    ///
    /// let text = RopeBinding::from_iter([('a', 0)]);
    /// let weak = text.read_only().downgrade();
    /// assert_eq!(weak.upgrade().unwrap().len(), 1);
    /// drop(text);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakRopeRef<C, A> {
        WeakRopeRef(Weak::of(self.node().downgrade(), self.watched()), PhantomData)
    }
}

impl<C, A> WeakRopeRef<C, A> {
    /// The right to read, while somebody else has it or depends on it.
    pub fn upgrade(&self) -> Option<RopeRef<C, A>> {
        self.0.reader().map(|(node, watched)| RopeRef::of(node, watched))
    }
}

/// `Clone` and `Debug`, which ask nothing of what is in the collection.
macro_rules! handles {
    ($($name:ident<$($of:ident),+>($($rest:tt)*);)+) => {$(
        impl<$($of),+> Clone for $name<$($of),+> {
            fn clone(&self) -> Self {
                Self(self.0.clone() $($rest)*)
            }
        }

        impl<$($of),+> fmt::Debug for $name<$($of),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )+};
}

handles! {
    WeakListBinding<T>(, PhantomData);
    WeakListRef<T>(, PhantomData);
    WeakMapBinding<K, V>(, PhantomData);
    WeakMapRef<K, V>(, PhantomData);
    WeakSetBinding<K>();
    WeakSetRef<K>();
    WeakRopeBinding<C, A>(, PhantomData);
    WeakRopeRef<C, A>(, PhantomData);
}
