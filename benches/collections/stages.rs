//! An edit and a read through map, filter, sort and sum; catching up; what the stages weigh.

use std::time::{Duration, Instant};

use crate::{
    counting::{self, edit, index},
    flo::Flo,
    observable::Observable,
    recompute::Recompute,
    report::{Contender, Report, Times},
    signals::Signals,
};

/// A list and its view: mapped, filtered, sorted, added up.
pub(crate) trait View: Sized {
    const NAME: &'static str;

    fn of(values: Vec<u64>) -> Self;

    fn set(&mut self, at: usize, value: u64);

    /// The sum as it is after all edits.
    fn sum(&mut self) -> u64;

    /// The sorted rows, where the library shows them.
    fn sorted(&mut self) -> Option<Vec<u64>>;
}

/// A view under edit, with what its list must be.
struct Edited<V> {
    view: V,
    source: Vec<u64>,
    edits: u64,
}

impl<V: View> Edited<V> {
    fn new(len: u64) -> Self {
        let source = counting::values(len);
        Self { view: V::of(source.clone()), source, edits: len }
    }

    /// So many edits, each with `read` after it, and a look whether the view is right at the end.
    fn turn(&mut self, operations: u64, read_each: Read) -> Duration {
        let len = self.source.len() as u64;
        let mut sum = 0;
        let start = Instant::now();
        for _ in 0..operations {
            let (at, value) = edit(self.edits, len);
            self.edits += 1;
            self.view.set(at, value);
            if read_each == Read::Each {
                sum = self.view.sum();
            }
        }
        if read_each == Read::Last {
            sum = self.view.sum();
        }
        let time = start.elapsed();
        for number in self.edits - operations..self.edits {
            let (at, value) = edit(number, len);
            self.source[at] = value;
        }
        let (sorted, expected) = counting::view(&self.source);
        assert_eq!(sum, expected, "the sum of {}", V::NAME);
        if let Some(shown) = self.view.sorted() {
            assert!(shown == sorted, "the rows of {}", V::NAME);
        }
        time
    }
}

/// When the sum is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    /// After each edit.
    Each,
    /// After all of them.
    Last,
}

fn contender<V: View + 'static>(len: u64, operations: u64, read: Read) -> Contender<'static> {
    let mut edited = Edited::<V>::new(len);
    Contender::new(V::NAME, operations, move |operations| edited.turn(operations, read))
}

pub(crate) fn sections(report: &mut Report) {
    if report.section("stages") {
        let small = each(report, 1_000, [20_000, 20_000, 2_000, 2_000]);
        report.goal("1 000: flo over the best peer", small.beside_best(), 1.0);
        let middle = each(report, 100_000, [20_000, 200, 60, 20]);
        report.goal("100 000: flo over the best peer", middle.beside_best(), 0.1);
        let large = each(report, 1_000_000, [20_000, 20, 10, 4]);
        report.goal("1 000 000: flo over the best peer", large.beside_best(), 0.01);
        report.goal("1 000 000: flo over a recompute", large.beside("recompute"), 0.001);
        report.goal("1 000 000 over 1 000, flo", large.flo() / small.flo(), 7.0);
    }
    if report.section("catch-up") {
        for full in [1_000, 100_000, 1_000_000] {
            let len = report.len(full);
            let edits = 1_000;
            report.row(
                &format!("1 000 changes and a read, {full}, for one change"),
                vec![
                    contender::<Flo>(len, edits, Read::Last),
                    contender::<Signals>(len, edits.min(100_000_000 / full), Read::Last),
                ],
            );
        }
    }
    if report.weighs("weight") {
        let len = report.len(1_000_000);
        let weights = [
            ("flo", weight::<Flo>(len)),
            ("futures-signals", weight::<Signals>(len)),
            ("eyeball-im", weight::<Observable>(len)),
        ];
        report.weights("an item in all stages", &weights, 45.0);
    }
}

fn each(report: &Report, full: u64, [flo, signals, observable, anew]: [u64; 4]) -> Times {
    let len = report.len(full);
    let count = |full| report.count(full);
    report.row(
        &format!("edit and read through map, filter, sort, sum: {full}"),
        vec![
            contender::<Flo>(len, count(flo), Read::Each),
            contender::<Signals>(len, count(signals), Read::Each),
            contender::<Observable>(len, count(observable), Read::Each),
            contender::<Recompute>(len, count(anew), Read::Each),
        ],
    )
}

/// Bytes asked of the allocator for an item of a list and its view.
#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
fn weight<V: View>(len: u64) -> f64 {
    let mut view = None;
    let values = Vec::from_iter(counting::values(len));
    let bytes = flo_benches::bytes(|| view = Some(V::of(values.clone())));
    let edits = index(len.min(1_000));
    if let Some(view) = &mut view {
        (0..edits as u64).for_each(|number| view.set(index(number), number));
        view.sum();
    }
    bytes.kept as f64 / len as f64
}
