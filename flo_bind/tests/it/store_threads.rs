//! Stores that several threads edit, and whose values are no friends: what a removal gives, who owns, what is derived.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{
    BoundExt, History, Key, KeyError, MapBinding, MapRef, Store, bind, list_transaction,
    transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};

use crate::quiet::quietly;

enum Lamp {}

/// A map does so: what is taken out is what was there at the end.
#[test]
fn a_map_gives_what_its_removal_took_out() {
    let lamps = MapBinding::from_iter([(1, "oil")]);
    let mut other = Some(lamps.clone());
    let taken = list_transaction(move || {
        let taken = lamps.remove(&1);
        if let Some(other) = other.take() {
            thread::spawn(move || other.insert(1, "gas")).join().unwrap();
        }
        taken
    });
    assert_eq!(taken, Some("gas"));
}

#[test]
fn a_removal_gives_the_value_that_it_took_out() {
    let lamps = Store::<Lamp, &str>::new();
    let key = lamps.insert("oil");
    let mut other = Some(lamps.clone());
    let taken = list_transaction(move || {
        let taken = lamps.remove(key);
        if let Some(other) = other.take() {
            thread::spawn(move || other.set(key, "gas").map(drop)).join().unwrap().unwrap();
        }
        taken
    });
    assert_eq!(*taken.unwrap(), "gas", "another thread put it there, and now it is nowhere");
}

#[test]
fn an_entry_is_removed_once() {
    let lamps = Store::<Lamp, &str>::new();
    let key = lamps.insert("oil");
    let mut other = Some(lamps.clone());
    let taken = list_transaction(move || {
        let taken = lamps.remove(key);
        if let Some(other) = other.take() {
            thread::spawn(move || other.remove(key).map(drop)).join().unwrap().unwrap();
        }
        taken
    });
    assert_eq!(taken, Err(KeyError::Stale), "another thread has it");
}

#[test]
fn of_two_threads_that_remove_an_entry_one_gets_it() {
    let lamps = Store::<Lamp, u32>::new();
    let (both, keys) = (Barrier::new(2), Mutex::new(None));
    let rounds = 3_000;
    let removed: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let (lamps, both, keys) = (lamps.clone(), &both, &keys);
                scope.spawn(move || {
                    let mut removed = 0;
                    for round in 0..rounds {
                        if number == 0 {
                            *keys.lock().unwrap() = Some(lamps.insert(round));
                        }
                        both.wait();
                        let key = keys.lock().unwrap().unwrap();
                        removed += u32::from(lamps.remove(key).is_ok());
                        both.wait();
                    }
                    removed
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(removed, rounds);
}

#[test]
fn what_threads_add_to_an_entry_is_in_what_is_removed() {
    let lamps = Store::<Lamp, u32>::new();
    let both = Barrier::new(2);
    for _ in 0..3_000 {
        let key = lamps.insert(0);
        let (added, taken) = thread::scope(|scope| {
            let adding = scope.spawn(|| {
                both.wait();
                (0..20).filter(|_| lamps.update(key, |lamp| *lamp += 1).is_ok()).count()
            });
            both.wait();
            while lamps.get(key) == Some(0) {}
            let taken = *lamps.remove(key).unwrap();
            (adding.join().unwrap(), taken)
        });
        assert_eq!(taken as usize, added);
    }
}

type Deed = Arc<dyn Fn() + Send + Sync>;

/// Runs a deed when it is dropped and when it is cloned.
struct Meddler(Option<Deed>);

impl Clone for Meddler {
    fn clone(&self) -> Self {
        if let Some(deed) = &self.0 {
            deed();
        }
        Self(self.0.clone())
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        if let Some(deed) = &self.0 {
            deed();
        }
    }
}

type Meddlers = Store<Lamp, Meddler>;

/// Everything that lets go of a value, once each.
fn let_go(store: &Meddlers, lines: &Meddlers, deed: &Deed) {
    let meddler = || Meddler(Some(Arc::clone(deed)));
    let attempt = |f: &dyn Fn()| {
        drop(quietly(|| catch_unwind(AssertUnwindSafe(f))));
    };
    let entries = store.entries();
    let large = entries.filter(|_, value| value.0.is_some());
    let totals =
        entries.group_fold(|_, value| value.0.is_some(), 0, |n, _, _| *n += 1, |n, _, _| *n -= 1);
    let mut changes = store.follow_changes();
    let mut looks = || {
        drop(changes.next().now_or_never());
    };
    let look = Mutex::new(&mut looks);
    let look = || {
        (look.lock().unwrap_or_else(std::sync::PoisonError::into_inner))();
        let _ = (large.len(), totals.len(), entries.len());
    };
    attempt(&|| drop(store.set(store.insert(meddler()), meddler())));
    attempt(&look);
    attempt(&|| drop(store.remove(store.insert(meddler()))));
    attempt(&look);
    attempt(&|| {
        let _: Result<(), ()> = try_transaction(|| {
            let key = store.insert(meddler());
            drop(store.set(key, meddler()));
            look();
            let _ = store.update(key, |value| drop(value.clone()));
            drop(store.remove(key));
            store.extend([meddler(), meddler()]);
            Err(())
        });
    });
    attempt(&look);
    for _ in 0..300 {
        attempt(&|| drop(store.set(store.insert(meddler()), meddler())));
    }
    attempt(&look);
    attempt(&|| {
        let owner = store.insert(meddler());
        store.own_all(owner, lines, lines.extend([meddler(), meddler()])).unwrap();
        transaction(|| {
            drop(store.remove(owner));
            look();
        });
    });
    attempt(&look);
    let keys: Vec<Key<Lamp>> = store.snapshot().iter().map(|(key, _)| key).collect();
    for key in keys {
        attempt(&|| drop(store.remove(key)));
    }
    attempt(&look);
    attempt(&|| {
        let history = History::new();
        history.watch(store);
        let key = store.insert(meddler());
        drop(store.set(key, meddler()));
        let _ = history.undo();
        let _ = history.undo();
        let _ = history.redo();
        drop(history);
    });
    attempt(&look);
    quietly(|| {
        drop(catch_unwind(AssertUnwindSafe(move || drop((large, totals, entries)))));
    });
}

fn assert_usable(store: &Meddlers) {
    let before = store.len();
    let entries = store.entries();
    assert_eq!(entries.len(), before);
    let key = store.insert(Meddler(None));
    store.set(key, Meddler(None)).map(drop).unwrap();
    assert_eq!(entries.len(), before + 1);
    store.remove(key).map(drop).unwrap();
    assert_eq!((store.len(), entries.len()), (before, before));
}

#[test]
fn values_may_use_their_store_in_every_way_when_they_are_dropped_or_cloned() {
    let (store, lines) = (Meddlers::new(), Meddlers::new());
    let (is_busy, count) = (AtomicBool::new(false), Arc::new(AtomicUsize::new(0)));
    let deed: Deed = Arc::new({
        let (store, lines, count) = (store.clone(), lines.clone(), Arc::clone(&count));
        let entries = store.entries();
        move || {
            if is_busy.swap(true, SeqCst) {
                return;
            }
            count.fetch_add(1, SeqCst);
            // From another thread as well, which finds every lock that is held.
            let all = {
                let (store, lines, entries) = (store.clone(), lines.clone(), entries.clone());
                move || {
                    let key = store.insert(Meddler(None));
                    let _ = (store.len(), entries.len(), lines.contains(key));
                    let line = lines.insert(Meddler(None));
                    store.own(key, &lines, line).unwrap();
                    store.update(key, |_| ()).unwrap();
                    transaction(|| drop(store.remove(key)));
                }
            };
            thread::spawn(all).join().unwrap();
            let key = store.insert(Meddler(None));
            let _ = (store.len(), entries.len(), store.contains(key));
            drop(store.remove(key));
            is_busy.store(false, SeqCst);
        }
    });
    let_go(&store, &lines, &deed);
    assert!(count.load(SeqCst) > 300);
    assert_usable(&store);
    assert_usable(&lines);
}

#[test]
fn values_may_panic_when_they_are_dropped_or_cloned() {
    for every in 1..8 {
        let (store, lines) = (Meddlers::new(), Meddlers::new());
        let (is_armed, count) = (Arc::new(AtomicBool::new(true)), AtomicUsize::new(0));
        let here = thread::current().id();
        let deed: Deed = Arc::new({
            let is_armed = Arc::clone(&is_armed);
            move || {
                let is_due = count.fetch_add(1, SeqCst) % every == 0;
                // A snapshot that another test has open meanwhile may be the last to have a value, and its thread the
                // one that drops it: that test has not asked for a panic.
                let is_elsewhere = thread::current().id() != here;
                assert!(
                    !is_due || is_elsewhere || thread::panicking() || !is_armed.load(SeqCst),
                    "a value's clone or drop"
                );
            }
        });
        let_go(&store, &lines, &deed);
        is_armed.store(false, SeqCst);
        assert_usable(&store);
        assert_usable(&lines);
    }
}

/// Entries that go from hand to hand have one owner at any time, and who goes takes what it has.
#[test]
fn owners_that_give_and_take_on_two_threads_agree_with_what_is_owned() {
    enum Line {}
    let (lamps, lines) = (Store::<Lamp, u32>::new(), Store::<Line, u32>::new());
    let both = Barrier::new(2);
    for round in 0..1_000 {
        let owners = lamps.extend([0, 1, 2]);
        let owned = lines.extend([0, 1, 2, 3]);
        lamps.own_all(owners[0], &lines, owned.clone()).unwrap();
        thread::scope(|scope| {
            let (lamps, lines, owners, owned, both) = (&lamps, &lines, &owners, &owned, &both);
            scope.spawn(move || {
                both.wait();
                lamps.own_all(owners[1], lines, owned[1..].to_vec()).unwrap();
                lines.disown(owned[3]).unwrap();
            });
            both.wait();
            lamps.own_all(owners[2], lines, owned[..3].to_vec()).unwrap();
        });
        for line in &owned {
            let owner = lines.owner_in(*line, &lamps);
            for lamp in &owners {
                let has = lamps.owned_in(*lamp, &lines).contains(line);
                assert_eq!(has, owner == Some(*lamp), "round {round}");
            }
        }
        let left: Vec<_> =
            owned.iter().filter(|line| lines.owner_in(**line, &lamps).is_none()).collect();
        for owner in &owners {
            drop(lamps.remove(*owner).unwrap());
        }
        assert_eq!(lines.len(), left.len(), "round {round}");
        for line in &owned {
            drop(lines.remove(*line));
        }
    }
}

/// Rows that read entries of another store, which come and go with what owns them, against a recompute.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "what is derived, what it should be, and the steps, side by side"
)]
fn rows_of_one_store_that_read_entries_of_another_are_what_a_recompute_gives() {
    enum Order {}
    enum Line {}
    #[derive(Clone)]
    struct Data {
        order: Key<Order>,
        net: i64,
    }
    for seed in 1..if cfg!(debug_assertions) { 60 } else { 1_000_u64 } {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut below = |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as usize % bound
        };
        let number = |below: usize| i64::try_from(below).unwrap();
        let (orders, lines) = (Store::<Order, i64>::new(), Store::<Line, Data>::new());
        let rate = bind(1_i64);
        let of = {
            let orders = orders.read_only();
            move |line: &Data| orders.get(line.order).unwrap_or(-1)
        };
        let entries = lines.entries();
        let (group, worth, kept) = (of.clone(), of.clone(), of.clone());
        let rated = rate.clone();
        let totals: MapRef<i64, i64> = entries.group_fold(
            move |_, line| group(line) * rated.get(),
            0,
            |total, _, line| *total += line.net,
            |total, _, line| *total -= line.net,
        );
        let worths = entries.map(move |_, line| worth(line) + line.net);
        let large = entries.filter(move |_, line| kept(line) > 1).count_by(|_, line| line.net);
        let check = |which: usize| {
            let rows: Vec<_> =
                lines.snapshot().iter().map(|(key, line)| (key, line.clone())).collect();
            if which.is_multiple_of(2) {
                let mut expected = BTreeMap::new();
                for (_, line) in &rows {
                    *expected.entry(of(line) * rate.get()).or_insert(0) += line.net;
                }
                assert_eq!(totals.snapshot(), expected, "seed {seed}");
            }
            if which.is_multiple_of(3) {
                let expected: BTreeMap<_, _> =
                    rows.iter().map(|(key, line)| (*key, of(line) + line.net)).collect();
                assert_eq!(worths.snapshot(), expected, "seed {seed}");
            }
            if which.is_multiple_of(5) {
                let mut expected = BTreeMap::new();
                for (_, line) in rows.iter().filter(|(_, line)| of(line) > 1) {
                    *expected.entry(line.net).or_insert(0_usize) += 1;
                }
                assert_eq!(large.snapshot(), expected, "seed {seed}");
            }
        };
        // Keys of what is gone as well.
        let (mut known, mut known_lines) = (vec![orders.insert(0)], Vec::new());
        for _ in 0..60 {
            let count = 1 + below(5);
            let kind = below(4);
            let mut steps = |looks: bool| {
                for _ in 0..count {
                    let order = known[below(known.len())];
                    match below(9) {
                        0 => known.push(orders.insert(number(below(4)))),
                        1 => drop(orders.remove(order)),
                        2 | 3 => drop(orders.set(order, number(below(4)))),
                        4 | 5 => {
                            let line = lines.insert(Data { order, net: number(below(9)) });
                            known_lines.push(line);
                            let _ = orders.own(order, &lines, line);
                        }
                        6 if !known_lines.is_empty() => {
                            let line = known_lines[below(known_lines.len())];
                            let _ = lines.update(line, move |line| line.order = order);
                        }
                        7 if !known_lines.is_empty() => {
                            drop(lines.remove(known_lines[below(known_lines.len())]));
                        }
                        _ => rate.set(number(below(3))),
                    }
                    if looks {
                        check(below(30));
                    }
                }
            };
            match kind {
                0 => steps(true),
                1 => transaction(|| steps(true)),
                2 => {
                    let _: Result<(), ()> = try_transaction(|| {
                        steps(true);
                        Err(())
                    });
                }
                _ => steps(false),
            }
            check(below(30));
        }
        check(0);
    }
}

#[test]
fn what_follows_from_a_store_ends_with_it() {
    let lamps = Store::<Lamp, u32>::new();
    let totals = lamps.entries().count_by(|_, value| **value % 2);
    let mut changes = totals.follow_changes();
    assert!(changes.next().now_or_never().flatten().is_some());
    lamps.insert(1);
    drop(lamps);
    assert!(changes.next().now_or_never().flatten().is_some(), "the last difference");
    assert!(matches!(changes.next().now_or_never(), Some(None)), "the end");
    assert_eq!(totals.get(&1), Some(1));
}
