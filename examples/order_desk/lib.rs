//! The order desk: a stream of purchase orders becomes state, and what follows from it is shown live.
//!
//! ```text
//!  files, stdin ─▶ csv ─┐                           ┌─▶ orders, lines ─┬─▶ countries ─┐
//!                       ├─▶ feed ─▶ Publisher ──────┤   (two stores)   ├─▶ products   │  computeds   ┌─▶ terminal
//!  seed ─▶ day ─────────┘  (pace)   <OrderEvent>    │                  └─▶ open       ├─▶ DeskView ──┼─▶ plain lines
//!                                                   ├─▶ customers ───────▶ best      │   Totals     └─▶ JSON
//!                                                   ├─▶ clock, rate ─────────────────┤
//!                                                   └─▶ auditors ────────────────────┘
//! ```
//!
//! Read it in this order: [`model`] is what everything talks about; [`orders`] keeps the state, and [`countries`] is what
//! follows from it; [`desk`] wires them and is the only place that names them all; [`feed`] is where events come from;
//! [`view`] draws a [`view::DeskView`] and knows nothing else; [`run`] is the program.
//!
//! No component holds another. Each gets a stream of events, or a collection that another one has made of them; they meet in
//! computeds. An order, its lines and its customer refer to each other by key. What is derived costs what has changed, and
//! nothing while nobody looks.

pub mod auditor;
pub mod clock;
pub mod countries;
pub mod csv;
pub mod customers;
pub mod day;
pub mod desk;
pub mod feed;
pub mod model;
pub mod open;
pub mod options;
pub mod orders;
pub mod pace;
pub mod plain;
pub mod products;
pub mod rate;
pub mod run;
pub mod stop;
mod taking;
pub mod terminal;
pub mod totals;
pub mod view;
