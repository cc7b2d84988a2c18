//! Shapes in which a change goes through a graph: those of the kairo benchmark, as in milomg's
//! js-reactivity-benchmark.

use std::{iter, sync::Arc};

use crate::{
    library::{Library, Node},
    probe::{Probe, Turn, Watched},
    report::{Kind, Report, Row, Shape},
    signals,
};

pub(crate) fn sections(report: &mut Report) {
    if !report.section("propagate") {
        return;
    }
    let row = |name, operations| Row::new(name, Kind::Propagates, operations);
    report.row(row("deep 50", 4_000), &Deep, &[(signals::NAME, signals::deep)]);
    report.row(row("broad 50", 2_000), &Broad, &[(signals::NAME, signals::broad)]);
    report.row(row("diamond 5", 20_000), &Diamond { width: 5 }, &[]);
    report.row(row("diamond 100", 2_000), &Diamond { width: 100 }, &[]);
    report.row(row("triangle", 10_000), &Triangle, &[]);
    report.row(row("mux 100", 4_000).at_most(1.0), &Mux, &[]);
    report.row(row("repeated", 20_000), &Repeated, &[]);
    report.row(row("unstable", 10_000), &Unstable, &[]);
    report.row(row("avoidable", 20_000).at_most(1.0), &Avoidable, &[]);
}

/// `length` values, each one more than the one before; the last.
pub(crate) fn chain<L: Library>(probe: &Probe, head: &L::Cell, length: u64) -> L::Derived {
    let first = probe.of_cell::<L>(head, |value| value + 1);
    (1..length).fold(first, |from, _| probe.of::<L>(&from, |value| value + 1))
}

struct Deep;

impl Shape for Deep {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let last = chain::<L>(&probe, &head, 50);
        let watched = [probe.watch::<L>(&last)];
        probe.shows::<L>(&head, operations, &watched)
    }
}

struct Broad;

impl Shape for Broad {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let arm = |at| {
            let first = probe.of_cell::<L>(&head, move |value| value + at);
            let second = probe.of::<L>(&first, |value| value + 1);
            probe.watch::<L>(&second)
        };
        let watched: Vec<_> = (0..50).map(arm).collect();
        probe.shows::<L>(&head, operations, &watched)
    }
}

struct Diamond {
    width: u64,
}

impl Shape for Diamond {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let arm = |at| Node::Derived(probe.of_cell::<L>(&head, move |value| value + at));
        let sum = probe.sum::<L>((0..self.width).map(arm).collect());
        let watched = [probe.watch::<L>(&sum)];
        probe.shows::<L>(&head, operations, &watched)
    }
}

/// The sum of a chain of ten, every link of which is read.
struct Triangle;

impl Shape for Triangle {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let first = probe.of_cell::<L>(&head, |value| value + 1);
        let next = |from: &L::Derived| Some(probe.of::<L>(from, |value| value + 1));
        let links = iter::successors(Some(first), next).take(9).map(Node::Derived);
        let nodes = iter::once(Node::Cell(head.clone())).chain(links).collect();
        let watched = [probe.watch::<L>(&probe.sum::<L>(nodes))];
        probe.shows::<L>(&head, operations, &watched)
    }
}

/// A hundred cells become one value, of which a hundred values take a part each: one of them differs.
struct Mux;

impl Shape for Mux {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let heads: Vec<_> = (0..100).map(|_| L::cell(0)).collect();
        let ran = probe.clone();
        let wide = L::wide(heads.clone(), move |heads| -> Arc<[u64]> {
            ran.ran();
            heads.iter().map(L::get).collect()
        });
        let part = |at: usize| {
            let ran = probe.clone();
            let part = L::pick(&wide, move |values| {
                ran.ran();
                values[at]
            });
            probe.watch::<L>(&probe.of::<L>(&part, |value| value + 1))
        };
        let watched: Vec<Watched<L>> = (0..heads.len()).map(part).collect();
        probe
            .turn(|| {
                (1..=operations).zip(iter::repeat(heads.iter().zip(&watched)).flatten()).fold(
                    0,
                    |sum: u64, (value, (head, watched))| {
                        L::set_watched(head, value);
                        sum.wrapping_add(watched.saw())
                    },
                )
            })
            .adding(&watched)
    }
}

/// One value is read thirty times in a run.
struct Repeated;

impl Shape for Repeated {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let sum = probe.sum::<L>(vec![Node::Cell(head.clone()); 30]);
        let watched = [probe.watch::<L>(&sum)];
        probe.shows::<L>(&head, operations, &watched)
    }
}

/// What is read twenty times is another value in every run.
struct Unstable;

impl Shape for Unstable {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let double = probe.of_cell::<L>(&head, |value| value * 2);
        let inverse = probe.of_cell::<L>(&head, u64::wrapping_neg);
        let ran = probe.clone();
        let either = move |[head]: &[L::Cell; 1], [double, inverse]: &[L::Derived; 2]| {
            ran.ran();
            (0..20).fold(0, |sum: u64, _| {
                let branch = if L::get(head) % 2 == 0 { double } else { inverse };
                sum.wrapping_add(L::read(branch))
            })
        };
        let current = L::computed([head.clone()], [double, inverse], either);
        let watched = [probe.watch::<L>(&current)];
        probe.shows::<L>(&head, operations, &watched)
    }
}

/// The change ends after two steps; four more and an effect need not run.
struct Avoidable;

impl Shape for Avoidable {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let first = probe.of_cell::<L>(&head, |value| value);
        let nothing = probe.of::<L>(&first, |_| 0);
        let last =
            (1..=3).fold(nothing, |from, step| probe.of::<L>(&from, move |value| value + step));
        let watched = [probe.watch::<L>(&last)];
        probe.shows::<L>(&head, operations, &watched)
    }
}
