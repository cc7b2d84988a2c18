//! Effects, and callbacks on one thing: what runs on the committing thread.

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
        node::{Kind, NodeRef},
        read,
        value::typed,
    },
    owner::{self, Owning},
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
/// they end when it runs again or ends, after which [`on_cleanup`](crate::on_cleanup) callbacks of that run
/// have run too. The subscription of such an inner one ends it earlier when it is dropped; detached, it is
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
    start(f)
}

/// An effect on one thing, which differs from what it is at the time of the call.
#[track_caller]
pub(crate) fn react_to<T, F>(source: BindRef<T>, mut f: F) -> Subscription
where
    T: Send + Sync + 'static,
    F: FnMut(&T) + Send + 'static,
{
    let mut last = Last::default();
    if let Some(node) = source.node() {
        let (value, version) = untracked(|| read::read_versioned(node));
        last.keep(node, value, version);
    }
    let mut is_first = true;
    start(move || {
        let first = std::mem::take(&mut is_first);
        let Some(node) = source.node() else {
            // An outsider has no versions: that this runs again is all there is to tell a change by.
            let value = source.read();
            if !first {
                untracked(|| f(&value));
            }
            return;
        };
        let (value, version) = read::read_versioned(node);
        if last.differs(node, &value, version) {
            last.keep(node, Arc::clone(&value), version);
            let value = typed::<T>(value);
            untracked(|| f(&value));
        }
    })
}

#[track_caller]
fn start<F: FnMut() + Send + 'static>(f: F) -> Subscription {
    let mut owning = Owning::new(f);
    let node = NodeRef::reaction(Kind::Effect, Box::new(move || owning.run()));
    mark::queue(&mut cell::lock(), node.node());
    let subscription = owner::adopt(Arc::new(Reaction(node)));
    flush::flush();
    subscription
}
