//! A set of wakers that is emptied whole.
//!
//! ```text
//!   park(&mut seat, waker)     wakers   [ A | B | – | C ]   round 7
//!                              seat     { index 1, round 7 }      B's
//!   drain()                    wakers   [ ]                 round 8
//!                              seat     { index 1, round 7 }      stands for nothing now
//! ```
//!
//! The owner keeps the set inside its lock. Nothing here calls a stranger: `park` takes a waker
//! that was cloned before the lock was taken, and gives back what must be dropped after it; `drain`
//! gives back what must be woken after it.
//!
//! Invariants: W1 a seat stands for a waker exactly while its round is the set's round. W2 no waker
//! is cloned, woken or dropped by `Wakers` itself.

use std::{
    fmt, mem,
    panic::{self, AssertUnwindSafe},
    task::Waker,
    thread,
};

/// Those who wait for one condition. Lives inside the lock that guards the condition.
///
/// ```
/// use std::task::Waker;
/// use flo_core::{Seat, Wakers};
///
/// let mut wakers = Wakers::default();
/// let mut seat = Seat::default();
/// let replaced = wakers.park(&mut seat, Waker::noop().clone());
/// assert!(replaced.is_none());
/// assert_eq!(wakers.len(), 1);
/// wakers.drain().wake();
/// assert!(wakers.is_empty());
/// ```
#[derive(Default)]
pub struct Wakers {
    seats: Vec<Option<Waker>>,
    free: Vec<usize>,
    round: u64,
    /// How many were taken out last: so many will probably be here again.
    before: usize,
}

/// A place among [`Wakers`]; the default one is no place yet.
#[derive(Debug, Default)]
pub struct Seat(Option<(usize, u64)>);

impl Seat {
    /// Whether it never stood for a waker, or was given up.
    ///
    /// `false` says that it may still stand for one, so its owner must ask the set.
    pub const fn is_vacant(&self) -> bool {
        self.0.is_none()
    }
}

impl Wakers {
    /// How many wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.seats.len() - self.free.len()
    }

    /// Whether nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the waker at `seat` would wake what `waker` wakes, so that parking it changes
    /// nothing.
    pub fn has(&self, seat: &Seat, waker: &Waker) -> bool {
        self.index(seat)
            .and_then(|index| self.seats[index].as_ref())
            .is_some_and(|old| old.will_wake(waker))
    }

    /// Puts `waker` at `seat`, which becomes a place if it was none; the one that was there comes
    /// back, to be dropped when the lock is released.
    #[inline]
    #[must_use = "a waker must be dropped after the lock is released"]
    pub fn park(&mut self, seat: &mut Seat, waker: Waker) -> Option<Waker> {
        if let Some(index) = self.index(seat) {
            return self.seats[index].replace(waker);
        }
        let index = if let Some(index) = self.free.pop() {
            self.seats[index] = Some(waker);
            index
        } else {
            if self.seats.len() == self.seats.capacity() {
                self.make_room();
            }
            self.seats.push(Some(waker));
            self.seats.len() - 1
        };
        seat.0 = Some((index, self.round));
        None
    }

    #[cold]
    fn make_room(&mut self) {
        let before = mem::take(&mut self.before);
        self.seats.reserve(before.max(1));
    }

    /// Gives up `seat`; its waker comes back, to be dropped when the lock is released.
    #[must_use = "a waker must be dropped after the lock is released"]
    pub fn leave(&mut self, seat: &mut Seat) -> Option<Waker> {
        let index = self.index(seat)?;
        seat.0 = None;
        self.free.push(index);
        self.seats[index].take()
    }

    /// Takes everybody out, to be woken when the lock is released.
    pub fn drain(&mut self) -> WakeList {
        if self.seats.is_empty() {
            return WakeList::default();
        }
        self.round += 1;
        self.free.clear();
        if self.seats.len() == 1 {
            // One reader that waits is the usual case: the set keeps its memory for the next round.
            return WakeList { one: self.seats.pop().flatten(), many: Vec::new() };
        }
        self.before = self.seats.len();
        WakeList { one: None, many: mem::take(&mut self.seats) }
    }

    // W1
    fn index(&self, seat: &Seat) -> Option<usize> {
        seat.0.and_then(|(index, round)| (round == self.round).then_some(index))
    }
}

impl fmt::Debug for Wakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakers").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Wakers on their way out of a lock. Dropping it wakes them too, so none is ever lost.
#[must_use = "wake it when the lock is released"]
#[derive(Debug, Default)]
pub struct WakeList {
    one: Option<Waker>,
    many: Vec<Option<Waker>>,
}

impl WakeList {
    /// Adds one more. The first one costs no memory.
    pub fn push(&mut self, waker: Waker) {
        if self.one.is_none() {
            self.one = Some(waker);
        } else {
            self.many.push(Some(waker));
        }
    }

    /// Adds those of a whole set.
    pub fn extend(&mut self, mut wakers: Vec<Option<Waker>>) {
        if self.many.is_empty() {
            mem::swap(&mut self.many, &mut wakers);
        } else {
            self.many.append(&mut wakers);
        }
    }

    /// Whether nobody is to be woken.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.one.is_none() && self.many.is_empty()
    }

    /// Adds all of `others`.
    pub fn append(&mut self, mut others: Self) {
        if let Some(waker) = others.one.take() {
            self.push(waker);
        }
        if self.many.is_empty() {
            mem::swap(&mut self.many, &mut others.many);
        } else {
            self.many.append(&mut others.many);
        }
    }

    /// Wakes them all, also when one of them panics.
    ///
    /// # Panics
    /// With the first panic of a waker, after all others were woken; not where this thread is unwinding already.
    pub fn wake(self) {
        drop(self);
    }

    /// As [`wake`](Self::wake), with the first panic of a waker as its answer.
    ///
    /// # Errors
    /// The payload of that.
    ///
    /// ```
    /// use std::{sync::Arc, task::{Wake, Waker}};
    /// use flo_core::WakeList;
    ///
    /// struct Broken;
    ///
    /// impl Wake for Broken {
    ///     fn wake(self: Arc<Self>) {
    ///         panic!("a waker's panic");
    ///     }
    /// }
    ///
    /// let mut woken = WakeList::default();
    /// woken.push(Waker::from(Arc::new(Broken)));
    /// assert!(woken.try_wake().is_err());
    /// assert!(WakeList::default().try_wake().is_ok());
    /// ```
    pub fn try_wake(mut self) -> thread::Result<()> {
        self.wake_all()
    }

    fn wake_all(&mut self) -> thread::Result<()> {
        let many = mem::take(&mut self.many).into_iter().flatten();
        let mut result = Ok(());
        for waker in self.one.take().into_iter().chain(many) {
            let woken = panic::catch_unwind(AssertUnwindSafe(|| waker.wake()));
            let Err(payload) = woken else { continue };
            if result.is_ok() {
                result = Err(payload);
            } else if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                // The others are still to be woken.
                mem::forget(second);
            }
        }
        result
    }
}

impl Drop for WakeList {
    // Nobody to be woken is the usual case; only it is worth a place at each caller.
    #[inline]
    fn drop(&mut self) {
        if !self.is_empty()
            && let Err(payload) = self.wake_all()
            && !thread::panicking()
        {
            panic::resume_unwind(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker's panic");
        }
    }

    #[test]
    fn w1_a_seat_is_void_after_a_drain() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut wakers = Wakers::default();
        let (mut first, mut second) = (Seat::default(), Seat::default());
        assert!(wakers.park(&mut first, waker.clone()).is_none());
        wakers.drain().wake();
        assert!(wakers.park(&mut second, waker.clone()).is_none());
        assert!(!wakers.has(&first, &waker));
        assert!(wakers.leave(&mut first).is_none(), "the old seat must not take the other's place");
        assert_eq!(wakers.len(), 1);
        wakers.drain().wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_left_seat_is_used_again_and_its_waker_is_not_woken() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut wakers = Wakers::default();
        let mut seats: Vec<Seat> = (0..3).map(|_| Seat::default()).collect();
        for seat in &mut seats {
            assert!(wakers.park(seat, waker.clone()).is_none());
        }
        assert!(wakers.leave(&mut seats[1]).is_some());
        assert_eq!(wakers.len(), 2);
        assert!(wakers.park(&mut Seat::default(), waker.clone()).is_none());
        assert_eq!(wakers.seats.len(), 3);
        wakers.drain().wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_waker_that_panics_does_not_keep_the_others_from_being_woken() {
        let count = Arc::new(Count::default());
        let mut list = WakeList::default();
        list.push(Waker::from(Arc::new(Panics)));
        list.push(Waker::from(Arc::clone(&count)));
        let caught = panic::catch_unwind(AssertUnwindSafe(|| list.wake()));
        assert!(caught.is_err());
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
