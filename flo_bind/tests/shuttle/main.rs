//! Whole small graphs under random schedules, and pairs of steps under every schedule with few switches of threads: every tuple
//! that anybody sees is of one version, nobody misses the last one, and nothing is left when all handles are gone:
//! `RUSTFLAGS="--cfg flo_shuttle" cargo test -p flo_bind --release --test shuttle`.
//!
//! `FLO_SCHEDULES` is how many schedules of each kind there are of each whole graph, and `FLO_MORE_SWITCHES` how many switches
//! there are of each pair beyond those of the file. A failure prints its schedule; with that in `FLO_SCHEDULE`, without
//! its line breaks, the one scenario is run once more just so.

#![cfg(flo_shuttle)]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod bounded;
mod carried;
mod crossing;
mod effects;
mod endings;
mod entries;
mod explore;
mod joining;
mod pairs;
mod part;
mod rows;
mod sleepers;
