//! What the test kit promises, by subject.

mod child;
mod clock;
mod combinators;
mod counts;
mod diagrams;
mod failures;
mod interleave;
mod places;
mod probes;
mod settle;
mod sinks;
mod sources;
mod wakes;
