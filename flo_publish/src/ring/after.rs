//! What is done when the lock is released.

use flo_core::WakeList;

/// What must be done when the lock is released: first wake, then drop.
///
/// Made before the guard and dropped after it, so that no way out of a function, an unwinding one
/// included, loses a wake-up or runs a stranger's code under the lock (R7). That holds also where a
/// guard is a temporary of the last expression: such a temporary is dropped before the variables.
pub(crate) struct After<M> {
    pub(crate) wakers: WakeList,
    /// A message that nobody needs: of a single publish there is one at most, mostly.
    one: Option<M>,
    /// More of them.
    freed: Vec<M>,
}

impl<M> After<M> {
    /// `message` is dropped when the lock is released.
    #[inline]
    pub(crate) fn free(&mut self, message: M) {
        if self.one.is_none() {
            self.one = Some(message);
        } else {
            self.freed.push(message);
        }
    }
}

impl<M> Default for After<M> {
    #[inline]
    fn default() -> Self {
        Self { wakers: WakeList::default(), one: None, freed: Vec::new() }
    }
}
