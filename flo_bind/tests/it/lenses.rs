//! Lenses: parts of bindings, lists, maps and stores.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Binding, BoundExt, BoundMutExt, Gone, Lens, ListBinding, MapBinding, Store, bind, computed,
    effect, list_transaction, snapshot, transaction, try_transaction,
};
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

type Lamp = (String, u32);

fn lamp() -> Binding<Lamp> {
    bind((String::from("arc"), 500))
}

/// The name, the watts, and how often `get` and `set` of the watts were called.
fn parts(lamp: &Binding<Lamp>) -> (Lens<String>, Lens<u32>, Arc<[AtomicUsize; 2]>) {
    let calls = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let (gets, sets) = (Arc::clone(&calls), Arc::clone(&calls));
    let watts = lamp.field(
        move |lamp| {
            gets[0].fetch_add(1, Relaxed);
            lamp.1
        },
        move |lamp, watts| {
            sets[1].fetch_add(1, Relaxed);
            lamp.1 = watts;
        },
    );
    (lamp.field(|lamp| lamp.0.clone(), |lamp, name| lamp.0 = name), watts, calls)
}

pub(crate) fn text_of(payload: Box<dyn std::any::Any + Send>) -> String {
    let payload = payload.downcast::<String>().map(|text| *text);
    payload.unwrap_or_else(|other| (*other.downcast::<&str>().unwrap()).to_owned())
}

#[test]
fn m2_who_reads_a_part_runs_for_that_part_alone_and_nothing_echoes() {
    let lamp = lamp();
    let (name, watts, calls) = parts(&lamp);
    let calls = || [calls[0].swap(0, Relaxed), calls[1].swap(0, Relaxed)];
    let commits = Arc::new(AtomicUsize::new(0));
    let _counting = lamp.on_change({
        let commits = Arc::clone(&commits);
        move |_| {
            commits.fetch_add(1, Relaxed);
        }
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _seeing = effect({
        let (watts, seen) = (watts.read_only(), Arc::clone(&seen));
        move || seen.lock().unwrap().push(watts.get())
    });
    assert_eq!(calls(), [1, 0]);
    watts.set(450);
    assert_eq!((calls(), commits.load(Relaxed)), ([2, 1], 1), "one to write it, one to read it");
    watts.set(450);
    watts.update(|_| {});
    assert_eq!((calls(), commits.load(Relaxed)), ([2, 0], 1), "equal is no write");
    name.set(String::from("oil"));
    assert_eq!((calls(), commits.load(Relaxed)), ([1, 0], 2));
    lamp.set((String::from("gas"), 7));
    assert_eq!((watts.get(), name.get()), (7, String::from("gas")));
    assert_eq!(*seen.lock().unwrap(), [500, 450, 7]);
}

#[test]
fn m1_a_lens_of_a_lens_reads_and_writes_through_both_and_rolls_back() {
    let lamps = bind((lamp().get(), lamp().get()));
    let left = lamps.field(|lamps| lamps.0.clone(), |lamps, left| lamps.0 = left);
    let watts = left.field(|lamp| lamp.1, |lamp, watts| lamp.1 = watts);
    watts.set(1);
    assert_eq!(lamps.get().0.1, 1);
    let failed: Result<(), ()> = try_transaction(|| {
        watts.update(|watts| *watts += 1);
        left.update(|left| left.1 *= 10);
        assert_eq!((watts.get(), lamps.get().0.1), (20, 20));
        Err(())
    });
    assert!(failed.is_err());
    assert_eq!(watts.get(), 1);
    let summed = computed({
        let (watts, lamps) = (watts.clone(), lamps.read_only());
        move || (watts.get(), lamps.with(|lamps| lamps.0.1))
    });
    transaction(|| {
        watts.set(2);
        assert_eq!(summed.get(), (2, 2), "below staged writes");
        watts.set(3);
    });
    assert_eq!(summed.get(), (3, 3));
    snapshot(|| {
        watts.set(9);
        assert_eq!(watts.get(), 3, "it waits for the end");
    });
    assert_eq!(watts.get(), 9);
    assert_eq!(format!("{watts:?}").split(',').next(), Some("Lens { value: 9"));
}

#[test]
fn two_threads_that_write_two_parts_lose_nothing() {
    let pair = bind((0_u32, 0_u32));
    let left = pair.field(|pair| pair.0, |pair, left| pair.0 = left);
    let right = pair.field(|pair| pair.1, |pair, right| pair.1 = right);
    thread::scope(|scope| {
        for part in [&left, &right, &left] {
            scope.spawn(move || {
                for _ in 0..500 {
                    part.update(|part| *part += 1);
                }
            });
        }
    });
    assert_eq!((left.get(), right.get(), pair.get()), (1_000, 500, (1_000, 500)));
}

#[test]
fn m4_the_right_to_read_a_lens_keeps_nothing_open() {
    let lamp = lamp();
    let (_, watts, _) = parts(&lamp);
    let reader = watts.read_only();
    let mut follow = reader.follow();
    assert_eq!(follow.next().now_or_never(), Some(Some(500)));
    drop(lamp);
    watts.set(1);
    assert_eq!(follow.next().now_or_never(), Some(Some(1)), "a lens is a right to write");
    drop(watts);
    assert_eq!(follow.next().now_or_never(), Some(None));
    assert_eq!(reader.get(), 1);
}

#[test]
fn a_panic_in_a_closure_of_a_lens_writes_nothing() {
    let count = bind(1);
    let lens = count.field(
        |count| {
            assert!(*count != 13, "no thirteen");
            *count
        },
        |count, new| {
            assert!(new != 7, "no seven");
            *count = new;
        },
    );
    let tell = |f: &dyn Fn()| text_of(catch_unwind(AssertUnwindSafe(f)).unwrap_err());
    assert_eq!(tell(&|| lens.set(7)), "no seven");
    assert_eq!(tell(&|| lens.update(|_| panic!("on purpose"))), "on purpose");
    assert_eq!((count.get(), lens.get()), (1, 1));
    count.set(13);
    assert_eq!(tell(&|| _ = lens.get()), "no thirteen");
    assert_eq!(tell(&|| lens.set(2)), "no thirteen");
    count.set(2);
    lens.set(3);
    assert_eq!((count.get(), lens.get()), (3, 3));
}

#[test]
fn m3_an_item_that_is_not_there_is_none_and_a_write_to_it_is_told() {
    let lamps = ListBinding::from(vec!["oil", "gas"]);
    let (first, second) = (lamps.item(0), lamps.item(1));
    let runs = Arc::new(AtomicUsize::new(0));
    let label = second.map({
        let runs = Arc::clone(&runs);
        move |lamp| {
            runs.fetch_add(1, Relaxed);
            lamp.unwrap_or("none")
        }
    });
    assert_eq!(label.get(), "gas");
    first.set(Some("arc"));
    lamps.push("candle");
    assert_eq!((label.get(), runs.load(Relaxed)), ("gas", 1), "it has not changed");
    lamps.insert(0, "sun");
    assert_eq!(label.get(), "arc", "it is whichever is at that place");
    second.set(None);
    assert_eq!(lamps.snapshot(), ["sun", "gas", "candle"]);
    lamps.truncate(1);
    assert_eq!((label.get(), second.get()), ("none", None));
    assert_eq!(second.try_set(Some("moon")), Err(Gone));
    assert_eq!(second.try_update(|_| panic!("there is nothing to update")), Err(Gone));
    let told = catch_unwind(AssertUnwindSafe(|| second.set(Some("moon"))));
    assert_eq!(text_of(told.unwrap_err()), "there is nothing to write to");
    assert_eq!(lamps.snapshot(), ["sun"]);
    let some = second.unwrap_or("nothing");
    assert_eq!((some.get(), some.try_set("moon")), ("nothing", Err(Gone)));
    lamps.push("star");
    some.set("moon");
    assert_eq!(lamps.snapshot(), ["sun", "moon"]);
}

#[test]
fn an_item_with_a_name_is_followed_wherever_it_goes() {
    let lamps = ListBinding::from(vec![(1, "oil"), (2, "gas")]);
    let gas = lamps.item_where(|lamp| lamp.0 == 2);
    lamps.insert(0, (3, "arc"));
    lamps.move_item(2, 0);
    gas.set(Some((2, "gas light")));
    assert_eq!(lamps.snapshot(), [(2, "gas light"), (3, "arc"), (1, "oil")]);
    gas.set(None);
    assert_eq!((gas.get(), lamps.len()), (None, 2));
}

#[test]
fn an_item_in_a_transaction_is_the_one_that_was_seen() {
    let lamps = ListBinding::from(vec![1, 2]);
    let second = lamps.item(1);
    let mut runs = 0;
    list_transaction(|| {
        runs += 1;
        second.update(|lamp| *lamp = lamp.map(|lamp| lamp * 10));
        if runs == 1 {
            thread::scope(|scope| {
                scope.spawn(|| lamps.insert(0, 0));
            });
        }
    });
    assert_eq!((runs, lamps.snapshot().to_vec()), (2, vec![0, 10, 2]));
}

#[test]
fn an_entry_is_read_alone_and_goes_with_what_it_owns() {
    enum Order {}
    enum Line {}
    let orders = Store::<Order, (u32, u32)>::new();
    let lines = Store::<Line, u32>::new();
    let (order, other) = (orders.insert((1, 2)), orders.insert((3, 4)));
    let line = lines.insert(7);
    orders.own(order, &lines, line).unwrap();
    let entry = orders.entry(order);
    let second = entry.unwrap_or((0, 0)).field(|order| order.1, |order, new| order.1 = new);
    let told = Arc::new(AtomicUsize::new(0));
    let telling = |told: &Arc<AtomicUsize>| {
        let told = Arc::clone(told);
        move || {
            told.fetch_add(1, Relaxed);
        }
    };
    let _telling = second.when_changed(telling(&told));
    assert_eq!(second.get(), 2);
    orders.set(other, (5, 6)).unwrap();
    assert_eq!(told.load(Relaxed), 0, "no mark comes to it");
    let mut changes = orders.follow_changes();
    drop(changes.next().now_or_never());
    second.set(2);
    assert!(changes.next().now_or_never().is_none(), "equal is no edit");
    second.set(20);
    assert_eq!((told.load(Relaxed), orders.get(order)), (1, Some((1, 20))));
    let failed: Result<(), ()> = try_transaction(|| {
        entry.set(None);
        assert!(!lines.contains(line));
        Err(())
    });
    assert!(failed.is_err() && lines.contains(line));
    entry.set(None);
    assert_eq!((second.get(), lines.len(), orders.len()), (0, 0, 1));
    assert_eq!((second.try_set(1), entry.try_set(Some((1, 1)))), (Err(Gone), Err(Gone)));
}

#[test]
fn an_entry_goes_only_where_the_edit_says_so_of_what_is_there_at_the_end() {
    enum Lamp {}
    let lamps = Store::<Lamp, u32>::new();
    let (kept, gone) = (lamps.insert(1), lamps.insert(1));
    for (key, meanwhile) in [(kept, 5), (gone, 1)] {
        let runs = Arc::new(AtomicUsize::new(0));
        let (counted, busy) = (Arc::clone(&runs), lamps.clone());
        lamps.entry(key).update(move |watts| {
            if counted.fetch_add(1, Relaxed) == 0 {
                let busy = busy.clone();
                thread::spawn(move || busy.set(key, meanwhile).map(drop)).join().unwrap().unwrap();
            }
            *watts = watts.filter(|watts| *watts != 1).map(|watts| watts + 1);
        });
        assert!(runs.load(Relaxed) >= 1);
    }
    assert_eq!((lamps.get(kept), lamps.get(gone)), (Some(6), None));
}

#[test]
fn m1_an_entry_of_a_map_is_there_or_not_and_who_reads_it_runs_for_it_alone() {
    let lamps = MapBinding::from_iter([("oil", 3), ("gas", 1)]);
    let (oil, arc) = (lamps.entry("oil"), lamps.entry("arc"));
    let runs = Arc::new(AtomicUsize::new(0));
    let doubled = computed({
        let (oil, runs) = (oil.clone(), Arc::clone(&runs));
        move || {
            runs.fetch_add(1, Relaxed);
            oil.get().map(|count| count * 2)
        }
    });
    assert_eq!(doubled.get(), Some(6));
    arc.set(Some(5));
    lamps.remove("gas");
    oil.set(Some(3));
    assert_eq!((doubled.get(), runs.load(Relaxed)), (Some(6), 1), "nothing of its own");
    let mut changes = lamps.follow_changes();
    let _first = changes.next().now_or_never();
    oil.update(|count| *count = count.map(|count| count + 1));
    arc.set(None);
    arc.set(None);
    let batch = changes.next().now_or_never().flatten().unwrap();
    assert_eq!(batch.iter().count(), 2, "an equal write is none");
    assert_eq!((doubled.get(), arc.get(), lamps.len()), (Some(8), None, 1));
    let failed: Result<(), ()> = try_transaction(|| {
        oil.set(None);
        assert_eq!((doubled.get(), lamps.len()), (None, 0));
        Err(())
    });
    assert!(failed.is_err());
    assert_eq!((doubled.get(), oil.get()), (Some(8), Some(4)));
}

#[derive(Debug, Clone)]
enum Step {
    Whole((i32, i32)),
    Left(i32),
    Right(i32),
    AddLeft(i32),
    RollBack(i32),
    Push(i32),
    Remove(usize),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 2_000 }))]

    #[test]
    fn lenses_over_an_item_do_as_places_in_a_vec_do(
        at in 0..3_usize,
        steps in prop::collection::vec(
            prop_oneof![
                (0..5, 0..5).prop_map(Step::Whole),
                (0..5).prop_map(Step::Left),
                (0..5).prop_map(Step::Right),
                (0..5).prop_map(Step::AddLeft),
                (0..5).prop_map(Step::RollBack),
                (0..5).prop_map(Step::Push),
                (0..5_usize).prop_map(Step::Remove),
            ],
            1..60,
        ),
    ) {
        let list = ListBinding::from(vec![(0, 0), (1, 1)]);
        let mut model = list.snapshot().to_vec();
        let item = list.item(at);
        let whole = item.unwrap_or((-1, -1));
        let left = whole.field(|pair| pair.0, |pair, left| pair.0 = left);
        let right = whole.field(|pair| pair.1, |pair, right| pair.1 = right);
        for step in steps {
            let there = model.get_mut(at);
            let is_there = there.is_some();
            let mut unused = (0, 0);
            let there = there.unwrap_or(&mut unused);
            let written = match step {
                Step::Whole(pair) => {
                    *there = pair;
                    Some(whole.try_set(pair))
                }
                Step::Left(new) => {
                    there.0 = new;
                    Some(left.try_set(new))
                }
                Step::Right(new) => {
                    there.1 = new;
                    Some(right.try_set(new))
                }
                Step::AddLeft(more) => {
                    there.0 += more;
                    Some(left.try_update(move |left| *left += more))
                }
                Step::RollBack(new) => Some(try_transaction(|| {
                    left.try_set(new)?;
                    assert_eq!(whole.get().0, new);
                    right.try_set(new)?;
                    item.try_set(None)?;
                    Err(Gone)
                }).or_else(|gone| if is_there { Ok(()) } else { Err(gone) })),
                Step::Push(new) => {
                    list.push((new, new));
                    model.push((new, new));
                    None
                }
                Step::Remove(which) => {
                    if which < model.len() {
                        model.remove(which);
                    }
                    let _removed = list.try_remove(which);
                    None
                }
            };
            prop_assert!(written.is_none_or(|written| written.is_ok() == is_there), "M3");
            prop_assert_eq!(list.snapshot(), model.clone());
            let expected = model.get(at).copied();
            prop_assert_eq!(item.get(), expected, "M1");
            let expected = expected.unwrap_or((-1, -1));
            prop_assert_eq!((left.get(), right.get()), expected, "M1");
        }
    }
}

#[test]
fn m3_who_sees_what_another_thread_has_taken_out_meanwhile_is_told() {
    let (lamps, runs) = (MapBinding::from_iter([("oil", 3)]), bind(0));
    let watts = lamps.entry("oil").unwrap_or(0);
    let told = Arc::new(Mutex::new(Vec::new()));
    let _effect = effect({
        let (lamps, watts, runs, told) =
            (lamps.clone(), watts, runs.read_only(), Arc::clone(&told));
        move || {
            if runs.get() == 0 || !told.lock().unwrap().is_empty() {
                return;
            }
            // Reads one version, which has it still.
            assert_eq!(watts.get(), 3);
            let lamps = lamps.clone();
            thread::spawn(move || lamps.remove("oil")).join().unwrap();
            assert_eq!(watts.get(), 3);
            told.lock().unwrap().push(watts.try_set(5));
        }
    });
    runs.set(1);
    assert_eq!(*told.lock().unwrap(), [Err(Gone)]);
    assert!(lamps.is_empty());
}
