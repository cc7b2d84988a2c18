//! Derived maps: what is told to whom, what two threads see, what is freed.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Weak},
    thread,
};

use flo_bind::{
    BoundExt, ListBinding, MapBinding, MapDiff, MapRef, SetBinding, bind, effect, list_from,
    map_from, snapshot, transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on};

use crate::{derived_maps_costs::Calls, maps::Busy};

fn diffs<K, V>(changes: &mut flo_bind::FollowMapChanges<K, V>) -> Vec<MapDiff<K, V>>
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let batch = changes.next().now_or_never().flatten();
    batch.map(|batch| batch.iter().cloned().collect()).unwrap_or_default()
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
    assert_eq!(calls.take(), 1, "the one entry that has read it");
    transaction(|| {
        limit.set(4);
        map.insert(2, 20);
        map.remove(&4);
    });
    let told = diffs(&mut changes);
    assert!(told.contains(&MapDiff::Update { key: 2, old: Some(2), new: 20 }), "{told:?}");
    assert_eq!((told.len(), calls.take()), (3, 2));
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

#[test]
fn no_lock_is_held_while_keys_are_cloned_compared_and_dropped_by_what_is_derived() {
    let (numbers, other) = (MapBinding::from_iter([(1, 1)]), ListBinding::new());
    let busy = |number| Busy { number, map: numbers.read_only(), other: other.clone() };
    let list = ListBinding::new();
    let map = MapBinding::new();
    let groups = list.group_by(|item: &Busy| item.number % 3);
    let joined = list.index_by(Busy::clone).join(&map).join_by(&map, |key, _| key.clone());
    let (once, keys) = (list.distinct(), joined.keys());
    let mut changes = joined.follow_changes();
    for number in 0..30 {
        list.push(busy(number % 20));
        map.insert(busy(number), number);
        assert!(groups.len() <= 3 && once.len() == keys.len());
    }
    transaction(|| {
        drop(list.remove(3));
        assert_eq!(map.remove(&busy(4)), Some(4));
    });
    assert_eq!((once.len(), keys.len()), (20, 19));
    assert!(changes.next().now_or_never().is_some());
    drop((list, map, groups, joined, once, keys, changes));
    assert!(other.len() > 1_000);
}

#[test]
fn followers_of_a_derived_map_on_other_threads_end_equal_to_it() {
    let (orders, rates) = (ListBinding::new(), MapBinding::from_iter([(0, 1)]));
    let totals = orders.group_fold(
        |order: &(u32, u32)| order.0,
        0,
        |total, order| *total += order.1,
        |total, order| *total -= order.1,
    );
    let joined = totals.join(&rates);
    let (mirrors, last) = thread::scope(|scope| {
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let mut changes = joined.follow_changes();
                scope.spawn(move || {
                    block_on(async {
                        let mut mirror = BTreeMap::new();
                        while let Some(batch) = changes.next().await {
                            batch.apply_to(&mut mirror).unwrap();
                        }
                        mirror
                    })
                })
            })
            .collect();
        let writers: Vec<_> = (1..3_u32)
            .map(|writer| {
                let (orders, rates) = (orders.clone(), rates.clone());
                scope.spawn(move || {
                    for number in 0..400 {
                        orders.push((number % 9, writer));
                        rates.insert(number % 11, number);
                        if number % 4 == 0 {
                            rates.remove(&(number % 7));
                            orders.try_remove(0);
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = joined.snapshot().to_map();
        drop((orders, rates));
        let mirrors = followers.into_iter().map(|follower| follower.join().unwrap());
        (mirrors.collect::<Vec<_>>(), last)
    });
    assert!(!last.is_empty());
    for mirror in mirrors {
        assert_eq!(mirror, last);
    }
}

#[test]
fn what_is_derived_says_where_it_was_made() {
    let list = ListBinding::from(vec![1, 2]);
    let (map, set) = (MapBinding::from_iter([(1, 1)]), SetBinding::from_iter([1]));
    let whole = bind(vec![1]);
    let shown: [&dyn Debug; 28] = [
        &list.distinct(),
        &list.to_set(),
        &list.group_by(|item| item % 2),
        &list.group_fold(|item| item % 2, 0, |sum, item| *sum += item, |sum, item| *sum -= item),
        &list.count_by(|item| item % 2),
        &list.index_by(|item| item % 2),
        &list.to_computed(),
        &list_from(&whole),
        &map.map(|_, value| value + 1),
        &map.filter(|_, _| true),
        &map.filter_map(|_, value| Some(*value)),
        &map.key_set(),
        &map.keys(),
        &map.values(),
        &map.entries(),
        &map.join(set.as_map()),
        &map.left_join(set.as_map()),
        &map.join_by(&map, |_, value| *value),
        &map.left_join_by(&map, |_, value| *value),
        &map.group_by(|_, value| *value),
        &map.count_by(|_, value| *value),
        &map.sum(),
        &map.count(),
        &map.lookup(1),
        &map_from(map.to_computed()),
        &set.union(&set),
        &set.filter(|_| true),
        &set.to_list(),
    ];
    for one in shown {
        let text = format!("{one:?}");
        assert!(text.contains("tests/it/derived_maps.rs"), "{text}");
    }
}
