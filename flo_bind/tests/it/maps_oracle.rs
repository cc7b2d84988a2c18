//! Random edits of maps and sets against plain ones, and followers that are polled now and then.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    FollowMapChanges, FollowSetChanges, MapBinding, MapDiff, MapSnapshot, SetBinding, transaction,
    try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::quiet::quietly;

pub(crate) type Model = BTreeMap<i32, i32>;

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Insert(i32, i32),
    Remove(i32),
    Update(i32, i32),
    Alter(i32, i32),
    Extend(Vec<(i32, i32)>),
    RetainNot(i32),
    Clear,
    ReplaceAll(Vec<(i32, i32)>),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>),
    RollBack(Vec<Edit>),
    /// A closure of the user's panics.
    Panic(i32),
    Follow,
    Poll(usize),
    Forget(usize),
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let key = || 0..120_i32;
    let value = || 0..40_i32;
    let many = |most| prop::collection::vec((key(), value()), 0..most);
    prop_oneof![
        8 => (key(), value()).prop_map(|(key, value)| Edit::Insert(key, value)),
        5 => key().prop_map(Edit::Remove),
        4 => (key(), value()).prop_map(|(key, by)| Edit::Update(key, by)),
        3 => (key(), value()).prop_map(|(key, by)| Edit::Alter(key, by)),
        3 => many(60).prop_map(Edit::Extend),
        1 => value().prop_map(Edit::RetainNot),
        1 => Just(Edit::Clear),
        1 => many(90).prop_map(Edit::ReplaceAll),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..12);
    let step = prop_oneof![
        10 => edits().prop_map(Step::Edit),
        2 => many().prop_map(Step::Transact),
        1 => many().prop_map(Step::RollBack),
        1 => (0..120).prop_map(Step::Panic),
        1 => Just(Step::Follow),
        4 => (0..8_usize).prop_map(Step::Poll),
        1 => (0..8_usize).prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..120)
}

/// What is there where `by` is added: nothing for some of them.
fn altered(old: Option<i32>, by: i32) -> Option<i32> {
    (by % 4 != 0).then(|| (old.unwrap_or(0) + by) % 40)
}

/// Does the same to both.
pub(crate) fn edit(map: &MapBinding<i32, i32>, model: &mut Model, edit: Edit) {
    match edit {
        Edit::Insert(key, value) => assert_eq!(map.insert(key, value), model.insert(key, value)),
        Edit::Remove(key) => assert_eq!(map.remove(&key), model.remove(&key)),
        Edit::Update(key, by) => {
            let is_there = map.update(&key, move |value| *value = (*value + by) % 40);
            assert_eq!(is_there, model.contains_key(&key));
            model.entry(key).and_modify(|value| *value = (*value + by) % 40);
        }
        Edit::Alter(key, by) => {
            map.alter(key, move |old| altered(old, by));
            match altered(model.get(&key).copied(), by) {
                Some(value) => drop(model.insert(key, value)),
                None => drop(model.remove(&key)),
            }
        }
        Edit::Extend(entries) => {
            map.extend(entries.iter().copied());
            model.extend(entries);
        }
        Edit::RetainNot(value) => {
            map.retain(move |key, other| (key + other) % 7 != value % 7);
            model.retain(|key, other| (*key + *other) % 7 != value % 7);
        }
        Edit::Clear => {
            map.clear();
            model.clear();
        }
        Edit::ReplaceAll(entries) => {
            map.replace_all(entries.iter().copied());
            *model = entries.into_iter().collect();
        }
    }
}

/// Does the same to both, with the keys alone.
pub(crate) fn edit_set(set: &SetBinding<i32>, model: &mut BTreeSet<i32>, edit: Edit) {
    match edit {
        Edit::Insert(key, _) | Edit::Update(key, _) | Edit::Alter(key, _) => {
            assert_eq!(set.insert(key), model.insert(key));
        }
        Edit::Remove(key) => assert_eq!(set.remove(&key), model.remove(&key)),
        Edit::Extend(entries) => {
            set.extend(entries.iter().map(|(key, _)| *key));
            model.extend(entries.iter().map(|(key, _)| *key));
        }
        Edit::RetainNot(value) => {
            set.retain(move |key| key % 7 != value % 7);
            model.retain(|key| key % 7 != value % 7);
        }
        Edit::Clear => {
            set.clear();
            model.clear();
        }
        Edit::ReplaceAll(entries) => {
            set.replace_all(entries.iter().map(|(key, _)| *key));
            *model = entries.into_iter().map(|(key, _)| key).collect();
        }
    }
}

/// A follower, and the map as its batches have made it.
struct Follower {
    changes: FollowMapChanges<i32, i32>,
    mirror: Model,
}

impl Follower {
    fn poll(&mut self, model: &Model) {
        let before = self.mirror.clone();
        let Some(batch) = self.changes.next().now_or_never() else {
            return assert_eq!(&self.mirror, model, "nothing was missed");
        };
        let batch = batch.expect("the map has not ended");
        let mut snapshot = MapSnapshot::from(before.clone());
        for diff in &batch {
            if let MapDiff::Update { key, old, .. } | MapDiff::Remove { key, old } = diff {
                assert_eq!(old.as_ref(), self.mirror.get(key), "M2: what went out was there");
            }
            diff.apply_to(&mut self.mirror).unwrap();
            snapshot.apply(diff).unwrap();
        }
        assert_eq!(&self.mirror, model, "applying the differences gives the map");
        assert_eq!(snapshot, self.mirror, "to a snapshot, too");
        if let Some(back) = batch.invert() {
            let mut back_again = self.mirror.clone();
            back.apply_to(&mut back_again).unwrap();
            assert_eq!(back_again, before, "a batch and its inverse are nothing");
        }
    }
}

/// The same of a set.
struct SetFollower {
    changes: FollowSetChanges<i32>,
    mirror: BTreeSet<i32>,
}

impl SetFollower {
    fn poll(&mut self, model: &BTreeSet<i32>) {
        let Some(batch) = self.changes.next().now_or_never() else {
            return assert_eq!(&self.mirror, model, "nothing was missed");
        };
        let batch = batch.expect("the set has not ended");
        let before = self.mirror.clone();
        batch.apply_to_set(&mut self.mirror).unwrap();
        assert_eq!(&self.mirror, model, "applying the differences gives the set");
        if let Some(back) = batch.invert() {
            let mut back_again = self.mirror.clone();
            back.apply_to_set(&mut back_again).unwrap();
            assert_eq!(back_again, before, "a batch and its inverse are nothing");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 4_000 }))]

    #[test]
    fn a_map_does_as_a_btree_map_does_and_its_differences_tell_it_all(steps in steps()) {
        let map = MapBinding::new();
        let mut model = Model::new();
        let mut followers: Vec<Follower> = Vec::new();
        let mut kept = Vec::new();
        for step in steps {
            kept.push((map.snapshot(), model.clone()));
            match step {
                Step::Edit(one) => edit(&map, &mut model, one),
                Step::Transact(many) => transaction(|| {
                    for one in many {
                        edit(&map, &mut model, one);
                        assert_eq!(map.snapshot(), model);
                    }
                }),
                Step::RollBack(many) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        for one in many {
                            edit(&map, &mut forgotten, one);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                }
                Step::Panic(key) => {
                    let panicked = quietly(|| catch_unwind(AssertUnwindSafe(|| {
                        transaction(|| {
                            map.insert(key, 1);
                            map.update(&key, |_| panic!("in a closure of the user's"));
                        });
                    })));
                    prop_assert!(panicked.is_err());
                }
                Step::Follow => {
                    let changes = map.follow_changes();
                    followers.push(Follower { changes, mirror: Model::new() });
                }
                Step::Poll(which) if !followers.is_empty() => {
                    let which = which % followers.len();
                    followers[which].poll(&model);
                }
                Step::Forget(which) if !followers.is_empty() => {
                    drop(followers.swap_remove(which % followers.len()));
                }
                Step::Poll(_) | Step::Forget(_) => {}
            }
            prop_assert_eq!(map.snapshot(), model.clone());
        }
        for mut follower in followers {
            follower.poll(&model);
            prop_assert!(follower.changes.next().now_or_never().is_none());
        }
        for (snapshot, model) in kept {
            prop_assert_eq!(snapshot, model, "a snapshot stays as it is");
        }
    }

    #[test]
    fn a_set_does_as_a_btree_set_does_and_its_differences_tell_it_all(steps in steps()) {
        let set = SetBinding::new();
        let mut model = BTreeSet::new();
        let mut followers: Vec<SetFollower> = Vec::new();
        let mut kept = Vec::new();
        for step in steps {
            kept.push((set.snapshot(), model.clone()));
            match step {
                Step::Edit(one) => edit_set(&set, &mut model, one),
                Step::Transact(many) => transaction(|| {
                    for one in many {
                        edit_set(&set, &mut model, one);
                        assert_eq!(set.snapshot(), model);
                    }
                }),
                Step::RollBack(many) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        for one in many {
                            edit_set(&set, &mut forgotten, one);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                }
                Step::Panic(key) => {
                    let panicked = quietly(|| catch_unwind(AssertUnwindSafe(|| {
                        transaction(|| {
                            set.insert(key);
                            set.retain(|_| panic!("in a closure of the user's"));
                        });
                    })));
                    prop_assert!(panicked.is_err());
                }
                Step::Follow => {
                    let changes = set.follow_changes();
                    followers.push(SetFollower { changes, mirror: BTreeSet::new() });
                }
                Step::Poll(which) if !followers.is_empty() => {
                    let which = which % followers.len();
                    followers[which].poll(&model);
                }
                Step::Forget(which) if !followers.is_empty() => {
                    drop(followers.swap_remove(which % followers.len()));
                }
                Step::Poll(_) | Step::Forget(_) => {}
            }
            prop_assert_eq!(set.snapshot(), model.clone());
        }
        for mut follower in followers {
            follower.poll(&model);
            prop_assert!(follower.changes.next().now_or_never().is_none());
        }
        for (snapshot, model) in kept {
            prop_assert_eq!(snapshot, model, "a snapshot stays as it is");
        }
    }

    #[test]
    fn ranges_of_a_map_are_those_of_a_btree_map(
        entries in prop::collection::vec((0..200_i32, 0..40_i32), 0..300),
        from in 0..210_i32,
        width in 0..100_i32,
    ) {
        let model: Model = entries.iter().copied().collect();
        let map: MapSnapshot<i32, i32> = entries.into_iter().collect();
        let until = from + width;
        prop_assert!(map.range(from..until).eq(model.range(from..until)));
        prop_assert!(map.range(from..=until).rev().eq(model.range(from..=until).rev()));
        prop_assert!(map.range(..until).eq(model.range(..until)));
        prop_assert_eq!(map.range(until..from).len(), 0);
        prop_assert_eq!(map.rank(&from), model.range(..from).count());
    }
}
