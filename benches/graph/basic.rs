//! The single steps: making, reading, writing.

use crate::{
    library::{Library, Node},
    probe::{Probe, Turn},
    report::{Kind, Report, Row, Shape},
    signals,
};

pub(crate) fn sections(report: &mut Report) {
    if report.section("create") {
        report.row(
            Row::new("create binding", Kind::Makes, 50_000),
            &Cells,
            &[(signals::NAME, signals::create)],
        );
        report.row(Row::new("create computed 1:1", Kind::Plain, 50_000), &OneToOne, &[]);
        // Few: flo_binding takes longer for each one the more there are.
        report.row(Row::new("create computed 1:n", Kind::Plain, 5_000), &OneToMany, &[]);
        report.row(Row::new("create computed n:1", Kind::Plain, 50_000), &ManyToOne, &[]);
        report.row(Row::new("create effect", Kind::Plain, 20_000), &Effects, &[]);
    }
    if report.section("read") {
        report.row(
            Row::new("read binding", Kind::Plain, 2_000_000),
            &ReadCell,
            &[(signals::NAME, signals::read)],
        );
        report.row(Row::new("read computed", Kind::Plain, 2_000_000), &ReadDerived, &[]);
        let row = Row::new("read binding, tracked", Kind::Plain, 500_000);
        report.row(row, &Tracked { derived: false }, &[]);
        let row = Row::new("read computed, tracked", Kind::Plain, 500_000);
        report.row(row, &Tracked { derived: true }, &[]);
    }
    if report.section("write") {
        report.row(
            Row::new("write unobserved", Kind::Plain, 1_000_000),
            &Write,
            &[(signals::NAME, signals::write)],
        );
        report.row(
            Row::new("write and read", Kind::Propagates, 200_000),
            &WriteRead,
            &[(signals::NAME, signals::write_read)],
        );
        report.row(Row::new("write and effect", Kind::Propagates, 200_000), &WriteEffect, &[]);
        report.row(Row::new("batch of 10", Kind::Propagates, 50_000), &Batch, &[]);
    }
}

/// Makes so many of what `make` makes, and keeps them.
fn made<T>(operations: u64, make: impl Fn(u64) -> T) -> Vec<T> {
    let mut all = Vec::with_capacity(usize::try_from(operations).unwrap_or(0));
    all.extend((0..operations).map(make));
    all
}

struct Cells;

impl Shape for Cells {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let mut all = Vec::new();
        let turn = Probe::default().turn(|| {
            all = made(operations, L::cell);
            operations
        });
        assert_eq!(all.last().map(L::get), Some(operations - 1));
        turn
    }
}

struct OneToOne;

impl Shape for OneToOne {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cells = made(operations, L::cell);
        let mut all = Vec::with_capacity(cells.len());
        probe.turn(|| {
            all.extend(cells.iter().map(|cell| probe.of_cell::<L>(cell, |value| value + 1)));
            all.iter().map(L::read).sum()
        })
    }
}

struct OneToMany;

impl Shape for OneToMany {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cell = L::cell(1);
        let mut all = Vec::new();
        probe.turn(|| {
            all = made(operations, |at| probe.of_cell::<L>(&cell, move |value| value + at));
            all.iter().map(L::read).sum()
        })
    }
}

/// An operation is an edge: a computed value of 100 cells is a hundred of them.
struct ManyToOne;

impl Shape for ManyToOne {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let nodes = made(operations, |at| Node::<L>::Cell(L::cell(at)));
        let mut all = Vec::with_capacity(nodes.len());
        probe.turn(|| {
            all.extend(nodes.chunks(100).map(|nodes| probe.sum(nodes.to_vec())));
            all.iter().map(L::read).sum()
        })
    }
}

struct Effects;

impl Shape for Effects {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let derived = made(operations, |at| probe.of_cell::<L>(&L::cell(at), |value| value + 1));
        let sum: u64 = derived.iter().map(L::read).sum();
        let mut all = Vec::with_capacity(derived.len());
        probe
            .turn(|| {
                all.extend(derived.iter().map(|derived| probe.watch::<L>(derived)));
                sum
            })
            .adding(&all)
    }
}

struct ReadCell;

impl Shape for ReadCell {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let cell = L::cell(3);
        Probe::default().turn(|| (0..operations).fold(0, |sum, _| sum + L::get(&cell)))
    }
}

struct ReadDerived;

impl Shape for ReadDerived {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let derived = probe.of_cell::<L>(&L::cell(3), |value| value + 1);
        assert_eq!(L::read(&derived), 4);
        probe.turn(|| (0..operations).fold(0, |sum, _| sum + L::read(&derived)))
    }
}

/// A hundred clean nodes are read by a computed value that runs because of another: what a read costs in a run.
struct Tracked {
    derived: bool,
}

impl Shape for Tracked {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let trigger = L::cell(0);
        let mut nodes = vec![Node::Cell(trigger.clone())];
        nodes.extend((0..100).map(|at| {
            let cell = L::cell(at);
            if self.derived {
                Node::Derived(probe.of_cell::<L>(&cell, |value| value + 1))
            } else {
                Node::Cell(cell)
            }
        }));
        let sum = probe.sum::<L>(nodes);
        assert!(L::read(&sum) > 0);
        probe.sets::<L>(&trigger, operations.div_ceil(100), || L::read(&sum))
    }
}

struct Write;

impl Shape for Write {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let cell = L::cell(0);
        let mut turn = Probe::default().sets::<L>(&cell, operations, || 0);
        turn.result = L::get(&cell);
        turn
    }
}

struct WriteRead;

impl Shape for WriteRead {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cell = L::cell(0);
        let derived = probe.of_cell::<L>(&cell, |value| value + 1);
        assert_eq!(L::read(&derived), 1);
        probe.sets::<L>(&cell, operations, || L::read(&derived))
    }
}

struct WriteEffect;

impl Shape for WriteEffect {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cell = L::cell(0);
        let derived = probe.of_cell::<L>(&cell, |value| value + 1);
        let watched = [probe.watch::<L>(&derived)];
        probe.shows::<L>(&cell, operations, &watched)
    }
}

struct Batch;

impl Shape for Batch {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cells: Vec<_> = (0..10).map(L::cell).collect();
        let sum = probe.sum::<L>(cells.iter().cloned().map(Node::Cell).collect());
        let watched = [probe.watch::<L>(&sum)];
        probe
            .turn(|| {
                (1..=operations).fold(0, |sum: u64, round| {
                    L::batch(|| {
                        for (cell, at) in cells.iter().zip(0..) {
                            L::set(cell, round * 100 + at);
                        }
                    });
                    sum.wrapping_add(watched[0].saw())
                })
            })
            .adding(&watched)
    }
}
