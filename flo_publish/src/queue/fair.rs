//! How many messages a worker takes before it lets others run.

/// So many in one turn: enough that letting others run costs little of each, few enough that what
/// one gets before the others does not count.
const ONE_TURN: u32 = 32;

/// How many messages a worker has taken in its turn, that is, since it last let others run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken(u32);

impl Taken {
    /// Whether the turn is over.
    #[inline]
    pub(super) fn is_over(self) -> bool {
        self.0 >= ONE_TURN
    }

    /// One more.
    #[inline]
    pub(super) fn count(&mut self) {
        self.0 += 1;
    }

    /// Others run now.
    #[inline]
    pub(super) fn begin_anew(&mut self) {
        self.0 = 0;
    }
}
