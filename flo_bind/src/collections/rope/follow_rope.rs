//! A rope becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{rope_diff::RopeBatch, rope_ref::RopeRef, rope_snapshot::RopeSnapshot};
use crate::collections::follow_changes::Follower;

/// The differences of a rope, as a stream: [`RopeRef::follow_changes`].
///
/// It holds a place in the rope's log and no queue: a thousand that sleep cost the rope nothing.
///
/// # Delivery
/// First the rope as it is, then what has happened since the last item: whole commits, each once and in order. Who
/// has fallen behind the log, which is bounded, gets the rope anew as one [`Reset`](crate::RopeDiff::Reset). Ends when
/// nobody is left who could change the rope.
///
/// # Concurrency
/// A derived rope is computed on the polling thread. The waker is woken by the committing thread, once until the next
/// poll, with no lock of ours held.
///
/// # Cancel safety
/// An item that was not taken by a poll is in the one that the next poll gives.
#[must_use = "streams do nothing unless polled"]
pub struct FollowRopeChanges<C, A>(Follower<RopeSnapshot<C, A>>);

impl<C: Send + Sync + 'static, A: Send + Sync + 'static> FollowRopeChanges<C, A> {
    pub(super) fn new(rope: &RopeRef<C, A>) -> Self {
        Self(Follower::new(rope.node().clone(), rope.watched()))
    }
}

impl<C: Send + Sync + 'static, A: Send + Sync + 'static> Stream for FollowRopeChanges<C, A> {
    type Item = RopeBatch<C, A>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<RopeBatch<C, A>>> {
        self.get_mut().0.poll(cx, RopeBatch::reset)
    }
}

impl<C: Send + Sync + 'static, A: Send + Sync + 'static> FusedStream for FollowRopeChanges<C, A> {
    fn is_terminated(&self) -> bool {
        self.0.is_ended()
    }
}

impl<C, A> fmt::Debug for FollowRopeChanges<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FollowRopeChanges");
        shown.field("ended", &self.0.is_ended()).finish_non_exhaustive()
    }
}
