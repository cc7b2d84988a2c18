//! What was drawn and what was done, under each other.
//!
//! ```text
//!   expected  -a-(bc)--|
//!   actual    -a- b    -
//!                  ^ step 3: expected `c`; nothing came
//! ```
//!
//! A step has as many columns in one line as in the other, so both lines are diagrams themselves. A
//! long time in which neither says anything is one time in both.

use std::{fmt::Write, time::Duration};

use crate::diagram::{Diagram, Mark};

/// How many empty steps of a time are drawn as `-` before they become a time again.
const DASHES: u64 = 4;
/// How many items more than expected are drawn in one step.
const MORE: usize = 8;
/// How many items the legend explains.
const LEGEND: usize = 12;

/// Both lines while they are put together.
pub(crate) struct Drawing<'a> {
    diagram: &'a Diagram,
    /// Where the first difference is: the step, and which mark of it.
    step: u64,
    index: usize,
    seen: Vec<(u64, char)>,
    /// What the symbols stand for, where they do not say it themselves.
    legend: Vec<(char, String)>,
}

impl<'a> Drawing<'a> {
    pub(crate) fn new(diagram: &'a Diagram, step: u64, index: usize) -> Self {
        Self { diagram, step, index, seen: Vec::new(), legend: Vec::new() }
    }

    /// Adds what was done.
    pub(crate) fn saw(&mut self, step: u64, symbol: char, text: Option<String>) {
        self.seen.push((step, symbol));
        if let Some(text) = text
            && !self.legend.iter().any(|entry| entry.0 == symbol && entry.1 == text)
        {
            self.legend.push((symbol, text));
        }
    }

    /// The lines, a caret under the first difference, and `what` it is.
    pub(crate) fn with_caret(&self, what: &str) -> String {
        let span = crate::step::span();
        let (mut expected, mut actual, mut caret) = (String::new(), String::new(), 0);
        let mut step = 0;
        while step < self.diagram.steps {
            let quiet = self.quiet_time(step);
            if quiet > DASHES {
                let time = passing(quiet);
                expected += &time;
                actual += &time;
                step += quiet;
                continue;
            }
            let (drawn, done) = (cell(self.drawn(step)), cell(self.done(step)));
            if step == self.step {
                caret = expected.chars().count() + self.offset();
            }
            let width = drawn.chars().count().max(done.chars().count());
            _ = write!(expected, "{drawn:width$}");
            _ = write!(actual, "{done:width$}");
            step += 1;
        }
        let (expected, actual) = (expected.trim_end(), actual.trim_end());
        let place = match span {
            Some(span) if self.step > 0 => {
                format!("step {} ({})", self.step, time(span, self.step))
            }
            Some(_) | None => format!("step {}", self.step),
        };
        let caret = " ".repeat(caret);
        let mut lines = format!(
            "  expected  {expected}\n  actual    {actual}\n            {caret}^ {place}: {what}"
        );
        for (symbol, text) in self.legend.iter().take(LEGEND) {
            _ = write!(lines, "\n  {symbol} = {text}");
        }
        if self.legend.len() > LEGEND {
            _ = write!(lines, "\n  and {} more", self.legend.len() - LEGEND);
        }
        lines
    }

    /// For how many steps from `step` on a time passes in which nothing is drawn, done, or different.
    fn quiet_time(&self, step: u64) -> u64 {
        let Some((_, end)) = self.diagram.times.iter().find(|(a, b)| (*a..*b).contains(&step))
        else {
            return 0;
        };
        let next = self.seen.iter().map(|(at, _)| *at).chain([self.step]).filter(|at| *at >= step);
        next.min().map_or(*end, |next| next.min(*end)) - step
    }

    fn drawn(&self, step: u64) -> Vec<char> {
        let symbol = |mark| match mark {
            Mark::Item(name) => name,
            Mark::End => '|',
            Mark::Drop => '!',
            Mark::Ready => 'r',
            Mark::Open => 'R',
            Mark::Subscribed => '^',
        };
        self.diagram.at_step(step).map(|marble| symbol(marble.mark)).collect()
    }

    fn done(&self, step: u64) -> Vec<char> {
        let most = self.drawn(step).len() + MORE;
        let done = self.seen.iter().filter(|(at, _)| *at == step).map(|(_, symbol)| *symbol);
        let mut symbols: Vec<char> = done.take(most + 1).collect();
        if symbols.len() > most {
            symbols[most] = '…';
        }
        symbols
    }

    /// How far behind the beginning of its step's cell the difference is.
    fn offset(&self) -> usize {
        let is_group = self.drawn(self.step).len() > 1 || self.done(self.step).len() > 1;
        if is_group && self.index > 0 { self.index + 1 } else { 0 }
    }
}

/// One step.
pub(crate) fn cell(symbols: impl IntoIterator<Item = char>) -> String {
    let symbols: String = symbols.into_iter().collect();
    match symbols.chars().count() {
        0 => "-".to_owned(),
        1 => symbols,
        _ => format!("({symbols})"),
    }
}

/// So many steps in which nothing happens: as a time where a clock is kept and they are many.
pub(crate) fn passing(steps: u64) -> String {
    match crate::step::span() {
        Some(span) if steps > DASHES => format!(" {} ", time(span, steps)),
        Some(_) | None => "-".repeat(usize::try_from(steps).unwrap_or(usize::MAX)),
    }
}

/// So many steps as a time.
fn time(step: Duration, steps: u64) -> String {
    let milliseconds = step.as_millis() * u128::from(steps);
    if milliseconds.is_multiple_of(60_000) {
        format!("{}m", milliseconds / 60_000)
    } else if milliseconds.is_multiple_of(1_000) {
        format!("{}s", milliseconds / 1_000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// A stream's expression as a name in one line.
pub(crate) fn shortened(name: &str) -> String {
    const LENGTH: usize = 48;
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LENGTH {
        return format!("`{line}`");
    }
    let start: String = line.chars().take(LENGTH - 1).collect();
    format!("`{start}…`")
}
