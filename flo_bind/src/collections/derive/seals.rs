//! What the rows of a collection have read beside it, and which of them are to be asked again.
//!
//! # Idea
//! A closure that is run for a row may read bindings. What it has read is put under a *seal*: a computed which tells whether any of that is
//! another version by now. Above the seals, one for each node of a counted tree, computeds tell whether any seal below is
//! broken; the one at the root is a dep of the derived node. So a binding that changes marks the path from its row to the root, and a run
//! goes down that path to the row:
//!
//! ```text
//!   rows       0     1     2 … 7     8              what they have read, in extents of rows that have read the same
//!   seals      a@3   ·     b@1 c@9   ·              ·: nothing, and nothing is kept for it
//!                ╲           ╱
//!   tree          ── any? ──                        c is set: its seal breaks, any? is true, the derived node is marked; its run
//!                     │                             asks rows 2 to 7 again, and they get another seal
//!                  derived
//! ```
//!
//! What closures read that are for no row by itself, such as a comparison, is under a seal of its own: where that breaks all is begun
//! anew.
//!
//! All of it is persistent, as what operators keep is: an edit makes the computeds of one path anew. Where no row has read
//! anything there is neither a tree nor a computed.
//!
//! # Invariants
//! - **W1** A seal is broken, for a reader, where some node that its rows have read is of another version for that
//!   reader than they saw. The nodes are looked at in the order in which the rows read them, and none behind the first that differs,
//!   which the rows may not read again.
//! - **W2** A seal is never mended: rows that are asked again get another one. So it says the same of a version to whoever
//!   asks, whichever run made it and however many threads look.
//! - **W3** The computed of a tree's node says whether a seal below it is broken, and the derived node depends on the root's: who changes
//!   what a row has read marks the derived node (G5), and nothing that no row has read any more does.
//! - **W4** Neighbours that have read the same are in one extent.

use std::{ops::Range, panic::Location};

use flo_core::sync::Arc;

use crate::{
    collections::tree::{Measure, Passed, Sums, Tree},
    graph::{
        frame,
        gather::{Found, is_same},
        node::NodeRef,
        read,
        value::{ByValue, Version},
    },
};

#[cfg(test)]
mod tests;

/// What some rows have read.
#[derive(Clone)]
pub(super) struct Seal {
    /// Whether it is broken.
    node: NodeRef,
    pub(super) found: Arc<Found>,
}

impl Seal {
    /// # Panics
    /// Outside of a run.
    pub(super) fn new(found: Found) -> Self {
        let found = Arc::new(found);
        let read = Arc::clone(&found);
        let is_broken = move || !read.iter().all(|(node, seen)| is_still(node, *seen));
        Self { node: NodeRef::computed_at(site(), is_broken, ByValue), found }
    }
}

/// W1. What was computed for one run alone has no version, and so is none that could be seen again.
fn is_still(node: &NodeRef, seen: Option<Version>) -> bool {
    let now = read::seen(node.id()).version;
    now.is_some() && now == seen
}

fn is_broken(node: &NodeRef) -> bool {
    read::get::<bool>(node.id())
}

/// Where the computed was made whose run this is.
fn site() -> &'static Location<'static> {
    let id = frame::computing().unwrap_or_else(|| unreachable!("rows are asked in a run"));
    id.site()
}

impl PartialEq for Seal {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.found, &other.found) || is_same(&self.found, &other.found)
    }
}

/// Rows one after the other that have read the same.
#[derive(Clone)]
pub(super) struct Extent {
    pub(super) len: usize,
    pub(super) seal: Option<Seal>,
}

#[derive(Clone, Copy)]
struct Broken(&'static Location<'static>);

/// What is known of some extents.
#[derive(Clone)]
struct Part {
    rows: usize,
    /// Whether one of their seals is broken, if they have any (W3).
    node: Option<NodeRef>,
}

impl Broken {
    fn any(self, nodes: impl Iterator<Item = NodeRef>) -> Option<NodeRef> {
        let all: Box<[NodeRef]> = nodes.collect();
        if all.len() < 2 {
            return all.into_iter().next();
        }
        // All of them, so that the next run finds its deps where they were.
        let any = move || all.iter().filter(|node| is_broken(node)).count() > 0;
        Some(NodeRef::computed_at(self.0, any, ByValue))
    }
}

impl Measure<Extent> for Broken {
    type Sum = Part;

    fn of(&self, extents: &[Extent]) -> Part {
        let rows = extents.iter().map(|extent| extent.len).sum();
        let seals = extents.iter().filter_map(|extent| extent.seal.as_ref());
        Part { rows, node: self.any(seals.map(|seal| seal.node.clone())) }
    }

    fn join(&self, parts: Sums<'_, Extent, Part>) -> Part {
        let rows = parts.iter().map(|part| part.rows).sum();
        Part { rows, node: self.any(parts.iter().filter_map(|part| part.node.clone())) }
    }
}

/// See the file.
#[derive(Clone, Default)]
pub(super) struct Seals {
    /// How many rows there are.
    len: usize,
    /// Where anything was read.
    read: Option<Box<Read>>,
}

#[derive(Clone, Default)]
struct Read {
    /// Where some row has read something.
    extents: Option<Tree<Extent, Broken>>,
    /// What was read for no row by itself.
    others: Option<Seal>,
}

impl Seals {
    /// Makes all that was read a dep of the run under way (W3).
    #[inline]
    pub(super) fn link(&self) {
        if self.read.is_some() {
            self.link_read();
        }
    }

    #[cold]
    fn link_read(&self) {
        let root = self.extents().and_then(|extents| extents.sum()?.node.as_ref());
        let others = self.others().map(|others| &others.node);
        for node in root.into_iter().chain(others) {
            is_broken(node);
        }
    }

    /// Whether something differs that was read for no row by itself, so that all must be begun anew.
    #[inline]
    pub(super) fn is_void(&self) -> bool {
        self.others().is_some_and(|others| frame::untracked(|| is_broken(&others.node)))
    }

    /// The rows that are to be asked again, in order.
    #[inline]
    pub(super) fn broken(&self) -> Vec<Range<usize>> {
        self.extents().map_or_else(Vec::new, Self::broken_of)
    }

    fn broken_of(extents: &Tree<Extent, Broken>) -> Vec<Range<usize>> {
        let mut broken = Vec::new();
        let mut at = 0;
        // What is a dep is the root, as it is after the run.
        frame::untracked(|| {
            extents.look_into(|passed| {
                let (rows, node) = match passed {
                    Passed::Sum(part) => (part.rows, part.node.as_ref()),
                    Passed::Item(extent) => {
                        (extent.len, extent.seal.as_ref().map(|seal| &seal.node))
                    }
                };
                let is_broken = node.is_some_and(is_broken);
                match passed {
                    Passed::Sum(_) if is_broken => return true,
                    Passed::Item(_) if is_broken => broken.push(at..at + rows),
                    Passed::Sum(_) | Passed::Item(_) => {}
                }
                at += rows;
                false
            });
        });
        broken
    }

    /// So many rows go and so many come, where none has read anything.
    #[inline]
    pub(super) fn count(&mut self, went: usize, came: usize) {
        self.len = self.len - went + came;
    }

    /// Puts those of new rows where `count` rows are from `at` on.
    pub(super) fn put(&mut self, at: usize, count: usize, mut new: Vec<Extent>) {
        let is_any = new.iter().any(|extent| extent.seal.is_some());
        let came: usize = new.iter().map(|extent| extent.len).sum();
        if !is_any && !self.has_any() {
            return self.count(count, came);
        }
        let read = self.read.get_or_insert_default();
        match &mut read.extents {
            None => {
                let plain = |len| (len > 0).then_some(Extent { len, seal: None });
                let (before, after) = (plain(at), plain(self.len - at - count));
                let mut extents = Vec::with_capacity(new.len() + 2);
                before.into_iter().chain(new).chain(after).for_each(|one| add(&mut extents, one));
                read.extents = Some(Tree::build(Broken(site()), extents));
            }
            Some(extents) => {
                if !put_one(extents, at, count, &mut new) {
                    splice(extents, at, count, new);
                }
                if extents.sum().is_none_or(|sum| sum.node.is_none()) {
                    read.extents = None;
                }
            }
        }
        self.count(count, came);
    }

    /// What the row at `from` has read goes with it.
    #[inline]
    pub(super) fn move_row(&mut self, from: usize, to: usize) {
        if self.has_any() {
            self.move_read(from, to);
        }
    }

    fn move_read(&mut self, from: usize, to: usize) {
        let Some(extents) = self.extents() else { return };
        let (index, _) = find(extents, from);
        let seal = extents.get(index).and_then(|extent| extent.seal.clone());
        self.put(from, 1, Vec::new());
        self.put(to, 0, vec![Extent { len: 1, seal }]);
    }

    /// Whether some row has read something.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.extents().is_some()
    }

    /// What was read for no row by itself.
    pub(super) fn others(&self) -> Option<&Seal> {
        self.read.as_ref()?.others.as_ref()
    }

    pub(super) fn set_others(&mut self, others: Seal) {
        self.read.get_or_insert_default().others = Some(others);
    }

    #[inline]
    fn extents(&self) -> Option<&Tree<Extent, Broken>> {
        self.read.as_ref()?.extents.as_ref()
    }
}

/// Adds an extent behind others (W4).
pub(super) fn add(extents: &mut Vec<Extent>, new: Extent) {
    match extents.last_mut() {
        _ if new.len == 0 => {}
        Some(last) if last.seal == new.seal => last.len += new.len,
        _ => extents.push(new),
    }
}

/// The number of the extent in which row `at` is, or how many there are; and where that begins.
fn find(extents: &Tree<Extent, Broken>, at: usize) -> (usize, usize) {
    let mut begin = 0;
    let index = extents.passed(|passed| {
        let len = match passed {
            Passed::Sum(part) => part.rows,
            Passed::Item(extent) => extent.len,
        };
        let is_before = begin + len <= at;
        begin += if is_before { len } else { 0 };
        is_before
    });
    (index, begin)
}

/// As [`splice`], where that makes one extent longer or shorter, or one comes, goes or takes the place of another; whether
/// it does. Otherwise `new` is as it was.
fn put_one(
    extents: &mut Tree<Extent, Broken>,
    at: usize,
    count: usize,
    new: &mut Vec<Extent>,
) -> bool {
    if new.len() > 1 {
        return false;
    }
    let (index, begin) = find(extents, at);
    let here = extents.get(index);
    let (end, came) =
        (begin + here.map_or(0, |here| here.len), new.first().map_or(0, |new| new.len));
    let is_apart = |place: Option<usize>, new: &Extent| {
        place.and_then(|place| extents.get(place)).is_none_or(|other| other.seal != new.seal)
    };
    let is_whole = begin == at && end == at + count && count > 0;
    match (here, new.first()) {
        _ if count == 0 && came == 0 => {}
        // Longer, shorter, or as long as it was.
        (Some(here), one)
            if at + count <= end
                && !(is_whole && came == 0)
                && one.is_none_or(|one| one.seal == here.seal) =>
        {
            let changed = Extent { len: here.len + came - count, seal: here.seal.clone() };
            drop(extents.replace(index, changed));
        }
        (_, Some(one)) if count == 0 && at == begin => {
            match index.checked_sub(1).and_then(|before| Some((before, extents.get(before)?))) {
                Some((before, last)) if last.seal == one.seal => {
                    let changed = Extent { len: last.len + came, seal: last.seal.clone() };
                    drop(extents.replace(before, changed));
                }
                _ => extents.insert(index, new.remove(0)),
            }
        }
        (Some(_), Some(one))
            if is_whole
                && is_apart(index.checked_sub(1), one)
                && is_apart(Some(index + 1), one) =>
        {
            drop(extents.replace(index, new.remove(0)));
        }
        (Some(_), None) if is_whole => {
            let before = index.checked_sub(1).and_then(|before| extents.get(before));
            if before.is_some_and(|before| !is_apart(Some(index + 1), before)) {
                return false;
            }
            drop(extents.remove(index));
        }
        _ => return false,
    }
    true
}

fn splice(extents: &mut Tree<Extent, Broken>, at: usize, count: usize, new: Vec<Extent>) {
    let mut removed = split_off(extents, at);
    let rest = split_off(&mut removed, count);
    let new = Tree::build(Broken(site()), new);
    append(extents, new);
    append(extents, rest);
}

/// Takes off what is from row `at` on.
fn split_off(extents: &mut Tree<Extent, Broken>, at: usize) -> Tree<Extent, Broken> {
    let (index, begin) = find(extents, at);
    let mut right = extents.split_off(index);
    if begin < at
        && let Some(cut) = right.get(0).cloned()
    {
        let (before, after) = (at - begin, begin + cut.len - at);
        drop(right.replace(0, Extent { len: after, seal: cut.seal.clone() }));
        extents.insert(index, Extent { len: before, ..cut });
    }
    right
}

fn append(extents: &mut Tree<Extent, Broken>, mut other: Tree<Extent, Broken>) {
    if let (Some(last), Some(first)) = (extents.len().checked_sub(1), other.get(0))
        && let Some(Extent { len, seal }) = extents.get(last)
        && *seal == first.seal
    {
        let joined = Extent { len: len + first.len, seal: seal.clone() };
        drop(other.remove(0));
        drop(extents.replace(last, joined));
    }
    extents.append(other);
}
