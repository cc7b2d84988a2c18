//! What belongs to a component, and ends with it.

use std::{
    any::Any,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    error::Closed,
    subscription::Subscription,
    sync::{Arc, Mutex},
    wakers::{Seat, Wakers},
};

/// Collects the subscriptions, effects and drivers of a component; dropping it ends them all.
///
/// # Concurrency
/// What it holds is dropped in the order in which it was added, with no lock of ours held.
///
/// ```
/// use flo_core::{Scope, Subscription};
///
/// let scope = Scope::new();
/// scope.add(Subscription::none());
/// assert_eq!(scope.len(), 1);
/// ```
#[must_use = "dropping it ends what it holds"]
#[derive(Default)]
pub struct Scope {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    held: Vec<Box<dyn Any + Send>>,
    wakers: Wakers,
    ended: bool,
}

impl Scope {
    /// Makes an empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps `subscription` until the scope ends.
    pub fn add(&self, subscription: Subscription) {
        self.hold(subscription);
    }

    /// Keeps anything whose drop ends it: a stream, a handle, another scope.
    pub fn hold<T: Send + 'static>(&self, ends_by_drop: T) {
        self.shared.lock().held.push(Box::new(ends_by_drop));
    }

    /// Binds a future to the scope: it ends with [`Closed`] when the scope does.
    ///
    /// This is how a driver that was handed to an executor is ended from outside. The inner future
    /// is dropped at the next poll after the scope's end, and that poll is asked for at once.
    ///
    /// ```
    /// use flo_core::{Closed, Scope};
    ///
    /// let scope = Scope::new();
    /// let driver = scope.bind(std::future::pending::<()>());
    /// drop(scope);
    /// assert_eq!(futures::executor::block_on(driver), Err(Closed));
    /// ```
    pub fn bind<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped {
            shared: Arc::clone(&self.shared),
            seat: Seat::default(),
            future: Some(Box::pin(future)),
        }
    }

    /// How many things it keeps.
    pub fn len(&self) -> usize {
        self.shared.lock().held.len()
    }

    /// Whether it keeps nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let (held, wakers) = {
            let mut shared = self.shared.lock();
            shared.ended = true;
            (std::mem::take(&mut shared.held), shared.wakers.drain())
        };
        wakers.wake();
        drop(held);
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The future of [`Scope::bind`]: the inner future's output, or [`Closed`] when the scope ended
/// first.
///
/// # Cancel safety
/// Dropping it drops the inner future and leaves the scope as it was.
#[must_use = "futures do nothing unless polled"]
pub struct Scoped<F> {
    shared: Arc<Mutex<Shared>>,
    seat: Seat,
    future: Option<Pin<Box<F>>>,
}

impl<F> Unpin for Scoped<F> {}

impl<F: Future> Future for Scoped<F> {
    type Output = Result<F::Output, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // Registered first, so that an end that comes while the inner future is polled is not
        // missed.
        let waker = cx.waker().clone();
        let (ended, replaced) = {
            let mut shared = this.shared.lock();
            (shared.ended, shared.wakers.park(&mut this.seat, waker))
        };
        drop(replaced);
        if ended {
            this.future = None;
            return Poll::Ready(Err(Closed));
        }
        let Some(future) = this.future.as_mut() else { return Poll::Ready(Err(Closed)) };
        let output = std::task::ready!(future.as_mut().poll(cx));
        this.future = None;
        this.leave();
        Poll::Ready(Ok(output))
    }
}

impl<F> Scoped<F> {
    /// Nobody is to be woken for this any more.
    fn leave(&mut self) {
        let waker = self.shared.lock().wakers.leave(&mut self.seat);
        drop(waker);
    }
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("done", &self.future.is_none()).finish_non_exhaustive()
    }
}
