//! What the order desk promises.

mod components;
mod desk_run;
mod independent;
mod process;
mod row_parser;
mod splitter;
mod terminal;
mod totals;
mod views;
