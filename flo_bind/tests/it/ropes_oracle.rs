//! Random edits of a rope against a plain `Vec` of pairs, and followers that are polled now and then.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    FollowRopeChanges, RopeBinding, RopeDiff, RopeSnapshot, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

/// A cell and its attribute.
pub(crate) type Pair = (i32, u8);

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Push(i32),
    Extend(Vec<i32>),
    Replace(usize, usize, Vec<i32>),
    ReplaceAttributes(usize, usize, Vec<i32>, u8),
    SetAttributes(usize, usize, u8),
    Splice(usize, usize, Vec<Pair>),
    Double,
    RetainNot(i32),
    Clear,
    ReplaceAll(Vec<Pair>),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>),
    RollBack(Vec<Edit>),
    /// A closure of the user's panics.
    Panic,
    Follow,
    Poll(usize),
    Forget(usize),
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let at = || 0..1_000_usize;
    // Short ones mostly, so that edits begin and end where extents do.
    let count = || prop_oneof![3 => Just(0), 3 => Just(1), 4 => 0..6_usize, 1 => 0..300_usize];
    let cell = || 0..40_i32;
    let attribute = || 0..4_u8;
    let cells = || {
        prop_oneof![
            3 => prop::collection::vec(cell(), 0..3),
            1 => prop::collection::vec(cell(), 0..60),
        ]
    };
    let pairs = || prop::collection::vec((cell(), attribute()), 0..40);
    prop_oneof![
        3 => cell().prop_map(Edit::Push),
        2 => cells().prop_map(Edit::Extend),
        8 => (at(), count(), cells()).prop_map(|(at, count, cells)| Edit::Replace(at, count, cells)),
        6 => (at(), count(), cells(), attribute())
            .prop_map(|(at, count, cells, one)| Edit::ReplaceAttributes(at, count, cells, one)),
        8 => (at(), count(), attribute()).prop_map(|(at, count, one)| Edit::SetAttributes(at, count, one)),
        3 => (at(), count(), pairs()).prop_map(|(at, count, pairs)| Edit::Splice(at, count, pairs)),
        1 => Just(Edit::Double),
        1 => cell().prop_map(Edit::RetainNot),
        1 => Just(Edit::Clear),
        1 => pairs().prop_map(Edit::ReplaceAll),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..12);
    let step = prop_oneof![
        12 => edits().prop_map(Step::Edit),
        2 => many().prop_map(Step::Transact),
        1 => many().prop_map(Step::RollBack),
        1 => Just(Step::Panic),
        1 => Just(Step::Follow),
        4 => (0..8_usize).prop_map(Step::Poll),
        1 => (0..8_usize).prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..120)
}

/// What cells have that come in where a range is.
fn inherited(model: &[Pair], range: &Range<usize>) -> u8 {
    let from = if range.is_empty() { range.start.saturating_sub(1) } else { range.start };
    model.get(from).map_or(0, |(_, attribute)| *attribute)
}

fn dressed(cells: &[i32], attribute: u8) -> Vec<Pair> {
    cells.iter().map(|cell| (*cell, attribute)).collect()
}

/// Does the same to both.
pub(crate) fn edit(rope: &RopeBinding<i32, u8>, model: &mut Vec<Pair>, edit: Edit) {
    let len = model.len();
    let range = |at: usize, count: usize| {
        let from = at % (len + 1);
        from..(from + count).min(len)
    };
    match edit {
        Edit::Push(cell) => {
            rope.push(cell);
            model.push((cell, inherited(model, &(len..len))));
        }
        Edit::Extend(cells) => {
            let new = dressed(&cells, inherited(model, &(len..len)));
            rope.extend(cells);
            model.extend(new);
        }
        Edit::Replace(at, count, cells) => {
            let range = range(at, count);
            let new = dressed(&cells, inherited(model, &range));
            let old: Vec<Pair> = model.splice(range.clone(), new).collect();
            assert_eq!(rope.replace(range, cells), old);
        }
        Edit::ReplaceAttributes(at, count, cells, attribute) => {
            let range = range(at, count);
            let old: Vec<Pair> = model.splice(range.clone(), dressed(&cells, attribute)).collect();
            assert_eq!(rope.replace_attributes(range, cells, attribute), old);
        }
        Edit::SetAttributes(at, count, attribute) => {
            let range = range(at, count);
            rope.set_attributes(range.clone(), attribute);
            for (_, old) in &mut model[range] {
                *old = attribute;
            }
        }
        Edit::Splice(at, count, pairs) => {
            let range = range(at, count);
            let old: Vec<Pair> = model.splice(range.clone(), pairs.clone()).collect();
            assert_eq!(rope.splice(range, RopeSnapshot::from(pairs)), old);
        }
        Edit::Double if len < 400 => {
            rope.splice(len.., rope.snapshot());
            model.extend_from_within(..);
        }
        Edit::Double => {}
        Edit::RetainNot(cell) => {
            rope.retain_cells(move |other| other % 7 != cell % 7 || *other == cell);
            model.retain(|(other, _)| other % 7 != cell % 7 || *other == cell);
        }
        Edit::Clear => {
            rope.clear();
            model.clear();
        }
        Edit::ReplaceAll(pairs) => {
            rope.replace_all(pairs.iter().copied().collect());
            *model = pairs;
        }
    }
}

/// What a rope tells of itself is what a plain one would (R1, R2).
fn check(rope: &RopeSnapshot<i32, u8>, model: &[Pair]) {
    assert_eq!(rope, model);
    assert_eq!(rope.iter().len(), model.len());
    assert!(rope.cells().iter().eq(model.iter().map(|(cell, _)| cell)));
    let mut begin = 0;
    for chunk in model.chunk_by(|(_, a), (_, b)| a == b) {
        let extent = begin..begin + chunk.len();
        for at in [extent.start, extent.end - 1] {
            assert_eq!(rope.attributes_at(at), Some((&chunk[0].1, extent.clone())));
        }
        begin = extent.end;
    }
    let chunks = model.chunk_by(|(_, a), (_, b)| a == b).count();
    assert_eq!(rope.extents().count(), chunks, "R2");
    assert_eq!((rope.attributes_at(begin), rope.get(begin)), (None, None));
    let (from, until) = (begin / 3, begin - begin / 4);
    assert_eq!(rope.range(from..until), model[from..until]);
}

/// A follower, and the rope as its batches have made it.
pub(crate) struct Follower {
    pub(crate) changes: FollowRopeChanges<i32, u8>,
    mirror: Vec<Pair>,
}

impl Follower {
    pub(crate) fn new(changes: FollowRopeChanges<i32, u8>) -> Self {
        Self { changes, mirror: Vec::new() }
    }

    pub(crate) fn poll(&mut self, model: &[Pair]) {
        let before = self.mirror.clone();
        let Some(batch) = self.changes.next().now_or_never() else {
            return assert_eq!(self.mirror, model, "nothing was missed");
        };
        let batch = batch.expect("the rope has not ended");
        let mut rope = RopeSnapshot::from(before.clone());
        let (mut cells, mut attributes): (Vec<i32>, Vec<u8>) = before.iter().copied().unzip();
        for diff in &batch {
            // R3.
            match diff {
                RopeDiff::Replace { range, old, .. } => {
                    let old: Vec<Pair> =
                        old.as_ref().unwrap().iter().map(|(cell, one)| (*cell, *one)).collect();
                    assert_eq!(old, self.mirror[range.clone()], "what went out was there");
                }
                RopeDiff::SetAttributes { range, old, new } => {
                    assert_ne!(old.as_ref(), Some(new), "R4");
                    for (part, attribute) in old.as_ref().unwrap() {
                        let there = &self.mirror[range.clone()][part];
                        assert!(there.iter().all(|(_, one)| one == attribute));
                    }
                }
                _ => {}
            }
            diff.apply_to(&mut self.mirror).unwrap();
            diff.apply_to_both(&mut cells, &mut attributes).unwrap();
            rope.apply(diff).unwrap();
        }
        assert_eq!(self.mirror, model, "applying the differences gives the rope");
        assert_eq!(cells.into_iter().zip(attributes).collect::<Vec<_>>(), model);
        check(&rope, model);
        if let Some(back) = batch.invert() {
            let mut back_again = self.mirror.clone();
            back.apply_to(&mut back_again).unwrap();
            assert_eq!(back_again, before, "a batch and its inverse are nothing");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 4_000 }))]

    #[test]
    fn a_rope_does_as_pairs_do_and_its_differences_tell_it_all(steps in steps()) {
        let rope = RopeBinding::new();
        let mut model = Vec::new();
        let mut followers: Vec<Follower> = Vec::new();
        let mut kept = Vec::new();
        for step in steps {
            kept.push((rope.snapshot(), model.clone()));
            match step {
                Step::Edit(one) => edit(&rope, &mut model, one),
                Step::Transact(many) => transaction(|| {
                    for one in many {
                        edit(&rope, &mut model, one);
                        assert_eq!(rope.snapshot(), model);
                    }
                }),
                Step::RollBack(many) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        for one in many {
                            edit(&rope, &mut forgotten, one);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                }
                Step::Panic => {
                    let panicked = catch_unwind(AssertUnwindSafe(|| {
                        transaction(|| {
                            rope.push(1);
                            rope.retain_cells(|_| panic!("in a closure of the user's"));
                        });
                    }));
                    prop_assert!(panicked.is_err());
                }
                Step::Follow => followers.push(Follower::new(rope.follow_changes())),
                Step::Poll(which) if !followers.is_empty() => {
                    let which = which % followers.len();
                    followers[which].poll(&model);
                }
                Step::Forget(which) if !followers.is_empty() => {
                    drop(followers.swap_remove(which % followers.len()));
                }
                Step::Poll(_) | Step::Forget(_) => {}
            }
            check(&rope.snapshot(), &model);
        }
        for mut follower in followers {
            follower.poll(&model);
            prop_assert!(follower.changes.next().now_or_never().is_none());
        }
        for (snapshot, model) in kept {
            prop_assert_eq!(snapshot, model, "a snapshot stays as it is");
        }
    }
}
