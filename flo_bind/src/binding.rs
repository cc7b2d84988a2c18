//! Bindings: values that can be read and set from anywhere.

use std::{fmt, marker::PhantomData};

use flo_core::{Notify, Subscription, sync::Arc};

use crate::{
    bind_ref::BindRef,
    bound::Bound,
    graph::{
        commit,
        end::Reaction,
        listen,
        node::{Hears, Id, Writer},
        read,
        value::{ByValue, Value},
    },
    guard::Guard,
};

/// A value that can be read and set from anywhere, and that others compute from, follow and listen to.
///
/// A handle: clones stand for the same value, and each clone is the right to write. When the last is
/// gone the value stays readable through [`BindRef`]s and computeds, and followers end.
/// [`read_only`](crate::BoundExt::read_only) gives the right to read alone.
///
/// # Delivery
/// State, not events: who follows sees the latest value and may miss those between.
///
/// # Concurrency
/// Reads and writes are legal on any thread and inside any callback. No lock of ours is held while the
/// value's `Clone`, `PartialEq` or `Drop` runs. What a write triggers runs on the writing thread before
/// the write returns.
///
/// # Cost
/// A read counts up a shared value. A write marks what depends on it, once, and runs the effects among
/// that; computeds that nobody follows run when they are read.
///
/// ```
/// use flo_bind::{BoundExt, bind};
///
/// let count = bind(1);
/// let same = count.clone();
/// same.set(2);
/// assert_eq!(count.get(), 2);
/// ```
#[doc(alias = "signal")]
#[doc(alias = "Mutable")]
pub struct Binding<T> {
    writer: Writer,
    value: PhantomData<fn(T) -> T>,
}

/// Makes a binding that holds `value`; a write of an equal value is no change.
#[track_caller]
pub fn bind<T: PartialEq + Send + Sync + 'static>(value: T) -> Binding<T> {
    Binding { writer: Writer::source(value, ByValue), value: PhantomData }
}

impl<T: Send + Sync + 'static> Binding<T> {
    /// Sets the value. If it is equal to the one at hand, nothing happens.
    ///
    /// Inside a transaction it is staged. Inside a computed or a [`snapshot`](crate::snapshot()) it
    /// waits until the outermost of them is over, and no read in there sees it.
    ///
    /// # Panics
    /// With the panic of the comparison: then the old value stays. With the first panic of an effect
    /// that this triggers, when all of them have run: then the value is set.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(1);
    /// count.set(2);
    /// assert_eq!(count.get(), 2);
    /// ```
    pub fn set(&self, value: T) {
        commit::set(&self.writer, Value::new(value));
    }

    /// Sets the value and gives the one that was there, as one step.
    ///
    /// Inside a transaction the one that was there is what the transaction sees, and the write is as a
    /// `set`: of two transactions at once both can be given the same one, and the last wins.
    ///
    /// # Panics
    /// As [`set`](Self::set).
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(1);
    /// assert_eq!(count.replace(2), 1);
    /// assert_eq!(count.get(), 2);
    /// ```
    pub fn replace(&self, value: T) -> T
    where
        T: Clone,
    {
        commit::replace(&self.writer, Value::new(value)).into_inner()
    }

    /// Leaves the default value and gives the one that was there: [`replace`](Self::replace) with the
    /// default.
    ///
    /// # Panics
    /// As [`set`](Self::set).
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let names = bind(vec!["lantern"]);
    /// assert_eq!(names.take(), ["lantern"]);
    /// assert!(names.get().is_empty());
    /// ```
    pub fn take(&self) -> T
    where
        T: Clone + Default,
    {
        self.replace(T::default())
    }

    /// Changes the value in place of a copy, and sets the copy: an atomic read-modify-write.
    ///
    /// `edit` is applied again, to the newer value, where another thread's write came first; inside a
    /// transaction it is applied at once, kept, and applied again at the end should the value have moved
    /// on by then. So no update is ever lost.
    ///
    /// # Panics
    /// With the panic of `edit`, or as [`set`](Self::set): then the old value stays.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(1);
    /// count.update(|count| *count += 1);
    /// assert_eq!(count.get(), 2);
    /// ```
    pub fn update<F>(&self, mut edit: F)
    where
        T: Clone,
        F: FnMut(&mut T) + 'static,
    {
        let edit = move |value: &Value| -> Value {
            let mut value = T::clone(value.get());
            edit(&mut value);
            Value::new(value)
        };
        commit::update(&self.writer, edit);
    }

    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.writer.id(), notify)
    }
}

/// A subscription of `notify` to a node of ours.
#[track_caller]
pub(crate) fn subscribe<N: Notify + Send + 'static>(id: Id, mut notify: N) -> Subscription {
    let react = Box::new(move || notify.notify());
    let listener = listen::listen(id, Hears::Changes, react);
    Subscription::new(Arc::new(Reaction(listener)))
}

impl<T: Send + Sync + 'static> Bound for Binding<T> {
    type Value = T;

    fn read(&self) -> Guard<T> {
        Guard::of(read::read(self.writer.id()))
    }

    fn copied(&self) -> T
    where
        T: Clone,
    {
        read::get(self.writer.id())
    }

    fn lend(&self, f: &mut dyn FnMut(&T)) {
        read::with(self.writer.id(), f);
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.writer.id(), notify)
    }
}

impl<T> Clone for Binding<T> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), value: PhantomData }
    }
}

impl<T: Send + Sync + 'static> From<Binding<T>> for BindRef<T> {
    fn from(binding: Binding<T>) -> Self {
        Self::of(binding.writer.node())
    }
}

impl<T: Send + Sync + 'static> From<&Binding<T>> for BindRef<T> {
    fn from(binding: &Binding<T>) -> Self {
        Self::of(binding.writer.node())
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Binding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = crate::untracked(|| self.read());
        f.debug_tuple("Binding").field(&value).finish()
    }
}
