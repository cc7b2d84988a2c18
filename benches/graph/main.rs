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
mod handles;
mod kairo;
mod layered;
mod leptos;
mod library;
mod memory;
mod oracle;
mod probe;
mod report;
mod signals;
mod stack;
mod sycamore;
mod systems;
mod threads;

use flo_benches::Asked;

fn main() {
    stack::on_stack(stack::PLENTY, || {
        let mut report = report::Report::new(Asked::from_arguments());
        basic::sections(&mut report);
        kairo::sections(&mut report);
        systems::sections(&mut report);
        layered::sections(&mut report);
        memory::sections(&mut report);
        threads::sections(&mut report);
        handles::sections(&mut report);
        report.summary();
    });
}
