//! Futures that wait for a work queue to be emptied, or closed.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use flo_core::Seat;

use super::{Hold, WorkQueue};
use crate::queue::Mark;

/// The future of [`WorkQueue::drained`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilWorkDrained<'a, M> {
    queue: &'a WorkQueue<M>,
    mark: Mark,
    seat: Seat,
}

impl<'a, M> UntilWorkDrained<'a, M> {
    pub(super) fn new(queue: &'a WorkQueue<M>) -> Self {
        Self { queue, mark: queue.queue().mark(), seat: Seat::default() }
    }
}

impl<M> Future for UntilWorkDrained<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.queue.queue().poll_mark(this.mark, &mut this.seat, cx)
    }
}

impl<M> Drop for UntilWorkDrained<'_, M> {
    fn drop(&mut self) {
        self.queue.queue().leave_mark(self.mark, &mut self.seat);
    }
}

impl<M> fmt::Debug for UntilWorkDrained<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilWorkDrained").finish_non_exhaustive()
    }
}

/// The future of [`WorkQueue::closed`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilWorkClosed<'a, M> {
    queue: &'a WorkQueue<M>,
    seat: Seat,
}

impl<'a, M> UntilWorkClosed<'a, M> {
    pub(super) fn new(queue: &'a WorkQueue<M>) -> Self {
        Self { queue, seat: Seat::default() }
    }
}

impl<M> Future for UntilWorkClosed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &self.queue.hold {
            Hold::Open(open) => open.poll_closed(&mut self.seat, cx),
            Hold::Ended(_) => Poll::Ready(()),
        }
    }
}

impl<M> Drop for UntilWorkClosed<'_, M> {
    fn drop(&mut self) {
        self.queue.queue().leave_closing(&mut self.seat);
    }
}

impl<M> fmt::Debug for UntilWorkClosed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilWorkClosed").finish_non_exhaustive()
    }
}
