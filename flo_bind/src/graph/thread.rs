//! What one thread is doing: staged writes, the queue of its effects, what it gathers.
//!
//! Everything here belongs to its thread, so nothing is locked, but the [`Record`] by which others know it; no
//! borrow of it is held while user code runs.
#![allow(unsafe_code, reason = "what is a thread's own is reached through its address")]

use std::cell::{Cell, RefCell};

use flo_core::sync::{
    SpinMutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
    global, thread_local,
};
use rustc_hash::FxHashSet;

use super::{
    cell::Group,
    garbage::Garbage,
    gather::Found,
    node::{Id, NodeRef},
    now,
    retire::Retired,
    running::Anchor,
    spare,
    staged::{Entry, Later, Staged},
    value::Value,
};

pub(crate) struct Thread {
    pub(crate) record: &'static Record,
    /// What runs under way have read whose reads are gathered, the innermost run's last.
    pub(crate) gathered: RefCell<Found>,
    /// What effects have read that was computed for them alone, with what it came to.
    pub(crate) alone: RefCell<Vec<(NodeRef, Value)>>,
    /// Where the open snapshot is registered.
    pub(crate) anchors: RefCell<Vec<Anchor>>,
    /// The nodes being evaluated privately.
    pub(crate) private: RefCell<FxHashSet<Id>>,
    /// Writes that wait for the outermost computation.
    pub(crate) later: RefCell<Vec<Later>>,
    /// What is to be done once no computation and no transaction is under way.
    pub(crate) afterwards: RefCell<Vec<Later>>,
    /// The writes of the transaction under way.
    pub(crate) staged: RefCell<Option<Staged>>,
    /// The memory of an earlier one, without writes.
    pub(crate) entries: RefCell<Vec<Entry>>,
    /// Effects and listeners to run.
    pub(crate) queue: RefCell<Vec<Id>>,
    /// Nodes without handles, to be taken apart.
    pub(crate) retired: RefCell<Vec<Retired>>,
    pub(crate) retiring: Cell<bool>,
    /// While the closure of a reaction is dropped: what ends with it and is not over.
    pub(crate) left: RefCell<Option<Vec<NodeRef>>>,
    /// Groups without nodes, for graphs that it makes.
    pub(crate) spare: RefCell<Vec<&'static Group>>,
    /// To be dropped when no lock is held.
    pub(crate) garbage: RefCell<Vec<Garbage>>,
}

/// What other threads know of one. Used again by another thread after its end, and never freed.
pub(crate) struct Record {
    /// Unique among threads, also those that are gone.
    number: AtomicU32,
    /// The open snapshot was overtaken somewhere (`running`), so that what the thread knows of it is no longer
    /// enough for reads without the lock.
    overtaken: AtomicBool,
    has_mail: AtomicBool,
    mail: SpinMutex<Vec<Mail>>,
}

/// What a thread has to do when its snapshot ends, because another thread moved what it had read.
pub(crate) enum Mail {
    /// Its snapshot was registered in the group of this node, too.
    Registered(NodeRef),
    /// This group must not be used again before.
    Pinned(&'static Group),
}

global! {
    static UNUSED: SpinMutex<Vec<&'static Record>> = SpinMutex::new(unused_at_first());
}

#[cfg(not(any(flo_loom, flo_shuttle)))]
const fn unused_at_first() -> Vec<&'static Record> {
    Vec::new()
}

/// In a model they go with its execution, so they cannot be leaked.
#[cfg(any(flo_loom, flo_shuttle))]
fn unused_at_first() -> Vec<&'static Record> {
    global! {
        static RECORDS: [Record; 8] = std::array::from_fn(|_| Record::new());
    }
    RECORDS.iter().collect()
}

impl Record {
    fn new() -> Self {
        Self {
            number: AtomicU32::new(0),
            overtaken: AtomicBool::new(false),
            has_mail: AtomicBool::new(false),
            mail: SpinMutex::new(Vec::new()),
        }
    }

    fn unused() -> &'static Self {
        global! {
            static THREADS: AtomicU32 = AtomicU32::new(1);
        }
        let used_before = UNUSED.lock().pop();
        let record = used_before.unwrap_or_else(|| Box::leak(Box::new(Self::new())));
        // Relaxed: a number is only told apart.
        record.number.store(THREADS.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        record
    }

    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// Under the lock of a group in which the thread's snapshot is registered, before a node may be found there that
    /// was not.
    pub(crate) fn overtake(&self) {
        // Relaxed: who finds the node there has seen what the release of its group's address covers.
        self.overtaken.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_overtaken(&self) -> bool {
        self.overtaken.load(Ordering::Relaxed)
    }

    /// By the thread itself, when its snapshot is registered nowhere.
    pub(crate) fn begin_anew(&self) {
        self.overtaken.store(false, Ordering::Relaxed);
    }

    /// Under the lock of a group in which the thread's snapshot is registered, which it takes to end it.
    pub(crate) fn post(&self, mail: Mail) {
        self.mail.lock().push(mail);
        // Relaxed: read after a lock that was released after this.
        self.has_mail.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn take_mail(&self) -> Vec<Mail> {
        if !self.has_mail.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.has_mail.store(false, Ordering::Relaxed);
        std::mem::take(&mut *self.mail.lock())
    }
}

impl Thread {
    fn new() -> Self {
        Self {
            record: Record::unused(),
            gathered: RefCell::default(),
            alone: RefCell::default(),
            anchors: RefCell::default(),
            private: RefCell::default(),
            later: RefCell::default(),
            afterwards: RefCell::default(),
            staged: RefCell::default(),
            entries: RefCell::default(),
            queue: RefCell::default(),
            retired: RefCell::default(),
            retiring: Cell::new(false),
            left: RefCell::new(None),
            spare: RefCell::default(),
            garbage: RefCell::default(),
        }
    }
}

// Not under loom, which drops statics before the last threads have dropped what is their own.
#[cfg(not(flo_loom))]
impl Drop for Thread {
    fn drop(&mut self) {
        spare::give_all(self.spare.take());
        UNUSED.lock().push(self.record);
    }
}

thread_local! {
    static THREAD: Thread = Thread::new();
}

/// This thread's record.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Thread) -> R) -> R {
    // As in `now::with`.
    let thread: *const Thread = THREAD.with(std::ptr::from_ref);
    // SAFETY: it is dropped at the end of the thread, which does not come inside `f`.
    f(unsafe { &*thread })
}

/// This thread's record, unless the thread is past the end of its thread-locals.
#[inline]
pub(crate) fn try_with<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.try_with(f).ok()
}

/// This thread's number.
#[inline]
pub(crate) fn number() -> u32 {
    match now::with(|now| now.number.get()) {
        0 => record().number(),
        number => number,
    }
}

/// What others know of this thread.
#[inline]
pub(crate) fn record() -> &'static Record {
    match now::with(|now| now.record.get()) {
        Some(record) => record,
        None => first_record(),
    }
}

#[cold]
fn first_record() -> &'static Record {
    let record = with(|thread| thread.record);
    now::with(|now| {
        now.record.set(Some(record));
        now.number.set(record.number());
    });
    record
}

/// Does `f` on a thread of its own and waits for it: for handles that are dropped past the end of their
/// thread's locals.
pub(crate) fn elsewhere(f: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        // Where no thread can be made any more the process is past caring.
        let _spawned = std::thread::Builder::new().spawn_scoped(scope, f);
    });
}
