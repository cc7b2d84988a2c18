//! Collections with differences beside their peers, in one run: the same edits, the same views, every result checked.
//!
//! ```text
//! cargo bench -p flo_benches --features peers --bench collections              all of it, some minutes
//! cargo bench -p flo_benches --features peers --bench collections -- stages    the sections that begin so
//! cargo bench -p flo_benches --features peers --bench collections -- --quick   little of each, every check
//! ```
//!
//! A time is the median of five turns, for one operation. Peers whose operations take long do fewer of them in a
//! turn; how many is told. Edits go through the collection by a stride, so that they come to every part of it, and a
//! value that is set is another one, so that sorted views move.

mod counting;
mod flo;
mod followers;
mod lists;
mod maps;
mod observable;
mod recompute;
mod report;
mod ropes;
mod signals;
mod stages;

use flo_benches::Asked;

fn main() {
    let mut report = report::Report::new(Asked::from_arguments());
    stages::sections(&mut report);
    lists::sections(&mut report);
    followers::sections(&mut report);
    maps::sections(&mut report);
    ropes::sections(&mut report);
    report.summary();
}
