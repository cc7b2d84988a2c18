//! What `flo_core` promises, one file for each subject.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod channels;
mod generators;
mod scopes;
mod switches;
