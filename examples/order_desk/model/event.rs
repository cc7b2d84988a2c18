//! The one message of the desk.

use std::sync::Arc;

use super::Sale;

/// A sale has come in.
///
/// A clone is a count: every subscriber of the publisher has the same sale.
#[derive(Clone, Debug)]
pub struct OrderEvent {
    /// Counts the events of a run from 1, without a gap, so that a subscriber can tell whether it has seen
    /// every one of them once and in order.
    pub number: u64,
    /// What was sold.
    pub sale: Arc<Sale>,
    /// How far the source had come with this event, when it knows how long it is.
    pub progress: Option<Progress>,
}

/// How far a source has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is done, in the source's own unit.
    pub done: u64,
    /// All there is to do.
    pub whole: u64,
}

impl Progress {
    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "drawn as a bar of a hundred cells")]
    pub fn ratio(self) -> f64 {
        if self.whole == 0 { 0.0 } else { (self.done as f64 / self.whole as f64).clamp(0.0, 1.0) }
    }
}
