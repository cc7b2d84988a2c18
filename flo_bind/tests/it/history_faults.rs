//! What fails in the middle of what a history does.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI32, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use flo_bind::{BoundExt, History, ListBinding, UndoError, bind, effect, transaction};

#[test]
fn u6_a_step_whose_undo_an_effect_answers_with_a_panic_is_not_taken_back_twice() {
    let (list, first, other) = (ListBinding::from(vec![1, 2]), bind(0), bind(0));
    let (entered, is_entered) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    // The first question of the rule is answered when the main thread says so.
    let gate = Arc::new(Mutex::new(None));
    let history = History::new().grouped_by({
        let gate = Arc::clone(&gate);
        move |_, _| {
            let held: Option<(mpsc::Sender<()>, mpsc::Receiver<()>)> = gate.lock().unwrap().take();
            if let Some((entered, goes_on)) = held {
                entered.send(()).unwrap();
                goes_on.recv().unwrap();
            }
            false
        }
    });
    history.watch(&list);
    history.watch(&first);
    history.watch(&other);
    first.set(1);
    list.insert(0, 0);
    let panicking = effect({
        let list = list.read_only();
        move || assert!(list.len() != 2, "on purpose")
    });
    *gate.lock().unwrap() = Some((entered, goes_on));
    let recording = thread::spawn({
        let other = other.clone();
        move || other.set(1)
    });
    is_entered.recv().unwrap();
    // The other thread is recording, so that nobody here has seen yet that this is committed.
    assert!(catch_unwind(AssertUnwindSafe(|| history.undo())).is_err());
    assert_eq!((history.undo_count(), history.redo_count()), (1, 1));
    assert_eq!(history.undo(), Ok(()));
    assert_eq!((list.snapshot().to_vec(), first.get()), (vec![1, 2], 0));
    drop(panicking);
    go_on.send(()).unwrap();
    recording.join().unwrap();
    assert_eq!((history.undo_count(), history.redo_count()), (1, 0), "U3");
    assert_eq!(history.undo(), Ok(()));
    assert_eq!((list.len(), first.get(), other.get()), (2, 0, 0));
}

/// Compares by its number; panics when as many have been dropped as are counted down.
struct Row(i32, Arc<AtomicI32>);

impl Clone for Row {
    fn clone(&self) -> Self {
        Self(self.0, Arc::clone(&self.1))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        let left = self.1.fetch_update(SeqCst, SeqCst, |left| (left > 0).then(|| left - 1));
        assert!(left != Ok(1), "dropped");
    }
}

#[test]
fn a_row_that_panics_where_a_step_has_diverged_leaves_nothing_of_it_behind() {
    let numbers =
        |list: &ListBinding<Row>| -> Vec<i32> { list.snapshot().iter().map(|row| row.0).collect() };
    for drops in 1.. {
        let left = Arc::<AtomicI32>::default();
        let row = |number| Row(number, Arc::clone(&left));
        let lists = [1, 2].map(|first| ListBinding::from(vec![row(first), row(3)]));
        let (number, history) = (bind(0), History::new());
        history.watch(&number);
        for list in &lists {
            history.watch(list);
        }
        transaction(|| {
            number.set(1);
            for list in &lists {
                drop(list.set(1, row(9)));
            }
        });
        // What was watched last is taken back first; here it ends.
        history.unrecorded(|| number.set(7));
        left.store(drops, SeqCst);
        let undone = catch_unwind(AssertUnwindSafe(|| history.undo()));
        let is_over = left.swap(0, SeqCst) > 0;
        assert!(matches!(undone, Ok(Err(UndoError::Diverged)) | Err(_)));
        history.unrecorded(|| number.set(1));
        for list in &lists {
            list.push(row(4));
            assert_eq!((history.undo_count(), history.undo()), (2, Ok(())), "drop {drops}");
        }
        assert_eq!(history.undo(), Ok(()));
        assert_eq!(lists.each_ref().map(numbers), [[1, 3], [2, 3]]);
        if is_over {
            break;
        }
    }
}

#[test]
fn u6_what_an_undo_has_made_that_failed_is_gone_before_another_thread_undoes() {
    type Hook = Mutex<Option<Box<dyn FnOnce() + Send>>>;
    static WHEN_42_IS_CLONED: Hook = Mutex::new(None);
    static WHEN_43_IS_DROPPED: Hook = Mutex::new(None);
    #[derive(PartialEq)]
    struct Hooked(i32);
    fn run(hook: &Hook) {
        let hook = hook.lock().unwrap().take();
        if let Some(hook) = hook {
            thread::spawn(hook).join().unwrap();
        }
    }
    impl Clone for Hooked {
        fn clone(&self) -> Self {
            if self.0 == 42 {
                run(&WHEN_42_IS_CLONED);
            }
            Self(self.0)
        }
    }
    impl Drop for Hooked {
        fn drop(&mut self) {
            if self.0 == 43 {
                run(&WHEN_43_IS_DROPPED);
            }
        }
    }
    let (written, diverged) = (ListBinding::new(), bind(Hooked(0)));
    let history = History::new();
    history.watch(&written);
    history.watch(&diverged);
    transaction(|| {
        written.push(Hooked(42));
        diverged.set(Hooked(43));
    });
    history.undo().unwrap();
    // While the list is written the other one becomes another; what cannot be done again then is dropped.
    let meanwhile = diverged.clone();
    *WHEN_42_IS_CLONED.lock().unwrap() = Some(Box::new(move || {
        meanwhile.set(Hooked(1));
        meanwhile.set(Hooked(2));
    }));
    let other = history.clone();
    *WHEN_43_IS_DROPPED.lock().unwrap() = Some(Box::new(move || other.undo().unwrap()));
    assert_eq!(history.redo(), Err(UndoError::Diverged));
    assert!(WHEN_43_IS_DROPPED.lock().unwrap().is_none());
    assert_eq!((history.undo_count(), history.redo_count()), (1, 1), "U2");
    history.undo().unwrap();
    assert!(written.is_empty() && diverged.with(|last| last.0 == 0));
}

#[test]
fn what_an_effect_has_committed_itself_is_a_step_after_its_run() {
    let (number, list, trigger) = (bind(0), ListBinding::from(vec![1]), bind(0));
    let history = History::new();
    history.watch(&number);
    history.watch(&list);
    let undone = Arc::new(Mutex::new(Vec::new()));
    let _undoing = effect({
        let (trigger, number, history) = (trigger.read_only(), number.clone(), history.clone());
        let undone = Arc::clone(&undone);
        move || {
            let of = trigger.get();
            if of > 0 {
                number.set(of);
                undone.lock().unwrap().push(history.undo());
            }
        }
    });
    list.push(2);
    trigger.set(1);
    assert_eq!((number.get(), list.len(), history.undo_count()), (1, 1, 1), "of another one");
    trigger.set(2);
    assert_eq!((number.get(), history.undo_count()), (2, 2));
    assert_eq!(*undone.lock().unwrap(), [Ok(()), Err(UndoError::Diverged)]);
    history.undo().unwrap();
    history.undo().unwrap();
    assert_eq!((number.get(), list.len()), (0, 1));
}
