//! Maps that follow from lists and maps, against the recompute of plain ones, through random edits, transactions,
//! rollbacks, logs that overflow, and panics.

use std::collections::{BTreeMap, BTreeSet};

use flo_bind::{
    Binding, BoundExt, ListBinding, ListSnapshot, MapBinding, MapSnapshot, bind, transaction,
    try_transaction,
};
use proptest::prelude::*;

use crate::{
    derived_cases::{Case, Follower, Model, OfList, OfMap, OfSet, OfValue},
    lists_oracle, maps_oracle,
};

use crate::quiet::quietly;

#[derive(Debug, Clone)]
enum Edit {
    List(lists_oracle::Edit),
    Left(maps_oracle::Edit),
    Right(maps_oracle::Edit),
    /// The number that some closures read.
    Limit(i32),
    /// One item and one entry, so often that the logs do not hold it.
    Storm(i32, usize),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>, usize),
    RollBack(Vec<Edit>, usize),
    /// What closures panic on comes, and goes again.
    Poison(usize),
    Read(usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        8 => lists_oracle::edits().prop_map(Edit::List),
        6 => maps_oracle::edits().prop_map(Edit::Left),
        6 => maps_oracle::edits().prop_map(Edit::Right),
        2 => (0..40).prop_map(Edit::Limit),
        1 => (0..40, 1..300_usize).prop_map(|(key, times)| Edit::Storm(key, times)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..6);
    let which = || 0..256_usize;
    let step = prop_oneof![
        12 => edits().prop_map(Step::Edit),
        2 => (many(), which()).prop_map(|(many, which)| Step::Transact(many, which)),
        1 => (many(), which()).prop_map(|(many, which)| Step::RollBack(many, which)),
        1 => which().prop_map(Step::Poison),
        7 => which().prop_map(Step::Read),
        2 => which().prop_map(Step::Follow),
        4 => which().prop_map(Step::Poll),
        1 => which().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..80)
}

/// On which closures panic.
const POISON: i32 = -1;

fn check(item: i32) -> i32 {
    assert!(item != POISON, "a closure panics");
    item
}

fn grouped<T: Clone, K: Ord>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for item in items {
        groups.entry(key(&item)).or_default().push(item);
    }
    groups
}

fn lists<K: Ord>(groups: BTreeMap<K, Vec<i32>>) -> BTreeMap<K, ListSnapshot<i32>> {
    groups.into_iter().map(|(key, group)| (key, group.into())).collect()
}

fn sums<K: Ord>(groups: BTreeMap<K, Vec<i32>>) -> BTreeMap<K, i32> {
    groups.into_iter().map(|(key, group)| (key, group.iter().sum())).collect()
}

fn distinct(items: &[i32]) -> Vec<i32> {
    let mut seen = BTreeSet::new();
    items.iter().copied().filter(|item| seen.insert(*item)).collect()
}

fn keys(map: &BTreeMap<i32, i32>) -> BTreeSet<i32> {
    map.keys().copied().collect()
}

/// What follows from the list.
fn of_list(list: &ListBinding<i32>, limit: &Binding<i32>) -> Vec<Box<dyn Case>> {
    let reader = || limit.read_only();
    let by_limit = {
        let limit = reader();
        list.group_by(move |item| (check(*item) + limit.get()) % 5)
    };
    let above = {
        let limit = reader();
        list.group_fold(
            |item| item % 4,
            0,
            move |count, item| *count += i32::from(check(*item) >= limit.get()),
            {
                let limit = reader();
                move |count, item| *count -= i32::from(*item >= limit.get())
            },
        )
    };
    let groups = list.group_by(|item| check(*item) % 7);
    vec![
        Box::new(OfMap("groups", groups.clone(), |model| {
            lists(grouped(model.list.iter().copied(), |item| item % 7))
        })),
        Box::new(OfMap("groups by limit", by_limit, |model| {
            lists(grouped(model.list.iter().copied(), |item| (item + model.limit) % 5))
        })),
        Box::new(OfMap(
            "totals",
            list.group_fold(
                |item| check(*item) % 6,
                0,
                |sum, item| *sum += item,
                |sum, item| *sum -= item,
            ),
            |model| sums(grouped(model.list.iter().copied(), |item| item % 6)),
        )),
        Box::new(OfMap("counts above the limit", above, |model| {
            let groups = grouped(model.list.iter().copied(), |item| item % 4).into_iter();
            let count = |group: Vec<i32>| group.iter().filter(|item| **item >= model.limit).count();
            groups.map(|(key, group)| (key, i32::try_from(count(group)).unwrap())).collect()
        })),
        Box::new(OfMap("index", list.index_by(|item| check(*item) % 9), |model| {
            model.list.iter().map(|item| (item % 9, *item)).collect()
        })),
        Box::new(OfMap(
            "lengths of groups",
            groups.filter(|key, _| key % 2 == 0).map(|_, group| group.len()),
            |model| {
                let groups = grouped(model.list.iter().copied(), |item| item % 7).into_iter();
                groups
                    .filter(|(key, _)| key % 2 == 0)
                    .map(|(key, group)| (key, group.len()))
                    .collect()
            },
        )),
        Box::new(OfSet("set", list.to_set(), |model| model.list.iter().copied().collect())),
    ]
}

/// Lists in which each item is once.
fn of_distinct(list: &ListBinding<i32>) -> Vec<Box<dyn Case>> {
    vec![
        Box::new(OfList("distinct", list.distinct(), |model| distinct(&model.list))),
        Box::new(OfList(
            "distinct and sorted",
            list.map(|item| item / 3).distinct().sorted_by_key(|item| -item),
            |model| {
                let thirds: Vec<i32> = model.list.iter().map(|item| item / 3).collect();
                let mut thirds = distinct(&thirds);
                thirds.sort_by_key(|item| -item);
                thirds
            },
        )),
        Box::new(OfList("distinct of the reverse", list.reversed().distinct(), |model| {
            let reversed: Vec<i32> = model.list.iter().rev().copied().collect();
            distinct(&reversed)
        })),
    ]
}

/// What follows from one map.
fn of_map(map: &MapBinding<i32, i32>, limit: &Binding<i32>) -> Vec<Box<dyn Case>> {
    let reader = || limit.read_only();
    let filtered = {
        let limit = reader();
        map.filter(move |key, value| key % 3 != 0 || check(*value) >= limit.get())
    };
    let added = {
        let limit = reader();
        map.filter_map(move |key, value| (value % 3 > 0).then(|| key + check(*value) + limit.get()))
    };
    vec![
        Box::new(OfMap("mapped", map.map(|key, value| key * 100 + check(*value)), |model| {
            model.left.iter().map(|(key, value)| (*key, key * 100 + value)).collect()
        })),
        Box::new(OfMap("filtered", filtered, |model| {
            let kept = |key: &i32, value: &i32| key % 3 != 0 || *value >= model.limit;
            model.left.clone().into_iter().filter(|(key, value)| kept(key, value)).collect()
        })),
        Box::new(OfMap("filtered and mapped", added, |model| {
            let made = |(key, value): (&i32, &i32)| {
                (value % 3 > 0).then(|| (*key, key + value + model.limit))
            };
            model.left.iter().filter_map(made).collect()
        })),
        Box::new(OfSet("keys", map.key_set(), |model| keys(&model.left))),
        Box::new(OfSet("even keys", map.key_set().filter(|key| key % 2 == 0), |model| {
            keys(&model.left).into_iter().filter(|key| key % 2 == 0).collect()
        })),
        Box::new(OfMap(
            "groups of entries",
            map.group_by(|key, value| (key + check(*value)) % 5),
            |model| {
                let entries = model.left.clone();
                let groups = grouped(entries, |(key, value)| (key + value) % 5).into_iter();
                let map = |group: Vec<(i32, i32)>| group.into_iter().collect::<MapSnapshot<_, _>>();
                groups.map(|(key, group)| (key, map(group))).collect()
            },
        )),
        Box::new(OfMap(
            "totals of entries",
            map.group_fold(
                |key, value| (key + check(*value)) % 5,
                0,
                |sum, _, value| *sum += value,
                |sum, _, value| *sum -= value,
            ),
            |model| {
                let entries = model.left.clone();
                let groups = grouped(entries, |(key, value)| (key + value) % 5).into_iter();
                groups
                    .map(|(key, group)| (key, group.iter().map(|(_, value)| value).sum()))
                    .collect()
            },
        )),
    ]
}

/// Lists and values of a map.
fn of_entries(map: &MapBinding<i32, i32>, limit: &Binding<i32>) -> Vec<Box<dyn Case>> {
    let filtered = {
        let limit = limit.read_only();
        map.filter(move |key, value| key % 3 != 0 || check(*value) >= limit.get())
    };
    vec![
        Box::new(OfList("list of keys", map.keys(), |model| model.left.keys().copied().collect())),
        Box::new(OfList("list of values", map.values(), |model| {
            model.left.values().copied().collect()
        })),
        Box::new(OfList("list of entries", filtered.entries().reversed(), |model| {
            let kept = |key: &i32, value: &i32| key % 3 != 0 || *value >= model.limit;
            model.left.clone().into_iter().rev().filter(|(key, value)| kept(key, value)).collect()
        })),
        Box::new(OfValue("sum", map.sum(), |model| model.left.values().sum())),
        Box::new(OfValue("count", filtered.count(), |model| {
            let kept = |key: &i32, value: &i32| key % 3 != 0 || *value >= model.limit;
            model.left.iter().filter(|(key, value)| kept(key, value)).count()
        })),
        Box::new(OfValue(
            "fold",
            map.fold(
                0_i32,
                |sum, key, value| *sum += key * check(*value),
                |sum, key, value| *sum -= key * value,
            ),
            |model| model.left.iter().map(|(key, value)| key * value).sum(),
        )),
    ]
}

/// What follows from two maps, and from all three.
fn of_all(
    list: &ListBinding<i32>,
    left: &MapBinding<i32, i32>,
    right: &MapBinding<i32, i32>,
) -> Vec<Box<dyn Case>> {
    let by_value = left.join_by(right, |_, value| check(*value));
    let sums = by_value.map(|_, (value, other)| value + other);
    vec![
        Box::new(OfMap("joined", left.join(right), |model| {
            let pair = |(key, value): (&i32, &i32)| Some((*key, (*value, *model.right.get(key)?)));
            model.left.iter().filter_map(pair).collect()
        })),
        Box::new(OfMap("joined on the left", left.left_join(right), |model| {
            let pair = |(key, value): (&i32, &i32)| (*key, (*value, model.right.get(key).copied()));
            model.left.iter().map(pair).collect()
        })),
        Box::new(OfMap("joined by value", by_value, |model| {
            let pair =
                |(key, value): (&i32, &i32)| Some((*key, (*value, *model.right.get(value)?)));
            model.left.iter().filter_map(pair).collect()
        })),
        Box::new(OfMap(
            "joined by value on the left",
            left.left_join_by(right, |key, value| (key + value) % 20),
            |model| {
                let pair = |(key, value): (&i32, &i32)| {
                    (*key, (*value, model.right.get(&((key + value) % 20)).copied()))
                };
                model.left.iter().map(pair).collect()
            },
        )),
        Box::new(OfMap(
            "totals of what is joined",
            sums.group_fold(
                |key, _| key % 10,
                0,
                |sum, _, value| *sum += value,
                |sum, _, value| *sum -= value,
            ),
            |model| {
                let sum =
                    |(key, value): (&i32, &i32)| Some((*key, value + model.right.get(value)?));
                let rows: Vec<(i32, i32)> = model.left.iter().filter_map(sum).collect();
                let groups = grouped(rows, |(key, _)| key % 10).into_iter();
                groups
                    .map(|(key, group)| (key, group.iter().map(|(_, value)| value).sum()))
                    .collect()
            },
        )),
        Box::new(OfMap(
            "the list's items with what they are on the right",
            list.index_by(|item| *item).left_join(right),
            |model| {
                model
                    .list
                    .iter()
                    .map(|item| (*item, (*item, model.right.get(item).copied())))
                    .collect()
            },
        )),
    ]
}

/// Sets that follow from two sets.
fn of_sets(left: &MapBinding<i32, i32>, right: &MapBinding<i32, i32>) -> Vec<Box<dyn Case>> {
    let (left, right) = (left.key_set(), right.key_set());
    vec![
        Box::new(OfSet("all keys", left.union(&right), |model| {
            keys(&model.left).union(&keys(&model.right)).copied().collect()
        })),
        Box::new(OfSet("common keys", left.intersection(&right), |model| {
            keys(&model.left).intersection(&keys(&model.right)).copied().collect()
        })),
        Box::new(OfSet("other keys", left.difference(&right), |model| {
            keys(&model.left).difference(&keys(&model.right)).copied().collect()
        })),
    ]
}

struct World {
    list: ListBinding<i32>,
    left: MapBinding<i32, i32>,
    right: MapBinding<i32, i32>,
    limit: Binding<i32>,
    cases: Vec<Box<dyn Case>>,
    followers: Vec<Box<dyn Follower>>,
}

impl World {
    fn new() -> Self {
        let (list, limit) = (ListBinding::new(), bind(0));
        let (left, right) = (MapBinding::new(), MapBinding::new());
        let mut cases = of_list(&list, &limit);
        cases.extend(of_distinct(&list));
        cases.extend(of_map(&left, &limit));
        cases.extend(of_entries(&left, &limit));
        cases.extend(of_sets(&left, &right));
        cases.extend(of_all(&list, &left, &right));
        Self { list, left, right, limit, cases, followers: Vec::new() }
    }

    fn edit(&self, model: &mut Model, edit: Edit) {
        match edit {
            Edit::List(edit) => lists_oracle::edit(&self.list, &mut model.list, edit),
            Edit::Left(edit) => maps_oracle::edit(&self.left, &mut model.left, edit),
            Edit::Right(edit) => maps_oracle::edit(&self.right, &mut model.right, edit),
            Edit::Limit(limit) => {
                self.limit.set(limit);
                model.limit = limit;
            }
            Edit::Storm(key, times) => {
                for value in (0..40).cycle().take(times) {
                    self.left.insert(key, value);
                    model.left.insert(key, value);
                    if let Some(first) = model.list.first_mut() {
                        *first = value;
                        self.list.set(0, value);
                    }
                }
            }
        }
    }

    fn read(&self, which: usize, model: &Model) {
        self.cases[which % self.cases.len()].read(model);
    }

    /// Closures panic while it is there, and all is well when it is gone.
    fn poison(&self, at: usize, model: &Model) {
        let at = at % (model.list.len() + 1);
        self.list.insert(at, POISON);
        self.left.insert(1_000, POISON);
        let panicked = quietly(|| self.cases.iter().filter(|case| case.panics()).count());
        assert!(panicked >= 12, "{panicked}");
        self.left.remove(&1_000);
        assert_eq!(self.list.remove(at), POISON);
        self.read(at, model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 3_000 }))]

    #[test]
    fn derived_maps_are_what_a_recompute_gives(steps in steps()) {
        let mut world = World::new();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Edit(one) => world.edit(&mut model, one),
                Step::Transact(many, which) => transaction(|| {
                    for one in many {
                        world.edit(&mut model, one);
                        world.read(which, &model);
                    }
                }),
                Step::RollBack(many, which) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        for one in many {
                            world.edit(&mut forgotten, one);
                            world.read(which, &forgotten);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                    world.read(which, &model);
                }
                Step::Poison(at) => world.poison(at, &model),
                Step::Read(which) => world.read(which, &model),
                Step::Follow(which) => {
                    let followed = world.cases[which % world.cases.len()].follow();
                    world.followers.extend(followed);
                }
                Step::Poll(which) if !world.followers.is_empty() => {
                    let which = which % world.followers.len();
                    world.followers[which].poll(&model);
                }
                Step::Forget(which) if !world.followers.is_empty() => {
                    let which = which % world.followers.len();
                    drop(world.followers.swap_remove(which));
                }
                Step::Poll(_) | Step::Forget(_) => {}
            }
        }
        for case in &world.cases {
            case.read(&model);
        }
        for follower in &mut world.followers {
            follower.poll(&model);
        }
    }
}
