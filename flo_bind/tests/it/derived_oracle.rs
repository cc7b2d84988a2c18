//! Derived lists against the recompute of a plain `Vec`, through random edits, transactions, rollbacks, logs that overflow,
//! and panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flo_bind::{
    Binding, BoundExt, Computed, FollowChanges, ListBinding, ListRef, bind, transaction,
    try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::lists_oracle::{Edit, edit, edits};

use crate::quiet::quietly;

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    /// The number that some closures read.
    Limit(i32),
    /// One item is another one so often that the logs do not hold it.
    Storm(usize, usize),
    Transact(Vec<Edit>, i32, usize),
    RollBack(Vec<Edit>, i32, usize),
    /// An item on which closures panic comes, and goes again.
    Poison(usize),
    Read(usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..6);
    let which = || 0..64_usize;
    let step = prop_oneof![
        12 => edits().prop_map(Step::Edit),
        2 => (0..40).prop_map(Step::Limit),
        2 => (many(), 0..40, which()).prop_map(|(many, limit, which)| Step::Transact(many, limit, which)),
        1 => (many(), 0..40, which()).prop_map(|(many, limit, which)| Step::RollBack(many, limit, which)),
        1 => (0..1_000_usize, 1..300_usize).prop_map(|(at, times)| Step::Storm(at, times)),
        1 => which().prop_map(Step::Poison),
        5 => which().prop_map(Step::Read),
        1 => which().prop_map(Step::Follow),
        3 => which().prop_map(Step::Poll),
        1 => which().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..80)
}

/// What the list is to be, of the source and the limit.
type Naive = fn(&[i32], i32) -> Vec<i32>;

/// On which closures panic.
const POISON: i32 = -1;

/// How many lists and values have a closure that panics on it, or follow from one.
const PANICKING: usize = 19;

fn check(item: i32) -> i32 {
    assert!(item != POISON, "a closure panics");
    item
}

fn double(items: &[i32]) -> Vec<i32> {
    items.iter().map(|item| item * 2).collect()
}

fn many(items: &[i32], limit: i32) -> Vec<i32> {
    items.iter().copied().filter(|item| *item >= limit).collect()
}

fn by_last(items: &[i32]) -> Vec<i32> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| item % 10);
    items
}

fn lists(list: &ListBinding<i32>, limit: &Binding<i32>) -> Vec<(ListRef<i32>, Naive)> {
    let reader = || limit.read_only();
    let at_least = |list: &ListRef<i32>| {
        let limit = reader();
        list.filter(move |item| check(*item) >= limit.get())
    };
    let doubled = list.map(|item| check(*item) * 2);
    let filtered = at_least(list);
    let sorted = list.sorted_by_key(|item| check(*item) % 10);
    let added = list.map({
        let limit = reader();
        move |item| if item % 2 == 0 { item + limit.get() } else { check(*item) }
    });
    let moved = list.sorted_by_key({
        let limit = reader();
        move |item| (check(*item) + limit.get()) % 10
    });
    let mut all = edged(list, limit);
    all.extend(several(list, &sorted));
    let mut lists: Vec<(ListRef<i32>, Naive)> = vec![
        (list.read_only(), |items, _| items.to_vec()),
        (doubled.clone(), |items, _| double(items)),
        (filtered.clone(), many),
        (sorted.clone(), |items, _| by_last(items)),
        (list.reversed(), |items, _| items.iter().rev().copied().collect()),
        (added, |items, limit| {
            items.iter().map(|item| if item % 2 == 0 { item + limit } else { *item }).collect()
        }),
        (moved, |items, limit| {
            let mut items = items.to_vec();
            items.sort_by_key(|item| (item + limit) % 10);
            items
        }),
        (list.filter_map(|item| (check(*item) % 3 == 0).then(|| item + 1)), |items, _| {
            items.iter().filter(|item| *item % 3 == 0).map(|item| item + 1).collect()
        }),
        (list.flat_map(|item| (0..check(*item) % 4).collect::<Vec<_>>()), |items, _| {
            items.iter().flat_map(|item| 0..item % 4).collect()
        }),
        (at_least(&doubled).sorted_by_key(|item| -item), |items, limit| {
            let mut items = many(&double(items), limit);
            items.sort_by_key(|item| -item);
            items
        }),
        (at_least(&sorted).reversed().map(|item| item + 1), |items, limit| {
            many(&by_last(items), limit).iter().rev().map(|item| item + 1).collect()
        }),
        (filtered.sorted_by(|a, b| (b % 7).cmp(&(a % 7))), |items, limit| {
            let mut items = many(items, limit);
            items.sort_by_key(|item| -(item % 7));
            items
        }),
    ];
    lists.extend(all);
    lists
}

fn count(limit: i32) -> usize {
    usize::try_from(limit).unwrap()
}

/// Parts of the list, between edges that stay and edges that move.
fn edged(list: &ListBinding<i32>, limit: &Binding<i32>) -> Vec<(ListRef<i32>, Naive)> {
    let edge = limit.map(|limit| count(*limit));
    vec![
        (list.take(5), |items, _| items.iter().take(5).copied().collect()),
        (list.skip(5), |items, _| items.iter().skip(5).copied().collect()),
        (list.take(&edge), |items, limit| items.iter().take(count(limit)).copied().collect()),
        (list.skip(&edge), |items, limit| items.iter().skip(count(limit)).copied().collect()),
        (list.window(&edge, 20), |items, limit| {
            items.iter().skip(count(limit)).take(20).copied().collect()
        }),
        (list.sorted_by_key(|item| *item).window(3, &edge), |items, limit| {
            let mut items = items.to_vec();
            items.sort_unstable();
            items.into_iter().skip(3).take(count(limit)).collect()
        }),
    ]
}

fn dedup(mut items: Vec<i32>) -> Vec<i32> {
    items.dedup();
    items
}

/// Of neighbours, and of several lists.
fn several(list: &ListBinding<i32>, sorted: &ListRef<i32>) -> Vec<(ListRef<i32>, Naive)> {
    let doubled = list.map(|item| item * 2);
    let first = sorted.take(30);
    let lists = ListBinding::from(vec![doubled.clone(), first.clone(), list.read_only()]);
    // Lists that come and go: the item itself says which.
    let known = [doubled.clone(), list.take(3), first.clone()];
    let chosen = list.filter_map(move |item| known.get(usize::try_from(item % 9).ok()?).cloned());
    vec![
        (list.map(|item| item % 3).dedup(), |items, _| {
            dedup(items.iter().map(|item| item % 3).collect())
        }),
        (list.sorted_by_key(|item| *item).dedup(), |items, _| {
            let mut items = items.to_vec();
            items.sort_unstable();
            dedup(items)
        }),
        (list.zip(&first).map(|(a, b)| a * 100 + b), |items, _| {
            items.iter().zip(by_last(items).iter().take(30)).map(|(a, b)| a * 100 + b).collect()
        }),
        (doubled.concat(sorted), |items, _| [double(items), by_last(items)].concat()),
        (lists.flatten(), |items, _| {
            let first = by_last(items).into_iter().take(30).collect();
            [double(items), first, items.to_vec()].concat()
        }),
        (chosen.flatten().take(500), |items, _| {
            let known = [
                double(items),
                items.iter().take(3).copied().collect(),
                by_last(items).into_iter().take(30).collect(),
            ];
            let chosen = items.iter().filter_map(|item| known.get(count(*item) % 9));
            chosen.flatten().take(500).copied().collect()
        }),
    ]
}

/// A value of all items, and what it is to be.
type Value = (Computed<Option<f64>>, fn(&[i32], i32) -> Option<f64>);

fn values(list: &ListBinding<i32>, limit: &Binding<i32>) -> Vec<Value> {
    let filtered = list.filter({
        let limit = limit.read_only();
        move |item| check(*item) >= limit.get()
    });
    let squares = list.fold(
        0,
        |sum, item| *sum += check(*item) * item,
        |sum, item| *sum -= check(*item) * item,
    );
    let some = |value: &i32| Some(f64::from(*value));
    vec![
        (list.sum().map(some), |items, _| Some(f64::from(items.iter().sum::<i32>()))),
        (filtered.sum().map(some), |items, limit| {
            Some(f64::from(many(items, limit).iter().sum::<i32>()))
        }),
        (squares.map(some), |items, _| {
            Some(f64::from(items.iter().map(|item| item * item).sum::<i32>()))
        }),
        (filtered.count().map(|count| Some(length(*count))), |items, limit| {
            Some(length(many(items, limit).len()))
        }),
        (filtered.average(), |items, limit| {
            let items = many(items, limit);
            let sum = f64::from(items.iter().sum::<i32>());
            (!items.is_empty()).then(|| sum / length(items.len()))
        }),
        (filtered.min().map(|least| least.map(f64::from)), |items, limit| {
            many(items, limit).into_iter().min().map(f64::from)
        }),
        (list.max().map(|most| most.map(f64::from)), |items, _| {
            items.iter().copied().max().map(f64::from)
        }),
        (
            // Not commutative: the order counts.
            list.reduce(|item| check(*item), |a, b| if a % 2 == 0 { *a } else { *b })
                .map(|one| one.map(f64::from)),
            |items, _| {
                let one = items.iter().copied().reduce(|a, b| if a % 2 == 0 { a } else { b });
                one.map(f64::from)
            },
        ),
    ]
}

fn length(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

struct Follower {
    list: usize,
    changes: FollowChanges<i32>,
    mirror: Vec<i32>,
}

struct World {
    list: ListBinding<i32>,
    limit: Binding<i32>,
    lists: Vec<(ListRef<i32>, Naive)>,
    values: Vec<Value>,
    followers: Vec<Follower>,
}

impl World {
    fn new() -> Self {
        let (list, limit) = (ListBinding::new(), bind(20));
        let (lists, values) = (lists(&list, &limit), values(&list, &limit));
        Self { list, limit, lists, values, followers: Vec::new() }
    }

    fn read(&self, which: usize, model: &[i32], limit: i32) {
        let which = which % (self.lists.len() + self.values.len());
        match self.lists.get(which) {
            Some((list, naive)) => assert_eq!(list.snapshot(), naive(model, limit), "list {which}"),
            None => {
                let (value, naive) = &self.values[which - self.lists.len()];
                assert_eq!(value.get(), naive(model, limit), "value {which}");
            }
        }
    }

    fn follow(&mut self, which: usize) {
        let list = which % self.lists.len();
        let changes = self.lists[list].0.follow_changes();
        self.followers.push(Follower { list, changes, mirror: Vec::new() });
    }

    fn poll(&mut self, which: usize, model: &[i32], limit: i32) {
        let followers = self.followers.len();
        let Some(follower) = self.followers.get_mut(which % followers.max(1)) else { return };
        let before = follower.mirror.clone();
        if let Some(batch) = follower.changes.next().now_or_never() {
            let batch = batch.expect("the list has not ended");
            batch.apply_to(&mut follower.mirror).unwrap();
            if let Some(back) = batch.invert() {
                let mut back_again = follower.mirror.clone();
                back.apply_to(&mut back_again).unwrap();
                assert_eq!(back_again, before, "a batch and its inverse are nothing");
            }
        }
        let expected = self.lists[follower.list].1(model, limit);
        assert_eq!(follower.mirror, expected, "a follower of list {}", follower.list);
    }

    /// Closures panic while the item is there, and all is well when it is gone.
    fn poison(&self, at: usize, model: &[i32], limit: i32) {
        let at = at % (model.len() + 1);
        self.list.insert(at, POISON);
        let panics = |read: &dyn Fn()| catch_unwind(AssertUnwindSafe(read)).is_err();
        let panicked = quietly(|| {
            let lists = self.lists.iter().filter(|(list, _)| panics(&|| drop(list.snapshot())));
            let values = self.values.iter().filter(|(value, _)| panics(&|| _ = value.get()));
            lists.count() + values.count()
        });
        assert!(panicked >= PANICKING, "{panicked}");
        assert_eq!(self.list.remove(at), POISON);
        self.read(at, model, limit);
    }

    /// One item is another one, again and again.
    fn storm(&self, at: usize, times: usize, model: &mut [i32]) {
        if model.is_empty() {
            return;
        }
        let at = at % model.len();
        for item in (0..40).cycle().take(times) {
            let old = std::mem::replace(&mut model[at], item);
            assert_eq!(self.list.set(at, item), old);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 120 } else { 3_000 }))]

    #[test]
    fn derived_lists_are_what_a_recompute_gives(steps in steps()) {
        let mut world = World::new();
        let (mut model, mut limit) = (Vec::new(), 20);
        for step in steps {
            match step {
                Step::Edit(one) => edit(&world.list, &mut model, one),
                Step::Limit(to) => {
                    limit = to;
                    world.limit.set(to);
                }
                Step::Transact(many, to, which) => {
                    limit = to;
                    transaction(|| {
                        world.limit.set(to);
                        for one in many {
                            edit(&world.list, &mut model, one);
                            world.read(which, &model, to);
                        }
                    });
                }
                Step::RollBack(many, to, which) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        world.limit.set(to);
                        for one in many {
                            edit(&world.list, &mut forgotten, one);
                            world.read(which, &forgotten, to);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                    world.read(which, &model, limit);
                }
                Step::Storm(at, times) => world.storm(at, times, &mut model),
                Step::Poison(at) => world.poison(at, &model, limit),
                Step::Read(which) => world.read(which, &model, limit),
                Step::Follow(which) => world.follow(which),
                Step::Poll(which) => world.poll(which, &model, limit),
                Step::Forget(which) if !world.followers.is_empty() => {
                    let which = which % world.followers.len();
                    drop(world.followers.swap_remove(which));
                }
                Step::Forget(_) => {}
            }
        }
        for which in 0..world.lists.len() + world.values.len() {
            world.read(which, &model, limit);
        }
        for which in 0..world.followers.len() {
            world.poll(which, &model, limit);
        }
    }
}
