//! A transaction shows whole or not at all (promise 2).

use std::sync::{Arc, Mutex};

use flo_bind::{BoundExt, bind, computed, computed_from, effect, snapshot, transaction};
use flo_test::Calls;

#[test]
fn effects_run_once_after_it_and_not_when_all_is_as_before() {
    let (left, right) = (bind(1), bind(2));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _showing = effect({
        let (left, right, seen) = (left.clone(), right.clone(), Arc::clone(&seen));
        move || seen.lock().unwrap().push((left.get(), right.get()))
    });
    transaction(|| {
        left.set(10);
        right.set(20);
        left.set(11);
        assert_eq!(seen.lock().unwrap().len(), 1);
    });
    transaction(|| {
        left.set(0);
        left.set(11);
    });
    assert_eq!(*seen.lock().unwrap(), [(1, 2), (11, 20)]);
}

#[test]
fn it_reads_its_own_writes_and_computeds_over_them() {
    let (price, count) = (bind(5), bind(2));
    let runs = Calls::new();
    let total = computed_from((&price, &count), {
        let runs = runs.clone();
        move |(price, count)| {
            runs.hit();
            price * count
        }
    });
    let doubled = total.map(|total| total * 2);
    let aside = bind(1);
    let other = aside.map(|aside| aside + 1);
    assert_eq!((doubled.get(), other.get()), (20, 2));
    transaction(|| {
        price.set(3);
        assert_eq!((price.get(), doubled.get(), doubled.get()), (3, 12, 12));
        assert_eq!(runs.count(), 2, "remembered until the next staged write");
        count.update(|count| *count += 2);
        assert_eq!((count.get(), doubled.get()), (4, 24));
        assert_eq!(other.get(), 2);
        assert_eq!(price.replace(1), 3);
    });
    assert_eq!(doubled.get(), 8);
}

#[test]
fn a_new_dependency_on_a_staged_value_sees_it_and_leaves_nothing_behind() {
    let (which, left, right) = (bind(false), bind(1), bind(2));
    let chosen = computed({
        let (which, left, right) = (which.clone(), left.clone(), right.clone());
        move || if which.get() { left.get() } else { right.get() }
    });
    let never_read = left.map(|left| left * 100);
    assert_eq!(chosen.get(), 2);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        transaction(|| {
            left.set(7);
            which.set(true);
            assert_eq!((chosen.get(), never_read.get()), (7, 700));
            panic!("roll back");
        });
    }));
    assert!(caught.is_err());
    assert_eq!((chosen.get(), never_read.get()), (2, 100));
}

#[test]
fn nested_ones_join_the_outer_and_so_does_a_snapshot() {
    let (left, seen) = (bind(0), Calls::new());
    let _watching = left.on_change({
        let seen = seen.clone();
        move |_| seen.hit()
    });
    transaction(|| {
        transaction(|| left.set(1));
        seen.assert_count(0);
        assert_eq!(snapshot(|| left.get()), 1);
        left.set(2);
    });
    assert_eq!((left.get(), seen.count()), (2, 1));
}

#[test]
fn an_effect_made_inside_first_runs_after_it() {
    let (left, runs) = (bind(0), Arc::new(Mutex::new(Vec::new())));
    let subscription = transaction(|| {
        let subscription = effect({
            let (left, runs) = (left.clone(), Arc::clone(&runs));
            move || runs.lock().unwrap().push(left.get())
        });
        left.set(1);
        assert!(runs.lock().unwrap().is_empty());
        subscription
    });
    left.set(2);
    drop(subscription);
    assert_eq!(*runs.lock().unwrap(), [1, 2]);
}

#[test]
fn the_last_handle_may_go_inside_and_the_write_still_arrives() {
    let left = bind(0);
    let reader = left.read_only();
    transaction(|| {
        left.set(1);
        drop(left);
        assert!(!reader.is_ended());
    });
    assert_eq!((reader.get(), reader.is_ended()), (1, true));
}

#[test]
fn what_a_snapshot_writes_is_seen_when_it_is_over() {
    let left = bind(0);
    snapshot(|| {
        left.set(1);
        left.update(|left| *left += 1);
        assert_eq!(left.get(), 0);
    });
    assert_eq!(left.get(), 2);
}

#[test]
fn a_transaction_in_an_effect_commits_at_its_end_and_the_effect_reads_on_from_there() {
    let (trigger, left, right) = (bind(0), bind(0), bind(0));
    let sum = computed_from((&left, &right), |(left, right)| left + right);
    let seen = Calls::new();
    let _working = effect({
        let (trigger, left, right) = (trigger.clone(), left.clone(), right.clone());
        let (sum, seen) = (sum.clone(), seen.clone());
        move || {
            let trigger = trigger.get();
            let before = flo_bind::untracked(|| sum.get());
            transaction(|| {
                left.set(trigger);
                right.set(trigger);
            });
            let after = flo_bind::untracked(|| sum.get());
            seen.record((before, after));
        }
    });
    trigger.set(4);
    seen.assert([(0, 0), (0, 8)]);
}

#[test]
fn many_staged_writes_and_reads_are_linear() {
    for width in [1_000, 10_000] {
        let sources: Vec<_> = (0..width).map(bind).collect();
        let doubled: Vec<_> = sources.iter().map(|source| source.map(|value| value * 2)).collect();
        assert_eq!(doubled[width - 1].get(), (width - 1) * 2);
        transaction(|| {
            for source in &sources {
                source.update(|value| *value += 1);
            }
            for (at, doubled) in doubled.iter().enumerate() {
                assert_eq!(doubled.get(), (at + 1) * 2);
            }
        });
        assert_eq!(doubled[0].get(), 2);
    }
}
