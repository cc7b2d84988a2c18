//! Bindings: values that can be read and set from anywhere.

use std::{cell::RefCell, fmt, marker::PhantomData, rc::Rc};

use flo_core::{Notify, Subscription, sync::Arc};

use crate::{
    bind_ref::BindRef,
    bound::Bound,
    equality::Equality,
    graph::{
        commit,
        end::Reaction,
        listen,
        node::{Hears, Id, Writer},
        read,
        value::{ByValue, Value},
    },
    guard::Guard,
    transaction::untracked,
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
    pub(crate) writer: Writer,
    value: PhantomData<fn(T) -> T>,
}

/// Makes a binding that holds `value`; a write of an equal value is no change.
#[track_caller]
pub fn bind<T: PartialEq + Send + Sync + 'static>(value: T) -> Binding<T> {
    Binding::of(Writer::source(value, ByValue))
}

/// As [`bind`], with a comparison of your own, or none: `T` needs no `PartialEq`.
///
/// ```
/// use flo_bind::{BoundExt, Equality, bind_with};
///
/// struct Drawing {
///     strokes: Vec<(i32, i32)>,
/// }
///
/// let drawing = bind_with(Drawing { strokes: Vec::new() }, Equality::Never);
/// let drawn = drawing.map(|drawing| drawing.strokes.len());
/// drawing.set(Drawing { strokes: vec![(0, 1)] });
/// assert_eq!(drawn.get(), 1);
/// ```
#[track_caller]
pub fn bind_with<T: Send + Sync + 'static>(value: T, equality: Equality<T>) -> Binding<T> {
    Binding::of(Writer::source(value, equality))
}

impl<T> Binding<T> {
    /// A handle that is this right to write.
    pub(crate) fn of(writer: Writer) -> Self {
        Self { writer, value: PhantomData }
    }
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

    /// Sets the value, and counts as a change also where it is equal to the one at hand.
    ///
    /// Effects and callbacks that depend on this binding run, computeds over it run again, and
    /// [`follow`](crate::BoundExt::follow) gives the value once more. A computed that comes to an equal
    /// value stops there, as always. **[`bind_with`] and [`Equality::Never`] make every write count.**
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run: then the value is
    /// set.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let pressed = bind("key");
    /// let mut keys = pressed.follow();
    /// assert_eq!(keys.next().now_or_never(), Some(Some("key")));
    /// pressed.set("key");
    /// assert_eq!(keys.next().now_or_never(), None);
    /// pressed.set_always("key");
    /// assert_eq!(keys.next().now_or_never(), Some(Some("key")));
    /// ```
    pub fn set_always(&self, value: T) {
        commit::set_always(&self.writer, Value::new(value));
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
        self.update_if(move |value| {
            edit(value);
            true
        });
    }

    /// As [`update`](Self::update), but nothing happens where `edit` gives `false`.
    ///
    /// What `edit` did to its copy is then forgotten. Where it gives `true`, the comparison decides as
    /// with a `set`.
    ///
    /// # Panics
    /// As [`update`](Self::update).
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let count = bind(1);
    /// let round_up = |count: &mut i32| {
    ///     let is_odd = *count % 2 == 1;
    ///     *count += 1;
    ///     is_odd
    /// };
    /// count.update_if(round_up);
    /// count.update_if(round_up);
    /// assert_eq!(count.get(), 2);
    /// ```
    pub fn update_if<F>(&self, mut edit: F)
    where
        T: Clone,
        F: FnMut(&mut T) -> bool + 'static,
    {
        let edit = move |old: &Value| {
            let mut value = T::clone(old.get());
            edit(&mut value).then(|| Value::new(value))
        };
        commit::update(&self.writer, edit);
    }

    /// As [`update`](Self::update), and gives what `edit` gave.
    ///
    /// It is what `edit` gave when it was applied to the value that was committed. Where the write waits,
    /// in a transaction, a [`snapshot`](crate::snapshot()) or a computed, it is what `edit` gave for the
    /// value seen there; it is applied again at the end should the value have moved on by then.
    ///
    /// # Panics
    /// As [`update`](Self::update).
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let names = bind(vec!["lantern", "rope"]);
    /// assert_eq!(names.update_with(Vec::pop), Some("rope"));
    /// assert_eq!(names.get(), ["lantern"]);
    /// ```
    pub fn update_with<R, F>(&self, mut edit: F) -> R
    where
        T: Clone,
        R: 'static,
        F: FnMut(&mut T) -> R + 'static,
    {
        let now = match commit::mode() {
            // The write waits for the end of the computation, the answer cannot.
            commit::Mode::Later => {
                let seen = commit::visible(self.writer.id());
                Some(edit(&mut T::clone(seen.get())))
            }
            commit::Mode::Staged | commit::Mode::Now => None,
        };
        let given = Rc::new(RefCell::new(now));
        let slot = Rc::clone(&given);
        self.update(move |value| {
            let result = edit(value);
            let replaced = slot.borrow_mut().replace(result);
            drop(replaced);
        });
        let result = given.borrow_mut().take();
        result.unwrap_or_else(|| unreachable!("an update that does not wait has been applied"))
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
    let listener = listen::listen(id, Hears::Changes, move || notify.notify());
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

impl<T: Default + PartialEq + Send + Sync + 'static> Default for Binding<T> {
    #[track_caller]
    fn default() -> Self {
        bind(T::default())
    }
}

impl<T: PartialEq + Send + Sync + 'static> From<T> for Binding<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        bind(value)
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Binding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        untracked(|| f.debug_tuple("Binding").field(&self.read()).finish())
    }
}
