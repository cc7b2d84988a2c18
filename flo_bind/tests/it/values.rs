//! What counts as a change, and the ways to make one.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use flo_bind::{
    Binding, BoundExt, Computed, Equality, bind, bind_with, computed, computed_with, effect,
    snapshot, transaction, try_transaction,
};
use flo_test::Calls;
use futures::{FutureExt, StreamExt};

/// A value that cannot be compared.
#[derive(Clone, Debug)]
struct Opaque(u32);

/// Counts what `on_change` of `source` hears.
fn changes<T: Send + Sync + 'static>(
    source: &impl BoundExt<Value = T>,
) -> (Calls<&'static str>, flo_core::Subscription) {
    let calls = Calls::new();
    let heard = calls.clone();
    (calls, source.on_change(move |_| heard.record("changed")))
}

#[test]
fn where_nothing_is_equal_every_write_is_a_change() {
    let source = bind_with(Opaque(1), Equality::Never);
    let (calls, _listening) = changes(&source);
    let mut follow = source.follow();
    assert!(follow.next().now_or_never().is_some());
    source.set(Opaque(1));
    calls.assert(["changed"]);
    assert!(follow.next().now_or_never().is_some());
    assert!(follow.next().now_or_never().is_none());
    transaction(|| source.set(Opaque(1)));
    calls.assert(["changed"]);
}

#[test]
fn a_closure_of_ones_own_decides_what_is_a_change() {
    let source = bind_with(Opaque(10), Equality::by(|old: &Opaque, new| old.0 / 10 == new.0 / 10));
    let (calls, _listening) = changes(&source);
    let mut follow = source.follow();
    assert_eq!(follow.next().now_or_never().unwrap().unwrap().0, 10);
    source.set(Opaque(12));
    assert_eq!(source.get().0, 10);
    source.set(Opaque(20));
    calls.assert(["changed"]);
    source.set(Opaque(11));
    assert!(follow.next().now_or_never().is_none(), "gone and come back as something equal");
    source.update(|value| value.0 += 1);
    assert_eq!(source.get().0, 11);
}

#[test]
fn a_computed_is_cut_by_the_comparison_it_was_given() {
    let source = bind(10);
    let runs = Arc::new(AtomicUsize::new(0));
    let tens = computed_with(
        {
            let (source, runs) = (source.clone(), Arc::clone(&runs));
            move || {
                runs.fetch_add(1, SeqCst);
                Opaque(source.get())
            }
        },
        Equality::by(|old: &Opaque, new| old.0 / 10 == new.0 / 10),
    );
    let each = computed_with(
        {
            let source = source.clone();
            move || Opaque(source.get() / 100)
        },
        Equality::Never,
    );
    let ((cut, _first), (uncut, _second)) = (changes(&tens), changes(&each));
    source.set(11);
    assert_eq!((tens.get().0, runs.load(SeqCst)), (10, 2));
    cut.assert_count(0);
    uncut.assert(["changed"]);
    source.set(21);
    cut.assert(["changed"]);
    uncut.assert(["changed"]);
}

#[test]
fn partial_eq_can_be_asked_for_by_name() {
    let source = bind_with(1, Equality::partial_eq());
    let (calls, _listening) = changes(&source);
    source.set(1);
    calls.assert_count(0);
    source.set(2);
    calls.assert(["changed"]);
}

#[test]
fn a_comparison_may_read_and_is_not_tracked() {
    let (tolerance, runs) = (bind(0), Calls::new());
    let source = bind_with(1_i32, {
        let tolerance = tolerance.clone();
        Equality::by(move |old: &i32, new| (old - new).abs() <= tolerance.get())
    });
    let _watching = effect({
        let (source, runs) = (source.clone(), runs.clone());
        move || runs.record(source.get())
    });
    tolerance.set(1);
    source.set(2);
    source.set(3);
    runs.assert([1, 3]);
}

#[test]
fn set_always_is_heard_by_all_who_depend_on_it() {
    let source = bind(1);
    let below = source.map(|value| value + 1);
    let ((direct, _first), (cut, _second)) = (changes(&source), changes(&below));
    let runs = Calls::new();
    let _watching = effect({
        let (source, runs) = (source.clone(), runs.clone());
        move || runs.record(source.get())
    });
    source.set(1);
    source.set_always(1);
    direct.assert(["changed"]);
    cut.assert_count(0);
    runs.assert([1, 1]);
}

#[test]
fn set_always_in_a_transaction_or_a_snapshot_counts_at_its_end() {
    let source = bind(1);
    let (calls, _listening) = changes(&source);
    let mut follow = source.follow();
    assert_eq!(follow.next().now_or_never(), Some(Some(1)));
    transaction(|| {
        source.set_always(1);
        source.set(1);
        calls.assert_count(0);
    });
    calls.assert(["changed"]);
    assert_eq!(follow.next().now_or_never(), Some(Some(1)));
    snapshot(|| source.set_always(1));
    calls.assert(["changed"]);
    assert_eq!(follow.next().now_or_never(), Some(Some(1)));
    assert_eq!(follow.next().now_or_never(), None);
}

#[test]
fn update_if_commits_only_what_is_to_be_committed() {
    for equality in [Equality::Never, Equality::partial_eq()] {
        let source = bind_with(1, equality);
        let (calls, _listening) = changes(&source);
        let edit = |is_meant: bool| {
            move |value: &mut i32| {
                *value += 1;
                is_meant
            }
        };
        source.update_if(edit(false));
        transaction(|| source.update_if(edit(false)));
        snapshot(|| source.update_if(edit(false)));
        assert_eq!(source.get(), 1);
        calls.assert_count(0);
        source.update_if(edit(true));
        assert_eq!(source.get(), 2);
        calls.assert(["changed"]);
    }
}

#[test]
fn update_with_gives_what_the_committed_edit_gave() {
    let source = bind(0_u32);
    let barrier = Barrier::new(2);
    let mut given: Vec<u32> = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                barrier.wait();
                let next = |value: &mut u32| {
                    *value += 1;
                    *value
                };
                (0..500).map(|_| source.update_with(next)).collect::<Vec<_>>()
            })
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    given.sort_unstable();
    assert_eq!(given, (1..=1_000).collect::<Vec<_>>());
}

#[test]
fn update_with_answers_also_where_the_write_waits() {
    let source = bind(vec![1, 2]);
    assert_eq!(transaction(|| (source.update_with(Vec::pop), source.get())), (Some(2), vec![1]));
    assert_eq!(snapshot(|| (source.update_with(Vec::pop), source.get())), (Some(1), vec![1]));
    assert!(source.get().is_empty());
}

#[test]
fn an_error_gives_up_every_write_and_nobody_saw_one() {
    let (left, right) = (bind(1), bind(1));
    let (calls, _listening) = changes(&left);
    let failed = try_transaction(|| {
        left.set(2);
        right.set_always(1);
        right.update(|value| *value += 1);
        assert_eq!((left.get(), right.get()), (2, 2));
        Err::<(), _>("no")
    });
    assert_eq!(failed, Err("no"));
    assert_eq!((left.get(), right.get()), (1, 1));
    calls.assert_count(0);
    assert_eq!(try_transaction(|| Ok::<_, ()>(left.replace(5))), Ok(1));
    calls.assert(["changed"]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        try_transaction(|| -> Result<(), ()> {
            left.set(6);
            panic!("no");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(left.get(), 5);
}

#[test]
fn the_outermost_transaction_decides() {
    let source = bind(1);
    let inner = || {
        try_transaction(|| {
            source.set(2);
            Err::<(), _>("no")
        })
    };
    assert_eq!(transaction(inner), Err("no"));
    assert_eq!(source.get(), 2, "the outer one went on, so it was committed");
    source.set(1);
    assert_eq!(try_transaction(inner), Err("no"));
    assert_eq!(source.get(), 1);
}

#[test]
fn inside_a_computation_an_error_gives_up_what_waits() {
    let source = bind(1);
    let written = snapshot(|| {
        source.set(2);
        try_transaction(|| {
            source.set(3);
            Err::<(), ()>(())
        })
    });
    assert_eq!((written, source.get()), (Err(()), 2));
}

#[test]
fn an_effect_made_in_a_transaction_that_failed_runs_all_the_same() {
    let (source, runs) = (bind(1), Calls::new());
    let watching = try_transaction(|| {
        source.set(2);
        let (source, runs) = (source.clone(), runs.clone());
        Err::<(), _>(effect(move || runs.record(source.get())))
    });
    runs.assert([1]);
    drop(watching);
}

#[test]
fn a_constant_is_a_computed_that_has_ended() {
    let constant = Computed::constant(Opaque(7));
    assert!(constant.read_only().is_ended());
    let doubled = computed({
        let constant = constant.clone();
        move || constant.get().0 * 2
    });
    assert_eq!(doubled.get(), 14);
    assert!(doubled.read_only().is_ended());
    let items: Vec<_> = futures::executor::block_on(constant.follow().collect());
    assert_eq!(items.len(), 1);
}

#[test]
fn a_binding_that_holds_a_binding_is_compared_by_which_one_it_is() {
    let (left, right) = (bind(1), bind(1));
    let chosen: Binding<Binding<i32>> = bind(left.clone());
    let (calls, _listening) = changes(&chosen);
    chosen.set(left.clone());
    calls.assert_count(0);
    chosen.set(right);
    calls.assert(["changed"]);
}

#[test]
fn a_comparison_of_ones_own_that_panics_leaves_the_old_value() {
    let source = bind_with(
        1,
        Equality::by(|old: &i32, new| {
            assert_ne!(*new, 2, "two");
            old == new
        }),
    );
    let doubled = source.map(|value| value * 2);
    assert!(catch_unwind(AssertUnwindSafe(|| source.set(2))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| transaction(|| source.set(2)))).is_err());
    assert_eq!((source.get(), doubled.get()), (1, 2));
    source.set(3);
    assert_eq!(doubled.get(), 6);
}

#[test]
fn a_comparison_of_a_computed_that_panics_is_the_panic_of_the_computed() {
    let source = bind(1);
    let same = computed_with(
        {
            let source = source.clone();
            move || source.get()
        },
        Equality::by(|old: &i32, new| {
            assert_ne!(*new, 2, "two");
            old == new
        }),
    );
    assert_eq!(same.get(), 1);
    source.set(2);
    assert!(catch_unwind(AssertUnwindSafe(|| same.get())).is_err());
    source.set(3);
    assert_eq!(same.get(), 3);
}

#[test]
fn a_constant_can_be_made_inside_anything() {
    let source = bind(1);
    let made = computed({
        let source = source.clone();
        move || Computed::constant(source.get()).get() + 1
    });
    assert_eq!(made.get(), 2);
    source.set(2);
    assert_eq!((made.get(), transaction(|| Computed::constant(5).get())), (3, 5));
}

#[test]
fn a_comparison_of_ones_own_decides_also_between_numbers_that_are_the_same() {
    let never_equal = bind_with(1, Equality::by(|_: &i32, _| false));
    let runs = Calls::new();
    let _watching = effect({
        let (never_equal, runs) = (never_equal.clone(), runs.clone());
        move || runs.record(never_equal.get())
    });
    never_equal.set(1);
    transaction(|| never_equal.set(1));
    runs.assert([1, 1, 1]);
}

#[test]
fn an_update_that_leaves_a_number_as_it_is_is_no_write_where_every_write_counts() {
    let number = bind_with(1, Equality::Never);
    let runs = Calls::new();
    let _watching = effect({
        let (number, runs) = (number.clone(), runs.clone());
        move || runs.record(number.get())
    });
    number.update_if(|_| false);
    transaction(|| number.update_if(|_| false));
    transaction(|| {
        number.update_if(|_| false);
        number.update(|_| {});
        number.update_if(|_| false);
    });
    transaction(|| {
        number.set(2);
        number.update_if(|_| false);
    });
    runs.assert([1, 1, 2]);
}

#[test]
fn a_forced_write_counts_for_who_looks_after_later_ones_have_come_back_to_the_same() {
    let number = bind(1);
    let mut following = number.follow();
    assert_eq!(following.next().now_or_never(), Some(Some(1)));
    number.set_always(1);
    number.set(2);
    number.set(1);
    assert_eq!(following.next().now_or_never(), Some(Some(1)));
    number.set(2);
    number.set(1);
    assert_eq!(following.next().now_or_never(), None);
}
