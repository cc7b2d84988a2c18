//! A collection becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{
    batch::{Batch, ListBatch},
    list_ref::ListRef,
    sleepers::Reading,
    snapshot::ListSnapshot,
    state::{Content, State, Watched},
};
use crate::graph::node::NodeRef;

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
pub struct FollowChanges<T>(Follower<ListSnapshot<T>>);

/// Who follows a collection: a place in its log.
pub(super) struct Follower<C: Content>(Reading<State<C>>);

impl<C> Follower<C>
where
    C: Content + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
{
    pub(super) fn new(node: NodeRef, watched: &Watched) -> Self {
        Self(Reading::new(node, watched))
    }

    /// What was missed; of who has seen nothing, or too little, `reset` is told what there is.
    #[inline]
    pub(super) fn poll(
        &mut self,
        cx: &Context<'_>,
        reset: impl Fn(C) -> Batch<C::Diff>,
    ) -> Poll<Option<Batch<C::Diff>>> {
        self.0.poll(cx, |state, seen| {
            let before = seen.replace(state.rev);
            if before == Some(state.rev) {
                return None;
            }
            let missed = before.and_then(|before| state.log.parts_since(before));
            Some(match missed {
                Some(missed) => Batch::of(missed),
                None => reset(state.snapshot.clone()),
            })
        })
    }
}

impl<C: Content> Follower<C> {
    pub(super) fn is_ended(&self) -> bool {
        self.0.is_ended()
    }
}

impl<T: Send + Sync + 'static> FollowChanges<T> {
    pub(super) fn new(list: &ListRef<T>) -> Self {
        Self(Follower::new(list.node().clone(), list.watched()))
    }
}

impl<T: Send + Sync + 'static> Stream for FollowChanges<T> {
    type Item = ListBatch<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ListBatch<T>>> {
        self.get_mut().0.poll(cx, ListBatch::reset)
    }
}

impl<T: Send + Sync + 'static> FusedStream for FollowChanges<T> {
    fn is_terminated(&self) -> bool {
        self.0.is_ended()
    }
}

impl<T> fmt::Debug for FollowChanges<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowChanges").field("ended", &self.0.is_ended()).finish_non_exhaustive()
    }
}
