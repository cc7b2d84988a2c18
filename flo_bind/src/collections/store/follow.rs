//! A store becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{batch::StoreBatch, state::StoreState, store_ref::StoreRef};
use crate::collections::sleepers::Reading;

/// The differences of a store, as a stream: [`StoreRef::follow_changes`].
///
/// It holds a place in the store's log and no queue.
///
/// # Delivery
/// First the store as it is, then what has happened since the last item: whole commits, each once and in order. Who has
/// fallen behind the log, which is bounded, gets the store anew as one [`Reset`](crate::StoreDiff::Reset). Ends when nobody
/// is left who could change the store.
///
/// # Concurrency
/// The waker is woken by the committing thread, once until the next poll, with no lock of ours held.
///
/// # Cancel safety
/// An item that was not taken by a poll is in the one that the next poll gives.
#[must_use = "streams do nothing unless polled"]
pub struct FollowStore<K, V>(Reading<StoreState<K, V>>);

impl<K: 'static, V: Send + Sync + 'static> FollowStore<K, V> {
    pub(super) fn new(store: &StoreRef<K, V>) -> Self {
        Self(Reading::new(store.node().clone(), store.watched()))
    }
}

impl<K: 'static, V: Send + Sync + 'static> Stream for FollowStore<K, V> {
    type Item = StoreBatch<K, V>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StoreBatch<K, V>>> {
        self.get_mut().0.poll(cx, |state, seen| {
            let before = seen.replace(state.rev);
            if before == Some(state.rev) {
                return None;
            }
            let missed = before.and_then(|before| state.parts_since(before));
            Some(match missed {
                Some(missed) => StoreBatch::of(missed),
                None => StoreBatch::reset(None, state.snapshot.clone()),
            })
        })
    }
}

impl<K: 'static, V: Send + Sync + 'static> FusedStream for FollowStore<K, V> {
    fn is_terminated(&self) -> bool {
        self.0.is_ended()
    }
}

impl<K, V> fmt::Debug for FollowStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowStore").field("ended", &self.0.is_ended()).finish_non_exhaustive()
    }
}
