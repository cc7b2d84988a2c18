//! Values that follow from others.

use std::{fmt, marker::PhantomData};

use flo_core::{Notify, Subscription};

use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    equality::Equality,
    graph::{
        end,
        node::{Ended, NodeRef},
        read,
        value::{ByValue, Never, Value},
    },
    guard::Guard,
    transaction::untracked,
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
    pub(crate) node: NodeRef,
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

/// As [`computed`], with a comparison of your own, or none: `T` needs no `PartialEq`.
///
/// ```
/// use flo_bind::{BoundExt, Equality, bind, computed_with};
///
/// let count = bind(1);
/// let tens = computed_with(
///     {
///         let count = count.read_only();
///         move || count.get()
///     },
///     Equality::by(|old, new| old / 10 == new / 10),
/// );
/// assert_eq!(tens.get(), 1);
/// count.set(2);
/// assert_eq!(tens.get(), 1, "no difference that counts");
/// count.set(12);
/// assert_eq!(tens.get(), 12);
/// ```
#[track_caller]
pub fn computed_with<T, F>(compute: F, equality: Equality<T>) -> Computed<T>
where
    T: Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
{
    Computed::of(NodeRef::computed(compute, equality))
}

/// As [`computed`], for those that are public themselves.
#[track_caller]
pub(crate) fn computed_over<T, F>(compute: F) -> Computed<T>
where
    T: PartialEq + Send + Sync + 'static,
    F: Fn() -> T + Send + Sync + 'static,
{
    Computed::of(NodeRef::computed(compute, ByValue))
}

impl<T: Send + Sync + 'static> Computed<T> {
    /// A value that never changes, where a computed is asked for. It has ended from the start.
    ///
    /// ```
    /// use flo_bind::{BoundExt, Computed, bind};
    ///
    /// fn label(of: Option<i32>) -> Computed<String> {
    ///     of.map_or_else(
    ///         || Computed::constant(String::from("none")),
    ///         |count| bind(count).map(ToString::to_string),
    ///     )
    /// }
    /// assert_eq!(label(None).get(), "none");
    /// assert_eq!(label(Some(3)).get(), "3");
    /// ```
    #[track_caller]
    pub fn constant(value: T) -> Self {
        let node = NodeRef::source(value, Never);
        end::close(&node, Ended::Closed);
        Self::of(node)
    }

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

impl<T> Computed<T> {
    pub(crate) fn of(node: NodeRef) -> Self {
        Self { node, value: PhantomData }
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Computed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_node::<T>("Computed", &self.node, f)
    }
}

/// Shows the value if it is at hand, and where the thing was made.
pub(crate) fn debug_node<T: fmt::Debug + Send + Sync + 'static>(
    name: &str,
    node: &NodeRef,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    debug_with(name, node, f, |value, shown| {
        shown.field("value", value.get::<T>());
    })
}

/// The same, with `show` for the value.
pub(crate) fn debug_with(
    name: &str,
    node: &NodeRef,
    f: &mut fmt::Formatter<'_>,
    show: impl FnOnce(&Value, &mut fmt::DebugStruct<'_, '_>),
) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    // The value's own `Debug` is a stranger's and may read.
    untracked(|| {
        match read::peek(node.id()) {
            Some(value) => show(&value, &mut shown),
            // To look must not be to compute, and an old value would be taken for this one.
            None => _ = shown.field("value", &format_args!("<not at hand>")),
        }
        shown.field("made_at", &format_args!("{}", node.id().site())).finish()
    })
}
