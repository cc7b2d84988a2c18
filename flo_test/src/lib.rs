//! Streams, sinks and futures tested in pictures, without sleeping.
//!
//! ```
//! use flo_test::{assert_marbles, cold};
//! use futures::StreamExt;
//!
//! let orders = cold("-a-(bc)-|");
//! assert_marbles!(orders.map(|order| order.to_ascii_uppercase()), "-A-(BC)-|");
//! ```
//!
//! It works with any `Stream`, `Sink` and `Future`, from any crate, and needs no runtime.
//!
//! | to test | there is |
//! |---|---|
//! | what a stream does, step by step | [`assert_marbles!`], [`expect`]; [`StreamProbe`] to act between the steps; [`Marbles`] for several, and for drivers that run along |
//! | with which input | [`cold`], [`hot`], and their [`SourceLog`] |
//! | against which back-pressure | [`SinkProbe`], and its [`SinkLog`] |
//! | who is woken, and how often | [`woken`] |
//! | how often a closure runs, and with what | [`Calls`] |
//! | that everything is dropped, once | [`Leaks`] |
//! | a whole pipeline, until nothing can go on | [`Tasks`] |
//! | every order in which things can happen | [`interleave`], [`for_seeds`] |
//! | what depends on time (feature `tokio`) | `paused_clock`, `advance` |
//! | that a check of yours fails when it should | [`must_fail`] |
//!
//! `TESTING.md` beside this crate shows how to test for a missed wake, back-pressure, debounce,
//! reconnecting, a leak, a lost message and a glitch. `assert_pending!`, `assert_ready!` and their
//! siblings are those of `tokio-test`.
//!
//! # Steps
//!
//! One character of a diagram is one step. Who says when a step is over is one of three:
//!
//! - In [`assert_marbles!`], [`Marbles`] and [`StreamProbe`] it is over when everybody has been
//!   polled and nothing can go on. All sources and sink probes on the thread keep in step,
//!   however often each of them is polled.
//! - Inside of `paused_clock` (feature `tokio`) it is over when tokio's paused clock has gone on by
//!   the length of a step, a millisecond unless you say otherwise; a diagram may have times such
//!   as `10ms`, and tokio's timers tell the same time.
//! - Anywhere else, so under [`Tasks`], [`interleave`] or an executor of yours, no clock is there: a
//!   `-` of a source is one poll that is pending and wakes its task.
//!
//! # Seeds
//!
//! [`Tasks`] and [`interleave`] run in an order that follows from a [`Seed`] and is the same each
//! time. What fails says which seed it was; the environment variable `FLO_TEST_SEED` brings it
//! back.

mod calls;
#[cfg(feature = "tokio")]
mod clock;
mod diagram;
mod drawing;
mod expected;
mod failure;
mod interleave;
mod lane;
mod leak;
mod marbles;
mod probe;
mod run;
mod schedule;
mod script;
mod seed;
mod settle;
mod sink;
mod source;
mod source_log;
mod step;
mod values;
mod watched;
mod woken;

pub use calls::Calls;
#[cfg(feature = "tokio")]
pub use clock::{advance, paused_clock, paused_clock_with};
pub use expected::{Expected, IntoExpected, expect};
pub use failure::must_fail;
pub use interleave::{Futures, YieldNow, for_seeds, interleave, yield_now};
pub use leak::{Leak, Leaks};
pub use marbles::Marbles;
pub use probe::StreamProbe;
pub use seed::{BadSeed, Random, Seed};
pub use settle::{Collected, Spawned, Tasks};
pub use sink::{Refused, SinkEvent, SinkLog, SinkProbe};
pub use source::{Cold, Hot, cold, hot};
pub use source_log::SourceLog;
pub use tokio_test::{assert_err, assert_ok, assert_pending, assert_ready, assert_ready_eq};
pub use values::{Marble, Named, Values};
pub use woken::{Woken, woken};
