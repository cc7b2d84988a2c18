//! What happened to a rope.

use std::{mem, ops::Range};

use super::{
    attributes::{RopeAttributes, RopePart},
    rope_snapshot::RopeSnapshot,
};
use crate::collections::{batch::Batch, diff::Diverged};

/// One step that led from a rope to the next one.
///
/// What comes in has its attributes with it, also where it has inherited them. With the feature `serde` it is written without
/// what was there: who receives it has that.
///
/// ```
/// use flo_bind::{RopeBinding, RopeDiff};
/// use futures::{FutureExt, StreamExt};
///
/// let text = RopeBinding::from_iter("lamp".chars().map(|cell| (cell, "plain")));
/// let mut changes = text.follow_changes();
/// let mut next = || changes.next().now_or_never().flatten().unwrap();
/// let mut mirror = Vec::new();
/// next().apply_to(&mut mirror).unwrap();
/// text.set_attributes(0..1, "bold");
/// text.replace(1..4, ['o', 'g']);
/// let batch = next();
/// let diffs: Vec<_> = batch.iter().collect();
/// assert!(matches!(diffs[0], RopeDiff::SetAttributes { range, .. } if *range == (0..1)));
/// assert!(matches!(diffs[1], RopeDiff::Replace { range, .. } if *range == (1..4)));
/// batch.apply_to(&mut mirror).unwrap();
/// assert_eq!(mirror, [('l', "bold"), ('o', "plain"), ('g', "plain")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "C: serde::Serialize, A: serde::Serialize",
        deserialize = "C: serde::Deserialize<'de>, A: serde::Deserialize<'de> + Clone + PartialEq"
    ))
)]
#[non_exhaustive]
pub enum RopeDiff<C, A> {
    /// Cells went out, and others came in where they were.
    Replace {
        /// Which went out; where it is empty, the place where the others came in.
        range: Range<usize>,
        /// What went out, where that is known.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<RopePart<C, A>>,
        /// What came in.
        new: RopePart<C, A>,
    },
    /// Cells got other attributes.
    SetAttributes {
        /// Which cells.
        range: Range<usize>,
        /// Their attributes before, where these are known.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<RopeAttributes<A>>,
        /// Their attributes after.
        new: RopeAttributes<A>,
    },
    /// The rope is another one.
    Reset {
        /// What it was, where that is known.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<RopeSnapshot<C, A>>,
        /// What it is.
        new: RopeSnapshot<C, A>,
    },
}

#[cfg(feature = "serde")]
fn unknown<T>() -> Option<T> {
    None
}

/// The differences between two states of a rope, in order: an item of
/// [`follow_changes`](crate::RopeRef::follow_changes).
pub type RopeBatch<C, A> = Batch<RopeDiff<C, A>>;

impl<C: Clone, A: Clone> RopeDiff<C, A> {
    /// Does to `cells`, each with its attribute, what was done to the rope.
    ///
    /// # Errors
    /// [`Diverged`] where a range is not there, or has not as many cells as attributes are set; `cells` are then as they were.
    pub fn apply_to(&self, cells: &mut Vec<(C, A)>) -> Result<(), Diverged> {
        let pair = |(cell, attribute): (&C, &A)| (cell.clone(), attribute.clone());
        match self {
            Self::Replace { range, new, .. } => {
                is_within(range, cells.len())?;
                drop(cells.splice(range.clone(), new.iter().map(pair)));
            }
            Self::SetAttributes { range, new, .. } => {
                fits(range, new, cells.len())?;
                for (part, attribute) in new {
                    for (_, old) in &mut cells[range.start + part.start..range.start + part.end] {
                        drop(mem::replace(old, attribute.clone()));
                    }
                }
            }
            Self::Reset { new, .. } => drop(mem::replace(cells, new.to_vec())),
        }
        Ok(())
    }

    /// Does to `cells` and their `attributes`, which stand side by side, what was done to the rope.
    ///
    /// # Errors
    /// [`Diverged`] as [`apply_to`](Self::apply_to), and where there are not as many attributes as cells; both are then as they
    /// were.
    ///
    /// ```
    /// use flo_bind::{RopeBinding, RopeDiff};
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 1)]);
    /// let batch = text.follow_changes().next().now_or_never().flatten().unwrap();
    /// let (mut cells, mut styles) = (Vec::new(), Vec::new());
    /// for diff in &batch {
    ///     diff.apply_to_both(&mut cells, &mut styles).unwrap();
    /// }
    /// assert_eq!((cells, styles), (vec!['a', 'b'], vec![0, 1]));
    /// ```
    pub fn apply_to_both(
        &self,
        cells: &mut Vec<C>,
        attributes: &mut Vec<A>,
    ) -> Result<(), Diverged> {
        if cells.len() != attributes.len() {
            return Err(Diverged(()));
        }
        let of_each = |new: &RopeAttributes<A>| -> Vec<A> {
            let all = new.iter().flat_map(|(part, attribute)| part.map(move |_| attribute));
            all.cloned().collect()
        };
        match self {
            Self::Replace { range, new, .. } => {
                is_within(range, cells.len())?;
                let dressed = of_each(new.attributes());
                drop(cells.splice(range.clone(), new.cells().iter().cloned()));
                drop(attributes.splice(range.clone(), dressed));
            }
            Self::SetAttributes { range, new, .. } => {
                fits(range, new, cells.len())?;
                drop(attributes.splice(range.clone(), of_each(new)));
            }
            Self::Reset { new, .. } => {
                let (naked, dressed) = new.to_vec().into_iter().unzip();
                drop((mem::replace(cells, naked), mem::replace(attributes, dressed)));
            }
        }
        Ok(())
    }

    /// The step back: what leads from the rope after to the one before. `None` where it is not known what was there.
    pub fn invert(&self) -> Option<Self> {
        let back = |range: &Range<usize>, len: usize| range.start..range.start + len;
        Some(match self {
            Self::Replace { range, old, new } => Self::Replace {
                range: back(range, new.len()),
                old: Some(new.clone()),
                new: old.clone()?,
            },
            Self::SetAttributes { range, old, new } => Self::SetAttributes {
                range: range.clone(),
                old: Some(new.clone()),
                new: old.clone()?,
            },
            Self::Reset { old, new } => Self::Reset { old: Some(new.clone()), new: old.clone()? },
        })
    }
}

/// Whether a range is one of a rope of `len` cells.
pub(super) fn is_within(range: &Range<usize>, len: usize) -> Result<(), Diverged> {
    let is_within = range.start <= range.end && range.end <= len;
    is_within.then_some(()).ok_or(Diverged(()))
}

/// Whether `new` are attributes for a range of a rope of `len` cells.
pub(super) fn fits<A>(
    range: &Range<usize>,
    new: &RopeAttributes<A>,
    len: usize,
) -> Result<(), Diverged> {
    is_within(range, len)?;
    (range.len() == new.len()).then_some(()).ok_or(Diverged(()))
}

impl<C, A> Batch<RopeDiff<C, A>> {
    pub(super) fn reset(new: RopeSnapshot<C, A>) -> Self {
        Self::from_iter([RopeDiff::Reset { old: None, new }])
    }
}

impl<C: Clone, A: Clone> Batch<RopeDiff<C, A>> {
    /// Does to `cells`, each with its attribute, what was done to the rope.
    ///
    /// # Errors
    /// [`Diverged`] where a difference does not fit; what came before that one is done.
    pub fn apply_to(&self, cells: &mut Vec<(C, A)>) -> Result<(), Diverged> {
        self.iter().try_for_each(|diff| diff.apply_to(cells))
    }

    /// The way back. `None` where it is not known what was there: after a reset, and over the wire.
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 1)]);
    /// let mut changes = text.follow_changes();
    /// let _reset = changes.next().now_or_never();
    /// text.replace(.., ['c']);
    /// let batch = changes.next().now_or_never().flatten().unwrap();
    /// let mut cells = vec![('c', 0)];
    /// batch.invert().unwrap().apply_to(&mut cells).unwrap();
    /// assert_eq!(cells, [('a', 0), ('b', 1)]);
    /// ```
    pub fn invert(&self) -> Option<Self> {
        self.inverted(RopeDiff::invert)
    }
}
