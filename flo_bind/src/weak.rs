//! Handles that keep nothing alive and nothing open.

use std::{fmt, marker::PhantomData};

use flo_core::sync::{Arc, Weak};

use crate::{
    bind_ref::{BindRef, Source},
    binding::Binding,
    bound::Bound,
    computed::Computed,
    graph::node::WeakNode,
};

/// A handle of a [`Binding`] that is no right to write, until it is upgraded:
/// [`Binding::downgrade`].
///
/// It keeps neither the value alive nor followers open.
pub struct WeakBinding<T> {
    node: WeakNode,
    value: PhantomData<fn(T) -> T>,
}

/// A handle of a [`Computed`] that does not keep it alive: [`Computed::downgrade`].
pub struct WeakComputed<T> {
    node: WeakNode,
    value: PhantomData<fn() -> T>,
}

/// A handle of a [`BindRef`] that does not keep what it stands for alive: [`BindRef::downgrade`].
pub struct WeakBindRef<T>(WeakSource<T>);

enum WeakSource<T> {
    Node(WeakNode, PhantomData<fn() -> T>),
    Outside(Weak<dyn Bound<Value = T>>),
}

impl<T> Binding<T> {
    /// A handle that keeps neither the value alive nor followers open.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let count = bind(1);
    /// let (weak, reader) = (count.downgrade(), count.read_only());
    /// weak.upgrade().unwrap().set(2);
    /// assert_eq!(reader.get(), 2);
    /// drop(count);
    /// assert!(weak.upgrade().is_none(), "nobody is left who may write");
    /// assert!(reader.is_ended());
    /// ```
    pub fn downgrade(&self) -> WeakBinding<T> {
        WeakBinding { node: self.writer.downgrade(), value: PhantomData }
    }
}

impl<T> WeakBinding<T> {
    /// The right to write, while somebody else has it.
    pub fn upgrade(&self) -> Option<Binding<T>> {
        self.node.upgrade_writer().map(Binding::of)
    }
}

impl<T> Computed<T> {
    /// A handle that does not keep it alive.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let doubled = bind(1).map(|count| count * 2);
    /// let weak = doubled.downgrade();
    /// assert_eq!(weak.upgrade().unwrap().get(), 2);
    /// drop(doubled);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakComputed<T> {
        WeakComputed { node: self.node.downgrade(), value: PhantomData }
    }
}

impl<T> WeakComputed<T> {
    /// The computed, while somebody else holds it or depends on it.
    pub fn upgrade(&self) -> Option<Computed<T>> {
        self.node.upgrade().map(Computed::of)
    }
}

impl<T> BindRef<T> {
    /// A handle that does not keep what this stands for alive.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let count = bind(1);
    /// let weak = count.read_only().downgrade();
    /// assert_eq!(weak.upgrade().unwrap().get(), 1);
    /// drop(count);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakBindRef<T> {
        WeakBindRef(match &self.0 {
            Source::Node(node, value) => WeakSource::Node(node.downgrade(), *value),
            Source::Outside(outside) => WeakSource::Outside(Arc::downgrade(outside)),
        })
    }
}

impl<T> WeakBindRef<T> {
    /// The right to read, while somebody else has it or depends on it. Of an outsider, while another
    /// [`BindRef`] of it is left.
    pub fn upgrade(&self) -> Option<BindRef<T>> {
        Some(BindRef(match &self.0 {
            WeakSource::Node(node, value) => Source::Node(node.upgrade()?, *value),
            WeakSource::Outside(outside) => Source::Outside(outside.upgrade()?),
        }))
    }
}

impl<T> Clone for WeakBinding<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), value: PhantomData }
    }
}

impl<T> Clone for WeakComputed<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), value: PhantomData }
    }
}

impl<T> Clone for WeakBindRef<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            WeakSource::Node(node, value) => WeakSource::Node(node.clone(), *value),
            WeakSource::Outside(outside) => WeakSource::Outside(Weak::clone(outside)),
        })
    }
}

impl<T> fmt::Debug for WeakBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakBinding")
    }
}

impl<T> fmt::Debug for WeakComputed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakComputed")
    }
}

impl<T> fmt::Debug for WeakBindRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakBindRef")
    }
}
