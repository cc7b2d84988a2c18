//! Random edits of a binding, a list, a map, a set, a rope and two stores, taken back and done again, against the states as they
//! were.

use std::collections::{BTreeMap, BTreeSet};

use flo_bind::{
    Binding, BoundExt, History, Key, ListBinding, MapBinding, RopeBinding, SetBinding, Store,
    UndoError, bind, transaction, try_transaction,
};
use proptest::prelude::*;

use crate::{lists_oracle, maps_oracle, ropes_oracle};

enum Thing {}

#[derive(Debug, Clone)]
enum Edit {
    Number(i32),
    List(lists_oracle::Edit),
    Map(maps_oracle::Edit),
    Set(maps_oracle::Edit),
    Rope(ropes_oracle::Edit),
    Insert(usize, i32),
    Put(usize, i32),
    Remove(usize),
    Own(usize, usize),
}

#[derive(Debug, Clone)]
enum Step {
    Edit(Edit),
    Transact(Vec<Edit>),
    Group(Vec<Edit>),
    RollBack(Vec<Edit>),
    Undo,
    Redo,
    Clear,
}

fn edits() -> impl Strategy<Value = Edit> {
    let which = || 0..1_000_usize;
    prop_oneof![
        3 => (0..4).prop_map(Edit::Number),
        6 => lists_oracle::edits().prop_map(Edit::List),
        6 => maps_oracle::edits().prop_map(Edit::Map),
        3 => maps_oracle::edits().prop_map(Edit::Set),
        6 => ropes_oracle::edits().prop_map(Edit::Rope),
        4 => (0..2_usize, 0..40).prop_map(|(store, value)| Edit::Insert(store, value)),
        2 => (which(), 0..40).prop_map(|(which, value)| Edit::Put(which, value)),
        2 => which().prop_map(Edit::Remove),
        2 => (which(), which()).prop_map(|(owner, owned)| Edit::Own(owner, owned)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let many = || prop::collection::vec(edits(), 0..8);
    let step = prop_oneof![
        8 => edits().prop_map(Step::Edit),
        2 => many().prop_map(Step::Transact),
        1 => many().prop_map(Step::Group),
        1 => many().prop_map(Step::RollBack),
        8 => Just(Step::Undo),
        4 => Just(Step::Redo),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..80)
}

type At = (usize, Key<Thing>);

struct World {
    number: Binding<i32>,
    list: ListBinding<i32>,
    map: MapBinding<i32, i32>,
    set: SetBinding<i32>,
    rope: RopeBinding<i32, u8>,
    stores: [Store<Thing, i32>; 2],
    given: Vec<At>,
}

/// All that can be seen of the world.
#[derive(Clone, PartialEq, Debug)]
struct Seen {
    number: i32,
    list: Vec<i32>,
    map: maps_oracle::Model,
    set: BTreeSet<i32>,
    rope: Vec<ropes_oracle::Pair>,
    entries: BTreeMap<At, (i32, Option<At>)>,
}

impl World {
    fn see(&self) -> Seen {
        let mut entries = BTreeMap::new();
        for (number, store) in self.stores.iter().enumerate() {
            for (key, value) in &store.snapshot() {
                let owner =
                    self.stores.iter().enumerate().find_map(|(other, its)| {
                        store.owner_in(key, its).map(|owner| (other, owner))
                    });
                entries.insert((number, key), (*value, owner));
            }
        }
        Seen {
            number: self.number.get(),
            list: self.list.snapshot().to_vec(),
            map: self.map.snapshot().to_map(),
            set: self.set.snapshot().iter().copied().collect(),
            rope: self.rope.snapshot().to_vec(),
            entries,
        }
    }

    fn any(&self, which: usize) -> Option<At> {
        (!self.given.is_empty()).then(|| self.given[which % self.given.len()])
    }

    fn edit_all(&mut self, edits: Vec<Edit>) {
        for edit in edits {
            self.edit(edit);
        }
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Number(value) => self.number.set(value),
            Edit::List(edit) => {
                let mut model = self.list.snapshot().to_vec();
                lists_oracle::edit(&self.list, &mut model, edit);
            }
            Edit::Map(edit) => {
                let mut model = self.map.snapshot().to_map();
                maps_oracle::edit(&self.map, &mut model, edit);
            }
            Edit::Set(edit) => {
                let mut model = self.set.snapshot().iter().copied().collect();
                maps_oracle::edit_set(&self.set, &mut model, edit);
            }
            Edit::Rope(edit) => {
                let mut model = self.rope.snapshot().to_vec();
                ropes_oracle::edit(&self.rope, &mut model, edit);
            }
            Edit::Insert(store, value) => {
                self.given.push((store, self.stores[store].insert(value)));
            }
            Edit::Put(which, value) => {
                if let Some((store, key)) = self.any(which) {
                    let _gone = self.stores[store].set(key, value);
                }
            }
            Edit::Remove(which) => {
                if let Some((store, key)) = self.any(which) {
                    let _gone = self.stores[store].remove(key);
                }
            }
            Edit::Own(owner, owned) => {
                if let (Some(owner), Some(owned)) = (self.any(owner), self.any(owned)) {
                    let store = &self.stores[owned.0];
                    let _gone = self.stores[owner.0].own(owner.1, store, owned.1);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 120 } else { 3_000 }))]

    #[test]
    fn a_history_leads_to_the_states_as_they_were(steps in steps()) {
        let stores = [Store::new(), Store::new()];
        let mut world = World {
            number: bind(0),
            list: ListBinding::new(),
            map: MapBinding::new(),
            set: SetBinding::new(),
            rope: RopeBinding::new(),
            stores,
            given: vec![],
        };
        let history = History::new();
        history.watch(&world.number);
        history.watch(&world.list);
        history.watch(&world.map);
        history.watch(&world.set);
        history.watch(&world.rope);
        world.stores.iter().for_each(|store| history.watch(store));
        // The states before the steps that can be undone, and after those that can be done again.
        let (mut undo, mut redo): (Vec<Seen>, Vec<Seen>) = (vec![], vec![]);
        for step in steps {
            let before = world.see();
            let steps_before = history.undo_count();
            match step {
                Step::Undo => {
                    let expected = undo.pop();
                    let result = history.undo();
                    match expected {
                        None => prop_assert_eq!(result, Err(UndoError::Nothing)),
                        Some(expected) => {
                            prop_assert_eq!(result, Ok(()), "U6");
                            prop_assert_eq!(world.see(), expected, "U1");
                            redo.push(before);
                        }
                    }
                }
                Step::Redo => {
                    let expected = redo.pop();
                    let result = history.redo();
                    match expected {
                        None => prop_assert_eq!(result, Err(UndoError::Nothing)),
                        Some(expected) => {
                            prop_assert_eq!(result, Ok(()), "U6");
                            prop_assert_eq!(world.see(), expected, "U1");
                            undo.push(before);
                        }
                    }
                }
                Step::Clear => {
                    history.clear();
                    undo.clear();
                    redo.clear();
                }
                Step::RollBack(edits) => {
                    let given = world.given.clone();
                    let failed: Result<(), ()> = try_transaction(|| {
                        world.edit_all(edits);
                        Err(())
                    });
                    prop_assert!(failed.is_err());
                    world.given = given;
                    prop_assert_eq!(history.undo_count(), steps_before);
                    prop_assert_eq!(world.see(), before);
                }
                Step::Edit(_) | Step::Transact(_) | Step::Group(_) => {
                    match step {
                        Step::Edit(edit) => world.edit(edit),
                        Step::Transact(edits) => transaction(|| {
                            world.edit_all(edits);
                        }),
                        Step::Group(edits) => history.group(|| {
                            world.edit_all(edits);
                        }),
                        _ => {}
                    }
                    // What comes to the same may be a step all the same: items that went and came, say.
                    let is_step = history.redo_count() < redo.len()
                        || history.undo_count() > steps_before
                        || world.see() != before;
                    if is_step {
                        redo.clear();
                        undo.push(before);
                    }
                }
            }
            prop_assert_eq!((history.undo_count(), history.redo_count()), (undo.len(), redo.len()), "U2, U3");
        }
    }
}
