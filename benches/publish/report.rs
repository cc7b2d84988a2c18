//! Cells and sections: who took how long, beside whom, and whether that is what was aimed at.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use flo_benches::{Asked, Section, Work, nanoseconds, tell};

/// One contender of a cell: its name, and the work.
pub(crate) type Contender<'a> = (&'static str, Work<'a>);

/// What a section is to reach.
pub(crate) struct Goal {
    pub(crate) section: &'static str,
    /// flo's time over that of the best peer.
    pub(crate) at_most: f64,
    /// How many times as long `flo_stream` must take at least.
    pub(crate) ancestor: Option<f64>,
}

/// All that was measured.
pub(crate) struct Report {
    asked: Asked,
    /// The section that is done here, and its goal; the ratios of its cells, and how many have missed something.
    begun: Option<(&'static str, f64)>,
    ratios: Vec<f64>,
    missed: usize,
    /// The lines of the summary.
    lines: Vec<String>,
}

impl Report {
    pub(crate) fn new(asked: Asked) -> Self {
        Self { asked, begun: None, ratios: Vec::new(), missed: 0, lines: Vec::new() }
    }

    /// A count for this scale.
    pub(crate) fn count(&self, full: u64) -> u64 {
        self.asked.count(full)
    }

    /// Begins a section, if it is to be done here; takes down what another process tells that has done it.
    pub(crate) fn section(&mut self, goal: &Goal) -> bool {
        match self.asked.section(goal.section) {
            Section::Skipped => false,
            Section::Here => {
                println!("\n{}: at most {} of the best peer", goal.section, goal.at_most);
                self.begun = Some((goal.section, goal.at_most));
                true
            }
            Section::Done(facts) => {
                self.lines.extend(facts.into_iter().flatten());
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

    /// Measures a cell: each contender in turns, the first of them flo.
    pub(crate) fn cell(
        &mut self,
        goal: &Goal,
        name: &str,
        operations: u64,
        contenders: Vec<Contender<'_>>,
    ) {
        let (names, mut works): (Vec<_>, Vec<_>) = contenders.into_iter().unzip();
        let times = self.asked.in_turns(&mut works);
        let medians: Vec<f64> = times.into_iter().map(|t| nanoseconds(t, operations)).collect();
        let own = medians[0];
        let mut peers: Vec<_> = names.iter().zip(&medians).skip(1).collect();
        peers.sort_by(|one, other| one.1.total_cmp(other.1));
        let (best, best_time) = peers[0];
        let ratio = own / best_time;
        let ancestor =
            names.iter().position(|name| *name == "flo_stream").map(|at| medians[at] / own);
        let is_slow = ratio > goal.at_most * 1.1;
        let is_near = goal.ancestor.zip(ancestor).is_some_and(|(wanted, found)| found < wanted);
        print!("  {name:44} {own:>9.1} ns  {ratio:>5.2} of {best}");
        if let Some(ancestor) = ancestor {
            print!(", flo_stream ×{ancestor:.1}");
        }
        println!(
            "{}{}",
            if is_slow { "  MISSED" } else { "" },
            if is_near { "  NEAR flo_stream" } else { "" }
        );
        let all: Vec<String> =
            peers.iter().map(|(name, time)| format!("{name} {time:.1}")).collect();
        println!("    {}", all.join(", "));
        self.ratios.push(ratio);
        self.missed += usize::from(is_slow || is_near);
    }

    /// Prints what the sections come to, or tells it to who does.
    pub(crate) fn summary(&self) {
        if !self.asked.has_found() {
            return;
        }
        if let Some((section, at_most)) = self.begun {
            let (count, missed) = (self.ratios.len(), self.missed);
            #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
            let mean = self.ratios.iter().sum::<f64>() / count.max(1) as f64;
            tell(&[&format!("| {section} | ≤ {at_most} | {mean:.2} | {missed} of {count} |")]);
        }
        if self.lines.is_empty() {
            return;
        }
        println!("\n| section | goal | mean | cells that missed |\n|---|---|---|---|");
        for line in &self.lines {
            println!("{line}");
        }
        if self.asked.is_quick() {
            println!("\nall results are right; the times of a quick run say nothing");
        }
    }
}
