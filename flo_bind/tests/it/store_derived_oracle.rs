//! What follows from two stores that own each other's entries, against a recompute, through random edits, transactions,
//! rollbacks, cascades, panics and logs that overflow; it is read now and then, and followed.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    BoundExt, Computed, FollowMapChanges, Key, ListRef, MapRef, Stored, transaction,
    try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::{
    quiet::quietly,
    store_oracle::{Edit, Model, Thing, World, edits},
};

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>, usize),
    RollBack(Vec<Edit>, usize),
    Panic(Vec<Edit>),
    /// One entry, so often that the log does not hold it.
    Storm(usize, usize),
    Read(usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..12);
    let which = || 0..256_usize;
    let step = prop_oneof![
        12 => edits().prop_map(Step::Edit),
        2 => (many(), which()).prop_map(|(many, which)| Step::Transact(many, which)),
        2 => (many(), which()).prop_map(|(many, which)| Step::RollBack(many, which)),
        1 => many().prop_map(Step::Panic),
        1 => (which(), 1..300_usize).prop_map(|(which, times)| Step::Storm(which, times)),
        6 => which().prop_map(Step::Read),
        2 => which().prop_map(Step::Follow),
        4 => which().prop_map(Step::Poll),
        1 => which().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..100)
}

type Things<V> = MapRef<Key<Thing>, V>;

struct Derived {
    entries: [Things<Stored<i32>>; 2],
    totals: MapRef<i32, i32>,
    large: Things<i32>,
    best: ListRef<i32>,
    both: Computed<i32>,
    by_value: MapRef<i32, Vec<Key<Thing>>>,
}

const CASES: usize = 6;

fn sum(model: &Model) -> i32 {
    model.values.values().sum()
}

fn totals(model: &Model) -> BTreeMap<i32, i32> {
    let mut totals = BTreeMap::new();
    for value in model.store(0).into_values() {
        *totals.entry(value % 5).or_insert(0) += value;
    }
    totals
}

fn by_value(model: &Model) -> BTreeMap<i32, Vec<Key<Thing>>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (key, value) in model.store(1) {
        groups.entry(value % 3).or_default().push(key);
    }
    groups
}

impl Derived {
    fn of(world: &World) -> Self {
        let entries = world.stores.each_ref().map(|store| store.entries());
        let sums = entries.each_ref().map(|entries| {
            entries.fold(0, |sum, _, value| *sum += **value, |sum, _, value| *sum -= **value)
        });
        let [one, two] = sums;
        Self {
            totals: entries[0].group_fold(
                |_, value| **value % 5,
                0,
                |total, _, value| *total += **value,
                |total, _, value| *total -= **value,
            ),
            large: entries[1].filter_map(|_, value| (**value > 20).then_some(**value)),
            best: entries[0].values().map(|value| **value).sorted_by_key(|value| -value).take(3),
            by_value: entries[1]
                .group_by(|_, value| **value % 3)
                .map(|_, group| group.keys().copied().collect()),
            both: flo_bind::computed_from((&one, &two), |(one, two)| one + two),
            entries,
        }
    }

    fn check(&self, which: usize, model: &Model) {
        match which % CASES {
            0 => {
                for (number, entries) in self.entries.iter().enumerate() {
                    let snapshot = entries.snapshot();
                    let found = snapshot.iter().map(|(key, value)| (*key, **value));
                    assert!(found.eq(model.store(number)));
                }
            }
            1 => assert_eq!(self.totals.snapshot(), totals(model)),
            2 => {
                let large = model.store(1).into_iter().filter(|(_, value)| *value > 20);
                assert_eq!(self.large.snapshot(), large.collect::<BTreeMap<_, _>>());
            }
            3 => {
                let mut best: Vec<i32> = model.store(0).into_values().collect();
                best.sort_by_key(|value| -value);
                best.truncate(3);
                assert_eq!(self.best.snapshot(), best);
            }
            4 => assert_eq!(self.both.get(), sum(model)),
            _ => assert_eq!(self.by_value.snapshot(), by_value(model)),
        }
    }
}

/// A follower of the entries of one store, and the store as its batches have made it.
struct Follower {
    store: usize,
    changes: FollowMapChanges<Key<Thing>, Stored<i32>>,
    mirror: BTreeMap<Key<Thing>, Stored<i32>>,
}

impl Follower {
    fn poll(&mut self, model: &Model) {
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
        let found = self.mirror.iter().map(|(key, value)| (*key, **value));
        assert!(found.eq(model.store(self.store)), "nothing is missed or given twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 4_000 }))]

    #[test]
    fn what_follows_from_stores_is_what_a_recompute_gives(steps in steps()) {
        let mut world = World::new();
        let mut model = Model::default();
        let derived = Derived::of(&world);
        let mut followers: Vec<Follower> = Vec::new();
        for step in steps {
            match step {
                Step::Edit(edit) => world.edit(&mut model, &edit),
                Step::Transact(edits, which) => transaction(|| {
                    for edit in &edits {
                        world.edit(&mut model, edit);
                        derived.check(which, &model);
                    }
                }),
                Step::RollBack(edits, which) => {
                    let mut forgotten = model.clone();
                    let failed: Result<(), ()> = try_transaction(|| {
                        for edit in &edits {
                            world.edit(&mut forgotten, edit);
                        }
                        derived.check(which, &forgotten);
                        Err(())
                    });
                    prop_assert!(failed.is_err());
                    derived.check(which, &model);
                }
                Step::Panic(edits) => {
                    let mut forgotten = model.clone();
                    let panicked = quietly(|| catch_unwind(AssertUnwindSafe(|| transaction(|| {
                        for edit in &edits {
                            world.edit(&mut forgotten, edit);
                        }
                        panic!("on purpose");
                    }))));
                    prop_assert!(panicked.is_err());
                }
                Step::Storm(which, times) => for _ in 0..times {
                    world.edit(&mut model, &Edit::Add(which, 1));
                },
                Step::Read(which) => derived.check(which, &model),
                Step::Follow(which) => followers.push(Follower {
                    store: which % 2,
                    changes: derived.entries[which % 2].follow_changes(),
                    mirror: BTreeMap::new(),
                }),
                Step::Poll(which) if !followers.is_empty() => {
                    let which = which % followers.len();
                    followers[which].poll(&model);
                }
                Step::Forget(which) if !followers.is_empty() => {
                    drop(followers.remove(which % followers.len()));
                }
                _ => {}
            }
        }
        for which in 0..CASES {
            derived.check(which, &model);
        }
        for follower in &mut followers {
            follower.poll(&model);
        }
    }
}
