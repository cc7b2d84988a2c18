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
        node::{Hears, NodeRef, React, Role},
        read,
    },
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
/// # Panics
/// With the panic of its first run. A panic in a later run reaches the thread that made the change, after
/// all other effects have run. An effect that triggers itself 10 000 times in a row is stopped with a
/// panic that names where it was made.
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
    start(Box::new(f))
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
        let (value, version) = untracked(|| read::read_versioned(node.id()));
        last.keep(node.id(), value, version);
    }
    let mut is_first = true;
    start(Box::new(move || {
        let first = std::mem::take(&mut is_first);
        let Some(node) = source.node() else {
            // An outsider has no versions: that this runs again is all there is to tell a change by.
            let value = source.read();
            if !first {
                untracked(|| f(&value));
            }
            return;
        };
        let (value, version) = read::read_versioned(node.id());
        if last.differs(node.id(), &value, version) {
            last.keep(node.id(), value.clone(), version);
            untracked(|| f(value.get()));
        }
    }))
}

#[track_caller]
fn start(react: React) -> Subscription {
    let node = NodeRef::reaction(Role::Effect, Hears::Changes, react);
    {
        let _access = cell::lock(node.id());
        mark::queue(node.id());
    }
    let subscription = Subscription::new(Arc::new(Reaction(node)));
    flush::flush();
    subscription
}
