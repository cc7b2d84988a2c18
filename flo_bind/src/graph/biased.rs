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
//! Each owner has an `inside` of his own: one who was stopped between his look at `owner` and his mark, for so long
//! that the lock went to another meanwhile, must not overwrite the mark of that one.
//!
//! Invariants: B1 who is inside has his `inside`, or has the real lock while there is no owner. B2 `owner` changes under
//! the real lock alone, and to another one only when nobody is inside.
//!
//! The random schedules of `tests/shuttle` go through it, those that try all orders do without. The tests below have the
//! processor's own.
#![allow(unsafe_code, reason = "a lock lends what it guards")]

use std::cell::UnsafeCell;

use flo_core::sync::{
    SpinMutex, SpinMutexGuard,
    atomic::{AtomicU32, AtomicU64, Ordering},
    const_fn, spin_loop,
    unmodelled::compiler_fence,
    yield_now,
};

use super::thread;

/// How often a lock may go from one owner to another.
const MOVES: u8 = 3;
const NOBODY: u64 = 0;
const OUT: u32 = 0;
const IN: u32 = 1;

/// See the file.
pub(crate) struct Biased<T> {
    /// The thread that needs no exchange, by its number, and in the lowest bits which of `inside` is its own.
    owner: AtomicU64,
    /// Of each owner that there was, whether he is inside. One more than there can be, so that two bits are an index.
    inside: [AtomicU32; 4],
    real: Real,
    value: UnsafeCell<T>,
}

/// The real lock, with how many owners there may still be.
struct Real {
    moves: SpinMutex<u8>,
    /// In models, whose locks cannot be given back without it: the guard of who has the real lock and is inside.
    #[cfg(any(flo_loom, flo_shuttle))]
    guard: UnsafeCell<Option<SpinMutexGuard<'static, u8>>>,
}

#[cfg(not(any(flo_loom, flo_shuttle)))]
impl Real {
    const fn with_moves(moves: u8) -> Self {
        Self { moves: SpinMutex::new(moves) }
    }

    /// Keeps the lock until [`unlock`](Self::unlock).
    #[expect(clippy::unused_self, reason = "in models it is not")]
    fn keep(&self, guard: SpinMutexGuard<'static, u8>) {
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
    const_fn! {
        const fn with_moves(moves: u8) -> Self {
            Self { moves: SpinMutex::new(moves), guard: UnsafeCell::new(None) }
        }
    }

    fn keep(&self, guard: SpinMutexGuard<'static, u8>) {
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

/// How a thread came inside, and how it goes out: as the owner whose `inside` is this one, or with the real lock. Two
/// bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way(pub(crate) u8);

impl Way {
    const REAL: Self = Self(MOVES);
}

/// The bits of an owner that are the index of its `inside`.
const SLOT: u8 = 0b11;

#[inline]
fn slot_of(owner: u64) -> u8 {
    let [lowest, ..] = owner.to_le_bytes();
    lowest & SLOT
}

const _: () = assert!(MOVES <= SLOT, "a way is two bits");

const fn owner(number: u32, slot: u8) -> u64 {
    (number as u64) << 8 | slot as u64
}

impl<T> Biased<T> {
    const_fn! {
        pub(crate) const fn new(value: T) -> Self {
            Self {
                owner: AtomicU64::new(NOBODY),
                inside: [
                    AtomicU32::new(OUT),
                    AtomicU32::new(OUT),
                    AtomicU32::new(OUT),
                    AtomicU32::new(OUT),
                ],
                real: Real::with_moves(MOVES),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// One that is a thread's own, by its number.
    pub(crate) fn owned_by(thread: u32, value: T) -> Self {
        if !barrier::is_there() {
            return Self::new(value);
        }
        Self {
            owner: AtomicU64::new(owner(thread, MOVES - 1)),
            real: Real::with_moves(MOVES - 1),
            ..Self::new(value)
        }
    }

    /// What is guarded, for who is inside.
    #[inline]
    pub(crate) fn value(&self) -> *mut T {
        self.value.get()
    }

    /// Takes the lock, if it is this thread's own, whose number is `me`.
    #[inline]
    pub(crate) fn lock_as_owner(&self, me: u32) -> Option<Way> {
        let owner = self.owner.load(Ordering::Relaxed);
        if owner >> 8 != u64::from(me) {
            return None;
        }
        let slot = slot_of(owner);
        let inside = &self.inside[usize::from(slot)];
        inside.store(IN, Ordering::Relaxed);
        // The other half of the fence is the kernel's barrier in `take_away`.
        compiler_fence(Ordering::SeqCst);
        if self.owner.load(Ordering::Relaxed) == owner {
            return Some(Way(slot));
        }
        inside.store(OUT, Ordering::Release);
        None
    }

    #[inline]
    pub(crate) fn lock(&'static self) -> Way {
        let me = thread::number();
        self.lock_as_owner(me).unwrap_or_else(|| self.lock_real(me))
    }

    #[cold]
    fn lock_real(&'static self, me: u32) -> Way {
        let mut moves = self.real.moves.lock();
        let before = self.owner.load(Ordering::Relaxed);
        if before != NOBODY {
            self.take_away(before);
        }
        if *moves == 0 || !barrier::is_there() {
            self.real.keep(moves);
            return Way::REAL;
        }
        *moves -= 1;
        let slot = *moves;
        // B2: the real lock keeps others out until this is done.
        self.inside[usize::from(slot)].store(IN, Ordering::Relaxed);
        self.owner.store(owner(me, slot), Ordering::Relaxed);
        Way(slot)
    }

    /// Gives the lock back.
    ///
    /// # Safety
    /// By the thread that is inside, once, with the way that `lock` gave; what `value` gave is not used
    /// any more.
    #[inline]
    pub(crate) unsafe fn unlock(&self, way: Way) {
        if way == Way::REAL {
            // SAFETY: it came in with the real lock, which it has kept.
            unsafe { self.real.unlock() };
        } else {
            // Release: who takes the lock away sees what was done inside.
            self.inside[usize::from(way.0 & SLOT)].store(OUT, Ordering::Release);
        }
    }

    /// Takes the lock from its owner of before. Under the real lock: from its return on nobody is inside, and nobody comes in without it.
    fn take_away(&self, before: u64) {
        self.owner.store(NOBODY, Ordering::SeqCst);
        barrier::pass();
        let inside = &self.inside[usize::from(slot_of(before))];
        let mut patience = Patience::default();
        // Acquire: pairs with the release of who goes out.
        while inside.load(Ordering::Acquire) == IN {
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
        if self.0 < 200 { spin_loop() } else { yield_now() }
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

#[cfg(flo_shuttle)]
mod barrier {
    pub(super) use flo_core::sync::barrier::is_there;

    pub(super) fn pass() {}
}

#[cfg(all(not(flo_shuttle), any(flo_loom, not(target_os = "linux"))))]
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

    use flo_core::sync::atomic::AtomicBool;

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
                    yield_now();
                }
                assert_eq!(*now, 0);
                other
            });
            other.join().unwrap();
        });
        assert_eq!(locked(count, |count| *count), 1);
    }

    #[test]
    fn b1_an_owner_who_was_stopped_before_his_mark_hides_nobody() {
        for _ in 0..3_000 {
            let count = counter();
            let (owned, stop) = (AtomicBool::new(false), AtomicBool::new(false));
            let within = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    // Nearly always on its way in, so that the other comes at every step of it.
                    while !stop.load(Ordering::Relaxed) {
                        locked(count, |_| {
                            assert!(!within.load(Ordering::Relaxed), "two are inside");
                        });
                        owned.store(true, Ordering::Relaxed);
                    }
                });
                scope.spawn(|| {
                    while !owned.load(Ordering::Relaxed) {
                        yield_now();
                    }
                    locked(count, |_| {
                        within.store(true, Ordering::Relaxed);
                        (0..3).for_each(|_| yield_now());
                        within.store(false, Ordering::Relaxed);
                    });
                    stop.store(true, Ordering::Relaxed);
                });
            });
        }
    }
}
