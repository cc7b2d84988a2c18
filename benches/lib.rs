//! flo beside its peers, in one run: the same work in turns, every result checked, ratios told.
//!
//! ```text
//! cargo bench -p flo_benches --features peers
//! cargo bench -p flo_benches --features bytes        what things weigh
//! ```
//!
//! Machines differ and are noisy, so a time alone says nothing: contenders take turns, and their medians
//! are compared. Who counts bytes makes every allocation slower, so that is a run of its own, which times nothing. What all
//! benchmarks need is here: what was asked for, and turns.

use std::time::Duration;

/// The work of a contender, which says how long it took without building and checking.
pub type Work<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Asked {
    is_quick: bool,
    only: Option<String>,
}

impl Asked {
    /// `--quick`, and how the sections begin that are wanted.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
        Self {
            is_quick: arguments.iter().any(|argument| argument == "--quick"),
            only: arguments.into_iter().find(|argument| !argument.starts_with("--")),
        }
    }

    /// Little work and one turn: are the results right?
    pub fn is_quick(&self) -> bool {
        self.is_quick
    }

    /// Whether a section of this name is wanted, which times something.
    pub fn wants(&self, section: &str) -> bool {
        !COUNTS_BYTES && self.names(section)
    }

    /// Whether one is wanted that counts bytes.
    pub fn weighs(&self, section: &str) -> bool {
        COUNTS_BYTES && self.names(section)
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
