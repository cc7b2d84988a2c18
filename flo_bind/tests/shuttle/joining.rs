//! Graphs that were apart are joined while they are written and read.

use flo_bind::{BoundExt, computed, effect, snapshot, transaction};
use futures::{FutureExt, StreamExt};
use shuttle::thread;

use crate::{
    explore::{explore, join_all},
    part::{Living, Log, Part},
};

#[test]
fn a_transaction_over_two_graphs_is_seen_whole_or_not_at_all() {
    explore(|| {
        let living = Living::default();
        let (left, right) = (Part::new(&living, 0), Part::new(&living, 0));
        let writing = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                for value in 1..=2 {
                    transaction(|| {
                        left.source.set(value);
                        right.source.set(value);
                    });
                }
            }
        });
        let reading = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                for _ in 0..2 {
                    let (first, then) = snapshot(|| (left.value(), right.value()));
                    assert_eq!(first, then, "half of a transaction");
                }
            }
        });
        let both = computed({
            let (left, right) = (left.clone(), right.clone());
            move || (right.value(), left.value())
        });
        for _ in 0..2 {
            let (first, then) = both.get();
            assert_eq!(first, then, "half of a transaction");
        }
        transaction(|| assert_eq!(right.value(), left.value()));
        writing.join().unwrap();
        reading.join().unwrap();
        assert_eq!((both.get(), left.value(), right.value()), ((2, 2), 2, 2));
        drop((both, left, right));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn what_is_moved_between_graphs_is_neither_lost_nor_doubled() {
    explore(|| {
        let living = Living::default();
        let parts: [Part; 3] = [0, 1, 2].map(|_| Part::new(&living, 10));
        let sum = |parts: &[Part; 3]| parts.iter().map(Part::value).sum::<u64>();
        let moving = [(0, 1), (1, 2)].map(|(from, to): (usize, usize)| {
            let parts = parts.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    transaction(|| {
                        parts[from].source.update(|value| *value -= 1);
                        if from == 0 {
                            parts[from].value();
                        }
                        parts[to].source.update(|value| *value += 1);
                    });
                }
            })
        });
        assert_eq!(snapshot(|| sum(&parts)), 30);
        let whole = computed({
            let parts = parts.clone();
            move || sum(&parts)
        });
        assert_eq!(whole.get(), 30);
        join_all(moving);
        assert_eq!(whole.get(), 30);
        assert_eq!(parts.each_ref().map(Part::value), [8, 10, 12]);
        drop((whole, parts));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn graphs_that_two_threads_write_apart_are_joined_by_a_third() {
    explore(|| {
        let living = Living::default();
        let parts = [Part::new(&living, 0), Part::new(&living, 0)];
        let writing = parts.clone().map(|part| {
            thread::spawn(move || {
                for value in 1..=2 {
                    part.source.set(value);
                    assert_eq!(part.value(), value, "a thread sees its own writes");
                }
            })
        });
        let both = computed({
            let parts = parts.clone();
            move || parts.each_ref().map(Part::value)
        });
        let mut following = both.follow();
        let first = following.next().now_or_never().flatten().unwrap();
        let seen = Log::new();
        let watching = effect({
            let (seen, both) = (seen.clone(), both.clone());
            move || seen.push(both.get())
        });
        join_all(writing);
        assert_eq!(both.get(), [2, 2]);
        assert_eq!(seen.last(), Some([2, 2]), "the effect missed the last version");
        let is_later = |pair: &[[u64; 2]]| (0..2).all(|at| pair[0][at] <= pair[1][at]);
        assert!(seen.all().windows(2).all(is_later), "back to an older version: {:?}", seen.all());
        let last = following.next().now_or_never().flatten().unwrap_or(first);
        assert_eq!(last, [2, 2], "the follower missed the last version");
        drop((watching, following, both, parts));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn a_snapshot_keeps_what_it_read_while_that_is_written_and_joined_to_others() {
    explore(|| {
        let living = Living::default();
        let (left, right) = (Part::new(&living, 0), Part::new(&living, 0));
        let writing = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                left.source.set(1);
                transaction(|| {
                    left.source.set(2);
                    right.source.set(2);
                });
                right.source.set(3);
            }
        });
        let joining = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                let sum = computed(move || left.doubled.get() + right.doubled.get());
                // One of the versions that there are, as a whole.
                assert!([0, 2, 8, 10].contains(&sum.get()), "a sum that never was");
            }
        });
        snapshot(|| {
            let before = (left.value(), right.value());
            let after = (left.value(), right.value());
            assert_eq!(before, after, "a snapshot moved on");
            let (left, right) = before;
            assert!((left == 2) <= (right >= 2) && (right >= 2) <= (left == 2), "half: {before:?}");
        });
        writing.join().unwrap();
        joining.join().unwrap();
        assert_eq!((left.value(), right.value()), (2, 3));
        drop((left, right));
        assert_eq!(living.count(), 0, "something is left");
    });
}
