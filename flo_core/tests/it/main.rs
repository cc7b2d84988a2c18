//! What `flo_core` promises, one file per subject; a test's name is the promise.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod channel;
mod channel_oracle;
mod channel_strangers;
mod channel_waiting;
mod generator;
mod scopes;
mod switch;
