//! Seals against a plain `Vec`, and how many edges a change touches.

use std::mem;

use flo_core::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::{super::asking::Asking, *};
use crate::{Binding, BoundExt, ListBinding, ListRef, bind, computed, graph::steps, transaction};

/// What rows are to have read: some of a few bindings, by number.
type Model = Vec<Option<usize>>;

#[derive(Clone, Debug)]
enum Step {
    Put(usize, usize, Model),
    Move(usize, usize),
    Set(Vec<usize>),
}

const READ: usize = 5;

fn steps_of_all() -> impl Strategy<Value = Vec<Step>> {
    let read = || prop_oneof![Just(None), (0..READ).prop_map(Some)];
    let rows = prop_oneof![
        prop::collection::vec(read(), 0..40),
        (read(), 0..40_usize).prop_map(|(read, len)| vec![read; len]),
        read().prop_map(|read| vec![read]),
    ];
    let at = || 0..1_000_usize;
    let count = prop_oneof![Just(0), Just(1), 0..40_usize];
    let step = prop_oneof![
        8 => (at(), count, rows).prop_map(|(at, count, rows)| Step::Put(at, count, rows)),
        4 => (at(), at()).prop_map(|(from, to)| Step::Move(from, to)),
        2 => prop::collection::vec(0..READ, 0..3).prop_map(Step::Set),
    ];
    prop::collection::vec(step, 1..60)
}

/// Asks these rows, each of which reads what it is to read.
fn ask(asking: &mut Asking<'_>, rows: &[Option<usize>], read: &[Binding<u32>]) {
    for row in rows {
        asking.row(|| row.map(|which| read[which].get()));
    }
}

/// What the rows have read, as the seals say.
fn rows_of(seals: &Seals, read: &[Binding<u32>]) -> Model {
    let Some(extents) = seals.extents() else { return vec![None; seals.len] };
    let neighbours = extents.iter().zip(extents.iter().skip(1));
    for (one, next) in neighbours {
        assert!(one.seal != next.seal, "W4");
    }
    let which = |seal: &Seal| {
        let [(node, _)] = &seal.found[..] else { unreachable!("a row reads one binding") };
        read.iter().position(|read| read.read_only().node().map(NodeRef::id) == Some(node.id()))
    };
    let row = |extent: &Extent| {
        assert!(extent.len > 0);
        vec![extent.seal.as_ref().and_then(which); extent.len]
    };
    extents.iter().flat_map(row).collect()
}

/// What a step does to the seals, and to the model.
fn step(seals: &mut Seals, model: &mut Model, step: &Step, read: &[Binding<u32>]) {
    seals.ask(|asking| {
        let len = model.len();
        match step {
            Step::Put(at, count, rows) => {
                let at = at % (len + 1);
                let count = (*count).min(len - at);
                ask(asking, rows, read);
                asking.put(at, count);
                model.splice(at..at + count, rows.iter().copied());
            }
            Step::Move(from, to) if len > 0 => {
                let row = model.remove(from % len);
                model.insert(to % len, row);
                asking.move_row(from % len, to % len);
            }
            Step::Move(..) => {}
            Step::Set(which) => {
                let broken: Vec<usize> = asking.broken().into_iter().flatten().collect();
                let is_set = |row: &Option<usize>| row.is_some_and(|row| which.contains(&row));
                let expected = model.iter().enumerate().filter(|(_, row)| is_set(row));
                assert!(expected.map(|(at, _)| at).eq(broken.iter().copied()), "W1, W3");
                for rows in asking.broken() {
                    ask(asking, &model[rows.clone()], read);
                    asking.put(rows.start, rows.len());
                }
                assert!(asking.broken().is_empty());
            }
        }
    });
    assert_eq!(rows_of(seals, read), *model);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 60 } else { 2_000 }))]

    #[test]
    fn w1_to_w4_seals_tell_which_rows_have_read_what_has_changed(all in steps_of_all()) {
        let read: Vec<Binding<u32>> = (0..READ).map(|_| bind(0)).collect();
        let state = Arc::new(Mutex::new((Seals::default(), Model::new(), None::<Step>)));
        let turn = bind(0_usize);
        let run = computed({
            let (state, turn, read) = (Arc::clone(&state), turn.clone(), read.clone());
            move || {
                turn.get();
                let (mut seals, mut model, next) = {
                    let mut state = state.lock();
                    (state.0.clone(), state.1.clone(), state.2.take())
                };
                if let Some(next) = next {
                    step(&mut seals, &mut model, &next, &read);
                }
                let mut state = state.lock();
                (state.0, state.1) = (seals, model);
            }
        });
        run.get();
        for one in all {
            transaction(|| {
                if let Step::Set(which) = &one {
                    for which in which {
                        read[*which].update(|value| *value += 1);
                    }
                }
                turn.update(|turn| *turn += 1);
            });
            state.lock().2 = Some(one);
            run.get();
        }
    }
}

/// How many rows there are in the tests that count all that can be done.
const LENGTHS: [usize; 3] =
    [1_000, 30_000, if cfg!(debug_assertions) { 60_000 } else { 1_000_000 }];

/// What one `act` after another touches at most.
fn most(n: usize, mut act: impl FnMut(usize)) -> usize {
    let mut at = 7;
    let touched = (0..20).map(|_| {
        at = (at * 48_271) % n;
        steps::take();
        act(at);
        steps::take()
    });
    touched.max().unwrap_or(0)
}

/// Of a level of the tree: the edges of a node are marked, compared, read and looked at, and those of another one that takes its
/// place are made, read again, and taken away.
const OF_A_LEVEL: usize = 8 * 32;

fn levels(n: usize) -> usize {
    // A node has 16 children, or more.
    n.ilog2().div_ceil(4) as usize
}

#[test]
fn w3_a_change_of_one_row_touches_as_many_edges_as_the_tree_is_deep() {
    for n in LENGTHS {
        let rows: Vec<Binding<usize>> = (0..n).map(bind).collect();
        let list: ListBinding<_> = rows.iter().map(BoundExt::read_only).collect();
        let kept = list.filter(|row| row.get() % 2 == 0);
        let above = kept.map(BoundExt::get);
        above.len();
        let bound = OF_A_LEVEL * levels(n);
        let changed = most(n, |at| {
            rows[at].update(|row| *row += 1);
            kept.len();
        });
        assert!((1..=bound).contains(&changed), "{changed} edges for a change of {n}");
        let edited = most(n, |at| {
            let row = list.remove(at);
            list.insert(n / 2, row);
            kept.len();
        });
        assert!(edited <= 2 * 8 * bound, "{edited} edges for an edit of {n}");
        let staged = most(n, |at| {
            transaction(|| {
                rows[at].update(|row| *row += 1);
                kept.len();
                kept.len();
            });
            kept.len();
        });
        assert!(staged <= 4 * bound, "{staged} edges for a transaction of {n}");
        let read = most(n, |_| assert!(kept.len() <= n));
        assert_eq!(read, 0, "what is current is read without a look at its rows");
        above.len();
        let both = most(n, |at| {
            rows[at].update(|row| *row += 1);
            above.len();
        });
        assert!(both <= 4 * bound, "{both} edges for two lists of {n}");
    }
}

#[test]
fn w1_w3_of_a_million_rows_one_is_asked_and_as_many_edges_are_touched_as_the_tree_is_deep() {
    let n = 1_000_000;
    let rows: Vec<Binding<usize>> = (0..n).map(bind).collect();
    let list: ListBinding<_> = rows.iter().map(BoundExt::read_only).collect();
    let asked = Arc::new(Mutex::new(0));
    let kept = list.filter({
        let asked = Arc::clone(&asked);
        move |row| {
            *asked.lock() += 1;
            row.get() % 2 == 0
        }
    });
    let mut left = n / 2;
    assert_eq!((kept.len(), mem::take(&mut *asked.lock())), (left, n));
    let changed = most(n, |at| {
        rows[at].update(|row| *row += 1);
        left = if rows[at].get().is_multiple_of(2) { left + 1 } else { left - 1 };
        assert_eq!((kept.len(), mem::take(&mut *asked.lock())), (left, 1));
    });
    assert!((1..=OF_A_LEVEL * levels(n)).contains(&changed), "{changed} edges");
    list.push(bind(0).read_only());
    assert_eq!((kept.len(), mem::take(&mut *asked.lock())), (left + 1, 1));
}

#[test]
fn w3_a_change_of_one_list_touches_as_many_edges_as_the_tree_is_deep() {
    for n in LENGTHS {
        let inner: Vec<ListBinding<usize>> = (0..n).map(|at| vec![at].into()).collect();
        let lists: ListBinding<ListRef<usize>> = inner.iter().map(ListBinding::read_only).collect();
        let all = lists.flatten();
        all.len();
        let changed = most(n, |at| {
            inner[at].push(7);
            all.len();
        });
        let bound = OF_A_LEVEL * levels(n);
        assert!((1..=bound).contains(&changed), "{changed} edges at {n}");
    }
}
