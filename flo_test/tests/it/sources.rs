//! Cold and hot sources, how they keep step, and what their logs tell.

use flo_test::{
    Cold, Hot, StreamProbe, assert_marbles, assert_pending, assert_ready_eq, cold, hot, woken,
};
use futures::{StreamExt, executor::block_on, stream, stream::FusedStream};

#[test]
fn a_cold_source_begins_when_it_is_first_polled_and_anew_with_each_clone() {
    let source = cold("-a-|");
    assert_marbles!(source.clone(), "-a-|");
    assert_marbles!(source.clone().chain(source), "-a--a-|");
}

#[test]
fn sources_in_one_pipeline_do_not_drift_apart() {
    let merged = stream::select(cold("-a--b--c-|"), cold("--x-y-(zw)|"));
    assert_marbles!(merged, "-ax-(by)-(zw)c-|");
}

#[test]
fn a_hot_source_goes_on_whether_it_is_polled_or_not() {
    let prices = hot("xy^-a-b--c|");
    let mut early = StreamProbe::new(prices.subscribe());
    early.expect("--a-");
    let mut late = StreamProbe::new(prices.subscribe());
    // The original did not poll so far: what was due waits for it.
    let mut first = StreamProbe::new(prices);
    first.expect("(ab)-");
    late.expect("bc");
    assert_marbles!(early.into_inner().unwrap(), "(bc|)");
}

#[test]
fn what_comes_before_the_subscription_of_a_hot_source_is_gone() {
    assert_marbles!(hot("ab-^--c|"), "---c|");
    assert_marbles!(hot("--c|"), "--c|");
}

#[test]
fn error_items_are_errors() {
    assert_marbles!(cold("-a-#-b|").failing("down"), "-a-#-b|");
    assert_marbles!(hot("-^-a-#").failing(7), "--a-#", { 'a' => Ok('a'), '#' => Err(7) });
    assert_marbles!(cold("-#|").values([('#', Err::<char, _>(1))]), "-#|");
    assert_marbles!(cold("a#").values([('a', 1)]).failing("x"), "1#", { '1' => Ok(1), '#' => Err("x") });
}

#[test]
fn logs_tell_when_a_source_was_polled_ended_and_dropped() {
    let source = cold("-a-b-|");
    let log = source.log();
    assert_eq!(log.diagrams(), [""; 0]);
    assert_marbles!(source.clone(), "-a-b-|");
    assert_marbles!(source.clone().take(1), "-(a|)");
    assert_marbles!(source.clone(), "-a!");
    let mut kept = StreamProbe::new(source);
    kept.expect("-");
    assert_eq!(log.count(), 4);
    assert_eq!(log.diagrams(), ["^----|", "------^!", "--------^-!", "-----------^"]);
    drop(kept);
    assert_eq!(log.diagrams()[3], "-----------^!");
}

#[test]
fn several_assertions_in_a_row_go_on_where_the_last_one_stopped() {
    let mut source = cold("-a-b-c|");
    assert_marbles!(&mut source, "-a-");
    assert_marbles!(&mut source, "b-c|");
    assert!(source.is_terminated());
}

#[test]
fn where_nobody_keeps_step_a_dash_is_one_poll_that_wakes() {
    let mut source = woken(cold("--a-(bc)|"));
    for wakes in 1..=2 {
        assert_pending!(source.poll_next());
        assert_eq!(source.wakes(), wakes);
    }
    assert_ready_eq!(source.poll_next(), Some('a'));
    assert_pending!(source.poll_next());
    assert_pending!(source.poll_next());
    assert_ready_eq!(source.poll_next(), Some('b'));
    assert_ready_eq!(source.poll_next(), Some('c'));
    let items: Vec<char> = block_on(cold("-a--(bc)-|").collect());
    assert_eq!(items, ['a', 'b', 'c']);
}

#[test]
fn what_never_happens_wakes_nobody() {
    let mut source = woken(cold("a"));
    assert_ready_eq!(source.poll_next(), Some('a'));
    assert_pending!(source.poll_next());
    assert_eq!(source.wakes(), 0);
}

fn moves_freely<T: Send + Unpin + 'static>() {}

#[test]
fn sources_move_to_other_threads_with_their_items() {
    moves_freely::<(Cold<String>, Hot<String>)>();
    let items = std::thread::spawn(|| block_on(cold("-a-b|").collect::<String>()));
    assert_eq!(items.join().unwrap(), "ab");
}
