//! Who is slow: what a publisher knows of the subscribers that were given a name.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::{Policy, Publisher};

/// What is known of a subscriber that was given a name: see [`Publisher::stats`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SubscriberStats {
    /// Its name.
    pub name: String,
    /// What happens when it is slow.
    pub policy: Policy,
    /// The number of the message that it reads next.
    pub position: u64,
    /// How many messages were accepted that it has not read.
    pub lag: u64,
    /// How many messages it has missed, as far as it was told; of the latest ones, how many it skipped.
    pub missed: u64,
}

/// The future of [`Publisher::stuck`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct Stuck<'a, M, F> {
    publisher: &'a Publisher<M>,
    /// Who held publishers up when the timer was started, and where they were.
    before: Vec<SubscriberStats>,
    after: Pin<Box<F>>,
}

impl<'a, M, F: Future> Stuck<'a, M, F> {
    pub(crate) fn new(publisher: &'a Publisher<M>, after: F) -> Self {
        Self { publisher, before: publisher.ring().in_the_way(), after: Box::pin(after) }
    }
}

impl<M, F: Future> Future for Stuck<'_, M, F> {
    type Output = Vec<SubscriberStats>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        ready!(this.after.as_mut().poll(cx));
        let mut stuck = this.publisher.ring().in_the_way();
        stuck.retain(|now| {
            this.before.iter().any(|then| then.name == now.name && then.position == now.position)
        });
        Poll::Ready(stuck)
    }
}

impl<M, F> fmt::Debug for Stuck<'_, M, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stuck").field("before", &self.before).finish_non_exhaustive()
    }
}
