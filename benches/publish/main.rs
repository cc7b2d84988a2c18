//! Publishers beside their peers, in one run: the same bodies over one small adapter per library.
//!
//! ```text
//! cargo bench -p flo_benches --features peers --bench publish                 all of it, some minutes
//! cargo bench -p flo_benches --features peers --bench publish -- fan-out      the sections that begin so
//! cargo bench -p flo_benches --features peers --bench publish -- --quick      few messages, every check
//! ```
//!
//! Every cell verifies how many messages came, in which order, and their sum. A cell's figure is flo's
//! median over that of the best peer in the same cell; a goal is what it should not be above.

mod exec;
mod fan;
mod message;
mod others;
mod peers;
mod report;
mod work;

use flo_benches::Asked;
use report::Report;

fn main() {
    let mut report = Report::new(Asked::from_arguments());
    fan::sections(&mut report);
    others::sections(&mut report);
    work::section(&mut report);
    report.summary();
}
