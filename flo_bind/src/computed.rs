//! Values that follow from others.

use std::{fmt, marker::PhantomData};

use flo_core::{Notify, Subscription};

use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    graph::{node::NodeRef, read, value::ByValue},
    guard::Guard,
};

/// A value that follows from others. It tracks by itself what its closure read.
///
/// Lazy and cached: the closure runs when the value is asked for and something it read differs, at most
/// once for each version. A result that is equal to the one before stops there: what depends on this
/// neither runs nor is told. A handle: clones stand for the same value.
///
/// # Concurrency
/// The closure runs on any reader's thread, on two at once where they cannot wait for each other, and
/// reads one version throughout. No lock of ours is held meanwhile. A write inside it is legal though
/// bad manners: it is applied when the outermost computation of the thread is over.
///
/// # Cost
/// While nobody reads it, a write to its sources costs one mark, and nothing when it is marked already.
///
/// ```
/// use flo_bind::{BoundExt, bind, computed};
///
/// let (price, count) = (bind(5), bind(2));
/// let total = computed({
///     let (price, count) = (price.clone(), count.clone());
///     move || price.get() * count.get()
/// });
/// assert_eq!(total.get(), 10);
/// count.set(3);
/// assert_eq!(total.get(), 15);
/// ```
#[doc(alias = "memo")]
#[doc(alias = "derived")]
pub struct Computed<T> {
    node: NodeRef,
    value: PhantomData<fn() -> T>,
}

/// Makes a computed of what `compute` reads.
///
/// A closure that captures a [`Binding`](crate::Binding) holds the right to write it, and so keeps
/// followers of it open; **[`computed_from`](crate::computed_from()) and
/// [`map`](crate::BoundExt::map) hold the right to read only**.
///
/// # Panics
/// Not here. A panic of `compute` reaches those who read the computed, until an input changes.
#[track_caller]
pub fn computed<T, F>(compute: F) -> Computed<T>
where
    T: PartialEq + Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
{
    computed_over(compute)
}

/// As [`computed`], for those that are public themselves.
#[track_caller]
pub(crate) fn computed_over<T, F>(compute: F) -> Computed<T>
where
    T: PartialEq + Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
{
    Computed { node: NodeRef::computed(compute, ByValue), value: PhantomData }
}

impl<T: Send + Sync + 'static> Computed<T> {
    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<T: Send + Sync + 'static> Bound for Computed<T> {
    type Value = T;

    fn read(&self) -> Guard<T> {
        Guard::of(read::read(self.node.id()))
    }

    fn copied(&self) -> T
    where
        T: Clone,
    {
        read::get(self.node.id())
    }

    fn lend(&self, f: &mut dyn FnMut(&T)) {
        read::with(self.node.id(), f);
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<T> Clone for Computed<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), value: PhantomData }
    }
}

impl<T: Send + Sync + 'static> From<Computed<T>> for BindRef<T> {
    fn from(computed: Computed<T>) -> Self {
        Self::of(computed.node)
    }
}

impl<T: Send + Sync + 'static> From<&Computed<T>> for BindRef<T> {
    fn from(computed: &Computed<T>) -> Self {
        Self::of(computed.node.clone())
    }
}

impl<T> fmt::Debug for Computed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Computed({:?})", &*self.node.id())
    }
}
