//! A stream whose source can be replaced while it is read.
//!
//! ```text
//!   Switch ──switch_to──▶ source: Here(new)          the old one is dropped by the switching thread,
//!                         number + 1                 or by the reader if it is just polling it
//!   Switchable ──poll──▶  source: Lent   … polls it outside the lock …   Here again, or over
//! ```
//!
//! Invariants: S1 the source is polled and dropped outside the lock. S2 what the reader brings back
//! is put back only under the number with which it was lent. S3 a waker is registered before the
//! source is lent, so no switch is missed.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::{FusedStream, Stream};

use crate::{
    channel::SendError,
    sync::{Arc, Mutex},
};

/// Makes a stream that reads from `first` until its [`Switch`] gives it another source.
///
/// It ends when its source has ended and every [`Switch`] is gone. While a switch lives, a source
/// that has ended means waiting for another.
///
/// Those who know `flo_stream` 0.8 find three differences: the switch comes first in the pair; a
/// source may itself switch, or drop the switch, while it is polled or dropped, because no lock is
/// held then; and the source has one nameable type, so that nothing asks for `Send` (box it where
/// sources differ).
///
/// # Examples
/// ```
/// use flo_core::switchable_stream;
/// use futures::{StreamExt, executor::block_on, stream};
///
/// let (switch, mut tool) = switchable_stream(stream::iter(vec!["pen down", "pen up"]));
/// assert_eq!(block_on(tool.next()), Some("pen down"));
/// switch.switch_to(stream::iter(vec!["rubber down"])).unwrap();
/// drop(switch);
/// assert_eq!(block_on(tool.collect::<Vec<_>>()), ["rubber down"]);
/// ```
pub fn switchable_stream<S: Stream>(first: S) -> (Switch<S>, Switchable<S>) {
    let state =
        State { source: Source::Here(Box::pin(first)), number: 0, switches: 1, reader: None };
    let shared = Arc::new(Mutex::new(state));
    (Switch { shared: Arc::clone(&shared) }, Switchable { shared, sight: Sight::Reading })
}

struct State<S> {
    source: Source<S>,
    /// How often the source was replaced.
    number: u64,
    switches: usize,
    reader: Option<Waker>,
}

enum Source<S> {
    Here(Pin<Box<S>>),
    /// The reader is polling it. Found by the reader itself it means that the poll panicked.
    Lent,
    /// It has ended.
    Over,
    /// The reader is gone.
    Unread,
}

/// Replaces the source of a [`Switchable`]; clones switch the same one.
///
/// # Delivery
/// What the old source had not given yet goes with it.
///
/// # Concurrency
/// The reader is woken on the thread that switches. The old source is dropped there too, or by the
/// reader if it is polling it at that moment; no lock of ours is held.
///
/// # Cost
/// One allocation for each source.
pub struct Switch<S> {
    shared: Arc<Mutex<State<S>>>,
}

impl<S: Stream> Switch<S> {
    /// Lets the reader read from `source` from here on, and drops the old source.
    ///
    /// # Errors
    /// [`SendError::Closed`] gives `source` back when the reader is gone.
    ///
    /// # Panics
    /// With the panic of the reader's waker or of the old source's `Drop`; the new source is in
    /// place.
    pub fn switch_to(&self, source: S) -> Result<(), SendError<S>> {
        let (old, reader) = {
            let mut state = self.shared.lock();
            if let Source::Unread = state.source {
                return Err(SendError::Closed(source));
            }
            state.number += 1;
            let source = Source::Here(Box::pin(source));
            (mem::replace(&mut state.source, source), state.reader.take())
        };
        wake(reader);
        drop(old);
        Ok(())
    }

    /// Whether the reader is gone.
    pub fn is_closed(&self) -> bool {
        matches!(self.shared.lock().source, Source::Unread)
    }
}

impl<S> Clone for Switch<S> {
    fn clone(&self) -> Self {
        self.shared.lock().switches += 1;
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S> Drop for Switch<S> {
    fn drop(&mut self) {
        let reader = {
            let mut state = self.shared.lock();
            state.switches -= 1;
            if state.switches == 0 { state.reader.take() } else { None }
        };
        wake(reader);
    }
}

impl<S> fmt::Debug for Switch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switch").finish_non_exhaustive()
    }
}

/// The stream of [`switchable_stream`].
///
/// # Delivery
/// It gives the items of its source, whichever that is. It ends when the source has ended and every
/// [`Switch`] is gone.
///
/// # Concurrency
/// The source is polled on the thread that polls this, with no lock of ours held. A source that
/// panics counts as one that has ended.
///
/// # Cost
/// Two short locks for each poll.
#[must_use = "streams do nothing unless polled"]
pub struct Switchable<S> {
    shared: Arc<Mutex<State<S>>>,
    sight: Sight,
}

/// What the reader has seen of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Reading,
    /// It was told that nothing more comes.
    End,
}

impl<S: Stream> Switchable<S> {
    /// Polls the source that was lent, and puts it back if it is still the one.
    fn poll_lent(
        &self,
        mut source: Pin<Box<S>>,
        number: u64,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        // S1
        let item = source.as_mut().poll_next(cx);
        let is_over = matches!(item, Poll::Ready(None));
        let left = {
            let mut state = self.shared.lock();
            // S2
            match (state.number == number, is_over) {
                (false, _) => Some(source),
                (true, true) => {
                    state.source = Source::Over;
                    Some(source)
                }
                (true, false) => {
                    state.source = Source::Here(source);
                    None
                }
            }
        };
        drop(left);
        item
    }

    /// Takes the source for a poll.
    fn borrow(&self, cx: &Context<'_>) -> Borrowed<S> {
        let waker = cx.waker().clone();
        let (borrowed, replaced) = {
            let mut state = self.shared.lock();
            // S3
            let replaced = state.reader.replace(waker);
            let borrowed = match mem::replace(&mut state.source, Source::Lent) {
                Source::Here(source) => Borrowed::Source(source, state.number),
                Source::Lent | Source::Over | Source::Unread => {
                    state.source = Source::Over;
                    if state.switches == 0 { Borrowed::End } else { Borrowed::Nothing }
                }
            };
            (borrowed, replaced)
        };
        drop(replaced);
        borrowed
    }
}

enum Borrowed<S> {
    Source(Pin<Box<S>>, u64),
    Nothing,
    End,
}

impl<S: Stream> Stream for Switchable<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        if self.sight == Sight::End {
            return Poll::Ready(None);
        }
        loop {
            match self.borrow(cx) {
                Borrowed::Nothing => return Poll::Pending,
                Borrowed::End => {
                    self.sight = Sight::End;
                    // Nothing will wake it any more.
                    let waker = self.shared.lock().reader.take();
                    drop(waker);
                    return Poll::Ready(None);
                }
                Borrowed::Source(source, number) => match self.poll_lent(source, number, cx) {
                    Poll::Ready(None) => {}
                    // A switch that came during the poll has woken this reader.
                    item => return item,
                },
            }
        }
    }
}

impl<S: Stream> FusedStream for Switchable<S> {
    fn is_terminated(&self) -> bool {
        self.sight == Sight::End
    }
}

impl<S> Drop for Switchable<S> {
    fn drop(&mut self) {
        let (source, reader) = {
            let mut state = self.shared.lock();
            (mem::replace(&mut state.source, Source::Unread), state.reader.take())
        };
        drop(reader);
        drop(source);
    }
}

impl<S> fmt::Debug for Switchable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switchable").field("sight", &self.sight).finish_non_exhaustive()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
