//! Queues of effects: any thread writes, one thread runs.

use std::fmt;

use flo_core::{Subscription, sync::Arc};

use crate::{
    bind_ref::BindRef,
    bound::BoundExt,
    effect::{OnChange, Whole, start},
    local_queue::LocalEffectQueue,
    waiting::{Open, Tell, UntilPending},
};

/// Collects effects that must run on a certain thread, until that thread calls
/// [`run_pending`](Self::run_pending).
///
/// This is how any thread writes and only the user interface's thread draws. [`effect_in`] and
/// [`on_change_in`] make such effects. The queue's thread is the one that runs it; nothing ties it to
/// one. A handle: clones stand for the same queue. **[`LocalEffectQueue`] is for closures that are not
/// `Send`.**
///
/// # Delivery
/// An effect waits at most once, however often what it read changes; when its turn comes it is run if what
/// it read really differs, on the newest version. When the last handle of the queue is dropped its effects
/// never run again; those that were to run end.
///
/// # Concurrency
/// Who writes computes nothing for it: it only hands the effect over. The queue then tells, once until it
/// is run: it completes [`pending`](Self::pending) and calls what
/// [`when_pending`](Self::when_pending) was given, on the writing thread, with no lock of ours held.
///
/// In a loop of events, which is told by one more of them:
///
/// ```
/// use std::sync::{Arc, Mutex, mpsc};
/// use flo_bind::{BoundExt, EffectQueue, bind, effect_in};
///
/// enum Event {
///     Effects,
///     Quit,
/// }
///
/// let (events, arriving) = mpsc::channel();
/// let (count, drawn) = (bind(1), Arc::new(Mutex::new(Vec::new())));
/// let queue = EffectQueue::new();
/// let _telling = queue.when_pending({
///     let events = events.clone();
///     move || drop(events.send(Event::Effects))
/// });
/// let _drawing = effect_in(&queue, {
///     let (count, drawn) = (count.clone(), drawn.clone());
///     move || drawn.lock().unwrap().push(count.get())
/// });
/// let writing = std::thread::spawn(move || {
///     count.set(2);
///     events.send(Event::Quit)
/// });
/// for event in arriving {
///     match event {
///         Event::Effects => queue.run_pending(),
///         Event::Quit => break,
///     }
/// }
/// writing.join().unwrap().unwrap();
/// assert_eq!(drawn.lock().unwrap().last(), Some(&2));
/// ```
///
/// In a task: `loop { queue.pending().await; queue.run_pending(); }`.
#[derive(Clone)]
pub struct EffectQueue {
    open: Arc<Open>,
}

impl EffectQueue {
    /// Makes an empty one.
    pub fn new() -> Self {
        Self { open: Open::new() }
    }

    /// Runs the effects that wait, in the order of their creation, and what they trigger, on this thread.
    ///
    /// Inside an effect or a callback, a computed, a [`snapshot`](crate::snapshot()) or a transaction it does
    /// nothing, and they wait on.
    ///
    /// # Panics
    /// With the first panic of an effect, when all of them have run.
    ///
    /// ```
    /// use flo_bind::{BoundExt, EffectQueue, bind, on_change_in};
    ///
    /// let (count, shown) = (bind(1), bind(0));
    /// let queue = EffectQueue::new();
    /// let _showing = on_change_in(&queue, &count, {
    ///     let shown = shown.clone();
    ///     move |count| shown.set(*count)
    /// });
    /// count.set(2);
    /// assert_eq!(shown.get(), 0);
    /// queue.run_pending();
    /// assert_eq!(shown.get(), 2);
    /// ```
    pub fn run_pending(&self) {
        self.open.0.run();
    }

    /// Whether nothing waits. What waits may turn out to have nothing to do.
    pub fn is_empty(&self) -> bool {
        self.open.0.is_empty()
    }

    /// Waits until there is something for [`run_pending`](Self::run_pending) to do. It keeps the queue
    /// alive, and borrows nothing.
    ///
    /// # Cancel safety
    /// Dropped before it completes, it has done nothing.
    ///
    /// ```
    /// use flo_bind::{EffectQueue, effect_in};
    ///
    /// let queue = EffectQueue::new();
    /// let _effect = effect_in(&queue, || {});
    /// futures::executor::block_on(queue.pending());
    /// queue.run_pending();
    /// assert!(queue.is_empty());
    /// ```
    pub fn pending(&self) -> UntilPending {
        UntilPending::new(&self.open)
    }

    /// Calls `tell` when there is something for [`run_pending`](Self::run_pending) to do: once until that
    /// is called, and at once where there is something already.
    ///
    /// It may be called on several threads at once, and it is too early in there to run the queue. Dropping
    /// the subscription ends it.
    pub fn when_pending<F: Fn() + Send + Sync + 'static>(&self, tell: F) -> Subscription {
        self.open.0.when_pending(&(Arc::new(tell) as Tell))
    }
}

impl Default for EffectQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for EffectQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectQueue").field("is_empty", &self.is_empty()).finish_non_exhaustive()
    }
}

/// A queue that can hold an effect with the closure `F`: an [`EffectQueue`] if that is `Send`, a
/// [`LocalEffectQueue`] in any case.
pub trait Queues<F>: sealed::Sealed {
    /// Makes an effect: [`effect_in`].
    #[doc(hidden)]
    #[track_caller]
    fn effect(&self, f: F) -> Subscription
    where
        F: FnMut() + 'static;

    /// Makes a callback: [`on_change_in`].
    #[doc(hidden)]
    #[track_caller]
    fn on_change<T>(&self, source: BindRef<T>, f: F) -> Subscription
    where
        T: Send + Sync + 'static,
        F: FnMut(&T) + 'static;
}

mod sealed {
    #[allow(unnameable_types, reason = "that nobody can name it is what seals the other one")]
    pub trait Sealed {}
}

impl sealed::Sealed for EffectQueue {}
impl sealed::Sealed for LocalEffectQueue {}

impl<F: Send> Queues<F> for EffectQueue {
    fn effect(&self, f: F) -> Subscription
    where
        F: FnMut() + 'static,
    {
        let mut whole = Whole::new(f);
        let inner = whole.belongings.owner();
        start(Some(&self.open.0), move || whole.run(), inner)
    }

    fn on_change<T>(&self, source: BindRef<T>, f: F) -> Subscription
    where
        T: Send + Sync + 'static,
        F: FnMut(&T) + 'static,
    {
        let mut on_change = OnChange::new(source, f);
        let inner = on_change.belongings.owner();
        start(Some(&self.open.0), move || on_change.run(), inner)
    }
}

impl<F> Queues<F> for LocalEffectQueue {
    fn effect(&self, f: F) -> Subscription
    where
        F: FnMut() + 'static,
    {
        let mut whole = Whole::new(f);
        self.start(Box::new(move || whole.run()))
    }

    fn on_change<T>(&self, source: BindRef<T>, f: F) -> Subscription
    where
        T: Send + Sync + 'static,
        F: FnMut(&T) + 'static,
    {
        let mut on_change = OnChange::new(source, f);
        self.start(Box::new(move || on_change.run()))
    }
}

/// As [`effect`](crate::effect()), run by whoever runs `queue`: the first time too.
///
/// `queue` is an [`EffectQueue`] or a [`LocalEffectQueue`].
///
/// ```
/// use flo_bind::{BoundExt, EffectQueue, bind, effect_in};
///
/// let (count, shown) = (bind(1), bind(0));
/// let queue = EffectQueue::new();
/// let _showing = effect_in(&queue, {
///     let (count, shown) = (count.clone(), shown.clone());
///     move || shown.set(count.get())
/// });
/// assert_eq!(shown.get(), 0);
/// queue.run_pending();
/// assert_eq!(shown.get(), 1);
/// ```
#[track_caller]
pub fn effect_in<Q, F>(queue: &Q, f: F) -> Subscription
where
    Q: Queues<F>,
    F: FnMut() + 'static,
{
    queue.effect(f)
}

/// As [`on_change`](BoundExt::on_change), run by whoever runs `queue`.
///
/// The value at the time of the call is the one to differ from. One that has gone and come back by the time
/// the queue is run is no difference.
///
/// # Panics
/// As [`Bound::read`](crate::Bound::read), for the value to differ from.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// use flo_bind::{BoundExt, LocalEffectQueue, bind, on_change_in};
///
/// let widget = Rc::new(RefCell::new(String::new()));
/// let name = bind("lantern");
/// let queue = LocalEffectQueue::new();
/// let _showing = on_change_in(&queue, &name, {
///     let widget = widget.clone();
///     move |name| *widget.borrow_mut() = (*name).to_owned()
/// });
/// std::thread::spawn(move || name.set("rope")).join().unwrap();
/// assert_eq!(*widget.borrow(), "");
/// queue.run_pending();
/// assert_eq!(*widget.borrow(), "rope");
/// ```
#[track_caller]
pub fn on_change_in<Q, B, F>(queue: &Q, source: &B, f: F) -> Subscription
where
    Q: Queues<F>,
    B: BoundExt,
    F: FnMut(&B::Value) + 'static,
{
    queue.on_change(source.read_only(), f)
}
