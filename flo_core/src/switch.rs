//! A stream whose source can be replaced under a running reader.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::{FusedStream, Stream};

use crate::{
    error::Closed,
    sync::{Arc, Mutex},
};

/// Makes a stream that reads `first` until its [`Switch`] gives it another source.
///
/// It ends when the current source has ended and the switch is gone; while the switch lives, a source
/// that has ended means that there is nothing now.
///
/// ```
/// use futures::{StreamExt, executor::block_on, stream};
///
/// let (switch, mut numbers) = flo_core::switchable_stream(stream::iter(1..=9));
/// assert_eq!(block_on(numbers.next()), Some(1));
/// switch.switch_to(stream::iter(20..=29)).unwrap();
/// assert_eq!(block_on(numbers.next()), Some(20));
/// ```
pub fn switchable_stream<S: Stream>(first: S) -> (Switch<S>, Switchable<S>) {
    let shared =
        Arc::new(Mutex::new(Shared { next: None, reader: None, switches: 1, is_read: true }));
    let current = Some(Box::pin(first));
    (Switch(Arc::clone(&shared)), Switchable { shared, current, is_ended: false })
}

struct Shared<S> {
    /// The source to go on with.
    next: Option<S>,
    reader: Option<Waker>,
    switches: usize,
    /// Whether the reader is there.
    is_read: bool,
}

/// Replaces the source of a [`Switchable`]. Clones are handles on the same one.
pub struct Switch<S>(Arc<Mutex<Shared<S>>>);

impl<S> Switch<S> {
    /// Has the reader go on with `source`. What the old source had not given is dropped with it.
    ///
    /// # Errors
    /// [`Closed`] when the reader is gone.
    ///
    /// # Concurrency
    /// The reader is woken, and drops the old source when it is polled, with no lock of ours held.
    pub fn switch_to(&self, source: S) -> Result<(), Closed> {
        let mut shared = self.0.lock();
        if !shared.is_read {
            return Err(Closed);
        }
        let replaced = shared.next.replace(source);
        let reader = shared.reader.take();
        drop(shared);
        if let Some(reader) = reader {
            reader.wake();
        }
        drop(replaced);
        Ok(())
    }
}

impl<S> Clone for Switch<S> {
    fn clone(&self) -> Self {
        self.0.lock().switches += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<S> Drop for Switch<S> {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.switches -= 1;
        let reader = if shared.switches == 0 { shared.reader.take() } else { None };
        drop(shared);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl<S> fmt::Debug for Switch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Switch")
    }
}

/// The stream of [`switchable_stream`].
///
/// # Cancel safety
/// An item that was not taken by a poll is there at the next one.
#[must_use = "streams do nothing unless polled"]
pub struct Switchable<S> {
    shared: Arc<Mutex<Shared<S>>>,
    current: Option<Pin<Box<S>>>,
    is_ended: bool,
}

impl<S: Stream> Stream for Switchable<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = &mut *self;
        if this.is_ended {
            return Poll::Ready(None);
        }
        // Registered first: a switch that comes while the source is polled is not missed.
        let waker = cx.waker().clone();
        let mut shared = this.shared.lock();
        let replaced = shared.reader.replace(waker);
        let (next, has_switch) = (shared.next.take(), shared.switches > 0);
        drop(shared);
        drop(replaced);
        if let Some(next) = next {
            this.current = Some(Box::pin(next));
        }
        if let Some(current) = &mut this.current {
            if let Some(item) = std::task::ready!(current.as_mut().poll_next(cx)) {
                return Poll::Ready(Some(item));
            }
            this.current = None;
        }
        if has_switch {
            return Poll::Pending;
        }
        this.is_ended = true;
        Poll::Ready(None)
    }
}

impl<S: Stream> FusedStream for Switchable<S> {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl<S> Drop for Switchable<S> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.is_read = false;
        let (next, reader) = (shared.next.take(), shared.reader.take());
        drop(shared);
        drop((next, reader));
    }
}

impl<S> fmt::Debug for Switchable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switchable").field("ended", &self.is_ended).finish_non_exhaustive()
    }
}
