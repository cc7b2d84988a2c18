//! Lists as values.

use std::{
    fmt,
    iter::FusedIterator,
    ops::{Bound, Index, RangeBounds},
    slice,
};

use super::{
    diff::{Diverged, ListDiff},
    draft::Draft,
    tree::{Count, Iter, Tree},
};

/// An immutable list: what a [`ListBinding`](crate::ListBinding) held at one moment. A clone is a count.
///
/// # Cost
/// What is shared with the list it was taken from, and with other snapshots, is there once. An item is found in
/// `O(log n)` steps.
///
/// ```
/// use flo_bind::ListBinding;
///
/// let lamps = ListBinding::from(vec!["oil", "gas"]);
/// let before = lamps.snapshot();
/// lamps.push("arc");
/// assert_eq!(before, ["oil", "gas"]);
/// assert_eq!((before.len(), before.get(1), before[0]), (2, Some(&"gas"), "oil"));
/// ```
pub struct ListSnapshot<T> {
    pub(crate) items: Tree<T>,
}

impl<T> ListSnapshot<T> {
    pub(crate) fn of(items: Tree<T>) -> Self {
        Self { items }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Item `at`, if there is one.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.items.get(at)
    }

    /// The first item.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.len().checked_sub(1).and_then(|at| self.get(at))
    }

    /// The items in order.
    pub fn iter(&self) -> ListIter<'_, T> {
        ListIter { few: [].iter(), many: Some(self.items.iter()) }
    }

    /// Copies of all items.
    pub fn to_vec(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.iter().cloned().collect()
    }

    /// A part of it, which shares what it can.
    ///
    /// # Panics
    /// Where the range begins after its end or goes beyond the list.
    ///
    /// ```
    /// use flo_bind::ListSnapshot;
    /// let numbers: ListSnapshot<u32> = (0..10).collect();
    /// assert_eq!(numbers.range(2..5), [2, 3, 4]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn range<R: RangeBounds<usize>>(&self, range: R) -> Self
    where
        T: Clone,
    {
        let Span { from, until } = Span::of(&range);
        let (from, until) = Wrong::unless(checked(from, until, self.len()), "list");
        Self::of(self.items.range(from, until - from))
    }

    /// Does to this list what was done to the one that `diff` is of.
    ///
    /// # Errors
    /// [`Diverged`] where a place is not there; the list is then as it was.
    pub fn apply(&mut self, diff: &ListDiff<T>) -> Result<(), Diverged>
    where
        T: Clone,
    {
        let mut draft = Draft::unlogged(self.items.clone());
        draft.apply(diff)?;
        self.items = draft.into_items();
        Ok(())
    }

    /// Whether both are one list, which nobody has edited since one was cloned of the other. Takes one step.
    pub fn same_as(&self, other: &Self) -> bool {
        self.items.is(&other.items)
    }
}

/// A range as it was asked for; `None` is the end of the list.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    from: usize,
    until: Option<usize>,
}

impl Span {
    pub(crate) fn of(range: &impl RangeBounds<usize>) -> Self {
        let from = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let until = match range.end_bound() {
            Bound::Included(last) => Some(last.saturating_add(1)),
            Bound::Excluded(until) => Some(*until),
            Bound::Unbounded => None,
        };
        Self { from, until }
    }

    /// Where it begins and ends in a list of `len` items.
    pub(crate) fn within(self, len: usize) -> Result<(usize, usize), Wrong> {
        checked(self.from, self.until, len)
    }
}

fn checked(from: usize, until: Option<usize>, len: usize) -> Result<(usize, usize), Wrong> {
    let until = until.unwrap_or(len.max(from));
    if from > until {
        Err(Wrong::Order { from, until })
    } else if until > len {
        Err(Wrong::End { until, len })
    } else {
        Ok((from, until))
    }
}

/// What is wrong with a place.
pub(crate) enum Wrong {
    Order { from: usize, until: usize },
    End { until: usize, len: usize },
    Index { what: &'static str, at: usize, len: usize },
    Insertion { at: usize, len: usize },
}

impl Wrong {
    /// What was found; or a panic at the caller's place, of a place in what is called `what`. Not for a closure, which would be
    /// the caller.
    #[track_caller]
    pub(crate) fn unless<R>(found: Result<R, Self>, what: &str) -> R {
        match found {
            Ok(found) => found,
            Err(wrong) => wrong.panic(what),
        }
    }

    #[track_caller]
    fn panic(self, what: &str) -> ! {
        match self {
            Self::Order { from, until } => {
                panic!("range of a {what} starts at index {from} but ends at {until}")
            }
            Self::End { until, len } => {
                panic!("range end index {until} out of range for {what} of length {len}")
            }
            Self::Index { what, at, len } => {
                panic!("{what} index (is {at}) should be < len (is {len})")
            }
            Self::Insertion { at, len } => {
                panic!("insertion index (is {at}) should be <= len (is {len})")
            }
        }
    }
}

/// Lends the items of a list in order: [`ListSnapshot::iter`], [`Items::iter`](crate::Items::iter).
pub struct ListIter<'a, T> {
    few: slice::Iter<'a, T>,
    many: Option<Iter<'a, T>>,
}

impl<'a, T> ListIter<'a, T> {
    pub(crate) fn of_few(few: &'a [T]) -> Self {
        Self { few: few.iter(), many: None }
    }

    pub(crate) fn of_tree(items: &'a Tree<T>) -> Self {
        Self { few: [].iter(), many: Some(items.iter()) }
    }
}

impl<'a, T> Iterator for ListIter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        match &mut self.many {
            Some(many) => many.next(),
            None => self.few.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.many.as_ref().map_or_else(|| self.few.size_hint(), Iterator::size_hint)
    }
}

impl<T> DoubleEndedIterator for ListIter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.many {
            Some(many) => many.next_back(),
            None => self.few.next_back(),
        }
    }
}

impl<T> ExactSizeIterator for ListIter<'_, T> {}
impl<T> FusedIterator for ListIter<'_, T> {}

impl<T> Clone for ListIter<'_, T> {
    fn clone(&self) -> Self {
        Self { few: self.few.clone(), many: self.many.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for ListIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T> Clone for ListSnapshot<T> {
    fn clone(&self) -> Self {
        Self::of(self.items.clone())
    }
}

impl<T> Default for ListSnapshot<T> {
    fn default() -> Self {
        Self::of(Tree::new(Count))
    }
}

impl<T> FromIterator<T> for ListSnapshot<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::of(Tree::build(Count, items))
    }
}

impl<T> From<Vec<T>> for ListSnapshot<T> {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<'a, T> IntoIterator for &'a ListSnapshot<T> {
    type Item = &'a T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<T> Index<usize> for ListSnapshot<T> {
    type Output = T;

    #[track_caller]
    fn index(&self, at: usize) -> &T {
        match self.get(at) {
            Some(item) => item,
            None => panic!("index out of bounds: the len is {} but the index is {at}", self.len()),
        }
    }
}

impl<T: PartialEq> PartialEq for ListSnapshot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Eq> Eq for ListSnapshot<T> {}

impl<T: PartialEq<U>, U> PartialEq<Vec<U>> for ListSnapshot<T> {
    fn eq(&self, other: &Vec<U>) -> bool {
        self == other.as_slice()
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for ListSnapshot<T> {
    fn eq(&self, other: &[U; N]) -> bool {
        self == other.as_slice()
    }
}

impl<T: PartialEq<U>, U> PartialEq<[U]> for ListSnapshot<T> {
    fn eq(&self, other: &[U]) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(mine, other)| mine == other)
    }
}

impl<T: fmt::Debug> fmt::Debug for ListSnapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
