//! Making one group of nodes that an edge or a transaction joins (G12).
//!
//! ```text
//!   two of nurseries       a group for the two of them
//!   one of a nursery       it moves to the other's group
//!   two groups             the smaller is merged into the larger
//! ```
//!
//! Whose snapshot is registered in one of the two is registered in what becomes of them, with all that was saved
//! for it. If it had fallen behind in one, it is overtaken (see [`running`](super::running)); otherwise
//! it reads the present there, and still does.

use std::ptr;

use flo_core::sync::atomic::Ordering::{Relaxed, Release};

#[cfg(test)]
use super::between::{self, Point};
use super::{
    cell::{self, Access, Group, know_first, known_by, lock_group, root_of},
    garbage,
    node::{Bits, Id, NodeRef},
    now,
    running::{Overrides, Registration},
    spare,
    thread::{self, Mail},
};

/// Sees to it that `one` and `other` are of one group, which is no nursery. No lock may be held.
#[inline]
pub(crate) fn unite(one: Id, other: Id) {
    let root = root_of(one);
    if root.is_nursery() || !is_root_of_both(root, one, other) {
        join(one, other);
    }
}

/// Whether two nodes are known to be of one group, which is no nursery.
#[inline]
pub(crate) fn are_united(one: Id, other: Id) -> bool {
    let known = known_by(one);
    // `one` is looked at again, as in `is_root_of_both`.
    ptr::eq(known, known_by(other)) && ptr::eq(known, known_by(one)) && !known.is_nursery()
}

/// Locks the group of `id`, which a run of `reader` reads: it is that of `reader`, too, from here on.
#[inline]
pub(crate) fn lock_united(reader: Id, id: Id) -> Access {
    if are_united(reader, id) {
        let access = cell::lock(id);
        if access.is_of(reader) {
            return access;
        }
    }
    lock_joined(reader, id)
}

fn lock_joined(reader: Id, id: Id) -> Access {
    let (of_reader, of_id) = (known_by(reader), known_by(id));
    let moved = match (of_reader.is_nursery(), of_id.is_nursery()) {
        (false, true) => move_over(id, of_id, reader, of_reader),
        (true, false) => move_over(reader, of_reader, id, of_id),
        (true, true) => found(reader, of_reader, id, of_id),
        (false, false) => None,
    };
    match moved {
        Some(access) => access.only(),
        // Two groups, or one of the nodes knows one that was merged or given up meanwhile.
        None => {
            unite(reader, id);
            cell::lock(id)
        }
    }
}

/// Makes a group of two nodes of nurseries, if they still are there; gives its lock.
fn found(one: Id, of_one: &'static Group, other: Id, of_other: &'static Group) -> Option<Access> {
    if one == other {
        return None;
    }
    // K4.
    let is_first = ptr::from_ref(of_one) <= ptr::from_ref(of_other);
    let pairs = [(one, of_one), (other, of_other)];
    let [(first, of_first), (second, of_second)] =
        if is_first { pairs } else { [pairs[1], pairs[0]] };
    let mut from_first = lock_group(of_first);
    let mut from_second = (!ptr::eq(of_first, of_second)).then(|| lock_group(of_second));
    let is_still = ptr::eq(known_by(first), of_first) && ptr::eq(known_by(second), of_second);
    is_still.then(|| {
        let mut to = lock_group(spare::take());
        transfer(first, &mut from_first, &mut to);
        transfer(second, from_second.as_mut().unwrap_or(&mut from_first), &mut to);
        know_first([first, second], to.group());
        to
    })
}

/// Whether `root`, which was the root of `one`, is that of both.
#[inline]
fn is_root_of_both(root: &'static Group, one: Id, other: Id) -> bool {
    // `one` is looked at again: the group may have been given up after the first look, and be `other`'s by now.
    ptr::eq(root, root_of(other)) && ptr::eq(root, root_of(one))
}

/// Sees to it that `one` is in no nursery.
pub(crate) fn settle(one: Id) {
    loop {
        // Looked at once: what it is in after another look may be no nursery, and have its neighbours in it.
        let root = root_of(one);
        if !root.is_nursery() {
            break;
        }
        #[cfg(test)]
        between::here(Point::BeforeSettling);
        let mut nursery = lock_group(root);
        if ptr::eq(root_of(one), root) {
            let mut access = lock_group(spare::take());
            transfer(one, &mut nursery, &mut access);
            know_first([one], access.group());
        }
    }
    garbage::dispose_if_any();
}

#[cold]
fn join(one: Id, other: Id) {
    loop {
        let (from, to) = (root_of(one), root_of(other));
        if ptr::eq(from, to) && !from.is_nursery() {
            if is_root_of_both(from, one, other) {
                break;
            }
            continue;
        }
        match (from.is_nursery(), to.is_nursery()) {
            (true, true) => settle(one),
            (true, false) => drop(move_over(one, from, other, to)),
            (false, true) => drop(move_over(other, to, one, from)),
            (false, false) => merge(one, from, other, to),
        }
    }
    // What is known of the groups is known no longer; before anything of a user's is dropped, which may read.
    now::with(|now| now.group.set(ptr::null()));
    garbage::dispose_if_any();
}

/// Moves a node from a nursery to the group of another, if they still are what they were; gives the lock of that.
fn move_over(id: Id, nursery: &'static Group, other: Id, group: &'static Group) -> Option<Access> {
    let mut from = lock_group(nursery);
    let mut to = lock_group(group);
    let is_still = ptr::eq(known_by(id), nursery) && ptr::eq(root_of(other), group);
    is_still.then(|| {
        transfer(id, &mut from, &mut to);
        know_first([id], to.group());
        to
    })
}

/// Takes what snapshots have of a node of a nursery along to the group that it is to know next.
#[inline]
fn transfer(id: Id, from: &mut Access, to: &mut Access) {
    if from.snapshots.is_empty() {
        // For all it was always what it is.
        id.stamp.store(0, Release);
    } else {
        transfer_saved(id, from, to);
    }
}

#[cold]
fn transfer_saved(id: Id, from: &mut Access, to: &mut Access) {
    let stamp = id.stamp.load(Relaxed);
    let may_be_saved = id.state.has(Bits::SAVED);
    let mut is_overtaken = false;
    let commits = to.commits;
    for registration in &mut from.snapshots {
        let (thread, number) = (registration.thread, registration.number);
        let saved = if may_be_saved { registration.overrides.remove(id) } else { None };
        let behind = saved.is_some() || stamp > registration.begin;
        is_overtaken |= behind;
        let there = match to.registration_mut(number) {
            Some(there) => there,
            None => {
                thread.post(Mail::Registered(NodeRef::of(id)));
                let overrides = Overrides::default();
                to.snapshots.push(Registration { thread, number, begin: commits, overrides });
                let last = to.snapshots.len() - 1;
                &mut to.snapshots[last]
            }
        };
        if behind {
            there.overtake();
        }
        if let Some(saved) = saved {
            there.overrides.insert(id, saved);
        }
    }
    // For all who have no other value of it, it was always what it is. Release: who reads this without the lock
    // sees that it was overtaken.
    id.stamp.store(u64::from(is_overtaken), Release);
}

/// Merges the groups of two nodes, if they still are what they were.
fn merge(one: Id, of_one: &'static Group, other: Id, of_other: &'static Group) {
    let is_first = ptr::from_ref(of_one) < ptr::from_ref(of_other);
    let (first, second) = if is_first { (of_one, of_other) } else { (of_other, of_one) };
    let (mut first, mut second) = (lock_group(first), lock_group(second));
    // A group that was given up meanwhile may be another's by now, or nobody's.
    if !ptr::eq(root_of(one), of_one) || !ptr::eq(root_of(other), of_other) {
        return;
    }
    let (winner, loser) = if first.group().size() >= second.group().size() {
        (&mut first, &mut second)
    } else {
        (&mut second, &mut first)
    };
    let number = winner.commits.max(loser.commits) + 1;
    for group in [&mut *winner, &mut *loser] {
        let commits = group.commits;
        for registration in &mut group.snapshots {
            if registration.begin == commits {
                registration.begin = number;
            } else {
                registration.overtake();
            }
        }
    }
    let me = thread::number();
    for registration in std::mem::take(&mut loser.snapshots) {
        if registration.number != me {
            // Its thread may compare with the group's address until the snapshot ends.
            loser.group().pin();
            registration.thread.post(Mail::Pinned(loser.group()));
        }
        match winner.registration_mut(registration.number) {
            Some(there) => {
                // One that is overtaken in one of the two is overtaken.
                there.begin = there.begin.min(registration.begin);
                there.overrides.extend(registration.overrides);
            }
            None => winner.snapshots.push(registration),
        }
    }
    winner.commits = number;
    loser.group().merged_into(winner.group());
}

/// Unites all of a list. No lock may be held.
pub(crate) fn unite_all(ids: impl IntoIterator<Item = Id>) {
    let mut ids = ids.into_iter();
    if let Some(first) = ids.next() {
        settle(first);
        ids.filter(|id| !are_united(first, *id)).for_each(|id| unite(first, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{
        between::{self, Point},
        cell,
        node::NodeRef,
        value::ByValue,
    };

    fn source(value: u64) -> NodeRef {
        NodeRef::source(value, ByValue)
    }

    #[test]
    fn g12_nodes_that_are_united_have_one_root_whatever_the_order() {
        let nodes: Vec<_> = (0..9).map(source).collect();
        for pair in [(0, 1), (2, 3), (4, 5), (1, 2), (6, 5), (8, 7), (7, 0), (4, 8), (3, 3)] {
            unite(nodes[pair.0].id(), nodes[pair.1].id());
            assert!(ptr::eq(root_of(nodes[pair.0].id()), root_of(nodes[pair.1].id())));
        }
        let root = cell::lock(nodes[0].id()).group();
        assert!(!root.is_nursery());
        for node in &nodes {
            assert!(ptr::eq(cell::lock(node.id()).group(), root));
        }
    }

    #[test]
    fn g12_a_node_that_is_given_neighbours_before_it_leaves_its_nursery_stays_with_them() {
        let nodes: Vec<_> = (0..2).map(source).collect();
        let (one, other) = (nodes[0].id(), nodes[1].id());
        between::at(Point::BeforeSettling, move || unite(one, other));
        settle(one);
        assert!(ptr::eq(root_of(one), root_of(other)));
    }

    #[test]
    fn a_node_that_is_alone_stays_in_a_nursery() {
        assert!(root_of(source(1).id()).is_nursery());
    }

    #[test]
    fn k1_a_lock_is_that_of_the_node_also_where_its_group_is_given_up_on_the_way() {
        let nodes: Vec<_> = (0..5).map(source).collect();
        let ids: Vec<_> = nodes.iter().map(NodeRef::id).collect();
        let [one, other, larger, ..] = ids[..] else { unreachable!("there are five") };
        unite(one, other);
        unite(larger, ids[3]);
        unite(larger, ids[4]);
        // Another thread merges the two groups, and comes to know the new one from both nodes of the old.
        between::at(Point::BeforeLock, move || {
            unite(larger, one);
            between::at(Point::Locked, move || {
                know_root(one);
                know_root(other);
            });
        });
        let access = cell::lock(one);
        let group = access.group();
        drop(access);
        assert!(ptr::eq(group, root_of(larger)));
    }

    /// What a lock does for a node that knows a merged group.
    fn know_root(id: Id) {
        cell::know(id, root_of(id));
    }

    #[test]
    fn g6_a_read_without_the_lock_is_of_the_snapshot_also_where_the_node_moves_meanwhile() {
        use crate::{BoundExt, bind, computed, snapshot};
        let (moved, other) = (bind(1_u64), bind(5_u64));
        snapshot(|| {
            assert_eq!(moved.get(), 1);
            std::thread::scope(|scope| {
                scope.spawn(|| moved.set(2));
            });
            assert_eq!(moved.get(), 1);
            // Another thread gives it an edge, so that it leaves its nursery.
            let (also, other) = (moved.clone(), other.clone());
            between::at(Point::BeforeWord, move || {
                let sums =
                    std::thread::spawn(move || computed(move || also.get() + other.get()).get());
                assert_eq!(sums.join().unwrap(), 7);
            });
            assert_eq!(moved.get(), 1);
            assert_eq!(moved.get(), 1);
        });
    }
}
