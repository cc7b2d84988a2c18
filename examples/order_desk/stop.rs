//! The wish to end, seen by whoever waits for time to pass.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A wish to end, made once and never taken back. A clone is another handle to the same wish.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    wished: Mutex<bool>,
    told: Condvar,
}

impl Stop {
    /// Wishes for the end, and wakes all who wait.
    pub fn wish(&self) {
        *self.0.wished.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.told.notify_all();
    }

    /// Waits until `due`, or for the wish if that comes first. Returns whether to go on.
    pub fn wait_until(&self, due: Instant) -> bool {
        let wished = self.0.wished.lock().unwrap_or_else(PoisonError::into_inner);
        let left = due.saturating_duration_since(Instant::now());
        if *wished || left == Duration::ZERO {
            return !*wished;
        }
        let (wished, _) = self
            .0
            .told
            .wait_timeout_while(wished, left, |wished| !*wished)
            .unwrap_or_else(PoisonError::into_inner);
        !*wished
    }
}
