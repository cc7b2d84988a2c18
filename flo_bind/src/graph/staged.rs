//! The staged writes of a transaction, and writes that wait for a computation.

use std::{iter, mem};

use flo_core::sync::atomic::Ordering::Relaxed;
use rustc_hash::FxHashMap;

use super::{
    cell::{self, Access},
    commit::{self, Kept, Target, visible},
    flush,
    garbage::{Apart, drop_caught},
    named,
    node::{Bits, Id, NodeRef, Role},
    now::{self, AFTERWARDS, APPLY, STAGED, TRANSACTION},
    run,
    running::{Computing, is_right_at},
    surface, thread, unite,
    value::{Outcome, Value, Version},
};

/// An update, without its type: from a value to the next one, if it makes one.
pub(crate) type Edit = Box<dyn FnMut(&Value) -> Option<Value>>;

/// A write that waits for the outermost computation of this thread.
pub(crate) type Later = Box<dyn FnOnce()>;

/// What a transaction has written so far.
#[derive(Default)]
pub(crate) struct Staged {
    /// In the order of the first writes.
    entries: Vec<Entry>,
    /// Where in `entries` a node is, once there are too many to scan.
    index: Option<Box<FxHashMap<Id, usize>>>,
    /// What was found below the staged writes; until the next of them.
    below: Option<Box<Below>>,
}

/// What was found below staged writes.
#[derive(Default)]
pub(super) struct Below {
    /// Computeds that were evaluated, each held.
    private: FxHashMap<Id, (NodeRef, Outcome)>,
    /// Nodes, each held, and whether they depend on something staged.
    pub(super) affected: FxHashMap<Id, (NodeRef, bool)>,
}

/// For how many entries a thread keeps the memory from one transaction to the next.
const KEPT: usize = 64;

/// Up to here a scan is cheaper than a map.
const SCANNED: usize = 16;

pub(crate) struct Entry {
    target: Kept,
    value: Value,
    base: Base,
    /// The committed version that `value` was compared with.
    compared: Option<Version>,
    /// No user code is needed to know whether it is a change, so that it is compared under the lock.
    is_plain: bool,
    differs: bool,
}

/// What `value` was made from.
enum Base {
    /// Nothing: it was set.
    Set,
    /// Nothing: it was set, and is a change whatever it compares to.
    Forced,
    Updated(Box<Updates>),
}

/// The updates that a value was made by.
struct Updates {
    /// They began with the committed value of this version.
    from: Option<Version>,
    /// In this order.
    edits: Apart<Edit>,
    /// Whether any of them made something.
    made: bool,
}

impl Drop for Below {
    fn drop(&mut self) {
        for (_, (node, outcome)) in self.private.drain() {
            drop_caught(outcome);
            drop_caught(node);
        }
        self.affected.drain().for_each(drop_caught);
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.entries.is_empty() {
            let_go(&mut self.entries);
        }
    }
}

impl Staged {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn place(&self, id: Id) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|entry| entry.target.id() == id),
            Some(index) => index.get(&id).copied(),
        }
    }

    fn entry(&mut self, id: Id) -> Option<&mut Entry> {
        self.place(id).map(|at| &mut self.entries[at])
    }

    fn push(&mut self, entry: Entry) {
        let id = entry.target.id();
        self.entries.push(entry);
        if let Some(index) = &mut self.index {
            index.insert(id, self.entries.len() - 1);
        } else if self.entries.len() > SCANNED {
            let ids = self.entries.iter().enumerate();
            let index = ids.map(|(at, entry)| (entry.target.id(), at)).collect();
            self.index = Some(Box::new(index));
        }
        now::set_mode(STAGED, true);
    }

    /// Whether `id` depends on what is staged, as far as that is known without looking at its deps.
    pub(super) fn affects(&self, id: Id, begin: u64) -> Option<bool> {
        if self.place(id).is_some() {
            return Some(true);
        }
        if id.role() == Role::Source {
            return Some(false);
        }
        let affected = self.below.as_ref().and_then(|below| below.affected.get(&id));
        affected.map(|(_, affected)| *affected).or_else(|| {
            // Its deps are those of another run than the one that is right for this transaction.
            (!is_right_at(id, begin)).then_some(true)
        })
    }

    /// The node of the write that was the how manieth first.
    pub(super) fn target(&self, at: usize) -> Option<Id> {
        self.entries.get(at).map(|entry| entry.target.id())
    }

    /// What was found below the writes is of no use after another one; dropped by the caller.
    fn forget(&mut self) -> Option<Box<Below>> {
        self.below.take()
    }

    pub(super) fn below(&mut self) -> &mut Below {
        self.below.get_or_insert_default()
    }
}

/// Opens a transaction; none is open.
pub(crate) fn begin() {
    now::set_mode(TRANSACTION, true);
    thread::with(|thread| {
        let entries = thread.entries.take();
        let before = thread.staged.replace(Some(Staged { entries, index: None, below: None }));
        debug_assert!(before.is_none(), "who comes second joins the transaction");
    });
}

/// Closes the transaction, and gives what it has written.
pub(crate) fn end() -> Staged {
    now::set_mode(STAGED | TRANSACTION, false);
    thread::with(|thread| thread.staged.take()).unwrap_or_default()
}

/// Borrows the open transaction for `f`, which runs no user code.
pub(super) fn with_staged<R>(f: impl FnOnce(&mut Staged) -> R) -> Option<R> {
    thread::with(|thread| thread.staged.borrow_mut().as_mut().map(f))
}

/// Registers the transaction's snapshot where it writes: what it reads there is of this moment.
fn register(id: Id) {
    let is_known = now::with(|now| std::ptr::eq(id.group.load(Relaxed), now.group.get()));
    if !is_known {
        cell::lock(id).register(id);
    }
}

/// Stages `value`.
pub(crate) fn set(target: &impl Target, value: Value) {
    stage(target, value, Base::Set);
}

/// Stages `value` as a change, whatever it compares to.
pub(crate) fn set_always(target: &impl Target, value: Value) {
    stage(target, value, Base::Forced);
}

fn stage(target: &impl Target, value: Value, base: Base) {
    register(target.id());
    // What is replaced leaves the borrow before it is dropped.
    let replaced = with_staged(|staged| {
        let forgotten = staged.forget();
        let replaced = match staged.entry(target.id()) {
            Some(entry) => {
                let stays_forced = matches!(entry.base, Base::Forced);
                let base = if stays_forced { Base::Forced } else { base };
                entry.is_plain = Entry::is_plain(&base, target.id());
                Some((mem::replace(&mut entry.value, value), mem::replace(&mut entry.base, base)))
            }
            None => {
                staged.push(Entry::new(target.keep(), value, base));
                None
            }
        };
        (forgotten, replaced)
    });
    drop(replaced);
}

/// Stages an update: applied to what this transaction sees, and kept to be applied again should
/// another commit come first.
pub(crate) fn update(target: &impl Target, mut edit: Edit) {
    let id = target.id();
    let version = snapshot_version(id);
    let seen = visible(id);
    let next = edit(&seen);
    let made = next.is_some();
    let value = next.unwrap_or(seen);
    let replaced = with_staged(|staged| {
        let forgotten = staged.forget();
        match staged.entry(id) {
            Some(entry) => {
                let mut unused = None;
                match &mut entry.base {
                    Base::Updated(updates) => {
                        updates.edits.0.push(edit);
                        updates.made |= made;
                    }
                    _ => unused = Some(Apart(vec![edit])),
                }
                (forgotten, Some(mem::replace(&mut entry.value, value)), unused)
            }
            None => {
                let updates = Updates { from: version, edits: Apart(vec![edit]), made };
                let base = Base::Updated(Box::new(updates));
                staged.push(Entry::new(target.keep(), value, base));
                (forgotten, None, None)
            }
        }
    });
    drop(replaced);
}

/// The version of a source that this thread sees.
fn snapshot_version(id: Id) -> Option<Version> {
    let mut access = cell::lock(id);
    access.register(id);
    let saved = access.registration(thread::number()).and_then(|one| one.overrides.get(id));
    saved.map_or(Some(id.state.version()), |seen| seen.version)
}

/// What the open transaction has for `id`: staged, or evaluated below what is staged.
pub(crate) fn value_of(id: Id) -> Option<Outcome> {
    with_staged(|staged| match staged.entry(id) {
        Some(entry) => Some(Outcome::Value(entry.value.clone())),
        None => {
            let below = staged.below.as_ref()?;
            below.private.get(&id).map(|(_, outcome)| outcome.clone())
        }
    })?
}

/// Keeps a private outcome for this transaction; `false` where nothing is staged.
pub(crate) fn remember(id: Id, outcome: &Outcome) -> bool {
    with_staged(|staged| {
        if staged.is_empty() {
            return false;
        }
        staged.below().private.insert(id, (NodeRef::of(id), outcome.clone()));
        true
    })
    .unwrap_or(false)
}

/// Commits a closed transaction: everything that differs, as one commit. If a comparison or an update
/// panics, nothing.
pub(crate) fn commit_all(mut staged: Staged) {
    drop(staged.forget());
    let Some(first) = staged.entries.first().map(|entry| entry.target.id()) else { return };
    unite::unite_all(staged.entries.iter().map(|entry| entry.target.id()));
    let mut is_spent = true;
    loop {
        compare(&mut staged);
        let mut access = cell::lock(first);
        let entries = &mut staged.entries[..];
        // Where another thread's commit came first, once more.
        if entries.iter().all(Entry::is_compared_with_newest) {
            for entry in entries.iter_mut() {
                entry.differs = entry.differs(&access);
                is_spent &= entry.is_spent();
            }
            commit(&mut access, entries);
            break;
        }
    }
    let mut entries = mem::take(&mut staged.entries);
    if !is_spent {
        let_go(&mut entries);
    }
    entries.clear();
    if entries.capacity() <= KEPT {
        thread::with(|thread| thread.entries.replace(entries));
    }
}

/// One commit of all that differ, of nodes of one group.
fn commit(access: &mut Access, entries: &mut [Entry]) {
    let number = access.commits + 1;
    let mut is_any = false;
    for entry in entries.iter().filter(|entry| entry.differs) {
        // Who reads without the lock reads none of them before all are there.
        let id = entry.target.id();
        id.state.set(Bits::MOVING);
        commit::prepare(access, id, number);
        is_any = true;
    }
    if !is_any {
        return;
    }
    access.commits = number;
    for entry in entries.iter_mut().filter(|entry| entry.differs) {
        let value = mem::replace(&mut entry.value, Value::new(()));
        commit::put(access, entry.target.id(), value, number);
    }
    for entry in entries.iter().filter(|entry| entry.differs) {
        let id = entry.target.id();
        id.state.clear(Bits::MOVING);
        if matches!(entry.base, Base::Forced) {
            named::force(id);
        }
    }
    commit::read_on(access, number);
}

impl Entry {
    fn new(target: Kept, value: Value, base: Base) -> Self {
        let is_plain = Self::is_plain(&base, target.id());
        Self { target, value, base, compared: None, is_plain, differs: false }
    }

    /// Whether nothing of a user's is left in it once it is committed.
    #[inline]
    fn is_spent(&self) -> bool {
        let has_value = !self.differs && self.target.id().state.load().has(Bits::BOXED);
        !has_value && !matches!(self.base, Base::Updated(_))
    }

    /// Whether no user code is needed to know if something made from `base` is a change of `id`.
    fn is_plain(base: &Base, id: Id) -> bool {
        match base {
            Base::Set => id.state.load().has(Bits::PLAIN | Bits::NEVER),
            Base::Forced => true,
            Base::Updated(_) => false,
        }
    }

    /// Under the lock.
    fn is_compared_with_newest(&self) -> bool {
        self.is_plain || self.compared == Some(self.target.id().state.version())
    }

    /// Under the lock, compared already unless it is plain.
    fn differs(&self, access: &Access) -> bool {
        if !self.is_plain {
            return self.differs;
        }
        let id = self.target.id();
        let is_forced = matches!(self.base, Base::Forced) || id.state.has(Bits::NEVER);
        is_forced || !access.holds(id, &self.value)
    }

    /// Compares with what is committed, applying updates again where that has moved on: user code.
    fn compare(&mut self) {
        let id = self.target.id();
        let (stored, version) = commit::stored(&cell::lock(id), id);
        let mut made = true;
        if let Base::Updated(updates) = &mut self.base {
            if updates.from != Some(version) {
                let (value, made) = updates.again(&stored);
                self.value = value;
                (updates.from, updates.made) = (Some(version), made);
            }
            made = updates.made;
        }
        self.differs = made && run::differ(id, &stored, &self.value);
        self.compared = Some(version);
    }
}

impl Updates {
    /// What they make of `stored`, and whether any of them makes something.
    fn again(&mut self, stored: &Value) -> (Value, bool) {
        let (mut value, mut made) = (stored.clone(), false);
        for edit in &mut self.edits.0 {
            if let Some(next) = edit(&value) {
                (value, made) = (next, true);
            }
        }
        (value, made)
    }
}

/// Drops what users own of each, also where another one panics: they are of different bindings.
#[cold]
fn let_go(entries: &mut Vec<Entry>) {
    for Entry { target, value, base, .. } in entries.drain(..) {
        drop_caught(value);
        drop_caught(base);
        drop_caught(target);
    }
}

/// Compares every entry that needs user code for it.
fn compare(staged: &mut Staged) {
    // What updates and comparisons write meanwhile waits, and is given up with a transaction that fails.
    let _computing = Computing::start();
    staged.entries.iter_mut().filter(|entry| !entry.is_plain).for_each(Entry::compare);
}

/// Puts a write off until the outermost computation of this thread is over.
pub(crate) fn later(write: impl FnOnce() + 'static) {
    thread::with(|thread| thread.later.borrow_mut().push(Box::new(write)));
    now::want(APPLY);
}

fn take_later() -> Apart<Later> {
    if now::is_computing() || !now::wants(APPLY) {
        return Apart(Vec::new());
    }
    now::done(APPLY);
    Apart(thread::with(|thread| thread.later.take()))
}

/// Applies what was put off, all together, if no computation is under way.
#[inline]
pub(crate) fn apply_later() {
    if !now::wants(APPLY | AFTERWARDS) {
        return;
    }
    let mut writes = take_later();
    if !writes.0.is_empty() {
        // If one panics, those after it are dropped.
        writes.0.reverse();
        crate::transaction(|| iter::from_fn(|| writes.0.pop()).for_each(|write| write()));
    }
    run_afterwards();
}

/// Has `f` done once no computation and no transaction of this thread is under way, also when what is
/// around it panics.
pub(crate) fn afterwards(f: impl FnOnce() + 'static) {
    thread::with(|thread| thread.afterwards.borrow_mut().push(Box::new(f)));
    now::want(AFTERWARDS);
}

fn run_afterwards() {
    if now::wants(AFTERWARDS) && matches!(commit::mode(), commit::Mode::Now) {
        now::done(AFTERWARDS);
        let list = thread::with(|thread| thread.afterwards.take());
        for f in list {
            f();
        }
    }
}

/// How many writes are put off at this moment: a mark for [`abandon_since`].
pub(crate) fn put_off() -> usize {
    thread::with(|thread| thread.later.borrow().len())
}

/// Gives up what was put off since `mark`, after a panic.
pub(crate) fn abandon_since(mark: usize) {
    let writes = thread::with(|thread| {
        let mut later = thread.later.borrow_mut();
        let mark = mark.min(later.len());
        later.split_off(mark)
    });
    drop(Apart(writes));
}

/// Gives up what was put off, after a panic, and runs the effects that wait.
pub(crate) fn abandon_later() {
    drop(take_later());
    surface::report_kept();
    run_afterwards();
    flush::flush();
}
