//! The order pipeline, tested in pictures: its parts here, all of it in `whole`.
//!
//! Time is tokio's paused clock: a `-` is a millisecond, and nobody waits for it.

mod pipeline;
mod whole;

use std::cell::RefCell;

use flo_test::{assert_marbles, cold, paused_clock};
use futures::{FutureExt, StreamExt, future::LocalBoxFuture};
use pipeline::{GivenUp, debounce, shipped};
use tokio::time::{Duration, Sleep, sleep};

fn quiet() -> Sleep {
    sleep(Duration::from_millis(5))
}

fn pause() -> Sleep {
    sleep(Duration::from_millis(10))
}

type Answer = LocalBoxFuture<'static, Result<(), &'static str>>;

/// A carrier that is drawn try by try: when it answers, and whether it is away.
fn carrier<const N: usize>(tries: [&str; N]) -> impl Fn(char) -> Answer {
    let tries = RefCell::new(tries.map(|answer| cold(answer).failing("away")).into_iter());
    move |_order| {
        let mut answer = tries.borrow_mut().next().expect("one more try");
        async move { answer.next().await.expect("an answer").map(drop) }.boxed_local()
    }
}

#[test]
fn an_order_is_the_last_draft_before_a_quiet_time() {
    paused_clock(|| {
        let drafts = cold("                       a-bc    20ms    d-(e|)");
        assert_marbles!(debounce(drafts, quiet), "---- 4ms c 15ms --(e|)");
    });
}

#[test]
fn a_draft_that_comes_at_the_last_moment_replaces_the_one_before() {
    paused_clock(|| {
        assert_marbles!(debounce(cold("a----b"), quiet), "----------b");
        assert_marbles!(debounce(cold("a-----b"), quiet), "-----a-----b");
    });
}

#[test]
fn an_order_that_fails_is_tried_again_after_a_pause() {
    paused_clock(|| {
        let ship = carrier(["-#", "--#", "-a"]);
        assert_marbles!(shipped(cold("a|"), ship, pause), "-- 10ms -- 10ms (a|)");
    });
}

#[test]
fn an_order_is_given_up_after_its_last_try_and_the_next_one_goes_on() {
    paused_clock(|| {
        let ship = carrier(["#", "#", "#", "-b"]);
        assert_marbles!(shipped(cold("(ab)|"), ship, pause), "10ms 10ms #(b|)", {
            '#' => Err(GivenUp { order: 'a', why: "away" }),
            'b' => Ok('b'),
        });
    });
}
