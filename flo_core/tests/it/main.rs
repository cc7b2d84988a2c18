//! What `flo_core` promises, one file per subject; a test's name is the promise.

mod channel;
mod channel_strangers;
mod channel_waiting;
mod generator;
mod switch;
