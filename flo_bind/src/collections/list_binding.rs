//! Lists that can be read and edited from anywhere.

use std::{
    cmp::Ordering,
    fmt,
    ops::{Deref, RangeBounds},
};

use super::{
    draft::{Draft, ListState},
    edit::edit,
    in_place,
    list_ref::ListRef,
    list_transaction::Place,
    snapshot::{ListSnapshot, Span, Wrong},
    state::{SameRev, Watched},
    tree::{Count, Tree},
};
use crate::graph::node::Writer;

/// A list that can be read and edited from anywhere, and whose differences can be followed.
///
/// A handle: clones stand for the same list, and each clone is the right to edit. What can be read of it, and derived
/// from it, is that of a [`ListRef`], to which it derefs; as a [`Bound`](crate::Bound) stands `&*list`.
///
/// Each edit is atomic and a change; what changes nothing is none. Edits inside a
/// [`transaction`](crate::transaction) are one batch, and are taken back with it.
///
/// # Delivery
/// [`follow_changes`](ListRef::follow_changes) gives every difference, or the whole list anew to who has fallen behind
/// the list's log, which is bounded. The log is kept while somebody follows or derives, and let go of at the
/// first edit after that.
///
/// # Concurrency
/// Legal on any thread and inside any callback. No lock of ours is held while an item's `Clone` or
/// `Drop`, or a closure, runs. Inside a computed or a [`snapshot`](crate::snapshot()) an edit waits for the end of
/// the outermost of them, and an index means what is there then.
///
/// # Cost
/// An edit of one item is `O(log n)`. It clones no item where nobody has a snapshot of the list and no snapshot is open in its
/// graph, one or two for the log where somebody follows, and otherwise those of one leaf, 64 at most. A range is
/// taken out, put in or shared in `O(log n)`.
///
/// ```
/// use flo_bind::ListBinding;
///
/// let lamps = ListBinding::from(vec!["oil", "gas"]);
/// let same = lamps.clone();
/// same.insert(1, "arc");
/// assert_eq!(lamps.remove(0), "oil");
/// assert_eq!(lamps.snapshot(), ["arc", "gas"]);
/// ```
#[doc(alias = "MutableVec")]
#[doc(alias = "ObservableVector")]
pub struct ListBinding<T> {
    writer: Writer,
    list: ListRef<T>,
}

impl<T: Clone + Send + Sync + 'static> ListBinding<T> {
    /// Makes an empty one.
    #[track_caller]
    pub fn new() -> Self {
        Self::of(Tree::new(Count))
    }

    #[track_caller]
    fn of(items: Tree<T>) -> Self {
        let watched = Watched::default();
        let state = ListState::new(items, watched.clone(), None);
        Self::of_writer(Writer::source(state, SameRev), watched)
    }

    pub(super) fn of_writer(writer: Writer, watched: Watched) -> Self {
        let list = ListRef::of(writer.node(), watched);
        Self { writer, list }
    }

    /// The right to read it, and not to edit it.
    pub fn read_only(&self) -> ListRef<T> {
        self.list.clone()
    }

    /// Puts an item at the end.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn push(&self, item: T) {
        if let Err(item) = in_place::push(&self.writer, self.list.watched(), item) {
            self.push_otherwise(item);
        }
    }

    #[cold]
    fn push_otherwise(&self, item: T) {
        let Err(item) = in_place::insert(&self.writer, self.list.watched(), None, item) else {
            return;
        };
        self.edit(Place::Any, move |draft| draft.insert(draft.len(), item.clone()));
    }

    /// Takes the last item out.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn pop(&self) -> Option<T> {
        if let Some(item) = in_place::remove(&self.writer, self.list.watched(), None) {
            return Some(item);
        }
        self.edit(Place::Any, |draft| draft.len().checked_sub(1).map(|last| draft.remove(last)))
    }

    /// Puts an item before the one at `at`, or at the end.
    ///
    /// # Panics
    /// Where `at` is beyond the end. Otherwise as [`push`](Self::push).
    #[track_caller]
    pub fn insert(&self, at: usize, item: T) {
        let Err(item) = in_place::insert(&self.writer, self.list.watched(), Some(at), item) else {
            return;
        };
        let inserted = self.edit(Place::Index, move |draft| {
            let len = draft.len();
            (at <= len).then(|| draft.insert(at, item.clone())).ok_or(Wrong::Insertion { at, len })
        });
        Wrong::unless(inserted, "list");
    }

    /// Takes the item at `at` out.
    ///
    /// # Panics
    /// Where there is none. Otherwise as [`push`](Self::push).
    #[track_caller]
    pub fn remove(&self, at: usize) -> T {
        if let Some(item) = in_place::remove(&self.writer, self.list.watched(), Some(at)) {
            return item;
        }
        let removed = self.edit(Place::Index, move |draft| {
            let len = draft.len();
            (at < len).then(|| draft.remove(at)).ok_or(Wrong::Index { what: "removal", at, len })
        });
        Wrong::unless(removed, "list")
    }

    /// Takes the item at `at` out, if there is one.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn try_remove(&self, at: usize) -> Option<T> {
        if let Some(item) = in_place::remove(&self.writer, self.list.watched(), Some(at)) {
            return Some(item);
        }
        self.edit(Place::Index, move |draft| (at < draft.len()).then(|| draft.remove(at)))
    }

    /// Puts `item` where the one at `at` is, which it gives.
    ///
    /// It is a change, also where both are equal.
    ///
    /// # Panics
    /// Where there is none. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// assert_eq!(lamps.set(1, "arc"), "gas");
    /// assert_eq!(lamps.snapshot(), ["oil", "arc"]);
    /// ```
    #[track_caller]
    pub fn set(&self, at: usize, item: T) -> T {
        let item = match in_place::set(&self.writer, self.list.watched(), at, item) {
            Ok(old) => return old,
            Err(item) => item,
        };
        let replaced = self.edit(Place::Index, move |draft| {
            let len = draft.len();
            let is_there = at < len;
            is_there.then(|| draft.set(at, item.clone())).ok_or(Wrong::Index {
                what: "item",
                at,
                len,
            })
        });
        Wrong::unless(replaced, "list")
    }

    /// Changes a copy of the item at `at`, and puts that in its place.
    ///
    /// `edit` is applied again where another thread's write came first.
    ///
    /// # Panics
    /// Where there is none, and with the panic of `edit`: then the list is as it was. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let counts = ListBinding::from(vec![1, 2]);
    /// counts.update(1, |count| *count += 10);
    /// assert_eq!(counts.snapshot(), [1, 12]);
    /// ```
    #[track_caller]
    pub fn update<F: FnMut(&mut T) + 'static>(&self, at: usize, mut edit: F) {
        let updated = self.edit(Place::Index, move |draft| {
            let len = draft.len();
            let old = draft.items().get(at).ok_or(Wrong::Index { what: "item", at, len })?;
            let mut item = old.clone();
            edit(&mut item);
            drop(draft.set(at, item));
            Ok(())
        });
        Wrong::unless(updated, "list");
    }

    /// Takes the item at `from` out and puts it in where it then has the index `to`.
    ///
    /// # Panics
    /// Where one of them is not in the list. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec!["oil", "gas", "arc"]);
    /// lamps.move_item(0, 2);
    /// assert_eq!(lamps.snapshot(), ["gas", "arc", "oil"]);
    /// ```
    #[track_caller]
    pub fn move_item(&self, from: usize, to: usize) {
        let moved = self.edit(Place::Index, move |draft| {
            let len = draft.len();
            let at = from.max(to);
            (at < len).then(|| draft.move_item(from, to)).ok_or(Wrong::Index {
                what: "item",
                at,
                len,
            })
        });
        Wrong::unless(moved, "list");
    }

    /// Puts `items` where a range is, which it gives.
    ///
    /// # Panics
    /// Where the range begins after its end or goes beyond the list. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let numbers = ListBinding::from(vec![1, 2, 3, 4]);
    /// assert_eq!(numbers.splice(1..3, [20, 21, 22]), [2, 3]);
    /// assert_eq!(numbers.snapshot(), [1, 20, 21, 22, 4]);
    /// ```
    #[track_caller]
    pub fn splice<R, I>(&self, range: R, items: I) -> ListSnapshot<T>
    where
        R: RangeBounds<usize>,
        I: IntoIterator<Item = T>,
    {
        let (span, items) = (Span::of(&range), Tree::build(Count, items));
        let removed = self.edit(Place::Index, move |draft| {
            let (from, until) = span.within(draft.len())?;
            Ok(ListSnapshot::of(draft.splice(from, until - from, items.clone())))
        });
        Wrong::unless(removed, "list")
    }

    /// Puts many items at the end, as one edit.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn extend<I: IntoIterator<Item = T>>(&self, items: I) {
        self.append(items.into_iter().collect());
    }

    /// Puts a list at the end of this one, in `O(log n)` of both lengths.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// lamps.append(lamps.snapshot());
    /// assert_eq!(lamps.snapshot(), ["oil", "oil"]);
    /// ```
    pub fn append(&self, items: ListSnapshot<T>) {
        self.edit(Place::Any, move |draft| drop(draft.splice(draft.len(), 0, items.items.clone())));
    }

    /// Takes out what is from index `len` on.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn truncate(&self, len: usize) {
        self.edit(Place::Index, move |draft| {
            if len < draft.len() {
                drop(draft.splice(len, draft.len() - len, Tree::new(Count)));
            }
        });
    }

    /// Takes all items out.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn clear(&self) {
        self.edit(Place::Any, |draft| drop(draft.splice(0, draft.len(), Tree::new(Count))));
    }

    /// Makes it another list; followers are given it as a [`Reset`](crate::ListDiff::Reset).
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn replace_all<I: IntoIterator<Item = T>>(&self, items: I) {
        let items = Tree::build(Count, items);
        self.edit(Place::Any, move |draft| draft.reset(items.clone()));
    }

    /// Keeps the items for which `keep` says so.
    ///
    /// # Panics
    /// With the panic of `keep`: then the list is as it was. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let numbers = ListBinding::from(vec![1, 2, 3, 4]);
    /// numbers.retain(|number| number % 2 == 0);
    /// assert_eq!(numbers.snapshot(), [2, 4]);
    /// ```
    pub fn retain<F: FnMut(&T) -> bool + 'static>(&self, mut keep: F) {
        self.edit(Place::Any, move |draft| retain(draft, &mut keep));
    }

    /// Sorts the items, equal ones in the order in which they are.
    ///
    /// # Panics
    /// As [`sort_by`](Self::sort_by).
    pub fn sort(&self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// Sorts the items by a key, those with equal keys in the order in which they are.
    ///
    /// # Panics
    /// As [`sort_by`](Self::sort_by).
    pub fn sort_by_key<K: Ord, F: FnMut(&T) -> K + 'static>(&self, mut key: F) {
        self.sort_by(move |a, b| key(a).cmp(&key(b)));
    }

    /// Sorts the items as `compare` says, equal ones in the order in which they are.
    ///
    /// # Panics
    /// With the panic of `compare`: then the list is as it was. Otherwise as [`push`](Self::push).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let numbers = ListBinding::from(vec![3, 1, 2]);
    /// numbers.sort_by(|a, b| b.cmp(a));
    /// assert_eq!(numbers.snapshot(), [3, 2, 1]);
    /// ```
    pub fn sort_by<F: FnMut(&T, &T) -> Ordering + 'static>(&self, mut compare: F) {
        self.edit(Place::Any, move |draft| {
            let mut items: Vec<T> = draft.items().iter().cloned().collect();
            if !items.is_sorted_by(|a, b| compare(a, b).is_le()) {
                items.sort_by(&mut compare);
                drop(draft.splice(0, draft.len(), Tree::build(Count, items)));
            }
        });
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// See [`edit`].
    pub(super) fn edit<R, F>(&self, place: Place, make: F) -> R
    where
        R: 'static,
        F: FnMut(&mut Draft<T>) -> R + 'static,
    {
        edit::<ListSnapshot<T>, _, _>(&self.writer, place, make)
    }
}

/// One splice for each run of items that go, from the end, so that the places of the others stay; or one for
/// all, where that is less.
fn retain<T: Clone>(draft: &mut Draft<T>, keep: &mut impl FnMut(&T) -> bool) {
    let mut gone: Vec<(usize, usize)> = Vec::new();
    for (at, item) in draft.items().iter().enumerate() {
        if keep(item) {
            continue;
        }
        match gone.last_mut() {
            Some((from, count)) if *from + *count == at => *count += 1,
            _ => gone.push((at, 1)),
        }
    }
    if gone.len() * 16 <= draft.len() {
        for (from, count) in gone.into_iter().rev() {
            draft.put(from, count, [].into_iter());
        }
        return;
    }
    let mut runs = gone.into_iter().peekable();
    let mut kept = Vec::new();
    for (at, item) in draft.items().iter().enumerate() {
        let _past = runs.next_if(|(from, count)| from + count <= at);
        if runs.peek().is_none_or(|(from, _)| at < *from) {
            kept.push(item.clone());
        }
    }
    drop(draft.splice(0, draft.len(), Tree::build(Count, kept)));
}

impl<T> Deref for ListBinding<T> {
    type Target = ListRef<T>;

    fn deref(&self) -> &ListRef<T> {
        &self.list
    }
}

impl<T> Clone for ListBinding<T> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), list: self.list.clone() }
    }
}

impl<T> PartialEq for ListBinding<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<T> Eq for ListBinding<T> {}

impl<T: Clone + Send + Sync + 'static> Default for ListBinding<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone + Send + Sync + 'static> From<Vec<T>> for ListBinding<T> {
    #[track_caller]
    fn from(items: Vec<T>) -> Self {
        Self::of(Tree::build(Count, items))
    }
}

impl<T: Clone + Send + Sync + 'static> From<ListSnapshot<T>> for ListBinding<T> {
    #[track_caller]
    fn from(items: ListSnapshot<T>) -> Self {
        Self::of(items.items)
    }
}

impl<T: Clone + Send + Sync + 'static> FromIterator<T> for ListBinding<T> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::of(Tree::build(Count, items))
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for ListBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ListBinding").field(&self.list.snapshot()).finish()
    }
}
