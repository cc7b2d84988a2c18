//! What `flo_bind` promises, one file for each subject.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod bind_streams;
mod callbacks;
mod committed;
mod cycles;
mod effects;
mod exactness;
mod faults;
mod following;
mod handles;
mod joined_graphs;
mod mistakes;
mod oracle;
mod oracle_more;
mod panics;
mod random_threads;
mod threads;
mod transactions;
mod value_types;
