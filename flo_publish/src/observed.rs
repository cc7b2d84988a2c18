//! How many listen, as a stream; and a source that lives while somebody does.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use flo_core::{Seat, sync::Arc};
use futures_core::{FusedStream, Stream};

use crate::{
    Publisher,
    publisher::Hold,
    ring::{Phase, Ring, Turn, Until},
};

/// A stream of the latest number of subscribers, made by [`Publisher::observed`].
///
/// # Delivery
/// The number there is now, then the latest one that differs from the one before; it may skip. It ends
/// with the streams.
#[must_use = "streams do nothing unless polled"]
pub struct Observed<M> {
    ring: Arc<Ring<M>>,
    /// The number that was told last.
    told: Option<usize>,
    waits: Option<(usize, Seat)>,
    has_ended: bool,
}

impl<M> Observed<M> {
    pub(crate) fn new(ring: &Arc<Ring<M>>) -> Self {
        Self { ring: Arc::clone(ring), told: None, waits: None, has_ended: false }
    }

    fn leave(&mut self) {
        if let Some((count, mut seat)) = self.waits.take() {
            self.ring.leave(Until::Changed(count), &mut seat);
        }
    }
}

impl<M> Stream for Observed<M> {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let this = &mut *self;
        loop {
            if let Some(told) = this.told {
                let (_, seat) = this.waits.get_or_insert_with(|| (told, Seat::default()));
                ready!(this.ring.poll_until(Until::Changed(told), seat, cx));
                this.waits = None;
            }
            if this.ring.phase() == Phase::Closed {
                this.has_ended = true;
                return Poll::Ready(None);
            }
            let count = this.ring.subscriber_count();
            // It may have changed back meanwhile.
            if this.told != Some(count) {
                this.told = Some(count);
                return Poll::Ready(Some(count));
            }
        }
    }
}

impl<M> FusedStream for Observed<M> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<M> Drop for Observed<M> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<M> fmt::Debug for Observed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").field("told", &self.told).finish_non_exhaustive()
    }
}

/// The future of [`Publisher::while_observed`].
///
/// # Cancel safety
/// Dropped, it drops its source; a message that was on its way is dropped with it.
#[must_use = "a source runs only while its driver is polled"]
pub struct WhileObserved<M, S, L> {
    counts: Observed<M>,
    publisher: Publisher<M>,
    make_source: Box<dyn FnMut() -> S + Send>,
    make_linger: Box<dyn FnMut() -> L + Send>,
    life: Life<S>,
    /// What is waited for since the last one has gone.
    linger: Option<Pin<Box<L>>>,
    /// A message of the source's that waits for a place.
    message: Option<M>,
    turn: Turn,
}

/// Where the source is.
enum Life<S> {
    /// Nobody listens, and there is none.
    Asleep,
    Running(Pin<Box<S>>),
    /// It has ended, and somebody listens still.
    Over,
}

impl<M, S, L> WhileObserved<M, S, L>
where
    S: Stream<Item = M>,
    L: Future<Output = ()>,
{
    pub(crate) fn new(
        publisher: Publisher<M>,
        make_source: Box<dyn FnMut() -> S + Send>,
        make_linger: Box<dyn FnMut() -> L + Send>,
    ) -> Self {
        Self {
            counts: publisher.observed(),
            publisher,
            make_source,
            make_linger,
            life: Life::Asleep,
            linger: None,
            message: None,
            turn: Turn::Outside,
        }
    }

    /// Looks who listens; `Ready` at the end of the streams.
    fn poll_counts(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Poll::Ready(count) = Pin::new(&mut self.counts).poll_next(cx) {
            match (count, &self.life) {
                (None, _) => return Poll::Ready(()),
                (Some(0), Life::Asleep) => {}
                (Some(0), Life::Running(_) | Life::Over) => {
                    self.linger = Some(Box::pin((self.make_linger)()));
                }
                (Some(_), Life::Asleep) => {
                    self.life = Life::Running(Box::pin((self.make_source)()));
                }
                (Some(_), Life::Running(_) | Life::Over) => self.linger = None,
            }
        }
        Poll::Pending
    }

    /// The last one has gone long enough ago: the source goes, and what it had on its way.
    fn fall_asleep(&mut self) {
        self.give_up();
        let message = self.message.take();
        let life = std::mem::replace(&mut self.life, Life::Asleep);
        self.linger = None;
        drop((life, message));
    }

    /// Publishes what the source gives until one of the two is pending.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Hold::Open(open) = &self.publisher.hold else { return Poll::Ready(()) };
        for _ in 0..IN_A_ROW {
            if self.message.is_some() {
                let put = ready!(open.poll_put(&mut self.turn, &mut self.message, cx));
                if put.is_err() {
                    return Poll::Ready(());
                }
            }
            let Life::Running(source) = &mut self.life else { return Poll::Pending };
            match ready!(source.as_mut().poll_next(cx)) {
                Some(message) => self.message = Some(message),
                None => self.life = Life::Over,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// How many messages a source that is never pending gives before others run.
const IN_A_ROW: usize = 128;

impl<M, S, L> WhileObserved<M, S, L> {
    fn give_up(&mut self) {
        if let Hold::Open(open) = &self.publisher.hold {
            open.give_up(&mut self.turn);
        }
    }
}

// The message is moved, never pinned; the source and the linger future are in boxes.
impl<M, S, L> Unpin for WhileObserved<M, S, L> {}

impl<M, S, L> Future for WhileObserved<M, S, L>
where
    S: Stream<Item = M>,
    L: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if this.poll_counts(cx).is_ready() {
                return Poll::Ready(());
            }
            if let Some(linger) = &mut this.linger
                && linger.as_mut().poll(cx).is_ready()
            {
                this.fall_asleep();
                continue;
            }
            return this.poll_source(cx);
        }
    }
}

impl<M, S, L> Drop for WhileObserved<M, S, L> {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl<M, S, L> fmt::Debug for WhileObserved<M, S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let life = match self.life {
            Life::Asleep => "asleep",
            Life::Running(_) => "running",
            Life::Over => "over",
        };
        f.debug_struct("WhileObserved").field("source", &life).finish_non_exhaustive()
    }
}
