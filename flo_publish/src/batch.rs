//! Several messages at a time: publishing them under one lock, and receiving what is there.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Closed, Lagged};

use crate::{LossySubscriber, Publisher, RecvError, Subscriber, publisher::Hold, ring::Turn};

/// The streams have ended before all of a batch was published; the rest comes back.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BatchError<M> {
    unsent: Vec<M>,
}

impl<M> BatchError<M> {
    /// The messages that were not published, in order.
    pub fn into_inner(self) -> Vec<M> {
        self.unsent
    }
}

impl<M> fmt::Debug for BatchError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchError").field("unsent", &self.unsent.len()).finish()
    }
}

impl<M> fmt::Display for BatchError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "closed with {} of the batch unpublished", self.unsent.len())
    }
}

impl<M> std::error::Error for BatchError<M> {}

/// The future of [`Publisher::publish_batch`].
///
/// # Cancel safety
/// Dropped before it completes, the messages that were published by then are; the others reached nobody
/// and are dropped with it, unless [`into_unsent`](Self::into_unsent) takes them out.
#[must_use = "futures do nothing unless polled"]
pub struct PublishBatch<'a, M> {
    publisher: &'a Publisher<M>,
    turn: Turn,
    messages: VecDeque<M>,
}

impl<'a, M> PublishBatch<'a, M> {
    pub(crate) fn new(publisher: &'a Publisher<M>, messages: VecDeque<M>) -> Self {
        Self { publisher, turn: Turn::Outside, messages }
    }

    /// Gives up, and gives back the messages that were not published.
    pub fn into_unsent(mut self) -> Vec<M> {
        std::mem::take(&mut self.messages).into()
    }
}

// The messages are moved, never pinned.
impl<M> Unpin for PublishBatch<'_, M> {}

impl<M> Future for PublishBatch<'_, M> {
    type Output = Result<(), BatchError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let done = match &this.publisher.hold {
            Hold::Open(open) => ready!(open.poll_put_all(&mut this.turn, &mut this.messages, cx)),
            Hold::Ended(_) => Err(Closed),
        };
        let unsent = std::mem::take(&mut this.messages);
        Poll::Ready(done.map_err(|Closed| BatchError { unsent: unsent.into() }))
    }
}

impl<M> Drop for PublishBatch<'_, M> {
    fn drop(&mut self) {
        if let Hold::Open(open) = &self.publisher.hold {
            open.give_up(&mut self.turn);
        }
    }
}

impl<M> fmt::Debug for PublishBatch<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishBatch").field("unsent", &self.messages.len()).finish_non_exhaustive()
    }
}

/// The future of [`Subscriber::recv_many`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct RecvMany<'a, M> {
    subscriber: &'a mut Subscriber<M>,
    messages: &'a mut Vec<M>,
    most: usize,
}

impl<'a, M> RecvMany<'a, M> {
    pub(crate) fn new(
        subscriber: &'a mut Subscriber<M>,
        messages: &'a mut Vec<M>,
        most: usize,
    ) -> Self {
        Self { subscriber, messages, most }
    }
}

impl<M: Clone> Future for RecvMany<'_, M> {
    type Output = Result<usize, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.most == 0 {
            return Poll::Ready(Ok(0));
        }
        let first = ready!(this.subscriber.poll_recv(cx))?;
        this.messages.push(first);
        let mut count = 1;
        while count < this.most
            && let Ok(message) = this.subscriber.try_recv()
        {
            this.messages.push(message);
            count += 1;
        }
        Poll::Ready(Ok(count))
    }
}

impl<M> Drop for RecvMany<'_, M> {
    fn drop(&mut self) {
        self.subscriber.leave();
    }
}

impl<M> fmt::Debug for RecvMany<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvMany").field("most", &self.most).finish_non_exhaustive()
    }
}

/// The future of [`LossySubscriber::recv_many`].
///
/// # Cancel safety
/// Dropped before it completes, no message was taken, no gap was reported, and its waker is let go.
#[must_use = "futures do nothing unless polled"]
pub struct LossyRecvMany<'a, M> {
    subscriber: &'a mut LossySubscriber<M>,
    items: &'a mut Vec<Result<M, Lagged>>,
    most: usize,
}

impl<'a, M> LossyRecvMany<'a, M> {
    pub(crate) fn new(
        subscriber: &'a mut LossySubscriber<M>,
        items: &'a mut Vec<Result<M, Lagged>>,
        most: usize,
    ) -> Self {
        Self { subscriber, items, most }
    }
}

impl<M: Clone> Future for LossyRecvMany<'_, M> {
    type Output = Result<usize, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.most == 0 {
            return Poll::Ready(Ok(0));
        }
        let first = ready!(this.subscriber.poll_recv(cx))?;
        this.items.push(first);
        let mut count = 1;
        while count < this.most
            && let Ok(item) = this.subscriber.try_recv()
        {
            this.items.push(item);
            count += 1;
        }
        Poll::Ready(Ok(count))
    }
}

impl<M> Drop for LossyRecvMany<'_, M> {
    fn drop(&mut self) {
        self.subscriber.leave();
    }
}

impl<M> fmt::Debug for LossyRecvMany<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LossyRecvMany").field("most", &self.most).finish_non_exhaustive()
    }
}
