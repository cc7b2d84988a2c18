//! One value for each group of rows.
//!
//! ```text
//!   rows      (de, 3)  (fr, 5)  (de, 4)            a row that comes is added to the total of its group, one that goes is
//!   groups     de       fr       de                taken from the total of the group that it was in, which is kept:
//!   totals    de: 7 of 2 rows   fr: 5 of 1         a total of no rows goes
//! ```

use std::{collections::BTreeMap, ops::Range};

use super::{
    MapSource, Operator, Seals, Source,
    asking::Asking,
    changes::{Change, changes},
    derive_map, each, no_reset,
};
use crate::collections::{
    diff::ListDiff,
    list_ref::ListRef,
    maps::{Entries, MapDraft, MapRef, MapSnapshot, SetRef},
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// One value for each group of items: that which [`fold`](Self::fold) gives of the items for which `group` gives
    /// one key.
    ///
    /// `group` runs once for each item that has come in or changed. A group of which no item is left is not in the map.
    /// **The items of each group themselves, [`group_by`](Self::group_by).**
    ///
    /// # Panics
    /// Not here. A panic of a closure reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)`, one call of `group`, one of `add` for what comes and one of `take` for what goes, for each changed
    /// item, however many items and groups there are. What depends on one total of many is told by its key.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let orders = ListBinding::from(vec![("de", 3), ("fr", 5), ("de", 4)]);
    /// let by_country = orders.group_fold(
    ///     |order| order.0,
    ///     0,
    ///     |total, order| *total += order.1,
    ///     |total, order| *total -= order.1,
    /// );
    /// assert_eq!((by_country.get("de"), by_country.get("fr")), (Some(7), Some(5)));
    /// orders.set(1, ("de", 1));
    /// assert_eq!((by_country.get("de"), by_country.get("fr")), (Some(8), None));
    /// ```
    #[track_caller]
    pub fn group_fold<K, A, G, F, H>(&self, group: G, initial: A, add: F, take: H) -> MapRef<K, A>
    where
        K: Ord + Clone + Send + Sync + 'static,
        A: Clone + PartialEq + Send + Sync + 'static,
        G: Fn(&T) -> K + Send + Sync + 'static,
        F: Fn(&mut A, &T) + Send + Sync + 'static,
        H: Fn(&mut A, &T) + Send + Sync + 'static,
    {
        derive_map(OfList { source: Source::new(self), group, initial, add, take })
    }

    /// How many items there are of each group, as [`group_fold`](Self::group_fold).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let words = ListBinding::from(vec!["oil", "gas", "wax"]);
    /// let by_length = words.count_by(|word| word.len());
    /// words.push("lantern");
    /// assert_eq!((by_length.get(&3), by_length.get(&7)), (Some(3), Some(1)));
    /// ```
    #[track_caller]
    pub fn count_by<K, G>(&self, group: G) -> MapRef<K, usize>
    where
        K: Ord + Clone + Send + Sync + 'static,
        G: Fn(&T) -> K + Send + Sync + 'static,
    {
        self.group_fold(group, 0, |count, _| *count += 1, |count, _| *count -= 1)
    }

    /// The set of the items. **In the order of the list, [`distinct`](Self::distinct).**
    ///
    /// # Cost
    /// `O(log n)` for each changed item.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let list = ListBinding::from(vec![3, 1, 3]);
    /// let set = list.to_set();
    /// list.remove(0);
    /// assert!(set.snapshot().iter().eq(&[1, 3]));
    /// ```
    #[track_caller]
    pub fn to_set(&self) -> SetRef<T>
    where
        T: Ord,
    {
        self.count_by(T::clone).key_set()
    }
}

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// One value for each group of entries: that which [`fold`](Self::fold) gives of the entries for which `group`
    /// gives one key.
    ///
    /// `group` runs once for each entry that has come in or changed. A group of which no entry is left is not in the
    /// map.
    ///
    /// # Panics
    /// Not here. A panic of a closure reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)`, one call of `group`, one of `add` for what comes and one of `take` for what goes, for each changed
    /// entry, however many entries and groups there are.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let orders = MapBinding::from_iter([(1, ("de", 3)), (2, ("fr", 5)), (3, ("de", 4))]);
    /// let by_country = orders.group_fold(
    ///     |_, order| order.0,
    ///     0,
    ///     |total, _, order| *total += order.1,
    ///     |total, _, order| *total -= order.1,
    /// );
    /// orders.remove(&1);
    /// assert_eq!((by_country.get("de"), by_country.get("fr")), (Some(4), Some(5)));
    /// ```
    #[track_caller]
    pub fn group_fold<G, A, I, F, H>(&self, group: I, initial: A, add: F, take: H) -> MapRef<G, A>
    where
        G: Ord + Clone + Send + Sync + 'static,
        A: Clone + PartialEq + Send + Sync + 'static,
        I: Fn(&K, &V) -> G + Send + Sync + 'static,
        F: Fn(&mut A, &K, &V) + Send + Sync + 'static,
        H: Fn(&mut A, &K, &V) + Send + Sync + 'static,
    {
        derive_map(OfMap { source: MapSource::new(self), group, initial, add, take })
    }

    /// How many entries there are of each group, as [`group_fold`](Self::group_fold).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5), ("wax", 3)]);
    /// assert_eq!(prices.count_by(|_, price| *price).get(&3), Some(2));
    /// ```
    #[track_caller]
    pub fn count_by<G, I>(&self, group: I) -> MapRef<G, usize>
    where
        G: Ord + Clone + Send + Sync + 'static,
        I: Fn(&K, &V) -> G + Send + Sync + 'static,
    {
        self.group_fold(group, 0, |count, _, _| *count += 1, |count, _, _| *count -= 1)
    }
}

/// The total of each group, and of how many rows it is.
type Totals<G, A> = Entries<G, (A, usize)>;

/// Totals under edit.
struct Adding<'a, G: Clone, A> {
    initial: &'a A,
    totals: &'a mut Totals<G, A>,
    touched: Vec<G>,
}

impl<'a, G: Ord + Clone, A: Clone + PartialEq> Adding<'a, G, A> {
    fn new(initial: &'a A, totals: &'a mut Totals<G, A>) -> Self {
        Self { initial, totals, touched: Vec::new() }
    }

    fn add(&mut self, group: G, add: impl FnOnce(&mut A)) {
        let place = self.totals.find(&group);
        let known = place.ok().and_then(|at| self.totals.at(at));
        let (mut total, rows) =
            known.map_or_else(|| (self.initial.clone(), 0), |(_, known)| known.clone());
        add(&mut total);
        match place {
            Ok(at) => drop(self.totals.replace_at(at, (total, rows + 1))),
            Err(at) => self.totals.insert_at(at, group.clone(), (total, 1)),
        }
        self.touched.push(group);
    }

    fn take(&mut self, group: G, take: impl FnOnce(&mut A)) {
        let Ok(at) = self.totals.find(&group) else { unreachable!("a row is in its group") };
        match self.totals.at(at) {
            Some((_, (total, rows))) if *rows > 1 => {
                let (mut total, rows) = (total.clone(), *rows);
                take(&mut total);
                drop(self.totals.replace_at(at, (total, rows - 1)));
            }
            // What would be left is the initial one.
            _ => drop(self.totals.remove_at(at)),
        }
        self.touched.push(group);
    }

    /// Tells of those totals that are others than before.
    fn emit(mut self, out: &mut MapDraft<G, A>) {
        self.touched.sort_unstable();
        self.touched.dedup();
        for group in &self.touched {
            let total = self.totals.get(group).map(|(total, _)| total);
            if total != out.entries().get(group) {
                out.put(group, total.cloned());
            }
        }
    }
}

/// Totals that are made of all rows.
struct Building<'a, G, A> {
    initial: &'a A,
    totals: BTreeMap<G, (A, usize)>,
}

impl<'a, G: Ord + Clone, A: Clone> Building<'a, G, A> {
    fn new(initial: &'a A) -> Self {
        Self { initial, totals: BTreeMap::new() }
    }

    fn add(&mut self, group: &G, add: impl FnOnce(&mut A)) {
        match self.totals.get_mut(group) {
            Some((total, rows)) => {
                add(total);
                *rows += 1;
            }
            None => {
                let mut total = self.initial.clone();
                add(&mut total);
                self.totals.insert(group.clone(), (total, 1));
            }
        }
    }

    fn into_entries(self) -> (Entries<G, A>, Totals<G, A>) {
        let totals = Entries::sorted(Tree::build(Count, self.totals));
        let entries = totals.iter().map(|(group, (total, _))| (group.clone(), total.clone()));
        (Entries::sorted(Tree::build(Count, entries)), totals)
    }
}

struct OfList<T, A, G, F, H> {
    source: Source<T>,
    group: G,
    initial: A,
    add: F,
    take: H,
}

#[derive(Clone)]
struct KeptOfList<K, A> {
    seen: Rev,
    /// Of each row of the source, its group as it was when the row came.
    groups: Tree<K>,
    totals: Totals<K, A>,
    seals: Seals,
}

impl<T, K, A, G, F, H> OfList<T, A, G, F, H>
where
    T: Clone + Send + Sync + 'static,
    K: Ord + Clone,
    A: Clone + PartialEq,
    G: Fn(&T) -> K,
    F: Fn(&mut A, &T),
    H: Fn(&mut A, &T),
{
    fn step_rows(
        &self,
        diff: &ListDiff<T>,
        groups: &mut Tree<K>,
        adding: &mut Adding<'_, K, A>,
        asking: &mut Asking<'_>,
    ) -> Option<()> {
        match diff {
            ListDiff::Splice { at, removed, inserted } => {
                let gone = groups.iter_range(*at, at + removed.len());
                for (item, group) in removed.items()?.iter().zip(gone) {
                    adding.take(group.clone(), |total| (self.take)(total, item));
                }
                let came = inserted.iter().map(|item| asking.row(|| (self.group)(item)));
                let came: Vec<K> = came.collect();
                for (item, group) in inserted.iter().zip(&came) {
                    adding.add(group.clone(), |total| (self.add)(total, item));
                }
                groups.put(*at, removed.len(), came.into_iter());
                asking.put(*at, removed.len());
            }
            ListDiff::Move { from, to } => {
                let group = groups.remove(*from);
                groups.insert(*to, group);
                asking.move_row(*from, *to);
            }
            ListDiff::Reset { .. } => no_reset(),
        }
        Some(())
    }

    /// Asks rows for their groups again; those that get another one are taken from theirs and added to that.
    fn ask_again(
        &self,
        rows: Range<usize>,
        items: &ListSnapshot<T>,
        groups: &mut Tree<K>,
        adding: &mut Adding<'_, K, A>,
        asking: &mut Asking<'_>,
    ) {
        for (at, item) in rows.clone().zip(items.items.iter_range(rows.start, rows.end)) {
            let group = asking.row(|| (self.group)(item));
            if groups.get(at).is_some_and(|before| *before != group) {
                let before = groups.replace(at, group.clone());
                adding.take(before, |total| (self.take)(total, item));
                adding.add(group, |total| (self.add)(total, item));
            }
        }
        asking.put(rows.start, rows.len());
    }
}

impl<T, K, A, G, F, H> Operator<MapSnapshot<K, A>> for OfList<T, A, G, F, H>
where
    T: Clone + Send + Sync + 'static,
    K: Ord + Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    G: Fn(&T) -> K + Send + Sync + 'static,
    F: Fn(&mut A, &T) + Send + Sync + 'static,
    H: Fn(&mut A, &T) + Send + Sync + 'static,
{
    type Kept = KeptOfList<K, A>;

    fn step(&self, kept: &mut Self::Kept, out: &mut MapDraft<K, A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let groups = &mut kept.groups;
            let mut adding = Adding::new(&self.initial, &mut kept.totals);
            let known = kept.seals.ask(|asking| {
                for diff in each(missed) {
                    self.step_rows(diff, groups, &mut adding, asking)?;
                }
                for rows in asking.broken() {
                    self.ask_again(rows, &state.snapshot, groups, &mut adding, asking);
                }
                Some(())
            });
            known?;
            adding.emit(out);
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<K, A>, Self::Kept) {
        self.source.with(|state| {
            let mut building = Building::new(&self.initial);
            let (groups, seals) = Seals::build(|asking| {
                let rows = state.snapshot.iter().map(|item| {
                    let group = asking.row(|| (self.group)(item));
                    building.add(&group, |total| (self.add)(total, item));
                    group
                });
                Tree::build(Count, rows)
            });
            let (entries, totals) = building.into_entries();
            (entries, KeptOfList { seen: state.rev, groups, totals, seals })
        })
    }
}

struct OfMap<K, V, A, I, F, H> {
    source: MapSource<K, V>,
    group: I,
    initial: A,
    add: F,
    take: H,
}

#[derive(Clone)]
struct KeptOfMap<G, A> {
    seen: Rev,
    /// Of each entry of the source, in the order of the keys, its group as it was when the entry came.
    groups: Tree<G>,
    totals: Totals<G, A>,
    seals: Seals,
}

impl<K, V, G, A, I, F, H> Operator<MapSnapshot<G, A>> for OfMap<K, V, A, I, F, H>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    G: Ord + Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    I: Fn(&K, &V) -> G + Send + Sync + 'static,
    F: Fn(&mut A, &K, &V) + Send + Sync + 'static,
    H: Fn(&mut A, &K, &V) + Send + Sync + 'static,
{
    type Kept = KeptOfMap<G, A>;

    fn step(&self, kept: &mut Self::Kept, out: &mut MapDraft<G, A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            let groups = &mut kept.groups;
            let mut adding = Adding::new(&self.initial, &mut kept.totals);
            kept.seals.ask(|asking| {
                // In the order of the keys: all before it have been done, so that this is its place (`map_lists`).
                for Change { key, old, new } in changes(missed) {
                    let at = state.snapshot.rank(key);
                    if let Some(old) = old {
                        adding.take(groups.remove(at), |total| (self.take)(total, key, old));
                    }
                    if let Some(new) = new {
                        let group = asking.row(|| (self.group)(key, new));
                        groups.insert(at, group.clone());
                        adding.add(group, |total| (self.add)(total, key, new));
                    }
                    asking.put(at, usize::from(old.is_some()));
                }
                for rows in asking.broken() {
                    let entries = state.snapshot.entries.tree();
                    let asked = entries.iter_range(rows.start, rows.end);
                    for (at, (key, value)) in rows.clone().zip(asked) {
                        let group = asking.row(|| (self.group)(key, value));
                        if groups.get(at).is_some_and(|before| *before != group) {
                            let before = groups.replace(at, group.clone());
                            adding.take(before, |total| (self.take)(total, key, value));
                            adding.add(group, |total| (self.add)(total, key, value));
                        }
                    }
                    asking.put(rows.start, rows.len());
                }
            });
            adding.emit(out);
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<G, A>, Self::Kept) {
        self.source.with(|state| {
            let mut building = Building::new(&self.initial);
            let (groups, seals) = Seals::build(|asking| {
                let rows = state.snapshot.iter().map(|(key, value)| {
                    let group = asking.row(|| (self.group)(key, value));
                    building.add(&group, |total| (self.add)(total, key, value));
                    group
                });
                Tree::build(Count, rows)
            });
            let (entries, totals) = building.into_entries();
            (entries, KeptOfMap { seen: state.rev, groups, totals, seals })
        })
    }
}
