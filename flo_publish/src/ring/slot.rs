//! One message in the ring, and who still needs it.

use flo_core::sync::Arc;

/// What a subscriber does when it is slower than the publishers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// They wait for it.
    Lossless,
    /// It loses the oldest messages, and is told how many.
    Lossy,
}

/// How many subscribers of each kind have still to read a message; or, of the whole ring, how many
/// there are, which is what a new message is claimed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Claims {
    pub(super) unread: usize,
    pub(super) behind: usize,
}

impl Claims {
    pub(super) fn add(&mut self, policy: Policy) {
        *self.of(policy) += 1;
    }

    pub(super) fn give_back(&mut self, policy: Policy) {
        let count = self.of(policy);
        debug_assert!(*count > 0, "R1: a reader gave back a claim it did not have");
        *count -= 1;
    }

    pub(super) fn is_none(self) -> bool {
        self.unread == 0 && self.behind == 0
    }

    fn of(&mut self, policy: Policy) -> &mut usize {
        match policy {
            Policy::Lossless => &mut self.unread,
            Policy::Lossy => &mut self.behind,
        }
    }
}

/// A message in the ring, and who still needs it.
pub(super) struct Slot<M> {
    pub(super) message: Arc<M>,
    pub(super) claims: Claims,
}
