//! What one thread is doing: frames, staged writes, the queue of its effects.
//!
//! Everything here belongs to its thread, so nothing is locked; no borrow of it is held while user code
//! runs.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashSet},
};

use flo_core::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    frame::Frame,
    node::Node,
    staged::{Later, Staged},
};

pub(crate) struct Thread {
    /// Unique in the program.
    pub(crate) number: u64,
    /// The runs under way, the innermost last.
    pub(crate) frames: RefCell<Vec<Frame>>,
    /// The numbers of the nodes being evaluated privately.
    pub(crate) private: RefCell<HashSet<u64>>,
    /// How many evaluations, comparisons and `snapshot` bodies are under way: writes wait for their end.
    pub(crate) computing: Cell<usize>,
    /// Writes that wait for the outermost computation.
    pub(crate) later: RefCell<Vec<Later>>,
    /// What is to be done once no computation and no transaction is under way.
    pub(crate) afterwards: RefCell<Vec<Later>>,
    /// The writes of the transaction under way.
    pub(crate) staged: RefCell<Option<Staged>>,
    /// Effects and listeners to run, in the order of their creation.
    pub(crate) queue: RefCell<BTreeMap<u64, Arc<Node>>>,
    pub(crate) flushing: Cell<bool>,
    /// Nodes without handles, to be taken apart.
    pub(crate) retired: RefCell<Vec<Arc<Node>>>,
    pub(crate) retiring: Cell<bool>,
}

impl Thread {
    fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        Self {
            // Relaxed: the number is only told apart.
            number: MADE.fetch_add(1, Ordering::Relaxed),
            frames: RefCell::default(),
            private: RefCell::default(),
            computing: Cell::new(0),
            later: RefCell::default(),
            afterwards: RefCell::default(),
            staged: RefCell::default(),
            queue: RefCell::default(),
            flushing: Cell::new(false),
            retired: RefCell::default(),
            retiring: Cell::new(false),
        }
    }

    /// Whether a transaction is open, so that writes are staged.
    pub(crate) fn in_transaction(&self) -> bool {
        self.staged.borrow().is_some()
    }

    /// Whether a transaction is open that has written something.
    pub(crate) fn has_staged(&self) -> bool {
        self.staged.borrow().as_ref().is_some_and(|staged| !staged.is_empty())
    }
}

thread_local! {
    static THREAD: Thread = Thread::new();
}

/// This thread's record.
pub(crate) fn with<R>(f: impl FnOnce(&Thread) -> R) -> R {
    THREAD.with(f)
}

/// This thread's record, unless the thread is past the end of its thread-locals.
pub(crate) fn try_with<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.try_with(f).ok()
}

/// This thread's number.
pub(crate) fn number() -> u64 {
    with(|thread| thread.number)
}

/// Does `f` on a thread of its own and waits for it: for handles that are dropped past the end of their
/// thread's locals.
pub(crate) fn elsewhere(f: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        // Where no thread can be made any more the process is past caring.
        let _spawned = std::thread::Builder::new().spawn_scoped(scope, f);
    });
}
