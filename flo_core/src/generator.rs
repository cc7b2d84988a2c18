//! Async blocks become streams.
//!
//! ```text
//!   async block ── out.send(item) ──▶ slot (one item) ──▶ poll_next
//! ```
//!
//! The block is polled by whoever polls the stream; `send` puts its item into the slot and is pending until
//! the item has been taken. So the block runs no further than its reader wants.

use std::{
    collections::VecDeque,
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_core::{FusedStream, Stream};

use crate::sync::{Arc, Mutex};

/// Makes a stream of an async block: `make` is given the end where its items go in.
///
/// The block owns its state, and may borrow from it across its awaits: what would be a self-referential
/// struct as a hand-written stream needs no pinning here. It runs only while the stream is polled, and
/// is dropped with it.
///
/// # Panics
/// Not here. A panic of the block leaves the poll that met it; the stream has ended then.
///
/// ```
/// use futures::{StreamExt, executor::block_on};
///
/// let words = flo_core::generator_stream(|out| async move {
///     let text = String::from("one two three");
///     for word in text.split(' ') {
///         out.send(word.to_owned()).await;
///     }
/// });
/// assert_eq!(block_on(words.collect::<Vec<_>>()), ["one", "two", "three"]);
/// ```
pub fn generator_stream<T, F, B>(make: F) -> Generator<T>
where
    T: Send + 'static,
    F: FnOnce(GeneratorSink<T>) -> B,
    B: Future<Output = ()> + Send + 'static,
{
    let slot = Arc::new(Mutex::new(Slot::default()));
    let body = make(GeneratorSink(Arc::clone(&slot)));
    let stream = async_stream::stream! {
        let mut body = std::pin::pin!(body);
        let mut is_over = false;
        while let Some(item) = std::future::poll_fn(|cx| {
            poll_item(&slot, body.as_mut(), &mut is_over, cx)
        }).await {
            yield item;
        }
    };
    Generator(Some(Box::pin(stream)))
}

/// Gives what is in the slot; polls the block where nothing is.
fn poll_item<T, B: Future<Output = ()>>(
    slot: &Mutex<Slot<T>>,
    body: Pin<&mut B>,
    is_over: &mut bool,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    if let Some(item) = take(slot, cx) {
        return Poll::Ready(Some(item));
    }
    if !*is_over && body.poll(cx).is_ready() {
        *is_over = true;
    }
    match take(slot, cx) {
        Some(item) => Poll::Ready(Some(item)),
        None if *is_over => Poll::Ready(None),
        None => Poll::Pending,
    }
}

/// Takes the first item, and wakes the send that may go on. The block is polled at the next poll of the
/// stream in any case, so the stream's own task need not be woken for it.
fn take<T>(slot: &Mutex<Slot<T>>, cx: &Context<'_>) -> Option<T> {
    let mut guard = slot.lock();
    let (item, waker) = guard.items.pop_front()?;
    guard.taken += 1;
    drop(guard);
    if !waker.will_wake(cx.waker()) {
        waker.wake();
    }
    Some(item)
}

/// The items on their way: one for each `send` that is under way at once.
struct Slot<T> {
    items: VecDeque<(T, Waker)>,
    /// How many items were put in, and how many came out.
    put: u64,
    taken: u64,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), put: 0, taken: 0 }
    }
}

/// The end of a [`generator_stream`] where items go in.
pub struct GeneratorSink<T>(Arc<Mutex<Slot<T>>>);

impl<T> GeneratorSink<T> {
    /// Gives an item to the stream, and waits until its reader has taken it.
    ///
    /// # Cancel safety
    /// Dropped before it was polled, the item is gone; dropped later, it still arrives.
    pub fn send(&self, item: T) -> GeneratorSend<'_, T> {
        GeneratorSend { slot: &self.0, state: Sending::Not(item) }
    }
}

impl<T> Clone for GeneratorSink<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for GeneratorSink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratorSink")
    }
}

/// The future of [`GeneratorSink::send`].
#[must_use = "futures do nothing unless polled"]
pub struct GeneratorSend<'a, T> {
    slot: &'a Mutex<Slot<T>>,
    state: Sending<T>,
}

enum Sending<T> {
    Not(T),
    /// It is item number this.
    Sent(u64),
}

impl<T> Unpin for GeneratorSend<'_, T> {}

impl<T> Future for GeneratorSend<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let slot = self.slot;
        let mut guard = slot.lock();
        let unused = match mem::replace(&mut self.state, Sending::Sent(guard.put)) {
            Sending::Not(item) => {
                guard.items.push_back((item, waker));
                guard.put += 1;
                None
            }
            Sending::Sent(number) => {
                self.state = Sending::Sent(number);
                if number < guard.taken {
                    drop(guard);
                    return Poll::Ready(());
                }
                let index = usize::try_from(number - guard.taken).ok();
                index
                    .and_then(|index| guard.items.get_mut(index))
                    .map(|(_, old)| mem::replace(old, waker))
            }
        };
        drop(guard);
        drop(unused);
        Poll::Pending
    }
}

impl<T> fmt::Debug for GeneratorSend<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratorSend")
    }
}

/// The stream of [`generator_stream`].
///
/// # Cancel safety
/// An item that was not taken by a poll is there at the next one.
#[must_use = "streams do nothing unless polled"]
pub struct Generator<T>(Option<Pin<Box<dyn Stream<Item = T> + Send>>>);

impl<T> Stream for Generator<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Taken out for the poll: a block that panics is not polled again.
        let Some(mut stream) = self.0.take() else { return Poll::Ready(None) };
        let polled = stream.as_mut().poll_next(cx);
        if !matches!(polled, Poll::Ready(None)) {
            self.0 = Some(stream);
        }
        polled
    }
}

impl<T> FusedStream for Generator<T> {
    fn is_terminated(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> fmt::Debug for Generator<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("ended", &self.0.is_none()).finish()
    }
}
