//! A `Vec` that is one value as a list, and the other way round.

use super::{Operator, derive, differences::differences};
use crate::{
    bind_ref::BindRef,
    bound::{Bound, BoundExt},
    collections::{
        draft::Draft,
        list_ref::ListRef,
        snapshot::ListSnapshot,
        tree::{Count, Tree},
    },
    computed::{Computed, computed},
};

/// A list of the items of a `Vec` in a binding or a computed, whose differences are found by comparing.
///
/// So what is computed whole, or comes whole from elsewhere, has the followers and the derived lists of any list, and
/// these do what has changed only. **Where the list is edited, a [`ListBinding`](crate::ListBinding) knows its
/// differences and compares nothing.**
///
/// # Panics
/// Not here, and not with a panic of the comparison: the list is then given anew, as a
/// [`Reset`](crate::ListDiff::Reset).
///
/// # Cost
/// `O(n)` for each new value, and as many comparisons for each item that comes or goes, at the worst. The differences are
/// the fewest, where not more than 256 items come and go; where it is more, all items between the first and the last
/// that differ go and come as one difference. An item that has moved goes and comes.
///
/// ```
/// use flo_bind::{BoundExt, ListDiff, bind, list_from};
/// use futures::{FutureExt, StreamExt};
///
/// let text = bind("oil gas wax".to_owned());
/// let words = text.map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>());
/// let list = list_from(&words);
/// let mut changes = list.follow_changes();
/// let _reset = changes.next().now_or_never();
/// text.set("oil arc gas wax".to_owned());
/// let batch = changes.next().now_or_never().flatten().unwrap();
/// let diffs: Vec<_> = batch.iter().collect();
/// assert!(matches!(diffs[..], [ListDiff::Splice { at: 1, .. }]));
/// assert_eq!(list.snapshot(), ["oil", "arc", "gas", "wax"]);
/// ```
#[track_caller]
pub fn list_from<T, B>(items: B) -> ListRef<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    B: Into<BindRef<Vec<T>>>,
{
    derive(ListFrom(items.into()))
}

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The items as one value, for those who want a `Vec`: a copy of all of them for each change that is asked for.
    /// **[`list_from`] is the inverse; a [`snapshot`](Self::snapshot) copies nothing.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// let title = lamps.to_computed().map(|lamps| lamps.join(", "));
    /// lamps.push("arc");
    /// assert_eq!(title.get(), "oil, gas, arc");
    /// ```
    #[track_caller]
    pub fn to_computed(&self) -> Computed<Vec<T>>
    where
        T: PartialEq,
    {
        let list = self.clone();
        computed(move || list.snapshot().to_vec())
    }
}

struct ListFrom<T: 'static>(BindRef<Vec<T>>);

impl<T: Clone + PartialEq + Send + Sync + 'static> Operator<ListSnapshot<T>> for ListFrom<T> {
    /// The items that were seen are those of the output.
    type Kept = ();

    fn step(&self, (): &mut (), out: &mut Draft<T>) -> Option<()> {
        let new = self.0.read();
        let before = out.items().clone();
        let old: Vec<&T> = before.iter().collect();
        // From the end, so that the places of the others stay.
        for edit in differences(&old, &new).into_iter().rev() {
            out.put(edit.old.start, edit.old.len(), new[edit.new].iter().cloned());
        }
        Some(())
    }

    fn build(&self) -> (Tree<T>, ()) {
        (self.0.with(|items| Tree::build(Count, items.iter().cloned())), ())
    }
}
