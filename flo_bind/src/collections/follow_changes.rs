//! A collection becomes a stream of its differences.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::{
    batch::ListBatch,
    list_ref::ListRef,
    log::Parts,
    rev::Rev,
    snapshot::ListSnapshot,
    state::{Content, State, Watched, Watching},
};
use crate::{
    bind_ref::BindRef,
    follow::Watch,
    graph::{node::NodeRef, value::Version},
};

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
pub(super) struct Follower<C: Content> {
    collection: Watch<State<C>>,
    /// The state that the last item led to.
    seen: Option<Rev>,
    /// The version of the node that was read last.
    version: Option<Version>,
    is_ended: bool,
    #[expect(dead_code, reason = "held for its drop")]
    watching: Watching,
}

/// What a follower has not been given yet.
pub(super) enum News<C: Content> {
    Missed(Parts<C::Diff>),
    /// It is not known what led to this.
    Anew(C),
}

impl<C> Follower<C>
where
    C: Content + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
{
    pub(super) fn new(node: NodeRef, watched: &Watched) -> Self {
        let watching = watched.watch();
        let collection = Watch::new(BindRef::of(node));
        Self { collection, seen: None, version: None, is_ended: false, watching }
    }

    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<News<C>>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        let seen = self.seen;
        let read = self.collection.read_with(cx, &mut self.version, |state| {
            (seen != Some(state.rev)).then(|| {
                let missed = seen.and_then(|seen| state.parts_since(seen));
                let news = missed.map_or_else(|| News::Anew(state.snapshot.clone()), News::Missed);
                (state.rev, news)
            })
        });
        let Some((news, is_ended)) = read else { return Poll::Pending };
        if let Some((rev, news)) = news {
            self.seen = Some(rev);
            return Poll::Ready(Some(news));
        }
        if is_ended {
            self.is_ended = true;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

impl<C: Content> Follower<C> {
    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
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
        self.get_mut().0.poll(cx).map(|news| {
            news.map(|news| match news {
                News::Missed(missed) => ListBatch::of(missed),
                News::Anew(list) => ListBatch::reset(list),
            })
        })
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
