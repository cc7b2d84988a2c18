//! A stream that stays under watch between one expectation and the next.

use std::{
    fmt::{self, Debug},
    pin::Pin,
};

use futures_core::Stream;

use crate::{
    expected::IntoExpected,
    lane::{AtItsEnd, Lane, StreamLane},
    run::run,
    watched::Watched,
};

/// A stream under watch, for tests that act between the steps.
///
/// Each [`expect`](StreamProbe::expect) goes on where the last one stopped, and who wakes the stream
/// in between is remembered: what it gives without having been woken fails.
///
/// # Examples
/// ```
/// use flo_test::StreamProbe;
/// use futures::channel::mpsc;
///
/// let (sender, receiver) = mpsc::unbounded();
/// let mut orders = StreamProbe::new(receiver);
/// orders.expect("-");
/// sender.unbounded_send('a').unwrap();
/// sender.unbounded_send('b').unwrap();
/// orders.expect("(ab)--");
/// drop(sender);
/// orders.expect("|");
/// ```
pub struct StreamProbe<S: Stream> {
    watched: Watched<S>,
}

impl<S: Stream> StreamProbe<S> {
    /// Puts `stream` under watch; it is not polled yet.
    pub fn new(stream: S) -> Self {
        Self { watched: Watched::new(stream) }
    }

    /// Expects of the next steps what the diagram draws: see [`expect`](crate::expect()).
    ///
    /// # Panics
    /// At the caller's line, where the stream is not as drawn, the diagram is none, or a name has no
    /// value.
    #[track_caller]
    pub fn expect<E>(&mut self, expected: E)
    where
        S::Item: Debug + PartialEq,
        E: IntoExpected<S::Item>,
    {
        let expected = expected.into_expected();
        let mut lane = StreamLane::new("the stream", &mut self.watched, expected, AtItsEnd::Keep);
        run(&mut [&mut lane as &mut dyn Lane]);
    }

    /// Whether it was woken since it was last polled.
    pub fn is_woken(&self) -> bool {
        self.watched.is_woken()
    }

    /// The stream; `None` when a `!` has dropped it.
    pub fn get_ref(&self) -> Option<&S> {
        self.watched.get_ref()
    }

    /// The stream, to be changed; `None` when a `!` has dropped it.
    pub fn get_mut(&mut self) -> Option<&mut S>
    where
        S: Unpin,
    {
        self.watched.get_mut().map(Pin::get_mut)
    }

    /// The stream, under watch no more; `None` when a `!` has dropped it.
    pub fn into_inner(self) -> Option<S>
    where
        S: Unpin,
    {
        self.watched.into_inner()
    }
}

impl<S: Stream> Debug for StreamProbe<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamProbe").field("is_woken", &self.is_woken()).finish_non_exhaustive()
    }
}
