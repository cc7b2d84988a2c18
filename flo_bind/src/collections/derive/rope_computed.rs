//! Ropes of cells that are computed whole.

use super::{Operator, derive_rope, differences::differences};
use crate::{
    collections::rope::{RopeDraft, RopePart, RopeRef, RopeSnapshot},
    graph::garbage::drop_caught,
};

impl<C, A> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Default + Send + Sync + 'static,
{
    /// A rope of the cells that `compute` gives, all with the default attribute. Where something that it has read has changed,
    /// all cells go and come. **[`computed_difference`](Self::computed_difference) compares them.**
    ///
    /// # Panics
    /// Not here. A panic of `compute` reaches those who read the rope, until an input changes.
    ///
    /// # Cost
    /// `O(n)` for each new value that is asked for.
    ///
    /// ```
    /// use flo_bind::{BoundExt, RopeRef, bind};
    /// let name = bind("oil");
    /// let text = RopeRef::<char, ()>::computed({
    ///     let name = name.read_only();
    ///     move || name.get().chars()
    /// });
    /// assert_eq!(text.read_cells(..), ['o', 'i', 'l']);
    /// name.set("gas");
    /// assert_eq!(text.read_cells(..), ['g', 'a', 's']);
    /// ```
    #[track_caller]
    pub fn computed<I, F>(compute: F) -> Self
    where
        I: IntoIterator<Item = C>,
        F: Fn() -> I + Send + Sync + 'static,
    {
        derive_rope(Whole(compute))
    }

    /// A rope of the cells that `compute` gives, all with the default attribute, whose differences are found by comparing: only
    /// what differs goes and comes. **Where the rope is edited, a [`RopeBinding`](crate::RopeBinding) knows its differences
    /// and compares nothing.**
    ///
    /// # Panics
    /// As [`computed`](Self::computed).
    ///
    /// # Cost
    /// That of [`list_from`](crate::list_from): `O(n)` for each new value, and as many comparisons for each cell that comes or
    /// goes, at the worst; the differences are the fewest, where not more than 256 cells come and go.
    ///
    /// ```
    /// use flo_bind::{BoundExt, RopeDiff, RopeRef, bind};
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let name = bind("oil lamp");
    /// let text = RopeRef::<char, ()>::computed_difference({
    ///     let name = name.read_only();
    ///     move || name.get().chars()
    /// });
    /// let mut changes = text.follow_changes();
    /// let _reset = changes.next().now_or_never();
    /// name.set("oil lamps");
    /// let batch = changes.next().now_or_never().flatten().unwrap();
    /// let diffs: Vec<_> = batch.iter().collect();
    /// assert!(matches!(diffs[..], [RopeDiff::Replace { range, .. }] if *range == (8..8)));
    /// ```
    #[track_caller]
    pub fn computed_difference<I, F>(compute: F) -> Self
    where
        C: PartialEq,
        I: IntoIterator<Item = C>,
        F: Fn() -> I + Send + Sync + 'static,
    {
        derive_rope(Compared(compute))
    }
}

struct Whole<F>(F);

struct Compared<F>(F);

fn part<C, A: Default>(cells: impl IntoIterator<Item = C>) -> RopePart<C, A> {
    RopePart::of_one(cells.into_iter().collect(), A::default())
}

/// The cells that were seen are those of the output: nothing is kept. Each run computes, and so reads all that it depends on
/// (C5).
impl<C, A, I, F> Operator<RopeSnapshot<C, A>> for Whole<F>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Default + Send + Sync + 'static,
    I: IntoIterator<Item = C>,
    F: Fn() -> I + Send + Sync + 'static,
{
    type Kept = ();

    fn step(&self, (): &mut (), out: &mut RopeDraft<C, A>) -> Option<()> {
        drop_caught(out.replace(0..out.len(), &part((self.0)())));
        Some(())
    }

    fn build(&self) -> (RopeSnapshot<C, A>, ()) {
        (RopeSnapshot::uniform((self.0)(), A::default()), ())
    }
}

/// As [`Whole`].
impl<C, A, I, F> Operator<RopeSnapshot<C, A>> for Compared<F>
where
    C: Clone + PartialEq + Send + Sync + 'static,
    A: Clone + PartialEq + Default + Send + Sync + 'static,
    I: IntoIterator<Item = C>,
    F: Fn() -> I + Send + Sync + 'static,
{
    type Kept = ();

    fn step(&self, (): &mut (), out: &mut RopeDraft<C, A>) -> Option<()> {
        let new: Vec<C> = (self.0)().into_iter().collect();
        let before = out.cells().clone();
        let old: Vec<&C> = before.iter().collect();
        // From the end, so that the places of the others stay.
        for edit in differences(&old, &new).into_iter().rev() {
            drop_caught(out.replace(edit.old, &part(new[edit.new].iter().cloned())));
        }
        Some(())
    }

    fn build(&self) -> (RopeSnapshot<C, A>, ()) {
        (RopeSnapshot::uniform((self.0)(), A::default()), ())
    }
}
