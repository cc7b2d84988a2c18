//! Followers of one collection that fall asleep, are told and go, on several threads.

use std::task::Poll;

use flo_bind::{FollowChanges, ListBinding, ListDiff};
use flo_test::{Woken, woken};
use shuttle::thread;

use crate::explore::{exhaust, explore, join_all};

/// A follower, and what it has seen of the list.
struct Mirror {
    following: Woken<FollowChanges<u64>>,
    seen: Vec<u64>,
}

impl Mirror {
    fn of(list: &ListBinding<u64>) -> Self {
        Self { following: woken(list.follow_changes()), seen: Vec::new() }
    }

    fn asleep(list: &ListBinding<u64>) -> Self {
        let mut mirror = Self::of(list);
        mirror.sleep();
        mirror
    }

    /// Takes what is there, until there is nothing more.
    fn sleep(&mut self) {
        while let Poll::Ready(Some(batch)) = self.following.poll_next() {
            batch.apply_to(&mut self.seen).unwrap();
        }
    }

    /// Nobody edits the list any more: who has not seen all of it has been woken.
    fn check(mut self, list: &ListBinding<u64>) {
        let is_behind = list.snapshot() != self.seen;
        assert!(!is_behind || self.following.is_woken(), "it sleeps, and has seen {:?}", self.seen);
        self.sleep();
        assert_eq!(list.snapshot(), self.seen);
    }
}

#[test]
fn s1_who_falls_asleep_while_others_edit_is_woken() {
    explore(|| {
        let list = ListBinding::from(vec![0_u64]);
        let sleeping = [Mirror::asleep(&list), Mirror::of(&list)].map(|mut mirror| {
            thread::spawn(move || {
                mirror.sleep();
                mirror.sleep();
                mirror
            })
        });
        let others = [1, 2].map(|number| {
            let list = list.clone();
            thread::spawn(move || {
                list.push(number);
                let gone = Mirror::asleep(&list);
                list.push(number + 10);
                assert!(gone.following.wakes() <= 2);
            })
        });
        join_all(others);
        for mirror in sleeping {
            mirror.join().unwrap().check(&list);
        }
    });
}

#[test]
fn s1_one_edit_and_one_who_falls_asleep() {
    exhaust(2, || {
        let list = ListBinding::from(vec![0_u64]);
        let mut mirror = Mirror::asleep(&list);
        let _beside = Mirror::asleep(&list);
        list.push(1);
        let editing = thread::spawn({
            let list = list.clone();
            move || list.push(2)
        });
        mirror.sleep();
        editing.join().unwrap();
        mirror.check(&list);
    });
}

#[test]
fn s3_one_comes_while_the_last_one_goes() {
    exhaust(2, || {
        let list = ListBinding::from(vec![0_u64]);
        let doubled = list.map(|item| item * 2);
        let (last, of_doubled) = (Mirror::asleep(&list), woken(doubled.follow_changes()));
        let going = thread::spawn(move || drop((last, of_doubled)));
        let mut coming = Mirror::asleep(&list);
        coming.sleep();
        going.join().unwrap();
        list.push(1);
        assert!(coming.following.is_woken(), "nobody tells it");
        coming.check(&list);
    });
}

#[test]
fn s1_who_follows_a_derived_list_that_another_computes_is_woken() {
    explore(|| {
        let list = ListBinding::from(vec![0_u64]);
        let doubled = list.map(|item| item * 2);
        let threads = [0, 1].map(|_| {
            let mut following = woken(doubled.follow_changes());
            thread::spawn(move || {
                let mut last = 0;
                for _ in 0..2 {
                    while let Poll::Ready(Some(batch)) = following.poll_next() {
                        last = last_of(&batch).unwrap_or(last);
                    }
                }
                (following, last)
            })
        });
        let editing = thread::spawn({
            let list = list.clone();
            move || {
                for number in 1..3 {
                    list.set(0, number);
                }
            }
        });
        editing.join().unwrap();
        for thread in threads {
            let (mut following, mut last) = thread.join().unwrap();
            assert!(last == 4 || following.is_woken(), "it sleeps, and has seen {last}");
            while let Poll::Ready(Some(batch)) = following.poll_next() {
                last = last_of(&batch).unwrap_or(last);
            }
            assert_eq!(last, 4);
        }
    });
}

/// What the one item has become.
fn last_of(batch: &flo_bind::ListBatch<u64>) -> Option<u64> {
    let became = |diff: &ListDiff<u64>| match diff {
        ListDiff::Splice { inserted, .. } => inserted.iter().next().copied(),
        ListDiff::Reset { new, .. } => new.first().copied(),
        _ => None,
    };
    batch.iter().filter_map(became).last()
}
