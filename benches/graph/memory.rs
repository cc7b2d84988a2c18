//! Bytes for a binding and a computed value, what it takes to drop many, and long chains.
//!
//! A library that keeps its nodes in a growing vector has room to spare in it, which counts.

use crate::{
    alien::Alien,
    ancestor::Ancestor,
    flo::Flo,
    kairo::chain,
    leptos::Leptos,
    library::Library,
    probe::{Probe, Turn},
    report::{Kind, Report, Row, Shape, Skips},
    signals,
    stack::{PLENTY, on_stack},
    sycamore::Sycamore,
};

/// How many nodes are made to weigh one.
const MANY: usize = 20_000;

/// Who cannot drop.
const NEVER_FREES: Skips = &[(Alien::NAME, "it never frees a node")];

/// Who cannot make a long chain.
const RECURSES_TOO_MUCH: Skips =
    &[(Ancestor::NAME, "each nested run copies what is around it: quadratic in the depth")];

/// Who cannot change one.
const TOO_LONG: Skips = &[
    RECURSES_TOO_MUCH[0],
    (Leptos::NAME, "each changed value marks all that follow once more: quadratic in the depth"),
];

pub(crate) fn sections(report: &mut Report) {
    if report.weighs("memory, bytes asked of the allocator") {
        let cells = [
            (Flo::NAME, bytes_of_cell::<Flo>()),
            (Alien::NAME, bytes_of_cell::<Alien>()),
            (Sycamore::NAME, bytes_of_cell::<Sycamore>()),
            (Leptos::NAME, bytes_of_cell::<Leptos>()),
            (Ancestor::NAME, bytes_of_cell::<Ancestor>()),
            (signals::NAME, bytes_of(signals::cell)),
        ];
        report.weights("a binding", &cells, 64.0);
        let computed = [
            (Flo::NAME, bytes_of_computed::<Flo>()),
            (Alien::NAME, bytes_of_computed::<Alien>()),
            (Sycamore::NAME, bytes_of_computed::<Sycamore>()),
            (Leptos::NAME, bytes_of_computed::<Leptos>()),
            (Ancestor::NAME, bytes_of_computed::<Ancestor>()),
        ];
        report.weights(
            "a computed, and a binding's first edge with the graph of its own",
            &computed,
            104.0,
        );
        let shared = [
            (Flo::NAME, bytes_of_one_more::<Flo>()),
            (Alien::NAME, bytes_of_one_more::<Alien>()),
            (Sycamore::NAME, bytes_of_one_more::<Sycamore>()),
            (Leptos::NAME, bytes_of_one_more::<Leptos>()),
        ];
        report.weights("one more computed in a chain", &shared, 104.0);
    }
    if report.section("drop") {
        let row = Row::new("drop 100 000 nodes of two sources", Kind::Plain, 100_000);
        let measured = report.row(row.without(NEVER_FREES), &Drops, &[]);
        if let Some(ratio) = measured.ratio(Sycamore::NAME) {
            report.goal("drop of 100 000 nodes, flo/sycamore", ratio, 0.8);
        }
    }
    if report.section("chain") {
        let row = Row::new("chain of 100 000, made and read", Kind::Propagates, 100_000);
        report.row(row.without(RECURSES_TOO_MUCH), &Chain { step: Step::Make }, &[]);
        let row = Row::new("chain of 100 000, written and read", Kind::Propagates, 100_000);
        report.row(row.without(TOO_LONG), &Chain { step: Step::Update }, &[]);
    }
}

/// Bytes that are kept for each of many things that `make` makes.
fn bytes_of<T>(make: impl FnMut(u64) -> T) -> f64 {
    let mut all = Vec::with_capacity(MANY);
    let bytes = flo_benches::bytes(|| all.extend((0..).take(MANY).map(make)));
    #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
    let each = bytes.kept as f64 / MANY as f64;
    each
}

fn bytes_of_cell<L: Library>() -> f64 {
    let (bytes, scope) = L::scoped(|| bytes_of(L::cell));
    drop(scope);
    bytes
}

/// What a computed value that has been read adds to its binding, edge and closure included.
fn bytes_of_computed<L: Library>() -> f64 {
    let (bytes, scope) = L::scoped(|| {
        let cells: Vec<_> = (0..).take(MANY).map(L::cell).collect();
        bytes_of(|at| {
            let cell = cells[usize::try_from(at).unwrap_or(0)].clone();
            let derived = L::computed([cell], [], |[cell], []| L::get(cell) + 1);
            assert_eq!(L::read(&derived), at + 1);
            derived
        })
    });
    drop(scope);
    bytes
}

/// What a computed value that has been read adds to a graph, edge and closure included: a chain in which each is
/// computed from the one before.
fn bytes_of_one_more<L: Library>() -> f64 {
    let (bytes, scope) = L::scoped(|| {
        let cell = L::cell(1);
        let mut last = L::computed([cell], [], |[cell], []| L::get(cell) + 1);
        assert_eq!(L::read(&last), 2);
        bytes_of(|at| {
            let next = L::computed([], [last.clone()], |[], [last]| L::read(last) + 1);
            assert_eq!(L::read(&next), at + 3);
            last = next.clone();
            next
        })
    });
    drop(scope);
    bytes
}

/// Layers of a thousand, each value of two of the layer before; what is timed is their end.
struct Drops;

impl Shape for Drops {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        const WIDTH: usize = 1_000;
        let probe = Probe::default();
        let (nodes, scope) = L::scoped(|| {
            let cells: Vec<_> = (0..).take(WIDTH).map(L::cell).collect();
            let mut nodes: Vec<L::Derived> =
                cells.iter().map(|cell| probe.of_cell::<L>(cell, |value| value)).collect();
            for at in (0..).take(usize::try_from(operations).unwrap_or(0)) {
                let two = [nodes[at].clone(), nodes[at + WIDTH / 3].clone()];
                nodes.push(L::computed([], two, |[], [one, other]| {
                    L::read(one).wrapping_add(L::read(other))
                }));
            }
            (nodes, cells)
        });
        let sum = nodes.0.iter().fold(0, |sum: u64, node| sum.wrapping_add(L::read(node)));
        probe.turn(|| {
            drop(nodes);
            drop(scope);
            sum
        })
    }
}

/// What is timed of a chain.
#[derive(Debug, Clone, Copy)]
enum Step {
    Make,
    Update,
}

/// A long chain. flo gets the stack that a thread usually has; the others recurse.
struct Chain {
    step: Step,
}

impl Shape for Chain {
    fn turn<L: Library>(&self, operations: u64) -> Turn {
        let step = self.step;
        let stack = if L::NAME == Flo::NAME { 2 << 20 } else { PLENTY };
        on_stack(stack, move || {
            let (turn, scope) = L::scoped(|| step.turn::<L>(operations));
            drop(scope);
            turn
        })
    }
}

impl Step {
    fn turn<L: Library>(self, length: u64) -> Turn {
        let probe = Probe::default();
        let head = L::cell(0);
        let make = || {
            let last = chain::<L>(&probe, &head, length);
            (L::read(&last), last)
        };
        match self {
            Self::Make => {
                let mut made = None;
                probe.turn(|| made.insert(make()).0)
            }
            Self::Update => {
                let (_, last) = make();
                probe.sets::<L>(&head, 1, || L::read(&last))
            }
        }
    }
}
