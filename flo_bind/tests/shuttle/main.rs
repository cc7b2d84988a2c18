//! Whole small graphs under random schedules: every tuple that anybody sees is of one version, nobody misses the last one, and
//! nothing is left when all handles are gone:
//! `RUSTFLAGS="--cfg flo_shuttle" cargo test -p flo_bind --release --test shuttle`.
//!
//! `FLO_SCHEDULES` is how many schedules of each kind there are of each scenario. A failure prints its schedule; with that in
//! `FLO_SCHEDULE` the one scenario is run once more just so.

#![cfg(flo_shuttle)]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod crossing;
mod effects;
mod endings;
mod explore;
mod joining;
mod part;
