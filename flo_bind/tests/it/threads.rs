//! No glitch on any thread (promise 2), no lost update, no deadlock.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{BoundExt, bind, computed, computed_from, effect, snapshot, transaction};
use flo_test::Calls;

const ROUNDS: i64 = 3_000;

#[test]
fn two_threads_setting_and_reading_a_diamond_see_no_glitch() {
    let source = bind(0_i64);
    let left = source.map(|value| value + 1);
    let right = source.map(|value| -value);
    let bottom = computed_from((&left, &right), |(left, right)| left + right);
    let done = AtomicBool::new(false);
    let barrier = Barrier::new(2);
    let bad = Calls::new();
    let _watching = effect({
        let (bottom, bad) = (bottom.clone(), bad.clone());
        move || {
            if bottom.get() != 1 {
                bad.hit();
            }
        }
    });
    thread::scope(|scope| {
        scope.spawn(|| {
            barrier.wait();
            for round in 0..ROUNDS {
                source.set(round);
            }
            done.store(true, SeqCst);
        });
        barrier.wait();
        while !done.load(SeqCst) {
            assert_eq!(bottom.get(), 1, "old and new inputs mixed");
            assert_eq!(snapshot(|| left.get() + right.get()), 1);
        }
    });
    bad.assert_count(0);
    assert_eq!((left.get(), right.get()), (ROUNDS, 1 - ROUNDS));
}

#[test]
fn a_transaction_is_never_seen_half() {
    let (left, right) = (bind(0_i64), bind(0_i64));
    let sum = computed_from((&left, &right), |(left, right)| left + right);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for sign in [1, -1] {
            let (left, right, done) = (&left, &right, &done);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    transaction(|| {
                        left.set(sign * round);
                        right.set(-sign * round);
                    });
                }
                done.store(true, SeqCst);
            });
        }
        while !done.load(SeqCst) {
            assert_eq!(sum.get(), 0);
            assert_eq!(snapshot(|| (left.get() + right.get(), sum.get())), (0, 0));
            transaction(|| assert_eq!(left.get() + right.get(), 0));
        }
    });
}

#[test]
fn a_snapshot_stays_at_its_version_while_another_thread_commits() {
    let source = bind(0_i64);
    let doubled = source.map(|value| value * 2);
    let fresh = source.map(|value| value * 3);
    assert_eq!(doubled.get(), 0);
    snapshot(|| {
        assert_eq!(source.get(), 0);
        thread::scope(|scope| {
            scope.spawn(|| {
                for round in 1..=10 {
                    source.set(round);
                    assert_eq!(doubled.get(), round * 2);
                    assert_eq!(fresh.get(), round * 3);
                }
            });
        });
        assert_eq!((source.get(), doubled.get(), fresh.get()), (0, 0, 0));
    });
    assert_eq!((source.get(), doubled.get(), fresh.get()), (10, 20, 30));
}

#[test]
fn updates_lose_nothing_also_inside_transactions() {
    let (plain, staged) = (bind(0_u64), bind(0_u64));
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..1_000 {
                    plain.update(|value| *value += 1);
                    transaction(|| {
                        staged.update(|value| *value += 1);
                        staged.update(|value| *value += 1);
                    });
                }
            });
        }
    });
    assert_eq!((plain.get(), staged.get()), (4_000, 8_000));
}

#[test]
fn two_threads_that_ask_at_once_get_the_same_value() {
    for round in 0..100 {
        let runs = Calls::new();
        let source = bind(round);
        let slow = source.map({
            let runs = runs.clone();
            move |value| {
                runs.hit();
                (0..1_000).fold(*value, |sum, next| std::hint::black_box(sum ^ next))
            }
        });
        let barrier = Barrier::new(2);
        let values: Vec<i32> = thread::scope(|scope| {
            let ask = || {
                barrier.wait();
                slow.get()
            };
            let asking = [scope.spawn(ask), scope.spawn(ask)];
            asking.map(|asking| asking.join().unwrap()).to_vec()
        });
        assert_eq!(values[0], values[1]);
        // One run, unless waiting for it took too long: then the second computed for itself.
        assert!((1..=2).contains(&runs.count()));
    }
}

#[test]
fn a_reader_whose_lock_the_run_waits_for_computes_for_itself() {
    // The run waits for a lock of the user's that the second reader holds: nobody may hang.
    let users = Arc::new(Mutex::new(()));
    let entered = Arc::new(Barrier::new(2));
    let source = bind(1);
    let first = Arc::new(AtomicBool::new(true));
    let locking = source.map({
        let (users, entered, first) =
            (Arc::clone(&users), Arc::clone(&entered), Arc::clone(&first));
        move |value| {
            if first.swap(false, SeqCst) {
                entered.wait();
                drop(users.lock().unwrap());
            }
            *value
        }
    });
    let held = users.lock().unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| locking.get());
        entered.wait();
        assert_eq!(locking.get(), 1);
        drop(held);
        assert_eq!(running.join().unwrap(), 1);
    });
}

#[test]
fn a_thread_sees_its_own_writes_and_never_goes_back() {
    let source = bind(0_u64);
    let doubled = source.map(|value| value * 2);
    let newest = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                for _ in 0..2_000 {
                    let before = newest.load(SeqCst);
                    source.update(|value| *value += 1);
                    let now = doubled.get() / 2;
                    assert!(now > last && now > before, "{now} after {last}, {before}");
                    newest.fetch_max(now, SeqCst);
                    last = now;
                }
            });
        }
    });
    assert_eq!(doubled.get(), 8_000);
}

#[test]
fn a_follower_on_another_thread_gets_the_last_value() {
    for _ in 0..200 {
        let source = bind(0_u32);
        let doubled = source.map(|value| value * 2);
        let follow = doubled.follow();
        thread::scope(|scope| {
            let following = scope.spawn(move || {
                futures::executor::block_on(futures::StreamExt::collect::<Vec<u32>>(follow))
            });
            for value in 1..=20 {
                source.set(value);
            }
            drop(source);
            let values = following.join().unwrap();
            assert_eq!(values.last(), Some(&40));
            assert!(values.is_sorted_by(|left, right| left < right), "{values:?}");
        });
    }
}

#[test]
fn nodes_made_and_dropped_on_two_threads_over_one_source() {
    let source = bind(0_u64);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for round in 0..2_000 {
                    let own = source.map(|value| value + 1);
                    let seen = own.on_change(|_| {});
                    let told = own.when_changed(|| {});
                    if round % 3 == 0 {
                        source.update(|value| *value += 1);
                    }
                    assert!(own.get() > 0);
                    drop((own, seen, told));
                }
            });
        }
    });
}

#[test]
fn what_came_back_to_its_old_value_is_not_taken_for_the_time_between() {
    // Both are checked again at a later commit and found as they were; in between they were not.
    let source = bind(1);
    let doubled = source.map(|value| value * 2);
    let label = doubled.map(|value| value + 1);
    assert_eq!(label.get(), 3);
    source.set(5);
    snapshot(|| {
        assert_eq!(source.get(), 5);
        thread::scope(|scope| {
            scope.spawn(|| {
                source.set(1);
                assert_eq!(label.get(), 3);
            });
        });
        assert_eq!((doubled.get(), label.get()), (10, 11));
    });
}

#[test]
fn a_transaction_sees_its_write_through_a_dependency_that_another_thread_has_dropped() {
    let (which, left, right) = (bind(true), bind(1), bind(2));
    let chosen = computed({
        let (which, left, right) = (which.clone(), left.clone(), right.clone());
        move || if which.get() { left.get() } else { right.get() }
    });
    assert_eq!(chosen.get(), 1);
    transaction(|| {
        left.set(7);
        thread::scope(|scope| {
            scope.spawn(|| {
                which.set(false);
                assert_eq!(chosen.get(), 2);
            });
        });
        assert_eq!((which.get(), chosen.get()), (true, 7));
    });
    assert_eq!((chosen.get(), left.get()), (2, 7));
}

#[test]
fn what_left_and_came_back_during_a_run_is_not_taken_for_the_time_between() {
    let source = bind(1);
    let same = source.map(|value| *value);
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let first = AtomicBool::new(true);
    let tenfold = same.map({
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move |value| {
            if first.swap(false, SeqCst) {
                entered.wait();
                leave.wait();
            }
            value * 10
        }
    });
    thread::scope(|scope| {
        let running = scope.spawn(|| tenfold.get());
        entered.wait();
        source.set(2);
        snapshot(|| {
            assert_eq!(source.get(), 2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    source.set(1);
                    assert_eq!(same.get(), 1);
                });
            });
            leave.wait();
            assert_eq!(running.join().unwrap(), 10);
            assert_eq!(tenfold.get(), 20);
        });
    });
}

#[test]
fn a_graph_outlives_the_thread_that_made_it_and_works_on_any_other() {
    let (source, sum, runs) = thread::spawn(|| {
        let (source, runs) = (bind(1), Calls::new());
        let doubled = source.map(|value| value * 2);
        let sum = computed({
            let (source, doubled, runs) = (source.clone(), doubled, runs.clone());
            move || {
                runs.hit();
                source.get() + doubled.get()
            }
        });
        assert_eq!(sum.get(), 3);
        (source, sum, runs)
    })
    .join()
    .unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watching = thread::spawn({
        let (sum, seen) = (sum.clone(), Arc::clone(&seen));
        move || {
            sum.on_change(move |value| seen.lock().unwrap().push((thread::current().id(), *value)))
        }
    })
    .join()
    .unwrap();
    source.set(2);
    let other = thread::spawn({
        let source = source.clone();
        move || {
            source.set(3);
            thread::current().id()
        }
    })
    .join()
    .unwrap();
    assert_eq!(*seen.lock().unwrap(), [(thread::current().id(), 6), (other, 9)]);
    drop(watching);
    source.set(4);
    assert_eq!((sum.get(), runs.count()), (12, 4));
}
