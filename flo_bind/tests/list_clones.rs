//! Edits of a list that nobody else has move items and clone none. In a process of its own: a snapshot that another test has
//! open may be of the same group, and then an edit is made on a copy.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use flo_bind::ListBinding;
use futures::{FutureExt, StreamExt};

/// Counts its clones.
struct Item(u32, Arc<AtomicUsize>);

impl Clone for Item {
    fn clone(&self) -> Self {
        self.1.fetch_add(1, Relaxed);
        Self(self.0, Arc::clone(&self.1))
    }
}

fn list_of(count: u32) -> (ListBinding<Item>, Arc<AtomicUsize>) {
    let clones = Arc::new(AtomicUsize::new(0));
    let list = (0..count).map(|number| Item(number, Arc::clone(&clones))).collect();
    (list, clones)
}

fn numbers(list: &ListBinding<Item>) -> Vec<u32> {
    list.snapshot().iter().map(|item| item.0).collect()
}

/// One edit of each kind, here and there.
fn edit(list: &ListBinding<Item>, clones: &Arc<AtomicUsize>, like: &mut Vec<u32>) {
    let item = |number| Item(number, Arc::clone(clones));
    for at in [0, like.len() / 3, like.len() - 1] {
        list.insert(at, item(7));
        like.insert(at, 7);
        assert_eq!(list.set(at / 2, item(9)).0, std::mem::replace(&mut like[at / 2], 9));
        assert_eq!(list.remove(at).0, like.remove(at));
    }
    list.push(item(5));
    like.push(5);
    assert_eq!(list.pop().map(|item| item.0), like.pop());
    list.push(item(6));
    like.push(6);
}

#[test]
fn who_is_alone_with_a_list_clones_no_item() {
    let (list, clones) = list_of(10_000);
    let mut like: Vec<u32> = (0..10_000).collect();
    for _ in 0..200 {
        edit(&list, &clones, &mut like);
    }
    // Nodes of which little is left are merged with their neighbours, on a copy.
    assert!(clones.load(Relaxed) <= 64, "{}", clones.load(Relaxed));
    assert_eq!(numbers(&list), like);
}

#[test]
fn with_a_follower_what_comes_in_and_what_goes_out_is_cloned_once() {
    let (list, clones) = list_of(1_000);
    let mut changes = list.follow_changes();
    let mut mirror = Vec::new();
    changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
    let mut like: Vec<u32> = (0..1_000).collect();
    clones.store(0, Relaxed);
    list.insert(500, Item(1, Arc::clone(&clones)));
    assert_eq!(clones.swap(0, Relaxed), 1);
    assert_eq!(list.set(500, Item(2, Arc::clone(&clones))).0, 1);
    assert_eq!(clones.swap(0, Relaxed), 2);
    assert_eq!(list.remove(500).0, 2);
    assert_eq!(clones.swap(0, Relaxed), 1);
    for _ in 0..50 {
        edit(&list, &clones, &mut like);
        changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
        assert!(mirror.iter().map(|item| item.0).eq(like.iter().copied()), "C1");
    }
}
