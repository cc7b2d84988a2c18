//! How many messages a worker takes before it lets others run.
//!
//! # Idea
//!
//! On one thread nobody runs before another pauses, so a worker pauses after a *turn*. While others were woken
//! and have not come, it is as long as its *share*, so that a full queue holds a turn for each; where nobody
//! else waits, so long that the pause costs next to nothing. That alone would not do: who pauses stands in the
//! executor's queue before those whom a push has woken since, and would come first each time.
//!
//! ```text
//!   the executor's queue    A     B  C  D     A has had its turn, B, C and D were woken by pushes: for each
//!                           └──────────▶ A    of them one message is meant. A lets them come first.
//! ```
//!
//! So where there is not a share for each, one whose turn is over lets those come first who were woken. It
//! waits for them for one more pause, and no longer: one who is woken and does not come holds nobody up.
//!
//! On several threads others run while one does not pause, and a pause costs more, since an executor then wakes
//! another thread for what it could run. So while workers pause on more than one thread all turns are long.

use flo_core::sync::thread_local;

/// Letting others run costs little of so many messages.
const LONGEST: usize = 64;
/// After so many pauses on one thread alone there is only that one.
const ALONE: u8 = 64;

/// How many workers there are, and how long a turn is for each.
pub(super) struct Turns {
    capacity: usize,
    workers: usize,
    /// While others were woken and have not come.
    share: usize,
    /// Otherwise.
    length: usize,
    /// On which thread the last pause was.
    thread: usize,
    /// How many more pauses there must be on that one until it is alone.
    crowd: u8,
}

/// How many messages a worker has taken in its turn, and whether it has paused since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    count: usize,
    pauses: u8,
}

impl Turns {
    pub(super) fn new(capacity: usize) -> Self {
        let (share, length) = (usize::MAX, usize::MAX);
        Self { capacity, workers: 0, share, length, thread: here(), crowd: 0 }
    }

    pub(super) fn add_worker(&mut self) {
        self.count(self.workers + 1);
    }

    pub(super) fn remove_worker(&mut self) {
        self.count(self.workers - 1);
    }

    pub(super) fn worker_count(&self) -> usize {
        self.workers
    }

    fn count(&mut self, workers: usize) {
        self.workers = workers;
        self.set_lengths();
    }

    fn set_lengths(&mut self) {
        (self.share, self.length) = match self.workers {
            // There is nobody to let run.
            0 | 1 => (usize::MAX, usize::MAX),
            _ if self.crowd > 0 => (LONGEST, LONGEST),
            workers => ((self.capacity / workers).clamp(1, LONGEST), LONGEST),
        };
    }

    /// A worker pauses on this thread.
    #[inline]
    fn note_thread(&mut self, thread: usize) {
        if thread != self.thread || self.crowd > 0 {
            self.note_crowd(thread);
        }
    }

    fn note_crowd(&mut self, thread: usize) {
        self.crowd = if thread == self.thread { self.crowd - 1 } else { ALONE };
        self.thread = thread;
        self.set_lengths();
    }

    /// Whether a worker's turn is over, while so many messages are meant for others.
    #[inline]
    pub(super) fn is_over(&self, taken: Taken, meant: usize) -> bool {
        taken.count >= if meant == 0 { self.length } else { self.share }
    }

    /// Whether a worker pauses before it goes on; of `len` messages so many are meant for others.
    pub(super) fn pause(&mut self, taken: &mut Taken, len: usize, meant: usize) -> bool {
        let is_over = self.is_over(*taken, meant);
        // Who took one only, as others will, stands in line before them.
        let has_had = is_over || taken.count > 1 && len == meant;
        let owes = has_had && meant > 0 && len < (meant + 1).saturating_mul(self.share);
        let pauses = match taken.pauses {
            0 => owes || is_over && len > meant,
            1 => owes,
            _ => false,
        };
        if pauses {
            taken.pauses += 1;
            self.note_thread(here());
        } else if is_over || taken.pauses > 0 {
            taken.begin_anew();
        }
        pauses
    }
}

/// What tells this thread from others that are alive.
fn here() -> usize {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.try_with(|here| std::ptr::from_ref(here).addr()).unwrap_or(0)
}

impl Taken {
    /// One more.
    #[inline]
    pub(super) fn count(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Others have run.
    #[inline]
    pub(super) fn begin_anew(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(capacity: usize, workers: usize) -> Turns {
        let mut turns = Turns::new(capacity);
        (0..workers).for_each(|_| turns.add_worker());
        turns
    }

    #[test]
    fn a_full_queue_holds_a_share_for_each_worker_and_one_that_is_alone_has_no_end_of_its_turn() {
        let mut turns = Turns::new(128);
        let mut shares = Vec::new();
        for _ in 0..200 {
            turns.add_worker();
            shares.push(turns.share);
        }
        assert_eq!((shares[0], shares[1], shares[3]), (usize::MAX, 64, 32));
        assert_eq!((shares[7], shares[15], shares[127], shares[199]), (16, 8, 1, 1));
        for _ in 0..199 {
            turns.remove_worker();
        }
        assert!(!turns.is_over(Taken { count: 1_000_000, pauses: 0 }, 5));
    }

    #[test]
    fn a_turn_ends_with_the_share_where_others_were_woken_and_later_where_not() {
        let turns = turns(128, 16);
        let is_over = |count, meant| turns.is_over(Taken { count, pauses: 0 }, meant);
        assert!(!is_over(7, 1) && is_over(8, 1));
        assert!(!is_over(63, 0) && is_over(64, 0));
    }

    #[test]
    fn turns_are_long_while_workers_pause_on_more_than_one_thread() {
        let mut turns = turns(128, 16);
        let first = turns.thread;
        turns.note_thread(first);
        assert_eq!(turns.share, 8);
        turns.note_thread(first + 1);
        for _ in 0..ALONE {
            assert_eq!(turns.share, LONGEST);
            turns.note_thread(first + 1);
        }
        assert_eq!(turns.share, 8, "alone again");
    }

    #[test]
    fn who_has_had_its_turn_lets_those_come_who_were_woken_once_more_and_no_longer() {
        let mut turns = turns(128, 16);
        let mut taken = Taken { count: 8, pauses: 0 };
        assert!(turns.pause(&mut taken, 100, 15), "its turn is over");
        assert!(turns.pause(&mut taken, 100, 15), "there is no share for each of fifteen");
        assert!(!turns.pause(&mut taken, 100, 15), "they do not come");
        assert_eq!(taken, Taken::default());
        let mut taken = Taken { count: 8, pauses: 1 };
        assert!(!turns.pause(&mut taken, 100, 1), "there is enough for both");
        let mut taken = Taken { count: 2, pauses: 0 };
        assert!(turns.pause(&mut taken, 3, 3), "it took two, and the others get one each");
        let mut taken = Taken { count: 1, pauses: 0 };
        assert!(!turns.pause(&mut taken, 3, 3), "as the others will");
    }
}
