//! The only file that names `std::sync` or `loom`.
//!
//! Under `cfg(flo_loom)` the same names stand for loom's models of them, so that an engine written
//! against this module can be model checked as it is. Two things differ from the standard
//! library on purpose:
//!
//! - [`Mutex::lock`] and [`Condvar`] know no poison. No user code ever runs under a lock of ours,
//!   so a poisoned lock could only come from a panic of our own between two steps; what it guards
//!   is then still the state after the last whole step.
//! - [`Condvar::wait_for`] answers whether it was told or ran out of time.

#[cfg(flo_loom)]
pub use loom::sync::atomic;
#[cfg(not(flo_loom))]
pub use std::sync::atomic;

// Counted pointers and one-time cells carry no scheduling of ours: their orderings are those of the
// standard library, also in a model.
pub use std::sync::{Arc, OnceLock, Weak};

#[cfg(flo_loom)]
use loom::sync as inner;
#[cfg(not(flo_loom))]
use std::sync as inner;
use std::{fmt, time::Duration};

/// The guard of a [`Mutex`].
pub type MutexGuard<'a, T> = inner::MutexGuard<'a, T>;

/// A mutual exclusion lock without poison.
pub struct Mutex<T>(inner::Mutex<T>);

impl<T> Mutex<T> {
    /// Makes an unlocked one.
    #[cfg(not(flo_loom))]
    pub const fn new(value: T) -> Self {
        Self(inner::Mutex::new(value))
    }

    /// Makes an unlocked one.
    #[cfg(flo_loom)]
    pub fn new(value: T) -> Self {
        Self(inner::Mutex::new(value))
    }

    /// Waits for the lock and takes it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(inner_poison)
    }

    /// The value, without locking: the borrow is the proof that nobody else has it.
    #[cfg(not(flo_loom))]
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(inner_poison)
    }
}

fn inner_poison<G>(poisoned: std::sync::PoisonError<G>) -> G {
    poisoned.into_inner()
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex { .. }")
    }
}

/// A condition variable that goes with [`Mutex`].
#[derive(Debug)]
pub struct Condvar(inner::Condvar);

impl Condvar {
    /// Makes one that nobody waits for.
    #[cfg(not(flo_loom))]
    pub const fn new() -> Self {
        Self(inner::Condvar::new())
    }

    /// Makes one that nobody waits for.
    #[cfg(flo_loom)]
    pub fn new() -> Self {
        Self(inner::Condvar::new())
    }

    /// Gives the lock back, waits to be told, and takes the lock again. May return untold.
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(inner_poison)
    }

    /// As [`wait`](Self::wait), for at most `limit`; `false` when the time ran out.
    pub fn wait_for<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> (MutexGuard<'a, T>, bool) {
        let (guard, out) = self.0.wait_timeout(guard, limit).unwrap_or_else(inner_poison);
        (guard, !out.timed_out())
    }

    /// Tells everybody who waits.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}
