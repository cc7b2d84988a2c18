//! Effects, and callbacks on one thing: what runs on the committing thread.

use std::mem;

use flo_core::{Subscription, sync::Arc};

use crate::{
    bind_ref::BindRef,
    bound::Bound,
    follow::Last,
    graph::{
        cell,
        end::Reaction,
        flush,
        frame::untracked,
        mark,
        node::{Hears, NodeRef, Role},
        read,
    },
    owner::{self, Belongings, Owner},
    waiting::Waiting,
};

/// Runs `f` at once, and again whenever something it read differs, until the subscription is dropped.
///
/// It computes on the committing thread and sees only real differences: a computed that came to an equal
/// value does not run it. One commit runs it once. **[`on_change`](crate::BoundExt::on_change) looks at
/// one thing and does not run at first.**
///
/// # Concurrency
/// Effects run after the commit, in the order of their creation, with no lock of ours held, never on two
/// threads at once. A run reads one version; when it sets something, that is committed at once, it
/// reads on from there, and what that triggers is queued behind. Made inside a transaction or a
/// computed, it first runs when that is over.
///
/// Effects and [`on_change`](crate::BoundExt::on_change) callbacks made inside a run belong to the effect:
/// when it runs again or ends, they end and its [`on_cleanup`](crate::on_cleanup) callbacks are called, the
/// last first. The subscription of such an inner one ends it earlier when it is dropped; detached, it is
/// left to the outer one. What is made in a computed belongs to nobody.
///
/// # Panics
/// With the panic of its first run. A panic in a later run reaches the thread that made the change, after
/// all other effects have run. An effect that triggers itself 10 000 times in a row is stopped with a
/// panic that names where it was made; [`set_effect_run_limit`](crate::set_effect_run_limit) sets another
/// bound.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
/// use flo_bind::{BoundExt, bind, effect};
///
/// let count = bind(1);
/// let shown = Arc::new(AtomicU32::new(0));
/// let _showing = effect({
///     let (count, shown) = (count.clone(), shown.clone());
///     move || shown.store(count.get(), Ordering::Relaxed)
/// });
/// assert_eq!(shown.load(Ordering::Relaxed), 1);
/// count.set(2);
/// assert_eq!(shown.load(Ordering::Relaxed), 2);
/// ```
#[doc(alias = "autorun")]
#[track_caller]
pub fn effect<F: FnMut() + Send + 'static>(f: F) -> Subscription {
    let mut whole = Whole::new(f);
    let inner = whole.belongings.owner();
    start(None, move || whole.run(), inner)
}

/// An effect on one thing, which differs from what it is at the time of the call.
#[track_caller]
pub(crate) fn react_to<T, F>(source: BindRef<T>, f: F) -> Subscription
where
    T: Send + Sync + 'static,
    F: FnMut(&T) + Send + 'static,
{
    let mut on_change = OnChange::new(source, f);
    let inner = on_change.belongings.owner();
    start(None, move || on_change.run(), inner)
}

/// An effect that tracks whatever it reads.
pub(crate) struct Whole<F> {
    // Ends before what the closure captured is dropped.
    pub(crate) belongings: Belongings,
    f: F,
}

impl<F: FnMut()> Whole<F> {
    pub(crate) fn new(f: F) -> Self {
        Self { belongings: Belongings::new(), f }
    }

    pub(crate) fn run(&mut self) {
        self.belongings.run(&mut self.f);
    }
}

/// An effect that looks at one thing.
pub(crate) struct OnChange<T, F> {
    pub(crate) belongings: Belongings,
    source: BindRef<T>,
    last: Last,
    is_first: bool,
    f: F,
}

impl<T: Send + Sync + 'static, F: FnMut(&T)> OnChange<T, F> {
    pub(crate) fn new(source: BindRef<T>, f: F) -> Self {
        let mut last = Last::default();
        if let Some(node) = source.node() {
            let (value, version) = untracked(|| read::read_versioned(node.id()));
            last.keep(node.id(), value, version);
        }
        Self { belongings: Belongings::new(), source, last, is_first: true, f }
    }

    pub(crate) fn run(&mut self) {
        let is_first = mem::take(&mut self.is_first);
        let Some(node) = self.source.node() else {
            // An outsider has no versions: that this runs again is all there is to tell a change by.
            let value = self.source.read();
            if !is_first {
                self.belongings.run(|| untracked(|| (self.f)(&value)));
            }
            return;
        };
        let (value, version) = read::read_versioned(node.id());
        if self.last.differs(node.id(), &value, version) {
            self.last.keep(node.id(), value.clone(), version);
            self.belongings.run(|| untracked(|| (self.f)(value.get())));
        }
    }
}

/// Makes an effect, which waits in `queue` whenever it is to run, if there is one. `inner` is what belongs
/// to it, if that may end on any thread.
#[track_caller]
pub(crate) fn start<F: FnMut() + Send + 'static>(
    queue: Option<&Arc<Waiting>>,
    react: F,
    inner: Option<Arc<Owner>>,
) -> Subscription {
    begin(NodeRef::reaction(Role::Effect, Hears::Changes, react, queue.cloned()), inner)
}

/// The part of [`start`] that is the same for all closures.
fn begin(node: NodeRef, inner: Option<Arc<Owner>>) -> Subscription {
    {
        let _access = cell::lock(node.id());
        mark::queue(node.id());
    }
    let subscription = owner::adopt(Arc::new(Reaction(node)), inner);
    flush::flush();
    subscription
}
