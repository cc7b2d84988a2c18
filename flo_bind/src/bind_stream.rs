//! Streams of events become state.
//!
//! ```text
//!   stream ──items that are ready──▶ fold ──▶ one clone of the state ──one commit──▶ BindRef
//! ```
//!
//! The fold works on a copy, so that readers of the state as it was never wait for it and never see a
//! half-folded one; one copy serves all items that are ready together. A state of any size therefore
//! belongs into persistent structures (crate `imbl`), whose clone is a count.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use flo_core::sync::{Arc, Mutex};
use futures_core::Stream;

use crate::{
    bind_ref::BindRef,
    effect_panic,
    graph::{
        cell, commit, end, named,
        node::{Ended, NodeRef, WeakNode},
        staged,
        value::{Never, Payload, Value, text_of},
    },
};

/// How many items one commit may hold: what is ready beyond it waits for the next poll, so that a stream
/// that is always ready starves neither the readers nor the driver's neighbours.
const BATCH: usize = 1024;

/// Makes state of a stream: `fold` applies each item, on one background thread that all of them share.
///
/// All items that are ready together are one commit. The state needs no `PartialEq`: every commit
/// counts as a change. When the stream ends the state stays, and
/// [`is_ended`](BindRef::is_ended) tells. When the last handle of the state is dropped, so is the stream.
/// **[`bind_stream_with`] runs it on an executor of yours, [`bind_stream_driver`] gives you the future.**
///
/// # Panics
/// Not here. A panic of `fold` or of the stream ends it: the state stays as it then stands, and
/// [`ended`](BindRef::ended) has the text. A panic of an effect that a commit runs goes to the hook of
/// [`on_effect_panic`](crate::on_effect_panic) and no further.
///
/// ```
/// use flo_bind::{BoundExt, bind_stream};
/// use futures::{executor::block_on, stream};
///
/// let sum = bind_stream(stream::iter([1, 2, 3]), 0, |sum, item| *sum += item);
/// assert_eq!(*block_on(sum.wait_for(|sum| *sum == 6)).unwrap(), 6);
/// ```
#[cfg(feature = "driver-thread")]
#[track_caller]
pub fn bind_stream<S, T, F>(stream: S, initial: T, fold: F) -> BindRef<T>
where
    S: Stream + Send + 'static,
    T: Clone + Send + Sync + 'static,
    F: FnMut(&mut T, S::Item) + Send + 'static,
{
    bind_stream_with(crate::driver_thread::spawn, stream, initial, fold)
}

/// As [`bind_stream`](crate::bind_stream()), run by `spawn`.
///
/// `spawn` is given a future that must be polled: `|driver| { tokio::spawn(driver); }`.
///
/// ```
/// use flo_bind::{BoundExt, bind_stream_with};
/// use futures::{executor::LocalPool, stream, task::LocalSpawnExt};
///
/// let mut pool = LocalPool::new();
/// let spawner = pool.spawner();
/// let spawn = |driver| spawner.spawn_local(driver).unwrap();
/// let sum = bind_stream_with(spawn, stream::iter([1, 2, 3]), 0, |sum, item| *sum += item);
/// pool.run();
/// assert_eq!(sum.get(), 6);
/// ```
#[track_caller]
pub fn bind_stream_with<S, T, F, P>(spawn: P, stream: S, initial: T, fold: F) -> BindRef<T>
where
    S: Stream + Send + 'static,
    T: Clone + Send + Sync + 'static,
    F: FnMut(&mut T, S::Item) + Send + 'static,
    P: FnOnce(BindStreamDriver<T>),
{
    let (state, driver) = bind_stream_driver(stream, initial, fold);
    spawn(driver);
    state
}

/// As [`bind_stream`](crate::bind_stream()), with the driver for you to poll.
///
/// ```
/// use flo_bind::{BoundExt, bind_stream_driver};
/// use futures::{executor::block_on, stream};
///
/// let (sum, driver) = bind_stream_driver(stream::iter([1, 2, 3]), 0, |sum, item| *sum += item);
/// assert_eq!(sum.get(), 0);
/// block_on(driver);
/// assert_eq!(sum.get(), 6);
/// assert!(sum.is_ended());
/// ```
#[track_caller]
pub fn bind_stream_driver<S, T, F>(
    stream: S,
    initial: T,
    fold: F,
) -> (BindRef<T>, BindStreamDriver<T>)
where
    S: Stream + Send + 'static,
    T: Clone + Send + Sync + 'static,
    F: FnMut(&mut T, S::Item) + Send + 'static,
{
    let node = NodeRef::source(initial, Never);
    let waker = Arc::default();
    named::attach(node.id(), Box::new(WakeOnDrop(Arc::clone(&waker))));
    let source = Some(Box::pin(Folding { stream: Box::pin(stream), fold }) as Pin<Box<_>>);
    let driver = BindStreamDriver { state: node.downgrade(), source, put_off: None, waker };
    (BindRef::of(node), driver)
}

/// Applies a stream to the state that [`bind_stream_driver`] gave with it; completes when the stream has
/// ended, its fold has panicked, or nobody holds the state any more.
///
/// # Concurrency
/// The stream, the fold, and the effects that a commit causes run in `poll`, with no lock of ours held.
/// A panic of theirs never leaves it.
///
/// # Cancel safety
/// Dropped, it ends the state as it stands at the last commit, and drops the stream with what it had not
/// given yet.
#[must_use = "futures do nothing unless polled"]
pub struct BindStreamDriver<T> {
    state: WeakNode,
    source: Option<Pin<Box<dyn Source<T> + Send>>>,
    /// What was folded while a transaction or a snapshot around the poll put its commit off.
    put_off: Option<Arc<T>>,
    waker: Arc<Mutex<Option<Waker>>>,
}

/// A stream with its fold, the item's type forgotten.
trait Source<T> {
    /// Polls the stream and folds the item into `state`; `None` at the end.
    fn poll_fold(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        state: &mut Working<T>,
    ) -> Poll<Option<()>>;
}

struct Folding<S, F> {
    stream: Pin<Box<S>>,
    fold: F,
}

impl<S, F> Unpin for Folding<S, F> {}

impl<S, T, F> Source<T> for Folding<S, F>
where
    S: Stream,
    T: Clone,
    F: FnMut(&mut T, S::Item),
{
    fn poll_fold(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        state: &mut Working<T>,
    ) -> Poll<Option<()>> {
        let item = std::task::ready!(self.stream.as_mut().poll_next(cx));
        Poll::Ready(item.map(|item| (self.fold)(state.copy(), item)))
    }
}

/// The state to fold into: a copy of the one before, made at the first item.
struct Working<T> {
    base: Arc<T>,
    copy: Option<T>,
}

impl<T: Clone> Working<T> {
    fn copy(&mut self) -> &mut T {
        self.copy.get_or_insert_with(|| T::clone(&self.base))
    }
}

enum Batch {
    /// The stream has nothing ready.
    Pending,
    /// There may be more ready.
    Full,
    Over(Ended),
}

impl<T: Clone + Send + Sync + 'static> BindStreamDriver<T> {
    /// Folds what is ready and commits it.
    fn poll_batch(&mut self, cx: &mut Context<'_>, node: &NodeRef) -> Batch {
        let stored = stored::<T>(node);
        let put_off = self.put_off.take().filter(|state| !Arc::ptr_eq(state, &stored));
        let base = put_off.clone().unwrap_or(stored);
        let mut working = Working { base, copy: None };
        let folded = panic::catch_unwind(AssertUnwindSafe(|| self.fold_ready(cx, &mut working)));
        if let Some(state) = working.copy.map(Arc::new).or(put_off) {
            if !matches!(commit::mode(), commit::Mode::Now) {
                // Not seen where the next batch starts from, and given up if what is around panics.
                self.put_off = Some(Arc::clone(&state));
            }
            commit_state(node, state);
        }
        folded.unwrap_or_else(|payload| {
            let text = text_of(&payload);
            swallow(Some(payload));
            Batch::Over(Ended::Panicked(text.into()))
        })
    }

    /// Drops the stream, whose own drop may panic: that goes no further.
    fn drop_stream(&mut self) {
        let stream = self.source.take();
        swallow(panic::catch_unwind(AssertUnwindSafe(|| drop(stream))).err());
    }

    fn fold_ready(&mut self, cx: &mut Context<'_>, working: &mut Working<T>) -> Batch {
        let Some(source) = &mut self.source else { return Batch::Over(Ended::Closed) };
        for _ in 0..BATCH {
            match source.as_mut().poll_fold(cx, working) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) => return Batch::Over(Ended::Closed),
                Poll::Pending => return Batch::Pending,
            }
        }
        Batch::Full
    }
}

/// The newest state.
fn stored<T: Send + Sync + 'static>(node: &NodeRef) -> Arc<T> {
    commit::stored(&cell::lock(node.id()), node.id()).0.into_arc()
}

/// Commits a state. An effect's panic is not the stream's: the hook has it.
fn commit_state<T: Send + Sync + 'static>(node: &NodeRef, state: Arc<T>) {
    let set = || commit::set(node, Value::shared(state));
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(set)) {
        effect_panic::report(payload);
    }
}

/// Ends a state; as with a commit, the panic of an effect goes no further.
fn close(node: &NodeRef, why: Ended) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| end::close(node, why))) {
        effect_panic::report(payload);
    }
}

/// Drops a payload, which may panic again.
fn swallow(payload: Option<Payload>) {
    let second = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
    // The panic of a payload's own drop has a payload too; it is not given a third chance.
    if let Err(payload) = second {
        std::mem::forget(payload);
    }
}

impl<T: Clone + Send + Sync + 'static> Future for BindStreamDriver<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        // Registered before the look whether the state is held: its last handle may go meanwhile.
        let waker = cx.waker().clone();
        let replaced = this.waker.lock().replace(waker);
        drop(replaced);
        let Some(node) = this.state.upgrade() else {
            this.drop_stream();
            return Poll::Ready(());
        };
        match this.poll_batch(cx, &node) {
            Batch::Pending => Poll::Pending,
            Batch::Full => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Batch::Over(why) => {
                match this.put_off.take() {
                    None => close(&node, why),
                    // The last commit comes first, also where what put it off is given up.
                    Some(state) => staged::afterwards(move || {
                        if !Arc::ptr_eq(&stored::<T>(&node), &state) {
                            commit_state(&node, state);
                        }
                        close(&node, why);
                    }),
                }
                this.drop_stream();
                Poll::Ready(())
            }
        }
    }
}

impl<T> Drop for BindStreamDriver<T> {
    fn drop(&mut self) {
        // One that is done has seen to the end itself.
        if self.source.is_some()
            && let Some(node) = self.state.upgrade()
        {
            end::close(&node, Ended::Closed);
        }
    }
}

impl<T> fmt::Debug for BindStreamDriver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindStreamDriver")
            .field("done", &self.source.is_none())
            .finish_non_exhaustive()
    }
}

/// Goes with the state's node, and wakes the driver to notice.
struct WakeOnDrop(Arc<Mutex<Option<Waker>>>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        let waker = self.0.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
