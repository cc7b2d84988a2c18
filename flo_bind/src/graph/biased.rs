//! A lock that costs its owner no atomic exchange.
//!
//! # Idea
//! An atomic exchange takes some 10 ns here, and a computed takes the lock once in each run. Most graphs are used by
//! one thread most of the time; so a lock belongs to the thread that took it first, which takes it with plain
//! stores and loads, and another one that wants it takes it away first:
//!
//! ```text
//!   the owner                          another
//!     inside = me                        takes the real lock
//!     (the compiler keeps the order)     owner = none
//!     owner is me still?  ── yes ─▶ in   the kernel has every thread of the process pass a barrier
//!       └─ no: inside = none, and        waits until inside = none
//!          the way of the others         in, and the owner from now on
//!   out: inside = none
//! ```
//!
//! The processor may let the owner's load overtake its store, and only a fence that costs as much as an exchange
//! would forbid that. The barrier that the kernel sends (`membarrier`, Linux) is such a fence, paid by the one
//! who comes second: after it either the owner sees that he is none, or the other sees that he is inside.
//! This is known as an asymmetric fence (`folly::asymmetricHeavyBarrier`; C++ proposal P1202).
//!
//! Taking a lock away takes some microseconds, so it is done three times at most: from then on the lock belongs to
//! nobody, and all take the real one. Where the kernel has no such barrier it never belonged to anybody.
//!
//! Invariants: B1 who is inside has `inside`, or has the real lock while there is no owner. B2 `owner` changes under
//! the real lock alone, and to another one only when nobody is inside.
#![allow(unsafe_code, reason = "a lock lends what it guards")]

use std::cell::UnsafeCell;

use flo_core::sync::{
    SpinMutex, SpinMutexGuard,
    atomic::{AtomicU32, Ordering, compiler_fence},
};

use super::thread;

/// How often a lock may go from one owner to another.
const MOVES: u32 = 3;
const NOBODY: u32 = 0;

/// See the file.
pub(crate) struct Biased<T> {
    /// The thread that needs no exchange, by its number.
    owner: AtomicU32,
    /// The owner, while it has the lock.
    inside: AtomicU32,
    real: Real,
    value: UnsafeCell<T>,
}

/// The real lock, with how many owners there may still be.
struct Real {
    moves: SpinMutex<u32>,
    /// In models, whose locks cannot be given back without it: the guard of who has the real lock and is inside.
    #[cfg(any(flo_loom, flo_shuttle))]
    guard: UnsafeCell<Option<SpinMutexGuard<'static, u32>>>,
}

#[cfg(not(any(flo_loom, flo_shuttle)))]
impl Real {
    const fn new() -> Self {
        Self { moves: SpinMutex::new(MOVES) }
    }

    /// Keeps the lock until [`unlock`](Self::unlock).
    #[expect(clippy::unused_self, reason = "in models it is not")]
    fn keep(&self, guard: SpinMutexGuard<'static, u32>) {
        std::mem::forget(guard);
    }

    /// # Safety
    /// By who has kept the lock.
    unsafe fn unlock(&self) {
        // SAFETY: the lock is kept, by the promise of the caller.
        unsafe { self.moves.force_unlock() };
    }
}

#[cfg(any(flo_loom, flo_shuttle))]
impl Real {
    const fn new() -> Self {
        Self { moves: SpinMutex::new(MOVES), guard: UnsafeCell::new(None) }
    }

    fn keep(&self, guard: SpinMutexGuard<'static, u32>) {
        // SAFETY: B1: who has the real lock is the only one who does this.
        unsafe { *self.guard.get() = Some(guard) };
    }

    /// # Safety
    /// By who has kept the lock.
    unsafe fn unlock(&self) {
        // SAFETY: by the promise of the caller nobody else does this, until the guard is dropped, which is later.
        let guard = unsafe { (*self.guard.get()).take() };
        drop(guard);
    }
}

// SAFETY: it gives access to one thread at a time (B1); so it does to a guard of the real lock.
unsafe impl<T: Send> Sync for Biased<T> {}

/// How a thread came inside, and how it goes out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Owner,
    Real,
}

impl<T> Biased<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            owner: AtomicU32::new(NOBODY),
            inside: AtomicU32::new(NOBODY),
            real: Real::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// What is guarded, for who is inside.
    #[inline]
    pub(crate) fn value(&self) -> *mut T {
        self.value.get()
    }

    /// Takes the lock, if it is this thread's own.
    #[inline]
    pub(crate) fn lock_as_owner(&self) -> bool {
        let me = thread::number();
        if self.owner.load(Ordering::Relaxed) != me {
            return false;
        }
        self.inside.store(me, Ordering::Relaxed);
        // The other half of the fence is the kernel's barrier in `take_away`.
        compiler_fence(Ordering::SeqCst);
        if self.owner.load(Ordering::Relaxed) == me {
            return true;
        }
        self.inside.store(NOBODY, Ordering::Release);
        false
    }

    #[inline]
    pub(crate) fn lock(&'static self) -> Way {
        if self.lock_as_owner() { Way::Owner } else { self.lock_real(thread::number()) }
    }

    #[cold]
    fn lock_real(&'static self, me: u32) -> Way {
        let mut moves = self.real.moves.lock();
        if self.owner.load(Ordering::Relaxed) != NOBODY {
            self.take_away();
        }
        if *moves == 0 || !barrier::is_there() {
            self.real.keep(moves);
            return Way::Real;
        }
        *moves -= 1;
        // B2: the real lock keeps others out until this is done.
        self.inside.store(me, Ordering::Relaxed);
        self.owner.store(me, Ordering::Relaxed);
        Way::Owner
    }

    /// Gives the lock back.
    ///
    /// # Safety
    /// By the thread that is inside, once, with the way that `lock` gave; what `value` gave is not used
    /// any more.
    #[inline]
    pub(crate) unsafe fn unlock(&self, way: Way) {
        match way {
            // Release: who takes the lock away sees what was done inside.
            Way::Owner => self.inside.store(NOBODY, Ordering::Release),
            // SAFETY: it came in with the real lock, which it has kept.
            Way::Real => unsafe { self.real.unlock() },
        }
    }

    /// Under the real lock: from its return on nobody is inside, and nobody comes in without it.
    fn take_away(&self) {
        self.owner.store(NOBODY, Ordering::SeqCst);
        barrier::pass();
        let mut patience = Patience::default();
        // Acquire: pairs with the release of who goes out.
        while self.inside.load(Ordering::Acquire) != NOBODY {
            patience.wait();
        }
    }
}

/// What one does who waits for the owner to go out, which takes some tens of instructions unless he was
/// stopped in the middle.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    fn wait(&mut self) {
        self.0 += 1;
        if self.0 < 200 { std::hint::spin_loop() } else { std::thread::yield_now() }
    }
}

/// The kernel's barrier.
#[cfg(all(target_os = "linux", not(any(flo_loom, flo_shuttle))))]
mod barrier {
    use flo_core::sync::OnceLock;
    use rustix::thread::{MembarrierCommand, MembarrierQuery, membarrier, membarrier_query};

    /// Whether there is one; asked, and made ready, once in the process.
    pub(super) fn is_there() -> bool {
        static THERE: OnceLock<bool> = OnceLock::new();
        *THERE.get_or_init(|| {
            membarrier_query().contains(MembarrierQuery::PRIVATE_EXPEDITED)
                && membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
        })
    }

    /// Returns when every running thread of the process has passed a full fence.
    pub(super) fn pass() {
        let passed = membarrier(MembarrierCommand::PrivateExpedited);
        // It was registered, and has no other reason to fail; going on would let two threads in.
        assert!(passed.is_ok(), "B2: the kernel took its barrier back");
    }
}

#[cfg(not(all(target_os = "linux", not(any(flo_loom, flo_shuttle)))))]
mod barrier {
    pub(super) fn is_there() -> bool {
        false
    }

    pub(super) fn pass() {
        unreachable!("B2: without a barrier there is no owner");
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn counter() -> &'static Biased<u64> {
        Box::leak(Box::new(Biased::new(0)))
    }

    fn locked<R>(count: &'static Biased<u64>, f: impl FnOnce(&mut u64) -> R) -> R {
        let way = count.lock();
        // SAFETY: this thread is inside.
        let result = f(unsafe { &mut *count.value() });
        // SAFETY: it is, and goes out with the way it came.
        unsafe { count.unlock(way) };
        result
    }

    #[test]
    fn b1_threads_that_take_it_from_each_other_exclude_each_other() {
        for _ in 0..200 {
            let count = counter();
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..500 {
                            locked(count, |count| {
                                // In two steps, so that another one inside would show.
                                let before = *count;
                                std::hint::black_box(&before);
                                *count = before + 1;
                            });
                        }
                    });
                }
            });
            assert_eq!(locked(count, |count| *count), 2_000);
        }
    }

    #[test]
    fn b2_it_goes_to_another_three_times_at_most() {
        let count = counter();
        for _ in 0..10 {
            thread::scope(|scope| {
                scope.spawn(|| locked(count, |count| *count += 1));
            });
        }
        assert_eq!(locked(count, |count| *count), 10);
        assert_eq!(count.owner.load(Ordering::Relaxed), NOBODY);
    }

    #[test]
    fn b2_who_wants_it_waits_for_the_owner_to_go_out() {
        let count = counter();
        thread::scope(|scope| {
            let other = locked(count, |now| {
                let other = scope.spawn(|| locked(count, |count| *count += 1));
                while barrier::is_there() && count.owner.load(Ordering::Relaxed) != NOBODY {
                    thread::yield_now();
                }
                assert_eq!(*now, 0);
                other
            });
            other.join().unwrap();
        });
        assert_eq!(locked(count, |count| *count), 1);
    }
}
