//! Some of a map's entries, with the values that are made of theirs.
//!
//! An entry of the output has the key of the one that it is made of, which is all that has to be known of its place.

use super::{MapSource, Operator, Seals, changes::changes, derive_map};
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
    /// The map of what `f` makes of each value, under the same keys.
    ///
    /// `f` runs for the entries that have come in or changed, and for those for which it has read something else, a binding,
    /// that has changed.
    ///
    /// # Panics
    /// Not here. A panic of `f` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed entry; an idle map costs its source nothing.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let labels = prices.map(|lamp, price| format!("{lamp}: {price} €"));
    /// prices.insert("gas", 5);
    /// assert!(labels.snapshot().values().eq(["gas: 5 €", "oil: 3 €"]));
    /// ```
    #[track_caller]
    pub fn map<U, F>(&self, f: F) -> MapRef<K, U>
    where
        U: Clone + Send + Sync + 'static,
        F: Fn(&K, &V) -> U + Send + Sync + 'static,
    {
        self.filter_map(move |key, value| Some(f(key, value)))
    }

    /// The map of the entries for which `keep` says so.
    ///
    /// `keep` runs for the entries that have come in or changed. It may read other bindings: where one of them has
    /// changed it runs for the entries for which it has read that, and those that come and go are the differences.
    ///
    /// # Panics
    /// Not here. A panic of `keep` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed entry; an idle map costs its source nothing.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding, bind};
    /// let (prices, most) = (MapBinding::from_iter([("oil", 3), ("gas", 5)]), bind(4));
    /// let cheap = prices.filter({
    ///     let most = most.read_only();
    ///     move |_, price| *price <= most.get()
    /// });
    /// assert!(cheap.snapshot().keys().eq(&["oil"]));
    /// prices.insert("oil", 6);
    /// most.set(5);
    /// assert!(cheap.snapshot().keys().eq(&["gas"]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn filter<F>(&self, keep: F) -> Self
    where
        F: Fn(&K, &V) -> bool + Send + Sync + 'static,
    {
        let keep = move |key: &K, value: &V| keep(key, value).then(|| value.clone());
        derive_map(Filter { source: MapSource::new(self), keep, again: Again::Same })
    }

    /// The map of what `f` makes of the values of which it makes something: [`filter`](Self::filter) and
    /// [`map`](Self::map) in one.
    ///
    /// # Panics
    /// As [`map`](Self::map).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let texts = MapBinding::from_iter([("oil", "3"), ("gas", "five")]);
    /// let prices = texts.filter_map(|_, text| text.parse::<i32>().ok());
    /// assert_eq!((prices.get("oil"), prices.get("gas")), (Some(3), None));
    /// ```
    #[track_caller]
    pub fn filter_map<U, F>(&self, f: F) -> MapRef<K, U>
    where
        U: Clone + Send + Sync + 'static,
        F: Fn(&K, &V) -> Option<U> + Send + Sync + 'static,
    {
        derive_map(Filter { source: MapSource::new(self), keep: f, again: Again::Other })
    }

    /// The set of the keys. Another value of a key is no change of it. **As a list, [`keys`](Self::keys).**
    ///
    /// # Cost
    /// `O(log n)` for each key that comes or goes.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let lamps = prices.key_set();
    /// prices.insert("gas", 5);
    /// assert!(lamps.contains("gas"));
    /// ```
    #[track_caller]
    pub fn key_set(&self) -> SetRef<K> {
        derive_map(KeySet(MapSource::new(self))).into()
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetRef<K> {
    /// The set of the items for which `keep` says so, as [`MapRef::filter`].
    ///
    /// ```
    /// use flo_bind::SetBinding;
    /// let numbers = SetBinding::from_iter([1, 2, 3]);
    /// let even = numbers.filter(|number| number % 2 == 0);
    /// numbers.insert(4);
    /// assert!(even.snapshot().iter().eq(&[2, 4]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn filter<F>(&self, keep: F) -> Self
    where
        F: Fn(&K) -> bool + Send + Sync + 'static,
    {
        self.as_map().filter(move |item, ()| keep(item)).into()
    }
}

struct Filter<K, V, F> {
    source: MapSource<K, V>,
    keep: F,
    again: Again,
}

/// What an unchanged entry comes to that passes again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Same,
    Other,
}

#[derive(Clone)]
struct Kept {
    seen: Rev,
    seals: Seals,
}

impl<K, V, U, F> Operator<MapSnapshot<K, U>> for Filter<K, V, F>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&K, &V) -> Option<U> + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut MapDraft<K, U>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            kept.seals.ask(|asking| {
                for change in changes(missed) {
                    let keep = |new| asking.row(|| (self.keep)(change.key, new));
                    out.put(change.key, change.new.and_then(keep));
                    let count = usize::from(change.old.is_some());
                    asking.put_by(|| state.snapshot.rank(change.key), count);
                }
                for rows in asking.broken() {
                    let entries = state.snapshot.entries.tree();
                    for (key, value) in entries.iter_range(rows.start, rows.end) {
                        let kept = asking.row(|| (self.keep)(key, value));
                        let is_other = self.again == Again::Other;
                        if is_other || kept.is_some() != out.entries().find(key).is_ok() {
                            out.put(key, kept);
                        }
                    }
                    asking.put(rows.start, rows.len());
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<K, U>, Kept) {
        self.source.with(|state| {
            let (entries, seals) = Seals::build(|asking| {
                let made = state.snapshot.iter().filter_map(|(key, value)| {
                    Some((key.clone(), asking.row(|| (self.keep)(key, value))?))
                });
                Entries::sorted(Tree::build(Count, made))
            });
            (entries, Kept { seen: state.rev, seals })
        })
    }
}

struct KeySet<K, V>(MapSource<K, V>);

impl<K, V> Operator<MapSnapshot<K, ()>> for KeySet<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut MapDraft<K, ()>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for change in changes(missed) {
                if change.old.is_some() != change.new.is_some() {
                    out.put(change.key, change.new.map(|_| ()));
                }
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<K, ()>, Rev) {
        self.0.with(|state| {
            let keys = state.snapshot.keys().map(|key| (key.clone(), ()));
            (Entries::sorted(Tree::build(Count, keys)), state.rev)
        })
    }
}
