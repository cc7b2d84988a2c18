//! Rows that read bindings of their own, under random schedules.

use flo_bind::{
    BindRef, Binding, BoundExt, ListBinding, ListRef, bind, effect, snapshot, transaction,
};
use futures::{FutureExt, StreamExt};
use shuttle::thread;

use crate::explore::{explore, join_all};
use crate::part::{Held, Living};

/// A list of rows with a binding each, and what follows from both.
#[derive(Clone)]
struct Rows {
    own: Vec<Binding<u64>>,
    list: ListBinding<BindRef<u64>>,
    doubled: ListRef<u64>,
    even: ListRef<BindRef<u64>>,
}

impl Rows {
    fn new(count: u64) -> Self {
        let own: Vec<Binding<u64>> = (0..count).map(bind).collect();
        let list: ListBinding<BindRef<u64>> = own.iter().map(BoundExt::read_only).collect();
        let doubled = list.map(|row| row.get() * 2);
        let even = list.filter(|row| row.get() % 2 == 0);
        Self { own, list, doubled, even }
    }

    /// Fails where what follows from the rows is not of one version with them.
    fn check(&self) {
        let (rows, doubled, even) =
            (self.list.snapshot(), self.doubled.snapshot(), self.even.snapshot());
        let values: Vec<u64> = rows.iter().map(BoundExt::get).collect();
        let twice = values.iter().map(|value| value * 2);
        assert!(doubled.iter().copied().eq(twice), "{values:?} {doubled:?}");
        let is_even = |row: &&BindRef<u64>| row.get() % 2 == 0;
        assert!(even.iter().eq(rows.iter().filter(is_even)), "{values:?}");
    }
}

#[test]
fn w1_to_w3_a_row_changes_while_another_thread_runs_its_list() {
    explore(|| {
        let rows = Rows::new(3);
        let mut following = rows.doubled.follow_changes();
        let mut mirror = Vec::new();
        let mut poll = |mirror: &mut Vec<u64>| {
            while let Some(Some(batch)) = following.next().now_or_never() {
                batch.apply_to(mirror).unwrap();
            }
        };
        poll(&mut mirror);
        let changing = [0, 1].map(|which: usize| {
            let rows = rows.clone();
            thread::spawn(move || {
                rows.own[which].update(|row| *row += 1);
                transaction(|| {
                    rows.own[which].update(|row| *row += 2);
                    rows.own[2].update(|row| *row += 1);
                    rows.check();
                });
            })
        });
        let reading = thread::spawn({
            let rows = rows.clone();
            move || {
                for _ in 0..2 {
                    snapshot(|| rows.check());
                    let _alone = rows.even.snapshot();
                }
            }
        });
        join_all(changing);
        reading.join().unwrap();
        rows.check();
        assert_eq!(rows.doubled.snapshot(), [6, 8, 8]);
        poll(&mut mirror);
        assert_eq!(mirror, [6, 8, 8], "the follower was told");
    });
}

#[test]
fn w3_a_row_changes_while_it_comes_and_goes_and_an_effect_hears_of_the_last() {
    explore(|| {
        let rows = Rows::new(2);
        let last = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = effect({
            let (doubled, last) = (rows.doubled.clone(), last.clone());
            move || {
                let now = doubled.snapshot().to_vec();
                *last.lock().unwrap() = now;
            }
        });
        let changing = thread::spawn({
            let rows = rows.clone();
            move || {
                rows.own[0].set(5);
                rows.own[1].set(6);
            }
        });
        let editing = thread::spawn({
            let rows = rows.clone();
            move || {
                let gone = rows.list.remove(0);
                rows.list.push(gone);
            }
        });
        let reading = thread::spawn({
            let rows = rows.clone();
            move || snapshot(|| rows.check())
        });
        join_all([changing, editing, reading]);
        rows.check();
        assert_eq!(*last.lock().unwrap(), [12, 10]);
        drop(seen);
    });
}

#[test]
fn w3_nothing_is_left_of_rows_that_are_dropped_while_one_changes() {
    explore(|| {
        let living = Living::default();
        let own: Vec<Binding<Held>> = (0..3).map(|row| bind(Held::new(&living, row))).collect();
        let list: ListBinding<BindRef<Held>> = own.iter().map(BoundExt::read_only).collect();
        let values = list.map(|row| row.with(Held::get));
        assert_eq!(values.len(), 3);
        let changing = thread::spawn({
            let (row, living) = (own[1].clone(), living.clone());
            move || row.set(Held::new(&living, 7))
        });
        let dropping = thread::spawn(move || {
            drop(list.remove(1));
            drop((own, list));
        });
        let reading = thread::spawn(move || drop(values.snapshot()));
        join_all([changing, dropping, reading]);
        assert_eq!(living.count(), 0);
    });
}
