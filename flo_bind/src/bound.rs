//! What every readable thing can do.

use flo_core::{Notify, Subscription};

use crate::{
    bind_ref::BindRef,
    computed::{Computed, computed_over},
    effect::react_to,
    follow::{Follow, WaitFor},
    guard::Guard,
    watcher::Watcher,
};

/// Something that can be read and can tell that it may have changed.
///
/// [`Binding`](crate::Binding), [`Computed`] and [`BindRef`] are; implement it for a readable thing of
/// your own. What its `read` reads of flo's bindings is tracked, so that computeds over it follow.
/// The trait is object safe; [`BoundExt`] has the methods that are built on it.
pub trait Bound: Send + Sync + 'static {
    /// What is read.
    type Value: Send + Sync + 'static;

    /// The value now, as an owned snapshot. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// Where a computed's closure panicked: the first reader gets its payload, later ones a panic with
    /// its text and the place where the computed was made. Where a computed reads itself: with the
    /// places where those in the cycle were made.
    fn read(&self) -> Guard<Self::Value>;

    /// A copy of the value now: what [`get`](BoundExt::get) gives. To be overridden where there is
    /// something cheaper than a guard.
    ///
    /// # Panics
    /// As [`read`](Self::read).
    fn copied(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        Self::Value::clone(&self.read())
    }

    /// Lends the value to `f`, once: what [`with`](BoundExt::with) does. To be overridden where there is
    /// something cheaper than a guard.
    ///
    /// # Panics
    /// As [`read`](Self::read).
    fn lend(&self, f: &mut dyn FnMut(&Self::Value)) {
        f(&self.read());
    }

    /// Calls `notify` at the first change after a read, once until the next read.
    ///
    /// It costs a writer no computation; for a computed it means "may have changed".
    /// **[`on_change`](BoundExt::on_change) is told of real differences only, with the value**.
    ///
    /// # Concurrency
    /// On the thread that changed it, after that change, with no lock of ours held.
    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription;
}

/// What every [`Bound`] can do.
pub trait BoundExt: Bound + Clone + Into<BindRef<Self::Value>> {
    /// A copy of the value now.
    ///
    /// # Panics
    /// As [`Bound::read`].
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// assert_eq!(bind(3).get(), 3);
    /// ```
    fn get(&self) -> Self::Value
    where
        Self::Value: Clone,
    {
        self.copied()
    }

    /// Lends the value to `f`. No lock is held meanwhile: `f` may set this very binding.
    ///
    /// # Panics
    /// As [`Bound::read`].
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// assert_eq!(bind(vec![1, 2, 3]).with(Vec::len), 3);
    /// ```
    fn with<R, F: FnOnce(&Self::Value) -> R>(&self, f: F) -> R {
        let (mut f, mut result) = (Some(f), None);
        self.lend(&mut |value| result = f.take().map(|f| f(value)));
        result.expect("`Bound::lend` calls its closure once")
    }

    /// The right to read it, with the kind forgotten and no right to write.
    fn read_only(&self) -> BindRef<Self::Value> {
        self.clone().into()
    }

    /// A computed of this value alone.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(2);
    /// let label = count.map(|count| format!("{count} lanterns"));
    /// count.set(3);
    /// assert_eq!(label.get(), "3 lanterns");
    /// ```
    #[track_caller]
    fn map<T, F>(&self, f: F) -> Computed<T>
    where
        T: PartialEq + Send + Sync + 'static,
        F: Fn(&Self::Value) -> T + Send + Sync + 'static,
    {
        let source = self.read_only();
        computed_over(move || source.with(&f))
    }

    /// Runs `f` with each later different value, until the subscription is dropped.
    ///
    /// The value at the time of the call is the one to differ from; `f` is not called with it. What `f`
    /// reads is not tracked. **[`effect`](crate::effect()) tracks, and runs at once.**
    ///
    /// # Panics
    /// As [`Bound::read`], for the value to differ from. A panic in `f` reaches the thread that made the
    /// change, after all other effects have run.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let count = bind(1);
    /// let subscription = count.on_change({
    ///     let seen = seen.clone();
    ///     move |count| seen.lock().unwrap().push(*count)
    /// });
    /// count.set(1);
    /// count.set(2);
    /// drop(subscription);
    /// count.set(3);
    /// assert_eq!(*seen.lock().unwrap(), [2]);
    /// ```
    #[track_caller]
    fn on_change<F>(&self, f: F) -> Subscription
    where
        F: FnMut(&Self::Value) + Send + 'static,
    {
        react_to(self.read_only(), f)
    }

    /// A reader with a `get` of its own, which tells `notify` at the first change after it.
    ///
    /// It tells once until it reads again, and not before its first read. What others read makes no
    /// difference to it; **[`when_changed`](Bound::when_changed) tells again after anybody's read**.
    ///
    /// # Panics
    /// Not here: a panic of a computed reaches who reads it.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    ///
    /// let (count, redrawn) = (bind(1), bind(0));
    /// let watcher = count.watch({
    ///     let redrawn = redrawn.clone();
    ///     move || redrawn.update(|redrawn| *redrawn += 1)
    /// });
    /// assert_eq!(watcher.get(), 1);
    /// count.set(2);
    /// count.set(3);
    /// assert!(!watcher.is_current());
    /// assert_eq!((redrawn.get(), watcher.get()), (1, 3));
    /// ```
    #[track_caller]
    fn watch<N: Notify + Send + 'static>(&self, notify: N) -> Watcher<Self::Value> {
        Watcher::new(self.read_only(), notify)
    }

    /// The latest values as a stream: the one at hand, then each later different one.
    ///
    /// It gives the latest and may skip, one item at most for each commit. It ends, after the last
    /// value, when nobody is left who could change it. **For every message, publish and subscribe.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let count = bind(1);
    /// let mut counts = count.follow();
    /// assert_eq!(block_on(counts.next()), Some(1));
    /// count.set(2);
    /// count.set(3);
    /// assert_eq!(block_on(counts.next()), Some(3));
    /// drop(count);
    /// assert_eq!(block_on(counts.next()), None);
    /// ```
    fn follow(&self) -> Follow<Self::Value> {
        Follow::new(self.read_only())
    }

    /// Waits until `wanted` holds of the value, and gives that value.
    ///
    /// # Errors
    /// [`Closed`](flo_core::Closed) when it never will, because nobody is left who could change the value.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it has done nothing but read.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(1);
    /// let three = count.wait_for(|count| *count == 3);
    /// count.set(3);
    /// assert_eq!(*futures::executor::block_on(three).unwrap(), 3);
    /// ```
    fn wait_for<F>(&self, wanted: F) -> WaitFor<Self::Value>
    where
        F: FnMut(&Self::Value) -> bool + Send + 'static,
    {
        WaitFor::new(self.read_only(), Box::new(wanted))
    }
}

impl<B: Bound + Clone + Into<BindRef<B::Value>>> BoundExt for B {}
