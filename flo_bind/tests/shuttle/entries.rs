//! Entries of stores that are read alone while they are edited, owners that go, and steps that are taken back meanwhile.

use flo_bind::{BoundExt, History, Key, ListBinding, Store, bind, computed, effect, transaction};
use shuttle::thread;

use crate::explore::{explore, join_all};

enum Thing {}

type Things = Store<Thing, u64>;

#[test]
fn who_reads_an_entry_alone_misses_no_edit_of_it() {
    explore(|| {
        let store = Things::new();
        let keys = [store.insert(0), store.insert(0)];
        let writing = thread::spawn({
            let store = store.clone();
            move || {
                for value in 1..=2 {
                    transaction(|| keys.map(|key| store.set(key, value).map(drop).unwrap()));
                }
            }
        });
        let reading = thread::spawn({
            let store = store.clone();
            move || both_are_of_one_version(&store, keys)
        });
        both_are_of_one_version(&store, keys);
        join_all([writing, reading]);
    });
}

/// Readers that are made while the entries are edited see whole commits, and the last one.
fn both_are_of_one_version(store: &Things, keys: [Key<Thing>; 2]) {
    let first = computed({
        let store = store.read_only();
        move || store.get(keys[0]).unwrap()
    });
    let last = bind(0);
    let seeing = effect({
        let (store, first, last) = (store.read_only(), first.clone(), last.clone());
        move || {
            let (one, other) = (first.get(), store.get(keys[1]).unwrap());
            assert_eq!(one, other, "half of a transaction");
            last.set(other);
        }
    });
    let mut seen = 0;
    while seen < 2 {
        let now = first.get();
        assert!(now >= seen, "reads never go back");
        seen = now;
        thread::yield_now();
    }
    drop(seeing);
    assert_eq!((first.get(), store.get(keys[1])), (2, Some(2)));
}

#[test]
fn an_owner_that_goes_leaves_nothing_that_it_was_given_meanwhile() {
    explore(|| {
        let store = Things::new();
        let owner = store.insert(0);
        let giving = thread::spawn({
            let store = store.clone();
            move || {
                let thing = store.insert(1);
                if store.own(owner, &store, thing).is_err() {
                    store.remove(thing).unwrap();
                }
            }
        });
        let removing = thread::spawn({
            let store = store.clone();
            move || store.remove(owner).map(drop).unwrap()
        });
        join_all([giving, removing]);
        assert!(store.is_empty(), "an orphan");
    });
}

#[test]
fn what_two_threads_do_and_undo_can_all_be_taken_back() {
    explore(|| {
        let (count, list) = (bind(0), ListBinding::new());
        let history = History::new();
        history.watch(&count);
        history.watch(&list);
        let editing = [1, 2].map(|value| {
            let (count, list, history) = (count.clone(), list.clone(), history.clone());
            thread::spawn(move || {
                transaction(|| {
                    list.push(value);
                    count.update(|count| *count += 1);
                });
                let _may_come_second = history.undo();
            })
        });
        join_all(editing);
        count.set(9);
        while history.undo_count() > 0 {
            assert_eq!(history.undo(), Ok(()));
            assert_eq!(list.len(), count.get(), "half of a step");
        }
        assert_eq!(count.get(), 0);
    });
}
