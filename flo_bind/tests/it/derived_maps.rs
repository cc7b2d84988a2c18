//! Derived maps: how often closures run, what is told to whom, what two threads see, what is freed.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, ListBinding, MapBinding, MapDiff, MapRef, SetBinding, bind, effect, snapshot,
    transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on};

#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn take(&self) -> usize {
        self.0.swap(0, Relaxed)
    }
}

fn diffs<K, V>(changes: &mut flo_bind::FollowMapChanges<K, V>) -> Vec<MapDiff<K, V>>
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let batch = changes.next().now_or_never().flatten();
    batch.map(|batch| batch.iter().cloned().collect()).unwrap_or_default()
}

const LENGTHS: [u64; 2] = [1_000, 100_000];

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

#[test]
fn m3_what_comes_and_goes_before_anybody_looks_tells_nobody() {
    let map = MapBinding::from_iter([(1, 1)]);
    let (runs, keys, total) = (Calls::default(), map.key_set(), map.sum());
    let seen = effect({
        let (keys, runs) = (keys.clone(), runs.clone());
        move || {
            runs.count();
            assert!(keys.contains(&1) && !keys.contains(&2));
        }
    });
    runs.take();
    transaction(|| {
        map.insert(2, 7);
        map.remove(&2);
    });
    map.insert(1, 5);
    assert_eq!((runs.take(), total.get()), (0, 5));
    drop(seen);
}

#[test]
fn c5_what_a_closure_has_read_for_one_entry_stays_a_dependency() {
    let (limit, calls) = (bind(5), Calls::default());
    let map: MapBinding<i32, i32> = (0..10).map(|key| (key, key)).collect();
    let counted = calls.clone();
    let kept = map.filter({
        let limit = limit.read_only();
        move |key, _| {
            counted.count();
            // Read for one entry alone.
            if *key == 7 { limit.get() > 3 } else { key % 2 == 0 }
        }
    });
    assert!(kept.snapshot().keys().eq(&[0, 2, 4, 6, 7, 8]));
    let mut changes = kept.follow_changes();
    drop(diffs(&mut changes));
    calls.take();
    map.insert(11, 0);
    map.insert(12, 0);
    assert_eq!((kept.len(), calls.take()), (7, 2));
    drop(diffs(&mut changes));
    limit.set(3);
    assert_eq!(diffs(&mut changes), [MapDiff::Remove { key: 7, old: Some(7) }]);
    assert_eq!(calls.take(), 12, "each entry once");
    transaction(|| {
        limit.set(4);
        map.insert(2, 20);
        map.remove(&4);
    });
    let told = diffs(&mut changes);
    assert!(told.contains(&MapDiff::Update { key: 2, old: Some(2), new: 20 }), "{told:?}");
    assert_eq!((told.len(), calls.take()), (3, 11));
}

#[test]
fn each_difference_of_a_group_is_one_and_what_does_not_change_is_none() {
    let list = ListBinding::from(vec![("de", 1), ("fr", 2), ("de", 3)]);
    let groups = list.group_by(|order| order.0);
    let totals = list.group_fold(
        |order| order.0,
        0,
        |sum, order| *sum += order.1,
        |sum, order| *sum -= order.1,
    );
    let index = list.index_by(|order| order.0);
    let (mut of_groups, mut of_totals, mut of_index) =
        (groups.follow_changes(), totals.follow_changes(), index.follow_changes());
    drop((diffs(&mut of_groups), diffs(&mut of_totals), diffs(&mut of_index)));
    transaction(|| {
        list.push(("de", 5));
        list.push(("de", -5));
    });
    assert_eq!(diffs(&mut of_groups).len(), 1, "one for the group");
    assert_eq!(diffs(&mut of_totals), [], "the total is what it was");
    assert_eq!(diffs(&mut of_index).len(), 1);
    list.set(0, ("de", 2));
    assert_eq!(diffs(&mut of_index), [], "another item hides it");
    assert_eq!(diffs(&mut of_totals), [MapDiff::Update { key: "de", old: Some(4), new: 5 }]);
    list.remove(1);
    assert_eq!(diffs(&mut of_totals), [MapDiff::Remove { key: "fr", old: Some(2) }]);
}

#[test]
fn a_key_that_is_named_by_the_first_row_is_found_by_what_it_was() {
    // The group of an item changes without the list: by what the closure reads.
    let (shift, list) = (bind(0), ListBinding::from(vec![1, 2, 3]));
    let groups = list.group_fold(
        {
            let shift = shift.read_only();
            move |item| (item + shift.get()) % 2
        },
        0,
        |sum, item| *sum += item,
        |sum, item| *sum -= item,
    );
    assert_eq!((groups.get(&0), groups.get(&1)), (Some(2), Some(4)));
    shift.set(1);
    list.remove(0);
    assert_eq!((groups.get(&0), groups.get(&1)), (Some(3), Some(2)));
}

#[test]
fn no_snapshot_sees_two_derived_maps_of_different_commits() {
    let list: ListBinding<i32> = (0..60).collect();
    let map: MapBinding<i32, i32> = (0..60).map(|key| (key, 1)).collect();
    let groups = list.group_by(|item| item % 7);
    let totals =
        list.group_fold(|item| item % 5, 0, |sum, item| *sum += item, |sum, item| *sum -= item);
    let index = list.index_by(|item| *item);
    let (joined, values) = (map.left_join(&index), map.values());
    let (rights, all) = (joined.key_set(), map.sum());
    thread::scope(|scope| {
        for seed in 1..3_usize {
            let (list, map) = (list.clone(), map.clone());
            scope.spawn(move || {
                let mut at = seed;
                for number in 0..800 {
                    at = at * 48_271 % 0x7FFF_FFFF;
                    transaction(|| {
                        list.push(number);
                        map.alter(number % 90, move |value| value.is_none().then_some(number));
                    });
                    if at % 4 == 0 {
                        list.try_remove(at % 50);
                        map.insert(number % 60, number);
                    }
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..800 {
                    snapshot(|| {
                        let grouped = groups.snapshot();
                        let grouped = grouped.values().flat_map(|group| group.iter()).sum::<i32>();
                        let listed = list.snapshot().iter().sum::<i32>();
                        assert_eq!(grouped, listed);
                        assert_eq!(totals.snapshot().values().sum::<i32>(), listed);
                        assert_eq!((joined.len(), rights.len()), (map.len(), map.len()));
                        assert_eq!(values.snapshot().iter().sum::<i32>(), all.get());
                    });
                }
            });
        }
    });
    assert_eq!(totals.snapshot().values().sum::<i32>(), list.snapshot().iter().sum::<i32>());
}

#[test]
fn a_derived_map_ends_with_its_sources_and_its_followers_with_it() {
    let (list, map) = (ListBinding::from(vec![1, 2]), MapBinding::from_iter([(1, 10)]));
    let joined = list.index_by(|item| *item).join(&map);
    let mut changes = joined.follow_changes();
    assert_eq!(diffs(&mut changes).len(), 1);
    drop(map);
    list.remove(0);
    assert_eq!(diffs(&mut changes), [MapDiff::Remove { key: 1, old: Some((1, 10)) }]);
    assert!(changes.next().now_or_never().is_none() && !joined.is_ended());
    drop(list);
    assert!(block_on(changes.next()).is_none());
    assert!(joined.is_ended());
}

#[test]
fn dropping_the_handles_frees_all_that_was_kept() {
    let item = Arc::new(());
    let weak: Weak<()> = Arc::downgrade(&item);
    let list: ListBinding<_> = (0..100).map(|number| (number, Arc::clone(&item))).collect();
    let names: MapBinding<_, _> = (0..10).map(|number| (number, Arc::clone(&item))).collect();
    let wanted: SetBinding<i32> = (0..50).collect();
    let index = list.index_by(|(number, _)| *number);
    let groups = list.group_by(|(number, _)| number % 10);
    let joined = index.join(wanted.as_map()).join_by(&names, |number, _| number % 10);
    let entries = joined.entries().filter(|(number, _)| number % 2 == 0);
    let counts: MapRef<_, _> = joined.count_by(|number, _| number % 3);
    let mut changes = entries.follow_changes();
    assert!(changes.next().now_or_never().is_some());
    assert_eq!((groups.len(), counts.len(), entries.len()), (10, 3, 25));
    list.remove(4);
    drop(names.insert(2, Arc::clone(&item)));
    assert!(changes.next().now_or_never().is_some());
    drop((list, names, wanted, item));
    assert!(weak.strong_count() > 0);
    drop((index, groups, joined, entries, counts, changes));
    assert_eq!(weak.strong_count(), 0);
}
