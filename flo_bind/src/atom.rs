//! The extension point for values that flo does not hold.

use flo_core::{Notify, Subscription};

use crate::{
    binding::{Binding, bind_with},
    bound::Bound,
    equality::Equality,
};

/// Stands for a value that flo does not hold: a file, a rope, a remote key.
///
/// Who reads the value calls [`track`](Self::track), who has changed it calls [`changed`](Self::changed):
/// then computeds and effects over it follow as if it were a binding. A handle: clones stand for the same.
///
/// # Concurrency
/// Change the value first, then call `changed`; `track` first, then read. So nobody is left with an old
/// value. What is read is the newest one, also in a [`snapshot`](crate::snapshot()): flo has no other.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use flo_bind::{Atom, BoundExt, computed};
///
/// #[derive(Clone, Default)]
/// struct Shelf {
///     books: Arc<Mutex<Vec<&'static str>>>,
///     atom: Atom,
/// }
///
/// impl Shelf {
///     fn count(&self) -> usize {
///         self.atom.track();
///         self.books.lock().unwrap().len()
///     }
///
///     fn put(&self, book: &'static str) {
///         self.books.lock().unwrap().push(book);
///         self.atom.changed();
///     }
/// }
///
/// let shelf = Shelf::default();
/// let label = computed({
///     let shelf = shelf.clone();
///     move || format!("{} books", shelf.count())
/// });
/// assert_eq!(label.get(), "0 books");
/// shelf.put("Middlemarch");
/// assert_eq!(label.get(), "1 books");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Atom(Binding<()>);

impl Atom {
    /// Makes one.
    #[track_caller]
    pub fn new() -> Self {
        Self(bind_with((), Equality::Never))
    }

    /// Notes that the value is read: the computed or effect under way depends on it from here on.
    pub fn track(&self) {
        drop(self.0.read());
    }

    /// Tells those who have read the value that it is another one now.
    ///
    /// Inside a transaction this waits for its end, inside a computed or a [`snapshot`](crate::snapshot())
    /// for the end of the outermost.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn changed(&self) {
        self.0.set(());
    }

    /// Tells `notify` at the first change after a [`track`](Self::track), once until the next one.
    ///
    /// This is what [`Bound::when_changed`] of a readable thing of your own is made of.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        self.0.when_changed(notify)
    }
}

impl Default for Atom {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
