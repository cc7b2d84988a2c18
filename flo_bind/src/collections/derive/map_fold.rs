//! One value of a map: of one key, or of all entries by adding what comes and taking away what goes.

use std::ops::{AddAssign, SubAssign};

use super::{
    MapSource, Seals,
    changes::changes,
    reduction::{Reduction, reduced},
};
use crate::{
    collections::{
        maps::{MapRef, SetRef},
        rev::Rev,
    },
    computed::{Computed, computed},
};

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// One value of all entries: `add` for each that comes, `take` for each that goes; both for one that changes.
    ///
    /// The order in which they come makes no difference to what `add` and `take` do, and `take` undoes an `add`;
    /// **where there is no such `take`, [`reduce`](crate::ListRef::reduce) of [`values`](Self::values); one value for
    /// each group of entries, [`group_fold`](Self::group_fold)**.
    ///
    /// # Panics
    /// Not here. A panic of a closure reaches those who read the value, until an input changes.
    ///
    /// # Cost
    /// Two calls for each changed entry, whatever the size.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let stock = MapBinding::from_iter([("oil", (2, 3)), ("gas", (1, 5))]);
    /// let worth = stock.fold(
    ///     0,
    ///     |sum, _, (count, price)| *sum += count * price,
    ///     |sum, _, (count, price)| *sum -= count * price,
    /// );
    /// stock.insert("oil", (4, 3));
    /// assert_eq!(worth.get(), 17);
    /// ```
    #[track_caller]
    pub fn fold<A, F, G>(&self, initial: A, add: F, take: G) -> Computed<A>
    where
        A: Clone + PartialEq + Send + Sync + 'static,
        F: Fn(&mut A, &K, &V) + Send + Sync + 'static,
        G: Fn(&mut A, &K, &V) + Send + Sync + 'static,
    {
        reduced(Fold { source: MapSource::new(self), initial, add, take })
    }

    /// The sum of all values. Of floats it is as exact as adding and subtracting them one by one: what is infinite or no number
    /// stays in it. **[`ListRef::reduce`](crate::ListRef::reduce) of the [`values`](Self::values) adds what is there.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let counts = MapBinding::from_iter([("oil", 1), ("gas", 2)]);
    /// let sum = counts.sum();
    /// counts.remove("oil");
    /// assert_eq!(sum.get(), 2);
    /// ```
    #[track_caller]
    pub fn sum(&self) -> Computed<V>
    where
        V: Default + PartialEq + for<'a> AddAssign<&'a V> + for<'a> SubAssign<&'a V>,
    {
        self.fold(V::default(), |sum, _, value| *sum += value, |sum, _, value| *sum -= value)
    }

    /// The value of one key, if it is there, as a computed: who depends on it is told where that value differs, whatever
    /// else happens in the map.
    ///
    /// # Cost
    /// One search, `O(log n)`, for each commit after which it is asked for; so for a hundred keys a hundred searches.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let oil = prices.lookup("oil");
    /// let shown = oil.on_change(|price| assert_eq!(*price, Some(4)));
    /// prices.insert("gas", 6);
    /// prices.insert("oil", 4);
    /// assert_eq!(oil.get(), Some(4));
    /// ```
    #[track_caller]
    pub fn lookup(&self, key: K) -> Computed<Option<V>>
    where
        V: PartialEq,
    {
        let map = self.clone();
        computed(move || map.get(&key))
    }

    /// How many entries there are, as a computed.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// assert_eq!(prices.filter(|_, price| *price > 3).count().get(), 1);
    /// ```
    #[track_caller]
    pub fn count(&self) -> Computed<usize> {
        let map = self.clone();
        computed(move || map.len())
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetRef<K> {
    /// How many items there are, as a computed.
    ///
    /// ```
    /// use flo_bind::{BoundExt, SetBinding};
    /// let lamps = SetBinding::from_iter(["oil", "gas"]);
    /// let count = lamps.count();
    /// lamps.remove("oil");
    /// assert_eq!(count.get(), 1);
    /// ```
    #[track_caller]
    pub fn count(&self) -> Computed<usize> {
        self.as_map().count()
    }
}

struct Fold<K, V, A, F, G> {
    source: MapSource<K, V>,
    initial: A,
    add: F,
    take: G,
}

#[derive(Clone)]
struct Folded<A> {
    value: A,
    seen: Rev,
    seals: Seals,
}

impl<K, V, A, F, G> Reduction for Fold<K, V, A, F, G>
where
    K: Ord + Send + Sync + 'static,
    V: Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&mut A, &K, &V) + Send + Sync + 'static,
    G: Fn(&mut A, &K, &V) + Send + Sync + 'static,
{
    type Kept = Folded<A>;
    type Value = A;

    fn step(&self, kept: &mut Folded<A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let Folded { value, seen, seals } = kept;
            if seals.is_void() {
                return None;
            }
            seals.ask(|_| {
                for change in changes(missed) {
                    if let Some(old) = change.old {
                        (self.take)(value, change.key, old);
                    }
                    if let Some(new) = change.new {
                        (self.add)(value, change.key, new);
                    }
                }
            });
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> Folded<A> {
        self.source.with(|state| {
            let mut value = self.initial.clone();
            let ((), seals) = Seals::build(|_| {
                for (key, entry) in &state.snapshot {
                    (self.add)(&mut value, key, entry);
                }
            });
            Folded { value, seen: state.rev, seals }
        })
    }

    fn value(&self, kept: &Folded<A>) -> A {
        kept.value.clone()
    }
}
