//! A list becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{
    batch::ListBatch,
    list_ref::ListRef,
    rev::Rev,
    state::{ListState, Watching},
};
use crate::{bind_ref::BindRef, follow::Watch};

/// The differences of a list, as a stream: [`ListRef::follow_changes`].
///
/// It holds a place in the list's log and no queue: a thousand that sleep cost the list nothing.
///
/// # Delivery
/// First the list as it is, then what has happened since the last item: whole commits, each once and in
/// order. Who has fallen behind the log, which is bounded, gets the list anew as one
/// [`Reset`](crate::ListDiff::Reset). Ends when nobody is left who could change the list.
///
/// # Concurrency
/// A derived list is computed on the polling thread. The waker is woken by the committing thread, once until the
/// next poll, with no lock of ours held.
///
/// # Cancel safety
/// An item that was not taken by a poll is in the one that the next poll gives.
#[must_use = "streams do nothing unless polled"]
pub struct FollowChanges<T> {
    list: Watch<ListState<T>>,
    /// The state that the last item led to.
    seen: Option<Rev>,
    is_ended: bool,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

impl<T: Send + Sync + 'static> FollowChanges<T> {
    pub(super) fn new(list: &ListRef<T>) -> Self {
        let watching = list.watched().watch();
        let list = Watch::new(BindRef::of(list.node().clone()));
        Self { list, seen: None, is_ended: false, watching }
    }
}

impl<T: Send + Sync + 'static> Stream for FollowChanges<T> {
    type Item = ListBatch<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ListBatch<T>>> {
        let this = self.get_mut();
        if this.is_ended {
            return Poll::Ready(None);
        }
        let read = this.list.read(cx);
        let state = &*read.value;
        if this.seen != Some(state.rev) {
            let missed = this.seen.and_then(|seen| state.since(seen));
            this.seen = Some(state.rev);
            let batch = match missed {
                Some(missed) => ListBatch::of(missed),
                None => ListBatch::reset(state.snapshot.clone()),
            };
            return Poll::Ready(Some(batch));
        }
        if read.ended {
            this.is_ended = true;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

impl<T: Send + Sync + 'static> FusedStream for FollowChanges<T> {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl<T> fmt::Debug for FollowChanges<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowChanges").field("ended", &self.is_ended).finish_non_exhaustive()
    }
}
