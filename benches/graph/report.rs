//! Rows: who took how long, whether the results and the numbers of runs are right, which goals are missed.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::{cell::Cell, rc::Rc, time::Duration};

use flo_benches::{Asked, Section, Work, nanoseconds, tell};

use crate::{
    alien::Alien, ancestor::Ancestor, flo::Flo, leptos::Leptos, library::Library, oracle::Oracle,
    probe::Turn, sycamore::Sycamore,
};

/// For rows with very many paths from a cell to a value.
pub(crate) const MARKS_EVERY_PATH: Skips =
    &[(Leptos::NAME, "a write marks along every path, and their number is exponential here")];

/// Libraries that cannot run a row, and why.
pub(crate) type Skips = &'static [(&'static str, &'static str)];

/// Something to be built and done, with any library.
pub(crate) trait Shape {
    /// Builds, does so many operations, and says what came out.
    fn turn<L: Library>(&self, operations: u64) -> Turn;
}

/// How many times as long the older thread-safe libraries must take at least.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Something is told, checked or computed: 10 times.
    Propagates,
    /// 3 times.
    Plain,
    /// A cell is made: no goal.
    Makes,
}

impl Kind {
    fn at_least(self) -> Option<f64> {
        match self {
            Self::Propagates => Some(10.0),
            Self::Plain => Some(3.0),
            Self::Makes => None,
        }
    }
}

/// A row of the report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    name: &'static str,
    kind: Kind,
    operations: u64,
    at_most: f64,
    skips: Skips,
}

impl Row {
    pub(crate) const fn new(name: &'static str, kind: Kind, operations: u64) -> Self {
        Self { name, kind, operations, at_most: 1.1, skips: &[] }
    }

    /// flo's time over alien's is to be at most this.
    pub(crate) const fn at_most(mut self, at_most: f64) -> Self {
        self.at_most = at_most;
        self
    }

    /// Libraries that cannot run it, and why.
    pub(crate) const fn without(mut self, skips: Skips) -> Self {
        self.skips = skips;
        self
    }
}

/// A library that has only some of the shapes: its name, and so many operations, which check themselves.
pub(crate) type Beside = (&'static str, fn(u64) -> Duration);

/// A contender: its name, its work, and how often its closures ran, once it has.
struct Contender<'a> {
    name: &'static str,
    work: Work<'a>,
    runs: Rc<Cell<Option<u64>>>,
}

impl<'a> Contender<'a> {
    /// One whose work checks itself and counts no runs.
    fn beside((name, work): Beside, operations: u64) -> Self {
        Self { name, work: Box::new(move || work(operations)), runs: Rc::default() }
    }

    /// A library with a shape, whose result must be the `expected` one.
    fn of<L: Library>(row: Row, shape: &'a impl Shape, operations: u64, expected: Turn) -> Self {
        let runs = Rc::<Cell<Option<u64>>>::default();
        let ran = Rc::clone(&runs);
        let work = move || {
            let (turn, scope) = L::scoped(|| shape.turn::<L>(operations));
            drop(scope);
            assert_eq!(turn.result, expected.result, "{}: {}'s result", row.name, L::NAME);
            if L::NAME == Flo::NAME {
                assert_eq!(turn.runs, expected.runs, "{}: how often flo ran closures", row.name);
            }
            ran.set(Some(turn.runs));
            turn.time
        };
        Self { name: L::NAME, work: Box::new(work), runs }
    }
}

/// What a row came to: nanoseconds for one operation.
pub(crate) struct Measured {
    row: Row,
    times: Vec<(&'static str, f64)>,
}

impl Measured {
    fn of(&self, name: &str) -> Option<f64> {
        self.times.iter().find(|(other, _)| *other == name).map(|(_, time)| *time)
    }

    /// flo's time over that of `peer`.
    pub(crate) fn ratio(&self, peer: &str) -> Option<f64> {
        Some(self.of(Flo::NAME)? / self.of(peer)?)
    }
}

/// All that was measured.
pub(crate) struct Report {
    asked: Asked,
    rows: Vec<Measured>,
    /// flo's time over that of alien-signals, by row.
    beside: Vec<(String, f64)>,
    missed: Vec<String>,
}

impl Report {
    pub(crate) fn new(asked: Asked) -> Self {
        Self { asked, rows: Vec::new(), beside: Vec::new(), missed: Vec::new() }
    }

    /// A count for this run.
    pub(crate) fn count(&self, full: u64) -> u64 {
        self.asked.count(full)
    }

    /// Begins a section, if it is to be done here; takes down what another process tells that has done it.
    pub(crate) fn section(&mut self, name: &str) -> bool {
        match self.asked.section(name) {
            Section::Skipped => false,
            Section::Here => {
                println!("\n{name}");
                true
            }
            Section::Done(facts) => {
                for fact in &facts {
                    self.take_down(fact);
                }
                false
            }
        }
    }

    fn take_down(&mut self, fact: &[String]) {
        match fact {
            [row, ratio] => {
                let ratio = ratio.parse().unwrap_or_else(|error| panic!("{row}: {error}"));
                self.beside.push((row.clone(), ratio));
            }
            [missed] => self.missed.push(missed.clone()),
            other => panic!("an unknown fact: {other:?}"),
        }
    }

    /// Begins a section of weights, unless it was not asked for.
    pub(crate) fn weighs(&self, name: &str) -> bool {
        let is_wanted = self.asked.weighs(name);
        if is_wanted {
            println!("\n{name}");
        }
        is_wanted
    }

    /// Measures a row with all libraries that can run it, and what stands beside them.
    pub(crate) fn row(&mut self, row: Row, shape: &impl Shape, beside: &[Beside]) -> &Measured {
        let operations = self.count(row.operations);
        let expected = shape.turn::<Oracle>(operations);
        let mut contenders = vec![
            Contender::of::<Flo>(row, shape, operations, expected),
            Contender::of::<Alien>(row, shape, operations, expected),
            Contender::of::<Sycamore>(row, shape, operations, expected),
            Contender::of::<Leptos>(row, shape, operations, expected),
            Contender::of::<Ancestor>(row, shape, operations, expected),
        ];
        contenders.extend(beside.iter().map(|one| Contender::beside(*one, operations)));
        self.measure(row, operations, Some(expected.runs), contenders)
    }

    /// Measures a row whose contenders check themselves.
    pub(crate) fn checked(&mut self, row: Row, contenders: &[Beside]) -> &Measured {
        let operations = self.count(row.operations);
        let contenders = contenders.iter().map(|one| Contender::beside(*one, operations)).collect();
        self.measure(row, operations, None, contenders)
    }

    fn measure(
        &mut self,
        row: Row,
        operations: u64,
        expected: Option<u64>,
        mut contenders: Vec<Contender<'_>>,
    ) -> &Measured {
        contenders.retain(|one| !row.skips.iter().any(|(name, _)| *name == one.name));
        let (mut works, told): (Vec<_>, Vec<_>) =
            contenders.into_iter().map(|one| (one.work, (one.name, one.runs))).unzip();
        let medians = self.asked.in_turns(&mut works);
        drop(works);
        let mut times = Vec::new();
        let mut cells = Vec::new();
        for ((name, runs), median) in told.into_iter().zip(medians) {
            let time = nanoseconds(median, operations);
            times.push((name, time));
            let other = runs.get().filter(|runs| expected.is_some_and(|wanted| wanted != *runs));
            let note = other.map_or(String::new(), |runs| {
                format!(" ({runs} runs, needed {})", expected.unwrap_or(0))
            });
            cells.push(format!("{name} {time:.1}{note}"));
        }
        let measured = Measured { row, times };
        let ratios: Vec<String> = [Alien::NAME, Leptos::NAME, Ancestor::NAME]
            .iter()
            .filter_map(|peer| Some(format!("/{peer} {:.3}", measured.ratio(peer)?)))
            .collect();
        println!("  {:34} {}", row.name, ratios.join("  "));
        println!("    {}", cells.join(", "));
        for (peer, reason) in row.skips {
            println!("    without {peer}: {reason}");
        }
        self.rows.push_mut(measured)
    }

    /// A figure of flo's, and what it is to be at most.
    pub(crate) fn goal(&mut self, name: &str, figure: f64, at_most: f64) {
        if figure > at_most {
            self.missed.push(format!("{name}: {figure:.2}, wanted at most {at_most:.2}"));
        }
    }

    /// Prints what one of something weighs with each library; flo's is to be at most so many bytes.
    pub(crate) fn weights(&mut self, name: &str, weights: &[(&str, f64)], at_most: f64) {
        let all: Vec<String> =
            weights.iter().map(|(name, bytes)| format!("{name} {bytes:.1}")).collect();
        println!("  {name}: {}", all.join(", "));
        if let Some((_, bytes)) = weights.iter().find(|(name, _)| *name == Flo::NAME) {
            self.goal(&format!("bytes for {name}"), *bytes, at_most);
        }
    }

    /// Prints the mean, and which goals are missed; or tells it to who does.
    pub(crate) fn summary(mut self) {
        if !self.asked.has_found() {
            return;
        }
        for measured in std::mem::take(&mut self.rows) {
            self.goals_of(&measured);
        }
        if self.asked.tells_facts() {
            for (row, ratio) in &self.beside {
                tell(&[row, &ratio.to_string()]);
            }
            for missed in &self.missed {
                tell(&[missed]);
            }
            return;
        }
        if !self.beside.is_empty() {
            let mean = geometric_mean(self.beside.iter().map(|(_, ratio)| *ratio));
            println!("\nflo/alien, geometric mean over {} rows: {mean:.3}", self.beside.len());
            let all: Vec<String> =
                self.beside.iter().map(|(row, ratio)| format!("{row} {ratio:.2}")).collect();
            println!("  {}", all.join(", "));
            self.goal("flo/alien, geometric mean", mean, 0.7);
        }
        if self.missed.is_empty() {
            println!("\nno goal is missed");
        } else {
            println!("\n{} goals are missed:", self.missed.len());
        }
        for missed in &self.missed {
            println!("  {missed}");
        }
        if self.asked.is_quick() {
            println!("\nall results are right; the times of a quick run say nothing");
        }
    }

    fn goals_of(&mut self, measured: &Measured) {
        let row = measured.row;
        if let Some(ratio) = measured.ratio(Alien::NAME) {
            self.beside.push((row.name.to_owned(), ratio));
            self.goal(&format!("{}, flo/alien", row.name), ratio, row.at_most);
        }
        for peer in [Leptos::NAME, Ancestor::NAME] {
            let Some((ratio, at_least)) = measured.ratio(peer).zip(row.kind.at_least()) else {
                continue;
            };
            self.goal(&format!("{}, flo/{peer}", row.name), ratio, 1.0 / at_least);
        }
    }
}

fn geometric_mean(figures: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some dozens")]
    let count = figures.len().max(1) as f64;
    (figures.map(f64::ln).sum::<f64>() / count).exp()
}
