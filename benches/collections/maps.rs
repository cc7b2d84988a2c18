//! A map by itself, and one with a total of what it holds.

use std::{
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use flo_reactive::{BoundExt, Computed, MapBinding};
use futures::task::noop_waker_ref;
use futures_signals::{signal::Signal, signal_map::MutableBTreeMap, signal_vec::SignalVecExt};

use crate::{
    counting::value,
    report::{Contender, Report},
};

/// A map and the sum of its values.
trait Summed: Sized + 'static {
    const NAME: &'static str;

    fn of(values: BTreeMap<u64, u64>) -> Self;
    fn insert(&mut self, key: u64, value: u64);
    fn remove(&mut self, key: u64);
    fn sum(&mut self) -> u64;
}

struct Flo(MapBinding<u64, u64>, Computed<u64>);

impl Summed for Flo {
    const NAME: &'static str = "flo";

    fn of(values: BTreeMap<u64, u64>) -> Self {
        let map = MapBinding::from_iter(values);
        let sum = map.sum();
        Self(map, sum)
    }

    fn insert(&mut self, key: u64, value: u64) {
        self.0.insert(key, value);
    }

    fn remove(&mut self, key: u64) {
        self.0.remove(&key);
    }

    fn sum(&mut self) -> u64 {
        self.1.get()
    }
}

struct Signals {
    map: MutableBTreeMap<u64, u64>,
    sum: Pin<Box<dyn Signal<Item = u64>>>,
    last: u64,
}

impl Summed for Signals {
    const NAME: &'static str = "futures-signals";

    fn of(values: BTreeMap<u64, u64>) -> Self {
        let map = MutableBTreeMap::with_values(values);
        let sum = map.entries_cloned().map(|(_, value)| value).sum();
        Self { map, sum: Box::pin(sum), last: 0 }
    }

    fn insert(&mut self, key: u64, value: u64) {
        self.map.lock_mut().insert(key, value);
    }

    fn remove(&mut self, key: u64) {
        self.map.lock_mut().remove(&key);
    }

    fn sum(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        while let Poll::Ready(Some(sum)) = self.sum.as_mut().poll_change(&mut cx) {
            self.last = sum;
        }
        self.last
    }
}

pub(crate) fn sections(report: &mut Report) {
    if report.section("maps") {
        for (full, few) in [(1_000, 20_000), (100_000, 400)] {
            let (len, many) = (report.len(full), report.count(20_000));
            report.row(
                &format!("insert or remove, and the sum of a map of {full}"),
                vec![summed::<Flo>(len, many), summed::<Signals>(len, report.count(few))],
            );
        }
    }
}

/// Takes an entry out and puts another one in, by turns.
fn summed<S: Summed>(len: u64, operations: u64) -> Contender<'static> {
    let mut like: BTreeMap<u64, u64> = (0..len).map(|key| (key * 2, value(key))).collect();
    let mut map = S::of(like.clone());
    assert_eq!(map.sum(), like.values().sum::<u64>(), "{}", S::NAME);
    let mut number = len;
    Contender::new(S::NAME, operations, move |operations| {
        let edits: Vec<_> = (number..number + operations / 2)
            .map(|one| (one * 7_919 % (2 * len), one * 104_729 % (2 * len), value(one)))
            .collect();
        number += operations / 2;
        let mut sum = 0;
        let start = Instant::now();
        for (gone, key, value) in &edits {
            map.remove(*gone);
            map.sum();
            map.insert(*key, *value);
            sum = map.sum();
        }
        let time = start.elapsed();
        for (gone, key, value) in edits {
            like.remove(&gone);
            like.insert(key, value);
        }
        assert_eq!(sum, like.values().sum::<u64>(), "{}", S::NAME);
        time
    })
}
