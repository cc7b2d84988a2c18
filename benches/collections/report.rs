//! Rows: who took how long, and which goals are missed.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::time::Duration;

use flo_benches::{Asked, Section, Work, nanoseconds, tell};

/// One who does the work of a row: so many operations in a turn, which he checks himself.
pub(crate) struct Contender<'a> {
    name: &'static str,
    operations: u64,
    work: Work<'a>,
}

impl<'a> Contender<'a> {
    /// `work` does so many operations and gives how long they took.
    pub(crate) fn new(
        name: &'static str,
        operations: u64,
        mut work: impl FnMut(u64) -> Duration + 'a,
    ) -> Self {
        Self { name, operations, work: Box::new(move || work(operations)) }
    }
}

/// What a row came to: nanoseconds for one operation of each contender.
pub(crate) struct Times(Vec<(&'static str, f64)>);

impl Times {
    pub(crate) fn of(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, time)| *time)
    }

    /// flo's time.
    pub(crate) fn flo(&self) -> f64 {
        self.of("flo").unwrap_or(f64::NAN)
    }

    /// flo's time over that of `peer`.
    pub(crate) fn beside(&self, peer: &str) -> f64 {
        self.of(peer).map_or(f64::NAN, |time| self.flo() / time)
    }

    /// flo's time over that of the best of its peers; a recompute is none.
    pub(crate) fn beside_best(&self) -> f64 {
        let peers = self.0.iter().filter(|(name, _)| !["flo", "recompute"].contains(name));
        self.flo() / peers.map(|(_, time)| *time).fold(f64::INFINITY, f64::min)
    }
}

/// All that was measured.
pub(crate) struct Report {
    asked: Asked,
    missed: Vec<String>,
}

impl Report {
    pub(crate) fn new(asked: Asked) -> Self {
        Self { asked, missed: Vec::new() }
    }

    /// A count for this run.
    pub(crate) fn count(&self, full: u64) -> u64 {
        self.asked.count(full)
    }

    /// The length of a collection for this run.
    pub(crate) fn len(&self, full: u64) -> u64 {
        if self.asked.is_quick() { full.min(10_000) } else { full }
    }

    /// Begins a section, if it is to be done here; takes down what another process has missed that has done it.
    pub(crate) fn section(&mut self, name: &str) -> bool {
        match self.asked.section(name) {
            Section::Skipped => false,
            Section::Here => {
                println!("\n{name}");
                true
            }
            Section::Done(facts) => {
                self.missed.extend(facts.into_iter().flatten());
                false
            }
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

    /// Measures a row.
    pub(crate) fn row(&self, name: &str, contenders: Vec<Contender<'_>>) -> Times {
        let told: Vec<_> = contenders.iter().map(|one| (one.name, one.operations)).collect();
        let mut works: Vec<_> = contenders.into_iter().map(|one| one.work).collect();
        let medians = self.asked.in_turns(&mut works);
        let times = told.iter().zip(medians);
        let times: Vec<_> =
            times.map(|((name, count), time)| (*name, nanoseconds(time, *count))).collect();
        let flo = times.iter().find(|(name, _)| *name == "flo").map_or(f64::NAN, |(_, time)| *time);
        println!("  {name}");
        for ((name, time), (_, count)) in times.iter().zip(&told) {
            println!(
                "    {name:16} {time:14.1} ns  ({count} a turn)  flo/{name} {:.4}",
                flo / time
            );
        }
        Times(times)
    }

    /// A figure of flo's, and what it is to be at most.
    pub(crate) fn goal(&mut self, name: &str, figure: f64, at_most: f64) {
        println!("    {name}: {figure:.4}, wanted at most {at_most}");
        if figure.is_nan() || figure > at_most {
            self.missed.push(format!("{name}: {figure:.4}, wanted at most {at_most}"));
        }
    }

    /// Prints what one of something weighs with each library; flo's is to be at most so many bytes.
    pub(crate) fn weights(&mut self, name: &str, weights: &[(&str, f64)], at_most: f64) {
        let all: Vec<String> =
            weights.iter().map(|(name, bytes)| format!("{name} {bytes:.1}")).collect();
        println!("  bytes for {name}: {}", all.join(", "));
        if let Some((_, bytes)) = weights.iter().find(|(name, _)| *name == "flo") {
            self.goal(&format!("bytes for {name}"), *bytes, at_most);
        }
    }

    /// Prints which goals are missed, or tells it to who does.
    pub(crate) fn summary(self) {
        if !self.asked.has_found() {
            return;
        }
        if self.asked.tells_facts() {
            for missed in &self.missed {
                tell(&[missed]);
            }
            return;
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
}
