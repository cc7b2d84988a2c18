//! Who has had how many: a clock that goes on by one for as many messages as there are workers.

/// By how many messages a worker may be ahead of his share before he lets others run for each.
const AHEAD: u64 = 8;
/// One message in units of the clock, so that it can be divided by the number of workers.
const ONE: u64 = 1 << 20;

/// How much a worker has had, as a time on the queue's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(u64);

/// The clock of a queue, and how many share its messages (Q3).
pub(super) struct Shares {
    workers: u64,
    clock: u64,
    /// How much the clock goes on for one message.
    tick: u64,
}

impl Shares {
    pub(super) fn new() -> Self {
        Self { workers: 0, clock: 0, tick: ONE }
    }

    /// One more worker; his share begins here.
    pub(super) fn add(&mut self) -> Share {
        self.count(self.workers + 1);
        Share(self.clock)
    }

    pub(super) fn remove(&mut self) {
        self.count(self.workers - 1);
    }

    fn count(&mut self, workers: u64) {
        self.workers = workers;
        self.tick = ONE / workers.max(1);
    }

    /// Whether one who is not in line has had so much that it is the turn of others.
    #[inline]
    pub(super) fn is_ahead(&self, share: &mut Share) -> bool {
        // Who was away begins with the clock.
        share.0 = share.0.max(self.clock.saturating_sub(AHEAD * ONE));
        self.workers > 1 && share.0 > self.clock + AHEAD * ONE
    }

    /// A message goes to the one with this share.
    #[inline]
    pub(super) fn has_taken(&mut self, share: &mut Share) {
        share.0 += ONE;
        self.clock += self.tick;
    }
}
