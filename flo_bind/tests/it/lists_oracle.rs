//! Random edits of a list against a plain `Vec`, and followers that are polled now and then.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flo_bind::{
    FollowChanges, ListBinding, ListDiff, ListSnapshot, VectorOp, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::quiet::quietly;

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Push(i32),
    Pop,
    Insert(usize, i32),
    Remove(usize),
    Set(usize, i32),
    Move(usize, usize),
    Splice(usize, usize, Vec<i32>),
    Truncate(usize),
    RetainNot(i32),
    Sort,
    SortByLast,
    Double,
    Clear,
    ReplaceAll(Vec<i32>),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>),
    RollBack(Vec<Edit>),
    /// A closure of the user's panics.
    Panic(usize),
    Follow,
    Poll(usize),
    Forget(usize),
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let at = || 0..1_000_usize;
    let item = || 0..40_i32;
    prop_oneof![
        4 => item().prop_map(Edit::Push),
        2 => Just(Edit::Pop),
        6 => (at(), item()).prop_map(|(at, item)| Edit::Insert(at, item)),
        5 => at().prop_map(Edit::Remove),
        5 => (at(), item()).prop_map(|(at, item)| Edit::Set(at, item)),
        4 => (at(), at()).prop_map(|(from, to)| Edit::Move(from, to)),
        4 => (at(), 0..40_usize, prop::collection::vec(item(), 0..60))
            .prop_map(|(at, count, items)| Edit::Splice(at, count, items)),
        1 => at().prop_map(Edit::Truncate),
        1 => item().prop_map(Edit::RetainNot),
        1 => Just(Edit::Sort),
        1 => Just(Edit::SortByLast),
        1 => Just(Edit::Double),
        1 => Just(Edit::Clear),
        1 => prop::collection::vec(item(), 0..80).prop_map(Edit::ReplaceAll),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..12);
    let step = prop_oneof![
        10 => edits().prop_map(Step::Edit),
        2 => many().prop_map(Step::Transact),
        1 => many().prop_map(Step::RollBack),
        1 => (0..1_000_usize).prop_map(Step::Panic),
        1 => Just(Step::Follow),
        4 => (0..8_usize).prop_map(Step::Poll),
        1 => (0..8_usize).prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..120)
}

/// Does the same to both.
pub(crate) fn edit(list: &ListBinding<i32>, model: &mut Vec<i32>, edit: Edit) {
    let len = model.len();
    match edit {
        Edit::Push(item) => {
            list.push(item);
            model.push(item);
        }
        Edit::Pop => assert_eq!(list.pop(), model.pop()),
        Edit::Insert(at, item) => {
            list.insert(at % (len + 1), item);
            model.insert(at % (len + 1), item);
        }
        Edit::Remove(at) if len > 0 => assert_eq!(list.remove(at % len), model.remove(at % len)),
        Edit::Set(at, item) if len > 0 => {
            let old = std::mem::replace(&mut model[at % len], item);
            assert_eq!(list.set(at % len, item), old);
        }
        Edit::Move(from, to) if len > 0 => {
            list.move_item(from % len, to % len);
            let item = model.remove(from % len);
            model.insert(to % len, item);
        }
        Edit::Splice(at, count, items) => {
            let from = at % (len + 1);
            let until = (from + count).min(len);
            let removed = list.splice(from..until, items.clone());
            let expected: Vec<i32> = model.splice(from..until, items).collect();
            assert_eq!(removed, expected);
        }
        Edit::Truncate(to) => {
            list.truncate(to);
            model.truncate(to);
        }
        Edit::RetainNot(item) => {
            list.retain(move |other| other % 7 != item % 7 || *other == item);
            model.retain(|other| other % 7 != item % 7 || *other == item);
        }
        Edit::Sort => {
            list.sort();
            model.sort_unstable();
        }
        Edit::SortByLast => {
            list.sort_by_key(|item| item % 10);
            model.sort_by_key(|item| item % 10);
        }
        Edit::Double if len < 400 => {
            list.append(list.snapshot());
            model.extend_from_within(..);
        }
        Edit::Clear => {
            list.clear();
            model.clear();
        }
        Edit::ReplaceAll(items) => {
            list.replace_all(items.clone());
            *model = items;
        }
        _ => {}
    }
}

/// A follower, and the list as its batches have made it.
struct Follower {
    changes: FollowChanges<i32>,
    mirror: Vec<i32>,
}

impl Follower {
    fn poll(&mut self, model: &[i32]) {
        let before = self.mirror.clone();
        let Some(batch) = self.changes.next().now_or_never() else {
            return assert_eq!(self.mirror, model, "nothing was missed");
        };
        let batch = batch.expect("the list has not ended");
        let mut list = ListSnapshot::from(before.clone());
        let mut vector = before.clone();
        for op in batch.vector_ops(&mut list).unwrap() {
            vector_op(&mut vector, op);
        }
        assert_eq!(list, vector, "the steps of a vector are those of the list");
        for diff in &batch {
            if let ListDiff::Splice { at, removed, .. } = diff {
                let there = &self.mirror[*at..at + removed.len()];
                assert!(removed.items().unwrap().iter().eq(there), "what went out was there");
            }
            diff.apply_to(&mut self.mirror).unwrap();
        }
        assert_eq!(self.mirror, model, "applying the differences gives the list");
        if let Some(back) = batch.invert() {
            let mut back_again = self.mirror.clone();
            back.apply_to(&mut back_again).unwrap();
            assert_eq!(back_again, before, "a batch and its inverse are nothing");
        }
    }
}

/// Does what the operation's name says, and panics where that is the wrong one for it.
fn vector_op(items: &mut Vec<i32>, op: VectorOp<i32>) {
    match op {
        VectorOp::Append(more) => items.extend(more),
        VectorOp::Clear => items.clear(),
        VectorOp::PushFront(item) => items.insert(0, item),
        VectorOp::PushBack(item) => items.push(item),
        VectorOp::PopFront => assert!((items.len() > 1) && items.remove(0) < 100),
        VectorOp::PopBack => assert!(items.pop().is_some()),
        VectorOp::Insert(at, item) => {
            assert!(at > 0 && at < items.len());
            items.insert(at, item);
        }
        VectorOp::Set(at, item) => items[at] = item,
        VectorOp::Remove(at) => {
            assert!(at > 0 && at + 1 < items.len());
            items.remove(at);
        }
        VectorOp::Truncate(len) => {
            assert!(len < items.len());
            items.truncate(len);
        }
        VectorOp::Reset(other) => *items = other,
        other => panic!("a new operation: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 4_000 }))]

    #[test]
    fn a_list_does_as_a_vec_does_and_its_differences_tell_it_all(steps in steps()) {
        let list = ListBinding::new();
        let mut model = Vec::new();
        let mut followers: Vec<Follower> = Vec::new();
        let mut kept = Vec::new();
        for step in steps {
            kept.push((list.snapshot(), model.clone()));
            match step {
                Step::Edit(one) => edit(&list, &mut model, one),
                Step::Transact(many) => transaction(|| {
                    for one in many {
                        edit(&list, &mut model, one);
                        assert_eq!(list.snapshot(), model);
                    }
                }),
                Step::RollBack(many) => {
                    let mut forgotten = model.clone();
                    let result: Result<(), ()> = try_transaction(|| {
                        for one in many {
                            edit(&list, &mut forgotten, one);
                        }
                        Err(())
                    });
                    prop_assert!(result.is_err());
                }
                Step::Panic(at) if at < model.len() => {
                    let panicked = quietly(|| catch_unwind(AssertUnwindSafe(|| {
                        transaction(|| {
                            list.push(1);
                            list.update(at, |_| panic!("in a closure of the user's"));
                        });
                    })));
                    prop_assert!(panicked.is_err());
                }
                Step::Follow => {
                    let changes = list.follow_changes();
                    followers.push(Follower { changes, mirror: Vec::new() });
                }
                Step::Poll(which) if !followers.is_empty() => {
                    let which = which % followers.len();
                    followers[which].poll(&model);
                }
                Step::Forget(which) if !followers.is_empty() => {
                    drop(followers.swap_remove(which % followers.len()));
                }
                Step::Panic(_) | Step::Poll(_) | Step::Forget(_) => {}
            }
            prop_assert_eq!(list.snapshot(), model.clone());
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
