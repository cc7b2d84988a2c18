//! Two maps as one, key by key.
//!
//! # Idea
//! What the output has of a key follows from what the two maps have of it. So the keys of which the output may differ
//! are those that have changed on the left, on the right, or on both sides, and each of them is looked up in both maps
//! as they are now: d(A × B) = dA × B + A × dB + dA × dB, all three at once. Nothing is kept but which states were seen.
//!
//! ```text
//!   left    a 1 ─▶ 2      b 5          joined     a (1, x) ─▶ (2, x)      b (5, y) ─▶ nothing
//!   right   a x           b y ─▶ ∅     with left  a (1, x) ─▶ (2, x)      b (5, y) ─▶ (5, ∅)
//! ```

use std::cmp::Ordering;

use super::{
    MapSource, Operator,
    changes::{changes, keys_of_both},
    derive_map,
};
use crate::collections::{
    maps::{Entries, MapDraft, MapRef, MapSnapshot, SetRef},
    rev::Rev,
    tree::{Count, Tree},
};

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The pairs of the values of those keys that are in both maps.
    ///
    /// **Where the other map has other keys, [`join_by`](Self::join_by); with the entries to which there is none on the
    /// other side, [`left_join`](Self::left_join).**
    ///
    /// # Cost
    /// `O(log n)` for each entry that has changed on one of the sides.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let counts = MapBinding::from_iter([("oil", 10)]);
    /// let worth = prices.join(&counts).map(|_, (price, count)| price * count);
    /// counts.insert("gas", 2);
    /// assert!(worth.snapshot().iter().eq([(&"gas", &10), (&"oil", &30)]));
    /// ```
    #[track_caller]
    pub fn join<W>(&self, other: &MapRef<K, W>) -> MapRef<K, (V, W)>
    where
        W: Clone + Send + Sync + 'static,
    {
        join(self, other, |left, right| Some((left?.clone(), right?.clone())))
    }

    /// The values of this map, each with that of the same key in the other one, if it is there.
    ///
    /// # Cost
    /// As [`join`](Self::join).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let counts = MapBinding::from_iter([("oil", 10)]);
    /// let stock = prices.left_join(&counts);
    /// assert_eq!((stock.get("oil"), stock.get("gas")), (Some((3, Some(10))), Some((5, None))));
    /// ```
    #[track_caller]
    pub fn left_join<W>(&self, other: &MapRef<K, W>) -> MapRef<K, (V, Option<W>)>
    where
        W: Clone + Send + Sync + 'static,
    {
        join(self, other, |left, right| Some((left?.clone(), right.cloned())))
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetRef<K> {
    /// The items that are in one of two sets or in both.
    ///
    /// # Cost
    /// `O(log n)` for each item that comes or goes in one of them.
    ///
    /// ```
    /// use flo_bind::SetBinding;
    /// let (left, right) = (SetBinding::from_iter([1, 2]), SetBinding::from_iter([2, 3]));
    /// let (all, both, rest) =
    ///     (left.union(&right), left.intersection(&right), left.difference(&right));
    /// right.remove(&2);
    /// right.insert(1);
    /// assert!(all.snapshot().iter().eq(&[1, 2, 3]));
    /// assert!(both.snapshot().iter().eq(&[1]) && rest.snapshot().iter().eq(&[2]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn union(&self, other: &Self) -> Self {
        join(self.as_map(), other.as_map(), |left, right| left.or(right).copied()).into()
    }

    /// The items that are in both sets, as [`union`](Self::union).
    #[must_use]
    #[track_caller]
    pub fn intersection(&self, other: &Self) -> Self {
        join(self.as_map(), other.as_map(), |left, right| left.and(right).copied()).into()
    }

    /// The items of this set that are not in the other one, as [`union`](Self::union).
    #[must_use]
    #[track_caller]
    pub fn difference(&self, other: &Self) -> Self {
        let only =
            |left: Option<&()>, right: Option<&()>| left.copied().filter(|()| right.is_none());
        join(self.as_map(), other.as_map(), only).into()
    }
}

/// What the output has of a key, of what both maps have of it.
type Pair<A, B, U> = fn(Option<&A>, Option<&B>) -> Option<U>;

struct Join<K, A, B, U> {
    left: MapSource<K, A>,
    right: MapSource<K, B>,
    pair: Pair<A, B, U>,
}

#[track_caller]
fn join<K, A, B, U>(left: &MapRef<K, A>, right: &MapRef<K, B>, pair: Pair<A, B, U>) -> MapRef<K, U>
where
    K: Ord + Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
    B: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
{
    derive_map(Join { left: MapSource::new(left), right: MapSource::new(right), pair })
}

impl<K, A, B, U> Operator<MapSnapshot<K, U>> for Join<K, A, B, U>
where
    K: Ord + Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
    B: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
{
    /// The states that were seen.
    type Kept = (Rev, Rev);

    fn step(&self, seen: &mut (Rev, Rev), out: &mut MapDraft<K, U>) -> Option<()> {
        self.left.since(seen.0, |left, left_missed| {
            self.right.since(seen.1, |right, right_missed| {
                for key in keys_of_both(&changes(left_missed), &changes(right_missed)) {
                    let pair = (self.pair)(left.snapshot.get(key), right.snapshot.get(key));
                    out.put(key, pair);
                }
                *seen = (left.rev, right.rev);
                Some(())
            })
        })
    }

    fn build(&self) -> (Entries<K, U>, (Rev, Rev)) {
        self.left.with(|left| {
            self.right.with(|right| {
                let mut pairs = Vec::new();
                each_key(left.snapshot.iter(), right.snapshot.iter(), |key, left, right| {
                    pairs.extend((self.pair)(left, right).map(|pair| (key.clone(), pair)));
                });
                let entries = Entries::sorted(Tree::build(Count, pairs));
                (entries, (left.rev, right.rev))
            })
        })
    }
}

/// Lends all keys in order, with what both maps have of them.
pub(super) fn each_key<'a, K: Ord + 'a, A: 'a, B: 'a>(
    left: impl Iterator<Item = (&'a K, &'a A)>,
    right: impl Iterator<Item = (&'a K, &'a B)>,
    mut f: impl FnMut(&'a K, Option<&'a A>, Option<&'a B>),
) {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let one = if order.is_le() { left.next() } else { None };
        let other = if order.is_ge() { right.next() } else { None };
        if let Some((key, _)) = one {
            f(key, one.map(|(_, value)| value), other.map(|(_, value)| value));
        } else if let Some((key, value)) = other {
            f(key, None, Some(value));
        }
    }
}
