//! What `flo_publish` promises, one file per subject; a test's name is the promise.

mod auto_traits;
mod batches;
mod cancel;
mod cut_off;
mod delivery;
mod drained;
mod ending;
mod errors;
mod gate;
mod latest;
mod leaks;
mod lossy;
mod mistakes;
mod names;
mod oracle;
mod oracle_policies;
mod permits;
mod replay;
mod sink;
mod strangers;
mod strangers_everywhere;
mod threads;
mod waiting;
mod wakes;
mod work;
