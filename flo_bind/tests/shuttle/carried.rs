//! Lists that are edited where they are, values that are taken out of their node, and effects of one group, under random
//! schedules.

use flo_bind::{BoundExt, ListBinding, bind, computed, effect, snapshot, transaction};
use futures::{FutureExt, StreamExt};
use shuttle::thread;

use crate::explore::{explore, join_all};
use crate::part::Log;

#[test]
fn d1_a_derived_list_is_of_one_version_with_its_source_however_it_is_edited_and_read() {
    explore(|| {
        let list = ListBinding::from(vec![1_u64, 2, 3]);
        let doubled = list.map(|item| item * 2);
        let big = doubled.filter(|item| *item > 2);
        let mut following = big.follow_changes();
        let _first = following.next().now_or_never();
        let editing = thread::spawn({
            let list = list.clone();
            move || {
                list.push(4);
                let _out = list.remove(0);
                transaction(|| {
                    list.push(9);
                    let _old = list.set(0, 7);
                });
            }
        });
        let reading = [0, 1].map(|_| {
            let (list, doubled, big) = (list.clone(), doubled.clone(), big.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    let (items, twice, large) =
                        snapshot(|| (list.snapshot(), doubled.snapshot(), big.snapshot()));
                    let want: Vec<u64> = items.iter().map(|item| item * 2).collect();
                    assert!(twice.iter().eq(want.iter()), "{items:?} {twice:?}");
                    let want = want.into_iter().filter(|item| *item > 2);
                    assert!(large.iter().copied().eq(want), "{items:?} {large:?}");
                    let _alone = big.snapshot();
                }
            })
        });
        join_all(reading);
        editing.join().unwrap();
        assert_eq!(list.snapshot(), [7, 3, 4, 9]);
        assert_eq!(big.snapshot(), [14, 6, 8, 18]);
        let mut last = false;
        while let Some(Some(batch)) = following.next().now_or_never() {
            last = true;
            drop(batch);
        }
        assert!(last, "the follower was told");
    });
}

#[test]
fn d1_a_value_that_is_out_is_back_when_groups_are_merged_meanwhile() {
    explore(|| {
        let (list, other) = (ListBinding::from(vec![1_u64, 2]), bind(1_u64));
        let doubled = list.map(|item| item * 2);
        assert_eq!(doubled.len(), 2);
        let above = computed({
            let other = other.clone();
            move || other.get() + 1
        });
        assert_eq!(above.get(), 2);
        let joined = computed({
            let (list, doubled, above) = (list.clone(), doubled.clone(), above.clone());
            move || (list.len(), doubled.len(), above.get())
        });
        let threads = [
            thread::spawn({
                let list = list.clone();
                move || (3..5).for_each(|item| list.push(item))
            }),
            thread::spawn({
                let doubled = doubled.clone();
                move || (0..2).for_each(|_| assert!(doubled.snapshot().len() >= 2))
            }),
            thread::spawn({
                let (joined, other) = (joined.clone(), other.clone());
                move || {
                    let (one, two, _) = joined.get();
                    assert_eq!(one, two);
                    other.set(5);
                    let (one, two, above) = joined.get();
                    assert_eq!((one, above), (two, 6));
                }
            }),
            thread::spawn({
                let (list, doubled, above) = (list.clone(), doubled.clone(), above.clone());
                move || {
                    snapshot(|| {
                        let _before = above.get();
                        assert_eq!(list.len(), doubled.len());
                    });
                }
            }),
        ];
        join_all(threads);
        assert_eq!(joined.get(), (4, 4, 6));
        assert_eq!(doubled.snapshot(), [2, 4, 6, 8]);
    });
}

#[test]
fn g8_effects_of_one_group_all_see_the_last_version_beside_a_sleeping_follower() {
    explore(|| {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let mut following = source.follow();
        let _first = following.next().now_or_never();
        let seen: Vec<Log<(u64, u64)>> = (0..3).map(|_| Log::new()).collect();
        let mut watching: Vec<_> = seen
            .iter()
            .map(|seen| {
                let (seen, source, doubled) = (seen.clone(), source.clone(), doubled.clone());
                effect(move || {
                    let both = (source.get(), doubled.get());
                    assert_eq!(both.0 * 2, both.1);
                    seen.push(both);
                })
            })
            .collect();
        let ended = watching.pop();
        let threads = [
            thread::spawn({
                let source = source.clone();
                move || (1..3).for_each(|value| source.set(value))
            }),
            thread::spawn({
                let source = source.clone();
                move || source.update(|value| *value += 10)
            }),
            thread::spawn(move || drop(ended)),
            thread::spawn(move || drop(following)),
        ];
        join_all(threads);
        let last = source.get();
        for seen in &seen[..2] {
            assert_eq!(seen.last(), Some((last, last * 2)), "the last version was missed");
        }
    });
}
