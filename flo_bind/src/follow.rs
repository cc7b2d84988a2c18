//! State becomes a stream of its latest values, or a future of a wanted one.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use flo_core::{
    Closed, Subscription,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use futures_core::{FusedStream, Stream};

use crate::{
    bind_ref::BindRef,
    bound::Bound,
    graph::{
        end::Reaction,
        frame::untracked,
        listen, named,
        node::{Bits, Hears, Id, NodeRef},
        run, staged,
        value::{Outcome, Value, Version},
    },
    guard::Guard,
};

/// The latest values of a binding or computed, as a stream: [`BoundExt::follow`](crate::BoundExt::follow).
///
/// # Delivery
/// The value at hand first, then the latest different one each time it is polled; values between are
/// skipped, and the last one is never lost. Ends when nobody is left who could change the value.
///
/// # Concurrency
/// A computed runs on the polling thread. The waker is woken by the committing thread, once until the
/// next poll, with no lock of ours held.
///
/// # Cancel safety
/// An item that was not taken by a poll is there at the next one.
#[must_use = "streams do nothing unless polled"]
pub struct Follow<T> {
    watch: Watch<T>,
    last: Last,
    ended: bool,
}

/// Waits for a value: [`BoundExt::wait_for`](crate::BoundExt::wait_for).
///
/// # Cancel safety
/// Dropped before it completes, it has done nothing but read.
#[must_use = "futures do nothing unless polled"]
pub struct WaitFor<T> {
    watch: Watch<T>,
    wanted: Box<dyn FnMut(&T) -> bool + Send>,
}

/// A reader that wakes its task when there may be something new to read.
pub(crate) struct Watch<T> {
    source: BindRef<T>,
    slot: Arc<Slot>,
    told: Told,
}

/// Where the task that polls leaves its waker.
#[derive(Default)]
struct Slot {
    waker: Mutex<Option<Waker>>,
    /// Of outsiders, which have no versions: told since the last read.
    fresh: AtomicBool,
}

enum Told {
    /// Not polled yet: nothing is registered.
    Not,
    ByNode(NodeRef, #[expect(dead_code, reason = "held for its drop")] Subscription),
    Outside(#[expect(dead_code, reason = "held for its drop")] Subscription),
}

/// What was read.
struct Read<T> {
    value: Of<T>,
    /// It was the last.
    ended: bool,
}

enum Of<T> {
    /// A node of ours.
    Node(Value, Option<Version>),
    Outside(Guard<T>),
}

impl<T: Send + Sync + 'static> Watch<T> {
    pub(crate) fn new(source: BindRef<T>) -> Self {
        Self { source, slot: Arc::default(), told: Told::Not }
    }

    /// Registers the task, then reads: what changes after the read wakes it.
    fn read(&mut self, cx: &Context<'_>) -> Read<T> {
        self.register(cx);
        let (Told::ByNode(listener, _), Some(node)) = (&self.told, self.source.node()) else {
            return Read { value: Of::Outside(untracked(|| self.source.read())), ended: false };
        };
        let (seen, ended) = listen::look(listener, node.id());
        match seen.outcome {
            Outcome::Panicked(panicked) => panicked.again(node.id().site()),
            Outcome::Value(value) => Read { value: Of::Node(value, seen.version), ended },
        }
    }

    fn register(&mut self, cx: &Context<'_>) {
        let is_there = {
            let waker = self.slot.waker.lock();
            waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
        };
        if !is_there {
            let waker = cx.waker().clone();
            let replaced = self.slot.waker.lock().replace(waker);
            drop(replaced);
        }
        self.listen();
    }

    fn listen(&mut self) {
        if !matches!(self.told, Told::Not) {
            return;
        }
        let slot = Arc::clone(&self.slot);
        let wake = move || {
            // Release: who sees it fresh reads what was changed before it was told.
            slot.fresh.store(true, Ordering::Release);
            let waker = slot.waker.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        self.told = match self.source.node() {
            Some(node) => {
                let listener = listen::listen(node.id(), Hears::ChangesAndEnd, wake);
                let ends = Subscription::new(Arc::new(Reaction(listener.clone())));
                Told::ByNode(listener, ends)
            }
            None => {
                self.slot.fresh.store(true, Ordering::Release);
                Told::Outside(self.source.when_changed(wake))
            }
        };
    }
}

impl<T: Clone + Send + Sync + 'static> Stream for Follow<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let Read { value, ended } = this.watch.read(cx);
        // Cloned before it counts as given: a clone that panics costs nothing.
        match (value, this.watch.source.node()) {
            (Of::Node(value, version), Some(node)) => {
                if this.last.differs(node.id(), &value, version) {
                    let item = T::clone(value.get());
                    this.last.keep(node.id(), value, version);
                    return Poll::Ready(Some(item));
                }
            }
            (Of::Outside(value), _) => {
                // Acquire: pairs with the release in `listen`.
                if this.watch.slot.fresh.swap(false, Ordering::Acquire) {
                    return Poll::Ready(Some(T::clone(&value)));
                }
            }
            (Of::Node(..), None) => unreachable!("it was read of a node"),
        }
        if ended {
            this.ended = true;
            // Nobody will wake it.
            let left = this.watch.slot.waker.lock().take();
            drop(left);
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

impl<T: Clone + Send + Sync + 'static> FusedStream for Follow<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T: Send + Sync + 'static> Follow<T> {
    pub(crate) fn new(source: BindRef<T>) -> Self {
        Self { watch: Watch::new(source), last: Last::default(), ended: false }
    }
}

impl<T: Send + Sync + 'static> WaitFor<T> {
    pub(crate) fn new(source: BindRef<T>, wanted: Box<dyn FnMut(&T) -> bool + Send>) -> Self {
        Self { watch: Watch::new(source), wanted }
    }
}

impl<T: Send + Sync + 'static> Future for WaitFor<T> {
    type Output = Result<Guard<T>, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Read { value, ended } = this.watch.read(cx);
        let value = match value {
            Of::Node(value, _) => Guard::of(value),
            Of::Outside(value) => value,
        };
        if untracked(|| (this.wanted)(&value)) {
            Poll::Ready(Ok(value))
        } else if ended {
            Poll::Ready(Err(Closed))
        } else {
            Poll::Pending
        }
    }
}

impl<T> fmt::Debug for Follow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for WaitFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor").finish_non_exhaustive()
    }
}

/// The last value given out, to tell whether the next one differs.
#[derive(Default)]
pub(crate) struct Last(Option<Kept>);

struct Kept {
    version: Option<Version>,
    /// `None` where every write counts as a change: then nobody's value is held for nothing.
    value: Option<Value>,
}

impl Last {
    pub(crate) fn differs(&self, id: Id, value: &Value, version: Option<Version>) -> bool {
        let Some(kept) = &self.0 else { return true };
        if version.is_some() && kept.version == version {
            return false;
        }
        let Some(old) = &kept.value else { return true };
        let was_forced = |(after, until)| named::was_forced(id, after, until);
        Self::compares_different(id, old, value)
            || kept.version.zip(version).is_some_and(was_forced)
    }

    fn compares_different(id: Id, old: &Value, value: &Value) -> bool {
        let put_off = staged::put_off();
        let compared = catch_unwind(AssertUnwindSafe(|| run::differ(id, old, value)));
        let differs = compared.unwrap_or_else(|payload| {
            staged::abandon_since(put_off);
            resume_unwind(payload)
        });
        // What the comparison wrote.
        staged::apply_later();
        differs
    }

    pub(crate) fn keep(&mut self, id: Id, value: Value, version: Option<Version>) {
        let value = (!id.state.load().has(Bits::NEVER)).then_some(value);
        self.0 = Some(Kept { version, value });
    }
}
