//! What the node of a list holds, and a copy of it under edit.

use std::any::Any;

use flo_core::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{
    diff::{Diverged, Items, ListDiff, Removed},
    log::{Diffs, Log, Missed},
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};
use crate::graph::value::{Equal, Nature};

/// What an operator keeps beside its output.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

/// The value of a list's node (C1): items, which state that is, and what led to it lately.
pub(crate) struct ListState<T> {
    pub(crate) snapshot: ListSnapshot<T>,
    pub(crate) rev: Rev,
    pub(crate) log: Log<ListDiff<T>>,
    /// Of a derived list: what its operator goes on from.
    pub(crate) kept: Option<Kept>,
    watched: Watched,
}

/// How many there are who may ask what has changed: followers and derived lists. While there is nobody, nothing is
/// logged.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<AtomicUsize>);

/// Counts as one who may ask.
pub(crate) struct Watching(Watched);

impl Watched {
    pub(crate) fn watch(&self) -> Watching {
        // Relaxed: who comes while an edit is under way may miss that one in the log, and then begins anew.
        self.0.fetch_add(1, Relaxed);
        Watching(self.clone())
    }

    pub(crate) fn is_any(&self) -> bool {
        self.0.load(Relaxed) > 0
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

impl<T> ListState<T> {
    /// A state that is made from no other one: who has seen one before begins anew (C3).
    pub(crate) fn new(items: Tree<T>, watched: Watched, kept: Option<Kept>) -> Self {
        let snapshot = ListSnapshot::of(items);
        Self { snapshot, rev: Rev::next(), log: Log::default(), kept, watched }
    }

    /// What led from the state `seen` to this one, unless it is not known any more.
    pub(crate) fn since(&self, seen: Rev) -> Option<Missed<ListDiff<T>>> {
        if seen == self.rev { Some(Missed::new()) } else { self.log.since(seen) }
    }

    /// A copy to be edited.
    pub(crate) fn draft(&self) -> Draft<T> {
        let draft = Draft::unlogged(self.snapshot.items.clone());
        Draft { is_logged: self.watched.is_any(), ..draft }
    }

    /// What `draft`, which was made of this, has become; `None` where it was not changed (C4).
    pub(crate) fn next(&self, draft: Draft<T>, kept: Option<Kept>) -> Option<Self> {
        if !draft.is_changed {
            return None;
        }
        let after = Rev::next();
        let mut log = Log::default();
        if draft.is_logged {
            log = self.log.clone();
            let bound = bound(draft.items.len());
            log.record((self.rev, after), draft.diffs, draft.weight, bound);
        }
        let snapshot = ListSnapshot::of(draft.items);
        Some(Self { snapshot, rev: after, log, kept, watched: self.watched.clone() })
    }
}

impl<T> Clone for ListState<T> {
    fn clone(&self) -> Self {
        Self {
            snapshot: self.snapshot.clone(),
            rev: self.rev,
            log: self.log.clone(),
            kept: self.kept.clone(),
            watched: self.watched.clone(),
        }
    }
}

/// The weight that the log of a collection may have (L3): about as much as is cheaper to go through than all of it.
pub(crate) fn bound(len: usize) -> usize {
    (len / 32).clamp(256, 32_768)
}

/// A list under edit: a copy, outside of any lock (C2).
pub(crate) struct Draft<T> {
    items: Tree<T>,
    diffs: Diffs<ListDiff<T>>,
    weight: usize,
    is_changed: bool,
    is_logged: bool,
}

impl<T> Draft<T> {
    /// One of which nobody will ask what was done.
    pub(crate) fn unlogged(items: Tree<T>) -> Self {
        Self { items, diffs: Diffs::new(), weight: 0, is_changed: false, is_logged: false }
    }

    pub(crate) fn into_items(self) -> Tree<T> {
        self.items
    }
}

impl<T: Clone> Draft<T> {
    pub(crate) fn items(&self) -> &Tree<T> {
        &self.items
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn insert(&mut self, at: usize, item: T) {
        if self.is_logged {
            self.log(at, Items::none(), Items::one(item.clone()));
        }
        self.is_changed = true;
        self.items.insert(at, item);
    }

    pub(crate) fn remove(&mut self, at: usize) -> T {
        let item = self.items.remove(at);
        self.is_changed = true;
        if self.is_logged {
            self.log(at, Items::one(item.clone()), Items::none());
        }
        item
    }

    pub(crate) fn set(&mut self, at: usize, item: T) -> T {
        let inserted = self.is_logged.then(|| Items::one(item.clone()));
        let old = self.items.replace(at, item);
        self.is_changed = true;
        if let Some(inserted) = inserted {
            self.log(at, Items::one(old.clone()), inserted);
        }
        old
    }

    /// Puts `items` where `count` items are from `at` on; gives those.
    pub(crate) fn splice(&mut self, at: usize, count: usize, items: Tree<T>) -> Tree<T> {
        if count == 0 && items.is_empty() {
            return items;
        }
        self.is_changed = true;
        let inserted = self.is_logged.then(|| items.clone());
        let removed = self.items.splice(at, count, items);
        if let Some(inserted) = inserted {
            self.log(at, Items::tree(removed.clone()), Items::tree(inserted));
        }
        removed
    }

    /// As [`splice`](Self::splice), of few; what was there is dropped.
    pub(crate) fn put(
        &mut self,
        at: usize,
        count: usize,
        mut items: impl ExactSizeIterator<Item = T>,
    ) {
        match (count, items.len(), items.next()) {
            (0, 1, Some(item)) => self.insert(at, item),
            (1, 1, Some(item)) => drop(self.set(at, item)),
            (1, 0, None) => drop(self.remove(at)),
            (_, _, first) => {
                let items = Tree::build(Count, first.into_iter().chain(items));
                drop(self.splice(at, count, items));
            }
        }
    }

    pub(crate) fn move_item(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        self.is_changed = true;
        let item = self.items.remove(from);
        self.items.insert(to, item);
        if self.is_logged {
            self.weight += 1;
            self.diffs.push(ListDiff::Move { from, to });
        }
    }

    /// As a move, and then a [`set`](Self::set) at `to`.
    pub(crate) fn move_and_set(&mut self, from: usize, to: usize, item: T) {
        if from == to {
            drop(self.set(to, item));
            return;
        }
        self.is_changed = true;
        let old = self.items.remove(from);
        self.items.insert(to, item.clone());
        if self.is_logged {
            self.weight += 1;
            self.diffs.push(ListDiff::Move { from, to });
            self.log(to, Items::one(old), Items::one(item));
        }
    }

    /// Moves `count` items from `from` on to where the first of them then is at `to`.
    pub(crate) fn move_range(&mut self, from: usize, count: usize, to: usize) {
        match count {
            _ if from == to => {}
            1 => self.move_item(from, to),
            _ => {
                let items = self.splice(from, count, Tree::new(Count));
                drop(self.splice(to, 0, items));
            }
        }
    }

    /// Makes it another list; who follows it begins anew.
    pub(crate) fn reset(&mut self, items: Tree<T>) {
        self.is_changed = true;
        self.items = items;
        self.diffs.clear();
        self.is_logged = false;
    }

    /// Does what `diff` says.
    pub(crate) fn apply(&mut self, diff: &ListDiff<T>) -> Result<(), Diverged> {
        match diff {
            ListDiff::Splice { at, removed, inserted } => {
                let until = at.checked_add(removed.count).filter(|until| *until <= self.len());
                until.ok_or(Diverged(()))?;
                match inserted.only() {
                    Some(item) => self.put(*at, removed.count, [item.clone()].into_iter()),
                    None => drop(self.splice(*at, removed.count, inserted.to_tree())),
                }
            }
            ListDiff::Move { from, to } if *from.max(to) < self.len() => self.move_item(*from, *to),
            ListDiff::Move { .. } => return Err(Diverged(())),
            ListDiff::Reset { new, .. } => self.reset(new.items.clone()),
        }
        Ok(())
    }

    fn log(&mut self, at: usize, removed: Items<T>, inserted: Items<T>) {
        self.weight += 1 + removed.len();
        self.diffs.push(ListDiff::Splice { at, removed: Removed::known(removed), inserted });
    }
}

/// Two states of a list are one where they have one [`Rev`]: no value is compared.
pub(crate) struct SameRev;

impl<T: 'static> Equal<ListState<T>> for SameRev {
    fn nature(&self) -> Nature {
        Nature::Compared
    }

    fn equal(&self, old: &ListState<T>, new: &ListState<T>) -> bool {
        old.rev == new.rev
    }
}
