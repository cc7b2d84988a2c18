//! How many messages a worker takes before it lets others run.
//!
//! A turn is so long that a full queue holds one for each worker: on one thread, where nobody runs before
//! another pauses, all get equally much. It is not longer than needed for that to cost next to nothing.

/// Letting others run costs little of so many messages.
const LONGEST: usize = 32;

/// How many workers there are, and how long a turn is for each.
pub(super) struct Turns {
    capacity: usize,
    workers: usize,
    length: usize,
}

/// How many messages a worker has taken in its turn, that is, since it last let others run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken(usize);

impl Turns {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, workers: 0, length: usize::MAX }
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
        self.length = match workers {
            // There is nobody to let run.
            0 | 1 => usize::MAX,
            _ => (self.capacity / workers).clamp(1, LONGEST),
        };
    }

    #[inline]
    pub(super) fn is_over(&self, taken: Taken) -> bool {
        taken.0 >= self.length
    }
}

impl Taken {
    /// One more.
    #[inline]
    pub(super) fn count(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    /// Others run now.
    #[inline]
    pub(super) fn begin_anew(&mut self) {
        self.0 = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_holds_a_turn_for_each_worker_and_one_that_is_alone_has_no_end_of_it() {
        let mut turns = Turns::new(128);
        let mut lengths = Vec::new();
        for _ in 0..200 {
            turns.add_worker();
            lengths.push(turns.length);
        }
        assert_eq!((lengths[0], lengths[1], lengths[3]), (usize::MAX, 32, 32));
        assert_eq!((lengths[7], lengths[15], lengths[127], lengths[199]), (16, 8, 1, 1));
        for _ in 0..199 {
            turns.remove_worker();
        }
        assert!(!turns.is_over(Taken(1_000_000)));
    }
}
