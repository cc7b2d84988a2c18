//! flo beside its peers, in one run: the same work in turns, every result checked, ratios printed.
//!
//! ```text
//! cargo bench -p flo_benches --features peers
//! ```
//!
//! Machines differ and are noisy, so a time alone says nothing: a row gives the median time of flo and,
//! for each peer, how many times as long it took in the same run.
#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::time::{Duration, Instant};

/// How often each contender of a row runs; the medians are told.
const TURNS: usize = 7;

/// One way to do the work of a row: returns what it computed, for the check.
pub type Work<'a> = Box<dyn FnMut() -> u64 + 'a>;

/// Measures one row: each contender `TURNS` times, in turns, the first of them flo.
///
/// # Panics
/// When a contender's result is not `expected`.
pub fn row(name: &str, operations: u32, expected: u64, contenders: Vec<(&str, Work<'_>)>) {
    let (names, mut works): (Vec<_>, Vec<_>) = contenders.into_iter().unzip();
    let mut times = vec![Vec::with_capacity(TURNS); works.len()];
    for turn in 0..=TURNS {
        for ((work, name), times) in works.iter_mut().zip(&names).zip(&mut times) {
            let start = Instant::now();
            let result = work();
            let time = start.elapsed();
            assert_eq!(result, expected, "{name} computed something else");
            // The first turn warms up.
            if turn > 0 {
                times.push(time);
            }
        }
    }
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    let own = medians[0];
    print!("{name:32} {:>9.1} ns", own.as_secs_f64() * 1e9 / f64::from(operations));
    for (peer, time) in names.iter().zip(&medians).skip(1) {
        print!("   {peer} ×{:.2}", time.as_secs_f64() / own.as_secs_f64());
    }
    println!();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Prints what the rows of a section mean.
pub fn section(name: &str) {
    println!(
        "\n{name}: flo's median time for one operation, and how many times as long each peer took"
    );
}
