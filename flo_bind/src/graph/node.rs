//! Nodes, edges, and the states they can be in.
//!
//! ```text
//!   NodeRef ─counts─▶ Life ──▶ Node { number, site, kind, core: GroupCell<Core> }
//!   (handles, deps)     │        ▲
//!     the last one gone │        └── subs of its deps, the queue, walks: they hold the Node, not the Life
//!                       ▼
//!                    retire: unlink, drop closure and value
//! ```
//!
//! A node lives as long as a [`NodeRef`] does. Dependents own what they depend on (`deps` holds
//! [`NodeRef`]s), never the other way round (`subs` holds bare nodes, which are empty shells once they are
//! retired), so there is no strong cycle (G10).

use std::{any::Any, fmt, panic::Location};

use flo_core::{
    Version,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{trace, waiting::Waiting};

use super::{
    cell::GroupCell,
    retire,
    value::{Equality, Outcome, Value},
};

/// The closure of a computed.
pub(crate) type Compute = Arc<dyn Fn() -> Value + Send + Sync>;
/// The closure of an effect or a listener.
pub(crate) type React = Box<dyn FnMut() + Send>;

/// What a node is.
pub(crate) enum Kind {
    /// Holds what was set.
    Source(Equality),
    /// Holds what follows from others.
    Computed(Equality),
    /// Runs on a committing thread when something it read differs.
    Effect,
    /// Is told on a committing thread when what it listens to may have changed.
    Listener(Hears),
}

/// What a listener is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hears {
    /// Changes.
    Changes,
    /// Changes, and that there will be no more.
    ChangesAndEnd,
}

/// How much a node knows about what changed above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Nothing changed.
    Clean,
    /// Something further up changed: whether it matters must be checked.
    Check,
    /// Something it read itself changed, or it never ran.
    Dirty,
}

/// A node. Shared by its handles, its edges, and whoever works on it.
pub(crate) struct Node {
    /// Unique, in the order of creation.
    pub(crate) number: u64,
    /// Where the user made it.
    pub(crate) site: &'static Location<'static>,
    pub(crate) kind: Kind,
    /// Where an effect waits for its thread, if not on the committing one.
    pub(crate) queue: Option<Arc<Waiting>>,
    pub(crate) core: GroupCell<Core>,
}

/// What the group's lock guards of a node.
pub(crate) struct Core {
    /// `None` before the first run, and of effects and listeners always.
    pub(crate) outcome: Option<Outcome>,
    /// Changes whenever the observable outcome does (G7).
    pub(crate) version: Version,
    /// The version of the last write that was a change whatever it compares to.
    pub(crate) forced: Version,
    /// `outcome` is right for the commits from here …
    pub(crate) stamp: u64,
    /// … to before here, where the node is stale or busy (G4).
    pub(crate) since: u64,
    pub(crate) mark: Mark,
    /// The thread that has claimed it (G9). Marks that arrive meanwhile are kept in `mark`.
    pub(crate) busy: Option<u64>,
    pub(crate) deps: Vec<Dep>,
    pub(crate) subs: Vec<Sub>,
    /// How many of `deps` have not ended.
    pub(crate) open_deps: usize,
    pub(crate) ended: Option<Ended>,
    /// Whether its listeners have been told since it was last read.
    pub(crate) told: bool,
    pub(crate) compute: Option<Compute>,
    /// Away while it runs.
    pub(crate) react: Option<React>,
    /// Of effects and listeners: to be run by the first thread that comes to it (G8).
    pub(crate) pending: bool,
    pub(crate) dead: bool,
    /// Its own life, where the subscription was detached.
    pub(crate) detached: Option<NodeRef>,
    /// Something to be dropped with the node.
    pub(crate) attached: Option<Box<dyn Any + Send>>,
}

/// Why a binding will not change any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Nobody is left who could change it: the last [`Binding`](crate::Binding) handle is gone, or the
    /// stream it was made from has ended.
    Closed,
    /// The fold of its stream panicked with this text; the state is as the fold left it.
    Panicked(Arc<str>),
}

/// An edge, seen from the dependent.
pub(crate) struct Dep {
    pub(crate) node: NodeRef,
    /// The version the last run saw (G7).
    pub(crate) seen: Option<Version>,
    /// Where the back edge is in the dep's `subs` (G3).
    pub(crate) slot: usize,
}

/// The same edge, seen from the dep.
pub(crate) struct Sub {
    pub(crate) node: Arc<Node>,
    /// Where the edge is in the dependent's `deps` (G3).
    pub(crate) back: usize,
}

impl Core {
    fn new(outcome: Option<Outcome>, mark: Mark) -> Self {
        Self {
            outcome,
            version: Version::FIRST,
            forced: Version::FIRST,
            stamp: 0,
            since: 0,
            mark,
            busy: None,
            deps: Vec::new(),
            subs: Vec::new(),
            open_deps: 0,
            ended: None,
            told: false,
            compute: None,
            react: None,
            pending: false,
            dead: false,
            detached: None,
            attached: None,
        }
    }

    /// G4: whether `outcome` is right for the state after commit `begin`.
    pub(crate) fn is_right_at(&self, begin: u64) -> bool {
        let current = self.mark == Mark::Clean && self.busy.is_none();
        self.outcome.is_some() && self.stamp <= begin && (current || begin < self.since)
    }
}

/// Keeps a node alive.
#[derive(Clone)]
pub(crate) struct NodeRef(Arc<Life>);

/// Ends with the last [`NodeRef`].
struct Life(Arc<Node>);

/// Does not keep a node alive.
#[derive(Clone)]
pub(crate) struct WeakNode(flo_core::sync::Weak<Life>);

impl NodeRef {
    #[track_caller]
    pub(crate) fn source(value: Value, equality: Equality) -> Self {
        let core = Core::new(Some(Outcome::Value(value)), Mark::Clean);
        Self::new(Kind::Source(equality), core, Location::caller())
    }

    #[track_caller]
    pub(crate) fn computed(compute: Compute, equality: Equality) -> Self {
        let mut core = Core::new(None, Mark::Dirty);
        core.compute = Some(compute);
        Self::new(Kind::Computed(equality), core, Location::caller())
    }

    #[track_caller]
    pub(crate) fn reaction(kind: Kind, react: React) -> Self {
        let mut core = Core::new(None, Mark::Dirty);
        core.react = Some(react);
        Self::new(kind, core, Location::caller())
    }

    #[track_caller]
    pub(crate) fn effect(react: React, queue: Option<Arc<Waiting>>) -> Self {
        let mut core = Core::new(None, Mark::Dirty);
        core.react = Some(react);
        Self::queued(Kind::Effect, core, Location::caller(), queue)
    }

    fn new(kind: Kind, core: Core, site: &'static Location<'static>) -> Self {
        Self::queued(kind, core, site, None)
    }

    fn queued(
        kind: Kind,
        core: Core,
        site: &'static Location<'static>,
        queue: Option<Arc<Waiting>>,
    ) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        // Relaxed: the number is only told apart and compared.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let node = Node { number, site, kind, queue, core: GroupCell::new(core) };
        let made = Self(Arc::new(Life(Arc::new(node))));
        trace::made(made.node());
        made
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.0.0
    }

    pub(crate) fn downgrade(&self) -> WeakNode {
        WeakNode(Arc::downgrade(&self.0))
    }
}

impl WeakNode {
    pub(crate) fn upgrade(&self) -> Option<NodeRef> {
        self.0.upgrade().map(NodeRef)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        retire::retire(&self.0);
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} made at {}", self.number, self.site)
    }
}
