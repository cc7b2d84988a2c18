//! Ropes that can be read and edited from anywhere.

use std::{
    fmt,
    ops::{Deref, Range, RangeBounds},
};

use super::{
    attributes::{RopeAttributes, RopePart},
    draft::{RopeDraft, RopeState},
    rope_ref::RopeRef,
    rope_snapshot::RopeSnapshot,
};
use crate::{
    collections::{
        diff::Items,
        edit::edit,
        list_transaction::Place,
        snapshot::{Span, Wrong},
        state::{SameRev, Watched},
    },
    graph::node::Writer,
};

/// A rope that can be read and edited from anywhere, and whose differences can be followed: cells in order, each of which has an
/// attribute. A text with its styles, a track with what is set along it.
///
/// A handle: clones stand for the same rope, and each clone is the right to edit. What can be read of it, and derived
/// from it, is that of a [`RopeRef`], to which it derefs; as a [`Bound`](crate::Bound) stands `&*rope`.
///
/// Each edit is atomic and a change; what changes nothing is none, nor is it one to set attributes that are equal to what is there.
/// Edits inside a [`transaction`](crate::transaction) are one batch, and are taken back with it.
///
/// # Delivery
/// [`follow_changes`](RopeRef::follow_changes) gives every difference, or the whole rope anew to who has fallen behind
/// the rope's log, which is bounded. The log is kept while somebody follows or derives, and let go of at the first
/// edit after that.
///
/// # Concurrency
/// Legal on any thread and inside any callback. No lock of ours is held while a cell's or an attribute's `Clone`, `PartialEq` or
/// `Drop`, or a closure, runs. Inside a computed or a [`snapshot`](crate::snapshot()) an edit waits for the end of the
/// outermost of them, and a range means what is there then. In a [`transaction`](crate::transaction) an edit of a range panics
/// where another thread has changed the rope meanwhile; [`list_transaction`](crate::list_transaction()) runs again.
///
/// # Cost
/// An edit is `O(log n)`, whatever its range, and clones the cells of a leaf or two, of 64 at most, and as few attributes; it
/// compares attributes at the edges of the range alone. Cells that come in are as much work as they are.
///
/// ```
/// use flo_bind::RopeBinding;
///
/// let text = RopeBinding::new();
/// text.extend("oil lamp".chars());
/// text.set_attributes(0..3, "bold");
/// text.replace(0..3, "gas".chars());
/// assert_eq!(text.read_cells(..3).iter().collect::<String>(), "gas");
/// assert_eq!(text.read_attributes(2), ("bold", 0..3));
/// assert_eq!(text.read_attributes(3), ("", 3..8));
/// ```
#[doc(alias = "RopeBindingMut")]
pub struct RopeBinding<C, A> {
    writer: Writer,
    rope: RopeRef<C, A>,
}

impl<C, A> RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// Makes an empty one.
    #[track_caller]
    pub fn new() -> Self {
        Self::from(RopeSnapshot::default())
    }

    pub(in crate::collections) fn of_writer(writer: Writer, watched: Watched) -> Self {
        let rope = RopeRef::of(writer.node(), watched);
        Self { writer, rope }
    }

    /// The right to read it, and not to edit it.
    pub fn read_only(&self) -> RopeRef<C, A> {
        self.rope.clone()
    }

    /// Puts cells with this attribute where a range is, which it gives. **[`replace`](Self::replace) finds the attribute.**
    ///
    /// # Panics
    /// As [`splice`](Self::splice).
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', "plain"), ('b', "plain")]);
    /// text.replace_attributes(1..1, ['c'], "bold");
    /// assert_eq!(text.snapshot(), [('a', "plain"), ('c', "bold"), ('b', "plain")]);
    /// ```
    #[track_caller]
    pub fn replace_attributes<R, I>(&self, range: R, cells: I, attribute: A) -> RopeSnapshot<C, A>
    where
        R: RangeBounds<usize>,
        I: IntoIterator<Item = C>,
    {
        let part = RopePart::of_one(cells.into_iter().collect(), attribute);
        self.edit_range(&range, move |draft, range| draft.replace(range, &part))
    }

    /// Puts a rope, which keeps its attributes, where a range is, which it gives.
    ///
    /// # Panics
    /// Where the range begins after its end or goes beyond the rope. Otherwise with the first panic of an effect that this
    /// triggers, when all of them have run.
    ///
    /// ```
    /// use flo_bind::{RopeBinding, RopeSnapshot};
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 1), ('c', 2)]);
    /// let cut = text.splice(..2, RopeSnapshot::default());
    /// text.splice(1..1, cut);
    /// assert_eq!(text.snapshot(), [('c', 2), ('a', 0), ('b', 1)]);
    /// ```
    #[track_caller]
    pub fn splice<R>(&self, range: R, rope: RopeSnapshot<C, A>) -> RopeSnapshot<C, A>
    where
        R: RangeBounds<usize>,
    {
        let part = rope.into_part();
        self.edit_range(&range, move |draft, range| draft.replace(range, &part))
    }

    /// Gives the cells of a range this attribute.
    ///
    /// # Panics
    /// As [`splice`](Self::splice).
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 0), ('c', 1)]);
    /// text.set_attributes(1.., 2);
    /// assert_eq!(text.snapshot(), [('a', 0), ('b', 2), ('c', 2)]);
    /// ```
    #[track_caller]
    pub fn set_attributes<R: RangeBounds<usize>>(&self, range: R, attribute: A) {
        self.edit_range(&range, move |draft, range| {
            let attributes = RopeAttributes::one(range.len(), attribute.clone());
            draft.set_attributes(range, &attributes);
            RopePart::none()
        });
    }

    /// Keeps the cells for which `keep` says so, with their attributes.
    ///
    /// # Panics
    /// With the panic of `keep`: then the rope is as it was. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', 0), ('1', 0), ('b', 1)]);
    /// text.retain_cells(|cell| cell.is_alphabetic());
    /// assert_eq!(text.snapshot(), [('a', 0), ('b', 1)]);
    /// ```
    pub fn retain_cells<F: FnMut(&C) -> bool + 'static>(&self, mut keep: F) {
        self.edit(Place::Any, move |draft| draft.retain(&mut keep));
    }

    /// Takes all cells out.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn clear(&self) {
        self.edit(Place::Any, |draft| drop(draft.replace(0..draft.len(), &RopePart::none())));
    }

    /// Makes it another rope; followers are given it as a [`Reset`](crate::RopeDiff::Reset).
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn replace_all(&self, rope: RopeSnapshot<C, A>) {
        self.edit(Place::Any, move |draft| draft.reset(rope.clone()));
    }

    pub(in crate::collections) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// See [`edit`].
    fn edit<R, F>(&self, place: Place, make: F) -> R
    where
        R: 'static,
        F: FnMut(&mut RopeDraft<C, A>) -> R + 'static,
    {
        edit::<RopeSnapshot<C, A>, _, _>(&self.writer, place, make)
    }

    #[track_caller]
    fn edit_range<F>(&self, range: &impl RangeBounds<usize>, mut make: F) -> RopeSnapshot<C, A>
    where
        F: FnMut(&mut RopeDraft<C, A>, Range<usize>) -> RopePart<C, A> + 'static,
    {
        let span = Span::of(range);
        let old = self.edit(Place::Index, move |draft| {
            let (from, until) = span.within(draft.len())?;
            Ok(make(draft, from..until))
        });
        RopeSnapshot::of_part(Wrong::unless(old, "rope"))
    }
}

impl<C, A> RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Default + Send + Sync + 'static,
{
    /// Puts cells where a range is, which it gives. They have the attribute of the first cell that goes out.
    ///
    /// Where none goes out it is that of the cell before, at the beginning that of the first one, and in an empty rope the default.
    /// **[`replace_attributes`](Self::replace_attributes) is told it.**
    ///
    /// # Panics
    /// As [`splice`](Self::splice).
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', "plain"), ('b', "bold"), ('c', "plain")]);
    /// let old = text.replace(1..3, ['d', 'e']);
    /// assert_eq!(old, [('b', "bold"), ('c', "plain")]);
    /// assert_eq!(text.snapshot(), [('a', "plain"), ('d', "bold"), ('e', "bold")]);
    /// ```
    #[track_caller]
    pub fn replace<R, I>(&self, range: R, cells: I) -> RopeSnapshot<C, A>
    where
        R: RangeBounds<usize>,
        I: IntoIterator<Item = C>,
    {
        let cells: Items<C> = cells.into_iter().collect();
        self.edit_range(&range, move |draft, range| {
            let part = RopePart::of_one(cells.clone(), draft.inherited(&range));
            draft.replace(range, &part)
        })
    }

    /// Puts a cell at the end, with the attribute of the one before, or the default.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn push(&self, cell: C) {
        self.extend([cell]);
    }

    /// Puts many cells at the end, as one edit, with the attribute of the last one that is there, or the default.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn extend<I: IntoIterator<Item = C>>(&self, cells: I) {
        let cells: Items<C> = cells.into_iter().collect();
        self.edit(Place::Any, move |draft| {
            let end = draft.len()..draft.len();
            let part = RopePart::of_one(cells.clone(), draft.inherited(&end));
            drop(draft.replace(end, &part));
        });
    }
}

impl<C, A> Deref for RopeBinding<C, A> {
    type Target = RopeRef<C, A>;

    fn deref(&self) -> &RopeRef<C, A> {
        &self.rope
    }
}

impl<C, A> Clone for RopeBinding<C, A> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), rope: self.rope.clone() }
    }
}

impl<C, A> PartialEq for RopeBinding<C, A> {
    fn eq(&self, other: &Self) -> bool {
        self.rope == other.rope
    }
}

impl<C, A> Eq for RopeBinding<C, A> {}

impl<C, A> Default for RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<C, A> From<RopeSnapshot<C, A>> for RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    #[track_caller]
    fn from(rope: RopeSnapshot<C, A>) -> Self {
        let watched = Watched::default();
        let state = RopeState::new(rope, watched.clone(), None);
        Self::of_writer(Writer::source(state, SameRev), watched)
    }
}

/// Of cells with their attributes, in order.
impl<C, A> FromIterator<(C, A)> for RopeBinding<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (C, A)>>(pairs: I) -> Self {
        Self::from(RopeSnapshot::from_iter(pairs))
    }
}

impl<C, A> fmt::Debug for RopeBinding<C, A>
where
    C: fmt::Debug + Send + Sync + 'static,
    A: fmt::Debug + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RopeBinding").field(&self.rope.snapshot()).finish()
    }
}
