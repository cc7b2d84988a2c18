//! A map becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{diff::MapBatch, map_ref::MapRef, map_snapshot::MapSnapshot};
use crate::collections::follow_changes::Follower;

/// The differences of a map, as a stream: [`MapRef::follow_changes`].
///
/// It holds a place in the map's log and no queue: a thousand that sleep cost the map nothing.
///
/// # Delivery
/// First the map as it is, then what has happened since the last item: whole commits, each once and in order. Who
/// has fallen behind the log, which is bounded, gets the map anew as one [`Reset`](crate::MapDiff::Reset). Ends when
/// nobody is left who could change the map.
///
/// # Concurrency
/// A derived map is computed on the polling thread. The waker is woken by the committing thread, once until the next
/// poll, with no lock of ours held.
///
/// # Cancel safety
/// An item that was not taken by a poll is in the one that the next poll gives.
#[must_use = "streams do nothing unless polled"]
pub struct FollowMapChanges<K, V>(Follower<MapSnapshot<K, V>>);

/// The differences of a set, as a stream: [`SetRef::follow_changes`](crate::SetRef::follow_changes).
pub type FollowSetChanges<K> = FollowMapChanges<K, ()>;

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> FollowMapChanges<K, V> {
    pub(super) fn new(map: &MapRef<K, V>) -> Self {
        Self(Follower::new(map.node().clone(), map.watched()))
    }
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> Stream for FollowMapChanges<K, V> {
    type Item = MapBatch<K, V>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<MapBatch<K, V>>> {
        self.get_mut().0.poll(cx, MapBatch::reset)
    }
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> FusedStream for FollowMapChanges<K, V> {
    fn is_terminated(&self) -> bool {
        self.0.is_ended()
    }
}

impl<K, V> fmt::Debug for FollowMapChanges<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FollowMapChanges");
        shown.field("ended", &self.0.is_ended()).finish_non_exhaustive()
    }
}
