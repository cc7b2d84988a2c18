//! The only module that names `std::sync`, `loom` or `shuttle`.
//!
//! Under `cfg(flo_loom)` the same names stand for loom's models of them, so that an engine written
//! against this module can be model checked as it is; under `cfg(flo_shuttle)` for shuttle's, which runs
//! whole scenarios under random schedules. Two things differ from the standard
//! library on purpose:
//!
//! - [`Mutex::lock`] and [`Condvar`] know no poison. No user code ever runs under a lock of ours,
//!   so a poisoned lock could only come from a panic of our own between two steps; what it guards
//!   is then still the state after the last whole step.
//! - [`Condvar::wait_for`] answers whether it was told or ran out of time. Models have no clock: there it is always
//!   told, and whether one has time at all is what [`deadline`] decides.

#[cfg(flo_loom)]
pub use loom::sync::atomic;
#[cfg(flo_shuttle)]
pub use shuttle::sync::atomic;
#[cfg(not(any(flo_loom, flo_shuttle)))]
pub use std::sync::atomic;

// Counted pointers and one-time cells carry no scheduling of ours: their orderings are those of the
// standard library, also in a model.
pub use std::sync::{Arc, OnceLock, Weak};
/// An [`Arc`] that has no weak handles: whether it is alone takes a load, and no atomic exchange.
pub use triomphe::Arc as StrongArc;

#[cfg(flo_loom)]
use loom::sync as inner;
#[cfg(flo_shuttle)]
use shuttle::sync as inner;
#[cfg(not(any(flo_loom, flo_shuttle)))]
use std::sync as inner;
use std::{
    fmt,
    time::{Duration, Instant},
};

mod spin;
mod statics;

pub use spin::*;
pub use statics::*;

#[cfg(flo_loom)]
pub use loom::{hint::spin_loop, thread::yield_now};
#[cfg(flo_shuttle)]
pub use shuttle::{hint::spin_loop, thread::yield_now};
/// What one does who waits for another thread: a little, or all that others want to do.
#[cfg(not(any(flo_loom, flo_shuttle)))]
pub use std::{hint::spin_loop, thread::yield_now};

/// What is no step of a model: a fence for the compiler alone, and atomics whose place in memory counts.
pub mod unmodelled {
    pub use std::sync::atomic::{AtomicU32, compiler_fence};
}

/// The kernel's barrier, as far as a model has one.
///
/// Schedules take every order of memory for the strictest, so that the barrier itself has nothing to do. What is built
/// on it takes more steps with it than without, and not each scenario can afford them.
#[cfg(flo_shuttle)]
pub mod barrier {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    crate::__flo_global! {
        static THERE: AtomicBool = AtomicBool::new(false);
    }

    /// There is one from now on in this execution.
    pub fn give() {
        THERE.store(true, Relaxed);
    }

    /// Whether there is one.
    pub fn is_there() -> bool {
        THERE.load(Relaxed)
    }
}

/// The end of one's patience.
///
/// In a model of shuttle it has come already, or does not come, as the schedule decides; in one of loom it has come.
pub fn deadline(patience: Duration) -> Instant {
    #[cfg(flo_shuttle)]
    let patience = {
        use shuttle::rand::Rng;
        let is_patient = shuttle::rand::thread_rng().r#gen::<bool>();
        if is_patient { patience + Duration::from_hours(1) } else { Duration::ZERO }
    };
    #[cfg(flo_loom)]
    let patience = patience.min(Duration::ZERO);
    Instant::now() + patience
}

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

/// A cell that is opened through closures, so that a model can see who looks in at the same time.
///
/// Opening it is safe: it gives a pointer, and what is done with that is `unsafe` where it is done.
#[cfg(not(flo_loom))]
pub struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(flo_loom))]
impl<T> UnsafeCell<T> {
    /// Makes one with `value`.
    pub const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Gives the pointer to one who reads.
    #[inline]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Gives the pointer to one who writes, or moves the value out.
    #[inline]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

#[cfg(flo_loom)]
pub use loom::cell::UnsafeCell;

/// The order that all threads agree on, where only a sequentially consistent one will do.
///
/// The accesses around it are `SeqCst` themselves, which is enough; a model takes those for less than
/// they are and needs the fence.
#[inline]
pub fn sequential() {
    #[cfg(flo_loom)]
    atomic::fence(atomic::Ordering::SeqCst);
}

fn inner_poison<G>(poisoned: std::sync::PoisonError<G>) -> G {
    poisoned.into_inner()
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

#[cfg(not(flo_loom))]
impl<T> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnsafeCell { .. }")
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
