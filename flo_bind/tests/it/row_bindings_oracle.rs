//! What follows from rows that read bindings of their own, against a plain recompute, through random edits, changes of
//! bindings, transactions, rollbacks, logs that overflow, and panics.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    Binding, BoundExt, ListBinding, ListRef, MapBinding, bind, transaction, try_transaction,
};
use proptest::prelude::*;

use crate::{
    derived_cases::{Case, Follower, Model, OfList, OfMap, OfValue},
    lists_oracle, maps_oracle,
    quiet::quietly,
};

/// How many bindings there are; what items and values are is less.
const KNOBS: usize = 40;
/// What a binding holds on which closures panic.
const POISON: i32 = -1;

thread_local! {
    /// What the bindings are to hold, for the naive functions.
    static SET: std::cell::RefCell<Vec<i32>> = std::cell::RefCell::new(vec![0; KNOBS]);
}

#[derive(Debug, Clone)]
enum Edit {
    List(lists_oracle::Edit),
    Map(maps_oracle::Edit),
    Set(usize, i32),
    /// A binding, an item and an entry, so often that the logs do not hold it.
    Storm(usize, usize),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>, usize),
    RollBack(Vec<Edit>, usize),
    /// What closures panic on comes, and goes again.
    Poison(usize, usize),
    Read(usize),
    Follow(usize),
    Poll(usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => lists_oracle::edits().prop_map(Edit::List),
        4 => maps_oracle::edits().prop_map(Edit::Map),
        10 => (0..KNOBS, 0..60).prop_map(|(knob, to)| Edit::Set(knob, to)),
        1 => (0..KNOBS, 1..250_usize).prop_map(|(knob, times)| Edit::Storm(knob, times)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..6);
    let which = || 0..256_usize;
    let step = prop_oneof![
        12 => edits().prop_map(Step::Edit),
        2 => (many(), which()).prop_map(|(many, which)| Step::Transact(many, which)),
        1 => (many(), which()).prop_map(|(many, which)| Step::RollBack(many, which)),
        1 => (0..KNOBS, which()).prop_map(|(knob, which)| Step::Poison(knob, which)),
        5 => which().prop_map(Step::Read),
        1 => which().prop_map(Step::Follow),
        3 => which().prop_map(Step::Poll),
    ];
    prop::collection::vec(step, 1..80)
}

/// What a row comes to: some read nothing, some one binding, which all share or which few do, some a second one if
/// the first says so.
fn value(item: i32, mut read: impl FnMut(usize) -> i32) -> i32 {
    let at = usize::try_from(item).unwrap_or(0);
    item + match item % 5 {
        0 => 0,
        1 => read(0),
        2 => read(at % KNOBS),
        3 => read(0) + read(at % KNOBS),
        _ => {
            let first = read(at % KNOBS);
            if first % 2 == 0 { first + read(at / 2 % KNOBS) } else { first }
        }
    }
}

fn naive(item: i32) -> i32 {
    SET.with(|set| value(item, |knob| set.borrow()[knob]))
}

/// The same, of the bindings.
fn of(knobs: &[Binding<i32>]) -> impl Fn(&i32) -> i32 + Clone + Send + Sync + use<> {
    let knobs: Vec<_> = knobs.iter().map(BoundExt::read_only).collect();
    move |item| {
        value(*item, |knob| {
            let read = knobs[knob].get();
            assert!(read != POISON, "a closure panics");
            read
        })
    }
}

fn lists(list: &ListBinding<i32>, knobs: &[Binding<i32>]) -> Vec<Box<dyn Case>> {
    let row = || of(knobs);
    let (kept, first, second) = (row(), row(), row());
    let filtered = list.filter(move |item| kept(item) % 2 == 0);
    let inner: Vec<ListRef<i32>> = (0..6_usize)
        .map(|which| {
            let row = row();
            list.take(20).filter(move |item| row(item).unsigned_abs() as usize % 6 == which)
        })
        .collect();
    let chosen = list.take(30).map({
        let row = row();
        move |item| inner[row(item).unsigned_abs() as usize % 6].clone()
    });
    vec![
        Box::new(OfList("map", list.map(row()), |model| {
            model.list.iter().copied().map(naive).collect()
        })),
        Box::new(OfList("filter", filtered.clone(), |model| {
            model.list.iter().copied().filter(|item| naive(*item) % 2 == 0).collect()
        })),
        Box::new(OfList("a map of a filter", filtered.map(row()), |model| {
            model
                .list
                .iter()
                .copied()
                .map(naive)
                .zip(&model.list)
                .filter(|(v, _)| v % 2 == 0)
                .map(|(v, _)| v)
                .collect()
        })),
        Box::new(OfList(
            "filter_map",
            list.filter_map(move |item| Some(first(item)).filter(|value| value % 3 == 0)),
            |model| model.list.iter().copied().map(naive).filter(|value| value % 3 == 0).collect(),
        )),
        Box::new(OfList("flat_map", list.flat_map(move |item| 0..second(item) % 4), |model| {
            model.list.iter().flat_map(|item| 0..naive(*item) % 4).collect()
        })),
        Box::new(OfList("sorted_by_key", list.sorted_by_key(row()), |model| {
            let mut items = model.list.clone();
            items.sort_by_key(|item| naive(*item));
            items
        })),
        Box::new(OfList(
            "sorted_by",
            {
                let (one, other) = (row(), row());
                list.take(12).sorted_by(move |a, b| one(a).cmp(&other(b)))
            },
            |model| {
                let mut items: Vec<i32> = model.list.iter().copied().take(12).collect();
                items.sort_by_key(|item| naive(*item));
                items
            },
        )),
        Box::new(OfList("flatten", chosen.flatten().take(400), |model| {
            let which = |item: i32| naive(item).unsigned_abs() as usize % 6;
            let inner = |which_one: usize| {
                let items = model.list.iter().copied().take(20);
                items.filter(move |item| which(*item) == which_one)
            };
            model.list.iter().take(30).flat_map(|item| inner(which(*item))).take(400).collect()
        })),
    ]
}

fn groups(list: &ListBinding<i32>, knobs: &[Binding<i32>]) -> Vec<Box<dyn Case>> {
    let row = || of(knobs);
    let (key, index, total, add, take) = (row(), row(), row(), row(), row());
    vec![
        Box::new(OfValue("reduce", list.reduce(row(), |a, b| *a.max(b)), |model| {
            model.list.iter().copied().map(naive).max()
        })),
        Box::new(OfMap(
            "group_by",
            list.group_by(move |item| key(item) % 5).map(|_, group| group.to_vec()),
            |model| {
                let mut groups = BTreeMap::<i32, Vec<i32>>::new();
                model
                    .list
                    .iter()
                    .for_each(|item| groups.entry(naive(*item) % 5).or_default().push(*item));
                groups
            },
        )),
        Box::new(OfMap("index_by", list.index_by(move |item| index(item) % 9), |model| {
            model.list.iter().map(|item| (naive(*item) % 9, *item)).collect()
        })),
        Box::new(OfMap("count_by", list.count_by(move |item| total(item) % 7), |model| {
            let mut groups = BTreeMap::new();
            model.list.iter().for_each(|item| *groups.entry(naive(*item) % 7).or_default() += 1);
            groups
        })),
        Box::new(OfValue(
            "fold",
            list.fold(0, move |sum, item| *sum += add(item), move |sum, item| *sum -= take(item)),
            |model| model.list.iter().copied().map(naive).sum(),
        )),
    ]
}

fn maps(map: &MapBinding<i32, i32>, knobs: &[Binding<i32>]) -> Vec<Box<dyn Case>> {
    let row = || of(knobs);
    let (kept, made, group, total, name) = (row(), row(), row(), row(), row());
    vec![
        Box::new(OfMap("map filter", map.filter(move |_, item| kept(item) % 2 == 0), |model| {
            let entries = model.left.iter().filter(|(_, item)| naive(**item) % 2 == 0);
            entries.map(|(key, item)| (*key, *item)).collect()
        })),
        Box::new(OfMap("map map", map.map(move |key, item| key + made(item)), |model| {
            model.left.iter().map(|(key, item)| (*key, key + naive(*item))).collect()
        })),
        Box::new(OfMap(
            "map group_by",
            map.group_by(move |_, item| group(item) % 4).map(|_, group| group.len()),
            |model| {
                let mut groups = BTreeMap::new();
                model
                    .left
                    .values()
                    .for_each(|item| *groups.entry(naive(*item) % 4).or_default() += 1);
                groups
            },
        )),
        Box::new(OfMap(
            "map group_fold",
            map.group_fold(
                move |_, item| total(item) % 4,
                0,
                |sum, _, item| *sum += item,
                |sum, _, item| *sum -= item,
            ),
            |model| {
                let mut groups = BTreeMap::new();
                model
                    .left
                    .values()
                    .for_each(|item| *groups.entry(naive(*item) % 4).or_default() += item);
                groups
            },
        )),
        Box::new(OfMap("map join_by", map.join_by(map, move |_, item| name(item) % 20), |model| {
            let pair = |(key, item): (&i32, &i32)| {
                Some((*key, (*item, *model.left.get(&(naive(*item) % 20))?)))
            };
            model.left.iter().filter_map(pair).collect()
        })),
    ]
}

struct World {
    list: ListBinding<i32>,
    map: MapBinding<i32, i32>,
    knobs: Vec<Binding<i32>>,
    cases: Vec<Box<dyn Case>>,
    followers: Vec<Box<dyn Follower>>,
    model: Model,
}

impl World {
    fn new() -> Self {
        let (list, map) = (ListBinding::new(), MapBinding::new());
        let knobs: Vec<Binding<i32>> = (0..KNOBS).map(|_| bind(0)).collect();
        SET.with(|set| set.borrow_mut().fill(0));
        let mut cases = lists(&list, &knobs);
        cases.extend(groups(&list, &knobs));
        cases.extend(maps(&map, &knobs));
        Self { list, map, knobs, cases, followers: Vec::new(), model: Model::default() }
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::List(edit) => lists_oracle::edit(&self.list, &mut self.model.list, edit),
            Edit::Map(edit) => maps_oracle::edit(&self.map, &mut self.model.left, edit),
            Edit::Set(knob, to) => self.set(knob, to),
            Edit::Storm(knob, times) => self.storm(knob, times),
        }
    }

    fn storm(&mut self, knob: usize, times: usize) {
        let key = i32::try_from(knob).unwrap();
        for value in (0..40).cycle().take(times) {
            self.set(knob, value);
            self.map.insert(key, value);
            self.model.left.insert(key, value);
            if let Some(last) = self.model.list.last_mut() {
                *last = value;
                self.list.set(self.list.len() - 1, value);
            }
        }
    }

    fn set(&self, knob: usize, to: i32) {
        SET.with(|set| set.borrow_mut()[knob] = to);
        self.knobs[knob].set(to);
    }

    fn read(&self, which: usize) {
        self.cases[which % self.cases.len()].read(&self.model);
    }

    fn edit_all(&mut self, edits: Vec<Edit>, which: usize) {
        for one in edits {
            self.edit(one);
            self.read(which);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Edit(edit) => self.edit(edit),
            Step::Transact(edits, which) => transaction(|| self.edit_all(edits, which)),
            Step::RollBack(edits, which) => {
                let (model, set) = (self.model.clone(), SET.with(|set| set.borrow().clone()));
                let result: Result<(), ()> = try_transaction(|| {
                    self.edit_all(edits.clone(), which);
                    Err(())
                });
                assert!(result.is_err());
                self.model = model;
                SET.with(|now| *now.borrow_mut() = set);
                self.read(which);
            }
            Step::Poison(knob, which) => {
                let was = SET.with(|set| set.borrow()[knob]);
                self.knobs[knob].set(POISON);
                let case = &self.cases[which % self.cases.len()];
                let _panics = quietly(|| catch_unwind(AssertUnwindSafe(|| case.panics())));
                self.knobs[knob].set(was);
                self.read(which);
            }
            Step::Read(which) => self.read(which),
            Step::Follow(which) => {
                self.followers.extend(self.cases[which % self.cases.len()].follow());
            }
            Step::Poll(which) => {
                let count = self.followers.len().max(1);
                if let Some(follower) = self.followers.get_mut(which % count) {
                    follower.poll(&self.model);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 120 } else { 3_000 }))]

    #[test]
    fn rows_that_read_bindings_are_what_a_recompute_gives(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        for which in 0..world.cases.len() {
            world.read(which);
        }
        for follower in &mut world.followers {
            follower.poll(&world.model);
        }
    }
}
