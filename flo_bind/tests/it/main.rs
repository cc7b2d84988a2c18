//! What `flo_bind` promises, one file for each subject.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod bind_streams;
mod callbacks;
mod cleanups;
mod cycles;
mod effects;
mod exactness;
mod following;
mod handles;
mod local_queues;
mod oracle;
mod ownership;
mod panics;
mod queues;
mod random_threads;
mod threads;
mod transactions;
mod values;
mod watching;
