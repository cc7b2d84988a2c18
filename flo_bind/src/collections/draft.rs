//! A list under edit.

use super::{
    diff::{Diverged, Items, ListDiff, Removed},
    snapshot::ListSnapshot,
    state::{Content, Record, State},
    tree::{Count, Tree},
};
use crate::graph::garbage;

/// The value of a list's node.
pub(crate) type ListState<T> = State<ListSnapshot<T>>;

impl<T> Content for ListSnapshot<T> {
    type Diff = ListDiff<T>;
    type Draft = Draft<T>;
    type Items = Tree<T>;

    const NAME: &'static str = "list";

    fn of(items: Tree<T>) -> Self {
        Self { items }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn into_draft(self, record: Record<ListDiff<T>>) -> Draft<T> {
        Draft { items: self.items, record }
    }

    fn of_draft(draft: Draft<T>) -> (Self, Record<ListDiff<T>>) {
        (Self { items: draft.items }, draft.record)
    }
}

/// A list under edit: a copy, outside of any lock (C2).
pub(crate) struct Draft<T> {
    items: Tree<T>,
    record: Record<ListDiff<T>>,
}

impl<T> Draft<T> {
    /// One of which nobody will ask what was done.
    pub(crate) fn unlogged(items: Tree<T>) -> Self {
        Self { items, record: Record::default() }
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
        if self.record.is_logged() {
            self.log(at, Items::none(), Items::one(item.clone()));
        }
        self.record.change();
        self.items.insert(at, item);
    }

    pub(crate) fn remove(&mut self, at: usize) -> T {
        let item = self.items.remove(at);
        self.record.change();
        if self.record.is_logged() {
            self.log(at, Items::one(item.clone()), Items::none());
        }
        item
    }

    pub(crate) fn set(&mut self, at: usize, item: T) -> T {
        let inserted = self.record.is_logged().then(|| Items::one(item.clone()));
        let old = self.items.replace(at, item);
        self.record.change();
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
        self.record.change();
        let inserted = self.record.is_logged().then(|| items.clone());
        let removed = self.items.splice(at, count, items);
        if let Some(inserted) = inserted {
            self.log(at, Items::tree(removed.clone()), Items::tree(inserted));
        }
        removed
    }

    /// As [`splice`](Self::splice), of few, by a run; what was there is dropped, and a panic of that is not the run's.
    pub(crate) fn put(
        &mut self,
        at: usize,
        count: usize,
        mut items: impl ExactSizeIterator<Item = T>,
    ) {
        match (count, items.len(), items.next()) {
            (0, 1, Some(item)) => self.insert(at, item),
            (1, 1, Some(item)) => garbage::drop_caught(self.set(at, item)),
            (1, 0, None) => garbage::drop_caught(self.remove(at)),
            (_, _, first) => {
                let items = Tree::build(Count, first.into_iter().chain(items));
                garbage::drop_caught(self.splice(at, count, items));
            }
        }
    }

    pub(crate) fn move_item(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        self.record.change();
        let item = self.items.remove(from);
        self.items.insert(to, item);
        if self.record.is_logged() {
            self.record.log(ListDiff::Move { from, to }, 1);
        }
    }

    /// As a move, and then a [`put`](Self::put) of one at `to`.
    pub(crate) fn move_and_put(&mut self, from: usize, to: usize, item: T) {
        if from == to {
            garbage::drop_caught(self.set(to, item));
            return;
        }
        self.record.change();
        let old = self.items.remove(from);
        self.items.insert(to, item.clone());
        if self.record.is_logged() {
            self.record.log(ListDiff::Move { from, to }, 1);
            self.log(to, Items::one(old), Items::one(item));
        } else {
            garbage::drop_caught(old);
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
        self.items = items;
        self.record.reset();
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
        let weight = 1 + removed.len();
        let removed = Removed::known(removed);
        self.record.log(ListDiff::Splice { at, removed, inserted }, weight);
    }
}
