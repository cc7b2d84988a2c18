//! Orders as comma-separated values: bytes become records, records become sales.
//!
//! ```text
//!   Read ─▶ Window ─▶ Splitter ─▶ Record (fields of bytes, line number) ─▶ RowParser ─▶ Sale
//! ```
//!
//! Whatever is wrong with a record costs that record and nothing else.

mod record;
mod row;
mod splitter;
mod volume;
mod window;

pub use record::{Defect, Record};
pub use row::{COLUMNS, RowError, RowParser};
pub use splitter::Splitter;
