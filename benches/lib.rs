//! flo beside its peers, in one run: the same work in turns, every result checked, ratios told.
//!
//! ```text
//! cargo bench -p flo_benches --features peers
//! cargo bench -p flo_benches --features bytes        what things weigh
//! ```
//!
//! Machines differ and are noisy, so a time alone says nothing: contenders take turns, and their medians
//! are compared. What one section leaves of the heap makes another one's contenders slower, and not all of them alike: a chain of 50
//! computeds took flo twice as long after others had made and dropped effects (November 2026). So each section has a
//! process of its own. Who counts bytes makes every allocation slower, so that is a run of its own, which times nothing.
//! What all benchmarks need is here: what was asked for, processes, and turns.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::{
    cell::Cell,
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

/// The work of a contender, which says how long it took without building and checking.
pub type Work<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Asked {
    is_quick: bool,
    only: Option<String>,
    /// Of a process that does one section.
    section: Option<String>,
    /// Whether a section has been come to that is wanted.
    found: Cell<bool>,
}

/// Who does a section.
#[expect(clippy::exhaustive_enums, reason = "there is nobody else")]
#[derive(Debug)]
pub enum Section {
    /// Nobody: it was not asked for.
    Skipped,
    /// This process.
    Here,
    /// Another one, which has told these facts for the summary.
    Done(Vec<Vec<String>>),
}

/// In which variable of its environment a process finds the section that it does.
const SECTION: &str = "FLO_BENCH_SECTION";
/// How a line begins that is a fact.
const FACT: &str = "@\t";

impl Asked {
    /// `--quick`, and how the sections begin that are wanted.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
        Self {
            is_quick: arguments.iter().any(|argument| argument == "--quick"),
            only: arguments.into_iter().find(|argument| !argument.starts_with("--")),
            section: env::var(SECTION).ok(),
            found: Cell::new(false),
        }
    }

    /// Little work and one turn: are the results right?
    pub fn is_quick(&self) -> bool {
        self.is_quick
    }

    /// Has a section of this name done, which times something: in a process of its own, whose output is printed as it comes.
    ///
    /// # Panics
    /// Where that process cannot be started, or has failed.
    pub fn section(&self, name: &str) -> Section {
        match &self.section {
            Some(section) if section == name => {
                self.found.set(true);
                Section::Here
            }
            Some(_) => Section::Skipped,
            None if COUNTS_BYTES || !self.names(name) => Section::Skipped,
            None => {
                self.found.set(true);
                Section::Done(self.apart(name))
            }
        }
    }

    /// At the end of all sections: whether one was wanted that is there. Says so where none is.
    ///
    /// # Panics
    /// Where this process was to do a section and has not come to it.
    pub fn has_found(&self) -> bool {
        if let Some(section) = &self.section {
            assert!(self.found.get(), "section {section}: it was not come to");
        } else if let Some(only) = self.only.as_ref().filter(|_| !self.found.get()) {
            println!("no section of this benchmark begins with {only:?}");
        }
        self.found.get()
    }

    fn apart(&self, name: &str) -> Vec<Vec<String>> {
        let mut command = Command::new(env::current_exe().expect("a benchmark knows its file"));
        if self.is_quick {
            command.arg("--quick");
        }
        let started = command.env(SECTION, name).stdout(Stdio::piped()).spawn();
        let mut process = started.unwrap_or_else(|error| panic!("section {name}: {error}"));
        let mut facts = Vec::new();
        for line in BufReader::new(process.stdout.take().expect("it is piped")).lines() {
            let line = line.unwrap_or_else(|error| panic!("section {name}: {error}"));
            match line.strip_prefix(FACT) {
                Some(fact) => facts.push(fact.split('\t').map(String::from).collect()),
                None => println!("{line}"),
            }
        }
        let status = process.wait().unwrap_or_else(|error| panic!("section {name}: {error}"));
        assert!(status.success(), "section {name}: {status}");
        facts
    }

    /// Whether this process does one section, and tells facts instead of a summary.
    pub fn tells_facts(&self) -> bool {
        self.section.is_some()
    }

    /// Whether one is wanted that counts bytes.
    pub fn weighs(&self, section: &str) -> bool {
        let weighs = COUNTS_BYTES && self.names(section);
        self.found.set(self.found.get() || weighs);
        weighs
    }

    fn names(&self, section: &str) -> bool {
        self.only.as_ref().is_none_or(|only| section.starts_with(only.as_str()))
    }

    /// A count for a full run, or a two hundredth of it.
    pub fn count(&self, full: u64) -> u64 {
        if self.is_quick { (full / 200).max(4) } else { full }
    }

    /// Lets `works` take turns, the first of them to warm up; the median of each.
    pub fn in_turns(&self, works: &mut [Work<'_>]) -> Vec<Duration> {
        let turns = if self.is_quick { 1 } else { 5 };
        let mut times = vec![Vec::with_capacity(turns); works.len()];
        for turn in 0..=turns {
            for (work, times) in works.iter_mut().zip(&mut times) {
                let time = work();
                if turn > 0 {
                    times.push(time);
                }
            }
        }
        times.into_iter().map(median).collect()
    }
}

/// Tells the process that has this section done something for the summary.
///
/// # Panics
/// Where a tab or the end of a line is in it, which would make others of it.
pub fn tell(fact: &[&str]) {
    let is_one = fact.iter().all(|part| !part.contains(['\t', '\n', '\r']));
    assert!(is_one, "a fact is a line of parts: {fact:?}");
    println!("{FACT}{}", fact.join("\t"));
}

/// Whether this run counts bytes.
const COUNTS_BYTES: bool = cfg!(feature = "bytes");

/// What was asked of the allocator.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// All of it.
    pub asked: u64,
    /// What was not given back.
    pub kept: i64,
}

/// Counts what `f` asks of the allocator on this thread.
#[cfg(feature = "bytes")]
pub fn bytes(f: impl FnOnce()) -> Bytes {
    let info = allocation_counter::measure(f);
    Bytes { asked: info.bytes_total, kept: info.bytes_current }
}

/// Counts what `f` asks of the allocator on this thread.
///
/// # Panics
/// In a run that times.
#[cfg(not(feature = "bytes"))]
pub fn bytes(_: impl FnOnce()) -> Bytes {
    panic!("a run that times counts no bytes")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Nanoseconds for one of so many operations.
#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
pub fn nanoseconds(time: Duration, operations: u64) -> f64 {
    time.as_secs_f64() * 1e9 / operations as f64
}
