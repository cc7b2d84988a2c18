//! All of the pipeline: beside a slow ledger, beside one that fails, and let go on the way.

use std::{cell::RefCell, future::ready};

use flo_reactive::BoundExt;
use flo_test::{Marbles, Refused, SinkProbe, assert_marbles, cold, for_seeds, interleave};
use flo_test::{paused_clock, yield_now};
use futures::{FutureExt, StreamExt, channel::mpsc};

use crate::{
    carrier, pause,
    pipeline::{Outcome, Totals, debounce, shipped, told},
    quiet,
};

/// How the ledger's log is drawn: an order that was given up is a `#`.
fn name<E>(outcome: &Outcome<char, E>) -> char {
    *outcome.as_ref().unwrap_or(&'#')
}

#[test]
fn the_carrier_waits_for_a_slow_ledger() {
    let ledger = SinkProbe::new("r--r--r--R");
    let log = ledger.log();
    let (trying, tried) = mpsc::unbounded();
    let ship = move |order| ready(trying.unbounded_send(order));
    let (totals, running) = told(shipped(cold("(abcdef)|"), ship, pause), ledger);
    let count = totals.follow().map(|totals| totals.shipped);
    // Of four that were tried one is in the ledger, one before it, one in the publisher's only
    // place, and one waits for that place and does not count yet.
    Marbles::new()
        .along(running)
        .stream("tried", tried, "(abcd)--e--f--  |")
        .stream("count", count, "(123) --4--5--(6|)")
        .run();
    assert_eq!(log.diagram(name), "a--b--c--(def|)");
}

#[test]
fn a_ledger_that_fails_is_told_of_and_holds_nobody_up() {
    let ledger = SinkProbe::new("r--!");
    let log = ledger.log();
    let ship = |_| ready(Ok::<_, &str>(()));
    let (totals, running) = told(shipped(cold("(abcdef)|"), ship, pause), ledger);
    assert_marbles!(running.into_stream(), "---(x|)", { 'x' => Err(Refused) });
    assert_eq!(log.diagram(name), "a--(#!)");
    assert_eq!(totals.get(), Totals { shipped: 6, given_up: 0 });
}

#[test]
fn every_order_comes_to_one_end_whatever_the_carrier_does() {
    for_seeds(200, |seed| {
        paused_clock(|| {
            let random = RefCell::new(seed.random());
            let ship = |_order| {
                let answer = *random.borrow_mut().pick(&[Ok(()), Err("away"), Err("away")]);
                yield_now().map(move |()| answer)
            };
            let ledger = SinkProbe::new("r-r 30ms rr 20ms R");
            let log = ledger.log();
            let orders = cold("a-(bc)-- 20ms def-|");
            let (totals, running) = told(shipped(orders, ship, pause), ledger);
            assert_eq!(interleave(seed, [running]), [Ok(())]);
            let kept = log.take_sent();
            let orders = kept.iter().map(|kept| *kept.as_ref().unwrap_or_else(|up| &up.order));
            assert_eq!(orders.collect::<String>(), "abcdef");
            let Totals { shipped, given_up } = totals.get();
            assert_eq!(shipped + given_up, 6);
        });
    });
}

#[test]
fn a_pipeline_that_is_dropped_lets_go_of_drafts_and_ledger() {
    paused_clock(|| {
        let (drafts, ledger) = (cold("a 20ms b"), SinkProbe::new("R"));
        let (typed, log) = (drafts.log(), ledger.log());
        // It is dropped in the pause before the second try.
        let ship = carrier(["#"]);
        let (totals, running) = told(shipped(debounce(drafts, quiet), ship, pause), ledger);
        assert_marbles!(running.into_stream(), "10ms !");
        assert_eq!(typed.diagrams(), ["^ 9ms !"]);
        assert_eq!(log.diagram(name), "10ms !");
        assert!(totals.is_ended());
    });
}
