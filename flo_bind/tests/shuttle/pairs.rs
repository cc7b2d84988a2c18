//! Two or three things at the same time, under every schedule with few switches.

use flo_bind::{BoundExt, bind, computed, effect, snapshot, transaction};
use futures::StreamExt;
use shuttle::{future::block_on, thread};

use crate::{
    explore::{exhaust, join_all},
    part::{Held, Living, Log},
};

#[test]
fn a_set_beside_a_get() {
    exhaust(3, || {
        let living = Living::default();
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let held = doubled.map({
            let living = living.clone();
            move |value| Held::new(&living, *value)
        });
        assert_eq!(held.with(Held::get), 0);
        let setting = thread::spawn({
            let source = source.clone();
            move || source.set(1)
        });
        let seen = held.with(Held::get);
        assert!([0, 2].contains(&seen));
        assert!(doubled.get() >= seen, "back to an older version");
        setting.join().unwrap();
        assert_eq!((held.with(Held::get), doubled.get()), (2, 2));
        drop((source, doubled, held));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn a_set_beside_a_set() {
    exhaust(2, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let told = Log::new();
        let watching = doubled.on_change({
            let told = told.clone();
            move |value| told.push(*value)
        });
        let setting = thread::spawn({
            let source = source.clone();
            move || source.set(1)
        });
        source.set(2);
        setting.join().unwrap();
        let last = source.get();
        assert_eq!(doubled.get(), last * 2);
        assert_eq!(told.last(), Some(last * 2), "the last change was not told: {:?}", told.all());
        drop(watching);
    });
}

#[test]
fn a_transaction_beside_a_snapshot() {
    exhaust(2, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let doubled = left.map(|value| value * 2);
        let writing = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                transaction(|| {
                    left.set(1);
                    right.set(1);
                });
            }
        });
        let (twice, then, first) = snapshot(|| (doubled.get(), right.get(), left.get()));
        assert_eq!((twice, then), (first * 2, first), "half of a transaction");
        writing.join().unwrap();
        assert_eq!((doubled.get(), right.get()), (2, 1));
    });
}

#[test]
fn a_first_evaluation_beside_a_set_of_its_source() {
    exhaust(3, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let setting = thread::spawn({
            let source = source.clone();
            move || source.set(1)
        });
        assert!([0, 2].contains(&doubled.get()));
        setting.join().unwrap();
        assert_eq!(doubled.get(), 2);
        source.set(3);
        assert_eq!(doubled.get(), 6, "an edge is missing");
    });
}

#[test]
fn a_merge_of_groups_beside_a_set() {
    exhaust(2, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let parts = [left.map(|value| value * 2), right.map(|value| value * 2)];
        assert_eq!(parts.each_ref().map(BoundExt::get), [0, 0]);
        let setting = thread::spawn({
            let left = left.clone();
            move || left.set(1)
        });
        let [first, then] = parts.clone();
        let sum = computed(move || first.get() + then.get());
        assert!([0, 2].contains(&sum.get()));
        setting.join().unwrap();
        assert_eq!(sum.get(), 2);
        right.set(1);
        assert_eq!(sum.get(), 4, "an edge is missing");
    });
}

#[test]
fn a_transaction_that_joins_two_graphs_beside_a_first_evaluation_that_does() {
    exhaust(2, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let doubled = left.map(|value| value * 2);
        let both = computed({
            let (doubled, right) = (doubled.clone(), right.clone());
            move || (doubled.get(), right.get())
        });
        let writing = thread::spawn({
            let (left, right) = (left.clone(), right.clone());
            move || {
                transaction(|| {
                    left.set(1);
                    right.set(1);
                });
            }
        });
        let (twice, then) = both.get();
        assert_eq!(twice, then * 2, "half of a transaction");
        writing.join().unwrap();
        assert_eq!(snapshot(|| (both.get(), left.get())), ((2, 1), 1));
        left.set(2);
        assert_eq!(both.get(), (4, 1), "an edge is missing");
    });
}

#[test]
fn a_drop_beside_a_notification() {
    exhaust(3, || {
        let source = bind(0_u64);
        let seen = Log::new();
        let watching = effect({
            let (seen, source) = (seen.clone(), source.clone());
            move || seen.push(source.get())
        });
        let dropping = thread::spawn(move || drop(watching));
        source.set(1);
        dropping.join().unwrap();
        let before = seen.all();
        assert!([&[0][..], &[0, 1]].contains(&&before[..]), "{before:?}");
        source.set(2);
        assert_eq!(seen.all(), before, "it lives on");
    });
}

#[test]
fn a_poll_of_a_follower_beside_a_set() {
    exhaust(2, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let mut following = doubled.follow();
        drop(doubled);
        let setting = thread::spawn(move || source.set(1));
        let mut seen = Vec::new();
        while let Some(value) = block_on(following.next()) {
            seen.push(value);
        }
        assert_eq!(seen.last(), Some(&2), "the last version was missed");
        assert!(seen.is_sorted_by(|one, next| one < next), "told twice: {seen:?}");
        setting.join().unwrap();
    });
}

#[test]
fn two_threads_that_refresh_one_node() {
    exhaust(3, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        assert_eq!(doubled.get(), 0);
        source.set(1);
        let other = thread::spawn({
            let doubled = doubled.clone();
            move || assert_eq!(doubled.get(), 2)
        });
        assert_eq!(doubled.get(), 2);
        other.join().unwrap();
        source.set(2);
        assert_eq!(doubled.get(), 4, "an edge is missing");
    });
}

#[test]
fn two_threads_that_refresh_one_node_for_an_effect_while_its_source_is_set() {
    exhaust(2, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let seen = Log::new();
        let other = thread::spawn({
            let doubled = doubled.clone();
            move || assert!([0, 2].contains(&doubled.get()))
        });
        let setting = thread::spawn({
            let source = source.clone();
            move || source.set(1)
        });
        let watching = effect({
            let (seen, doubled) = (seen.clone(), doubled.clone());
            move || seen.push(doubled.get())
        });
        other.join().unwrap();
        setting.join().unwrap();
        assert_eq!(seen.last(), Some(2), "the last version was missed: {:?}", seen.all());
        source.set(2);
        assert_eq!(seen.last(), Some(4), "an edge is missing");
        drop(watching);
    });
}

#[test]
fn an_effect_over_two_graphs_beside_sets_of_both() {
    exhaust(2, || {
        let (left, right) = (bind(0_u64), bind(0_u64));
        let doubled = left.map(|value| value * 2);
        let setting =
            [left.clone(), right.clone()].map(|source| thread::spawn(move || source.set(1)));
        let seen = Log::new();
        let watching = effect({
            let (seen, doubled, right) = (seen.clone(), doubled.clone(), right.clone());
            move || seen.push((doubled.get(), right.get()))
        });
        join_all(setting);
        assert_eq!(seen.last(), Some((2, 1)), "the last version was missed: {:?}", seen.all());
        left.set(2);
        assert_eq!(seen.last(), Some((4, 1)), "an edge is missing");
        drop(watching);
    });
}

#[test]
fn a_callback_on_a_computed_beside_a_reader_and_a_set() {
    exhaust(2, || {
        let source = bind(0_u64);
        let doubled = source.map(|value| value * 2);
        let told = Log::new();
        let watching = doubled.on_change({
            let told = told.clone();
            move |value| told.push(*value)
        });
        source.set(1);
        let reading = thread::spawn({
            let doubled = doubled.clone();
            move || assert!([2, 4].contains(&doubled.get()))
        });
        source.set(2);
        reading.join().unwrap();
        assert_eq!(told.all(), [2, 4]);
        drop(watching);
    });
}

#[test]
fn computeds_that_read_each_others_sources_beside_a_set() {
    exhaust(2, || {
        let (left, right) = (bind(1_u64), bind(1_u64));
        let crossed = [(&left, &right), (&right, &left)].map(|(first, then)| {
            let (first, then) = (first.clone(), then.clone());
            computed(move || first.get() * 10 + then.get())
        });
        let reading = thread::spawn({
            let crossed = crossed[0].clone();
            move || assert!([11, 22].contains(&crossed.get()))
        });
        transaction(|| {
            left.set(2);
            right.set(2);
        });
        assert_eq!(crossed[1].get(), 22);
        reading.join().unwrap();
        assert_eq!(crossed.each_ref().map(BoundExt::get), [22, 22]);
        left.set(3);
        assert_eq!(crossed.each_ref().map(BoundExt::get), [32, 23], "an edge is missing");
    });
}

#[test]
fn the_last_handle_of_a_computed_beside_a_set_of_its_source() {
    exhaust(4, || {
        let living = Living::default();
        let source = bind(0_u64);
        let held = source.map({
            let living = living.clone();
            move |value| Held::new(&living, *value)
        });
        assert_eq!(held.with(Held::get), 0);
        let weak = held.downgrade();
        let dropping = thread::spawn(move || drop(held));
        source.set(1);
        let seen = weak.upgrade().map(|held| held.with(Held::get));
        assert!(seen.is_none_or(|seen| seen == 1), "{seen:?}");
        dropping.join().unwrap();
        drop((source, weak));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn an_effect_that_writes_beside_a_set_of_what_it_writes() {
    exhaust(3, || {
        let (source, copy) = (bind(0_u64), bind(0_u64));
        let sum = {
            let (source, copy) = (source.clone(), copy.clone());
            computed(move || source.get() * 10 + copy.get())
        };
        let watching = effect({
            let (source, copy) = (source.clone(), copy.clone());
            move || copy.set(source.get())
        });
        let setting = thread::spawn({
            let copy = copy.clone();
            move || copy.set(7)
        });
        source.set(1);
        setting.join().unwrap();
        assert!([1, 7].contains(&copy.get()));
        assert_eq!(sum.get(), 10 + copy.get());
        source.set(2);
        assert_eq!(sum.get(), 22, "an edge is missing");
        drop(watching);
    });
}
