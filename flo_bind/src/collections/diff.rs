//! What happened to a list.

use std::{error::Error, fmt, mem};

use super::{
    snapshot::{ListIter, ListSnapshot},
    tree::{Count, Tree},
};

/// One step that led from a list to the next one.
///
/// A few kinds, so that who treats them all has not much to treat: an insertion is a splice that removes nothing, and
/// a replacement one that removes as many as it inserts.
///
/// With the feature `serde` it is written without the values that it removed: who receives it has them.
///
/// ```
/// use flo_bind::{ListBinding, ListDiff};
/// use futures::{FutureExt, StreamExt};
///
/// let lamps = ListBinding::from(vec!["oil", "gas"]);
/// let mut changes = lamps.follow_changes();
/// let mut mirror = Vec::new();
/// lamps.remove(0);
/// let batch = changes.next().now_or_never().flatten().unwrap();
/// assert!(matches!(batch.iter().next(), Some(ListDiff::Reset { .. })));
/// batch.apply_to(&mut mirror).unwrap();
/// lamps.push("arc");
/// changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
/// assert_eq!(mirror, ["gas", "arc"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ListDiff<T> {
    /// From item `at` on, `removed` went out and `inserted` came in.
    Splice {
        /// The index of the first item that went out, and then of the first that came in.
        at: usize,
        /// What went out.
        removed: Removed<T>,
        /// What came in.
        inserted: Items<T>,
    },
    /// The item at `from` went out and came in again where it has the index `to`.
    Move {
        /// Its index before.
        from: usize,
        /// Its index after.
        to: usize,
    },
    /// The list is another one.
    Reset {
        /// What it was, where that is known.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<ListSnapshot<T>>,
        /// What it is.
        new: ListSnapshot<T>,
    },
}

#[cfg(feature = "serde")]
fn unknown<T>() -> Option<ListSnapshot<T>> {
    None
}

/// Items that a [`ListDiff`] speaks of, in order. One of them takes no allocation.
#[derive(Clone)]
pub struct Items<T>(Kept<T>);

#[derive(Clone)]
enum Kept<T> {
    None,
    One(T),
    Many(Tree<T>),
}

/// What a [`ListDiff`] took out: how many items, and which, unless it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed<T> {
    pub(super) count: usize,
    pub(super) items: Option<Items<T>>,
}

/// A difference does not fit what it was to be applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diverged(pub(super) ());

impl<T> Items<T> {
    pub(crate) fn none() -> Self {
        Self(Kept::None)
    }

    pub(crate) fn one(item: T) -> Self {
        Self(Kept::One(item))
    }

    pub(crate) fn tree(items: Tree<T>) -> Self {
        Self(if items.is_empty() { Kept::None } else { Kept::Many(items) })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::None => 0,
            Kept::One(_) => 1,
            Kept::Many(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items in order.
    pub fn iter(&self) -> ListIter<'_, T> {
        match &self.0 {
            Kept::None => ListIter::of_few(&[]),
            Kept::One(item) => ListIter::of_few(std::slice::from_ref(item)),
            Kept::Many(items) => ListIter::of_tree(items),
        }
    }

    /// The only one, where there is one.
    pub(crate) fn only(&self) -> Option<&T> {
        if self.len() == 1 { self.iter().next() } else { None }
    }

    pub(crate) fn into_tree(self) -> Tree<T> {
        match self.0 {
            Kept::None => Tree::new(Count),
            Kept::One(item) => Tree::build(Count, [item]),
            Kept::Many(items) => items,
        }
    }

    pub(crate) fn to_tree(&self) -> Tree<T>
    where
        T: Clone,
    {
        match &self.0 {
            Kept::None => Tree::new(Count),
            Kept::One(item) => Tree::build(Count, [item.clone()]),
            Kept::Many(items) => items.clone(),
        }
    }
}

impl<T> Removed<T> {
    pub(crate) fn known(items: Items<T>) -> Self {
        Self { count: items.len(), items: Some(items) }
    }

    /// How many items were taken out.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether none were.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The items themselves; `None` where they did not come over the wire.
    pub fn items(&self) -> Option<&Items<T>> {
        self.items.as_ref()
    }
}

impl<T: Clone> ListDiff<T> {
    /// Does to `items` what was done to the list.
    ///
    /// # Errors
    /// [`Diverged`] where a place is not there; `items` is then as it was.
    pub fn apply_to(&self, items: &mut Vec<T>) -> Result<(), Diverged> {
        match self {
            Self::Splice { at, removed, inserted } => {
                let until = at.checked_add(removed.count).filter(|until| *until <= items.len());
                let until = until.ok_or(Diverged(()))?;
                drop(items.splice(*at..until, inserted.iter().cloned()));
            }
            Self::Move { from, to } => {
                if *from.max(to) >= items.len() {
                    return Err(Diverged(()));
                }
                let item = items.remove(*from);
                items.insert(*to, item);
            }
            Self::Reset { new, .. } => drop(mem::replace(items, new.to_vec())),
        }
        Ok(())
    }

    /// The step back: what leads from the list after to the one before. `None` where it is not known what was
    /// taken out.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// let mut changes = lamps.follow_changes();
    /// let _reset = changes.next().now_or_never();
    /// lamps.remove(0);
    /// let batch = changes.next().now_or_never().flatten().unwrap();
    /// let mut list = vec!["gas"];
    /// batch.invert().unwrap().apply_to(&mut list).unwrap();
    /// assert_eq!(list, ["oil", "gas"]);
    /// ```
    pub fn invert(&self) -> Option<Self> {
        Some(match self {
            Self::Splice { at, removed, inserted } => Self::Splice {
                at: *at,
                removed: Removed::known(inserted.clone()),
                inserted: removed.items.clone()?,
            },
            Self::Move { from, to } => Self::Move { from: *to, to: *from },
            Self::Reset { old, new } => Self::Reset { old: Some(new.clone()), new: old.clone()? },
        })
    }
}

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let Some(first) = items.next() else { return Self::none() };
        match items.next() {
            None => Self::one(first),
            Some(second) => {
                let all = [first, second].into_iter().chain(items);
                Self::tree(Tree::build(Count, all))
            }
        }
    }
}

impl<'a, T> IntoIterator for &'a Items<T> {
    type Item = &'a T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Eq> Eq for Items<T> {}

impl<T: fmt::Debug> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a difference does not fit what it was applied to")
    }
}

impl Error for Diverged {}
