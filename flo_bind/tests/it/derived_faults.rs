//! Rows of a derived list whose drops panic, and other panics in the middle of a run.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{Binding, BoundExt, ListBinding, ListRef, MapBinding, bind, snapshot};
use flo_test::Calls;

/// Number 2 panics once when it is dropped, if it is armed.
#[derive(Clone)]
struct Row(i32, Arc<AtomicBool>);

impl Drop for Row {
    fn drop(&mut self) {
        assert!(self.0 != 2 || !self.1.swap(false, SeqCst), "dropped");
    }
}

fn rows(list: &ListBinding<i32>, armed: &Arc<AtomicBool>, runs: &Calls) -> ListRef<Row> {
    let (armed, runs) = (Arc::clone(armed), runs.clone());
    list.map(move |number| {
        runs.hit();
        Row(*number, Arc::clone(&armed))
    })
}

fn len(rows: &ListRef<Row>) -> Option<usize> {
    catch_unwind(AssertUnwindSafe(|| rows.len())).ok()
}

#[test]
fn a_row_that_panics_when_it_is_replaced_has_no_other_row_asked() {
    let (list, armed, runs) =
        ((0..100).collect::<ListBinding<i32>>(), Arc::default(), Calls::new());
    let rows = rows(&list, &armed, &runs);
    assert_eq!(len(&rows), Some(100));
    armed.store(true, SeqCst);
    list.set(2, 1_000);
    let _whoever_is_told = len(&rows);
    assert_eq!(len(&rows), Some(100));
    runs.assert_count(101);
}

#[test]
fn a_row_that_panics_when_the_log_lets_go_of_it_leaves_the_list_readable() {
    let (list, armed, runs) =
        ((0..100).collect::<ListBinding<i32>>(), Arc::default(), Calls::new());
    let rows = rows(&list, &armed, &runs);
    let _follower = rows.follow_changes();
    assert_eq!(len(&rows), Some(100));
    list.set(2, 1_000);
    assert_eq!(len(&rows), Some(100));
    armed.store(true, SeqCst);
    for number in 0..300 {
        list.set(50, 1_000 + number);
        let _whoever_is_told = len(&rows);
        assert_eq!(len(&rows), Some(100), "edit {number}");
    }
    assert!(!armed.load(SeqCst), "it has gone");
}

#[test]
fn a_value_that_panics_when_it_leaves_a_derived_map_has_no_other_one_asked() {
    for is_replaced in [true, false] {
        let numbers: MapBinding<i32, i32> = (0..100).map(|number| (number, number)).collect();
        let (armed, runs) = (Arc::<AtomicBool>::default(), Calls::new());
        let rows = numbers.map({
            let (armed, runs) = (Arc::clone(&armed), runs.clone());
            move |_, number| {
                runs.hit();
                Row(*number, Arc::clone(&armed))
            }
        });
        let len = || catch_unwind(AssertUnwindSafe(|| rows.len())).ok();
        assert_eq!(len(), Some(100));
        armed.store(true, SeqCst);
        if is_replaced {
            numbers.insert(2, 1_000);
        } else {
            numbers.remove(&2);
        }
        assert_eq!(len(), None, "whoever reads is told");
        assert_eq!(len(), Some(if is_replaced { 100 } else { 99 }));
        runs.assert_count(if is_replaced { 101 } else { 100 });
    }
}

#[test]
fn a_row_that_panics_when_it_leaves_a_sorted_list_has_no_other_key_asked() {
    // The other number has its place, or the row that stays has.
    for (is_replaced, other) in [(true, 3), (true, 1_000), (false, 0)] {
        let (list, armed, keys) =
            ((0..100).collect::<ListBinding<i32>>(), Arc::default(), Calls::new());
        let rows = rows(&list, &armed, &Calls::new());
        let sorted = rows.sorted_by_key({
            let keys = keys.clone();
            move |row| {
                keys.hit();
                row.0
            }
        });
        assert_eq!(len(&sorted), Some(100));
        if is_replaced {
            list.set(2, other);
        } else {
            list.remove(2);
        }
        assert!(len(&rows).is_some(), "its own row 2 has gone");
        armed.store(true, SeqCst);
        assert_eq!(len(&sorted), None, "whoever reads is told");
        assert_eq!(len(&sorted), Some(if is_replaced { 100 } else { 99 }));
        keys.assert_count(if is_replaced { 101 } else { 100 });
    }
}

#[test]
fn a_row_that_panics_when_it_leaves_a_derived_list_has_no_other_one_asked() {
    /// Of number 2 it is that what `second` says, which is nothing where it is negative.
    fn row(number: i32, second: &Binding<i32>, armed: &Arc<AtomicBool>) -> Option<Row> {
        let number = if number == 2 { second.get() } else { number };
        (number >= 0).then(|| Row(number, Arc::clone(armed)))
    }
    type Derive = fn(&ListBinding<i32>, Binding<i32>, Arc<AtomicBool>, Calls) -> ListRef<Row>;
    let derived: [Derive; 2] = [
        |list, second, armed, runs| {
            list.filter_map(move |number| {
                runs.hit();
                row(*number, &second, &armed)
            })
        },
        |list, second, armed, runs| {
            list.flat_map(move |number| {
                runs.hit();
                row(*number, &second, &armed)
            })
        },
    ];
    /// How many rows are left after it, and how many have been asked.
    type Change = (fn(&ListBinding<i32>, &Binding<i32>), usize, usize);
    let changes: [Change; 4] = [
        (|list, _| assert_eq!(list.set(2, 1_000), 2), 100, 101),
        (|list, _| assert_eq!(list.remove(2), 2), 99, 100),
        (|_, second| second.set(1_000), 100, 101),
        (|_, second| second.set(-1), 99, 101),
    ];
    for (derive, (change, left, asked)) in
        derived.iter().flat_map(|derive| changes.iter().map(move |change| (derive, change)))
    {
        let (list, second) = ((0..100).collect::<ListBinding<i32>>(), bind(2));
        let (armed, runs) = (Arc::<AtomicBool>::default(), Calls::new());
        let rows = derive(&list, second.clone(), Arc::clone(&armed), runs.clone());
        assert_eq!(len(&rows), Some(100));
        armed.store(true, SeqCst);
        change(&list, &second);
        assert_eq!(len(&rows), None, "whoever reads is told");
        assert_eq!(len(&rows), Some(*left));
        runs.assert_count(*asked);
    }
}

#[test]
fn a_row_that_panics_when_a_derived_list_begins_anew_leaves_it_readable() {
    type Derive = fn(&ListBinding<i32>, Arc<AtomicBool>) -> ListRef<Row>;
    let derived: [Derive; 3] = [
        |list, armed| list.map(move |number| Row(*number, Arc::clone(&armed))),
        |list, armed| list.filter_map(move |number| Some(Row(*number, Arc::clone(&armed)))),
        |list, armed| list.flat_map(move |number| [Row(*number, Arc::clone(&armed))]),
    ];
    // What is another list, and more than the log has.
    let changes: [fn(&ListBinding<i32>); 2] = [
        |list| list.replace_all(1_000..1_100),
        |list| {
            for number in 0..600 {
                list.set(number % 100, 1_000);
            }
        },
    ];
    for (derive, change) in
        derived.iter().flat_map(|derive| changes.iter().map(move |change| (derive, change)))
    {
        let (list, armed) = ((0..100).collect::<ListBinding<i32>>(), Arc::<AtomicBool>::default());
        let rows = derive(&list, Arc::clone(&armed));
        assert_eq!(len(&rows), Some(100));
        armed.store(true, SeqCst);
        change(&list);
        let _whoever_is_told = len(&rows);
        assert!(!armed.load(SeqCst), "it has gone");
        assert_eq!(len(&rows), Some(100));
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_does_not_keep_a_derived_list_from_beginning_anew() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            assert!(thread::panicking(), "dropped");
        }
    }
    let (list, runs) = ((0..100).collect::<ListBinding<i32>>(), Calls::new());
    let doubled = list.map({
        let runs = runs.clone();
        move |number| {
            runs.hit();
            if runs.count() == 101 {
                panic_any(Payload);
            }
            number * 2
        }
    });
    assert_eq!(doubled.len(), 100);
    list.push(100);
    assert_eq!(doubled.snapshot()[100], 200);
}

#[test]
fn a_key_that_panics_when_what_is_kept_is_copied_leaves_the_list_readable() {
    thread_local!(static IS_ARMED: Cell<bool> = const { Cell::new(false) });
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Key(i32);
    impl Clone for Key {
        fn clone(&self) -> Self {
            assert!(!IS_ARMED.replace(false), "on purpose");
            Self(self.0)
        }
    }
    let list = ListBinding::from(vec![3, 1, 2]);
    let sorted = list.sorted_by_key(|number| Key(*number));
    snapshot(|| {
        assert_eq!(sorted.len(), 3);
        thread::scope(|scope| {
            // What is there is also for the other snapshot, so that this one's run goes on from a copy.
            scope.spawn(|| {
                list.push(0);
                IS_ARMED.set(true);
                let _whoever_is_told = catch_unwind(AssertUnwindSafe(|| sorted.len()));
                assert!(!IS_ARMED.get(), "it has been copied");
            });
        });
    });
    list.push(4);
    assert_eq!(sorted.snapshot(), [0, 1, 2, 3, 4]);
}
