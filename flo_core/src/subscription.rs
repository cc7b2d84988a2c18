//! Handles that keep something running, and whose drop ends it.

use std::{fmt, mem};

use crate::sync::Arc;

/// What stands behind a [`Subscription`]: something that runs when told to, and can be stopped.
///
/// Implement it to give out subscriptions to something of your own.
pub trait End: Send + Sync {
    /// No run starts after this has returned. Must not block, and must be harmless twice.
    fn end(&self);

    /// Returns when no run, and nothing that ends with it, is under way on another thread; called after
    /// [`end`](Self::end).
    ///
    /// Must return at once when called from inside the run, and must not take part in a circle of
    /// threads that wait for each other.
    fn wait(&self);

    /// The handle is let go on purpose: go on for as long as there is something to be told of.
    fn detach(self: Arc<Self>);
}

/// Keeps a callback, an effect or a listener going; dropping it ends that.
///
/// After the drop no run starts any more. A run that is under way on another thread is not waited
/// for; **[`end_and_wait`](Self::end_and_wait) is the form that waits**.
/// [`detach`](Self::detach) lets it go on without a handle, for as long as what it listens to can
/// change.
///
/// # Concurrency
/// Dropping never blocks, is legal inside any callback, the subscription's own included, and holds
/// no lock of ours while the callback's captures are dropped.
///
/// ```
/// use std::cell::Cell;
/// use flo_core::Subscription;
///
/// let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
/// let subscription = Subscription::on_end({
///     let ended = ended.clone();
///     move || ended.store(true, std::sync::atomic::Ordering::Relaxed)
/// });
/// drop(subscription);
/// assert!(ended.load(std::sync::atomic::Ordering::Relaxed));
/// ```
#[must_use = "dropping it ends the subscription"]
#[derive(Default)]
pub struct Subscription(Option<Arc<dyn End>>);

impl Subscription {
    /// Stands for `ends`.
    pub fn new(ends: Arc<dyn End>) -> Self {
        Self(Some(ends))
    }

    /// Calls `on_end` once, when it ends; never when it is detached.
    pub fn on_end<F: FnOnce() + Send + 'static>(on_end: F) -> Self {
        Self::new(Arc::new(OnEnd(crate::sync::Mutex::new(Some(on_end)))))
    }

    /// Stands for nothing: dropping it does nothing.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Ends it and waits until a run on another thread is over, and whatever belongs to it: of an effect its cleanups,
    /// and the runs of the effects made inside.
    ///
    /// Called from inside its own run it returns at once, and so it does where waiting would close
    /// a circle of threads that wait for each other: then the run goes on a little after this has
    /// returned. **Dropping it does not wait.**
    pub fn end_and_wait(mut self) {
        if let Some(ends) = self.0.take() {
            ends.end();
            ends.wait();
        }
    }

    /// Lets it go on without a handle.
    ///
    /// It ends by itself when nothing it listens to can change any more.
    pub fn detach(mut self) {
        if let Some(ends) = self.0.take() {
            ends.detach();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(ends) = mem::take(&mut self.0) {
            ends.end();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.is_some() { "active" } else { "none" };
        f.debug_tuple("Subscription").field(&state).finish()
    }
}

struct OnEnd<F>(crate::sync::Mutex<Option<F>>);

impl<F: FnOnce() + Send> End for OnEnd<F> {
    fn end(&self) {
        // Taken under the lock, called after it: `on_end` is a stranger's.
        let on_end = self.0.lock().take();
        if let Some(on_end) = on_end {
            on_end();
        }
    }

    fn wait(&self) {}

    fn detach(self: Arc<Self>) {
        let on_end = self.0.lock().take();
        drop(on_end);
    }
}
