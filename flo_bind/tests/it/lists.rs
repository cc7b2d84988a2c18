//! Lists: edits, differences, transactions, what is kept and for how long.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Bound, BoundExt, FollowChanges, ListBatch, ListBinding, ListDiff, ListRef, bind,
    bind_list_driver, computed, effect, list_transaction, snapshot, transaction,
    try_list_transaction, try_transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on, stream};

fn batch<T: Send + Sync + 'static>(changes: &mut FollowChanges<T>) -> ListBatch<T> {
    changes.next().now_or_never().flatten().expect("there is a batch")
}

fn is_idle<T: Send + Sync + 'static>(changes: &mut FollowChanges<T>) -> bool {
    changes.next().now_or_never().is_none()
}

fn is_reset<T>(batch: &ListBatch<T>) -> bool {
    matches!(batch.iter().next(), Some(ListDiff::Reset { .. }))
}

fn text_of(payload: Box<dyn std::any::Any + Send>) -> String {
    let payload = payload.downcast::<String>().map(|text| *text);
    payload.unwrap_or_else(|other| (*other.downcast::<&str>().unwrap()).to_owned())
}

#[test]
fn bad_places_panic_with_the_index_and_the_length() {
    let list = ListBinding::from(vec![1, 2, 3]);
    let tell = |f: &dyn Fn()| text_of(catch_unwind(AssertUnwindSafe(f)).unwrap_err());
    assert_eq!(tell(&|| _ = list.remove(3)), "removal index (is 3) should be < len (is 3)");
    assert_eq!(tell(&|| list.insert(4, 0)), "insertion index (is 4) should be <= len (is 3)");
    assert_eq!(tell(&|| _ = list.set(7, 0)), "item index (is 7) should be < len (is 3)");
    assert_eq!(tell(&|| list.move_item(1, 3)), "item index (is 3) should be < len (is 3)");
    assert_eq!(tell(&|| list.update(3, |_| {})), "item index (is 3) should be < len (is 3)");
    assert_eq!(
        tell(&|| drop(list.splice(2..5, []))),
        "range end index 5 out of range for list of length 3"
    );
    assert_eq!(
        tell(&|| _ = list.snapshot()[9]),
        "index out of bounds: the len is 3 but the index is 9"
    );
    assert_eq!(list.snapshot(), [1, 2, 3], "nothing happened");
    assert_eq!((list.try_remove(3), list.try_remove(0)), (None, Some(1)));
}

#[test]
fn a_follower_gets_the_list_and_then_each_commit_once() {
    let list = ListBinding::from(vec![1, 2, 3]);
    let mut changes = list.follow_changes();
    let first = batch(&mut changes);
    assert!(is_reset(&first));
    assert!(is_idle(&mut changes));
    list.push(4);
    let pushed = batch(&mut changes);
    let expected = ListBatch::from_iter([splice(3, &[], &[4])]);
    assert_eq!(pushed, expected);
    list.move_item(0, 3);
    list.set(0, 20);
    let two = batch(&mut changes);
    let expected = [ListDiff::Move { from: 0, to: 3 }, splice(0, &[2], &[20])];
    assert_eq!(two, expected.into_iter().collect());
    assert!(is_idle(&mut changes));
    list.update(0, |item| *item += 1);
    drop(list);
    let mut last = vec![20, 3, 4, 1];
    batch(&mut changes).apply_to(&mut last).unwrap();
    assert_eq!(last, [21, 3, 4, 1]);
    assert!(block_on(changes.next()).is_none(), "nobody is left who could change it");
}

fn splice(at: usize, removed: &[i32], inserted: &[i32]) -> ListDiff<i32> {
    let made = ListBinding::from(vec![0; at]);
    made.extend(removed.iter().copied());
    let mut changes = made.follow_changes();
    drop(batch(&mut changes));
    drop(made.splice(at.., inserted.iter().copied()));
    batch(&mut changes).iter().next().unwrap().clone()
}

#[test]
fn what_changes_nothing_is_no_change() {
    let list = ListBinding::from(vec![1, 2]);
    let runs = Arc::new(AtomicUsize::new(0));
    let told = list.when_changed({
        let runs = Arc::clone(&runs);
        move || {
            runs.fetch_add(1, Relaxed);
        }
    });
    list.truncate(5);
    list.extend([]);
    list.retain(|_| true);
    list.sort();
    list.move_item(1, 1);
    assert!(list.splice(1..1, []).is_empty());
    assert_eq!(ListBinding::<i32>::new().pop(), None);
    assert_eq!(runs.load(Relaxed), 0);
    list.pop();
    assert_eq!(runs.load(Relaxed), 1);
    drop(told);
}

#[test]
fn edits_in_a_transaction_are_one_commit_and_are_taken_back_with_it() {
    let list = ListBinding::from(vec![1, 2, 3]);
    let mut changes = list.follow_changes();
    drop(batch(&mut changes));
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let seen = effect({
        let (list, lengths) = (list.read_only(), Arc::clone(&lengths));
        move || lengths.lock().unwrap().push(list.len())
    });
    let popped = transaction(|| {
        list.push(4);
        list.remove(0);
        assert_eq!(list.snapshot(), [2, 3, 4], "a transaction sees its own edits");
        list.insert(0, 10);
        list.pop()
    });
    assert_eq!(popped, Some(4));
    assert_eq!(*lengths.lock().unwrap(), [3, 3], "one run for all of them");
    let mut mirror = vec![1, 2, 3];
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    assert_eq!(mirror, [10, 2, 3]);
    let failed: Result<(), &str> = try_transaction(|| {
        list.clear();
        list.push(7);
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            list.push(8);
            list.remove(99)
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(list.snapshot(), [10, 2, 3]);
    assert!(is_idle(&mut changes), "nobody saw any of it");
    list.push(5);
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    assert_eq!(list.snapshot(), mirror);
    drop(seen);
}

/// Has another thread do something, and waits for it.
fn elsewhere(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join().unwrap());
}

#[test]
fn a_list_transaction_runs_again_where_another_thread_came_first() {
    let list = ListBinding::from(vec!["oil", "gas"]);
    let (mut runs, other) = (0, bind(0));
    let removed = list_transaction(|| {
        runs += 1;
        other.set(other.get() + 1);
        let at = list.snapshot().iter().position(|lamp| *lamp == "gas").unwrap();
        if runs == 1 {
            elsewhere(|| list.insert(0, "arc"));
        }
        list.remove(at)
    });
    assert_eq!((removed, runs, other.get()), ("gas", 2, 1));
    assert_eq!(list.snapshot(), ["arc", "oil"]);
    let mut runs = 0;
    let failed: Result<(), usize> = try_list_transaction(|| {
        runs += 1;
        list.push("gas");
        if runs == 1 {
            elsewhere(|| list.push("wax"));
            return Ok(());
        }
        Err(list.len())
    });
    assert_eq!(failed, Err(4));
    assert_eq!(list.snapshot(), ["arc", "oil", "wax"]);
}

#[test]
fn in_a_plain_transaction_places_that_have_moved_fail_and_other_edits_are_made_again() {
    let list = ListBinding::from(vec![1, 2]);
    transaction(|| {
        list.push(3);
        elsewhere(|| list.insert(0, 0));
    });
    assert_eq!(list.snapshot(), [0, 1, 2, 3]);
    let failed = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            list.push(4);
            assert_eq!(list.remove(0), 0);
            elsewhere(|| list.insert(0, -1));
        });
    }));
    assert!(text_of(failed.unwrap_err()).contains("lists.rs"), "it says which list");
    assert_eq!(list.snapshot(), [-1, 0, 1, 2, 3]);
}

#[test]
fn an_edit_inside_a_computation_waits_for_its_end() {
    let list = ListBinding::from(vec![1, 2]);
    let popped = snapshot(|| {
        let popped = list.pop();
        assert_eq!(list.len(), 2, "no read inside sees it");
        popped
    });
    assert_eq!((popped, list.len()), (Some(2), 1));
}

#[test]
fn who_falls_behind_the_log_gets_the_list_anew() {
    let list = ListBinding::from(vec![0; 100]);
    let mut changes = list.follow_changes();
    drop(batch(&mut changes));
    for item in 0..50 {
        list.set(5, item);
    }
    let kept = batch(&mut changes);
    assert_eq!(kept.iter().count(), 50);
    let mut back = list.snapshot().to_vec();
    kept.invert().unwrap().apply_to(&mut back).unwrap();
    assert_eq!(back, [0; 100]);
    for item in 0..5_000 {
        list.set(5, item);
    }
    let anew = batch(&mut changes);
    assert!(is_reset(&anew) && anew.iter().count() == 1 && anew.invert().is_none());
    assert!(is_idle(&mut changes));
    list.push(1);
    assert_eq!(batch(&mut changes).iter().count(), 1);
}

#[test]
fn l3_what_was_taken_out_is_kept_only_while_somebody_follows_and_no_longer_than_the_bound() {
    let item = Arc::new(());
    let list = ListBinding::new();
    let kept = || Arc::strong_count(&item) - 1;
    list.extend((0..10_000).map(|_| Arc::clone(&item)));
    assert_eq!(kept(), 10_000);
    list.truncate(5_000);
    assert_eq!(kept(), 5_000, "nobody follows");
    let mut changes = list.follow_changes();
    drop(batch(&mut changes));
    while list.pop().is_some() {}
    assert!((60..=256).contains(&kept()), "{} are in the log", kept());
    drop(changes);
    list.push(Arc::clone(&item));
    assert_eq!(kept(), 1, "the next edit lets go of the log");
}

#[test]
fn a_list_is_a_bound_and_what_is_computed_of_it_follows() {
    let list = ListBinding::from(vec![1, 2, 3]);
    let factor = bind(10_usize);
    let sum = computed({
        let (list, factor) = (list.read_only(), factor.clone());
        move || list.with(|items| items.iter().sum::<usize>()) * factor.get()
    });
    let from = flo_bind::computed_from((&*list, &factor), |(list, factor)| list.len() * factor);
    assert_eq!((sum.get(), from.get()), (60, 30));
    transaction(|| {
        list.push(4);
        factor.set(1);
        assert_eq!((sum.get(), from.get()), (10, 4));
    });
    assert_eq!((sum.get(), from.get()), (10, 4));
    let mut whole = BoundExt::follow(&*list);
    assert_eq!(whole.next().now_or_never().flatten().unwrap(), [1, 2, 3, 4]);
    list.clear();
    assert!(list.read().is_empty());
    drop(list);
    assert!(block_on(whole.next()).unwrap().is_empty());
    assert!(block_on(whole.next()).is_none());
}

/// An item whose `Clone` and `Drop` do everything that takes a lock.
struct Busy {
    list: ListRef<i32>,
    other: ListBinding<i32>,
}

impl Busy {
    fn work(&self) {
        assert!(self.list.len() <= self.list.snapshot().len() + 100);
        self.other.push(1);
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.work();
        Self { list: self.list.clone(), other: self.other.clone() }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.work();
    }
}

#[test]
fn no_lock_is_held_while_items_are_cloned_and_dropped() {
    let (numbers, other) = (ListBinding::from(vec![1]), ListBinding::new());
    let busy = || Busy { list: numbers.read_only(), other: other.clone() };
    let list = ListBinding::new();
    let mut changes = list.follow_changes();
    for _ in 0..40 {
        list.push(busy());
    }
    transaction(|| {
        drop(list.set(3, busy()));
        drop(list.pop());
        list.move_item(0, 5);
    });
    drop(batch(&mut changes));
    list.clear();
    drop((changes, list));
    assert!(other.len() > 40);
}

#[test]
fn a_panicking_clone_leaves_the_list_as_it_was() {
    #[derive(Debug)]
    struct Fragile(i32, Arc<AtomicUsize>);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(self.1.load(Relaxed) == 0, "no copy of this");
            Self(self.0, Arc::clone(&self.1))
        }
    }
    let fragile = Arc::new(AtomicUsize::new(0));
    let list: ListBinding<_> = (0..100).map(|at| Fragile(at, Arc::clone(&fragile))).collect();
    let before = list.snapshot();
    fragile.store(1, Relaxed);
    let item = Fragile(7, Arc::clone(&fragile));
    assert!(catch_unwind(AssertUnwindSafe(|| list.set(50, item))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| list.retain(|item| item.0 != 3))).is_err());
    assert!(list.snapshot().same_as(&before));
    fragile.store(0, Relaxed);
    list.retain(|item| item.0 != 3);
    assert_eq!(list.len(), 99);
}

#[test]
fn threads_lose_no_edit_and_followers_end_equal() {
    let list = ListBinding::new();
    let followed = thread::scope(|scope| {
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let mut changes = list.follow_changes();
                scope.spawn(move || {
                    block_on(async {
                        let mut mirror = Vec::new();
                        while let Some(batch) = changes.next().await {
                            batch.apply_to(&mut mirror).unwrap();
                        }
                        mirror
                    })
                })
            })
            .collect();
        let writers: Vec<_> = (0..3_u32)
            .map(|writer| {
                let list = list.clone();
                scope.spawn(move || {
                    for number in 0..300 {
                        match number % 4 {
                            0 => list.insert(0, (writer, number)),
                            1 => list.push((writer, number)),
                            _ => list_transaction(|| {
                                let at = list.len() / 2;
                                list.insert(at, (writer, number));
                                assert_eq!(list.remove(at), (writer, number));
                                list.insert(at, (writer, number));
                            }),
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = list.snapshot().to_vec();
        drop(list);
        let mirrors = followers.into_iter().map(|follower| follower.join().unwrap());
        (mirrors.collect::<Vec<_>>(), last)
    });
    let (mirrors, last) = followed;
    let mut sorted = last.clone();
    sorted.sort_unstable();
    let all: Vec<_> =
        (0..3).flat_map(|writer| (0..300).map(move |number| (writer, number))).collect();
    assert_eq!(sorted, all);
    for mirror in mirrors {
        assert_eq!(mirror, last);
    }
}

#[test]
fn a_snapshot_sees_two_lists_of_one_commit() {
    let (left, right) = (ListBinding::from(vec![0; 10]), ListBinding::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2_000 {
                list_transaction(|| {
                    let (from, to) =
                        if left.is_empty() { (&right, &left) } else { (&left, &right) };
                    to.push(from.remove(0));
                });
            }
        });
        for _ in 0..2_000 {
            assert_eq!(snapshot(|| left.len() + right.len()), 10);
        }
    });
}

#[test]
fn a_list_is_made_of_a_stream_of_differences() {
    let list = ListBinding::from(vec![1, 2]);
    let (mirror, driver) = bind_list_driver(list.follow_changes());
    let (again, second) = bind_list_driver(mirror.follow_changes());
    let mut driver = Box::pin(driver);
    let mut second = Box::pin(second);
    assert!(driver.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
    assert_eq!(again.snapshot(), [1, 2]);
    list.push(3);
    list.move_item(0, 2);
    assert!(driver.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
    assert_eq!((mirror.snapshot(), again.snapshot()), (list.snapshot(), list.snapshot()));
    drop(list);
    block_on(driver);
    block_on(second);
    assert!(mirror.is_ended() && again.is_ended());
    assert_eq!(again.snapshot(), [2, 3, 1]);
}

#[test]
fn a_difference_that_does_not_fit_ends_the_list() {
    let batches = [vec![splice(0, &[], &[1])], vec![ListDiff::Move { from: 4, to: 0 }]];
    let (mirror, driver) = bind_list_driver(stream::iter(batches).map(ListBatch::from_iter));
    block_on(driver);
    assert_eq!(mirror.snapshot(), [1]);
    let why = format!("{:?}", mirror.ended().unwrap());
    assert!(why.contains("does not fit"), "{why}");
    let mut plain = vec![1, 2];
    assert!(ListDiff::Move { from: 0, to: 2 }.apply_to(&mut plain).is_err());
    assert!(splice(2, &[5], &[]).apply_to(&mut plain).is_err());
    assert_eq!(plain, [1, 2]);
}
