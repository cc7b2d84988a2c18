//! Ropes that can be read and followed.

use std::{
    fmt,
    marker::PhantomData,
    ops::{Range, RangeBounds},
};

use flo_core::{Notify, Subscription};

use super::{
    draft::RopeState, follow_rope::FollowRopeChanges, rope_binding::RopeBinding,
    rope_snapshot::RopeSnapshot,
};
use crate::{
    bind_ref::BindRef,
    binding::subscribe,
    bound::Bound,
    collections::{
        snapshot::{ListSnapshot, Span, Wrong},
        state::Watched,
    },
    computed::{computed_with, debug_with},
    equality::Equality,
    graph::{
        listen,
        node::{Ended, NodeRef},
        read,
    },
    guard::Guard,
};

/// The right to read a rope and to follow its differences: of a [`RopeBinding`], or a rope that is derived from others.
///
/// A handle: clones stand for the same rope. It gives no right to write, and does not keep followers open. A derived
/// rope is computed when somebody asks, from what has changed in its sources since somebody asked last.
///
/// # Delivery
/// [`follow_changes`](Self::follow_changes) gives every difference, or the whole rope anew to who has fallen behind.
///
/// # Concurrency
/// Legal on any thread and inside any callback. What a derived rope does for it runs on the reader's thread, reads one
/// version throughout, and no lock of ours is held meanwhile.
///
/// # Cost
/// A snapshot is a count. Who reads a part of a rope inside a computed or an effect depends on all of it.
#[doc(alias = "BoundRope")]
pub struct RopeRef<C, A> {
    node: NodeRef,
    watched: Watched,
    cells: PhantomData<fn() -> (C, A)>,
}

impl<C, A> RopeRef<C, A> {
    pub(crate) fn of(node: NodeRef, watched: Watched) -> Self {
        Self { node, watched, cells: PhantomData }
    }

    pub(crate) fn node(&self) -> &NodeRef {
        &self.node
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Whether both stand for the same rope, whatever is in it; `==` asks the same.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<C: Send + Sync + 'static, A: Send + Sync + 'static> RopeRef<C, A> {
    /// Lends the state to `f`; tracked.
    pub(crate) fn with_state<R>(&self, f: impl FnOnce(&RopeState<C, A>) -> R) -> R {
        read::with(self.node.id(), f)
    }

    /// The rope as it is, as a value that stays as it is. Tracked inside a computed or an effect.
    ///
    /// # Panics
    /// Where a derived rope's closure panicked, as [`Bound::read`].
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', 0)]);
    /// let before = text.snapshot();
    /// text.clear();
    /// assert_eq!((before.len(), text.len()), (1, 0));
    /// ```
    pub fn snapshot(&self) -> RopeSnapshot<C, A> {
        self.with_state(|state| state.snapshot.clone())
    }

    /// How many cells there are. Tracked inside a computed or an effect.
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

    /// The cells of a range, as a list that shares them. Tracked inside a computed or an effect. **With their attributes:
    /// [`RopeSnapshot::range`].**
    ///
    /// # Panics
    /// Where the range begins after its end or goes beyond the rope. Otherwise as [`snapshot`](Self::snapshot).
    ///
    /// ```
    /// use flo_bind::{RopeBinding, RopeSnapshot};
    /// let text = RopeBinding::from(RopeSnapshot::uniform("lantern".chars(), "plain"));
    /// assert_eq!(text.read_cells(1..4), ['a', 'n', 't']);
    /// ```
    #[track_caller]
    pub fn read_cells<R: RangeBounds<usize>>(&self, range: R) -> ListSnapshot<C>
    where
        C: Clone,
    {
        // Outside of the read, so that the panic tells the caller's place.
        let cells = self.with_state(|state| state.snapshot.cells().clone());
        let within = Span::of(&range).within(cells.len());
        let (from, until) = Wrong::unless(within, "rope");
        cells.range(from..until)
    }

    /// The attribute of cell `at`, and all the cells around it that have an equal one: its extent. Tracked inside a computed or an
    /// effect.
    ///
    /// At the end and beyond it that of the last cell; of an empty rope the default, and the extent of no cell. **[`None`]
    /// is given there by [`RopeSnapshot::attributes_at`].**
    ///
    /// # Panics
    /// As [`snapshot`](Self::snapshot).
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', "plain"), ('b', "bold"), ('c', "bold")]);
    /// assert_eq!(text.read_attributes(1), ("bold", 1..3));
    /// text.set_attributes(1..2, "plain");
    /// assert_eq!(text.read_attributes(1), ("plain", 0..2));
    /// ```
    pub fn read_attributes(&self, at: usize) -> (A, Range<usize>)
    where
        A: Clone + Default,
    {
        let rope = self.snapshot();
        let found = rope.attributes_at(at.min(rope.len().saturating_sub(1)));
        found
            .map_or_else(|| (A::default(), 0..0), |(attribute, extent)| (attribute.clone(), extent))
    }

    /// The differences as a stream: first the rope as it is, as a [`Reset`](crate::RopeDiff::Reset), then what has
    /// happened since the last item, without gap or double.
    ///
    /// It ends, after the last difference, when nobody is left who could change the rope; a derived rope goes on for its followers
    /// alone. **Following the rope as a [`Bound`] gives it whole each time.**
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// use futures::{StreamExt, executor::block_on};
    ///
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 0)]);
    /// let mut changes = text.follow_changes();
    /// let mut mirror = Vec::new();
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// text.set_attributes(1.., 7);
    /// text.push('c');
    /// block_on(changes.next()).unwrap().apply_to(&mut mirror).unwrap();
    /// assert_eq!(mirror, [('a', 0), ('b', 7), ('c', 7)]);
    /// drop(text);
    /// assert!(block_on(changes.next()).is_none());
    /// ```
    #[doc(alias = "follow_changes_retained")]
    pub fn follow_changes(&self) -> FollowRopeChanges<C, A> {
        FollowRopeChanges::new(self)
    }

    /// Whether nobody is left who could change it. Of a derived rope it is known after a read.
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

impl<C: Send + Sync + 'static, A: Send + Sync + 'static> Bound for RopeRef<C, A> {
    type Value = RopeSnapshot<C, A>;

    fn read(&self) -> Guard<RopeSnapshot<C, A>> {
        let state = Guard::<RopeState<C, A>>::of(read::read(self.node.id()));
        Guard::new(state.snapshot.clone())
    }

    fn copied(&self) -> RopeSnapshot<C, A> {
        self.snapshot()
    }

    fn lend(&self, f: &mut dyn FnMut(&RopeSnapshot<C, A>)) {
        self.with_state(|state| f(&state.snapshot));
    }

    fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> Subscription {
        subscribe(self.node.id(), notify)
    }
}

/// Whole ropes, as one value after the other.
impl<C, A> From<RopeRef<C, A>> for BindRef<RopeSnapshot<C, A>>
where
    C: Send + Sync + 'static,
    A: Send + Sync + 'static,
{
    #[track_caller]
    fn from(rope: RopeRef<C, A>) -> Self {
        let same = Equality::Compared(RopeSnapshot::same_as);
        computed_with(move || rope.snapshot(), same).into()
    }
}

impl<C, A> From<&RopeBinding<C, A>> for RopeRef<C, A> {
    fn from(rope: &RopeBinding<C, A>) -> Self {
        Self::clone(rope)
    }
}

impl<C, A> Clone for RopeRef<C, A> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone(), self.watched.clone())
    }
}

impl<C, A> PartialEq for RopeRef<C, A> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}

impl<C, A> Eq for RopeRef<C, A> {}

impl<C, A> std::hash::Hash for RopeRef<C, A> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.node.id().hash(state);
    }
}

impl<C, A> fmt::Debug for RopeRef<C, A>
where
    C: fmt::Debug + Send + Sync + 'static,
    A: fmt::Debug + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_with("RopeRef", &self.node, f, |value, shown| {
            let rope = &value.get::<RopeState<C, A>>().snapshot;
            shown.field("cells", rope.cells()).field("extents", &rope.extents());
        })
    }
}
