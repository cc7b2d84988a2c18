//! The right to read something, whatever it is.

use std::{fmt, marker::PhantomData};

use flo_core::{Notify, Subscription, sync::Arc};

use crate::{
    binding::subscribe,
    bound::Bound,
    computed::debug_node,
    graph::{
        listen,
        node::{Ended, NodeRef},
        read,
    },
    guard::Guard,
};

/// The right to read something, whatever it is: a binding, a computed, or an outsider's [`Bound`].
///
/// A handle: clones stand for the same thing. It keeps the value readable and gives no right to write,
/// so it does not keep followers open.
///
/// ```
/// use flo_bind::{BindRef, BoundExt, bind, computed};
///
/// let count = bind(1);
/// let sources: Vec<BindRef<i32>> = vec![BindRef::from(&count), computed(|| 2).into()];
/// assert_eq!(sources.iter().map(BoundExt::get).sum::<i32>(), 3);
/// ```
pub struct BindRef<T>(pub(crate) Source<T>);

pub(crate) enum Source<T> {
    Node(NodeRef, PhantomData<fn() -> T>),
    Outside(Arc<dyn Bound<Value = T>>),
}

impl<T: Send + Sync + 'static> BindRef<T> {
    /// Stands for an outsider's [`Bound`]. Its reads of flo's bindings are tracked.
    pub fn new<B: Bound<Value = T>>(outside: B) -> Self {
        Self(Source::Outside(Arc::new(outside)))
    }

    pub(crate) fn of(node: NodeRef) -> Self {
        Self(Source::Node(node, PhantomData))
    }

    /// The node, unless it is an outsider.
    pub(crate) fn node(&self) -> Option<&NodeRef> {
        match &self.0 {
            Source::Node(node, _) => Some(node),
            Source::Outside(_) => None,
        }
    }

    /// The node of one that was made [`of`](Self::of) a node.
    pub(crate) fn into_node(self) -> NodeRef {
        match self.0 {
            Source::Node(node, _) => node,
            Source::Outside(_) => unreachable!("it was made of a node"),
        }
    }

    /// Whether nobody is left who could change it.
    ///
    /// Of a computed it is known after a read. Of an outsider it is never known.
    ///
    /// ```
    /// use flo_bind::{BindRef, BoundExt, bind};
    /// let count = bind(1);
    /// let reader = count.read_only();
    /// assert!(!reader.is_ended());
    /// drop(count);
    /// assert!(reader.is_ended());
    /// assert_eq!(reader.get(), 1);
    /// ```
    pub fn is_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// Why nobody is left who could change it; `None` while somebody is.
    ///
    /// It does not wait: [`follow`](crate::BoundExt::follow) gives what comes until then, and ends.
    pub fn ended(&self) -> Option<Ended> {
        self.node().and_then(|node| listen::ended(node.id()))
    }

    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, mut notify: N) -> Subscription {
        match &self.0 {
            Source::Node(node, _) => subscribe(node.id(), notify),
            Source::Outside(outside) => outside.when_changed(Box::new(move || notify.notify())),
        }
    }
}

impl<T: Send + Sync + 'static> Bound for BindRef<T> {
    type Value = T;

    fn read(&self) -> Guard<T> {
        match &self.0 {
            Source::Node(node, _) => Guard::of(read::read(node.id())),
            Source::Outside(outside) => outside.read(),
        }
    }

    fn copied(&self) -> T
    where
        T: Clone,
    {
        match &self.0 {
            Source::Node(node, _) => read::get(node.id()),
            Source::Outside(outside) => outside.copied(),
        }
    }

    fn lend(&self, f: &mut dyn FnMut(&T)) {
        match &self.0 {
            Source::Node(node, _) => read::with(node.id(), f),
            Source::Outside(outside) => outside.lend(f),
        }
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        Self::when_changed(self, notify)
    }
}

impl<T> Clone for BindRef<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Source::Node(node, value) => Source::Node(node.clone(), *value),
            Source::Outside(outside) => Source::Outside(Arc::clone(outside)),
        })
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for BindRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Node(node, _) => debug_node::<T>("BindRef", node, f),
            Source::Outside(_) => f.write_str("BindRef(an outsider)"),
        }
    }
}
