//! Lists that can be read and followed.

use std::{fmt, marker::PhantomData};

use flo_core::{Notify, Subscription};

use super::{
    draft::ListState, follow_changes::FollowChanges, list_binding::ListBinding,
    snapshot::ListSnapshot, state::Watched,
};
use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    computed::{computed_with, debug_with},
    equality::Equality,
    graph::{
        listen,
        node::{Ended, NodeRef},
        read,
    },
    guard::Guard,
};

/// The right to read a list and to follow its differences: of a [`ListBinding`], or a list that is derived from
/// others.
///
/// A handle: clones stand for the same list. It gives no right to write, and does not keep followers open.
/// A derived list is computed when somebody asks, from what has changed in its sources since somebody asked last.
///
/// # Delivery
/// [`follow_changes`](Self::follow_changes) gives every difference, or the whole list anew to who has fallen behind.
///
/// # Concurrency
/// Legal on any thread and inside any callback. What a derived list does for it runs on the reader's thread,
/// reads one version throughout, and no lock of ours is held meanwhile.
///
/// # Cost
/// A snapshot is a count.
#[doc(alias = "SignalVec")]
#[doc(alias = "ObservableVector")]
pub struct ListRef<T> {
    node: NodeRef,
    watched: Watched,
    items: PhantomData<fn() -> T>,
}

impl<T> ListRef<T> {
    pub(crate) fn of(node: NodeRef, watched: Watched) -> Self {
        Self { node, watched, items: PhantomData }
    }

    pub(crate) fn node(&self) -> &NodeRef {
        &self.node
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Whether both stand for the same list, whatever is in it; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: Send + Sync + 'static> ListRef<T> {
    /// Lends the state to `f`; tracked.
    pub(crate) fn with_state<R>(&self, f: impl FnOnce(&ListState<T>) -> R) -> R {
        read::with(self.node.id(), f)
    }

    /// The list as it is, as a value that stays as it is. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// Where a derived list's closure panicked, as [`Bound::read`].
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// let before = lamps.snapshot();
    /// lamps.clear();
    /// assert_eq!((before.len(), lamps.len()), (1, 0));
    /// ```
    pub fn snapshot(&self) -> ListSnapshot<T> {
        self.with_state(|state| state.snapshot.clone())
    }

    /// How many items there are. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn len(&self) -> usize {
        self.with_state(|state| state.snapshot.len())
    }

    /// Whether there are none. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The differences as a stream: first the list as it is, as a [`Reset`](crate::ListDiff::Reset), then what has
    /// happened since the last item, without gap or double.
    ///
    /// It ends, after the last difference, when nobody is left who could change the list. **Following the list as
    /// a [`Bound`] gives it whole each time.**
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// let mut changes = lamps.follow_changes();
    /// lamps.push("gas");
    /// let mut mirror = Vec::new();
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// assert_eq!(mirror, ["oil", "gas"]);
    /// lamps.push("arc");
    /// lamps.remove(0);
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// assert_eq!(mirror, ["gas", "arc"]);
    /// drop(lamps);
    /// assert!(block_on(changes.next()).is_none());
    /// ```
    pub fn follow_changes(&self) -> FollowChanges<T> {
        FollowChanges::new(self)
    }

    /// Whether nobody is left who could change it. Of a derived list it is known after a read.
    pub fn is_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// Why nobody is left who could change it; `None` while somebody is.
    pub fn ended(&self) -> Option<Ended> {
        listen::ended(self.node.id())
    }

    /// Tells `notify` at the first change after a read, once until the next read.
    ///
    /// As [`Bound::when_changed`], for any [`Notify`]: a closure, a waker, the sink of a channel.
    #[track_caller]
    pub fn when_changed<N: Notify + Send + 'static>(&self, notify: N) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

impl<T: Send + Sync + 'static> Bound for ListRef<T> {
    type Value = ListSnapshot<T>;

    fn read(&self) -> Guard<ListSnapshot<T>> {
        let state = Guard::<ListState<T>>::of(read::read(self.node.id()));
        Guard::new(state.snapshot.clone())
    }

    fn copied(&self) -> ListSnapshot<T> {
        self.snapshot()
    }

    fn lend(&self, f: &mut dyn FnMut(&ListSnapshot<T>)) {
        self.with_state(|state| f(&state.snapshot));
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

/// Whole lists, as one value after the other.
impl<T: Send + Sync + 'static> From<ListRef<T>> for BindRef<ListSnapshot<T>> {
    #[track_caller]
    fn from(list: ListRef<T>) -> Self {
        let same = Equality::Compared(ListSnapshot::same_as);
        computed_with(move || list.snapshot(), same).into()
    }
}

impl<T> From<&ListBinding<T>> for ListRef<T> {
    fn from(list: &ListBinding<T>) -> Self {
        Self::clone(list)
    }
}

impl<T> Clone for ListRef<T> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone(), self.watched.clone())
    }
}

impl<T> PartialEq for ListRef<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}

impl<T> Eq for ListRef<T> {}

impl<T> std::hash::Hash for ListRef<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.node.id().hash(state);
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for ListRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_with("ListRef", &self.node, f, |value, shown| {
            shown.field("items", &value.get::<ListState<T>>().snapshot);
        })
    }
}
