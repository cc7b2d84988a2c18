//! Ropes: edits, differences, transactions, what is kept and for how long.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    Bound, BoundExt, FollowRopeChanges, RopeAttributes, RopeBatch, RopeBinding, RopeDiff, RopePart,
    RopeRef, RopeSnapshot, bind_rope_driver, computed, effect, list_transaction, snapshot,
    transaction, try_transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on, stream};

type Text = RopeBinding<char, u8>;

fn text(cells: &str) -> Text {
    RopeBinding::from(RopeSnapshot::uniform(cells.chars(), 0))
}

/// The cells, and the attributes as digits below them.
fn shown(rope: &RopeRef<char, u8>) -> (String, String) {
    let digit = |attribute: &u8| char::from(b'0' + attribute);
    rope.snapshot().iter().map(|(cell, attribute)| (*cell, digit(attribute))).unzip()
}

fn looks(rope: &RopeRef<char, u8>, cells: &str, attributes: &str) {
    let (found, dressed) = shown(rope);
    assert_eq!((&*found, &*dressed), (cells, attributes));
}

fn batch<C, A>(changes: &mut FollowRopeChanges<C, A>) -> RopeBatch<C, A>
where
    C: Send + Sync + 'static,
    A: Send + Sync + 'static,
{
    changes.next().now_or_never().flatten().expect("there is a batch")
}

fn is_idle(changes: &mut FollowRopeChanges<char, u8>) -> bool {
    changes.next().now_or_never().is_none()
}

fn is_reset<C, A>(batch: &RopeBatch<C, A>) -> bool {
    matches!(batch.iter().next(), Some(RopeDiff::Reset { .. }))
}

fn text_of(payload: Box<dyn std::any::Any + Send>) -> String {
    let payload = payload.downcast::<String>().map(|text| *text);
    payload.unwrap_or_else(|other| (*other.downcast::<&str>().unwrap()).to_owned())
}

#[test]
fn what_comes_in_has_the_attribute_of_the_first_cell_that_goes_out() {
    let rope = text("abcdef");
    rope.set_attributes(2..4, 7);
    looks(&rope, "abcdef", "007700");
    rope.replace(2..5, ['x']);
    looks(&rope, "abxf", "0070");
    rope.replace(1..3, ['y', 'z']);
    looks(&rope, "ayzf", "0000");
    rope.set_attributes(0..2, 3);
    rope.replace(2..2, ['b']);
    looks(&rope, "aybzf", "33300");
    rope.replace(0..0, ['c']);
    looks(&rope, "caybzf", "333300");
    rope.push('d');
    looks(&rope, "caybzfd", "3333000");
    rope.replace(.., "".chars());
    rope.extend("neu".chars());
    looks(&rope, "neu", "000");
    rope.replace_attributes(1..2, "in".chars(), 5);
    looks(&rope, "ninu", "0550");
}

#[test]
fn r2_equal_neighbours_are_one_extent_whatever_made_them_neighbours() {
    let rope = text("abcdef");
    rope.set_attributes(2..4, 7);
    assert_eq!(rope.read_attributes(3), (7, 2..4));
    rope.replace(2..4, []);
    assert_eq!(rope.read_attributes(0), (0, 0..4));
    rope.set_attributes(1..2, 7);
    rope.set_attributes(2..3, 7);
    assert_eq!(rope.read_attributes(1), (7, 1..3));
    rope.splice(3..3, RopeSnapshot::from_iter([('x', 7), ('y', 0)]));
    assert_eq!(rope.read_attributes(1), (7, 1..4));
    assert_eq!(rope.read_attributes(4), (0, 4..6));
    assert_eq!(rope.read_attributes(6), (0, 4..6), "at the end those of the last cell");
    assert_eq!(rope.read_attributes(99), (0, 4..6));
    assert_eq!(Text::new().read_attributes(0), (0, 0..0));
    let attributes: RopeAttributes<u8> = [(1, 2), (1, 0), (1, 3), (2, 0)].into_iter().collect();
    assert!(attributes.iter().eq([(0..5, &1)]));
    let too_many = || [(1, usize::MAX), (2, 2)].into_iter().collect::<RopeAttributes<u8>>();
    assert!(catch_unwind(too_many).is_err(), "R1 is not fooled by a sum that wraps");
}

#[test]
fn bad_ranges_panic_with_the_ends_and_the_length() {
    let rope = text("abc");
    let tell = |f: &dyn Fn()| text_of(catch_unwind(AssertUnwindSafe(f)).unwrap_err());
    let beyond = "range end index 5 out of range for rope of length 3";
    assert_eq!(tell(&|| drop(rope.replace(2..5, []))), beyond);
    assert_eq!(tell(&|| drop(rope.replace_attributes(2..5, [], 1))), beyond);
    assert_eq!(tell(&|| rope.set_attributes(2..5, 1)), beyond);
    assert_eq!(tell(&|| drop(rope.read_cells(2..5))), beyond);
    assert_eq!(tell(&|| drop(rope.snapshot().range(2..5))), beyond);
    let order = "range of a rope starts at index 2 but ends at 1";
    #[expect(clippy::reversed_empty_ranges, reason = "it is wrong on purpose")]
    let wrong = 2..1;
    assert_eq!(tell(&|| drop(rope.splice(wrong.clone(), RopeSnapshot::default()))), order);
    looks(&rope, "abc", "000");
}

#[test]
fn c4_r4_what_changes_nothing_is_no_change() {
    let rope = text("abc");
    rope.set_attributes(1..2, 5);
    let told = Arc::new(AtomicUsize::new(0));
    let subscription = rope.when_changed({
        let told = Arc::clone(&told);
        move || _ = told.fetch_add(1, Relaxed)
    });
    rope.set_attributes(1..2, 5);
    rope.set_attributes(0..0, 9);
    rope.extend([]);
    rope.retain_cells(|_| true);
    assert!(rope.replace(1..1, []).is_empty());
    Text::new().clear();
    assert_eq!(told.load(Relaxed), 0);
    rope.set_attributes(0..2, 5);
    assert_eq!(told.load(Relaxed), 1);
    drop(subscription);
}

#[test]
fn a_follower_gets_the_rope_and_then_each_commit_once() {
    let rope = text("abc");
    let mut changes = rope.follow_changes();
    assert!(is_reset(&batch(&mut changes)));
    assert!(is_idle(&mut changes));
    rope.set_attributes(1.., 5);
    rope.replace(0..2, ['x']);
    let part = |pairs: &[(char, u8)]| -> RopePart<char, u8> { pairs.iter().copied().collect() };
    let attributes = |one: u8| -> RopeAttributes<u8> { [(one, 2)].into_iter().collect() };
    let expected = [
        RopeDiff::SetAttributes { range: 1..3, old: Some(attributes(0)), new: attributes(5) },
        RopeDiff::Replace {
            range: 0..2,
            old: Some(part(&[('a', 0), ('b', 5)])),
            new: part(&[('x', 0)]),
        },
    ];
    assert_eq!(batch(&mut changes), expected.into_iter().collect());
    assert!(is_idle(&mut changes));
    rope.push('d');
    drop(rope);
    let mut last = vec![('x', 0), ('c', 5)];
    batch(&mut changes).apply_to(&mut last).unwrap();
    assert_eq!(last, [('x', 0), ('c', 5), ('d', 5)]);
    assert!(block_on(changes.next()).is_none(), "nobody is left who could change it");
}

#[test]
fn edits_in_a_transaction_are_one_commit_and_are_taken_back_with_it() {
    let rope = text("abc");
    let mut changes = rope.follow_changes();
    let mut mirror = Vec::new();
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let reader = effect({
        let (rope, seen) = (rope.read_only(), Arc::clone(&seen));
        move || seen.lock().unwrap().push(shown(&rope).1)
    });
    transaction(|| {
        rope.set_attributes(.., 1);
        rope.push('d');
        looks(&rope, "abcd", "1111");
        rope.set_attributes(0..1, 2);
    });
    assert_eq!(*seen.lock().unwrap(), ["000", "2111"], "one run for all of them");
    let batch_of_all = batch(&mut changes);
    assert_eq!(batch_of_all.iter().count(), 3);
    batch_of_all.apply_to(&mut mirror).unwrap();
    let failed: Result<(), &str> = try_transaction(|| {
        rope.clear();
        rope.push('x');
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            rope.set_attributes(.., 9);
            rope.replace(7..9, []);
        });
    }));
    assert!(panicked.is_err());
    looks(&rope, "abcd", "2111");
    assert!(is_idle(&mut changes), "nobody saw any of it");
    rope.push('e');
    batch(&mut changes).apply_to(&mut mirror).unwrap();
    assert_eq!(rope.snapshot(), mirror);
    drop(reader);
}

/// Has another thread do something, and waits for it.
fn elsewhere(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join().unwrap());
}

#[test]
fn a_range_that_has_moved_fails_or_runs_again() {
    let rope = text("ab");
    transaction(|| {
        rope.push('c');
        elsewhere(|| drop(rope.replace(0..0, ['x'])));
    });
    looks(&rope, "xabc", "0000");
    let failed = catch_unwind(AssertUnwindSafe(|| {
        transaction(|| {
            rope.set_attributes(1..2, 5);
            elsewhere(|| drop(rope.replace(0..0, ['y'])));
        });
    }));
    let told = text_of(failed.unwrap_err());
    assert!(told.starts_with("another thread has changed the rope made at"), "{told}");
    assert!(told.contains("ropes.rs"), "it says which rope");
    let mut runs = 0;
    list_transaction(|| {
        runs += 1;
        let at = rope.snapshot().cells().iter().position(|cell| *cell == 'a').unwrap();
        if runs == 1 {
            elsewhere(|| drop(rope.replace(0..0, ['z'])));
        }
        rope.set_attributes(at..=at, 5);
    });
    assert_eq!(runs, 2);
    looks(&rope, "zyxabc", "000500");
}

#[test]
fn an_edit_inside_a_computation_waits_for_its_end() {
    let rope = text("ab");
    let old = snapshot(|| {
        let old = rope.replace(0..1, ['x', 'y']);
        looks(&rope, "ab", "00");
        old
    });
    assert_eq!(old, [('a', 0)]);
    looks(&rope, "xyb", "000");
}

#[test]
fn l3_who_falls_behind_the_log_gets_the_rope_anew_and_a_longer_rope_has_a_longer_log() {
    let set = |rope: &RopeBinding<usize, u32>, count: u32| {
        for number in 1..=count {
            rope.set_attributes(5..6, number);
        }
    };
    let rope = RopeBinding::from(RopeSnapshot::uniform(0..100_usize, 0));
    let mut changes = rope.follow_changes();
    drop(batch(&mut changes));
    set(&rope, 50);
    let kept = batch(&mut changes);
    assert_eq!(kept.iter().count(), 50);
    let mut back = rope.snapshot().to_vec();
    kept.invert().unwrap().apply_to(&mut back).unwrap();
    assert!(back.iter().all(|(_, attribute)| *attribute == 0));
    set(&rope, 1_000);
    let anew = batch(&mut changes);
    assert!(is_reset(&anew) && anew.iter().count() == 1 && anew.invert().is_none());
    rope.extend(0..100_000);
    assert!(!is_reset(&batch(&mut changes)), "what comes in is shared");
    set(&rope, 1_000);
    assert_eq!(batch(&mut changes).iter().count(), 1_000, "the bound has moved");
    rope.replace(50.., []);
    assert!(is_reset(&batch(&mut changes)), "what goes out is more than a log holds");
}

#[test]
fn l3_what_went_out_is_kept_only_while_somebody_follows_and_no_longer_than_the_bound() {
    let (cell, attribute) = (Arc::new(()), Arc::new(0));
    let rope = RopeBinding::new();
    let kept = || Arc::strong_count(&cell) - 1;
    rope.replace_attributes(.., (0..5_000).map(|_| Arc::clone(&cell)), Arc::clone(&attribute));
    let mut changes = rope.follow_changes();
    drop(batch(&mut changes));
    while !rope.is_empty() {
        rope.replace(0..1, []);
    }
    assert!((60..=256).contains(&kept()), "{} are in the log", kept());
    drop(changes);
    rope.push(Arc::new(()));
    assert_eq!(kept(), 0, "the next edit lets go of the log");
    assert_eq!(Arc::strong_count(&attribute), 1, "and of the attributes");
}

#[test]
fn a_rope_is_a_bound_and_what_is_computed_of_it_follows() {
    let rope = text("abc");
    let bold = computed({
        let rope = rope.read_only();
        move || rope.with(|rope| rope.iter().filter(|(_, attribute)| **attribute > 0).count())
    });
    let cells = computed({
        let rope = rope.read_only();
        move || rope.read_cells(1..).iter().collect::<String>()
    });
    assert_eq!((bold.get(), &*cells.get()), (0, "bc"));
    transaction(|| {
        rope.set_attributes(1.., 1);
        rope.replace(1..2, ['x', 'y']);
        assert_eq!((bold.get(), &*cells.get()), (3, "xyc"));
    });
    assert_eq!((bold.get(), &*cells.get()), (3, "xyc"));
    let mut whole = BoundExt::follow(&*rope);
    assert_eq!(whole.next().now_or_never().flatten().unwrap().len(), 4);
    rope.clear();
    assert!(rope.read().is_empty());
    drop(rope);
    assert!(block_on(whole.next()).unwrap().is_empty());
    assert!(block_on(whole.next()).is_none());
}

#[test]
fn a_rope_is_made_of_a_stream_of_differences() {
    let rope = text("abc");
    let (mirror, driver) = bind_rope_driver(rope.follow_changes());
    let (again, second) = bind_rope_driver(mirror.follow_changes());
    let (mut driver, mut second) = (Box::pin(driver), Box::pin(second));
    let mut drive = || {
        assert!(driver.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
    };
    drive();
    looks(&again, "abc", "000");
    rope.set_attributes(0..2, 4);
    rope.push('d');
    drive();
    looks(&mirror, "abcd", "4400");
    looks(&again, "abcd", "4400");
    drop(rope);
    block_on(driver);
    block_on(second);
    assert!(mirror.is_ended() && again.is_ended());
}

#[test]
fn a_difference_that_does_not_fit_ends_the_rope() {
    let attributes: RopeAttributes<u8> = [(1, 2)].into_iter().collect();
    let new: RopePart<char, u8> = [('a', 0)].into_iter().collect();
    let comes = RopeDiff::Replace { range: 0..0, old: None, new: new.clone() };
    let wrong = [
        RopeDiff::SetAttributes { range: 0..1, old: None, new: attributes.clone() },
        RopeDiff::SetAttributes { range: 0..2, old: None, new: attributes },
        RopeDiff::SetAttributes { range: 0..1, old: None, new: RopeAttributes::from_iter([]) },
        RopeDiff::Replace { range: 1..2, old: None, new: new.clone() },
        RopeDiff::Replace { range: std::ops::Range { start: 1, end: 0 }, old: None, new },
    ];
    for wrong in wrong {
        let mut plain = vec![('x', 0)];
        assert!(wrong.apply_to(&mut plain).is_err());
        assert_eq!(plain, [('x', 0)]);
        let (mut cells, mut styles) = (vec!['x'], vec![0]);
        assert!(wrong.apply_to_both(&mut cells, &mut styles).is_err());
        assert!(comes.apply_to_both(&mut cells, &mut Vec::new()).is_err());
        assert_eq!((cells, styles), (vec!['x'], vec![0]));
        let batches = [vec![comes.clone()], vec![wrong]];
        let (mirror, driver) = bind_rope_driver(stream::iter(batches).map(RopeBatch::from_iter));
        block_on(driver);
        looks(&mirror, "a", "0");
        let why = format!("{:?}", mirror.ended().unwrap());
        assert!(why.contains("does not fit"), "{why}");
    }
}
