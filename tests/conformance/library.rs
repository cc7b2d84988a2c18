//! What both libraries can do, in the words that the cases use.

use futures::{Stream, stream::BoxStream};

/// What a binding of either library can hold: the sum of what they ask for.
pub(crate) trait Value: Clone + PartialEq + Send + Sync + 'static {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Value for T {}

/// One of the libraries.
pub(crate) trait Library: Sized + 'static {
    /// As the table calls it.
    const NAME: &'static str;

    /// A value that can be set.
    type Binding<T: Value>: Write<Self, T>;
    /// The right to read something, whatever it is.
    type Reader<T: Value>: Read<Self, T>
        + From<Self::Binding<T>>
        + for<'a> From<&'a Self::Binding<T>>;
    /// Keeps a callback going; its drop ends that.
    type Subscription: Subscribed;

    /// Makes a binding.
    fn bind<T: Value>(value: T) -> Self::Binding<T>;

    /// Makes a computed of what `compute` reads.
    fn computed<T: Value, F>(compute: F) -> Self::Reader<T>
    where
        F: Fn() -> T + Send + Sync + 'static;

    /// Makes state of a stream, on a thread of the library's own.
    fn bind_stream<T: Value, S, F>(stream: S, initial: T, fold: F) -> Self::Reader<T>
    where
        S: Stream<Item: Send> + Send + Unpin + 'static,
        F: FnMut(&mut T, S::Item) + Send + 'static;

    /// Runs `f` so that what it reads is no source of the computed around it.
    fn untracked<R, F: FnOnce() -> R>(f: F) -> R;
}

/// What every readable thing can do.
pub(crate) trait Read<L: Library, T: Value>: Clone + Send + Sync + 'static {
    /// A copy of the value.
    fn get(&self) -> T;

    /// A computed of this value alone.
    fn map<U: Value, F>(&self, f: F) -> L::Reader<U>
    where
        F: Fn(T) -> U + Send + Sync + 'static;

    /// Has `notify` called when the value may have changed.
    fn when_changed<F: FnMut() + Send + 'static>(&self, notify: F) -> L::Subscription;

    /// The latest values.
    fn follow(&self) -> BoxStream<'static, T>;
}

/// What can be set as well.
pub(crate) trait Write<L: Library, T: Value>: Read<L, T> {
    /// Sets the value.
    fn set(&self, value: T);

    /// Changes the value that is there.
    fn update<F: FnMut(&mut T) + Send + 'static>(&self, edit: F);
}

/// The two other things that can be done with a subscription than to drop it.
pub(crate) trait Subscribed: Send + 'static {
    /// Ends it by name.
    fn end(self);

    /// Lets it go on without a handle.
    fn detach(self);
}
