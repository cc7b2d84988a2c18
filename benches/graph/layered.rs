//! Random graphs in layers, as in milomg's js-reactivity-benchmark: every value is made of some values of the
//! layer before; a dynamic one leaves one of them out, depending on the first.

use crate::{
    ancestor::Ancestor,
    library::{Library, Node},
    probe::{Probe, Turn},
    report::{Kind, MARKS_EVERY_PATH, Report, Row, Shape, Skips},
};

pub(crate) fn sections(report: &mut Report) {
    if !report.section("layers") {
        return;
    }
    let row = |name, operations| Row::new(name, Kind::Propagates, operations);
    let plain = Layered { width: 10, layers: 5, sources: 2, constant: 100, read: 20 };
    report.row(row("layers 10×5", 20_000), &plain, &[]);
    let row = |name, operations| row(name, operations).without(MARKS_EVERY_PATH);
    let graph = Layered { layers: 10, sources: 6, constant: 75, ..plain };
    report.row(row("layers 10×10, dynamic", 4_000), &graph, &[]);
    let graph = Layered { width: 1_000, layers: 12, sources: 4, constant: 95, read: 100 };
    report.row(row("layers 1000×12, 4 sources", 200), &graph, &[]);
    let graph = Layered { width: 1_000, layers: 5, sources: 25, constant: 100, read: 100 };
    report.row(row("layers 1000×5, 25 sources", 100), &graph, &[]);
    let graph = Layered { width: 5, layers: 500, sources: 3, constant: 100, read: 100 };
    let row_of_long = row("layers 5×500", 100).without(LONG);
    report.row(row_of_long, &graph, &[]);
    let graph = Layered { width: 100, layers: 15, sources: 6, constant: 50, read: 100 };
    report.row(row("layers 100×15, dynamic", 400), &graph, &[]);
}

/// Who is left out of the long graph.
const LONG: Skips = &[
    MARKS_EVERY_PATH[0],
    (Ancestor::NAME, "70 times as long as flo, so that one row would take minutes"),
];

/// Repeatable chance.
struct Chance(u64);

impl Chance {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Debug, Clone, Copy)]
struct Layered {
    width: usize,
    layers: usize,
    /// How many values of the layer before a value is made of.
    sources: usize,
    /// How many of a hundred always read all of them.
    constant: usize,
    /// How many of a hundred values of the last layer are read.
    read: usize,
}

impl Layered {
    fn value<L: Library>(probe: &Probe, nodes: Vec<Node<L>>, is_constant: bool) -> L::Derived {
        if is_constant {
            return probe.sum(nodes);
        }
        let probe = probe.clone();
        L::computed_of(nodes, move |nodes| {
            probe.ran();
            let first = nodes[0].get();
            let tail = &nodes[1..];
            let without = (first % 2 == 1).then(|| first % tail.len() as u64);
            tail.iter()
                .zip(0..)
                .filter(|(_, at)| Some(*at) != without)
                .fold(first, |sum, (node, _)| sum.wrapping_add(node.get()))
        })
    }

    fn layer<L: Library>(
        &self,
        probe: &Probe,
        before: &[Node<L>],
        chance: &mut Chance,
    ) -> Vec<Node<L>> {
        let value = |at: usize| {
            let sources = (at..at + self.sources).map(|at| before[at % before.len()].clone());
            let is_constant = chance.percent(self.constant);
            Node::Derived(Self::value(probe, sources.collect(), is_constant))
        };
        (0..self.width).map(value).collect()
    }
}

impl Shape for Layered {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let mut chance = Chance(7);
        let cells: Vec<L::Cell> = (0..).take(self.width).map(L::cell).collect();
        let front: Vec<Node<L>> = cells.iter().cloned().map(Node::Cell).collect();
        let mut last =
            (1..self.layers).fold(front, |before, _| self.layer::<L>(&probe, &before, &mut chance));
        let all =
            |last: &[Node<L>]| last.iter().fold(0, |sum: u64, node| sum.wrapping_add(node.get()));
        while last.len() * 100 > self.width * self.read {
            last.remove(chance.below(last.len()));
        }
        all(&last);
        probe.turn(|| {
            (1..=operations).zip((0..).zip(&cells).cycle()).fold(
                0,
                |sum: u64, (round, (at, cell))| {
                    L::set(cell, round + at);
                    sum.wrapping_mul(3).wrapping_add(all(&last))
                },
            )
        })
    }
}
