//! Systems of many values: a molecule, and layers in which each value is made of its neighbours.

use crate::{
    library::{Library, Node},
    probe::{Probe, Turn, Watched},
    report::{Kind, MARKS_EVERY_PATH, Report, Row, Shape},
};

pub(crate) fn sections(report: &mut Report) {
    if !report.section("systems") {
        return;
    }
    let row = |name, operations| Row::new(name, Kind::Propagates, operations);
    report.row(row("molecule", 20_000), &Molecule, &[]);
    report.row(row("cellx 10", 4_000), &Cellx { layers: 10 }, &[]);
    let row = |name, operations| row(name, operations).without(MARKS_EVERY_PATH);
    report.row(row("cellx 100", 400), &Cellx { layers: 100 }, &[]);
    report.row(row("cellx 1000", 40), &Cellx { layers: 1_000 }, &[]);
}

/// "molwire", with cheap closures, so that the libraries are measured and not the closures.
struct Molecule;

impl Molecule {
    fn costs(value: u64) -> u64 {
        value.wrapping_mul(31).rotate_left(7)
    }
}

impl Shape for Molecule {
    #[expect(clippy::many_single_char_names, reason = "as where it is from")]
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let (a, b) = (L::cell(0), L::cell(0));
        let counted = || probe.clone();
        let ran = counted();
        let c = L::computed([a.clone(), b.clone()], [], move |[a, b], []| {
            ran.ran();
            L::get(a) % 2 + L::get(b) % 2
        });
        let ran = counted();
        let d = L::computed([a.clone(), b.clone()], [], move |[a, b], []| {
            ran.ran();
            (L::get(a) % 2).wrapping_sub(L::get(b) % 2)
        });
        let ran = counted();
        let e = L::computed([a.clone()], [c.clone(), d.clone()], move |[a], [c, d]| {
            ran.ran();
            Self::costs(L::read(c).wrapping_add(L::get(a)).wrapping_add(L::read(d)))
        });
        let ran = counted();
        let f = L::computed([b.clone()], [d.clone()], move |[b], [d]| {
            ran.ran();
            let d = L::read(d).wrapping_add(2);
            Self::costs(if d == 1 { L::get(b) } else { d })
        });
        let ran = counted();
        let g = L::computed([], [c, d, e, f.clone()], move |[], [c, d, e, f]| {
            ran.ran();
            let either = if L::read(c) == 0 { L::read(e) % 2 } else { L::read(c) };
            let d = L::read(d).wrapping_add(4);
            L::read(c).wrapping_add(either).wrapping_add(d).wrapping_add(L::read(f))
        });
        let watched = [&g, &g, &f].map(|derived| probe.watch::<L>(derived));
        probe
            .turn(|| {
                (1..=operations).fold(0, |sum: u64, round| {
                    L::batch(|| {
                        L::set(&b, round % 4);
                        L::set(&a, 1 + round * 2);
                    });
                    L::batch(|| {
                        L::set(&a, 2 + round * 2);
                        L::set(&b, 2);
                    });
                    sum.wrapping_add(watched[0].saw()).wrapping_add(watched[2].saw())
                })
            })
            .adding(&watched)
    }
}

/// Four values a layer, each with an effect; the four cells in front are written together.
struct Cellx {
    layers: usize,
}

impl Cellx {
    /// The next layer, with an effect on each of its values.
    fn layer<L: Library>(
        probe: &Probe,
        before: [Node<L>; 4],
        watched: &mut Vec<Watched<L>>,
    ) -> [Node<L>; 4] {
        let [one, two, three, four] = before;
        let differ = probe.clone();
        let values = [
            probe.sum(vec![two.clone()]),
            L::computed_of(vec![one, three.clone()], move |nodes| {
                differ.ran();
                nodes[0].get().wrapping_sub(nodes[1].get())
            }),
            probe.sum(vec![two, four]),
            probe.sum(vec![three]),
        ];
        watched.extend(values.iter().map(|value| probe.watch(value)));
        values.map(Node::Derived)
    }
}

impl Shape for Cellx {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let probe = Probe::default();
        let cells = [1, 2, 3, 4].map(L::cell);
        let mut watched = Vec::new();
        let front = cells.clone().map(Node::Cell);
        let last = (0..self.layers)
            .fold(front, |before, _| Self::layer::<L>(&probe, before, &mut watched));
        let values = [[4, 3, 2, 1], [1, 2, 3, 4]];
        probe
            .turn(|| {
                values.iter().cycle().zip(0..operations).fold(0, |sum: u64, (values, _)| {
                    L::batch(|| {
                        for (cell, value) in cells.iter().zip(values) {
                            L::set(cell, *value);
                        }
                    });
                    last.iter().fold(sum, |sum, node| sum.wrapping_mul(3).wrapping_add(node.get()))
                })
            })
            .adding(&watched)
    }
}
