//! Futures that wait for something to be so, and have nothing to give.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use flo_core::Seat;

use crate::{Publisher, publisher::Hold, ring::Until};

/// The future of [`Publisher::drained`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilDrained<'a, M> {
    publisher: &'a Publisher<M>,
    until: Until,
    seat: Seat,
}

impl<'a, M> UntilDrained<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>) -> Self {
        Self { publisher, until: publisher.ring().drained(), seat: Seat::default() }
    }
}

impl<M> Future for UntilDrained<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.publisher.ring().poll_until(this.until, &mut this.seat, cx)
    }
}

impl<M> Drop for UntilDrained<'_, M> {
    fn drop(&mut self) {
        self.publisher.ring().leave(self.until, &mut self.seat);
    }
}

impl<M> fmt::Debug for UntilDrained<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilDrained").finish_non_exhaustive()
    }
}

/// The future of [`Publisher::closed`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilClosed<'a, M> {
    publisher: &'a Publisher<M>,
    seat: Seat,
}

impl<'a, M> UntilClosed<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>) -> Self {
        Self { publisher, seat: Seat::default() }
    }
}

impl<M> Future for UntilClosed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &self.publisher.hold {
            Hold::Open(open) => open.poll_until(Until::Closed, &mut self.seat, cx),
            Hold::Ended(_) => Poll::Ready(()),
        }
    }
}

impl<M> Drop for UntilClosed<'_, M> {
    fn drop(&mut self) {
        self.publisher.ring().leave(Until::Closed, &mut self.seat);
    }
}

impl<M> fmt::Debug for UntilClosed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilClosed").finish_non_exhaustive()
    }
}

/// The future of [`Publisher::subscribed`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilSubscribed<'a, M> {
    publisher: &'a Publisher<M>,
    until: Until,
    seat: Seat,
}

impl<'a, M> UntilSubscribed<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>, count: usize) -> Self {
        Self { publisher, until: Until::Subscribed(count), seat: Seat::default() }
    }
}

impl<M> Future for UntilSubscribed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.publisher.ring().poll_until(this.until, &mut this.seat, cx)
    }
}

impl<M> Drop for UntilSubscribed<'_, M> {
    fn drop(&mut self) {
        self.publisher.ring().leave(self.until, &mut self.seat);
    }
}

impl<M> fmt::Debug for UntilSubscribed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilSubscribed").finish_non_exhaustive()
    }
}

/// The future of [`Publisher::unsubscribed`].
///
/// # Cancel safety
/// Dropped before it completes, it changed nothing.
#[must_use = "futures do nothing unless polled"]
pub struct UntilUnsubscribed<'a, M> {
    publisher: &'a Publisher<M>,
    seat: Seat,
}

impl<'a, M> UntilUnsubscribed<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>) -> Self {
        Self { publisher, seat: Seat::default() }
    }
}

impl<M> Future for UntilUnsubscribed<'_, M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.publisher.ring().poll_until(Until::Unsubscribed, &mut this.seat, cx)
    }
}

impl<M> Drop for UntilUnsubscribed<'_, M> {
    fn drop(&mut self) {
        self.publisher.ring().leave(Until::Unsubscribed, &mut self.seat);
    }
}

impl<M> fmt::Debug for UntilUnsubscribed<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilUnsubscribed").finish_non_exhaustive()
    }
}
