//! What is done when the lock is released.

use flo_core::{WakeList, sync::Arc};

/// What must be done when the lock is released: first wake, then drop.
///
/// Made before the guard and dropped after it, so that no way out of a function, an unwinding one
/// included, loses a wake-up or runs a stranger's code under the lock (R7). That holds also where a
/// guard is a temporary of the last expression: such a temporary is dropped before the variables.
pub(crate) struct After<M> {
    pub(crate) wakers: WakeList,
    /// A message that nobody subscribed to.
    pub(crate) passed: Option<M>,
    /// The message that a newer one pushed out.
    pub(crate) lost: Option<Arc<M>>,
    /// Messages whose last claim went with a reader.
    pub(crate) freed: Vec<Arc<M>>,
}

impl<M> Default for After<M> {
    fn default() -> Self {
        Self { wakers: WakeList::default(), passed: None, lost: None, freed: Vec::new() }
    }
}
