//! The order desk: a stream of purchase orders becomes state, and what follows from it is shown live.
//!
//! ```text
//!  files, stdin ─▶ csv ─┐                                     ┌─▶ orders     ─┐
//!                       ├─▶ feed ─▶ Publisher<OrderEvent> ────┼─▶ customers   │  computeds     ┌─▶ terminal
//!  seed ─▶ day ─────────┘   (pace)                            ├─▶ countries   ├─▶ DeskView ────┼─▶ plain lines
//!                                                             ├─▶ products    │   Totals       └─▶ JSON
//!                                                             ├─▶ clock, rate │
//!                                                             └─▶ auditors   ─┘
//! ```
//!
//! Read it in this order: [`model`] is what everything talks about; [`orders`] is a component, and the
//! others are like it; [`desk`] wires them and is the only place that names them all; [`feed`] is where
//! events come from; [`view`] draws a [`view::DeskView`] and knows nothing else; [`run`] is the program.
//!
//! No component holds another. Each gets a stream of events and keeps bindings of its own; they meet in
//! computeds. An order, its lines and its customer refer to each other by key, and live in different
//! components.

pub mod auditor;
pub mod clock;
pub mod countries;
pub mod csv;
pub mod customers;
pub mod day;
pub mod desk;
pub mod feed;
pub mod model;
pub mod options;
pub mod orders;
pub mod pace;
pub mod plain;
pub mod products;
mod ranking;
pub mod rate;
pub mod run;
pub mod stop;
pub mod terminal;
pub mod totals;
pub mod view;
