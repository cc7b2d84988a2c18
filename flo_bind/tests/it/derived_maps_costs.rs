//! Derived maps: how often closures run and keys are compared, whatever the size.

use std::{
    cell::Cell,
    cmp::Ordering,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{BoundExt, ListBinding, MapBinding};

#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<AtomicUsize>);

impl Calls {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    pub(crate) fn take(&self) -> usize {
        self.0.swap(0, Relaxed)
    }
}

const LENGTHS: [u64; 3] = [1_000, 100_000, 1_000_000];

#[test]
fn an_edit_of_a_list_costs_as_many_calls_of_what_is_grouped_whatever_the_length() {
    for n in LENGTHS {
        let list: ListBinding<u64> = (0..n).collect();
        let calls: [Calls; 5] = Default::default();
        let [grouped, keyed, group, added, taken] = calls.clone();
        let groups = list.group_by(move |item| {
            grouped.count();
            item % 100
        });
        let index = list.index_by(move |item| {
            keyed.count();
            *item
        });
        let totals = list.group_fold(
            move |item| {
                group.count();
                item % 50
            },
            0_u64,
            move |sum, item| {
                added.count();
                *sum += item;
            },
            move |sum, item| {
                taken.count();
                *sum -= item;
            },
        );
        let read = || (groups.len(), index.len(), totals.len());
        read();
        assert_eq!(calls[0].take() as u64, n);
        for one in &calls {
            one.take();
        }
        let mut place = 7_u64;
        for number in 0..200 {
            place = (place * 48_271) % (n - 10);
            let at = usize::try_from(place).unwrap();
            match number % 4 {
                0 => list.insert(at, place * 3),
                1 => drop(list.remove(at)),
                2 => list.move_item(at, at / 2),
                _ => drop(list.set(at, place * 5)),
            }
            read();
            let made: Vec<usize> = calls.iter().map(Calls::take).collect();
            assert!(made.iter().all(|made| *made <= 1), "{made:?} at {n}");
        }
        let sum: u64 = totals.snapshot().values().sum();
        assert_eq!(sum, list.snapshot().iter().sum::<u64>());
    }
}

#[test]
fn an_edit_of_a_map_costs_as_many_calls_whatever_the_size() {
    for n in LENGTHS {
        let map: MapBinding<u64, u64> = (0..n).map(|key| (key, key)).collect();
        let other: MapBinding<u64, u64> = (0..n).step_by(2).map(|key| (key, 1)).collect();
        let calls: [Calls; 4] = Default::default();
        let [mapped, filtered, named, added] = calls.clone();
        let kept = map
            .map(move |_, value| {
                mapped.count();
                value * 2
            })
            .filter(move |_, value| {
                filtered.count();
                value % 5 != 0
            });
        let joined = kept.join(&other).join_by(&map, move |key, _| {
            named.count();
            key / 2
        });
        let taken = added.clone();
        let sum = joined.fold(
            0_u64,
            move |sum, _, ((value, _), _)| {
                added.count();
                *sum += value;
            },
            move |sum, _, ((value, _), _)| {
                taken.count();
                *sum -= value;
            },
        );
        sum.get();
        for one in &calls {
            one.take();
        }
        let mut key = 7;
        for number in 0..200 {
            key = (key * 48_271) % n;
            match number % 4 {
                0 => drop(map.insert(key, number)),
                1 => drop(map.remove(&key)),
                2 => drop(other.insert(key, 2)),
                _ => drop(other.remove(&key)),
            }
            sum.get();
            let made: Vec<usize> = calls.iter().map(Calls::take).collect();
            // An entry of the map is named by two others, each of which goes and comes.
            assert!(
                made[0] <= 1 && made[1] <= 1 && made[2] <= 1 && made[3] <= 6,
                "{made:?} at {n}"
            );
        }
        let naive: u64 = joined.snapshot().values().map(|((value, _), _)| value).sum();
        assert_eq!(sum.get(), naive);
    }
}

#[test]
fn an_idle_map_runs_nothing_and_catches_up_with_one_call_for_each_key() {
    let calls = Calls::default();
    let map: MapBinding<u32, u32> = (0..10_000).map(|key| (key, 0)).collect();
    let counted = calls.clone();
    let doubled = map.map(move |_, value| {
        counted.count();
        value * 2
    });
    assert_eq!(calls.take(), 0, "nobody has asked");
    assert_eq!((doubled.len(), calls.take()), (10_000, 10_000));
    for value in 0..50 {
        map.insert(value % 10, value);
    }
    assert_eq!(calls.take(), 0);
    assert_eq!((doubled.get(&9), calls.take()), (Some(98), 10), "M3: whatever happened meanwhile");
    for value in 0..5_000 {
        map.insert(0, value);
    }
    assert_eq!((doubled.get(&0), calls.take()), (Some(9_998), 10_000), "more than the log holds");
}

/// A key that counts how often it is compared, on this thread.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Compared(u64);

thread_local!(static COMPARISONS: Cell<u32> = const { Cell::new(0) });

impl PartialOrd for Compared {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Compared {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.with(|comparisons| comparisons.set(comparisons.get() + 1));
        self.0.cmp(&other.0)
    }
}

#[test]
fn an_edit_takes_as_many_comparisons_as_some_searches_do() {
    for n in LENGTHS {
        let list: ListBinding<Compared> = (0..n).map(|item| Compared(item / 2)).collect();
        let map: MapBinding<Compared, u64> = (0..n).map(|key| (Compared(key), key % 50)).collect();
        let other: MapBinding<Compared, u64> = (0..n).map(|key| (Compared(key * 2), key)).collect();
        let (once, set) = (list.distinct(), list.to_set());
        let (index, groups) = (list.index_by(Compared::clone), list.group_by(Compared::clone));
        let (joined, keys, values) = (map.left_join(&other), map.keys(), map.values());
        let named = map.join_by(&other, |_, value| Compared(value * 2));
        let (by_value, all) =
            (map.group_by(|_, value| Compared(*value)), map.key_set().union(&other.key_set()));
        let read = || {
            let lists = once.len() + keys.len() + values.len() + set.len() + all.len();
            lists + index.len() + groups.len() + joined.len() + named.len() + by_value.len()
        };
        read();
        let mut place = 7;
        for number in 0..60 {
            place = (place * 48_271) % (n - 10);
            let at = usize::try_from(place).unwrap();
            COMPARISONS.with(|comparisons| comparisons.set(0));
            match number % 5 {
                0 => list.insert(at, Compared(place)),
                1 => drop(list.remove(at)),
                2 => list.move_item(at, at / 2),
                3 => drop(map.insert(Compared(place), place % 50)),
                // An even key of more than 100, which is not named.
                _ => drop(other.remove(&Compared(place / 2 * 2 + 100))),
            }
            read();
            let comparisons = COMPARISONS.with(Cell::get);
            let search = n.ilog2() + 6;
            assert!(comparisons <= 24 * search, "{comparisons} at {n}, edit {number}");
        }
    }
}

#[test]
fn what_is_not_there_is_looked_for_once() {
    let map: MapBinding<Compared, u64> = (0..1_000).map(|key| (Compared(key * 2), key)).collect();
    for key in [1, 999, 3_000] {
        let there = map.snapshot();
        COMPARISONS.with(|comparisons| comparisons.set(0));
        assert_eq!(there.get(&Compared(key)), None);
        let search = COMPARISONS.with(|comparisons| comparisons.replace(0));
        drop(there);
        assert_eq!(map.remove(&Compared(key)), None);
        assert_eq!(COMPARISONS.with(Cell::get), search);
    }
}
