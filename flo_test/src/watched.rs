//! A stream that is polled by hand, with an eye on who wakes it.
//!
//! # Invariants
//!
//! - **W1** Each poll comes with a waker of its own, and only the last one counts: that is what
//!   `Future::poll` promises to those who call it. A stream that keeps an earlier one is found out.
//! - **W2** A stream that was pending and gives something without having been woken is at fault: a
//!   task would have slept on.
//! - **W3** A stream is polled again at once when it gave something or was woken meanwhile.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::woken::Count;

/// How often a stream may wake itself in one step before it counts as one that never stops.
const SPINS: usize = 1_000;

/// What a stream did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event<T> {
    Item(T),
    End,
}

/// What a stream must not do, or only where nobody is strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It had something to give and had not been woken.
    NotWoken,
    /// It was woken and had nothing to give.
    WokenInVain,
    /// As that, and it was itself that woke it while it was polled.
    WokeItselfInVain,
    /// It woke itself in one step over and over, and gave nothing.
    Spins,
    /// It gave more in one step than anybody can have expected.
    Floods,
}

/// A stream under watch.
pub(crate) struct Watched<S: Stream> {
    /// `None` when it was dropped.
    stream: Option<Pin<Box<S>>>,
    /// The wake-ups since the last poll, which was pending; `None` before the first.
    count: Option<Arc<Count>>,
    woke_itself: bool,
    has_ended: bool,
    spins: usize,
}

impl<S: Stream> Watched<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream: Some(Box::pin(stream)),
            count: None,
            woke_itself: false,
            has_ended: false,
            spins: 0,
        }
    }

    /// Whether it can be polled.
    pub(crate) fn is_there(&self) -> bool {
        self.stream.is_some() && !self.has_ended
    }

    /// Whether it was ever polled, so that it may count on being woken.
    pub(crate) fn was_polled(&self) -> bool {
        self.count.is_some() || self.has_ended
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.is_there() && self.count.as_ref().is_some_and(|count| count.is_woken())
    }

    pub(crate) fn new_step(&mut self) {
        self.spins = 0;
    }

    pub(crate) fn drop_stream(&mut self) {
        self.stream = None;
        self.count = None;
    }

    pub(crate) fn get_ref(&self) -> Option<&S> {
        self.stream.as_deref()
    }

    pub(crate) fn get_mut(&mut self) -> Option<Pin<&mut S>> {
        self.stream.as_mut().map(|stream| stream.as_mut())
    }

    pub(crate) fn into_inner(self) -> Option<S>
    where
        S: Unpin,
    {
        self.stream.map(|stream| *Pin::into_inner(stream))
    }

    /// Polls until it is pending or has ended. What it does goes to `events`, at most `most` items;
    /// the answer is what it must not do.
    pub(crate) fn poll(
        &mut self,
        root: &Waker,
        most: usize,
        mut event: impl FnMut(Event<S::Item>),
    ) -> Option<Fault> {
        let stream = self.stream.as_mut().filter(|_| !self.has_ended)?;
        let woken = self.count.as_ref().map(|count| count.is_woken());
        let woke_itself = std::mem::take(&mut self.woke_itself);
        let mut given = 0;
        loop {
            let count = Arc::new(Count::passing_to(root.clone()));
            let waker = Waker::from(Arc::clone(&count));
            // W1, W3.
            match stream.as_mut().poll_next(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(item)) => event(Event::Item(item)),
                Poll::Ready(None) => {
                    self.has_ended = true;
                    event(Event::End);
                }
                Poll::Pending => {
                    self.woke_itself = count.is_woken();
                    self.count = Some(count);
                    break;
                }
            }
            given += 1;
            if self.has_ended || given >= most {
                break;
            }
        }
        self.spins = if given == 0 && self.woke_itself { self.spins + 1 } else { 0 };
        match woken {
            Some(false) if given > 0 => Some(Fault::NotWoken),
            _ if given >= most && !self.has_ended => Some(Fault::Floods),
            _ if self.spins >= SPINS => Some(Fault::Spins),
            Some(true) if given == 0 && woke_itself => Some(Fault::WokeItselfInVain),
            Some(true) if given == 0 => Some(Fault::WokenInVain),
            Some(_) | None => None,
        }
    }
}
