//! Stores: keys, edits, who is told of what, what is kept and for how long.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Bound, BoundExt, Computed, FollowStore, Key, KeyError, Store, StoreBatch, StoreDiff, computed,
    effect, snapshot, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};

enum Lamp {}

fn lamps<V: Send + Sync + 'static>() -> Store<Lamp, V> {
    Store::new()
}

fn batch<V: Send + Sync + 'static>(changes: &mut FollowStore<Lamp, V>) -> StoreBatch<Lamp, V> {
    changes.next().now_or_never().flatten().expect("there is a batch")
}

fn is_idle<V: Send + Sync + 'static>(changes: &mut FollowStore<Lamp, V>) -> bool {
    changes.next().now_or_never().is_none()
}

fn is_reset<V>(batch: &StoreBatch<Lamp, V>) -> bool {
    matches!(batch.iter().next(), Some(StoreDiff::Reset { .. }))
}

/// A computed of one entry, and how often it has run.
fn watched(store: &Store<Lamp, i32>, key: Key<Lamp>) -> (Computed<Option<i32>>, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let (store, counted) = (store.read_only(), Arc::clone(&runs));
    let entry = computed(move || {
        counted.fetch_add(1, Relaxed);
        store.get(key)
    });
    (entry, runs)
}

#[test]
fn keys_that_lead_nowhere_say_why() {
    let (store, other) = (lamps(), lamps::<&str>());
    let key = store.insert("oil");
    assert_eq!(store.try_get(key), Ok("oil"));
    assert_eq!(other.try_get(key), Err(KeyError::Foreign));
    let snapshot = store.snapshot();
    assert_eq!(*store.remove(key).unwrap(), "oil");
    assert_eq!(store.try_get(key), Err(KeyError::Stale));
    assert_eq!(store.set(key, "gas").unwrap_err(), KeyError::Stale);
    assert_eq!(store.update(key, |_| unreachable!()), Err(KeyError::Stale));
    assert_eq!(store.remove(key).unwrap_err(), KeyError::Stale);
    let later = store.insert("gas");
    assert_eq!(snapshot.try_get(later), Err(KeyError::NeverWas));
    assert_eq!(snapshot.try_get(key), Ok(&"oil"), "a snapshot stays as it is");
    drop(snapshot);
    assert!(key < later && key != later);
    assert_eq!(HashSet::from([key, later, key]).len(), 2);
    assert_eq!(size_of::<Option<Key<Lamp>>>(), 12);
    assert_eq!(KeyError::Stale.to_string(), "the entry has been removed");
}

#[test]
fn e4_an_edit_is_told_to_those_who_read_its_entry_and_to_nobody_else() {
    let store = lamps();
    let keys: Vec<Key<Lamp>> = (0..1_000).map(|lamp| store.insert(lamp)).collect();
    let told = Arc::new(AtomicUsize::new(0));
    let entries: Vec<_> = keys.iter().map(|key| watched(&store, *key)).collect();
    let _listening: Vec<_> = entries
        .iter()
        .map(|(entry, _)| {
            let told = Arc::clone(&told);
            entry.when_changed(move || {
                told.fetch_add(1, Relaxed);
            })
        })
        .collect();
    let runs = || entries.iter().map(|(_, runs)| runs.load(Relaxed)).sum::<usize>();
    assert!(entries.iter().zip(0..).all(|((entry, _), lamp)| entry.get() == Some(lamp)));
    assert_eq!((runs(), store.entry_node_count()), (1_000, 1_000));
    store.update(keys[5], |lamp| *lamp += 10_000).unwrap();
    assert_eq!(told.load(Relaxed), 1, "one mark");
    assert_eq!((entries[5].0.get(), runs()), (Some(10_005), 1_001));
    store.insert(7);
    store.remove(keys[6]).unwrap();
    transaction(|| {
        store.set(keys[7], -7).unwrap();
        store.set(keys[8], -8).unwrap();
    });
    assert_eq!(told.load(Relaxed), 4);
    assert!(entries.iter().all(|(entry, _)| entry.get() != Some(7)));
    assert_eq!(runs(), 1_004);
}

#[test]
fn effects_run_for_their_entry_and_once_for_each_commit() {
    let store = lamps();
    let (one, two) = (store.insert(1), store.insert(2));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _showing = effect({
        let (store, seen) = (store.read_only(), Arc::clone(&seen));
        move || seen.lock().unwrap().push(store.try_get(one))
    });
    store.set(two, 20).unwrap();
    store.set(one, 10).unwrap();
    transaction(|| {
        store.set(one, 11).unwrap();
        store.update(one, |lamp| *lamp += 1).unwrap();
        store.remove(two).unwrap();
    });
    store.remove(one).unwrap();
    store.insert(3);
    assert_eq!(*seen.lock().unwrap(), [Ok(1), Ok(10), Ok(12), Err(KeyError::Stale)]);
}

#[test]
fn e4_a_reader_that_comes_while_an_edit_is_open_is_told_of_it() {
    let store = lamps();
    let key = store.insert(1);
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            transaction(|| {
                store.set(key, 2).unwrap();
                barrier.wait();
                barrier.wait();
            });
            barrier.wait();
        });
        barrier.wait();
        let (entry, runs) = watched(&store, key);
        assert_eq!(entry.get(), Some(1), "the edit is not committed");
        barrier.wait();
        barrier.wait();
        assert_eq!((entry.get(), runs.load(Relaxed)), (Some(2), 2));
        let other = store.insert(9);
        store.remove(other).unwrap();
        assert_eq!((entry.get(), runs.load(Relaxed)), (Some(2), 2), "no edit is open any more");
    });
}

#[test]
fn e4_a_reader_of_an_old_snapshot_is_told_of_what_came_after_it() {
    let store = lamps();
    let key = store.insert(1);
    let (entry, _) = watched(&store, key);
    snapshot(|| {
        assert_eq!(store.len(), 1);
        thread::scope(|scope| {
            scope.spawn(|| store.set(key, 2).map(drop).unwrap());
        });
        assert_eq!(entry.get(), Some(1), "its first run is of the old version");
        assert_eq!(store.get(key), Some(1));
    });
    assert_eq!(entry.get(), Some(2));
}

#[test]
fn computeds_below_staged_edits_see_them_and_roll_back_with_them() {
    let store = lamps();
    let key = store.insert(1);
    let (entry, _) = watched(&store, key);
    let (fresh, _) = watched(&store, key);
    assert_eq!(entry.get(), Some(1));
    let failed: Result<(), ()> = try_transaction(|| {
        store.set(key, 2).unwrap();
        assert_eq!((entry.get(), fresh.get()), (Some(2), Some(2)));
        store.remove(key).unwrap();
        assert_eq!((entry.get(), fresh.get(), store.len()), (None, None, 0));
        Err(())
    });
    assert!(failed.is_err());
    assert_eq!((entry.get(), fresh.get(), store.len()), (Some(1), Some(1), 1));
    store.set(key, 3).unwrap();
    assert_eq!((entry.get(), fresh.get()), (Some(3), Some(3)));
}

#[test]
fn a_follower_gets_the_store_and_then_each_commit_once() {
    let store = lamps();
    let one = store.insert(1);
    let mut changes = store.follow_changes();
    let first = batch(&mut changes);
    assert!(is_reset(&first) && is_idle(&mut changes));
    let mut mirror = HashMap::new();
    first.apply_to(&mut mirror).unwrap();
    let two = transaction(|| {
        let two = store.insert(2);
        store.set(one, 10).unwrap();
        store.remove(one).unwrap();
        two
    });
    let second = batch(&mut changes);
    let kinds: Vec<_> = second
        .iter()
        .map(|diff| match diff {
            StoreDiff::Insert { key, new } => (*key, None, Some(**new)),
            StoreDiff::Update { key, old, new } => (*key, Some(**old), Some(**new)),
            StoreDiff::Remove { key, old } => (*key, Some(**old), None),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [(two, None, Some(2)), (one, Some(1), Some(10)), (one, Some(10), None)]);
    assert!(is_idle(&mut changes));
    let before = mirror.clone();
    second.apply_to(&mut mirror).unwrap();
    assert_eq!(mirror, HashMap::from([(two, 2)]));
    second.invert().unwrap().apply_to(&mut mirror).unwrap();
    assert_eq!(mirror, before, "a batch and its inverse are nothing");
    assert!(second.iter().next().unwrap().apply_to(&mut HashMap::from([(two, 0)])).is_err());
    for _ in 0..1_000 {
        store.set(two, 0).unwrap();
    }
    assert!(is_reset(&batch(&mut changes)), "it has fallen behind the log");
    store.set(two, 5).unwrap();
    drop(store);
    assert!(!is_reset(&batch(&mut changes)));
    assert!(changes.next().now_or_never().flatten().is_none() && changes_ended(&changes));
}

fn changes_ended<V: Send + Sync + 'static>(changes: &FollowStore<Lamp, V>) -> bool {
    futures::stream::FusedStream::is_terminated(changes)
}

#[test]
fn two_threads_that_insert_at_once_get_keys_of_their_own() {
    let store = lamps();
    let barrier = Barrier::new(2);
    let insert = |from: u32| {
        barrier.wait();
        (from..from + 500)
            .map(|lamp| {
                let key = if lamp % 3 == 0 {
                    transaction(|| store.insert(lamp))
                } else {
                    store.insert(lamp)
                };
                if lamp % 7 == 0 {
                    let failed: Result<(), ()> = try_transaction(|| {
                        store.insert(u32::MAX);
                        Err(())
                    });
                    assert!(failed.is_err());
                }
                (key, lamp)
            })
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = thread::scope(|scope| {
        let both = [0, 10_000].map(|from| scope.spawn(move || insert(from)));
        both.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(all.iter().map(|(key, _)| *key).collect::<HashSet<_>>().len(), 1_000);
    assert!(all.iter().all(|(key, lamp)| store.get(*key) == Some(*lamp)));
    let entries: HashMap<_, _> = store.snapshot().iter().map(|(key, lamp)| (key, *lamp)).collect();
    assert_eq!(entries, all.into_iter().collect());
    assert_eq!(store.len(), 1_000);
}

#[test]
fn an_update_is_never_lost_and_readers_follow_on_other_threads() {
    let store = lamps();
    let (key, other) = (store.insert(0), store.insert(0));
    let (entry, _) = watched(&store, key);
    thread::scope(|scope| {
        for key in [key, key, other] {
            let store = &store;
            scope.spawn(move || {
                for _ in 0..500 {
                    store.update(key, |lamp| *lamp += 1).unwrap();
                }
            });
        }
        let mut last = 0;
        while last < 1_000 {
            let (fresh, _) = watched(&store, key);
            let now = fresh.get().unwrap();
            assert!(now >= last, "reads never go back");
            last = now;
            assert!(entry.get().unwrap() >= now);
        }
    });
    assert_eq!((entry.get(), store.get(other)), (Some(1_000), Some(500)));
}

#[test]
fn a_panic_in_a_closure_leaves_everything_else_usable() {
    let store = lamps();
    let key = store.insert(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            store.set(key, 2).unwrap();
            store.update(key, |_| panic!("on purpose")).unwrap();
        });
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.insert_with(|_| -> i32 { panic!("on purpose") });
    }));
    assert!(panicked.is_err());
    assert_eq!((store.get(key), store.len()), (Some(1), 1));
    store.update(key, |lamp| *lamp += 1).unwrap();
    let third = store.insert(3);
    assert_eq!((store.get(key), store.get(third), store.len()), (Some(2), Some(3), 2));
}

#[test]
fn edits_inside_a_computed_wait_for_its_end_and_their_keys_are_good_then() {
    let store = lamps();
    let old = store.insert(1);
    let making = computed({
        let store = store.clone();
        move || {
            let key = store.insert(2);
            assert_eq!(*store.remove(old).unwrap(), 1);
            (key, store.contains(key), store.contains(old))
        }
    });
    let (key, was_there, old_was_there) = making.get();
    assert_eq!((was_there, old_was_there), (false, true), "no read inside sees them");
    assert_eq!((store.get(key), store.get(old)), (Some(2), None));
}

#[test]
fn whole_stores_are_read_as_any_bound() {
    let store = lamps();
    let lengths = computed({
        let store = store.read_only();
        move || store.len()
    });
    let key = store.insert(1);
    assert_eq!(lengths.get(), 1);
    store.set(key, 2).unwrap();
    let snapshot = Bound::read(&*store);
    assert_eq!(snapshot.get(key), Some(&2));
    assert!(snapshot.same_as(&store.snapshot()) && store.snapshot() == *snapshot);
    let mut whole = (*store).follow();
    assert_eq!(whole.next().now_or_never().flatten().unwrap().len(), 1);
    assert!(whole.next().now_or_never().is_none());
    store.remove(key).unwrap();
    assert!(whole.next().now_or_never().flatten().unwrap().is_empty());
}
