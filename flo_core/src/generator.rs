//! An async block that sends items becomes a stream of them.
//!
//! ```text
//!   body ──send(item)──▶ offers [ 4: a | 5: b ] ──poll_next──▶ reader
//!                         a send is over when its item was taken
//! ```
//!
//! Invariants: G1 offers stand in the order of the sends, so an offer that is not there and below
//! the first was taken. G2 there is one offer for each send under way, so the body runs no further
//! ahead of its reader than its sends. G3 under the lock no waker is cloned, woken or dropped, and
//! no item dropped.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use futures_core::{FusedStream, Stream};

use crate::sync::{Arc, Mutex};

/// Makes a stream of what an async block sends; the block runs only while the stream is polled.
///
/// The block may keep state and borrow from it across its sends. Sends may be joined: items come
/// out in the order in which the sends began. The stream ends when the block does.
///
/// # Examples
/// ```
/// use flo_core::generator_stream;
/// use futures::{StreamExt, executor::block_on};
///
/// let text = String::from("three small words");
/// let lengths = generator_stream(|out| async move {
///     let mut longest = "";
///     // `words` borrows from `text`, and both live in the block, across every send.
///     let mut words = text.split(' ');
///     while let Some(word) = words.next() {
///         if word.len() > longest.len() {
///             longest = word;
///         }
///         out.send((word.len(), longest.len())).await;
///     }
/// });
/// assert_eq!(block_on(lengths.collect::<Vec<_>>()), [(5, 5), (5, 5), (5, 5)]);
/// ```
pub fn generator_stream<T, F, B>(body: F) -> Generator<T>
where
    T: Send + 'static,
    F: FnOnce(Out<T>) -> B,
    B: Future<Output = ()> + Send + 'static,
{
    let offers = Arc::new(Mutex::new(Offers::default()));
    let body = body(Out { offers: Arc::clone(&offers) });
    let items = async_stream::stream! {
        let mut body = pin!(body);
        while let Some(item) = poll_fn(|cx| poll_item(&offers, body.as_mut(), cx)).await {
            yield item;
        }
    };
    Generator { items: Some(Box::pin(items)) }
}

/// The stream of [`generator_stream`].
///
/// # Delivery
/// Every item that was sent comes out, in the order of the sends. A send is over when its item was
/// taken, so the block never runs ahead of the reader.
///
/// # Concurrency
/// The block runs on the thread that polls the stream, with no lock of ours held, and is dropped
/// with the stream. When it panics, that poll panics, the block is dropped, and the stream has
/// ended.
///
/// # Cost
/// One allocation for the block, and a short lock for each item.
#[must_use = "streams do nothing unless polled"]
pub struct Generator<T> {
    /// Nothing after the end.
    items: Option<Pin<Box<dyn Stream<Item = T> + Send>>>,
}

impl<T> Stream for Generator<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Taken out while it runs: when it panics it is dropped on the way, and this is the end.
        let Some(mut items) = self.items.take() else { return Poll::Ready(None) };
        let item = items.as_mut().poll_next(cx);
        if !matches!(item, Poll::Ready(None)) {
            self.items = Some(items);
        }
        item
    }
}

impl<T> FusedStream for Generator<T> {
    fn is_terminated(&self) -> bool {
        self.items.is_none()
    }
}

impl<T> fmt::Debug for Generator<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("ended", &self.items.is_none()).finish_non_exhaustive()
    }
}

/// Where the block of a [`generator_stream`] sends its items to.
///
/// # Delivery
/// An item that was sent is the stream's next one, after those of sends that began before.
///
/// # Concurrency
/// It belongs to the block. A send that another thread was given wakes the stream's reader; once
/// the block has ended, or the stream is gone, nobody takes its item and it never completes.
///
/// # Cost
/// A short lock for each send.
pub struct Out<T> {
    offers: Arc<Mutex<Offers<T>>>,
}

impl<T> Out<T> {
    /// Gives `item` to the reader of the stream; waits until it has taken it.
    ///
    /// # Cancel safety
    /// Dropped before it completes, the item reached nobody, unless the reader has taken it
    /// meanwhile.
    ///
    /// # Examples
    /// ```
    /// use futures::{StreamExt, executor::block_on, join};
    ///
    /// let joined = flo_core::generator_stream(|out| async move {
    ///     join!(out.send(1), out.send(2));
    ///     out.send(3).await;
    /// });
    /// assert_eq!(block_on(joined.collect::<Vec<_>>()), [1, 2, 3]);
    /// ```
    pub fn send(&self, item: T) -> OutSend<'_, T> {
        OutSend { out: self, step: Step::Begun(item) }
    }
}

impl<T> fmt::Debug for Out<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").finish_non_exhaustive()
    }
}

/// The future of [`Out::send`].
///
/// # Cancel safety
/// Dropped before it completes, the item reached nobody, unless the reader has taken it meanwhile.
#[must_use = "futures do nothing unless polled"]
pub struct OutSend<'a, T> {
    out: &'a Out<T>,
    step: Step<T>,
}

enum Step<T> {
    Begun(T),
    /// The offer with this number stands there until it is taken.
    Offered(u64),
    Done,
}

// The item is moved, never pinned.
impl<T> Unpin for OutSend<'_, T> {}

impl<T> Future for OutSend<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // G3: cloned before the lock is taken.
        let waker = cx.waker().clone();
        let spare = match mem::replace(&mut self.step, Step::Done) {
            Step::Begun(item) => {
                let (number, reader) = self.out.offers.lock().offer(item, waker);
                self.step = Step::Offered(number);
                // The reader that polls this very block need not be told.
                if let Some(reader) = reader {
                    if reader.will_wake(cx.waker()) { drop(reader) } else { reader.wake() }
                }
                return Poll::Pending;
            }
            Step::Offered(number) => match self.out.offers.lock().find(number) {
                Some(offer) => {
                    self.step = Step::Offered(number);
                    mem::replace(&mut offer.waker, waker)
                }
                None => return Poll::Ready(()),
            },
            Step::Done => return Poll::Ready(()),
        };
        drop(spare);
        Poll::Pending
    }
}

impl<T> Drop for OutSend<'_, T> {
    fn drop(&mut self) {
        if let Step::Offered(number) = self.step {
            let offer = self.out.offers.lock().withdraw(number);
            drop(offer);
        }
    }
}

impl<T> fmt::Debug for OutSend<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutSend").finish_non_exhaustive()
    }
}

/// What the sends under way offer.
struct Offers<T> {
    waiting: VecDeque<Offer<T>>,
    given: u64,
    reader: Option<Waker>,
}

struct Offer<T> {
    number: u64,
    item: T,
    waker: Waker,
}

impl<T> Default for Offers<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), given: 0, reader: None }
    }
}

impl<T> Offers<T> {
    fn offer(&mut self, item: T, waker: Waker) -> (u64, Option<Waker>) {
        let number = self.given;
        self.given += 1;
        self.waiting.push_back(Offer { number, item, waker });
        (number, self.reader.take())
    }

    fn find(&mut self, number: u64) -> Option<&mut Offer<T>> {
        let index = self.index(number)?;
        self.waiting.get_mut(index)
    }

    fn withdraw(&mut self, number: u64) -> Option<Offer<T>> {
        let index = self.index(number)?;
        self.waiting.remove(index)
    }

    // G1
    fn index(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |offer| offer.number).ok()
    }
}

/// The next item, or the end when the body is over.
fn poll_item<T, B: Future<Output = ()>>(
    offers: &Mutex<Offers<T>>,
    body: Pin<&mut B>,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    if let Some(item) = take(offers, cx) {
        return Poll::Ready(Some(item));
    }
    // Registered before the body runs, so that an offer of another thread is not missed.
    let waker = cx.waker().clone();
    let replaced = offers.lock().reader.replace(waker);
    drop(replaced);
    match body.poll(cx) {
        // An offer of another thread stays an offer: its send must not look as if somebody had the
        // item.
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => take(offers, cx).map_or(Poll::Pending, |item| Poll::Ready(Some(item))),
    }
}

fn take<T>(offers: &Mutex<Offers<T>>, cx: &Context<'_>) -> Option<T> {
    let offer = offers.lock().waiting.pop_front()?;
    // A send that is polled with the stream's own waker is polled at the next poll anyway; one
    // inside a set of futures that polls only what was woken is not.
    if offer.waker.will_wake(cx.waker()) {
        drop(offer.waker);
    } else {
        offer.waker.wake();
    }
    Some(offer.item)
}
