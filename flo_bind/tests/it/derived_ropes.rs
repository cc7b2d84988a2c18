//! Ropes that follow from others: what they cost, and against the recompute of plain pairs through random edits, transactions,
//! rollbacks and panics.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{
    Binding, BoundExt, RopeBinding, RopeDiff, RopeRef, RopeSnapshot, bind, snapshot, transaction,
    try_transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on};
use proptest::prelude::*;

use crate::ropes_oracle::{Edit, Follower, Pair, edit, edits};

/// Counts its calls.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn call(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn take(&self) -> usize {
        self.0.swap(0, Relaxed)
    }
}

fn numbers(count: u32) -> RopeBinding<u32, u8> {
    RopeBinding::from(RopeSnapshot::uniform(0..count, 0))
}

#[test]
fn a_mapped_rope_calls_for_the_cells_that_came_in_and_for_no_attribute() {
    let (rope, calls, factor) = (numbers(1_000), Calls::default(), bind(2));
    let mapped = rope.map({
        let (calls, factor) = (calls.clone(), factor.read_only());
        move |cell| {
            calls.call();
            cell * factor.get()
        }
    });
    assert_eq!(calls.take(), 0, "nobody has asked");
    assert_eq!(mapped.len(), 1_000);
    assert_eq!(calls.take(), 1_000);
    rope.replace(500..501, [7, 8, 9]);
    rope.set_attributes(100..900, 5);
    rope.replace(0..100, []);
    assert_eq!(mapped.snapshot().get(400), Some((&14, &5)));
    assert_eq!(calls.take(), 3);
    rope.set_attributes(.., 6);
    assert_eq!(mapped.read_attributes(0), (6, 0..902));
    assert_eq!(calls.take(), 0);
    factor.set(3);
    assert_eq!(mapped.snapshot().get(400), Some((&21, &6)));
    assert_eq!(calls.take(), 902, "something else that was read differs: all are asked again");
}

#[test]
fn an_edit_of_either_side_of_a_chain_is_that_edit_of_it() {
    let (left, right) = (numbers(10_000), numbers(10_000));
    let both = left.chain(&right);
    let mut changes = both.follow_changes();
    drop(changes.next().now_or_never());
    right.replace(5..6, [77]);
    left.set_attributes(9_000.., 1);
    left.replace(0..1, []);
    right.set_attributes(..5, 1);
    let batch = changes.next().now_or_never().flatten().unwrap();
    let ranges: Vec<_> = batch
        .iter()
        .map(|diff| match diff {
            RopeDiff::Replace { range, .. } | RopeDiff::SetAttributes { range, .. } => {
                range.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ranges, [10_005..10_006, 10_000..10_005, 9_000..10_000, 0..1]);
    assert_eq!(both.read_attributes(9_999), (1, 8_999..10_004), "one extent over the seam");
}

#[test]
fn attributes_are_no_change_of_the_cells_as_a_list() {
    let (rope, calls) = (numbers(100), Calls::default());
    let even = rope.cells().filter({
        let calls = calls.clone();
        move |cell| {
            calls.call();
            cell % 2 == 0
        }
    });
    assert_eq!((even.len(), calls.take()), (50, 100));
    let mut changes = even.follow_changes();
    drop(changes.next().now_or_never());
    rope.set_attributes(10..50, 3);
    assert!(changes.next().now_or_never().is_none());
    rope.replace(10..12, [1, 2, 3]);
    assert_eq!(calls.take(), 0);
    assert_eq!(changes.next().now_or_never().flatten().unwrap().iter().count(), 1);
    assert_eq!((even.len(), calls.take()), (50, 3));
}

#[test]
fn a_computed_rope_computes_once_and_one_by_differences_tells_them_alone() {
    let (words, calls) = (bind("oil gas".to_owned()), Calls::default());
    let compute = {
        let (words, calls) = (words.read_only(), calls.clone());
        move || {
            calls.call();
            words.get().chars().collect::<Vec<_>>()
        }
    };
    let whole = RopeRef::<char, u8>::computed(compute.clone());
    let compared = RopeRef::<char, u8>::computed_difference(compute);
    let mut changes = [whole.follow_changes(), compared.follow_changes()];
    let mut next = |which: usize| {
        let batch = changes[which].next().now_or_never().flatten()?;
        let ranges = batch.iter().map(|diff| match diff {
            RopeDiff::Replace { range, new, .. } => (range.clone(), new.len()),
            RopeDiff::Reset { new, .. } => (0..0, new.len()),
            other => panic!("{other:?}"),
        });
        Some(ranges.collect::<Vec<_>>())
    };
    assert_eq!((next(0), next(1)), (Some(vec![(0..0, 7)]), Some(vec![(0..0, 7)])));
    assert_eq!(calls.take(), 2, "each once");
    words.set("old gas, arc".to_owned());
    assert_eq!(next(0), Some(vec![(0..7, 12)]));
    // From the end.
    assert_eq!(next(1), Some(vec![(7..7, 5), (3..3, 1), (1..2, 0)]));
    assert_eq!(calls.take(), 2);
    words.update(|words| words.push_str(""));
    assert_eq!((next(0), next(1), calls.take()), (None, None, 0));
    let text: String = compared.snapshot().cells().iter().collect();
    assert_eq!(text, "old gas, arc");
    drop(words);
    assert!(block_on(compared.follow_changes().collect::<Vec<_>>()).len() == 1, "it has ended");
}

#[test]
fn a_follower_keeps_a_derived_rope_and_its_sources_end_it() {
    let (left, right) = (numbers(2), numbers(2));
    let mut changes = left.chain(&right).map(|cell| cell * 2).follow_changes();
    let mut mirror = Vec::new();
    let mut poll = |mirror: &mut Vec<(u32, u8)>| {
        changes
            .next()
            .now_or_never()
            .map(|batch| batch.map(|batch| batch.apply_to(mirror).unwrap()))
    };
    assert_eq!(poll(&mut mirror), Some(Some(())));
    left.push(5);
    drop(left);
    assert_eq!(poll(&mut mirror), Some(Some(())), "no handle of the derived rope is left");
    assert_eq!(poll(&mut mirror), None);
    right.set_attributes(.., 3);
    drop(right);
    assert_eq!(poll(&mut mirror), Some(Some(())));
    assert_eq!(mirror, [(0, 0), (2, 0), (10, 0), (0, 3), (2, 3)]);
    assert_eq!(poll(&mut mirror), Some(None), "nobody is left who could change it");
}

#[derive(Debug, Clone)]
enum Step {
    Edit(bool, Edit),
    /// The number that some closures read.
    Limit(i32),
    /// A cell and an attribute are others so often that the logs do not hold it.
    Storm(bool, usize),
    Transact(Vec<(bool, Edit)>, i32, usize),
    RollBack(Vec<(bool, Edit)>, i32, usize),
    /// A cell on which closures panic comes, and goes again.
    Poison(usize),
    Read(usize),
    Follow(usize),
    Poll(usize),
    Forget(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = || (any::<bool>(), edits());
    let many = || prop::collection::vec(one(), 0..6);
    let which = || 0..64_usize;
    let step = prop_oneof![
        14 => one().prop_map(|(side, edit)| Step::Edit(side, edit)),
        2 => (0..40).prop_map(Step::Limit),
        2 => (many(), 0..40, which()).prop_map(|(many, limit, which)| Step::Transact(many, limit, which)),
        1 => (many(), 0..40, which()).prop_map(|(many, limit, which)| Step::RollBack(many, limit, which)),
        1 => (any::<bool>(), 1..300_usize).prop_map(|(side, times)| Step::Storm(side, times)),
        1 => which().prop_map(Step::Poison),
        5 => which().prop_map(Step::Read),
        1 => which().prop_map(Step::Follow),
        3 => which().prop_map(Step::Poll),
        1 => which().prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..80)
}

/// What both sources are, and the limit.
#[derive(Clone, Default)]
struct Model {
    sides: [Vec<Pair>; 2],
    limit: i32,
}

/// What a rope is to be.
type Naive = fn(&Model) -> Vec<Pair>;

/// On which closures panic.
const POISON: i32 = -1;

fn check(cell: i32) -> i32 {
    assert!(cell != POISON, "a closure panics");
    cell
}

fn with_cells(pairs: &[Pair], f: impl Fn(i32) -> i32) -> Vec<Pair> {
    pairs.iter().map(|(cell, attribute)| (f(*cell), *attribute)).collect()
}

fn left(model: &Model) -> Vec<i32> {
    model.sides[0].iter().map(|(cell, _)| *cell).collect()
}

fn plain(cells: impl IntoIterator<Item = i32>) -> Vec<Pair> {
    cells.into_iter().map(|cell| (cell, 0)).collect()
}

struct World {
    sides: [RopeBinding<i32, u8>; 2],
    limit: Binding<i32>,
    ropes: Vec<(RopeRef<i32, u8>, Naive)>,
    followers: Vec<(usize, Follower)>,
    model: Model,
}

impl World {
    fn new() -> Self {
        let (sides, limit) = ([RopeBinding::new(), RopeBinding::new()], bind(0));
        let [one, other] = &sides;
        let doubled = one.map(|cell| check(*cell) * 2);
        let added = other.map({
            let limit = limit.read_only();
            move |cell| if cell % 2 == 0 { cell + limit.get() } else { check(*cell) }
        });
        let cells = {
            let (cells, limit) = (one.cells(), limit.read_only());
            move || {
                cells.snapshot().iter().map(|cell| check(*cell) + limit.get()).collect::<Vec<_>>()
            }
        };
        let both = one.chain(other);
        let ropes: Vec<(RopeRef<i32, u8>, Naive)> = vec![
            (one.read_only(), |model| model.sides[0].clone()),
            (doubled.clone(), |model| with_cells(&model.sides[0], |cell| cell * 2)),
            (added.clone(), |model| {
                let limit = model.limit;
                with_cells(&model.sides[1], |cell| if cell % 2 == 0 { cell + limit } else { cell })
            }),
            (both.clone(), |model| model.sides.concat()),
            (one.chain(one), |model| [&model.sides[0][..], &model.sides[0]].concat()),
            (added.chain(&doubled).map(|cell| cell + 1), |model| {
                let limit = model.limit;
                let added = |cell| if cell % 2 == 0 { cell + limit + 1 } else { cell + 1 };
                let [one, other] = &model.sides;
                [with_cells(other, added), with_cells(one, |cell| cell * 2 + 1)].concat()
            }),
            (both.chain(&both.map(|cell| -cell)), |model| {
                let both = model.sides.concat();
                [with_cells(&both, |cell| -cell)].into_iter().fold(both, |mut all, mapped| {
                    all.extend(mapped);
                    all
                })
            }),
            (RopeRef::computed(cells.clone()), |model| {
                plain(left(model).into_iter().map(|cell| cell + model.limit))
            }),
            (RopeRef::computed_difference(cells), |model| {
                plain(left(model).into_iter().map(|cell| cell + model.limit))
            }),
        ];
        Self { sides, limit, ropes, followers: Vec::new(), model: Model::default() }
    }

    fn read(&self, which: usize, model: &Model) {
        let which = which % (self.ropes.len() + 1);
        let Some((rope, naive)) = self.ropes.get(which) else {
            return assert_eq!(self.sides[0].cells().snapshot(), left(model), "the cells");
        };
        assert_eq!(rope.snapshot(), naive(model), "rope {which}");
    }

    fn edit(&self, (side, one): (bool, Edit), model: &mut Model) {
        let side = usize::from(side);
        edit(&self.sides[side], &mut model.sides[side], one);
    }

    fn follow(&mut self, which: usize) {
        let which = which % self.ropes.len();
        self.followers.push((which, Follower::new(self.ropes[which].0.follow_changes())));
    }

    fn poll(&mut self, which: usize) {
        let count = self.followers.len();
        let Some((rope, follower)) = self.followers.get_mut(which % count.max(1)) else { return };
        follower.poll(&self.ropes[*rope].1(&self.model));
    }

    /// Several edits, each seen by who asks within the transaction; gives what came of the model.
    fn several(&self, many: Vec<(bool, Edit)>, to: i32, which: usize) -> Model {
        let mut model = Model { limit: to, ..self.model.clone() };
        self.limit.set(to);
        for one in many {
            self.edit(one, &mut model);
            self.read(which, &model);
        }
        model
    }

    /// Closures panic while the cell is there, and all is well when it is gone.
    fn poison(&self, at: usize) {
        let at = at % (self.model.sides[0].len() + 1);
        self.sides[0].replace(at..at, [POISON]);
        for which in [1, 5, 7, 8] {
            let rope = &self.ropes[which].0;
            assert!(catch_unwind(AssertUnwindSafe(|| rope.snapshot())).is_err(), "rope {which}");
        }
        self.sides[0].replace(at..=at, []);
        self.read(at, &self.model);
    }

    /// One cell is another one, again and again, and in between the attribute of all of them.
    fn storm(&mut self, side: usize, times: usize) {
        let (rope, model) = (&self.sides[side], &mut self.model.sides[side]);
        for time in (0..40_u8).cycle().take(times) {
            let (cell, attribute) = (i32::from(time), time / 5 % 3);
            rope.replace_attributes(..rope.len().min(1), [cell], attribute);
            model.splice(..model.len().min(1), [(cell, attribute)]);
            if time % 8 == 0 {
                rope.set_attributes(.., attribute);
                for pair in model.iter_mut() {
                    pair.1 = attribute;
                }
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Edit(side, one) => {
                let mut model = std::mem::take(&mut self.model);
                self.edit((side, one), &mut model);
                self.model = model;
            }
            Step::Limit(to) => {
                self.model.limit = to;
                self.limit.set(to);
            }
            Step::Storm(side, times) => self.storm(usize::from(side), times),
            Step::Transact(many, to, which) => {
                self.model = transaction(|| self.several(many, to, which));
            }
            Step::RollBack(many, to, which) => {
                let rolled = try_transaction(|| Err::<(), _>(self.several(many, to, which)));
                assert!(rolled.is_err());
                self.read(which, &self.model);
            }
            Step::Poison(at) => self.poison(at),
            Step::Read(which) => self.read(which, &self.model),
            Step::Follow(which) => self.follow(which),
            Step::Poll(which) => self.poll(which),
            Step::Forget(which) if !self.followers.is_empty() => {
                let which = which % self.followers.len();
                drop(self.followers.swap_remove(which));
            }
            Step::Forget(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 120 } else { 3_000 }))]

    #[test]
    fn derived_ropes_are_what_a_recompute_gives(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        snapshot(|| {
            for which in 0..=world.ropes.len() {
                world.read(which, &world.model);
            }
        });
        for which in 0..world.followers.len() {
            world.poll(which);
        }
    }
}
