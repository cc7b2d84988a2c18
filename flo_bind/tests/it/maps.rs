//! Maps and sets: edits, differences, transactions, what is kept and for how long.

use std::{
    any::Any,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Bound, BoundExt, FollowMapChanges, ListBinding, MapBatch, MapBinding, MapDiff, MapRef,
    SetBinding, SetRef, bind, bind_map_driver, computed, effect, list_transaction, snapshot,
    transaction, try_transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on, stream};

type Changes<K, V> = FollowMapChanges<K, V>;

fn batch<K, V>(changes: &mut Changes<K, V>) -> MapBatch<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    changes.next().now_or_never().flatten().expect("there is a batch")
}

fn is_idle<K: Send + Sync + 'static, V: Send + Sync + 'static>(
    changes: &mut Changes<K, V>,
) -> bool {
    changes.next().now_or_never().is_none()
}

fn is_reset<K, V>(batch: &MapBatch<K, V>) -> bool {
    matches!(batch.iter().next(), Some(MapDiff::Reset { .. }))
}

fn text_of(payload: Box<dyn Any + Send>) -> String {
    let payload = payload.downcast::<String>().map(|text| *text);
    payload.unwrap_or_else(|other| (*other.downcast::<&str>().unwrap()).to_owned())
}

#[test]
fn a_follower_gets_the_map_and_then_each_commit_once() {
    let map = MapBinding::from_iter([(1, "oil"), (2, "gas")]);
    let mut changes = map.follow_changes();
    assert!(is_reset(&batch(&mut changes)));
    assert!(is_idle(&mut changes));
    map.insert(3, "arc");
    map.insert(1, "wax");
    map.remove(&2);
    let expected = [
        MapDiff::Insert { key: 3, new: "arc" },
        MapDiff::Update { key: 1, old: Some("oil"), new: "wax" },
        MapDiff::Remove { key: 2, old: Some("gas") },
    ];
    assert_eq!(batch(&mut changes), expected.into_iter().collect());
    assert!(is_idle(&mut changes));
    map.clear();
    map.insert(5, "oil");
    drop(map);
    let mut last = BTreeMap::from([(9, "is replaced")]);
    batch(&mut changes).apply_to(&mut last).unwrap();
    assert_eq!(last, BTreeMap::from([(5, "oil")]));
    assert!(block_on(changes.next()).is_none(), "nobody is left who could change it");
}

#[test]
fn what_changes_nothing_is_no_change() {
    let (map, set) = (MapBinding::from_iter([(1, 1)]), SetBinding::from_iter([1]));
    let told = Arc::new(AtomicUsize::new(0));
    let tell = || {
        let told = Arc::clone(&told);
        move || {
            told.fetch_add(1, Relaxed);
        }
    };
    let (of_map, of_set) = (map.when_changed(tell()), set.when_changed(tell()));
    assert_eq!(map.remove(&2), None);
    assert!(!map.update(&2, |_| {}) && !set.insert(1) && !set.remove(&2));
    map.extend([]);
    map.retain(|_, _| true);
    map.alter(2, |_| None);
    set.extend([1, 1]);
    MapBinding::<i32, i32>::new().clear();
    assert_eq!(told.load(Relaxed), 0);
    map.insert(1, 1);
    set.insert(2);
    assert_eq!(told.load(Relaxed), 2, "another value is a change, though it is an equal one");
    drop((of_map, of_set));
}

#[test]
fn edits_in_a_transaction_are_one_commit_and_are_taken_back_with_it() {
    let map = MapBinding::from_iter([(1, 1), (2, 2)]);
    let mut changes = map.follow_changes();
    drop(batch(&mut changes));
    let sums = Arc::new(Mutex::new(Vec::new()));
    let seen = effect({
        let (map, sums) = (map.read_only(), Arc::clone(&sums));
        move || sums.lock().unwrap().push(map.snapshot().values().sum::<i32>())
    });
    let taken = transaction(|| {
        map.insert(3, 3);
        map.alter(1, |value| value.map(|value| value + 10));
        assert_eq!(map.get(&1), Some(11), "a transaction sees its own edits");
        map.remove(&2)
    });
    assert_eq!(taken, Some(2));
    assert_eq!(*sums.lock().unwrap(), [3, 14], "one run for all of them");
    let mut mirror = BTreeMap::from([(1, 1), (2, 2)]);
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    assert_eq!(mirror, BTreeMap::from([(1, 11), (3, 3)]));
    let failed: Result<(), &str> = try_transaction(|| {
        map.clear();
        map.insert(7, 7);
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    assert!(is_idle(&mut changes), "nobody saw any of it");
    map.insert(5, 5);
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    assert_eq!(map.snapshot(), mirror);
    drop(seen);
}

/// Has another thread do something, and waits for it.
fn elsewhere(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join().unwrap());
}

#[test]
fn an_edit_of_a_transaction_is_made_on_what_another_thread_has_left() {
    let counts = MapBinding::from_iter([("oil", 1)]);
    transaction(|| {
        counts.update("oil", |count| *count += 1);
        elsewhere(|| assert_eq!(counts.insert("oil", 10), Some(1)));
    });
    assert_eq!(counts.get("oil"), Some(11));
    let mut runs = 0;
    list_transaction(|| {
        runs += 1;
        let seen = counts.get("oil");
        if runs == 1 {
            elsewhere(|| assert_eq!(counts.insert("oil", 20), Some(11)));
        }
        counts.insert("gas", seen.unwrap_or(0));
    });
    assert_eq!((runs, counts.get("gas")), (2, Some(20)), "it ran again");
}

#[test]
fn an_edit_inside_a_computation_waits_for_its_end() {
    let map = MapBinding::from_iter([(1, 1), (2, 2)]);
    let removed = snapshot(|| {
        let removed = map.remove(&1);
        assert_eq!(map.len(), 2, "no read inside sees it");
        removed
    });
    assert_eq!((removed, map.len()), (Some(1), 1));
}

#[test]
fn who_falls_behind_the_log_gets_the_map_anew() {
    let map: MapBinding<u32, u32> = (0..100).map(|key| (key, 0)).collect();
    let mut changes = map.follow_changes();
    drop(batch(&mut changes));
    for value in 0..50 {
        map.insert(5, value);
    }
    let kept = batch(&mut changes);
    assert_eq!(kept.iter().count(), 50);
    let mut back = map.snapshot().to_map();
    kept.invert().unwrap().apply_to(&mut back).unwrap();
    assert!(back.values().all(|value| *value == 0));
    for value in 0..5_000 {
        map.insert(5, value);
    }
    let anew = batch(&mut changes);
    assert!(is_reset(&anew) && anew.iter().count() == 1 && anew.invert().is_none());
    assert!(is_idle(&mut changes));
    map.insert(5, 1);
    assert_eq!(batch(&mut changes).iter().count(), 1);
}

#[test]
fn what_went_out_is_kept_only_while_somebody_follows_and_all_goes_with_the_last_handle() {
    let value = Arc::new(());
    let kept = || Arc::strong_count(&value) - 1;
    let map: MapBinding<_, _> = (0..1_000).map(|key| (key, Arc::clone(&value))).collect();
    map.remove(&0);
    assert_eq!(kept(), 999, "nobody follows");
    let mut changes = map.follow_changes();
    drop(batch(&mut changes));
    for key in 1..1_000 {
        map.remove(&key);
    }
    assert!((40..=256).contains(&kept()), "{} are in the log", kept());
    drop(changes);
    map.insert(1, Arc::clone(&value));
    assert_eq!(kept(), 1, "the next edit lets go of the log");
    let mut changes = map.follow_changes();
    drop(batch(&mut changes));
    map.insert(1, Arc::clone(&value));
    drop((map, changes));
    assert_eq!(kept(), 0);
}

#[test]
fn maps_and_sets_are_bounds_and_what_is_computed_of_them_follows() {
    let (map, set) = (MapBinding::from_iter([(1, 2), (2, 3)]), SetBinding::from_iter([1]));
    let factor = bind(10);
    let sum = computed({
        let (map, set, factor) = (map.read_only(), set.read_only(), factor.clone());
        move || {
            let wanted = |key: &i32| set.contains(key);
            let found = map.with(|map| {
                map.iter().filter(|(key, _)| wanted(key)).map(|(_, value)| *value).sum::<i32>()
            });
            found * factor.get()
        }
    });
    let from = flo_bind::computed_from((&*map, &*set), |(map, set)| map.len() + set.len());
    assert_eq!((sum.get(), from.get()), (20, 3));
    transaction(|| {
        set.insert(2);
        factor.set(1);
        assert_eq!((sum.get(), from.get()), (5, 4));
    });
    let mut whole = BoundExt::follow(&*map);
    assert_eq!(whole.next().now_or_never().flatten().unwrap().len(), 2);
    map.clear();
    assert!(map.read().is_empty());
    drop(map);
    assert!(block_on(whole.next()).unwrap().is_empty());
    assert!(block_on(whole.next()).is_none());
}

/// A key and value whose `Clone`, `Ord` and `Drop` do everything that takes a lock.
pub(crate) struct Busy {
    pub(crate) number: i32,
    pub(crate) map: MapRef<i32, i32>,
    pub(crate) other: ListBinding<i32>,
}

impl Busy {
    fn work(&self) {
        assert!(self.map.len() <= self.map.snapshot().len() + 100);
        self.other.push(1);
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.work();
        Self { number: self.number, map: self.map.clone(), other: self.other.clone() }
    }
}

impl PartialEq for Busy {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Busy {}

impl PartialOrd for Busy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Busy {
    fn cmp(&self, other: &Self) -> Ordering {
        self.work();
        self.number.cmp(&other.number)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.work();
    }
}

#[test]
fn no_lock_is_held_while_keys_and_values_are_cloned_compared_and_dropped() {
    let (numbers, other) = (MapBinding::from_iter([(1, 1)]), ListBinding::new());
    let busy = |number| Busy { number, map: numbers.read_only(), other: other.clone() };
    let map = MapBinding::new();
    let mut changes = map.follow_changes();
    for number in 0..40 {
        map.insert(busy(number * 7 % 40), busy(number));
    }
    transaction(|| {
        drop(map.insert(busy(3), busy(0)));
        drop(map.remove(&busy(4)));
        assert!(map.update(&busy(5), |value| value.number += 1));
    });
    assert_eq!((map.len(), map.contains_key(&busy(4))), (39, false));
    drop(batch(&mut changes));
    map.retain(|key, _| key.number % 2 == 0);
    drop((changes, map));
    assert!(other.len() > 200);
}

#[test]
fn a_panic_of_an_ordering_a_clone_or_a_closure_leaves_the_map_as_it_was() {
    #[derive(Debug)]
    struct Fragile(i32, Arc<AtomicUsize>);
    impl Fragile {
        fn check(&self, which: usize) {
            assert!(self.1.load(Relaxed) != which, "not this");
        }
    }
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            self.check(1);
            Self(self.0, Arc::clone(&self.1))
        }
    }
    impl PartialEq for Fragile {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Fragile {}
    impl PartialOrd for Fragile {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Fragile {
        fn cmp(&self, other: &Self) -> Ordering {
            self.check(2);
            self.0.cmp(&other.0)
        }
    }
    let mode = Arc::new(AtomicUsize::new(0));
    let key = |number| Fragile(number, Arc::clone(&mode));
    let map: MapBinding<_, _> = (0..100).map(|number| (key(number), number)).collect();
    let before = map.snapshot();
    for broken in [1, 2] {
        mode.store(broken, Relaxed);
        assert!(catch_unwind(AssertUnwindSafe(|| map.insert(key(50), 0))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| map.remove(&key(50)))).is_err());
        mode.store(0, Relaxed);
    }
    assert!(
        catch_unwind(AssertUnwindSafe(|| map.retain(|key, _| key.0 != 3 || panic!()))).is_err()
    );
    assert!(map.snapshot().same_as(&before));
    assert_eq!(map.remove(&key(50)), Some(50));
}

#[test]
fn threads_lose_no_edit_and_followers_end_equal() {
    let map = MapBinding::new();
    let (mirrors, last) = thread::scope(|scope| {
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let mut changes = map.follow_changes();
                scope.spawn(move || {
                    block_on(async {
                        let mut mirror = BTreeMap::new();
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
                let map = map.clone();
                scope.spawn(move || {
                    for number in 0..400_u32 {
                        map.alter(number % 20, |count| Some(count.unwrap_or(0) + 1));
                        map.insert(1_000 * (writer + 1) + number, 1);
                        if number % 3 == 0 {
                            map.remove(&(1_000 * (writer + 1) + number));
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = map.snapshot().to_map();
        drop(map);
        let mirrors = followers.into_iter().map(|follower| follower.join().unwrap());
        (mirrors.collect::<Vec<_>>(), last)
    });
    assert!(last.range(..20).all(|(_, count)| *count == 60) && last.len() == 20 + 3 * 266);
    for mirror in mirrors {
        assert_eq!(mirror, last);
    }
}

#[test]
fn a_map_is_made_of_a_stream_of_differences() {
    let map = MapBinding::from_iter([(1, 1), (2, 2)]);
    let (mirror, driver) = bind_map_driver(map.follow_changes());
    let (again, second) = bind_map_driver(mirror.follow_changes());
    let (mut driver, mut second) = (Box::pin(driver), Box::pin(second));
    let mut run = || {
        assert!(driver.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
    };
    run();
    assert_eq!(again.snapshot(), map.snapshot());
    map.insert(3, 3);
    map.remove(&1);
    map.update(&2, |value| *value += 1);
    run();
    assert_eq!((mirror.snapshot(), again.snapshot()), (map.snapshot(), map.snapshot()));
    drop(map);
    block_on(driver);
    block_on(second);
    assert!(mirror.is_ended() && again.is_ended());
    assert_eq!(again.snapshot(), BTreeMap::from([(2, 3), (3, 3)]));
}

#[test]
fn m2_a_difference_that_does_not_fit_ends_the_map() {
    let insert = || MapDiff::Insert { key: 1, new: 1 };
    let (mirror, driver) =
        bind_map_driver(stream::iter([[insert()], [insert()]]).map(MapBatch::from_iter));
    block_on(driver);
    assert_eq!(mirror.get(&1), Some(1));
    let why = format!("{:?}", mirror.ended().unwrap());
    assert!(why.contains("does not fit"), "{why}");
    let wrong = [
        insert(),
        MapDiff::Update { key: 2, old: None, new: 1 },
        MapDiff::Remove { key: 2, old: Some(2) },
    ];
    for diff in wrong {
        let mut plain = BTreeMap::from([(1, 7)]);
        let mut snapshot = mirror.snapshot();
        assert!(diff.apply_to(&mut plain).is_err() && snapshot.apply(&diff).is_err());
        assert_eq!((plain, snapshot), (BTreeMap::from([(1, 7)]), mirror.snapshot()));
    }
    let mut plain = BTreeSet::from([1]);
    assert!(MapDiff::Remove { key: 2, old: None }.apply_to_set(&mut plain).is_err());
    assert!(MapDiff::Insert { key: 1, new: () }.apply_to_set(&mut plain).is_err());
}

#[test]
fn handles_are_equal_where_they_stand_for_the_same_and_show_what_is_there() {
    let map = MapBinding::from_iter([(1, "oil")]);
    let reader: MapRef<_, _> = (&map).into();
    assert!(reader == map.read_only() && reader != *MapBinding::from_iter([(1, "oil")]));
    assert_eq!(format!("{map:?}"), r#"MapBinding({1: "oil"})"#);
    let shown = format!("{reader:?}");
    assert!(shown.contains(r#"{1: "oil"}"#) && shown.contains("maps.rs"), "{shown}");
    let set = SetBinding::from_iter([2, 1]);
    let reader: SetRef<_> = (&set).into();
    assert!(reader == set.clone().read_only());
    assert!(format!("{reader:?}").contains("{1, 2}"));
    let missing = catch_unwind(AssertUnwindSafe(|| map.snapshot()[&7]));
    assert_eq!(text_of(missing.unwrap_err()), "no such key among the 1 of the map");
}
