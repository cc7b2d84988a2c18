//! What holds across the crates: the bridge between events and state, the house rules.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod auto_traits;
mod bridge;
mod panic_location;
mod settled;
mod tidy;
