//! The future that publishes one message.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::{
    PublishError, Publisher,
    publisher::Hold,
    ring::{Open, Turn},
};

/// The future of [`Publisher::publish`].
///
/// # Cancel safety
/// Dropped before it completes, the message reached nobody, and its place in the line, or the place
/// it was about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct Publish<'a, M> {
    publisher: &'a Publisher<M>,
    turn: Turn,
    message: Option<M>,
}

impl<'a, M> Publish<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>, message: M) -> Self {
        Self { publisher, turn: Turn::Outside, message: Some(message) }
    }

    fn open(&self) -> Option<&'a Open<M>> {
        match &self.publisher.hold {
            Hold::Open(open) => Some(open),
            Hold::Ended(_) => None,
        }
    }
}

// The message is moved, never pinned.
impl<M> Unpin for Publish<'_, M> {}

impl<M> Future for Publish<'_, M> {
    type Output = Result<(), PublishError<M>>;

    #[expect(clippy::inline_always, reason = "its usual case is short, and the rest out of line")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answer = if let Some(open) = this.open() {
            ready!(open.poll_put(&mut this.turn, &mut this.message, cx))
        } else {
            Err(this.message.take().expect("polled after completion"))
        };
        Poll::Ready(answer.map_err(PublishError::Closed))
    }
}

impl<M> Drop for Publish<'_, M> {
    #[inline]
    fn drop(&mut self) {
        if let (Turn::InLine(_), Some(open)) = (&self.turn, self.open()) {
            open.give_up(&mut self.turn);
        }
    }
}

impl<M> fmt::Debug for Publish<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish").field("turn", &self.turn).finish_non_exhaustive()
    }
}
