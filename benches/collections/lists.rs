//! A list by itself: pushes, edits in the middle, building.

use std::time::{Duration, Instant};

use eyeball_im::ObservableVector;
use flo_reactive::ListBinding;
use futures_signals::signal_vec::MutableVec;
use imbl::Vector;

use crate::{
    counting::{edit, index, values},
    report::{Contender, Report},
};

/// A list.
trait List: Sized {
    const NAME: &'static str;

    fn of(values: Vec<u64>) -> Self;
    fn push(&mut self, value: u64);
    fn insert(&mut self, at: usize, value: u64);
    fn remove(&mut self, at: usize) -> u64;
    fn all(&self) -> Vec<u64>;
}

impl List for ListBinding<u64> {
    const NAME: &'static str = "flo";

    fn of(values: Vec<u64>) -> Self {
        Self::from(values)
    }

    fn push(&mut self, value: u64) {
        Self::push(self, value);
    }

    fn insert(&mut self, at: usize, value: u64) {
        Self::insert(self, at, value);
    }

    fn remove(&mut self, at: usize) -> u64 {
        Self::remove(self, at)
    }

    fn all(&self) -> Vec<u64> {
        self.snapshot().to_vec()
    }
}

impl List for MutableVec<u64> {
    const NAME: &'static str = "futures-signals";

    fn of(values: Vec<u64>) -> Self {
        Self::new_with_values(values)
    }

    fn push(&mut self, value: u64) {
        self.lock_mut().push(value);
    }

    fn insert(&mut self, at: usize, value: u64) {
        self.lock_mut().insert(at, value);
    }

    fn remove(&mut self, at: usize) -> u64 {
        self.lock_mut().remove(at)
    }

    fn all(&self) -> Vec<u64> {
        self.lock_ref().to_vec()
    }
}

impl List for ObservableVector<u64> {
    const NAME: &'static str = "eyeball-im";

    fn of(values: Vec<u64>) -> Self {
        let mut list = Self::with_capacity(16);
        list.append(values.into());
        list
    }

    fn push(&mut self, value: u64) {
        self.push_back(value);
    }

    fn insert(&mut self, at: usize, value: u64) {
        Self::insert(self, at, value);
    }

    fn remove(&mut self, at: usize) -> u64 {
        Self::remove(self, at)
    }

    fn all(&self) -> Vec<u64> {
        self.iter().copied().collect()
    }
}

impl List for Vector<u64> {
    const NAME: &'static str = "imbl";

    fn of(values: Vec<u64>) -> Self {
        values.into()
    }

    fn push(&mut self, value: u64) {
        self.push_back(value);
    }

    fn insert(&mut self, at: usize, value: u64) {
        Self::insert(self, at, value);
    }

    fn remove(&mut self, at: usize) -> u64 {
        Self::remove(self, at)
    }

    fn all(&self) -> Vec<u64> {
        self.iter().copied().collect()
    }
}

pub(crate) fn sections(report: &mut Report) {
    if report.section("push") {
        let count = report.count(1_000_000);
        let times = report.row(
            "push of 1 000 000",
            vec![
                Contender::new("flo", count, pushes::<ListBinding<u64>>),
                Contender::new("futures-signals", count, pushes::<MutableVec<u64>>),
                Contender::new("eyeball-im", count, pushes::<ObservableVector<u64>>),
                Contender::new("imbl", count, pushes::<Vector<u64>>),
            ],
        );
        report.goal("push, flo over futures-signals", times.beside("futures-signals"), 3.0);
    }
    if report.section("middle") {
        let len = report.len(1_000_000);
        let (many, few) = (report.count(20_000), report.count(400));
        let times = report.row(
            "insert and remove all over 1 000 000, for one of them",
            vec![
                middle::<ListBinding<u64>>(len, many),
                middle::<MutableVec<u64>>(len, few),
                middle::<ObservableVector<u64>>(len, few),
                middle::<Vector<u64>>(len, few),
            ],
        );
        report.goal("middle, flo over the best peer", times.beside_best(), 0.02);
    }
    if report.section("build") {
        let len = report.len(1_000_000);
        report.row(
            "a list of 1 000 000 values, for one of them",
            vec![
                Contender::new("flo", len, builds::<ListBinding<u64>>),
                Contender::new("futures-signals", len, builds::<MutableVec<u64>>),
                Contender::new("eyeball-im", len, builds::<ObservableVector<u64>>),
                Contender::new("imbl", len, builds::<Vector<u64>>),
            ],
        );
    }
}

fn pushes<L: List>(count: u64) -> Duration {
    let mut list = L::of(Vec::new());
    let start = Instant::now();
    (0..count).for_each(|value| list.push(value));
    let time = start.elapsed();
    assert!(list.all().into_iter().eq(0..count), "{}", L::NAME);
    time
}

fn builds<L: List>(count: u64) -> Duration {
    let values = values(count);
    let given = values.clone();
    let start = Instant::now();
    let list = L::of(given);
    let time = start.elapsed();
    assert!(list.all() == values, "{}", L::NAME);
    time
}

/// Inserts and removes by turns, so that the list keeps its length.
fn middle<L: List + 'static>(len: u64, operations: u64) -> Contender<'static> {
    let mut like = values(len);
    let mut list = L::of(like.clone());
    let mut number = len;
    Contender::new(L::NAME, operations, move |operations| {
        let edits: Vec<_> = (number..number + operations / 2).map(|one| edit(one, len)).collect();
        number += operations / 2;
        let start = Instant::now();
        for (at, value) in &edits {
            list.insert(*at, *value);
            list.remove(index(len) - *at);
        }
        let time = start.elapsed();
        for (at, value) in edits {
            like.insert(at, value);
            like.remove(index(len) - at);
        }
        assert!(list.all() == like, "{}", L::NAME);
        time
    })
}
