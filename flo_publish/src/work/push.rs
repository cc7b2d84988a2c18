//! Pushing a message into a work queue.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Hold, WorkQueue};
use crate::{PublishError, queue::Turn};

/// The future of [`WorkQueue::push`].
///
/// # Cancel safety
/// Dropped before it completes, the message reached nobody, and its place in the line, or the place it
/// was about to be given, goes to the next.
#[must_use = "futures do nothing unless polled"]
pub struct Push<'a, M> {
    queue: &'a WorkQueue<M>,
    turn: Turn,
    message: Option<M>,
}

impl<'a, M> Push<'a, M> {
    pub(super) fn new(queue: &'a WorkQueue<M>, message: M) -> Self {
        Self { queue, turn: Turn::Outside, message: Some(message) }
    }
}

// The message is moved, never pinned.
impl<M> Unpin for Push<'_, M> {}

impl<M> Future for Push<'_, M> {
    type Output = Result<(), PublishError<M>>;

    #[expect(clippy::inline_always, reason = "as `Publish::poll`")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let pushed = match &this.queue.hold {
            Hold::Open(open) => ready!(open.poll_push(&mut this.turn, &mut this.message, cx)),
            Hold::Ended(_) => Err(this.message.take().expect("polled after completion")),
        };
        Poll::Ready(pushed.map_err(PublishError::Closed))
    }
}

impl<M> Drop for Push<'_, M> {
    #[inline]
    fn drop(&mut self) {
        if let Turn::InLine(_) = self.turn {
            self.queue.give_up(&mut self.turn);
        }
    }
}

impl<M> fmt::Debug for Push<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("turn", &self.turn).finish_non_exhaustive()
    }
}
