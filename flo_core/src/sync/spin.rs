//! A lock for a few instructions at a time, which is let go of with one plain store.
//!
//! # Idea
//!
//! An atomic exchange takes some 10 ns here, and the queues and rings of flo do little else: taking and
//! letting go of a `std` mutex is two of them, because letting go has to learn whether somebody sleeps.
//! Here it does not: who waits looks again by himself. From one publisher to one subscriber that took a
//! message from 34 to 25 ns, and one of a work queue from 39 to 27 (November 2026).
//!
//! It is for locks that are held for some tens of instructions in which nothing of a stranger's runs, so
//! what is waited for is nearly always over at once. Who finds the lock taken
//!
//! 1. stays away for a while, in which the other, who has the cache line, does many steps; two threads
//!    that ask again and again spend their time with handing the line to and fro,
//! 2. then lets other threads run, since the holder may have been stopped in the middle,
//! 3. then sleeps, for a little while each time: so a holder of lower priority comes to run as well.
//!
//! All that stands out of line, so that where the lock is free taking it is one exchange and one jump that is
//! not taken, and a short function around it stays short.
//!
//! The lock itself is `spinning_top`'s. Models know their own mutex only and use that.

#[cfg(any(flo_loom, flo_shuttle))]
pub use super::{Mutex as SpinMutex, MutexGuard as SpinMutexGuard};

#[cfg(not(any(flo_loom, flo_shuttle)))]
pub use real::{SpinMutex, SpinMutexGuard};

#[cfg(not(any(flo_loom, flo_shuttle)))]
mod real {
    use std::{hint, ops::Deref, thread, time::Duration};

    use spinning_top::RawSpinlock;

    /// A mutual exclusion lock for a few instructions at a time.
    #[derive(Debug, Default)]
    pub struct SpinMutex<T>(lock_api::Mutex<RawSpinlock, T>);

    /// The guard of a [`SpinMutex`].
    pub type SpinMutexGuard<'a, T> = lock_api::MutexGuard<'a, RawSpinlock, T>;

    impl<T> SpinMutex<T> {
        /// A lock that nobody holds, around `value`.
        pub const fn new(value: T) -> Self {
            Self(lock_api::Mutex::new(value))
        }

        /// Takes the lock, and waits while somebody else holds it.
        #[inline]
        pub fn lock(&self) -> SpinMutexGuard<'_, T> {
            match self.0.try_lock() {
                Some(guard) => guard,
                None => self.lock_later(),
            }
        }

        #[cold]
        #[inline(never)]
        fn lock_later(&self) -> SpinMutexGuard<'_, T> {
            let mut patience = Patience::default();
            loop {
                // Looked at before it is asked for, which would take the cache line from the holder.
                while self.0.is_locked() {
                    patience.wait();
                }
                if let Some(guard) = self.0.try_lock() {
                    return guard;
                }
            }
        }

        /// The value.
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    /// What is seldom needed, such as a lock that is given back without its guard.
    impl<T> Deref for SpinMutex<T> {
        type Target = lock_api::Mutex<RawSpinlock, T>;

        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }

    /// How many rounds are spent with `spin_loop` hints, so many in the first and twice as many in each
    /// that follows; a hint takes 5 to 50 ns. With 32 in the first, four workers of one queue on two
    /// threads took 49 ns a message, with 64 45, with 128 42.
    const SPINNING: u32 = 4;
    const FIRST: u32 = 128;
    /// How many rounds after them let other threads run.
    const YIELDING: u32 = 8;
    /// How long each round after that sleeps.
    const NAP: Duration = Duration::from_micros(50);

    /// What one who waits for a [`SpinMutex`] does before he looks again.
    #[derive(Default)]
    struct Patience {
        rounds: u32,
    }

    impl Patience {
        fn wait(&mut self) {
            if self.rounds < SPINNING {
                (0..FIRST << self.rounds).for_each(|_| hint::spin_loop());
            } else if self.rounds < SPINNING + YIELDING {
                thread::yield_now();
            } else {
                nap();
                return;
            }
            self.rounds += 1;
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the holder was stopped, and tells nobody of its end"
    )]
    fn nap() {
        #[cfg(test)]
        NAPS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        thread::sleep(NAP);
    }

    #[cfg(test)]
    pub(super) static NAPS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
}

#[cfg(all(test, not(any(flo_loom, flo_shuttle))))]
mod tests {
    use std::{sync::atomic::Ordering, thread};

    use super::{SpinMutex, real::NAPS};

    #[test]
    fn a_holder_that_is_away_for_long_is_waited_for_asleep() {
        let count = SpinMutex::new(0);
        thread::scope(|scope| {
            let guard = count.lock();
            let waiting: Vec<_> = (0..4).map(|_| scope.spawn(|| *count.lock() += 1)).collect();
            while NAPS.load(Ordering::Relaxed) < 40 {
                thread::yield_now();
            }
            assert_eq!(*guard, 0);
            drop(guard);
            for one in waiting {
                one.join().unwrap();
            }
        });
        assert_eq!(count.into_inner(), 4);
    }

    #[test]
    fn threads_exclude_each_other() {
        let count = SpinMutex::new(0_u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..20_000).for_each(|_| *count.lock() += 1));
            }
        });
        assert_eq!(count.into_inner(), 80_000);
    }
}
