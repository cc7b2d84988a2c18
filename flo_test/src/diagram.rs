//! Marble diagrams: a line of text that says what happens at which step.
//!
//! # Grammar
//!
//! ```text
//! diagram  = { cell | space }
//! cell     = "-" | mark | "(" mark { mark } ")"          one step
//!          | number unit                                 so many steps as that time has; unit: ms, s, m
//! mark     = a letter or digit                           an item
//!          | "#"                                         an error item
//!          | "|"                                         the end
//!          | "^"                                         hot sources: subscribed here
//!          | "!"                                         expectations: dropped here; sinks: fails from here
//!          | "r" | "R"                                   sinks: ready for one item, for as many as come
//! ```
//!
//! Spaces are free: they line diagrams up under each other. A time stands apart from letters and digits, so
//! that `a10ms` is not read as one thing or the other. Nothing comes after `|` or `!`.

use std::{fmt, time::Duration};

/// What a diagram is for, which decides what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Cold,
    Hot,
    Expected,
    Sink,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An item by its name; the name `#` is that of an error item.
    Item(char),
    End,
    /// Expectations: the subscriber is dropped. Sinks: they fail from here on.
    Drop,
    /// Sinks: ready for one item.
    Ready,
    /// Sinks: ready from here on for as many as come.
    Open,
    /// Hot sources: the subscription.
    Subscribed,
}

/// A mark and the step at which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marble {
    pub(crate) step: u64,
    pub(crate) mark: Mark,
    /// Which character of the text it is.
    pub(crate) at: usize,
}

/// A diagram that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagram {
    pub(crate) text: String,
    pub(crate) marbles: Vec<Marble>,
    /// How many steps it is long.
    pub(crate) steps: u64,
    /// The steps that times stand for, as half-open ranges.
    pub(crate) times: Vec<(u64, u64)>,
}

/// Why a text is no diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadDiagram {
    text: String,
    at: usize,
    why: String,
}

impl BadDiagram {
    pub(crate) fn new(text: &str, at: usize, why: impl Into<String>) -> Self {
        Self { text: text.to_owned(), at, why: why.into() }
    }
}

impl fmt::Display for BadDiagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A tab or a line break would move the caret.
        let line: String =
            self.text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let caret = " ".repeat(self.at);
        write!(f, "bad marble diagram\n  {line}\n  {caret}^ {}", self.why)
    }
}

impl Diagram {
    /// Reads `text`; `step` is how long a step is where a clock is kept.
    pub(crate) fn parse(
        text: &str,
        dialect: Dialect,
        step: Option<Duration>,
    ) -> Result<Self, BadDiagram> {
        let mut reading = Reading {
            text,
            chars: text.chars().collect(),
            dialect,
            step,
            group: None,
            ended: None,
            diagram: Self {
                text: text.to_owned(),
                marbles: Vec::new(),
                steps: 0,
                times: Vec::new(),
            },
        };
        reading.read()?;
        Ok(reading.diagram)
    }

    /// As [`parse`](Self::parse), with the step of the clock that this thread keeps.
    ///
    /// # Panics
    /// At the caller's line, where the text is no diagram.
    #[track_caller]
    pub(crate) fn read(text: &str, dialect: Dialect) -> Self {
        // Not in a closure, whose panics would have a place of their own.
        match Self::parse(text, dialect, crate::step::span()) {
            Ok(diagram) => diagram,
            Err(bad) => panic!("{bad}"),
        }
    }

    /// The error that points at the first item called `name`.
    pub(crate) fn bad_name(&self, name: char, why: impl Into<String>) -> BadDiagram {
        let marble = self.marbles.iter().find(|marble| marble.mark == Mark::Item(name));
        BadDiagram::new(&self.text, marble.map_or(0, |marble| marble.at), why)
    }

    /// The error of a `name` without a value.
    pub(crate) fn no_value(&self, name: char) -> BadDiagram {
        self.bad_name(name, format!("no value is given for `{name}`"))
    }

    pub(crate) fn at_step(&self, step: u64) -> impl Iterator<Item = &Marble> {
        let from = self.marbles.partition_point(|marble| marble.step < step);
        self.marbles[from..].iter().take_while(move |marble| marble.step == step)
    }
}

/// A text while it is read.
struct Reading<'a> {
    text: &'a str,
    chars: Vec<char>,
    dialect: Dialect,
    step: Option<Duration>,
    /// Where the open group began.
    group: Option<usize>,
    /// Where the mark stands after which nothing comes.
    ended: Option<usize>,
    diagram: Diagram,
}

impl Reading<'_> {
    fn bad(&self, at: usize, why: impl Into<String>) -> BadDiagram {
        BadDiagram::new(self.text, at, why)
    }

    fn read(&mut self) -> Result<(), BadDiagram> {
        let mut at = 0;
        while let Some(&c) = self.chars.get(at) {
            if c.is_whitespace() {
                at += 1;
            } else if let Some(time) = Time::at(&self.chars, at) {
                self.pass(at, &time)?;
                at += time.length;
            } else {
                self.one(at, c)?;
                at += 1;
            }
        }
        match self.group {
            Some(open) => Err(self.bad(open, "this `(` has no `)`")),
            None => Ok(()),
        }
    }

    /// A time passes.
    fn pass(&mut self, at: usize, time: &Time) -> Result<(), BadDiagram> {
        let written: String = self.chars[at..at + time.length].iter().collect();
        if at > 0 && self.chars[at - 1].is_alphanumeric() {
            return Err(self.bad(
                at,
                format!(
                    "is `{written}` a time? Then a space goes before it; \
                         if these are items, a space goes between them"
                ),
            ));
        }
        self.nothing_ended(at)?;
        if self.group.is_some() {
            return Err(self.bad(at, "no time passes inside a group"));
        }
        let Some(step) = self.step else {
            return Err(self.bad(
                at,
                format!(
                    "`{written}` is a time, and no clock is kept here: call `paused_clock` \
                         (feature `tokio`); if these are items, a space goes between them"
                ),
            ));
        };
        let span = time.span.ok_or_else(|| self.bad(at, "this time is too long"))?;
        if span.as_nanos() % step.as_nanos() != 0 {
            return Err(self.bad(at, format!("not a whole number of steps of {step:?}")));
        }
        let steps = u64::try_from(span.as_nanos() / step.as_nanos())
            .map_err(|_| self.bad(at, "this time is too long"))?;
        let from = self.diagram.steps;
        self.diagram.steps += steps;
        self.diagram.times.push((from, self.diagram.steps));
        Ok(())
    }

    /// One character that is neither space nor part of a time.
    fn one(&mut self, at: usize, c: char) -> Result<(), BadDiagram> {
        match (c, self.group) {
            (')', None) => Err(self.bad(at, "this `)` has no `(`")),
            (')', Some(open)) => {
                self.group = None;
                if self.diagram.marbles.last().is_none_or(|marble| marble.at < open) {
                    return Err(self.bad(open, "this group is empty"));
                }
                self.diagram.steps += 1;
                Ok(())
            }
            ('(', Some(_)) => Err(self.bad(at, "a group inside a group")),
            ('(', None) => {
                self.nothing_ended(at)?;
                self.group = Some(at);
                Ok(())
            }
            ('-', Some(_)) => Err(self.bad(at, "no step passes inside a group")),
            ('-', None) => {
                self.nothing_ended(at)?;
                self.diagram.steps += 1;
                Ok(())
            }
            (c, group) => {
                let mark = self.mark(at, c)?;
                self.nothing_ended(at)?;
                self.diagram.marbles.push(Marble { step: self.diagram.steps, mark, at });
                if matches!(mark, Mark::End | Mark::Drop) {
                    self.ended = Some(at);
                }
                if group.is_none() {
                    self.diagram.steps += 1;
                }
                Ok(())
            }
        }
    }

    fn nothing_ended(&self, at: usize) -> Result<(), BadDiagram> {
        match self.ended {
            Some(end) => {
                Err(self.bad(at, format!("nothing comes after the `{}`", self.chars[end])))
            }
            None => Ok(()),
        }
    }

    /// What `c` stands for in this dialect.
    fn mark(&self, at: usize, c: char) -> Result<Mark, BadDiagram> {
        use Dialect::{Cold, Expected, Hot, Sink};
        match (c, self.dialect) {
            ('r', Sink) => Ok(Mark::Ready),
            ('R', Sink) => Ok(Mark::Open),
            ('!', Expected | Sink) => Ok(Mark::Drop),
            ('!', Cold | Hot) => Err(self.bad(at, "a source does not say when it is dropped")),
            ('|', Cold | Hot | Expected) => Ok(Mark::End),
            ('#', Cold | Hot | Expected) => Ok(Mark::Item('#')),
            ('^', Hot) if self.group.is_some() => {
                Err(self.bad(at, "a `^` takes a step of its own"))
            }
            ('^', Hot) if self.diagram.marbles.iter().any(|m| m.mark == Mark::Subscribed) => {
                Err(self.bad(at, "a second `^`"))
            }
            ('^', Hot) => Ok(Mark::Subscribed),
            ('^', Cold | Expected | Sink) => Err(self.bad(at, "a `^` belongs into a hot source")),
            (c, Cold | Hot | Expected) if c.is_ascii_alphanumeric() => Ok(Mark::Item(c)),
            (_, Sink) => {
                Err(self.bad(at, "unknown: a sink's script has `r`, `R`, `-`, `!`, `( )`"))
            }
            (_, Cold | Hot | Expected) => Err(self.bad(at, "unknown character")),
        }
    }
}

/// A time such as `10ms`.
struct Time {
    /// How many characters it takes.
    length: usize,
    /// `None` where it is longer than can be told.
    span: Option<Duration>,
}

impl Time {
    /// The time that begins at `at`, if one does.
    fn at(chars: &[char], at: usize) -> Option<Self> {
        let rest = &chars[at..];
        let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        let after = &rest[digits..];
        let (unit, milliseconds) =
            [("ms", 1), ("s", 1_000), ("m", 60_000)].into_iter().find(|(unit, _)| {
                let length = unit.len();
                after.len() >= length
                    && after[..length].iter().copied().eq(unit.chars())
                    && after.get(length).is_none_or(|c| !c.is_alphanumeric())
            })?;
        if digits == 0 {
            return None;
        }
        let number: String = rest[..digits].iter().collect();
        let span = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(milliseconds))
            .map(Duration::from_millis);
        Some(Self { length: digits + unit.len(), span })
    }
}
