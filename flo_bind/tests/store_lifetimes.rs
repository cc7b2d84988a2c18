//! What a store keeps, and until when: places, nodes of entries, values.
//!
//! A running snapshot of any thread may put off when something is dropped, so these tests run one at a time, in a process of
//! their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, Computed, History, Key, KeyError, ListBinding, Store, computed, transaction,
    try_transaction,
};
use futures::{FutureExt, StreamExt};

enum Lamp {}
enum Order {}
enum Line {}

/// Only one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn lamps<V: Send + Sync + 'static>() -> Store<Lamp, V> {
    Store::new()
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
fn e1_a_key_of_a_rolled_back_transaction_never_becomes_valid_and_its_place_is_let_again() {
    let _alone = alone();
    let store = lamps();
    let mut lost = HashSet::new();
    for _ in 0..100 {
        let key = try_transaction(|| {
            let key = store.insert(1);
            assert_eq!(store.get(key), Some(1), "the transaction sees it");
            Err::<(), _>(key)
        });
        assert!(lost.insert(key.unwrap_err()), "no key is given twice");
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            lost.insert(store.insert(1));
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert!(lost.iter().all(|key| store.try_get(*key) == Err(KeyError::NeverWas)));
    let key = store.insert(7);
    assert!(format!("{key:?}").ends_with(":0v102)"), "{key:?}: the first place is let again");
    assert!(lost.iter().all(|key| store.try_get(*key) == Err(KeyError::Stale)));
    assert_eq!(store.get(key), Some(7));
}

#[test]
fn a_place_is_not_let_again_while_somebody_has_what_stood_there() {
    let _alone = alone();
    let store = lamps();
    let first = store.insert(1);
    let kept = store.remove(first).unwrap();
    assert!(format!("{:?}", store.insert(2)).ends_with(":1v1)"));
    assert_eq!(*kept, 1);
    drop(kept);
    assert!(format!("{:?}", store.insert(3)).ends_with(":0v2)"));
}

#[test]
fn the_node_of_an_entry_goes_with_those_who_read_it() {
    let _alone = alone();
    let store = lamps();
    let (one, two) = (store.insert(1), store.insert(2));
    assert_eq!(store.get(one), Some(1));
    assert_eq!(store.entry_node_count(), 0, "who is nobody's dependency has none");
    let (entry, _) = watched(&store, one);
    let (same, _) = watched(&store, one);
    let (other, _) = watched(&store, two);
    assert_eq!((entry.get(), same.get(), other.get()), (Some(1), Some(1), Some(2)));
    assert_eq!(store.entry_node_count(), 2);
    drop(entry);
    assert_eq!(store.entry_node_count(), 2);
    drop((same, other));
    assert_eq!(store.entry_node_count(), 0);
    let (again, runs) = watched(&store, one);
    assert_eq!(again.get(), Some(1));
    store.set(one, 10).unwrap();
    assert_eq!((again.get(), runs.load(Relaxed)), (Some(10), 2));
}

#[test]
fn when_the_last_right_to_edit_goes_readers_end_and_everything_is_freed() {
    let _alone = alone();
    let value = Arc::new(());
    let store = lamps();
    let key = store.insert(Arc::clone(&value));
    let entry = computed({
        let store = store.read_only();
        move || store.contains(key)
    });
    let mut entries = entry.follow();
    assert_eq!(entries.next().now_or_never(), Some(Some(true)));
    assert!(entries.next().now_or_never().is_none());
    let reader = store.read_only();
    drop(store);
    assert_eq!(entries.next().now_or_never(), Some(None), "nobody is left who could change it");
    assert!(reader.is_ended() && reader.contains(key));
    let late = computed({
        let reader = reader.clone();
        move || reader.contains(key)
    });
    assert!(late.get() && late.read_only().is_ended());
    drop((entries, entry, late));
    assert_eq!((reader.entry_node_count(), Arc::strong_count(&value)), (0, 2));
    drop(reader);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn stores_that_own_each_other_are_freed_with_their_handles() {
    let _alone = alone();
    let value = Arc::new(());
    let orders = Store::<Order, Arc<()>>::new();
    let lines = Store::<Line, Arc<()>>::new();
    let (order, line) = (orders.insert(Arc::clone(&value)), lines.insert(Arc::clone(&value)));
    orders.own(order, &lines, line).unwrap();
    lines.own(line, &orders, order).unwrap();
    drop(lines);
    assert_eq!(Arc::strong_count(&value), 2, "the lines are gone, whoever owns one");
    orders.remove(order).unwrap();
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_key_that_leads_nowhere_is_not_told_of_who_comes_to_its_place_but_when_it_becomes_stale() {
    let _alone = alone();
    let store = lamps();
    let gone = store.insert(1);
    let lost = {
        let lost = try_transaction(|| Err::<(), _>(store.insert(2)));
        lost.unwrap_err()
    };
    let reasons = [gone, lost].map(|key| {
        let runs = Arc::new(AtomicUsize::new(0));
        let (store, counted) = (store.read_only(), Arc::clone(&runs));
        let reason = computed(move || {
            counted.fetch_add(1, Relaxed);
            store.try_get(key).err()
        });
        (reason, runs)
    });
    let now = || reasons.each_ref().map(|(reason, runs)| (reason.get(), runs.load(Relaxed)));
    assert_eq!(now(), [(None, 1), (Some(KeyError::NeverWas), 1)]);
    store.remove(gone).unwrap();
    assert_eq!(now(), [(Some(KeyError::Stale), 2), (Some(KeyError::NeverWas), 1)]);
    assert!(format!("{:?}", store.insert(3)).ends_with(":0v2)"));
    assert_eq!(now(), [(Some(KeyError::Stale), 2), (Some(KeyError::NeverWas), 1)]);
    assert!(format!("{:?}", store.insert(4)).ends_with(":1v2)"));
    assert_eq!(now(), [(Some(KeyError::Stale), 2), (Some(KeyError::Stale), 2)]);
}

#[test]
fn what_a_history_holds_is_freed_with_it_and_with_its_steps() {
    let _alone = alone();
    let value = Arc::new(());
    let lamps = lamps();
    let list = ListBinding::new();
    let history = History::new();
    history.watch(&lamps);
    history.watch(&list);
    let key = lamps.insert(Arc::clone(&value));
    list.push(Arc::clone(&value));
    lamps.remove(key).unwrap();
    drop(list.remove(0));
    assert!(Arc::strong_count(&value) > 1, "they can come back");
    let reader = list.read_only();
    drop(list);
    assert!(!reader.is_ended(), "the history has the right to write");
    drop(history);
    assert!(reader.is_ended());
    drop((reader, lamps));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn e6_a_chain_of_a_hundred_thousand_goes_without_recursion() {
    let _alone = alone();
    let chain = Store::<Line, u32>::new();
    let mut keys = Vec::new();
    transaction(|| {
        for line in 0..100_000 {
            let key = chain.insert(line);
            if let Some(owner) = keys.last() {
                chain.own(*owner, &chain, key).unwrap();
            }
            keys.push(key);
        }
    });
    assert_eq!(chain.len(), 100_000);
    let small = thread::Builder::new().stack_size(256 * 1_024);
    let removing = small.spawn(move || {
        chain.remove(keys[0]).unwrap();
        chain.len()
    });
    assert_eq!(removing.unwrap().join().unwrap(), 0);
}
