//! A store becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{batch::StoreBatch, state::StoreState, store_ref::StoreRef};
use crate::{
    bind_ref::BindRef,
    collections::{rev::Rev, state::Watching},
    follow::Watch,
    graph::value::Version,
};

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
pub struct FollowStore<K, V> {
    store: Watch<StoreState<K, V>>,
    /// The state that the last item led to.
    seen: Option<Rev>,
    /// The version of the node that was read last.
    version: Option<Version>,
    is_ended: bool,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

impl<K: 'static, V: Send + Sync + 'static> FollowStore<K, V> {
    pub(super) fn new(store: &StoreRef<K, V>) -> Self {
        let watching = store.watched().watch();
        let store = Watch::new(BindRef::of(store.node().clone()));
        Self { store, seen: None, version: None, is_ended: false, watching }
    }
}

impl<K: 'static, V: Send + Sync + 'static> Stream for FollowStore<K, V> {
    type Item = StoreBatch<K, V>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StoreBatch<K, V>>> {
        let this = self.get_mut();
        if this.is_ended {
            return Poll::Ready(None);
        }
        let seen = this.seen;
        let read = this.store.read_with(cx, &mut this.version, |state| {
            (seen != Some(state.rev)).then(|| {
                let batch = match seen.and_then(|seen| state.parts_since(seen)) {
                    Some(missed) => StoreBatch::of(missed),
                    None => StoreBatch::reset(None, state.snapshot.clone()),
                };
                (state.rev, batch)
            })
        });
        let Some((news, is_ended)) = read else { return Poll::Pending };
        if let Some((rev, batch)) = news {
            this.seen = Some(rev);
            return Poll::Ready(Some(batch));
        }
        if is_ended {
            this.is_ended = true;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

impl<K: 'static, V: Send + Sync + 'static> FusedStream for FollowStore<K, V> {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl<K, V> fmt::Debug for FollowStore<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowStore").field("ended", &self.is_ended).finish_non_exhaustive()
    }
}
