//! The rows of each group.
//!
//! The [`rows`](super::rows) of a list in the order of their groups are its groups, one behind the other, each in the
//! order of the list. So the place of a row in its group is its place by key, less that of the group's first row.
//!
//! ```text
//!   source    a1  b1  a2  c1  b2         in order of the groups    a1 a2 │ b1 b2 │ c1
//!                                                                          ▲
//!   b2 is at 3, the first b is at 2: b2 is number 1 of its group           2
//! ```

use std::collections::BTreeMap;

use super::{
    MapSource, Operator, Seals, Source,
    changes::changes,
    derive_map, each, no_reset,
    rows::{Rows, are_many, is_much},
};
use crate::collections::{
    diff::ListDiff,
    list_ref::ListRef,
    maps::{Entries, MapDraft, MapRef, MapSnapshot},
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The items of each group, in the order in which they are here: those for which `group` gives one key.
    ///
    /// `group` runs for the items that have come in or changed. A group of which no item is left is not in the map.
    /// **One value for each group, [`group_fold`](Self::group_fold); one group alone, with its differences,
    /// [`filter`](Self::filter).**
    ///
    /// # Panics
    /// Not here. A panic of `group` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` comparisons and one call for each changed item, however many items and groups there are; one
    /// difference for each group that has changed. A change of more than a quarter of the items, or of what `group` has
    /// read for so many, groups anew, and is a [`Reset`](crate::MapDiff::Reset).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let words = ListBinding::from(vec!["oil", "arc", "ozone"]);
    /// let by_letter = words.group_by(|word| word.as_bytes()[0]);
    /// words.push("ohm");
    /// words.remove(1);
    /// assert_eq!(by_letter.len(), 1);
    /// assert_eq!(by_letter.get(&b'o').unwrap(), ["oil", "ozone", "ohm"]);
    /// ```
    #[track_caller]
    pub fn group_by<K, F>(&self, group: F) -> MapRef<K, ListSnapshot<T>>
    where
        K: Ord + Clone + Send + Sync + 'static,
        F: Fn(&T) -> K + Send + Sync + 'static,
    {
        derive_map(OfList { source: Source::new(self), group })
    }
}

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The entries of each group, as a map: those for which `group` gives one key.
    ///
    /// `group` runs for the entries that have come in or changed. A group of which no entry is left is not in the map.
    /// **One value for each group, [`group_fold`](Self::group_fold).**
    ///
    /// # Panics
    /// Not here. A panic of `group` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed entry; one difference for each group that has changed.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let by_price = prices.group_by(|_, price| *price);
    /// prices.insert("gas", 3);
    /// assert!(by_price.snapshot()[&3].keys().eq(&["gas", "oil"]));
    /// assert!(!by_price.contains_key(&5));
    /// ```
    #[track_caller]
    pub fn group_by<G, F>(&self, group: F) -> MapRef<G, MapSnapshot<K, V>>
    where
        G: Ord + Clone + Send + Sync + 'static,
        F: Fn(&K, &V) -> G + Send + Sync + 'static,
    {
        derive_map(OfMap { source: MapSource::new(self), group })
    }
}

struct OfList<T, F> {
    source: Source<T>,
    group: F,
}

#[derive(Clone)]
struct KeptOfList<K: Clone> {
    seen: Rev,
    rows: Rows<K>,
    seals: Seals,
}

/// Groups of a list under edit.
struct Grouping<'a, K: Clone, T> {
    rows: &'a mut Rows<K>,
    out: &'a MapDraft<K, ListSnapshot<T>>,
    touched: BTreeMap<K, Tree<T>>,
}

impl<K: Ord + Clone, T: Clone> Grouping<'_, K, T> {
    /// The group, and how many rows are in the groups before it.
    fn group(&mut self, key: &K) -> (&mut Tree<T>, usize) {
        let is_before = |row: &super::rows::Row<K>| row.key < *key;
        let before = self.rows.by_key.partition_point(is_before, is_before);
        let out = self.out;
        let known = || out.entries().get(key).map_or(Tree::new(Count), |list| list.items.clone());
        (self.touched.entry(key.clone()).or_insert_with(known), before)
    }

    fn insert(&mut self, at: usize, key: &K, item: T) {
        let place = self.rows.insert(at, key.clone(), &K::cmp);
        let (group, before) = self.group(key);
        group.insert(place - before, item);
    }

    fn remove(&mut self, at: usize) -> (K, T) {
        let (key, place) = self.rows.remove(at, &K::cmp);
        let (group, before) = self.group(&key);
        let item = group.remove(place - before);
        (key, item)
    }

    /// The row at `at` has come to this group, which may be the one that it is in.
    fn ask_again(&mut self, at: usize, key: &K) {
        if self.rows.by_position.get(at).is_some_and(|row| row.key != *key) {
            let (_, item) = self.remove(at);
            self.insert(at, key, item);
        }
    }
}

impl<T, K, F> Operator<MapSnapshot<K, ListSnapshot<T>>> for OfList<T, F>
where
    T: Clone + Send + Sync + 'static,
    K: Ord + Clone + Send + Sync + 'static,
    F: Fn(&T) -> K + Send + Sync + 'static,
{
    type Kept = KeptOfList<K>;

    fn step(&self, kept: &mut Self::Kept, out: &mut MapDraft<K, ListSnapshot<T>>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let len = state.snapshot.len();
            if is_much(each(missed), len) || kept.seals.is_void() {
                return None;
            }
            let rows = &mut kept.rows;
            let mut grouping = Grouping { rows, out: &*out, touched: BTreeMap::new() };
            let known = kept.seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            for _ in 0..removed.len() {
                                drop(grouping.remove(*at));
                            }
                            for (place, item) in (*at..).zip(inserted) {
                                let key = asking.row(|| (self.group)(item));
                                grouping.insert(place, &key, item.clone());
                            }
                            asking.put(*at, removed.len());
                        }
                        ListDiff::Move { from, to } => {
                            let (key, item) = grouping.remove(*from);
                            grouping.insert(*to, &key, item);
                            asking.move_row(*from, *to);
                        }
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                let broken = asking.broken();
                if are_many(&broken, len) {
                    return None;
                }
                for rows in broken {
                    let items = state.snapshot.items.iter_range(rows.start, rows.end);
                    for (at, item) in rows.clone().zip(items) {
                        let key = asking.row(|| (self.group)(item));
                        grouping.ask_again(at, &key);
                    }
                    asking.put(rows.start, rows.len());
                }
                Some(())
            });
            known?;
            for (key, group) in grouping.touched {
                out.put(&key, (!group.is_empty()).then(|| ListSnapshot::of(group)));
            }
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<K, ListSnapshot<T>>, Self::Kept) {
        self.source.with(|state| {
            let ((rows, order), seals) = Seals::build(|asking| {
                let items = state.snapshot.iter();
                let keys = items.map(|item| asking.row(|| (self.group)(item))).collect();
                Rows::build(keys, &K::cmp)
            });
            let items: Vec<&T> = state.snapshot.iter().collect();
            let mut groups: Vec<(K, Vec<T>)> = Vec::new();
            for (row, at) in rows.by_key.iter().zip(order) {
                match groups.last_mut() {
                    Some((key, group)) if *key == row.key => group.push(items[at].clone()),
                    _ => groups.push((row.key.clone(), vec![items[at].clone()])),
                }
            }
            let groups = groups.into_iter().map(|(key, group)| (key, ListSnapshot::from(group)));
            let entries = Entries::sorted(Tree::build(Count, groups));
            (entries, KeptOfList { seen: state.rev, rows, seals })
        })
    }
}

struct OfMap<K, V, F> {
    source: MapSource<K, V>,
    group: F,
}

#[derive(Clone)]
struct KeptOfMap<K, G> {
    seen: Rev,
    /// Of each entry of the source, its group as it was when the entry came.
    groups: Entries<K, G>,
    seals: Seals,
}

/// The groups of a map's entries, as they are changed.
struct Moving<'a, K, V, G> {
    groups: &'a mut Entries<K, G>,
    out: &'a MapDraft<G, MapSnapshot<K, V>>,
    /// The groups that have changed, as they have become.
    touched: BTreeMap<G, Entries<K, V>>,
}

impl<K: Ord + Clone, V: Clone, G: Ord + Clone> Moving<'_, K, V, G> {
    fn group(&mut self, group: G) -> &mut Entries<K, V> {
        let out = self.out;
        self.touched.entry(group).or_insert_with_key(|group| {
            let known = out.entries().get(group);
            known.map_or_else(Entries::new, |map: &MapSnapshot<K, V>| map.entries.clone())
        })
    }

    /// The entry under `key` has this value in this group, or has gone.
    fn change(&mut self, key: &K, after: Option<(G, &V)>) {
        let before = self.groups.remove(key);
        if let Some(before) = before
            && after.as_ref().map(|(group, _)| group) != Some(&before)
        {
            drop(self.group(before).remove(key));
        }
        if let Some((after, value)) = after {
            self.groups.insert(key.clone(), after.clone());
            self.group(after).insert(key.clone(), value.clone());
        }
    }
}

impl<K, V, G, F> Operator<MapSnapshot<G, MapSnapshot<K, V>>> for OfMap<K, V, F>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    G: Ord + Clone + Send + Sync + 'static,
    F: Fn(&K, &V) -> G + Send + Sync + 'static,
{
    type Kept = KeptOfMap<K, G>;

    fn step(&self, kept: &mut Self::Kept, out: &mut MapDraft<G, MapSnapshot<K, V>>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let groups = &mut kept.groups;
            let mut moving = Moving { groups, out: &*out, touched: BTreeMap::new() };
            kept.seals.ask(|asking| {
                for change in changes(missed) {
                    let made = change.new.map(|new| asking.row(|| (self.group)(change.key, new)));
                    moving.change(change.key, made.zip(change.new));
                    let count = usize::from(change.old.is_some());
                    asking.put_by(|| state.snapshot.rank(change.key), count);
                }
                for rows in asking.broken() {
                    let entries = state.snapshot.entries.tree();
                    for (key, value) in entries.iter_range(rows.start, rows.end) {
                        let group = asking.row(|| (self.group)(key, value));
                        if moving.groups.get(key) != Some(&group) {
                            moving.change(key, Some((group, value)));
                        }
                    }
                    asking.put(rows.start, rows.len());
                }
            });
            for (key, entries) in moving.touched {
                out.put(&key, (!entries.is_empty()).then_some(MapSnapshot { entries }));
            }
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<G, MapSnapshot<K, V>>, Self::Kept) {
        self.source.with(|state| {
            let (groups, seals) = Seals::build(|asking| {
                let entries = state.snapshot.iter();
                let groups = entries.map(|(key, value)| asking.row(|| (self.group)(key, value)));
                groups.collect::<Vec<G>>()
            });
            let mut members: BTreeMap<G, Vec<(K, V)>> = BTreeMap::new();
            for (entry, group) in state.snapshot.entries.iter().zip(&groups) {
                members.entry(group.clone()).or_default().push(entry.clone());
            }
            let members = members.into_iter().map(|(group, entries)| {
                let entries = Entries::sorted(Tree::build(Count, entries));
                (group, MapSnapshot { entries })
            });
            let entries = Entries::sorted(Tree::build(Count, members));
            let groups = state.snapshot.keys().cloned().zip(groups);
            let groups = Entries::sorted(Tree::build(Count, groups));
            (entries, KeptOfMap { seen: state.rev, groups, seals })
        })
    }
}
