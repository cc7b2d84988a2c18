//! What the order desk promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod architecture;
mod components;
mod desk_run;
mod independent;
mod process;
mod row_parser;
mod splitter;
#[cfg(unix)]
mod terminal;
mod totals;
mod views;
