//! What follows from stores: it is what a recompute gives, at the cost of what has changed, at one version on every thread.

use std::{
    cmp::Reverse,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Bound, BoundExt, History, Key, MapDiff, Store, Stored, computed_from, effect, snapshot,
    transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};

use crate::derived_maps_costs::Calls;

enum Order {}
enum Line {}

/// A value that cannot be cloned.
struct Sale {
    order: Option<Key<Order>>,
    country: &'static str,
    net: i64,
}

impl Sale {
    fn to(country: &'static str, net: i64) -> Self {
        Self { order: None, country, net }
    }
}

#[test]
fn the_values_are_shared_and_in_the_order_of_places() {
    let lines = Store::<Line, Sale>::new();
    let keys = lines.extend([Sale::to("de", 3), Sale::to("fr", 5), Sale::to("de", 4)]);
    let entries = lines.entries();
    assert!(entries.snapshot().keys().eq(&keys));
    let (here, there) = (entries.get(&keys[1]).unwrap(), lines.read(keys[1]).unwrap());
    assert!(std::ptr::eq::<Sale>(&raw const *here, &raw const *there));
    lines.remove(keys[0]).unwrap();
    let totals = entries.group_fold(
        |_, sale| sale.country,
        0,
        |total, _, sale| *total += sale.net,
        |total, _, sale| *total -= sale.net,
    );
    assert!(totals.snapshot().iter().eq([(&"de", &4), (&"fr", &5)]));
}

#[test]
fn a_follower_gets_one_difference_for_each_entry_that_has_changed() {
    let lines = Store::<Line, i32>::new();
    let (one, two) = (lines.insert(1), lines.insert(2));
    let mut changes = lines.entries().follow_changes();
    let mut next = || changes.next().now_or_never().flatten();
    assert!(matches!(next().unwrap().iter().next(), Some(MapDiff::Reset { .. })));
    transaction(|| {
        let passing = lines.insert(7);
        lines.set(one, 10).unwrap();
        lines.set(one, 11).unwrap();
        lines.remove(two).unwrap();
        lines.remove(passing).unwrap();
    });
    let batch = next().unwrap();
    let told: Vec<_> = batch
        .iter()
        .map(|diff| match diff {
            MapDiff::Update { key, old, new } => (*key, old.as_deref().copied(), Some(**new)),
            MapDiff::Remove { key, old } => (*key, old.as_deref().copied(), None),
            _ => panic!("nothing came"),
        })
        .collect();
    assert_eq!(told, [(one, Some(1), Some(11)), (two, Some(2), None)]);
    assert!(next().is_none());
    drop(lines);
    assert!(changes.next().now_or_never().flatten().is_none(), "it ends with the store");
}

#[test]
fn a_cascade_is_one_run_and_one_difference_for_each_that_goes() {
    let (orders, lines) = (Store::<Order, i64>::new(), Store::<Line, Sale>::new());
    let all: Vec<Key<Order>> = orders.extend(0..3);
    for order in &all {
        let sales = (0..4).map(|net| Sale { order: Some(*order), ..Sale::to("de", net) });
        orders.own_all(*order, &lines, lines.extend(sales)).unwrap();
    }
    let by_order = lines.entries().count_by(|_, sale| sale.order);
    let runs = Calls::default();
    let _showing = effect({
        let (orders, by_order, runs) = (orders.entries(), by_order.clone(), runs.clone());
        move || {
            runs.count();
            let counts = by_order.snapshot();
            let keys = orders.snapshot();
            let keys = keys.keys().map(|key| Some(*key));
            assert!(counts.keys().copied().eq(keys), "an order and its lines go at once");
            assert!(counts.values().all(|count| *count == 4));
        }
    });
    assert_eq!(runs.take(), 1);
    orders.remove(all[1]).unwrap();
    assert_eq!(runs.take(), 1);
    let failed: Result<(), ()> = try_transaction(|| {
        orders.remove(all[0]).unwrap();
        assert_eq!(by_order.len(), 1);
        Err(())
    });
    assert!(failed.is_err());
    assert_eq!((runs.take(), by_order.len()), (0, 2));
}

#[test]
fn an_entry_that_a_history_puts_back_is_there_again() {
    let (orders, lines) = (Store::<Order, i64>::new(), Store::<Line, Sale>::new());
    let order = orders.insert(1);
    orders.own_all(order, &lines, lines.extend([Sale::to("de", 3), Sale::to("fr", 5)])).unwrap();
    let history = History::new();
    history.watch(&orders);
    history.watch(&lines);
    let net =
        lines.entries().fold(0, |net, _, sale| *net += sale.net, |net, _, sale| *net -= sale.net);
    assert_eq!(net.get(), 8);
    orders.remove(order).unwrap();
    assert_eq!(net.get(), 0);
    history.undo().unwrap();
    assert_eq!((net.get(), orders.owned_in(order, &lines).len()), (8, 2));
}

#[test]
fn an_edit_costs_as_many_calls_whatever_the_size_and_an_idle_one_none() {
    for n in [1_000_i32, 100_000] {
        let lines = Store::<Line, Sale>::new();
        let country = |number: i32| if number % 2 == 0 { "de" } else { "fr" };
        let keys = lines.extend((0..n).map(|net| Sale::to(country(net), net.into())));
        let calls: [Calls; 4] = Default::default();
        let [grouped, added, taken, sorted] = calls.clone();
        let entries = lines.entries();
        let totals = entries.group_fold(
            move |_, sale| {
                grouped.count();
                sale.country
            },
            0,
            move |total, _, sale| {
                added.count();
                *total += sale.net;
            },
            move |total, _, sale| {
                taken.count();
                *total -= sale.net;
            },
        );
        let best = entries.values().sorted_by_key(move |sale| {
            sorted.count();
            Reverse(sale.net)
        });
        let best = best.take(3);
        let take = || calls.each_ref().map(Calls::take);
        lines.set(keys[0], Sale::to("de", 0)).unwrap();
        assert_eq!(take(), [0; 4], "nobody has asked");
        let read = || (totals.len(), best.len());
        read();
        let all = usize::try_from(n).unwrap();
        assert_eq!(take(), [all, all, 0, all]);
        let mut place = 7;
        for number in 0..200 {
            place = (place * 48_271) % all;
            if number % 3 == 0 {
                lines.insert(Sale::to("it", number));
            } else if number % 3 == 1 {
                drop(lines.set(keys[place], Sale::to("de", number * 1_000_000)));
            } else {
                drop(lines.remove(keys[place]));
            }
            read();
            let made = take();
            assert!(made.iter().all(|made| *made <= 1), "{made:?} at {n}");
        }
        transaction(|| {
            for _ in 0..50 {
                lines.insert(Sale::to("pt", 1));
            }
        });
        read();
        assert_eq!(take(), [50, 50, 0, 50], "one run for a commit");
        let naive: i64 = lines.snapshot().iter().map(|(_, sale)| sale.net).sum();
        assert_eq!(totals.snapshot().values().sum::<i64>(), naive);
    }
}

#[test]
fn what_lags_behind_the_log_begins_anew_and_is_right() {
    let lines = Store::<Line, i64>::new();
    let keys = lines.extend(0..1_000);
    let calls = Calls::default();
    let counted = calls.clone();
    let doubled = lines.entries().map(move |_, net| {
        counted.count();
        **net * 2
    });
    assert_eq!((doubled.len(), calls.take()), (1_000, 1_000));
    for net in 0..20 {
        lines.set(keys[usize::try_from(net % 4).unwrap()], net).unwrap();
    }
    assert_eq!((doubled.get(&keys[3]), calls.take()), (Some(38), 4), "one call for each entry");
    for net in 0..5_000 {
        lines.set(keys[0], net).unwrap();
    }
    assert_eq!((doubled.get(&keys[0]), calls.take()), (Some(9_998), 1_000));
}

#[test]
fn on_two_threads_a_reader_sees_whole_commits_of_both_stores() {
    let (orders, lines) = (Store::<Order, i64>::new(), Store::<Line, Sale>::new());
    let counted =
        lines.entries().fold(0, |net, _, sale| *net += sale.net, |net, _, sale| *net -= sale.net);
    let said =
        orders.entries().fold(0, |net, _, order| *net += **order, |net, _, order| *net -= **order);
    let both = computed_from((&counted, &said), |(counted, said)| (*counted, *said));
    let is_over = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            let (both, orders, is_over) = (both.clone(), orders.entries(), Arc::clone(&is_over));
            let lines = lines.entries().count_by(|_, sale| sale.order);
            scope.spawn(move || {
                while !is_over.load(Relaxed) {
                    let (counted, said) = both.get();
                    assert_eq!(counted, said);
                    snapshot(|| assert_eq!(orders.len(), lines.len()));
                }
            });
        }
        let mut open: Vec<Key<Order>> = Vec::new();
        for number in 0..600_i64 {
            if number % 3 == 2 {
                orders.remove(open.remove(usize::try_from(number).unwrap() % open.len())).unwrap();
                continue;
            }
            open.push(transaction(|| {
                let order = orders.insert(number * 6);
                let sales = [1, 2, 3]
                    .map(|times| Sale { order: Some(order), ..Sale::to("de", number * times) });
                orders.own_all(order, &lines, lines.extend(sales)).unwrap();
                order
            }));
        }
        is_over.store(true, Relaxed);
    });
    assert_eq!(orders.len(), 200);
    assert_eq!(both.get().0, lines.snapshot().iter().map(|(_, sale)| sale.net).sum::<i64>());
}

#[test]
fn the_map_is_a_bound_of_shared_values() {
    let lines = Store::<Line, i64>::new();
    let key = lines.insert(3);
    let entries = lines.entries();
    let value: Option<Stored<i64>> = entries.read().get(&key).cloned();
    assert_eq!(value.as_deref(), Some(&3));
}
