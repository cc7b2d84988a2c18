//! Futures and streams polled by hand, their wake-ups counted.

use std::{
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_core::Stream;

/// A waker that counts.
pub(crate) struct Count {
    wakes: AtomicUsize,
    root: Option<Waker>,
}

impl Count {
    pub(crate) fn new() -> Self {
        Self { wakes: AtomicUsize::new(0), root: None }
    }

    /// One that wakes `root` as well.
    pub(crate) fn passing_to(root: Waker) -> Self {
        Self { wakes: AtomicUsize::new(0), root: Some(root) }
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.wakes.load(SeqCst) > 0
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // SeqCst: what was done before the wake-up is seen by who finds it counted.
        self.wakes.fetch_add(1, SeqCst);
        if let Some(root) = &self.root {
            root.wake_by_ref();
        }
    }
}

/// A task by hand: a future, a stream, or anything else that is polled, and how often it was woken.
///
/// It is polled when you poll it, with one waker for all its life, as an executor does it.
///
/// **Not to be confused with** `tokio_test::task::spawn`, which says whether it was woken and not
/// how often.
///
/// # Examples
/// ```
/// use flo_test::{assert_pending, assert_ready_eq, woken};
/// use futures::channel::mpsc;
///
/// let (sender, receiver) = mpsc::unbounded();
/// let mut orders = woken(receiver);
/// assert_pending!(orders.poll_next());
/// sender.unbounded_send(1).unwrap();
/// sender.unbounded_send(2).unwrap();
/// assert_eq!(orders.wakes(), 1, "it was awake already when the second came");
/// assert_ready_eq!(orders.poll_next(), Some(1));
/// ```
pub fn woken<T>(inner: T) -> Woken<T> {
    Woken { count: Arc::new(Count::new()), inner: Box::pin(inner), known: 0 }
}

/// What [`woken`] makes.
#[must_use = "futures do nothing unless polled"]
pub struct Woken<T> {
    count: Arc<Count>,
    inner: Pin<Box<T>>,
    /// How many wake-ups there had been at the last poll.
    known: usize,
}

impl<T> Woken<T> {
    /// How often it was woken, all in all.
    pub fn wakes(&self) -> usize {
        self.count.wakes.load(SeqCst)
    }

    /// Whether it was woken since it was last polled.
    pub fn is_woken(&self) -> bool {
        self.wakes() > self.known
    }

    /// How many clones of its waker somebody keeps.
    pub fn kept_wakers(&self) -> usize {
        Arc::strong_count(&self.count) - 1
    }

    /// Polls it by hand: `poll` gets a context with its waker.
    ///
    /// # Examples
    /// ```
    /// use flo_test::{assert_ready_ok, woken};
    /// use futures::{Sink, channel::mpsc};
    ///
    /// let (sender, _receiver) = mpsc::channel::<u32>(1);
    /// let mut sink = woken(sender);
    /// assert_ready_ok!(sink.enter(|cx, sink| sink.poll_ready(cx)));
    /// ```
    pub fn enter<R>(&mut self, poll: impl FnOnce(&mut Context<'_>, Pin<&mut T>) -> R) -> R {
        self.known = self.wakes();
        let waker = Waker::from(Arc::clone(&self.count));
        poll(&mut Context::from_waker(&waker), self.inner.as_mut())
    }

    /// What is polled; it must be `Unpin`.
    pub fn into_inner(self) -> T
    where
        T: Unpin,
    {
        *Pin::into_inner(self.inner)
    }
}

impl<F: Future> Woken<F> {
    /// Polls the future once.
    pub fn poll(&mut self) -> Poll<F::Output> {
        self.enter(|cx, future| future.poll(cx))
    }
}

impl<S: Stream> Woken<S> {
    /// Polls the stream once.
    pub fn poll_next(&mut self) -> Poll<Option<S::Item>> {
        self.enter(|cx, stream| stream.poll_next(cx))
    }
}

impl<T: Unpin> Deref for Woken<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: Unpin> DerefMut for Woken<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T> fmt::Debug for Woken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Woken").field("wakes", &self.wakes()).finish_non_exhaustive()
    }
}

/// Asserts that a poll is ready with `Ok`, and gives what is in it.
///
/// tokio-test's own macro of this name works only where tokio-test is a dependency itself.
///
/// # Examples
/// ```
/// use flo_test::{assert_ready_ok, woken};
///
/// let mut order = woken(async { Ok::<_, &str>(7) });
/// assert_eq!(assert_ready_ok!(order.poll()), 7);
/// ```
#[macro_export]
macro_rules! assert_ready_ok {
    ($poll:expr $(,)?) => {{
        let result = $crate::assert_ready!($poll);
        $crate::assert_ok!(result)
    }};
}

/// Asserts that a poll is ready with `Err`, and gives what is in it.
///
/// tokio-test's own macro of this name works only where tokio-test is a dependency itself.
///
/// # Examples
/// ```
/// use flo_test::{assert_ready_err, woken};
///
/// let mut order = woken(async { Err::<u32, _>("sold out") });
/// assert_eq!(assert_ready_err!(order.poll()), "sold out");
/// ```
#[macro_export]
macro_rules! assert_ready_err {
    ($poll:expr $(,)?) => {{
        let result = $crate::assert_ready!($poll);
        $crate::assert_err!(result)
    }};
}
