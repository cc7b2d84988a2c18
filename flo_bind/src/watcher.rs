//! A `get` of its own, that knows whether it is current.

use std::fmt;

use flo_core::{
    Notify, Subscription,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    bind_ref::BindRef,
    bound::Bound,
    graph::{
        end::Reaction,
        listen,
        node::{Hears, NodeRef},
        read,
        value::{Outcome, Seen},
    },
    guard::Guard,
};

/// A reader that knows whether what it has read is current, and tells when it no longer is:
/// [`BoundExt::watch`](crate::BoundExt::watch).
///
/// # Delivery
/// It tells at the first change after a [`get`](Self::get) or [`read`](Self::read) of its own, once until the
/// next one, and not before the first; whoever else reads makes no difference. Of a computed it means "may
/// have changed".
///
/// # Concurrency
/// On the thread that made the change, after the change, with no lock of ours held. Dropping the watcher
/// ends it.
#[must_use = "dropping it ends the watch"]
pub struct Watcher<T> {
    source: BindRef<T>,
    /// Read since the last change.
    is_current: Arc<AtomicBool>,
    /// Of a node of ours, to be armed by each read.
    listener: Option<NodeRef>,
    #[expect(dead_code, reason = "held for its drop")]
    telling: Subscription,
}

impl<T: Send + Sync + 'static> Watcher<T> {
    #[track_caller]
    pub(crate) fn new<N: Notify + Send + 'static>(source: BindRef<T>, mut notify: N) -> Self {
        let is_current = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_current);
        let tell = move || {
            // Acquire and release: who finds it false reads what was changed before.
            if seen.swap(false, Ordering::AcqRel) {
                notify.notify();
            }
        };
        let (listener, telling) = match source.node() {
            Some(node) => {
                let listener = listen::listen(node.id(), Hears::Changes, tell);
                let ends = Subscription::new(Arc::new(Reaction(listener.clone())));
                (Some(listener), ends)
            }
            None => (None, source.when_changed(tell)),
        };
        Self { source, is_current, listener, telling }
    }

    /// A copy of the value now. From here on the next change tells.
    ///
    /// # Panics
    /// As [`Bound::read`].
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        T::clone(&self.read())
    }

    /// The value now, as an owned snapshot. From here on the next change tells.
    ///
    /// # Panics
    /// As [`Bound::read`].
    pub fn read(&self) -> Guard<T> {
        // First, so that what changes during the read tells. Release: pairs with the swap.
        self.is_current.store(true, Ordering::Release);
        let (Some(listener), Some(node)) = (&self.listener, self.source.node()) else {
            return self.source.read();
        };
        let (value, version) = read::read_versioned(node.id());
        let seen = Seen { outcome: Outcome::Value(value.clone()), version };
        listen::arm(listener, node.id(), &seen);
        Guard::of(value)
    }

    /// Whether it has read, and nothing has changed since.
    pub fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Acquire)
    }
}

impl<T> fmt::Debug for Watcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("is_current", &self.is_current).finish_non_exhaustive()
    }
}
