//! Takes events in batches.

use flo_reactive::{BindRef, bind_stream, transaction};
use futures::{Stream, StreamExt};

use crate::model::OrderEvent;

/// How many events a batch has at most.
const BATCH: usize = 1024;

/// Gives `take` the events that are ready together, to be written to collections as one commit. What comes of it is how
/// many have been taken, which ends when the events do.
///
/// The collections themselves belong to `take`, so that they end with it.
pub(crate) fn take_events<S, F>(events: S, mut take: F) -> BindRef<u64>
where
    S: Stream<Item = OrderEvent> + Send + 'static,
    F: FnMut(&[OrderEvent]) + Send + 'static,
{
    bind_stream(events.ready_chunks(BATCH), 0, move |taken, batch| {
        transaction(|| take(&batch));
        *taken += batch.len() as u64;
    })
}
