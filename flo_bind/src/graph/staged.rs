//! The staged writes of a transaction, and writes that wait for a computation.

use std::{collections::HashMap, mem};

use flo_core::{Version, sync::Arc};

use super::{
    cell,
    commit::{self, Target, commit, visible},
    flush,
    group::Group,
    node::{Kind, Node},
    run,
    running::{Computing, begin_of},
    thread,
    value::{Outcome, Value},
};

/// An update, without its type: from a value to the next one.
pub(crate) type Edit = Box<dyn FnMut(&Value) -> Value>;

/// A write that waits for the outermost computation of this thread.
pub(crate) type Later = Box<dyn FnOnce()>;

/// What a transaction has written so far.
#[derive(Default)]
pub(crate) struct Staged {
    /// In the order of the first writes.
    entries: Vec<Entry>,
    /// By node number, the place in `entries`.
    index: HashMap<u64, usize>,
    /// Computeds evaluated below the staged writes; until the next of them.
    private: HashMap<u64, Outcome>,
    /// Nodes, and whether they depend on something staged; until the next staged write.
    affected: HashMap<u64, bool>,
}

struct Entry {
    target: Target,
    value: Value,
    base: Base,
    /// A change whatever it compares to.
    always: bool,
}

/// What `value` was made from.
enum Base {
    /// Nothing: it was set.
    Set,
    /// The committed value of this version, and these updates in order.
    Updated(Version, Vec<Edit>),
}

impl Staged {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn entry(&mut self, node: &Node) -> Option<&mut Entry> {
        self.index.get(&node.number).map(|at| &mut self.entries[*at])
    }

    fn push(&mut self, entry: Entry) {
        self.index.insert(entry.target.node.node().number, self.entries.len());
        self.entries.push(entry);
    }

    /// Whether `node` depends on what is staged, as far as that is known without looking at its deps.
    fn affects(&self, group: &Group, node: &Node, begin: u64) -> Option<bool> {
        if self.index.contains_key(&node.number) {
            return Some(true);
        }
        self.affected.get(&node.number).copied().or_else(|| {
            // Its deps are those of another run than the one that is right for this transaction.
            let other =
                matches!(node.kind, Kind::Computed(_)) && !group.core(node).is_right_at(begin);
            other.then_some(true)
        })
    }

    /// What was evaluated below the writes is of no use after another one; dropped by the caller.
    fn forget(&mut self) -> HashMap<u64, Outcome> {
        self.affected.clear();
        mem::take(&mut self.private)
    }
}

/// Borrows the open transaction for `f`, which runs no user code.
fn with_staged<R>(f: impl FnOnce(&mut Staged) -> R) -> Option<R> {
    thread::with(|thread| thread.staged.borrow_mut().as_mut().map(f))
}

/// Stages `value`.
pub(crate) fn set(target: &Target, value: Value) {
    // What is replaced leaves the borrow before it is dropped.
    let replaced = with_staged(|staged| {
        let forgotten = staged.forget();
        let replaced = match staged.entry(target.node.node()) {
            Some(entry) => Some((
                mem::replace(&mut entry.value, value),
                mem::replace(&mut entry.base, Base::Set),
            )),
            None => {
                staged.push(Entry {
                    target: target.clone(),
                    value,
                    base: Base::Set,
                    always: false,
                });
                None
            }
        };
        (forgotten, replaced)
    });
    drop(replaced);
}

/// Stages `value` as a change, whatever it compares to.
pub(crate) fn set_always(target: &Target, value: Value) {
    set(target, value);
    with_staged(|staged| {
        if let Some(entry) = staged.entry(target.node.node()) {
            entry.always = true;
        }
    });
}

/// Stages an update: applied to what this transaction sees, and kept to be applied again should
/// another commit come first.
pub(crate) fn update(target: &Target, mut edit: Edit) {
    let node = target.node.node();
    let version = cell::lock().snapshot_version(node);
    let value = edit(&visible(target));
    let replaced = with_staged(|staged| {
        let forgotten = staged.forget();
        match staged.entry(node) {
            Some(entry) => {
                if let Base::Updated(_, edits) = &mut entry.base {
                    edits.push(edit);
                }
                (forgotten, Some(mem::replace(&mut entry.value, value)))
            }
            None => {
                let base = Base::Updated(version, vec![edit]);
                staged.push(Entry { target: target.clone(), value, base, always: false });
                (forgotten, None)
            }
        }
    });
    drop(replaced);
}

/// What the open transaction has for `node`: staged, or evaluated below what is staged.
pub(crate) fn value_of(node: &Node) -> Option<Outcome> {
    with_staged(|staged| match staged.entry(node) {
        Some(entry) => Some(Outcome::Value(Arc::clone(&entry.value))),
        None => staged.private.get(&node.number).cloned(),
    })?
}

/// Keeps a private outcome for this transaction; `false` where nothing is staged.
pub(crate) fn remember(node: &Node, outcome: &Outcome) -> bool {
    with_staged(|staged| {
        if !staged.is_empty() {
            staged.private.insert(node.number, outcome.clone());
        }
        !staged.is_empty()
    })
    .unwrap_or(false)
}

/// Whether what `node` holds at this transaction's version depends, directly or not, on something that it
/// has written, or whether that cannot be told. Iterative, and each node once until the next staged write
/// (G11).
///
/// The edges of a node are those of the run that its stored outcome comes from. Where that is of a later
/// version than this transaction's, they say nothing about the one that is right here.
pub(crate) fn reaches(group: &Group, node: &Arc<Node>) -> bool {
    let begin = begin_of(group);
    with_staged(|staged| {
        // The path to where the walk is: each node with the next of its deps.
        let mut path = vec![(Arc::clone(node), 0)];
        while let Some((node, at)) = path.last_mut() {
            let known = if *at > 0 { None } else { staged.affects(group, node, begin) };
            let dep = group.core(node).deps.get(*at).map(|dep| Arc::clone(dep.node.node()));
            *at += 1;
            match (known, dep) {
                (Some(true), _) => {
                    // Who leads here is affected as well.
                    staged.affected.extend(path.iter().map(|(node, _)| (node.number, true)));
                    return true;
                }
                (None, Some(dep)) => {
                    if *at == 1 {
                        // Until it is known better; ends the walk of a circle.
                        staged.affected.insert(node.number, false);
                    }
                    path.push((dep, 0));
                }
                (None, None) | (Some(false), _) => {
                    staged.affected.insert(node.number, false);
                    path.pop();
                }
            }
        }
        false
    })
    .unwrap_or(false)
}

/// Commits a closed transaction: everything that differs, as one commit. If a comparison or an update
/// panics, nothing.
pub(crate) fn commit_all(mut staged: Staged) {
    drop(staged.forget());
    while !staged.is_empty() {
        let compared = compare(&mut staged);
        let mut access = cell::lock();
        let moved = staged.entries.iter().zip(&compared).any(|(entry, compared)| {
            access.core(entry.target.node.node()).version != compared.version
        });
        if moved {
            continue;
        }
        let changes = staged.entries.iter().zip(&compared);
        let writes: Vec<_> = changes
            .filter(|(_, compared)| compared.differs)
            .map(|(entry, _)| (Arc::clone(entry.target.node.node()), Arc::clone(&entry.value)))
            .collect();
        if !writes.is_empty() {
            commit(&mut access, writes);
        }
        for entry in staged.entries.iter().filter(|entry| entry.always) {
            commit::force(&mut access, entry.target.node.node());
        }
        drop(access);
        break;
    }
    drop(staged);
}

struct Compared {
    version: Version,
    differs: bool,
}

/// Compares every entry with what is committed, applying updates again where that has moved on.
fn compare(staged: &mut Staged) -> Vec<Compared> {
    // What updates and comparisons write meanwhile waits, and is given up with a transaction that fails.
    let _computing = Computing::start();
    let entries = staged.entries.iter_mut();
    entries
        .map(|entry| {
            let node = entry.target.node.node();
            let (stored, version) = commit::stored(&cell::lock(), node);
            if let Base::Updated(base, edits) = &mut entry.base
                && *base != version
            {
                let mut value = Arc::clone(&stored);
                for edit in edits {
                    value = edit(&value);
                }
                (entry.value, *base) = (value, version);
            }
            let differs = entry.always || run::differ(node, &stored, &entry.value);
            Compared { version, differs }
        })
        .collect()
}

/// Puts a write off until the outermost computation of this thread is over.
pub(crate) fn later(write: impl FnOnce() + 'static) {
    thread::with(|thread| thread.later.borrow_mut().push(Box::new(write)));
}

/// Applies what was put off, all together, if no computation is under way.
pub(crate) fn apply_later() {
    let writes =
        thread::with(
            |thread| {
                if thread.computing.get() > 0 { Vec::new() } else { thread.later.take() }
            },
        );
    if !writes.is_empty() {
        crate::transaction(|| writes.into_iter().for_each(|write| write()));
    }
    run_afterwards();
}

/// Has `f` done once no computation and no transaction of this thread is under way, also when what is
/// under way is given up.
pub(crate) fn afterwards(f: impl FnOnce() + 'static) {
    thread::with(|thread| thread.afterwards.borrow_mut().push(Box::new(f)));
}

fn run_afterwards() {
    if matches!(commit::mode(), commit::Mode::Now) {
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
    drop(writes);
}

/// Gives up what was put off, after a panic, and runs the effects that wait.
pub(crate) fn abandon_later() {
    let writes =
        thread::with(
            |thread| {
                if thread.computing.get() > 0 { Vec::new() } else { thread.later.take() }
            },
        );
    drop(writes);
    run_afterwards();
    flush::flush();
}
