//! What `flo_publish` promises, one file per subject; a test's name is the promise.

mod auto_traits;
mod cancel;
mod delivery;
mod drained;
mod ending;
mod errors;
mod leaks;
mod lossy;
mod oracle;
mod permits;
mod sink;
mod strangers;
mod threads;
mod waiting;
mod wakes;
