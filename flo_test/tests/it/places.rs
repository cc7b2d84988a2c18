//! A failure is told at the line of whoever called: as the panic hook sees it.

use std::{
    cell::RefCell,
    future::pending,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use flo_test::{
    Calls, Leaks, Marbles, SinkProbe, StreamProbe, Tasks, assert_marbles, cold, expect, for_seeds,
    hot, interleave, must_fail, yield_now,
};

thread_local! {
    /// The file and line of this thread's last panic, while somebody wants to know.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Where `fails` panics.
#[track_caller]
pub(crate) fn place_of<R>(fails: impl FnOnce() -> R) -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_wanted = PLACE.with_borrow_mut(|place| {
                if let (Some(place), Some(location)) = (place.as_mut(), info.location()) {
                    *place = format!("{}:{}", location.file(), location.line());
                }
                place.is_some()
            });
            if !is_wanted {
                before(info);
            }
        }));
    });
    PLACE.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(fails));
    let place = PLACE.take().unwrap_or_default();
    assert!(result.is_err(), "it has passed");
    place
}

fn here(line: u32) -> String {
    format!("{}:{line}", file!())
}

#[test]
fn a_stream_that_is_not_as_drawn() {
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "b")), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "b", { 'b' => 'b' })), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "b", |name| name)), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a") => "a", cold("a") => "b")), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), expect("b").strict())), here(line!()));
    assert_eq!(place_of(|| Marbles::new().stream("a", cold("a"), "b").run()), here(line!()));
    assert_eq!(place_of(|| StreamProbe::new(cold("a")).expect("b")), here(line!()));
    let restless = || async {
        loop {
            yield_now().await;
        }
    };
    let marbles = Marbles::new().along(restless()).stream("a", cold("a"), "a");
    assert_eq!(place_of(|| marbles.run()), here(line!()));
}

#[test]
fn a_text_that_is_no_diagram() {
    assert_eq!(place_of(|| cold("?")), here(line!()));
    assert_eq!(place_of(|| hot("?")), here(line!()));
    assert_eq!(place_of(|| SinkProbe::<u8>::new("?")), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "?")), here(line!()));
    assert_eq!(place_of(|| Marbles::new().stream("a", cold("a"), "?")), here(line!()));
    assert_eq!(place_of(|| StreamProbe::new(cold("a")).expect("?")), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "")), here(line!()));
    assert_eq!(place_of(|| Marbles::new().run()), here(line!()));
}

#[test]
fn a_name_without_a_value() {
    assert_eq!(place_of(|| cold("a").values([('b', 1)])), here(line!()));
    assert_eq!(place_of(|| hot("a").values([('b', 1)])), here(line!()));
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "a", { 'b' => 'b' })), here(line!()));
    assert_eq!(place_of(|| StreamProbe::new(cold("a")).expect("#")), here(line!()));
}

#[test]
fn a_check_of_calls_and_leaks() {
    assert_eq!(place_of(|| Calls::<u8>::new().assert_count(1)), here(line!()));
    assert_eq!(place_of(|| Calls::<u8>::new().assert([1])), here(line!()));
    let leaks = Leaks::new();
    let _kept = leaks.track(1);
    assert_eq!(place_of(|| leaks.check()), here(line!()));
    assert_eq!(place_of(|| must_fail(|| 1)), here(line!()));
}

#[test]
fn tasks_that_do_not_settle_or_do_not_finish() {
    let mut tasks = Tasks::seeded(1);
    tasks.spawn(pending::<()>());
    tasks.settle();
    assert_eq!(place_of(|| tasks.assert_finished()), here(line!()));
    tasks.spawn(async {
        loop {
            yield_now().await;
        }
    });
    assert_eq!(place_of(|| tasks.settle()), here(line!()));
    assert_eq!(place_of(|| interleave(0, (pending::<()>(),))), here(line!()));
    assert_eq!(place_of(|| interleave(0, [pending::<()>()])), here(line!()));
    assert_eq!(place_of(|| interleave(0, vec![pending::<()>()])), here(line!()));
    assert_eq!(place_of(|| for_seeds(1, |_| panic!("inside"))), here(line!()));
}

#[test]
fn a_panic_of_the_stream_or_of_a_task_keeps_its_own_place() {
    use futures::StreamExt;
    let line = line!() + 1;
    let explosive = || cold("a").map(|_| -> char { panic!("inside") });
    assert_eq!(place_of(|| assert_marbles!(explosive(), "a")), here(line));
    let mut tasks = Tasks::seeded(1);
    tasks.collect(explosive());
    assert_eq!(place_of(|| tasks.settle()), here(line));
}

#[cfg(feature = "tokio")]
#[test]
fn a_clock_that_is_not_there_or_there_already() {
    use flo_test::{advance, paused_clock, paused_clock_with};
    use std::time::Duration;
    let zero = Duration::ZERO;
    assert_eq!(place_of(|| paused_clock_with(zero, || ())), here(line!()));
    paused_clock(|| {
        assert_eq!(place_of(|| paused_clock(|| ())), here(line!()));
        assert_eq!(place_of(|| assert_marbles!(cold("a"), "10ms b")), here(line!()));
    });
    assert_eq!(place_of(|| advance(zero)), here(line!()));
}
