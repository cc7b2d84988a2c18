//! The reactive graph beside its peers, in one run: the same shapes over one small adapter per library.
//!
//! ```text
//! cargo bench -p flo_benches --features peers --bench graph                 all of it, some minutes
//! cargo bench -p flo_benches --features peers --bench graph -- propagate    the sections that begin so
//! cargo bench -p flo_benches --features peers --bench graph -- --quick      little of each, every check
//! ```
//!
//! Every turn of every row builds its graph anew and verifies what came out, and flo how often it ran
//! closures as well; where a peer runs them more or less often than needed, the row says how often. A time
//! is the median of five turns, for one operation; `/alien` is flo's over that of alien-signals.

mod alien;
mod ancestor;
mod basic;
mod flo;
mod kairo;
mod layered;
mod leptos;
mod library;
mod oracle;
mod probe;
mod report;
mod sycamore;
mod systems;

use flo_benches::Asked;

/// Room for the libraries that recurse.
const STACK: usize = 1 << 30;

fn main() {
    let work = || {
        let mut report = report::Report::new(Asked::from_arguments());
        basic::sections(&mut report);
        kairo::sections(&mut report);
        systems::sections(&mut report);
        layered::sections(&mut report);
        report.summary();
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    if let Err(payload) = thread.join() {
        std::panic::resume_unwind(payload);
    }
}
