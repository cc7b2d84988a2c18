//! Edits of a list or a map that nobody else has move what it has and clone none of it. In a process of its own: a snapshot that
//! another test has open may be of the same group, and then an edit is made on a copy.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]
#![allow(clippy::mutable_key_type, reason = "what a key counts is no part of its order")]

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{BoundExt, ListBinding, MapBinding};
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
fn what_follows_from_a_list_holds_none_of_its_nodes_after_a_run() {
    let (list, clones) = list_of(10_000);
    let mut like: Vec<u32> = (0..10_000).collect();
    let sorted = list.filter(|item| item.0 % 3 != 0).sorted_by_key(|item| item.0 % 100);
    let (most, second) = (sorted.reduce(|item| item.0, |a, b| *a.max(b)), list.take(10).reversed());
    let groups = list.group_fold(|item| item.0 % 7, 0, |sum, _| *sum += 1, |sum, _| *sum -= 1);
    let read = || (sorted.len(), most.get(), second.len(), groups.len());
    read();
    // What is in a leaf is not cloned for an edit beside the one item: that it comes in, that it goes out, and that it comes and goes
    // where it follows.
    const OF_AN_EDIT: usize = 12;
    let mut copied = 0;
    for number in 0..1_000_u32 {
        let at = (number as usize * 7_919) % like.len();
        clones.store(0, Relaxed);
        drop(list.set(at, Item(number, Arc::clone(&clones))));
        like[at] = number;
        read();
        copied += usize::from(clones.load(Relaxed) > OF_AN_EDIT);
    }
    // Now and then leaves are split, merged, or copied for the one that reads a snapshot.
    assert!(copied <= 60, "{copied} edits of 1 000 have copied a leaf");
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

/// A key is its number, and counts its clones.
impl Borrow<u32> for Item {
    fn borrow(&self) -> &u32 {
        &self.0
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// Insertions, replacements and removals, with what they give.
fn edit_map(
    map: &MapBinding<Item, Item>,
    [keys, values]: [&Arc<AtomicUsize>; 2],
    like: &mut BTreeMap<u32, u32>,
    seed: u32,
) {
    let key = |number| Item(number, Arc::clone(keys));
    let value = |number| Item(number, Arc::clone(values));
    for number in (0..40).map(|step| (seed + step * 7_919) % 4_000) {
        let before = map.insert(key(number), value(seed)).map(|item| item.0);
        assert_eq!(before, like.insert(number, seed));
        let gone = (number + seed) % 4_000;
        assert_eq!(map.remove(&gone).map(|item| item.0), like.remove(&gone));
    }
}

type Clones = [Arc<AtomicUsize>; 2];

fn map_of(count: u32) -> (MapBinding<Item, Item>, Clones, BTreeMap<u32, u32>) {
    let [keys, values] = [(), ()].map(|()| Arc::new(AtomicUsize::new(0)));
    let item = |number, clones: &Arc<AtomicUsize>| Item(number, Arc::clone(clones));
    let map = (0..count).map(|number| (item(number, &keys), item(number, &values))).collect();
    (map, [keys, values], (0..count).map(|number| (number, number)).collect())
}

fn entries(map: &MapBinding<Item, Item>) -> BTreeMap<u32, u32> {
    map.snapshot().iter().map(|(key, value)| (key.0, value.0)).collect()
}

#[test]
fn who_is_alone_with_a_map_clones_no_value_and_of_the_keys_those_that_stay() {
    let (map, [keys, values], mut like) = map_of(2_000);
    for round in 0..100 {
        edit_map(&map, [&keys, &values], &mut like, round);
    }
    // One key for each value that is put where one was; and nodes of which little is left are merged on a copy.
    assert!(values.load(Relaxed) <= 128, "{}", values.load(Relaxed));
    assert!(keys.load(Relaxed) <= 4_000 + 128, "{}", keys.load(Relaxed));
    assert_eq!(entries(&map), like);
}

#[test]
fn with_a_follower_of_a_map_what_comes_in_and_what_goes_out_is_cloned_once() {
    let (map, [keys, values], mut like) = map_of(1_000);
    let mut changes = map.follow_changes();
    let mut mirror = BTreeMap::new();
    changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
    let value = || Item(5, Arc::clone(&values));
    let counts = || [&keys, &values].map(|clones| clones.swap(0, Relaxed));
    counts();
    assert!(map.insert(Item(5_000, Arc::clone(&keys)), value()).is_none());
    assert_eq!(counts(), [1, 1]);
    assert!(map.insert(Item(5_000, Arc::clone(&keys)), value()).is_some());
    assert_eq!(
        counts(),
        [1, 2],
        "the key that stays; the new value for the log, the old one from it"
    );
    assert!(map.remove(&5_000).is_some());
    assert_eq!(counts(), [0, 1]);
    for round in 0..50 {
        edit_map(&map, [&keys, &values], &mut like, round);
        changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
        assert!(mirror.iter().map(|(key, value)| (key.0, value.0)).eq(like.clone()), "C1");
    }
}
