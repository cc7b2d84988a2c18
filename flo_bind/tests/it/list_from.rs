//! Lists and maps of whole values, whose differences are found; and whole values of lists and maps.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_bind::{
    BindRef, Bound, BoundExt, FollowChanges, FollowMapChanges, ListBinding, ListDiff, MapBinding,
    bind, bind_with, effect, list_from, map_from, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Set(Vec<u8>),
    /// One item goes, and one comes.
    Nudge(usize, u8),
    RollBack(Vec<u8>),
    Twice(Vec<u8>, Vec<u8>),
    /// More than is looked for.
    Many(u8, usize),
    Read,
    Poll,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let items = || prop::collection::vec(0..9_u8, 0..40);
    let step = prop_oneof![
        3 => items().prop_map(Step::Set),
        6 => (0..1_000_usize, 0..9_u8).prop_map(|(at, item)| Step::Nudge(at, item)),
        1 => items().prop_map(Step::RollBack),
        1 => (items(), items()).prop_map(|(one, other)| Step::Twice(one, other)),
        1 => (0..9_u8, 0..400_usize).prop_map(|(item, count)| Step::Many(item, count)),
        4 => Just(Step::Read),
        4 => Just(Step::Poll),
    ];
    prop::collection::vec(step, 1..60)
}

fn nudged(mut items: Vec<u8>, at: usize, item: u8) -> Vec<u8> {
    if !items.is_empty() {
        items.remove(at % items.len());
    }
    items.insert((at / 7) % (items.len() + 1), item);
    items
}

fn poll(changes: &mut FollowChanges<u8>, mirror: &mut Vec<u8>) {
    if let Some(batch) = changes.next().now_or_never() {
        batch.expect("it has not ended").apply_to(mirror).unwrap();
    }
}

/// How often each item is there.
fn counted(items: &[u8]) -> BTreeMap<u8, usize> {
    items.iter().fold(BTreeMap::new(), |mut counts, item| {
        *counts.entry(*item).or_default() += 1;
        counts
    })
}

fn poll_map(changes: &mut FollowMapChanges<u8, usize>, mirror: &mut BTreeMap<u8, usize>) {
    if let Some(batch) = changes.next().now_or_never() {
        batch.expect("it has not ended").apply_to(mirror).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 4_000 }))]

    #[test]
    fn whole_values_are_lists_and_maps_and_lists_are_whole_values(steps in steps()) {
        let source = bind(Vec::new());
        let list = list_from(&source);
        let (there_and_back, sum) = (list_from(list.to_computed()), list.map(|item| u32::from(*item)).sum());
        let map = map_from(source.map(|items| counted(items)));
        let map_again = map_from(map.to_computed());
        let set = map.key_set().to_computed();
        let (mut changes, mut mirror) = (there_and_back.follow_changes(), Vec::new());
        let (mut map_changes, mut map_mirror) = (map_again.follow_changes(), BTreeMap::new());
        let mut model: Vec<u8> = Vec::new();
        for step in steps {
            match step {
                Step::Set(items) => model = items,
                Step::Nudge(at, item) => model = nudged(model, at, item),
                Step::Many(item, count) => {
                    let at = model.len() / 2;
                    model.splice(at..at, std::iter::repeat_n(item, count));
                    model.truncate(900);
                }
                Step::RollBack(items) => {
                    let result: Result<(), ()> = try_transaction(|| {
                        source.set(items.clone());
                        assert_eq!(there_and_back.snapshot(), items);
                        Err(())
                    });
                    prop_assert!(result.is_err());
                }
                Step::Twice(one, other) => {
                    transaction(|| {
                        source.set(one.clone());
                        assert_eq!(list.snapshot(), one);
                        source.set(other.clone());
                    });
                    model = other;
                }
                Step::Read => prop_assert_eq!(list.to_computed().get(), source.get()),
                Step::Poll => {
                    poll(&mut changes, &mut mirror);
                    poll_map(&mut map_changes, &mut map_mirror);
                    prop_assert_eq!(&mirror, &source.get());
                    prop_assert_eq!(&map_mirror, &counted(&source.get()));
                    let keys: BTreeSet<u8> = map_mirror.keys().copied().collect();
                    prop_assert_eq!(set.get(), keys);
                }
            }
            source.set(model.clone());
            prop_assert_eq!(sum.get(), model.iter().map(|item| u32::from(*item)).sum::<u32>());
        }
        poll(&mut changes, &mut mirror);
        poll_map(&mut map_changes, &mut map_mirror);
        prop_assert_eq!(&mirror, &model);
        prop_assert_eq!(&map_mirror, &counted(&model));
        prop_assert_eq!(map.snapshot(), counted(&model));
    }
}

#[test]
fn what_is_derived_does_what_was_found_to_differ_and_no_more() {
    for n in [1_000, 100_000] {
        let calls = Arc::new(AtomicUsize::new(0));
        let source = bind((0..n).collect::<Vec<u32>>());
        let counted = Arc::clone(&calls);
        let doubled = list_from(&source).map(move |item| {
            counted.fetch_add(1, Relaxed);
            item * 2
        });
        assert_eq!(doubled.snapshot().last(), Some(&(n * 2 - 2)));
        calls.store(0, Relaxed);
        source.update(|items| {
            items.insert(500, 7);
            items.remove(3);
            *items.last_mut().unwrap() += 1;
        });
        assert_eq!(doubled.snapshot().last(), Some(&(n * 2)));
        assert_eq!(calls.load(Relaxed), 2);
    }
}

#[test]
fn what_is_equal_tells_nobody_and_an_outsider_may_be_the_source() {
    let always = bind_with(vec![1, 2], flo_bind::Equality::Never);
    let list = list_from(BindRef::from(&always));
    let map = map_from(
        always.map(|items| items.iter().map(|item| (*item, 0)).collect::<BTreeMap<_, _>>()),
    );
    let runs = Arc::new(AtomicUsize::new(0));
    let seen = effect({
        let (list, map, runs) = (list.clone(), map.clone(), Arc::clone(&runs));
        move || {
            assert_eq!(list.len(), map.len());
            runs.fetch_add(1, Relaxed);
        }
    });
    always.set(vec![1, 2]);
    assert_eq!(runs.load(Relaxed), 1);
    always.set(vec![1]);
    assert_eq!((runs.load(Relaxed), list.len(), map.len()), (2, 1, 1));
    drop(seen);
    let (list, map) = (ListBinding::from(vec![3]), MapBinding::from_iter([(1, 3)]));
    struct Outside(ListBinding<i32>);
    impl Bound for Outside {
        type Value = Vec<i32>;
        fn read(&self) -> flo_bind::Guard<Vec<i32>> {
            flo_bind::Guard::new(self.0.snapshot().to_vec())
        }
        fn when_changed(&self, notify: Box<dyn FnMut() + Send>) -> flo_core::Subscription {
            self.0.when_changed(notify)
        }
    }
    let again = list_from(BindRef::new(Outside(list.clone())));
    assert_eq!(again.snapshot(), [3]);
    list.push(4);
    assert_eq!(again.snapshot(), [3, 4]);
    assert_eq!(map.to_computed().get(), BTreeMap::from([(1, 3)]));
}

#[test]
fn where_a_comparison_panics_the_list_is_given_anew() {
    #[derive(Clone, Debug)]
    struct Fragile(i32);
    impl PartialEq for Fragile {
        fn eq(&self, other: &Self) -> bool {
            assert!(self.0 >= 0 && other.0 >= 0, "not this");
            self.0 == other.0
        }
    }
    let source = bind_with(vec![Fragile(1)], flo_bind::Equality::Never);
    let list = list_from(&source);
    let mut changes = list.follow_changes();
    let mut told = || changes.next().now_or_never().flatten().unwrap().iter().next().cloned();
    assert!(matches!(told(), Some(ListDiff::Reset { .. })));
    source.set(vec![Fragile(-1), Fragile(1)]);
    assert!(
        matches!(told(), Some(ListDiff::Reset { .. })),
        "it begins anew, which compares nothing"
    );
    source.set(vec![Fragile(3), Fragile(1)]);
    assert!(matches!(told(), Some(ListDiff::Reset { .. })));
    source.set(vec![Fragile(3), Fragile(2)]);
    assert!(matches!(told(), Some(ListDiff::Splice { at: 1, .. })));
}
