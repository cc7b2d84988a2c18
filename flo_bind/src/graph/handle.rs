//! Counted references to nodes.
use std::panic::Location;

use flo_core::sync::{
    Arc,
    atomic::{Ordering, fence},
};

use super::{
    carried::{Carrying, Own},
    end,
    kind::{self, Compute, Computed, ComputedOf},
    named,
    node::{Bits, Ended, Header, Hears, Id, Role, STRONG, WRITER, check, strong, writers},
    retire,
    value::Equal,
};
use crate::{trace, waiting::Waiting};

/// Keeps a node alive.
pub(crate) struct NodeRef(Id);

/// Keeps a source alive, and is the right to write it. When the last is gone, the source has ended.
pub(crate) struct Writer(Id);

impl NodeRef {
    /// A source without writers: of those that end otherwise.
    #[track_caller]
    pub(crate) fn source<T: Send + Sync + 'static, E: Equal<T>>(value: T, equality: E) -> Self {
        Self(kind::source(value, equality, STRONG)).told()
    }

    #[track_caller]
    pub(crate) fn computed<T, F, E>(compute: F, equality: E) -> Self
    where
        T: Send + Sync + 'static,
        F: Fn() -> T + Send + Sync + 'static,
        E: Equal<T>,
    {
        Self::computed_at(Location::caller(), compute, equality)
    }

    /// One whose runs go on from what the node held (`carried`).
    #[track_caller]
    pub(crate) fn carried<T, F, E>(compute: F, equality: E) -> Self
    where
        T: Send + Sync + 'static,
        F: Fn(Option<Own<T>>) -> Own<T> + Send + Sync + 'static,
        E: Equal<T>,
    {
        Self::computed_at(Location::caller(), Carrying(compute), equality)
    }

    /// One that a computed made at `site` has made for itself.
    pub(crate) fn computed_at<T, F, E>(
        site: &'static Location<'static>,
        compute: F,
        equality: E,
    ) -> Self
    where
        T: Send + Sync + 'static,
        F: Compute<T>,
        E: Equal<T>,
    {
        let bits = Bits::COMPUTED | Bits::DIRTY | Bits::EMPTY | kind::nature_bits(&equality);
        let kind = &ComputedOf::<T, F, E>::KIND;
        let header = Header::new(kind, STRONG, bits, 0, site);
        Self(kind::allocate(Computed { derived: kind::derived(header), equality, compute })).told()
    }

    #[track_caller]
    pub(crate) fn reaction<F: FnMut() + Send + 'static>(
        role: Role,
        hears: Hears,
        react: F,
        queue: Option<Arc<Waiting>>,
    ) -> Self {
        let role = if role == Role::Effect { Bits::EFFECT } else { Bits::LISTENER };
        let bits = role | Bits::DIRTY | Bits::EMPTY;
        Self(kind::reaction(bits, hears, react, queue, Location::caller())).told()
    }

    fn told(self) -> Self {
        trace::made(self.0);
        self
    }

    /// Counts on a node that is not freed meanwhile, while somebody else does.
    pub(crate) fn upgrade(id: Id) -> Option<Self> {
        count_up_while(id, STRONG, strong).then(|| Self(id))
    }

    /// Counts on a node that is alive (N1).
    #[inline]
    pub(crate) fn of(id: Id) -> Self {
        id.count_up();
        Self(id)
    }

    #[inline]
    pub(crate) fn id(&self) -> Id {
        self.0
    }

    pub(crate) fn downgrade(&self) -> WeakNode {
        named::weak(self.0)
    }
}

impl Writer {
    #[track_caller]
    pub(crate) fn source<T: Send + Sync + 'static, E: Equal<T>>(value: T, equality: E) -> Self {
        let writer = Self(kind::source(value, equality, STRONG | WRITER));
        trace::made(writer.0);
        writer
    }

    pub(crate) fn downgrade(&self) -> WeakNode {
        named::weak(self.0)
    }

    #[inline]
    pub(crate) fn id(&self) -> Id {
        self.0
    }

    /// The right to read.
    pub(crate) fn node(&self) -> NodeRef {
        NodeRef::of(self.0)
    }
}

impl Clone for NodeRef {
    #[inline]
    fn clone(&self) -> Self {
        Self::of(self.0)
    }
}

impl Drop for NodeRef {
    #[inline]
    fn drop(&mut self) {
        if self.0.count_down() {
            retire::retire(self.0);
        }
    }
}

impl Clone for Writer {
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: who counts up has a count already.
        let counts = self.0.counts.fetch_add(STRONG | WRITER, Ordering::Relaxed);
        check(counts);
        Self(self.0)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let id = self.0;
        let mut counts = id.counts.load(Ordering::Relaxed);
        loop {
            let is_last = writers(counts) == 1 && strong(counts) > 1;
            // The last who may write closes the source while he still counts on it, unless nobody else does.
            let less = if is_last { WRITER } else { STRONG | WRITER };
            let swapped = id.counts.compare_exchange_weak(
                counts,
                counts - less,
                Ordering::Release,
                Ordering::Relaxed,
            );
            match swapped {
                Err(now) => counts = now,
                Ok(_) if is_last => {
                    let node = NodeRef(id);
                    return end::close(&node, Ended::Closed);
                }
                Ok(_) => break,
            }
        }
        if strong(counts) == 1 {
            fence(Ordering::Acquire);
            retire::retire(id);
        }
    }
}

/// Adds `part` to the counts of a node while `left` of them is not 0; whether it did.
fn count_up_while(id: Id, part: u64, left: fn(u64) -> u32) -> bool {
    let mut now = id.counts.load(Ordering::Relaxed);
    while left(now) > 0 {
        match id.counts.compare_exchange_weak(now, now + part, Ordering::Acquire, Ordering::Relaxed)
        {
            Ok(_) => {
                check(now);
                return true;
            }
            Err(other) => now = other,
        }
    }
    false
}

/// Does not keep a node alive.
#[derive(Clone)]
pub(crate) struct WeakNode(pub(super) Arc<named::Weak>);

impl WeakNode {
    pub(crate) fn upgrade(&self) -> Option<NodeRef> {
        self.0.with(NodeRef::upgrade)
    }

    /// The right to write, while somebody else has it.
    pub(crate) fn upgrade_writer(&self) -> Option<Writer> {
        self.0.with(|id| count_up_while(id, STRONG | WRITER, writers).then(|| Writer(id)))
    }
}
