//! Rows that read bindings of their own: which closures run, what is told, what is held.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    thread,
};

use flo_bind::{
    BindRef, Binding, BoundExt, ListBinding, ListDiff, ListRef, MapBinding, MapDiff, MapSnapshot,
    RopeBinding, bind, computed, effect, list_transaction, snapshot, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};

use crate::{derived_maps_costs::Calls, quiet::quietly};

type Row = BindRef<usize>;

/// Rows that have a binding each.
fn rows(n: usize) -> (Vec<Binding<usize>>, ListBinding<Row>) {
    let rows: Vec<Binding<usize>> = (0..n).map(bind).collect();
    let list = rows.iter().map(BoundExt::read_only).collect();
    (rows, list)
}

fn counted<A, R, F: Fn(&A) -> R>(calls: &Calls, f: F) -> impl Fn(&A) -> R + use<A, R, F> {
    let calls = calls.clone();
    move |row| {
        calls.count();
        f(row)
    }
}

const LENGTHS: [usize; 2] = [1_000, 100_000];

#[test]
fn w1_the_closure_of_a_row_runs_where_its_own_binding_has_changed_whatever_the_length() {
    for n in LENGTHS {
        let (rows, list) = rows(n);
        let calls: [Calls; 6] = Default::default();
        let kept = list.filter(counted(&calls[0], |row: &Row| row.get().is_multiple_of(2)));
        let mapped = list.map(counted(&calls[1], |row: &Row| row.get() * 2));
        let many = list.flat_map(counted(&calls[2], |row: &Row| vec![(); row.get() % 3]));
        let sorted = list.sorted_by_key(counted(&calls[3], |row: &Row| row.get() % 100));
        let most = list.reduce(counted(&calls[4], |row: &Row| row.get()), |a, b| *a.max(b));
        let groups = list.group_fold(
            counted(&calls[5], |row: &Row| row.get() % 10),
            0_usize,
            |count, _| *count += 1,
            |count, _| *count -= 1,
        );
        let read =
            || (kept.len(), mapped.len(), many.len(), sorted.len(), most.get(), groups.len());
        read();
        let made: Vec<usize> = calls.iter().map(Calls::take).collect();
        assert_eq!(made, [n; 6]);
        let mut at = 7;
        for number in 0..50 {
            at = (at * 48_271) % n;
            rows[at].set(number);
            read();
            let made: Vec<usize> = calls.iter().map(Calls::take).collect();
            assert_eq!(made, [1; 6], "one row of {n}");
        }
        transaction(|| rows[..3].iter().for_each(|row| row.update(|row| *row += 1)));
        read();
        let made: Vec<usize> = calls.iter().map(Calls::take).collect();
        assert_eq!(made, [3; 6]);
        let naive: Vec<usize> = rows.iter().map(|row| row.get() * 2).collect();
        assert_eq!(mapped.snapshot(), naive);
        assert_eq!(kept.len(), naive.iter().filter(|row| *row / 2 % 2 == 0).count());
        assert_eq!(most.get(), naive.iter().map(|row| row / 2).max());
    }
}

#[test]
fn w1_the_closure_of_an_entry_runs_where_its_own_binding_has_changed() {
    let entries: Vec<Binding<usize>> = (0..1_000).map(bind).collect();
    let keyed = entries.iter().enumerate().map(|(key, entry)| (key, entry.read_only()));
    let map: MapBinding<usize, Row> = keyed.collect();
    let names: MapBinding<usize, &str> = (0..10).map(|key| (key, "name")).collect();
    let calls: [Calls; 5] = Default::default();
    let count = |which: usize| calls[which].clone();
    let (kept, made, named, group, total) = (count(0), count(1), count(2), count(3), count(4));
    let kept = map.filter(move |_, entry| {
        kept.count();
        entry.get() % 2 == 0
    });
    let made = map.map(move |_, entry| {
        made.count();
        entry.get()
    });
    let joined = map.join_by(&names, move |_, entry| {
        named.count();
        entry.get() % 20
    });
    let groups = map.group_by(move |_, entry| {
        group.count();
        entry.get() % 7
    });
    let totals = map.count_by(move |_, entry| {
        total.count();
        entry.get() % 5
    });
    let read = || (kept.len(), made.len(), joined.len(), groups.len(), totals.len());
    read();
    assert_eq!(calls.each_ref().map(Calls::take), [1_000; 5]);
    let mut changes = made.follow_changes();
    drop(changes.next().now_or_never());
    for at in [0, 999, 500, 500] {
        entries[at].update(|entry| *entry += 1);
        read();
        assert_eq!(calls.each_ref().map(Calls::take), [1; 5]);
        let batch = changes.next().now_or_never().flatten().unwrap();
        let diffs: Vec<_> = batch.iter().cloned().collect();
        let (old, new) = (Some(entries[at].get() - 1), entries[at].get());
        assert_eq!(diffs, [MapDiff::Update { key: at, old, new }], "and no reset");
    }
    map.remove(&0);
    map.insert(2_000, entries[0].read_only());
    entries[0].set(41);
    read();
    assert_eq!(calls.each_ref().map(Calls::take), [1; 5]);
    assert_eq!((made.get(&0), made.get(&2_000)), (None, Some(41)));
    let naive =
        |f: fn(usize) -> bool| map.snapshot().values().filter(|entry| f(entry.get())).count();
    assert_eq!(kept.len(), naive(|entry| entry % 2 == 0));
    assert_eq!(joined.len(), naive(|entry| entry % 20 < 10));
    assert_eq!(totals.snapshot().values().sum::<usize>(), 1_000);
    assert_eq!(groups.snapshot().values().map(MapSnapshot::len).sum::<usize>(), 1_000);
}

#[test]
fn w1_nothing_is_computed_that_a_row_may_not_read_again() {
    let (which, calls) = (bind(true), Calls::default());
    let count = calls.clone();
    let number = bind(1);
    let costly = computed({
        let number = number.clone();
        move || {
            count.count();
            number.get()
        }
    });
    let list = ListBinding::from(vec![0]);
    let sums = list.map({
        let which = which.clone();
        move |row| row + if which.get() { costly.get() } else { 7 }
    });
    assert_eq!((sums.snapshot().to_vec(), calls.take()), (vec![1], 1));
    transaction(|| {
        which.set(false);
        number.set(2);
    });
    assert_eq!((sums.snapshot().to_vec(), calls.take()), (vec![7], 0));
    number.set(3);
    assert_eq!((sums.snapshot().to_vec(), calls.take()), (vec![7], 0));
    which.set(true);
    assert_eq!((sums.snapshot().to_vec(), calls.take()), (vec![3], 1));
}

#[test]
fn w4_rows_that_read_one_binding_run_together_and_others_do_not() {
    let (limit, calls) = (bind(5), Calls::default());
    let list: ListBinding<usize> = (0..100).collect();
    let kept = list.filter({
        let (limit, calls) = (limit.clone(), calls.clone());
        move |row| {
            calls.count();
            // Every tenth row does not ask.
            row % 10 == 0 || *row < limit.get()
        }
    });
    let mut changes = kept.follow_changes();
    drop(changes.next().now_or_never());
    assert_eq!(calls.take(), 100);
    limit.set(7);
    assert_eq!((kept.len(), calls.take()), (16, 90));
    let batch = changes.next().now_or_never().flatten().unwrap();
    assert_eq!(batch.iter().count(), 2, "the difference is the rows that come and go");
    for at in 0..60 {
        list.insert(at + 1, 1);
        list.move_item(at * 2 % 100, 3);
        list.remove(at);
    }
    calls.take();
    kept.len();
    calls.take();
    limit.set(8);
    kept.len();
    assert_eq!(calls.take(), list.snapshot().iter().filter(|row| *row % 10 != 0).count());
}

#[test]
fn w3_a_binding_that_no_row_reads_any_more_tells_nobody_and_is_held_by_nobody() {
    let (told, calls) = (Calls::default(), Calls::default());
    let held = Arc::new(7);
    let (row, other) = (bind(Arc::clone(&held)), bind(Arc::new(0)));
    // Not in the list itself, whose log holds what has gone.
    let read = Arc::new(Mutex::new([Some(row.read_only()), Some(other.read_only())]));
    let list = ListBinding::from(vec![0, 1]);
    let mapped = list.map({
        let read = Arc::clone(&read);
        counted(&calls, move |at: &usize| {
            let row = read.lock().unwrap()[*at].clone();
            row.map(|row| row.with(Arc::strong_count))
        })
    });
    let seen = effect({
        let (mapped, told) = (mapped.clone(), told.clone());
        move || {
            told.count();
            assert!(!mapped.is_empty());
        }
    });
    assert_eq!((told.take(), calls.take()), (1, 2));
    list.remove(0);
    assert_eq!((told.take(), calls.take()), (1, 0));
    row.set(Arc::new(1));
    row.set(Arc::clone(&held));
    assert_eq!((told.take(), calls.take()), (0, 0), "nobody reads it");
    *read.lock().unwrap() = [None, None];
    drop(row);
    assert_eq!(Arc::strong_count(&held), 1, "nobody holds it");
    other.set(Arc::clone(&held));
    assert_eq!((told.take(), calls.take()), (1, 1), "the row that is left has read it");
    drop(other);
    assert_eq!(Arc::strong_count(&held), 1, "and then has read nothing");
    drop(seen);
}

#[test]
fn c4_a_row_that_comes_to_the_same_tells_nobody() {
    let (told, calls) = (Calls::default(), Calls::default());
    let (rows, list) = rows(50);
    let kept = list.filter(counted(&calls, |row: &Row| row.get() < 100));
    let sorted = list.sorted_by_key(|row| row.get() / 1_000);
    let groups = list.group_by(|row| row.get() / 1_000);
    let index = list.index_by(|row| row.get() / 1_000);
    let seen = effect({
        let told = told.clone();
        move || {
            told.count();
            let lens = [kept.len(), sorted.len(), groups.len(), index.len()];
            assert!(lens.iter().all(|len| *len > 0));
        }
    });
    assert_eq!((told.take(), calls.take()), (1, 50));
    rows[7].set(99);
    assert_eq!((told.take(), calls.take()), (0, 1));
    rows[7].set(999);
    assert_eq!((told.take(), calls.take()), (1, 1));
    drop(seen);
}

#[test]
fn a_row_whose_own_key_changes_moves() {
    let (rows, list) = rows(5);
    let sorted = list.sorted_by_key(BoundExt::get);
    let mut changes = sorted.follow_changes();
    drop(changes.next().now_or_never());
    rows[0].set(3);
    let batch = changes.next().now_or_never().flatten().unwrap();
    let diffs: Vec<_> = batch.iter().collect();
    assert!(
        matches!(diffs[..], [ListDiff::Move { from: 0, to: 2 }]),
        "before its equal: {diffs:?}"
    );
}

#[test]
fn c7_a_panic_of_one_row_is_the_readers_until_its_own_binding_changes() {
    let (rows, list) = rows(100);
    let (other, calls) = (bind(0), Calls::default());
    let kept = list.map({
        let other = other.clone();
        counted(&calls, move |row: &Row| {
            assert!(row.get() != 1_000, "a closure panics");
            row.get() + other.get()
        })
    });
    let sum = kept.sum();
    let panics = || quietly(|| catch_unwind(AssertUnwindSafe(|| sum.get()))).is_err();
    let naive = || rows.iter().map(BoundExt::get).sum::<usize>() + 100 * other.get();
    assert_eq!(sum.get(), naive());
    for at in [0, 50, 99] {
        rows[at].set(1_000);
        assert!(panics());
        calls.take();
        assert!(panics());
        assert_eq!(calls.take(), 0, "the panic is kept");
        // Before the one that panics, or not read by then: it still panics.
        other.set(at);
        assert!(panics());
        rows[at].set(at);
        assert_eq!(sum.get(), naive());
        calls.take();
        rows[at].set(5);
        assert_eq!((sum.get(), calls.take()), (naive(), 1));
    }
}

#[test]
fn c6_a_transaction_reads_what_it_has_staged_and_a_rollback_leaves_nothing() {
    let (rows, list) = rows(1_000);
    let calls = Calls::default();
    let kept = list.map(counted(&calls, |row: &Row| row.get()));
    let sum = || kept.snapshot().iter().sum::<usize>();
    let before = sum();
    calls.take();
    let result: Result<(), ()> = try_transaction(|| {
        rows[5].set(1_005);
        assert_eq!((sum(), calls.take()), (before + 1_000, 1));
        list.push(rows[5].read_only());
        assert_eq!(sum(), before + 2_005);
        assert!(calls.take() <= 2);
        list.remove(6);
        rows[5].set(2_005);
        assert_eq!(sum(), before + 2_000 + 2_005 - 6);
        assert!(calls.take() <= 2);
        Err(())
    });
    assert!(result.is_err());
    assert_eq!((sum(), calls.take()), (before, 0), "nothing has happened");
    list_transaction(|| {
        rows[5].set(1_005);
        list.push(rows[5].read_only());
        list.remove(0);
        assert_eq!(sum(), before + 2_005);
    });
    calls.take();
    assert_eq!(sum(), before + 2_005);
    assert_eq!(calls.take(), 2, "the row that has changed and the row that has come");
    rows[5].set(5);
    assert_eq!((sum(), calls.take()), (before + 5, 2), "two rows read it");
}

#[test]
fn a_snapshot_that_was_overtaken_reads_rows_as_they_were() {
    let (rows, list) = rows(100);
    let kept = list.filter(|row| row.get() < 50);
    assert_eq!(kept.len(), 50);
    let (go, gone) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            snapshot(|| {
                assert_eq!(rows[0].get(), 0);
                go.wait();
                gone.wait();
                assert_eq!((kept.len(), list.len(), rows[0].get()), (50, 100, 0));
            });
        });
        go.wait();
        rows[0].set(100);
        rows[99].set(0);
        rows[98].set(0);
        list.remove(1);
        assert_eq!(kept.len(), 50);
        gone.wait();
    });
    assert_eq!((kept.len(), kept.snapshot().iter().filter(|row| row.get() == 0).count()), (50, 2));
}

#[test]
fn a_derived_list_ends_with_its_source_and_what_its_rows_read() {
    let (mut rows, list) = rows(3);
    let kept = list.map(BoundExt::get);
    assert_eq!(kept.snapshot(), [0, 1, 2]);
    drop(list);
    assert!(!kept.is_ended(), "its rows may still change");
    rows.remove(0).set(7);
    assert_eq!(kept.snapshot(), [7, 1, 2]);
    assert!(!kept.is_ended());
    drop(rows);
    assert_eq!(kept.snapshot(), [7, 1, 2]);
    assert!(kept.is_ended());
}

#[test]
fn a_change_of_one_list_of_many_is_all_that_a_flattened_one_looks_at() {
    let calls = Calls::default();
    let inner: Vec<ListBinding<usize>> = (0..1_000).map(|at| vec![at].into()).collect();
    let lists: ListBinding<ListRef<usize>> =
        inner.iter().map(|list| list.map(counted(&calls, |item: &usize| item * 2))).collect();
    let all = lists.flatten();
    let mut changes = all.follow_changes();
    let mut mirror = Vec::new();
    changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
    assert_eq!(calls.take(), 1_000);
    let mut at = 7;
    for number in 0..100 {
        at = (at * 48_271) % 1_000;
        match number % 4 {
            0 => inner[at].push(number),
            1 => inner[at].clear(),
            2 => lists.move_item(at, 999 - at),
            _ => transaction(|| {
                inner[at].insert(0, number);
                drop(lists.remove(500));
                lists.insert(3, inner[at].map(|item| item + 1));
            }),
        }
        let batch = changes.next().now_or_never().flatten();
        if let Some(batch) = batch {
            batch.apply_to(&mut mirror).unwrap();
        }
        assert!(calls.take() <= 1);
        let naive: Vec<usize> =
            lists.snapshot().iter().flat_map(|list| list.snapshot().to_vec()).collect();
        assert_eq!(all.snapshot(), naive);
        assert_eq!(mirror, naive);
    }
}

#[test]
fn the_cells_of_a_rope_read_bindings_of_their_own() {
    let (rows, list) = rows(10);
    let calls = Calls::default();
    let text: RopeBinding<Row, usize> =
        list.snapshot().iter().enumerate().map(|(at, row)| (row.clone(), at / 3)).collect();
    let numbers = text.map(counted(&calls, |row: &Row| row.get()));
    assert_eq!((numbers.len(), calls.take()), (10, 10));
    rows[4].set(40);
    text.replace(0..1, []);
    let read = || numbers.snapshot().iter().map(|(cell, attribute)| (*cell, *attribute)).collect();
    let cells: Vec<(usize, usize)> = read();
    assert_eq!(cells[..4], [(1, 0), (2, 0), (3, 1), (40, 1)]);
    assert_eq!(calls.take(), 1);
}
