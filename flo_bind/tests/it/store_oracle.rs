//! Random edits of two stores that own each other's entries against a plain map, and followers that are polled now and then.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    BoundExt, Computed, FollowStore, Key, KeyError, Store, computed, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::quiet::quietly;

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Insert(usize, i32),
    Extend(usize, Vec<i32>),
    Set(usize, i32),
    Add(usize, i32),
    Remove(usize),
    Own(usize, usize),
    OwnAll(usize, usize, Vec<usize>),
    Disown(usize),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>),
    RollBack(Vec<Edit>),
    /// A closure of the user's panics.
    Panic(Vec<Edit>, usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
    Watch(usize),
    Unwatch(usize),
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let which = || 0..1_000_usize;
    let value = || 0..40_i32;
    prop_oneof![
        6 => (0..2_usize, value()).prop_map(|(store, value)| Edit::Insert(store, value)),
        2 => (0..2_usize, prop::collection::vec(value(), 0..5))
            .prop_map(|(store, values)| Edit::Extend(store, values)),
        3 => (which(), value()).prop_map(|(which, value)| Edit::Set(which, value)),
        2 => (which(), value()).prop_map(|(which, value)| Edit::Add(which, value)),
        3 => which().prop_map(Edit::Remove),
        3 => (which(), which()).prop_map(|(owner, owned)| Edit::Own(owner, owned)),
        2 => (which(), 0..2_usize, prop::collection::vec(which(), 0..5))
            .prop_map(|(owner, store, owned)| Edit::OwnAll(owner, store, owned)),
        1 => which().prop_map(Edit::Disown),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..12);
    let step = prop_oneof![
        10 => edits().prop_map(Step::Edit),
        2 => many().prop_map(Step::Transact),
        2 => many().prop_map(Step::RollBack),
        1 => (many(), 0..1_000_usize).prop_map(|(many, which)| Step::Panic(many, which)),
        1 => (0..2_usize).prop_map(Step::Follow),
        3 => (0..8_usize).prop_map(Step::Poll),
        1 => (0..8_usize).prop_map(Step::Forget),
        2 => (0..1_000_usize).prop_map(Step::Watch),
        1 => (0..8_usize).prop_map(Step::Unwatch),
    ];
    prop::collection::vec(step, 1..100)
}

pub(crate) enum Thing {}

/// Which store, and its key.
pub(crate) type At = (usize, Key<Thing>);

#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) values: BTreeMap<At, i32>,
    owners: BTreeMap<At, At>,
}

impl Model {
    /// What one of the stores holds.
    pub(crate) fn store(&self, number: usize) -> BTreeMap<Key<Thing>, i32> {
        let values = self.values.iter().filter(|((store, _), _)| *store == number);
        values.map(|((_, key), value)| (*key, *value)).collect()
    }
}

pub(crate) struct World {
    pub(crate) stores: [Store<Thing, i32>; 2],
    /// All keys that were ever given, and whether they have been valid after a commit.
    given: Vec<(At, bool)>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { stores: [Store::new(), Store::new()], given: Vec::new() }
    }

    pub(crate) fn any(&self, which: usize) -> Option<At> {
        (!self.given.is_empty()).then(|| self.given[which % self.given.len()].0)
    }

    /// Does the same to both.
    pub(crate) fn edit(&mut self, model: &mut Model, edit: &Edit) {
        match *edit {
            Edit::Insert(store, value) => {
                let key = self.stores[store].insert(value);
                self.note(model, (store, key), value);
            }
            Edit::Extend(store, ref values) => {
                let keys = self.stores[store].extend(values.iter().copied());
                assert_eq!(keys.len(), values.len());
                for (key, value) in keys.into_iter().zip(values) {
                    self.note(model, (store, key), *value);
                }
            }
            Edit::Set(which, value) => {
                let Some(at) = self.any(which) else { return };
                let old = model.values.get_mut(&at).map(|old| std::mem::replace(old, value));
                let set = self.stores[at.0].set(at.1, value);
                assert_eq!(set.ok().as_deref(), old.as_ref());
            }
            Edit::Add(which, value) => {
                let Some(at) = self.any(which) else { return };
                let there = model.values.get_mut(&at).map(|old| *old += value);
                let added = self.stores[at.0].update(at.1, move |old| *old += value);
                assert_eq!(added.ok(), there);
            }
            Edit::Remove(which) => {
                let Some(at) = self.any(which) else { return };
                let removed = self.stores[at.0].remove(at.1);
                assert_eq!(removed.ok().as_deref(), model.values.get(&at));
                let mut to_go = vec![at];
                while let Some(at) = to_go.pop() {
                    if model.values.remove(&at).is_some() {
                        model.owners.remove(&at);
                        to_go.extend(
                            model
                                .owners
                                .iter()
                                .filter(|(_, owner)| **owner == at)
                                .map(|(it, _)| it),
                        );
                    }
                }
            }
            Edit::Own(owner, owned) => {
                let (Some(owner), Some(owned)) = (self.any(owner), self.any(owned)) else { return };
                let both = model.values.contains_key(&owner) && model.values.contains_key(&owned);
                let result = self.stores[owner.0].own(owner.1, &self.stores[owned.0], owned.1);
                assert_eq!(result.is_ok(), both);
                if both {
                    model.owners.insert(owned, owner);
                }
            }
            Edit::OwnAll(owner, store, ref owned) => {
                let Some(owner) = self.any(owner) else { return };
                let owned: Vec<At> = owned.iter().filter_map(|owned| self.any(*owned)).collect();
                let owned: Vec<At> = owned.into_iter().filter(|owned| owned.0 == store).collect();
                let all = [owner].iter().chain(&owned).all(|at| model.values.contains_key(at));
                let keys = owned.iter().map(|owned| owned.1);
                let result = self.stores[owner.0].own_all(owner.1, &self.stores[store], keys);
                assert_eq!(result.is_ok(), all);
                if all {
                    model.owners.extend(owned.into_iter().map(|owned| (owned, owner)));
                }
            }
            Edit::Disown(owned) => {
                let Some(owned) = self.any(owned) else { return };
                let result = self.stores[owned.0].disown(owned.1);
                assert_eq!(result.is_ok(), model.values.contains_key(&owned));
                model.owners.remove(&owned);
            }
        }
    }

    /// A key has been given.
    fn note(&mut self, model: &mut Model, at: At, value: i32) {
        assert!(self.given.iter().all(|(given, _)| *given != at), "E1");
        self.given.push((at, false));
        model.values.insert(at, value);
    }

    fn check(&mut self, model: &Model) {
        for number in 0..2 {
            let store = &self.stores[number];
            let expected = model.store(number);
            let snapshot = store.snapshot();
            assert!(snapshot.iter().map(|(key, value)| (key, *value)).eq(expected.clone()));
            assert_eq!(store.len(), expected.len());
        }
        for (at, was_valid) in &mut self.given {
            let store = &self.stores[at.0];
            match store.try_get(at.1) {
                Ok(value) => {
                    *was_valid = true;
                    assert_eq!(model.values.get(at), Some(&value));
                }
                Err(why) => {
                    assert!(!model.values.contains_key(at));
                    assert!(why == KeyError::Stale || !*was_valid, "{why:?}");
                }
            }
            assert_eq!(self.stores[1 - at.0].try_get(at.1), Err(KeyError::Foreign));
            let owner = model.owners.get(at);
            for (number, other) in self.stores.iter().enumerate() {
                let found = store.owner_in(at.1, other).map(|key| (number, key));
                assert_eq!(found, owner.copied().filter(|(store, _)| *store == number), "E5");
                let owned: HashSet<_> = store.owned_in(at.1, other).into_iter().collect();
                let expected = model
                    .owners
                    .iter()
                    .filter(|((store, _), owner)| *store == number && *owner == at);
                assert_eq!(owned, expected.map(|((_, key), _)| *key).collect(), "E5");
            }
        }
    }
}

/// A follower, and the store as its batches have made it.
struct Follower {
    store: usize,
    changes: FollowStore<Thing, i32>,
    mirror: HashMap<Key<Thing>, i32>,
}

impl Follower {
    fn poll(&mut self, model: &Model) {
        let expected: HashMap<_, _> = model.store(self.store).into_iter().collect();
        if let Some(batch) = self.changes.next().now_or_never() {
            let before = self.mirror.clone();
            let batch = batch.expect("the store has not ended");
            batch.apply_to(&mut self.mirror).unwrap();
            if let Some(back) = batch.invert() {
                let mut back_again = self.mirror.clone();
                back.apply_to(&mut back_again).unwrap();
                assert_eq!(back_again, before, "a batch and its inverse are nothing");
            }
        }
        assert_eq!(self.mirror, expected, "nothing is missed or given twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 4_000 }))]

    #[test]
    fn a_store_does_as_a_map_does_and_everybody_is_told(steps in steps()) {
        let mut world = World::new();
        let mut model = Model::default();
        let mut followers: Vec<Follower> = Vec::new();
        let mut watched: Vec<(At, Computed<Option<i32>>)> = Vec::new();
        for step in steps {
            match step {
                Step::Edit(edit) => world.edit(&mut model, &edit),
                Step::Transact(edits) => transaction(|| {
                    for edit in &edits {
                        world.edit(&mut model, edit);
                    }
                    for (at, entry) in &watched {
                        assert_eq!(entry.get().as_ref(), model.values.get(at));
                    }
                }),
                Step::RollBack(edits) => {
                    let mut forgotten = model.clone();
                    let failed: Result<(), ()> = try_transaction(|| {
                        for edit in &edits {
                            world.edit(&mut forgotten, edit);
                        }
                        for (at, entry) in &watched {
                            assert_eq!(entry.get().as_ref(), forgotten.values.get(at));
                        }
                        Err(())
                    });
                    prop_assert!(failed.is_err());
                }
                Step::Panic(edits, which) => {
                    let mut forgotten = model.clone();
                    let panicked = quietly(|| catch_unwind(AssertUnwindSafe(|| transaction(|| {
                        for edit in &edits {
                            world.edit(&mut forgotten, edit);
                        }
                        if let Some(at) = world.any(which) {
                            let _gone = world.stores[at.0].update(at.1, |_| panic!("on purpose"));
                        }
                        panic!("on purpose");
                    }))));
                    prop_assert!(panicked.is_err());
                }
                Step::Follow(store) => followers.push(Follower {
                    store,
                    changes: world.stores[store].follow_changes(),
                    mirror: HashMap::new(),
                }),
                Step::Poll(which) if which < followers.len() => followers[which].poll(&model),
                Step::Forget(which) if which < followers.len() => drop(followers.remove(which)),
                Step::Watch(which) => if let Some(at) = world.any(which) {
                    let store = world.stores[at.0].read_only();
                    watched.push((at, computed(move || store.get(at.1))));
                },
                Step::Unwatch(which) if which < watched.len() => drop(watched.remove(which)),
                _ => {}
            }
            world.check(&model);
            for (at, entry) in &watched {
                prop_assert_eq!(entry.get(), model.values.get(at).copied(), "E4");
            }
        }
        for follower in &mut followers {
            follower.poll(&model);
        }
    }
}
