//! Derived lists: how often closures run, what is told to whom, what two threads see.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    BoundExt, Lens, ListBinding, ListDiff, ListRef, bind, effect, list_transaction, snapshot,
    transaction, try_transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on};

#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn take(&self) -> usize {
        self.0.swap(0, Relaxed)
    }
}

#[test]
fn an_edit_costs_as_many_calls_whatever_the_length() {
    for n in [1_000, 100_000, 1_000_000] {
        let calls: [Calls; 4] = Default::default();
        let list: ListBinding<u64> = (0..n).collect();
        let count = |which: usize| calls[which].clone();
        let (mapped, filtered, keyed, added) = (count(0), count(1), count(2), count(3));
        let sum = list
            .map(move |item| {
                mapped.count();
                item.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
            })
            .filter(move |item| {
                filtered.count();
                item % 4 != 0
            })
            .sorted_by_key(move |item| {
                keyed.count();
                item % 1_000
            })
            .fold(
                0_u64,
                {
                    let added = added.clone();
                    move |sum, item| {
                        added.count();
                        *sum = sum.wrapping_add(*item);
                    }
                },
                move |sum, item| {
                    added.count();
                    *sum = sum.wrapping_sub(*item);
                },
            );
        let naive = |list: &ListBinding<u64>| {
            let mapped = |item: &u64| item.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let list = list.snapshot();
            let rows = list.iter().map(mapped).filter(|item| item % 4 != 0);
            rows.fold(0_u64, u64::wrapping_add)
        };
        assert_eq!(sum.get(), naive(&list));
        assert_eq!(calls[0].take() as u64, n);
        for one in &calls {
            one.take();
        }
        let mut place = 7_u64;
        for number in 0..200 {
            place = (place * 48_271) % (n - 10);
            let at = usize::try_from(place).unwrap();
            match number % 4 {
                0 => list.insert(at, place * 3),
                1 => drop(list.remove(at)),
                2 => list.move_item(at, at / 2),
                _ => drop(list.set(at, place * 5)),
            }
            sum.get();
            let made: Vec<usize> = calls.iter().map(Calls::take).collect();
            assert!(
                made[0] <= 1 && made[1] <= 1 && made[2] <= 1 && made[3] <= 2,
                "{made:?} at {n}"
            );
        }
        assert_eq!(sum.get(), naive(&list));
    }
}

#[test]
fn an_idle_list_runs_nothing_and_catches_up_with_what_it_has_missed() {
    let calls = Calls::default();
    let list: ListBinding<i32> = (0..10_000).collect();
    let counted = calls.clone();
    let doubled = list.map(move |item| {
        counted.count();
        item * 2
    });
    assert_eq!(calls.take(), 0, "nobody has asked");
    assert_eq!(doubled.len(), 10_000);
    assert_eq!(calls.take(), 10_000);
    for at in 0..50 {
        list.set(at, 0);
    }
    assert_eq!(calls.take(), 0);
    assert_eq!(doubled.snapshot()[49], 0);
    assert_eq!(calls.take(), 50);
    for _ in 0..5_000 {
        list.set(0, 1);
    }
    assert_eq!(doubled.snapshot()[0], 2);
    assert_eq!(calls.take(), 10_000, "more than the log holds: it begins anew");
}

#[test]
fn c8_who_follows_what_has_begun_anew_gets_one_reset() {
    let list: ListBinding<i32> = (0..100).collect();
    let chain = list.map(|item| item * 2).filter(|item| item % 3 != 0).reversed();
    let mut changes = chain.follow_changes();
    let mut mirror = Vec::new();
    let mut next = |mirror: &mut Vec<i32>| {
        let batch = changes.next().now_or_never().flatten().unwrap();
        batch.apply_to(mirror).unwrap();
        assert!(changes.next().now_or_never().is_none(), "one batch has all of it");
        let resets = batch.iter().filter(|diff| matches!(diff, ListDiff::Reset { .. })).count();
        (resets, batch.iter().count())
    };
    assert_eq!(next(&mut mirror), (1, 1));
    for round in 1..4 {
        list.set(1, 10 << round);
        assert_eq!(next(&mut mirror).0, 0, "after a reset come differences again");
        for item in 0..1_000 {
            list.set(1, item);
        }
        assert_eq!(next(&mut mirror), (1, 1), "more than the source's log holds");
        assert_eq!(chain.snapshot(), mirror);
        list.replace_all(round..round + 100);
        assert_eq!(next(&mut mirror), (1, 1), "another list");
        assert_eq!(chain.snapshot(), mirror);
    }
}

#[test]
fn to_show_what_is_derived_computes_nothing() {
    let calls = Calls::default();
    let list = ListBinding::from(vec![1]);
    let counted = calls.clone();
    let doubled = list.map(move |item| {
        counted.count();
        item * 2
    });
    let (set, sum, keys) = (doubled.to_set(), doubled.sum(), doubled.index_by(|item| *item));
    let shown =
        || [format!("{doubled:?}"), format!("{set:?}"), format!("{sum:?}"), format!("{keys:?}")];
    for items in ["2", "2, 4"] {
        for shown in shown() {
            assert!(shown.contains("<not at hand>") && shown.contains("derived.rs"), "{shown}");
        }
        assert_eq!(calls.take(), 0);
        assert_eq!((doubled.len(), set.len(), keys.len()), (list.len(), list.len(), list.len()));
        assert_eq!(calls.take(), 1);
        let [list_shown, set_shown, sum_shown, keys_shown] = shown();
        assert!(list_shown.contains(&format!("items: [{items}]")), "{list_shown}");
        assert!(set_shown.contains(&format!("items: {{{items}}}")), "{set_shown}");
        assert!(keys_shown.contains("entries: {2: 2"), "{keys_shown}");
        assert!(sum_shown.contains("<not at hand>"), "nobody has read it");
        list.push(2);
    }
}

#[test]
fn c4_where_nothing_comes_out_nobody_is_told_and_nothing_is_done_twice() {
    let (calls, told) = (Calls::default(), Calls::default());
    let list: ListBinding<i32> = (0..100).collect();
    let (counted, ran) = (calls.clone(), told.clone());
    let even = list.filter(move |item| {
        counted.count();
        item % 2 == 0
    });
    let seen = effect({
        let even = even.clone();
        move || {
            ran.count();
            assert!(even.len() > 10);
        }
    });
    assert_eq!((calls.take(), told.take()), (100, 1));
    for number in 0..100 {
        list.set(1, number * 2 + 1);
        assert_eq!(
            (calls.take(), told.take()),
            (1, 0),
            "each difference is gone through once (C7)"
        );
    }
    list.set(0, 1);
    assert_eq!((calls.take(), told.take()), (1, 1));
    drop(seen);
}

#[test]
fn c5_what_a_closure_has_read_for_one_row_stays_a_dependency() {
    let (limit, calls) = (bind(5), Calls::default());
    let list: ListBinding<i32> = (0..10).collect();
    let counted = calls.clone();
    let kept = list.filter({
        let limit = limit.read_only();
        move |item| {
            counted.count();
            // Read for one row alone.
            if *item == 7 { limit.get() > 3 } else { item % 2 == 0 }
        }
    });
    assert_eq!(kept.snapshot(), [0, 2, 4, 6, 7, 8]);
    calls.take();
    let mut changes = kept.follow_changes();
    drop(changes.next().now_or_never());
    list.push(11);
    list.push(12);
    assert_eq!((kept.len(), calls.take()), (7, 2));
    limit.set(3);
    assert_eq!(kept.snapshot(), [0, 2, 4, 6, 8, 12], "no edit since has read it");
    assert_eq!(calls.take(), 1, "the one row that has read it");
    let batch = changes.next().now_or_never().flatten().unwrap();
    assert_eq!(batch.iter().count(), 2, "the difference is the rows that come and go");
    list.remove(7);
    assert_eq!(kept.len(), 6);
    limit.set(9);
    assert_eq!(kept.len(), 6);
}

#[test]
fn a_row_that_changes_its_place_is_a_move() {
    let list = ListBinding::from(vec![("gas", 3), ("oil", 1), ("arc", 5)]);
    let sorted = list.sorted_by_key(|lamp| lamp.1);
    let mut changes = sorted.follow_changes();
    drop(changes.next().now_or_never());
    let mut next =
        || changes.next().now_or_never().flatten().unwrap().iter().cloned().collect::<Vec<_>>();
    list.set(1, ("oil", 4));
    let diffs = next();
    assert!(matches!(diffs[0], ListDiff::Move { from: 0, to: 1 }), "{diffs:?}");
    assert!(matches!(diffs[1], ListDiff::Splice { at: 1, .. }) && diffs.len() == 2, "{diffs:?}");
    list.set(1, ("wax", 4));
    let diffs = next();
    assert!(matches!(diffs[0], ListDiff::Splice { at: 1, .. }) && diffs.len() == 1, "{diffs:?}");
}

#[test]
fn s1_rows_with_equal_keys_stay_in_order_however_many_come_to_one_spot() {
    let list = ListBinding::from(vec![0, 1_000]);
    let sorted = list.sorted_by_key(|_| 0);
    assert_eq!(sorted.len(), 2);
    for number in 1..=2_000 {
        // Between the same two, so that the gap is used up again and again.
        list.insert(if number % 3 == 0 { list.len() - 1 } else { 1 }, number);
        if number % 50 == 0 {
            assert_eq!(sorted.snapshot(), list.snapshot());
        }
    }
    for at in 0..500 {
        list.move_item(at, 1_000);
    }
    assert_eq!(sorted.snapshot(), list.snapshot());
}

#[test]
fn a_derived_list_ends_with_its_source_and_its_followers_with_it() {
    let list = ListBinding::from(vec![1, 2]);
    let sum = list.map(|item| item * 2).sum();
    let doubled = list.map(|item| item * 2);
    let mut changes = doubled.follow_changes();
    assert!(changes.next().now_or_never().flatten().is_some());
    list.push(3);
    drop(list);
    let mut mirror = vec![2, 4];
    changes.next().now_or_never().flatten().unwrap().apply_to(&mut mirror).unwrap();
    assert_eq!(mirror, [2, 4, 6]);
    assert!(changes.next().now_or_never().unwrap().is_none());
    assert!(doubled.is_ended());
    assert_eq!(sum.get(), 12);
}

#[test]
fn no_snapshot_sees_two_derived_lists_of_different_commits() {
    let list: ListBinding<i32> = (0..50).collect();
    let factor = bind(1);
    let even = list.filter(|item| item % 2 == 0);
    let odd = list.filter(|item| item % 2 != 0).sorted_by_key(|item| -item);
    let times = list.map({
        let factor = factor.read_only();
        move |item| item * factor.get()
    });
    let (sum, scaled) = (list.sum(), times.sum());
    thread::scope(|scope| {
        for seed in 1..3_usize {
            let (list, factor) = (list.clone(), factor.clone());
            scope.spawn(move || {
                let mut at = seed;
                for number in 0..1_000 {
                    at = at * 48_271 % 0x7FFF_FFFF;
                    list_transaction(|| {
                        let len = list.len();
                        if len < 20 {
                            list.extend(0..30);
                        } else if at % 3 == 0 {
                            list.remove(at % len);
                        } else {
                            list.insert(at % len, number);
                        }
                    });
                    if number % 100 == 0 {
                        transaction(|| factor.update(|factor| *factor = *factor % 5 + 1));
                    }
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    snapshot(|| {
                        assert_eq!(even.len() + odd.len(), list.len());
                        assert_eq!(sum.get() * factor.get(), scaled.get());
                        let all = odd.snapshot().iter().chain(&even.snapshot()).sum::<i32>();
                        assert_eq!(all, sum.get());
                    });
                }
            });
        }
    });
    assert_eq!(sum.get(), list.snapshot().iter().sum::<i32>());
}

#[test]
fn followers_of_derived_lists_on_other_threads_end_equal_to_them() {
    let list: ListBinding<i32> = (0..50).collect();
    let most = bind(20_usize);
    let edge = most.read_only();
    let chains = [
        list.map(|item| item * 2),
        list.filter(|item| item % 3 != 0).sorted_by_key(|item| item % 10),
        list.reversed().window(2, &edge),
        list.skip(Lens::from(&most)).take(most.map(|most| most * 2)),
        list.flat_map(|item| 0..item % 4).dedup(),
        list.concat(&list.distinct()),
    ];
    let followers: Vec<_> = chains.iter().map(ListRef::follow_changes).collect();
    let (mirrors, last) = thread::scope(|scope| {
        let mirrors: Vec<_> = followers
            .into_iter()
            .map(|mut changes| {
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
        let writers: Vec<_> = (1..3_usize)
            .map(|seed| {
                let (list, most) = (list.clone(), most.clone());
                scope.spawn(move || {
                    let mut at = seed;
                    for number in 0..400 {
                        at = at * 48_271 % 0x7FFF_FFFF;
                        list_transaction(|| {
                            let len = list.len();
                            match at % 5 {
                                _ if len < 20 => list.splice(0..0, 0..30),
                                0 => list.splice(at % len..(at % len + 9).min(len), [number, 7]),
                                1 => list.splice(at % len..=at % len, [number]),
                                2 => {
                                    list.move_item(at % len, 0);
                                    list.splice(0..0, [])
                                }
                                _ => list.splice(0..0, [number, number]),
                            }
                        });
                        if number % 20 == 0 {
                            most.update(|most| *most = *most % 40 + 3);
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last: Vec<_> = chains.iter().map(|chain| chain.snapshot().to_vec()).collect();
        drop((list, most));
        let mirrors = mirrors.into_iter().map(|mirror| mirror.join().unwrap());
        (mirrors.collect::<Vec<_>>(), last)
    });
    assert_eq!(mirrors, last);
}

#[test]
fn an_average_is_of_what_is_there() {
    let list = ListBinding::from(vec![1_i32, 2, 6]);
    let (average, count) = (list.average(), list.count());
    assert_eq!((average.get(), count.get()), (Some(3.0), 3));
    list.clear();
    assert_eq!((average.get(), count.get()), (None, 0));
    let list = ListBinding::from(vec![1.0, 3.0]);
    let average = list.average();
    for passing in [f64::INFINITY, f64::NAN, f64::MAX, 1e300] {
        list.extend([passing; 2]);
        assert!(average.get().is_some_and(|average| average.is_nan() || average > 1e299));
        list.truncate(2);
        assert_eq!(average.get(), Some(2.0), "what has gone leaves no trace");
    }
}

#[test]
fn a_fold_read_below_the_edits_of_a_transaction_leaves_no_trace_and_costs_the_next_run_nothing() {
    let calls = Calls::default();
    let list = ListBinding::from((0..1_000).collect::<Vec<i64>>());
    let sum = {
        let [add, take] = [calls.clone(), calls.clone()];
        list.fold(
            0,
            move |sum, item| {
                add.count();
                *sum += item;
            },
            move |sum, item| {
                take.count();
                *sum -= item;
            },
        )
    };
    let largest = list.max();
    assert_eq!((sum.get(), largest.get()), (499_500, Some(999)));
    assert_eq!(calls.take(), 1_000);
    let refused: Result<(), ()> = try_transaction(|| {
        list.set(0, 5_000);
        assert_eq!((sum.get(), largest.get()), (504_500, Some(5_000)));
        list.set(1, 6_000);
        assert_eq!((sum.get(), largest.get()), (510_499, Some(6_000)));
        Err(())
    });
    assert_eq!(refused, Err(()));
    assert!(calls.take() <= 6, "two for each edit that a read goes on from");
    assert_eq!((sum.get(), largest.get()), (499_500, Some(999)));
    list.set(999, 0);
    assert_eq!((sum.get(), largest.get()), (498_501, Some(998)));
    assert_eq!(calls.take(), 2, "what was kept is gone on from");
}
