//! Undo and redo of maps, sets and ropes: what is told, what it costs, and what an edit that was not recorded is in the way of.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use flo_bind::{
    History, MapBinding, MapDiff, RopeBinding, RopeDiff, RopeSnapshot, SetBinding, UndoError,
    transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

use crate::ropes_oracle::Pair;

type Rope = RopeBinding<char, u8>;

/// A history of a map, a set and a rope.
fn three() -> (MapBinding<&'static str, i32>, SetBinding<i32>, Rope, History) {
    let map = MapBinding::from_iter([("gas", 5), ("oil", 3)]);
    let set = SetBinding::from_iter([1, 2, 3]);
    let rope = RopeBinding::from(RopeSnapshot::uniform("lamp".chars(), 0));
    let history = History::new();
    history.watch(&map);
    history.watch(&set);
    history.watch(&rope);
    (map, set, rope, history)
}

fn counts(history: &History) -> (usize, usize) {
    (history.undo_count(), history.redo_count())
}

fn text(rope: &Rope) -> String {
    rope.snapshot().cells().iter().collect()
}

#[test]
fn u1_u2_u4_a_step_over_a_map_a_set_and_a_rope_is_one_commit_that_is_told_in_differences() {
    let (map, set, rope, history) = three();
    let before = (map.snapshot(), set.snapshot(), rope.snapshot());
    transaction(|| {
        map.insert("oil", 4);
        map.remove("gas");
        set.insert(0);
        rope.set_attributes(1..3, 7);
        rope.replace(2..3, "nter".chars());
    });
    let after = (map.snapshot(), set.snapshot(), rope.snapshot());
    assert_eq!(counts(&history), (1, 0));
    let (mut of_map, mut of_rope) = (map.follow_changes(), rope.follow_changes());
    drop((of_map.next().now_or_never(), of_rope.next().now_or_never()));
    assert_eq!((history.undo(), counts(&history)), (Ok(()), (0, 1)), "U2");
    assert_eq!((map.snapshot(), set.snapshot(), rope.snapshot()), before, "U1");
    let batch = of_map.next().now_or_never().flatten().unwrap();
    let [MapDiff::Insert { key: "gas", new: 5 }, MapDiff::Update { key: "oil", new: 3, .. }] =
        &batch.iter().collect::<Vec<_>>()[..]
    else {
        panic!("{batch:?}")
    };
    let batch = of_rope.next().now_or_never().flatten().unwrap();
    let [RopeDiff::Replace { range, .. }, RopeDiff::SetAttributes { .. }] =
        &batch.iter().collect::<Vec<_>>()[..]
    else {
        panic!("{batch:?}")
    };
    assert_eq!(*range, 2..6);
    assert_eq!((history.redo(), history.redo()), (Ok(()), Err(UndoError::Nothing)));
    assert_eq!((map.snapshot(), set.snapshot(), rope.snapshot()), after, "U1");
}

#[test]
fn u5_a_map_a_set_and_a_rope_beyond_their_logs_are_taken_back_all_the_same() {
    let (map, set, rope) = (MapBinding::new(), SetBinding::new(), Rope::new());
    let history = History::new();
    history.watch(&map);
    history.watch(&set);
    history.watch(&rope);
    let steps: [&dyn Fn(); 4] = [
        &|| {
            map.extend((0..2_000).map(|key| (key, -key)));
            set.extend(0..2_000);
            rope.extend("lamp".chars().cycle().take(2_000));
        },
        &|| {
            map.retain(|key, _| key % 2 == 0);
            set.retain(|item| item % 2 == 0);
            rope.retain_cells(|cell| *cell != 'a');
        },
        &|| {
            map.clear();
            set.clear();
            rope.clear();
        },
        &|| {
            map.replace_all([(1, 1)]);
            set.replace_all([1]);
            rope.replace_all(RopeSnapshot::uniform(['o'], 3));
        },
    ];
    let see = || (map.snapshot(), set.snapshot(), rope.snapshot());
    let mut seen = vec![see()];
    for step in steps {
        transaction(step);
        seen.push(see());
    }
    assert_eq!(counts(&history), (4, 0));
    for before in seen.iter().rev().skip(1) {
        assert_eq!((history.undo(), see()), (Ok(()), before.clone()));
    }
    for after in &seen[1..] {
        assert_eq!((history.redo(), see()), (Ok(()), after.clone()));
    }
}

#[test]
fn u6_where_one_of_several_has_diverged_nothing_is_applied_to_the_others() {
    let (map, set, rope, history) = three();
    transaction(|| {
        map.insert("arc", 1);
        set.remove(&2);
        rope.push('s');
    });
    let diverging: [&dyn Fn(); 3] = [
        &|| {
            map.insert("arc", 2);
        },
        &|| {
            set.insert(2);
        },
        &|| {
            rope.replace(4..5, ['z']);
        },
    ];
    let mending: [&dyn Fn(); 3] = [
        &|| {
            map.insert("arc", 1);
        },
        &|| {
            set.remove(&2);
        },
        &|| {
            rope.replace(4..5, ['s']);
        },
    ];
    for (diverge, mend) in diverging.into_iter().zip(mending) {
        history.unrecorded(diverge);
        let before = (map.snapshot(), set.snapshot(), rope.snapshot());
        assert_eq!((history.undo(), counts(&history)), (Err(UndoError::Diverged), (1, 0)));
        assert_eq!((map.snapshot(), set.snapshot(), rope.snapshot()), before);
        history.unrecorded(mend);
    }
    history.undo().unwrap();
    assert_eq!((map.len(), set.len(), text(&rope)), (2, 3, String::from("lamp")));
}

#[test]
fn u6_what_was_loaded_under_other_keys_is_not_in_the_way_and_attributes_of_moved_cells_are() {
    let (map, set, rope, history) = three();
    map.remove("oil");
    set.insert(9);
    history.unrecorded(|| {
        map.insert("arc", 1);
        set.insert(8);
    });
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!((map.get("oil"), map.get("arc")), (Some(3), Some(1)));
    assert!(set.snapshot().iter().eq(&[1, 2, 3, 8]));

    rope.set_attributes(0..2, 7);
    rope.set_attributes(1..2, 0);
    history.unrecorded(|| drop(rope.replace(0..0, ['c'])));
    let before = rope.snapshot();
    assert_eq!(history.undo(), Err(UndoError::Diverged), "`c` is not the cell that was meant");
    assert_eq!(rope.snapshot(), before);
}

#[test]
fn to_take_an_edit_of_a_map_or_a_rope_back_costs_what_the_edit_cost() {
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    #[derive(PartialEq)]
    struct Counted(u32);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Relaxed);
            Self(self.0)
        }
    }
    let map: MapBinding<u32, Counted> = (0..100_000).map(|key| (key, Counted(key))).collect();
    let rope = RopeBinding::from(RopeSnapshot::uniform((0..100_000).map(Counted), 0_u8));
    let history = History::new();
    history.watch(&map);
    history.watch(&rope);
    let edits: [&dyn Fn(); 3] = [
        &|| {
            map.remove(&50_000);
        },
        &|| {
            rope.replace(50_000..50_001, []);
        },
        &|| rope.set_attributes(40_000..60_000, 7),
    ];
    for edit in edits {
        CLONES.store(0, Relaxed);
        edit();
        let made = CLONES.swap(0, Relaxed);
        history.undo().unwrap();
        history.redo().unwrap();
        let undone = CLONES.load(Relaxed);
        assert!(made <= 128 && undone <= 320, "{made} and {undone} clones of 100 000");
    }
    assert_eq!(CLONES.load(Relaxed), 0, "to set attributes clones no cell");
}

#[derive(Debug, Clone)]
enum Edit {
    /// What is there for a key after it; of the set whether it is.
    Map(i32, Option<i32>),
    Set(i32, bool),
    Replace(usize, usize, Vec<i32>, u8),
    Attributes(usize, usize, u8),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Unrecorded(Edit),
    Undo,
    Redo,
}

/// One recorded edit, as anybody could keep it.
#[derive(Debug, Clone)]
enum Kept {
    Map { key: i32, before: Option<i32>, after: Option<i32> },
    Set { item: i32, comes: bool },
    Replace { at: usize, old: Vec<Pair>, new: Vec<Pair>, breaks: usize },
    Attributes { at: usize, old: Vec<u8>, new: Vec<u8>, breaks: usize },
}

impl Kept {
    fn inverse(&self) -> Self {
        match self.clone() {
            Self::Map { key, before, after } => Self::Map { key, before: after, after: before },
            Self::Set { item, comes } => Self::Set { item, comes: !comes },
            Self::Replace { at, old, new, breaks } => {
                Self::Replace { at, old: new, new: old, breaks }
            }
            Self::Attributes { at, old, new, breaks } => {
                Self::Attributes { at, old: new, new: old, breaks }
            }
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    map: BTreeMap<i32, i32>,
    set: BTreeSet<i32>,
    rope: Vec<Pair>,
    /// How often the rope was edited without a record.
    breaks: usize,
}

impl Model {
    /// What an edit comes to; `None` where it changes nothing.
    fn kept(&self, edit: &Edit) -> Option<Kept> {
        let (len, breaks) = (self.rope.len(), self.breaks);
        let range = |at: usize, count: usize| {
            let from = at % (len + 1);
            from..(from + count).min(len)
        };
        match edit {
            Edit::Map(key, after) => {
                let before = self.map.get(key).copied();
                let is_change = before.is_some() || after.is_some();
                is_change.then_some(Kept::Map { key: *key, before, after: *after })
            }
            Edit::Set(item, comes) => (self.set.contains(item) != *comes)
                .then_some(Kept::Set { item: *item, comes: *comes }),
            Edit::Replace(at, count, cells, attribute) => {
                let range = range(*at, *count);
                let new: Vec<Pair> = cells.iter().map(|cell| (*cell, *attribute)).collect();
                let old = self.rope[range.clone()].to_vec();
                let is_change = !(old.is_empty() && new.is_empty());
                is_change.then_some(Kept::Replace { at: range.start, old, new, breaks })
            }
            Edit::Attributes(at, count, attribute) => {
                let range = range(*at, *count);
                let old: Vec<u8> = self.rope[range.clone()].iter().map(|pair| pair.1).collect();
                let new = vec![*attribute; old.len()];
                (old != new).then_some(Kept::Attributes { at: range.start, old, new, breaks })
            }
        }
    }

    /// U6: whether what it takes out is there, where that says enough; then it is done.
    fn apply(&mut self, kept: &Kept) -> bool {
        match kept {
            Kept::Map { key, before, after } => {
                let fits = self.map.get(key) == before.as_ref();
                if fits {
                    self.map.remove(key);
                    self.map.extend(after.map(|after| (*key, after)));
                }
                fits
            }
            Kept::Set { item, comes } => {
                if *comes {
                    self.set.insert(*item)
                } else {
                    self.set.remove(item)
                }
            }
            Kept::Replace { at, old, new, breaks } => {
                let range = *at..*at + old.len();
                let is_there = !old.is_empty() && self.rope.get(range.clone()) == Some(old);
                let fits = *breaks == self.breaks || is_there;
                if fits {
                    drop(self.rope.splice(range, new.iter().copied()));
                }
                fits
            }
            Kept::Attributes { at, new, breaks, .. } => {
                let fits = *breaks == self.breaks;
                if fits {
                    let pairs = &mut self.rope[*at..*at + new.len()];
                    pairs.iter_mut().zip(new).for_each(|(pair, new)| pair.1 = *new);
                }
                fits
            }
        }
    }
}

fn make(
    edit: &Edit,
    map: &MapBinding<i32, i32>,
    set: &SetBinding<i32>,
    rope: &RopeBinding<i32, u8>,
) {
    let len = rope.len();
    let range = |at: usize, count: usize| {
        let from = at % (len + 1);
        from..(from + count).min(len)
    };
    match edit.clone() {
        Edit::Map(key, Some(value)) => drop(map.insert(key, value)),
        Edit::Map(key, None) => drop(map.remove(&key)),
        Edit::Set(item, true) => drop(set.insert(item)),
        Edit::Set(item, false) => drop(set.remove(&item)),
        Edit::Replace(at, count, cells, attribute) => {
            drop(rope.replace_attributes(range(at, count), cells, attribute));
        }
        Edit::Attributes(at, count, attribute) => rope.set_attributes(range(at, count), attribute),
    }
}

/// Few keys, cells and attributes, so that edits often meet.
fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0..5, prop::option::of(0..3)).prop_map(|(key, after)| Edit::Map(key, after)),
        (0..5, any::<bool>()).prop_map(|(item, comes)| Edit::Set(item, comes)),
        (0..20_usize, 0..3_usize, prop::collection::vec(0..3, 0..4), 0..2_u8)
            .prop_map(|(at, count, cells, one)| Edit::Replace(at, count, cells, one)),
        (0..20_usize, 1..5_usize, 0..3_u8)
            .prop_map(|(at, count, one)| Edit::Attributes(at, count, one)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 4_000 }))]

    #[test]
    fn u6_a_step_is_applied_exactly_where_what_it_takes_out_is_there(
        steps in prop::collection::vec(prop_oneof![
            6 => edits().prop_map(Step::Edit),
            2 => edits().prop_map(Step::Unrecorded),
            5 => Just(Step::Undo),
            3 => Just(Step::Redo),
        ], 1..80),
    ) {
        let (map, set, rope) = (MapBinding::new(), SetBinding::new(), RopeBinding::new());
        let history = History::new();
        history.watch(&map);
        history.watch(&set);
        history.watch(&rope);
        let mut model = Model::default();
        let (mut undo, mut redo): (Vec<Kept>, Vec<Kept>) = (vec![], vec![]);
        for step in steps {
            match step {
                Step::Edit(edit) => {
                    let kept = model.kept(&edit);
                    make(&edit, &map, &set, &rope);
                    if let Some(kept) = kept {
                        prop_assert!(model.apply(&kept));
                        undo.push(kept);
                        redo.clear();
                    }
                }
                Step::Unrecorded(edit) => {
                    let kept = model.kept(&edit);
                    history.unrecorded(|| make(&edit, &map, &set, &rope));
                    if let Some(kept) = kept {
                        prop_assert!(model.apply(&kept));
                        let is_of_the_rope = matches!(edit, Edit::Replace(..) | Edit::Attributes(..));
                        model.breaks += usize::from(is_of_the_rope);
                    }
                }
                Step::Undo | Step::Redo => {
                    let is_undo = matches!(step, Step::Undo);
                    let (from, to) = if is_undo { (&mut undo, &mut redo) } else { (&mut redo, &mut undo) };
                    let expected = match from.last() {
                        None => Err(UndoError::Nothing),
                        Some(kept) => {
                            let kept = if is_undo { kept.inverse() } else { kept.clone() };
                            model.apply(&kept).then_some(()).ok_or(UndoError::Diverged)
                        }
                    };
                    if expected.is_ok() {
                        to.extend(from.pop());
                    }
                    let result = if is_undo { history.undo() } else { history.redo() };
                    prop_assert_eq!(result, expected, "U6");
                }
            }
            prop_assert_eq!(map.snapshot().to_map(), model.map.clone());
            prop_assert!(set.snapshot().iter().eq(&model.set));
            prop_assert_eq!(rope.snapshot(), model.rope.clone());
            prop_assert_eq!(counts(&history), (undo.len(), redo.len()));
        }
    }
}
