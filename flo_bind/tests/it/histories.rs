//! Undo and redo: what is a step, what a step does when it is taken back, and what is in its way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Binding, BoundExt, Equality, History, Key, ListBinding, ListDiff, Step, Store, UndoError, bind,
    bind_with, computed, effect, snapshot, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};

enum Lamp {}
enum Part {}

/// A history of a number and a list.
fn two() -> (Binding<i32>, ListBinding<i32>, History) {
    let (number, list) = (bind(0), ListBinding::from(vec![1, 2, 3]));
    let history = History::new();
    history.watch(&number);
    history.watch(&list);
    (number, list, history)
}

fn counts(history: &History) -> (usize, usize) {
    (history.undo_count(), history.redo_count())
}

#[test]
fn u1_u4_a_step_over_several_things_is_taken_back_and_done_again_in_one_commit() {
    let (number, list, history) = two();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _seeing = effect({
        let (number, list, seen) = (number.read_only(), list.read_only(), Arc::clone(&seen));
        move || seen.lock().unwrap().push((number.get(), list.snapshot().to_vec()))
    });
    transaction(|| {
        number.set(5);
        list.move_item(0, 2);
        list.set(0, 20);
        number.set(6);
        drop(list.splice(1..2, [7, 8]));
    });
    let (before, after) = ((0, vec![1, 2, 3]), (6, vec![20, 7, 8, 1]));
    assert_eq!(counts(&history), (1, 0));
    assert_eq!(history.undo(), Ok(()));
    assert_eq!(counts(&history), (0, 1), "U2");
    assert_eq!(history.redo(), Ok(()));
    assert_eq!(history.undo(), Ok(()));
    assert_eq!(history.undo(), Err(UndoError::Nothing));
    let expected = [before.clone(), after.clone(), before.clone(), after, before];
    assert_eq!(*seen.lock().unwrap(), expected, "each is one commit");
}

#[test]
fn u2_what_is_taken_back_is_told_in_differences() {
    let (_, list, history) = two();
    list.insert(1, 9);
    let mut changes = list.follow_changes();
    drop(changes.next().now_or_never());
    history.undo().unwrap();
    let batch = changes.next().now_or_never().flatten().unwrap();
    let [ListDiff::Splice { at: 1, removed, inserted }] = &batch.iter().collect::<Vec<_>>()[..]
    else {
        panic!("{batch:?}")
    };
    assert_eq!((removed.len(), inserted.len()), (1, 0));
}

#[test]
fn u3_a_new_edit_clears_what_could_be_done_again() {
    let (number, list, history) = two();
    number.set(1);
    number.set(2);
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!(counts(&history), (0, 2));
    let failed: Result<(), ()> = try_transaction(|| {
        list.push(4);
        Err(())
    });
    assert!(failed.is_err());
    number.set(0);
    assert_eq!(counts(&history), (0, 2), "nothing has happened");
    history.redo().unwrap();
    list.push(4);
    assert_eq!(counts(&history), (2, 0));
    assert_eq!(history.redo(), Err(UndoError::Nothing));
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!((number.get(), list.len()), (0, 3));
    history.clear();
    assert_eq!(counts(&history), (0, 0));
}

#[test]
fn a_history_keeps_as_many_steps_as_it_was_told() {
    let number = bind(0);
    let history = History::new().limit(3);
    history.watch(&number);
    history.watch(&number);
    (1..10).for_each(|value| number.set(value));
    assert_eq!(counts(&history), (3, 0));
    while history.undo().is_ok() {}
    assert_eq!((number.get(), counts(&history)), (6, (0, 3)));
    let history = history.limit(0);
    number.set(7);
    assert_eq!(counts(&history), (0, 0));
}

#[test]
fn a_group_is_one_step_and_what_a_rule_says_is() {
    let (number, list, history) = two();
    history.group(|| {
        number.set(1);
        history.group(|| list.push(4));
        number.set(2);
        assert_eq!(history.undo(), Err(UndoError::Busy));
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        history.group(|| {
            list.clear();
            number.set(3);
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(counts(&history), (2, 0));
    history.undo().unwrap();
    assert_eq!((number.get(), list.snapshot().to_vec()), (2, vec![1, 2, 3, 4]));
    history.undo().unwrap();
    assert_eq!((number.get(), list.snapshot().to_vec()), (0, vec![1, 2, 3]));

    let calls = Arc::new(AtomicUsize::new(0));
    let history = History::new().grouped_by({
        let calls = Arc::clone(&calls);
        move |last: &Step, new: &Step| {
            calls.fetch_add(1, Relaxed);
            assert!(new.target_count() == 1, "not of several");
            last.is_of_the_same(new)
        }
    });
    history.watch(&number);
    history.watch(&list);
    (1..=4).for_each(|value| number.set(value));
    list.push(9);
    list.push(10);
    assert_eq!((counts(&history), calls.load(Relaxed)), ((2, 0), 5));
    let both = || {
        transaction(|| {
            number.set(7);
            list.pop();
        });
    };
    assert!(catch_unwind(AssertUnwindSafe(both)).is_err(), "the rule's panic reaches the edit");
    assert_eq!(counts(&history), (3, 0), "and the step is one of its own");
    (0..3).for_each(|_| history.undo().unwrap());
    assert_eq!((number.get(), list.snapshot().to_vec()), (0, vec![1, 2, 3]));
}

#[test]
fn u5_what_the_log_does_not_keep_can_be_taken_back_all_the_same() {
    let list: ListBinding<i32> = (0..2_000).collect();
    let store = Store::<Lamp, i32>::new();
    let history = History::new();
    history.watch(&list);
    history.watch(&store);
    let whole = list.snapshot();
    list.clear();
    list.extend(0..1_000);
    list.replace_all([1, 2]);
    list.push(3);
    let keys: Vec<Key<Lamp>> = transaction(|| (0..1_000).map(|lamp| store.insert(lamp)).collect());
    transaction(|| {
        for key in &keys[..900] {
            store.remove(*key).unwrap();
        }
        store.set(keys[950], -1).unwrap();
    });
    assert_eq!(counts(&history), (6, 0));
    history.undo().unwrap();
    assert!(store.snapshot().iter().eq(keys.iter().copied().zip(&(0..1_000).collect::<Vec<_>>())));
    history.redo().unwrap();
    assert_eq!((store.len(), store.get(keys[950])), (100, Some(-1)));
    (0..6).for_each(|_| history.undo().unwrap());
    assert!(store.is_empty() && list.snapshot() == whole);
    (0..4).for_each(|_| history.redo().unwrap());
    assert_eq!(list.snapshot(), [1, 2, 3]);
}

#[test]
fn an_entry_that_is_put_back_has_its_key_its_readers_and_what_it_owned() {
    let lamps = Store::<Lamp, i32>::new();
    let parts = Store::<Part, i32>::new();
    let history = History::new();
    history.watch(&lamps);
    history.watch(&parts);
    let lamp = lamps.insert(1);
    let part = parts.insert(2);
    lamps.own(lamp, &parts, part).unwrap();
    let shown = computed({
        let (lamps, parts) = (lamps.read_only(), parts.read_only());
        move || (lamps.get(lamp), parts.get(part))
    });
    assert_eq!(shown.get(), (Some(1), Some(2)));
    lamps.remove(lamp).unwrap();
    assert_eq!((shown.get(), counts(&history)), ((None, None), (4, 0)));
    let other = lamps.insert(7);
    assert_ne!(other, lamp, "its place is kept for it");
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!((shown.get(), lamps.contains(other)), ((Some(1), Some(2)), false));
    assert_eq!(parts.owner_in(part, &lamps), Some(lamp));
    lamps.remove(lamp).unwrap();
    assert_eq!(shown.get(), (None, None));
    history.undo().unwrap();
    (0..3).for_each(|_| history.undo().unwrap());
    assert!(lamps.is_empty() && parts.is_empty());
    (0..3).for_each(|_| history.redo().unwrap());
    assert_eq!((shown.get(), parts.owner_in(part, &lamps)), ((Some(1), Some(2)), Some(lamp)));
}

#[test]
fn u6_an_edit_that_was_not_recorded_is_in_the_way_where_it_is_of_the_same() {
    let (number, list, history) = two();
    number.set(1);
    list.set(2, 30);
    list.move_item(0, 1);
    assert_eq!(counts(&history), (3, 0));
    history.unrecorded(|| {
        number.set(9);
        list.set(0, 20);
    });
    assert_eq!(counts(&history), (3, 0));
    assert_eq!(history.undo(), Err(UndoError::Diverged), "who knows what was moved");
    history.unrecorded(|| list.move_item(0, 1));
    assert_eq!((list.snapshot().to_vec(), counts(&history)), (vec![1, 20, 30], (3, 0)));

    let (number, list, history) = two();
    transaction(|| {
        number.set(1);
        list.set(2, 30);
    });
    history.unrecorded(|| list.set(0, 10));
    history.undo().unwrap();
    assert_eq!((number.get(), list.snapshot().to_vec()), (0, vec![10, 2, 3]));
    history.unrecorded(|| list.set(2, 31));
    assert_eq!(history.redo(), Err(UndoError::Diverged));
    assert_eq!(
        (number.get(), list.snapshot().to_vec()),
        (0, vec![10, 2, 31]),
        "nothing is applied"
    );
    history.unrecorded(|| list.set(2, 3));
    history.redo().unwrap();
    assert_eq!((number.get(), list.snapshot().to_vec()), (1, vec![10, 2, 30]));
    history.unrecorded(|| number.set(8));
    assert_eq!(history.undo(), Err(UndoError::Diverged));
    assert_eq!(
        (number.get(), list.snapshot().to_vec()),
        (8, vec![10, 2, 30]),
        "nothing is applied"
    );
}

/// Has something done when it is cloned next.
#[derive(PartialEq)]
struct Hooked(u32);

static HOOK: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

impl Clone for Hooked {
    fn clone(&self) -> Self {
        let hook = if self.0 == 42 { HOOK.lock().unwrap().take() } else { None };
        if let Some(hook) = hook {
            hook();
        }
        Self(self.0)
    }
}

#[test]
fn u6_another_threads_edit_at_the_same_moment_is_in_the_way_and_then_a_step() {
    let (number, list) = (bind(0), ListBinding::from(vec![Hooked(1)]));
    let history = History::new();
    history.watch(&number);
    history.watch(&list);
    transaction(|| {
        number.set(1);
        list.push(Hooked(42));
        list.remove(1);
    });
    let other = list.clone();
    *HOOK.lock().unwrap() = Some(Box::new(move || {
        thread::spawn(move || other.insert(0, Hooked(7))).join().unwrap();
    }));
    assert_eq!(history.undo(), Err(UndoError::Diverged));
    assert!(HOOK.lock().unwrap().is_none());
    assert_eq!((number.get(), list.len(), counts(&history)), (1, 2, (2, 0)));
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!((number.get(), list.len()), (0, 1));
}

#[test]
fn nothing_is_undone_inside_of_something_else() {
    let (number, _, history) = two();
    number.set(1);
    let inside = computed({
        let history = history.clone();
        move || history.undo()
    });
    assert_eq!(transaction(|| history.undo()), Err(UndoError::Busy));
    assert_eq!(snapshot(|| history.redo()), Err(UndoError::Busy));
    assert_eq!(inside.get(), Err(UndoError::Busy));
    assert_eq!((number.get(), counts(&history)), (1, (1, 0)));
}

#[test]
fn a_panic_leaves_the_steps_as_they_stand() {
    let (number, list, history) = two();
    number.set(1);
    let panicking = effect({
        let number = number.read_only();
        move || assert!(number.get() != 0, "on purpose")
    });
    assert!(catch_unwind(AssertUnwindSafe(|| history.undo())).is_err());
    assert_eq!((number.get(), counts(&history)), (0, (0, 1)), "an effect's comes after");
    drop(panicking);
    history.redo().unwrap();
    list.push(4);
    history.undo().unwrap();
    assert_eq!((number.get(), list.len(), counts(&history)), (1, 3, (1, 1)));

    let compared = bind_with(
        1,
        Equality::by(|_, new| {
            assert!(*new != 13, "on purpose");
            false
        }),
    );
    history.watch(&compared);
    compared.set(2);
    assert!(catch_unwind(AssertUnwindSafe(|| compared.set(13))).is_err());
    assert_eq!(counts(&history), (2, 0));
    history.undo().unwrap();
    assert_eq!(compared.get(), 1);
}

#[test]
fn a_value_that_came_back_is_no_step_and_one_that_is_set_to_the_same_goes_by() {
    let (number, list, history) = two();
    transaction(|| {
        number.set(1);
        number.set(0);
    });
    number.set_always(0);
    assert_eq!(counts(&history), (0, 0));
    history.group(|| {
        number.set(1);
        number.set(0);
    });
    assert_eq!(counts(&history), (1, 0));
    assert_eq!(history.undo(), Ok(()), "it comes to what is there");
    assert_eq!((number.get(), counts(&history)), (0, (0, 1)));
    number.set(0);
    list.push(4);
    number.set(1);
    assert_eq!(counts(&history), (2, 0));
}

#[test]
fn a_history_that_is_made_in_an_effect_goes_on_after_its_run() {
    let (number, again) = (bind(0), bind(0));
    let made: Arc<Mutex<Option<History>>> = Arc::default();
    let _making = effect({
        let (number, again, made) = (number.clone(), again.read_only(), Arc::clone(&made));
        move || {
            if again.get() == 0 {
                let history = History::new();
                history.watch(&number);
                *made.lock().unwrap() = Some(history);
            }
        }
    });
    again.set(1);
    number.set(5);
    let history = made.lock().unwrap().clone().unwrap();
    assert_eq!(counts(&history), (1, 0));
    history.undo().unwrap();
    assert_eq!(number.get(), 0);
}

#[test]
fn what_two_threads_have_done_can_all_be_taken_back() {
    let (number, list, history) = two();
    thread::scope(|scope| {
        for from in [100, 200] {
            let (number, list, history) = (&number, &list, &history);
            scope.spawn(move || {
                for value in from..from + 100 {
                    transaction(|| {
                        list.push(value);
                        number.update(|number| *number += 1);
                    });
                    if value % 5 == 0 {
                        let _may_come_second = history.undo();
                    }
                    if value % 10 == 0 {
                        let _may_be_nothing = history.redo();
                    }
                }
            });
        }
    });
    number.set(-1);
    assert_eq!(history.redo_count(), 0);
    while history.undo_count() > 0 {
        assert_eq!(history.undo(), Ok(()));
        assert!(number.get() >= 0 && list.len() == 3 + usize::try_from(number.get()).unwrap());
    }
    assert_eq!((number.get(), list.snapshot().to_vec()), (0, vec![1, 2, 3]));
}

#[test]
fn to_take_an_edit_back_costs_what_the_edit_cost() {
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    #[derive(PartialEq)]
    struct Counted(u32);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Relaxed);
            Self(self.0)
        }
    }
    let list: ListBinding<Counted> = (0..100_000).map(Counted).collect();
    let history = History::new();
    history.watch(&list);
    CLONES.store(0, Relaxed);
    let _gone = list.remove(50_000);
    let edit = CLONES.swap(0, Relaxed);
    history.undo().unwrap();
    history.redo().unwrap();
    let undone = CLONES.load(Relaxed);
    assert!(edit <= 128 && undone <= 320, "{edit} and {undone} clones of 100 000 items");
}

#[test]
fn a_panic_in_a_comparison_loses_no_step() {
    let compared = bind_with(1, {
        let calls = AtomicUsize::new(0);
        Equality::by(move |old: &i32, new: &i32| {
            // The first comparison is that of the write, the second the history's.
            assert!(calls.fetch_add(1, Relaxed) != 1, "on purpose");
            old == new
        })
    });
    let (number, list, history) = two();
    history.watch(&compared);
    let all = || {
        transaction(|| {
            number.set(1);
            list.push(4);
            compared.set(5);
        });
    };
    assert!(catch_unwind(AssertUnwindSafe(all)).is_err(), "it reaches the edit");
    assert_eq!((compared.get(), counts(&history)), (5, (1, 0)));
    history.undo().unwrap();
    assert_eq!((number.get(), list.len(), compared.get()), (0, 3, 1));
}
