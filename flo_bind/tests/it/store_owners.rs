//! What an entry owns goes with it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, Key, KeyError, Store, computed, effect, list_transaction, transaction,
    try_transaction,
};

enum Order {}
enum Line {}

type Orders = Store<Order, &'static str>;
type Lines = Store<Line, u32>;

/// An order with so many lines.
fn order(orders: &Orders, lines: &Lines, count: u32) -> (Key<Order>, Vec<Key<Line>>) {
    let order = orders.insert("order");
    let its = (0..count)
        .map(|line| {
            let line = lines.insert(line);
            orders.own(order, lines, line).unwrap();
            line
        })
        .collect();
    (order, its)
}

#[test]
fn e6_what_an_entry_owns_goes_with_it_in_one_commit() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (gone, its) = order(&orders, &lines, 3);
    let (stays, others) = order(&orders, &lines, 2);
    let note = lines.insert(9);
    lines.own(its[1], &lines, note).unwrap();
    assert_eq!(orders.owned_in(gone, &lines), its);
    assert_eq!(lines.owner_in(note, &lines), Some(its[1]));
    let runs = Arc::new(AtomicUsize::new(0));
    let _counting = effect({
        let (orders, lines, runs) = (orders.read_only(), lines.read_only(), Arc::clone(&runs));
        move || {
            runs.fetch_add(1, Relaxed);
            assert!(matches!((orders.len(), lines.len()), (2, 6) | (1, 2)), "whole or not at all");
        }
    });
    assert_eq!(*orders.remove(gone).unwrap(), "order");
    assert_eq!(runs.load(Relaxed), 2);
    assert!(its.iter().all(|line| lines.try_get(*line) == Err(KeyError::Stale)));
    assert!(!lines.contains(note));
    assert_eq!(orders.owned_in(stays, &lines), others);
    assert!(others.iter().all(|line| lines.owner_in(*line, &orders) == Some(stays)));
}

#[test]
fn a_removal_that_is_rolled_back_leaves_all_owners_as_they_were() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (order, its) = order(&orders, &lines, 3);
    let failed: Result<(), &str> = try_transaction(|| {
        orders.remove(order).unwrap();
        assert!(orders.is_empty() && lines.is_empty());
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    assert_eq!((orders.len(), orders.owned_in(order, &lines)), (1, its));
    orders.remove(order).unwrap();
    assert!(lines.is_empty());
}

#[test]
fn e5_an_entry_has_one_owner_at_most() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (first, its) = order(&orders, &lines, 2);
    let (second, _) = order(&orders, &lines, 0);
    orders.own(second, &lines, its[0]).unwrap();
    orders.own(second, &lines, its[0]).unwrap();
    assert_eq!(orders.owned_in(first, &lines), [its[1]]);
    assert_eq!(orders.owned_in(second, &lines), [its[0]]);
    lines.disown(its[1]).unwrap();
    assert_eq!(lines.owner_in(its[1], &orders), None);
    orders.remove(first).unwrap();
    assert_eq!(lines.len(), 2);
    lines.remove(its[0]).unwrap();
    assert_eq!(orders.owned_in(second, &lines), [], "what is gone is owned by nobody");
    assert_eq!(orders.own(second, &lines, its[0]), Err(KeyError::Stale));
    assert_eq!(orders.own(first, &lines, its[1]), Err(KeyError::Stale));
    assert_eq!(lines.disown(its[0]), Err(KeyError::Stale));
    orders.remove(second).unwrap();
    assert_eq!(lines.get(its[1]), Some(1), "it has no owner");
}

#[test]
fn a_circle_of_owners_goes_whole() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let order = orders.insert("order");
    let line = lines.insert(1);
    orders.own(order, &lines, line).unwrap();
    lines.own(line, &orders, order).unwrap();
    let myself = orders.insert("my own");
    orders.own(myself, &orders, myself).unwrap();
    lines.remove(line).unwrap();
    assert_eq!((orders.len(), lines.len()), (1, 0));
    orders.remove(myself).unwrap();
    assert!(orders.is_empty());
}

#[test]
fn who_gives_something_to_an_entry_that_goes_meanwhile_is_told() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (order, _) = order(&orders, &lines, 1);
    let fresh = lines.insert(7);
    let meanwhile = |f: &(dyn Fn() + Sync)| {
        thread::scope(|scope| scope.spawn(f).join().unwrap());
    };
    let gone = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            orders.own(order, &lines, fresh).unwrap();
            meanwhile(&|| drop(orders.remove(order).unwrap()));
        });
    }));
    let text = gone.unwrap_err().downcast::<String>().unwrap();
    assert!(text.starts_with("another thread has changed what is owned in the store"), "{text}");
    assert_eq!(lines.owner_in(fresh, &orders), None, "nothing was written");
    assert_eq!((orders.len(), lines.len()), (0, 1));
}

#[test]
fn e6_a_removal_takes_what_another_thread_has_given_meanwhile() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (order, _) = order(&orders, &lines, 2);
    let fresh = lines.insert(7);
    let mut runs = 0;
    list_transaction(|| {
        orders.remove(order).unwrap();
        runs += 1;
        if runs == 1 {
            thread::scope(|scope| {
                let giving = scope.spawn(|| orders.own(order, &lines, fresh));
                assert_eq!(giving.join().unwrap(), Ok(()));
            });
        }
    });
    assert_eq!(runs, 2, "what it removed was not all");
    assert!(orders.is_empty() && lines.is_empty());
}

#[test]
fn orders_and_lines_on_two_threads_leave_no_orphans() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let barrier = Barrier::new(2);
    let keys: Vec<_> = (0..200).map(|_| orders.insert("order")).collect();
    thread::scope(|scope| {
        scope.spawn(|| {
            barrier.wait();
            for key in &keys {
                for _ in 0..3 {
                    let line = lines.insert(1);
                    if orders.own(*key, &lines, line).is_err() {
                        lines.remove(line).unwrap();
                    }
                }
            }
        });
        barrier.wait();
        for key in &keys {
            orders.remove(*key).unwrap();
        }
    });
    assert_eq!((orders.len(), lines.len()), (0, 0));
}

#[test]
fn owning_is_no_change_of_a_value() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (owner, its) = order(&orders, &lines, 1);
    let line = lines.insert(5);
    let runs = Arc::new(AtomicUsize::new(0));
    let whole = computed({
        let (orders, lines, runs) = (orders.read_only(), lines.read_only(), Arc::clone(&runs));
        move || {
            runs.fetch_add(1, Relaxed);
            (orders.len(), orders.get(owner), lines.get(its[0]), lines.get(line))
        }
    });
    let before = whole.get();
    assert_eq!((before.0, before.2, before.3), (1, Some(0), Some(5)));
    orders.own(owner, &lines, line).unwrap();
    lines.disown(line).unwrap();
    assert_eq!((whole.get(), runs.load(Relaxed)), (before, 1));
}

#[test]
fn a_key_of_another_store_owns_nothing_and_is_owned_by_nobody() {
    let (orders, lines) = (Orders::new(), Lines::new());
    let (owner, its) = order(&orders, &lines, 2);
    // At the same places of other stores.
    let (other_orders, other_lines) = (Orders::new(), Lines::new());
    let (other, others) = order(&other_orders, &other_lines, 2);
    assert!(orders.owned_in(other, &lines).is_empty());
    assert_eq!(lines.owner_in(others[0], &orders), None);
    assert_eq!(
        (orders.owned_in(owner, &lines), lines.owner_in(its[0], &orders)),
        (its, Some(owner))
    );
    assert_eq!(orders.own_all(owner, &lines, others), Err(KeyError::Foreign));
}
