//! Streams under watch between one expectation and the next, and several streams together.

use std::task::Poll;

use flo_test::{Marbles, StreamProbe, assert_marbles, cold, expect, must_fail};
use futures::{SinkExt, StreamExt, channel::mpsc, stream};

#[test]
fn each_expectation_goes_on_where_the_last_one_stopped() {
    let (sender, receiver) = mpsc::unbounded();
    let mut probe = StreamProbe::new(receiver);
    assert!(!probe.is_woken());
    probe.expect("--");
    sender.unbounded_send(1).unwrap();
    sender.unbounded_send(2).unwrap();
    assert!(probe.is_woken());
    probe.expect("(12)-");
    assert!(!probe.is_woken());
    sender.unbounded_send(30).unwrap();
    probe.expect(expect("x").values([('x', 30)]));
    drop(sender);
    probe.expect("|");
    assert!(probe.into_inner().is_some());
}

#[test]
fn it_remembers_who_did_not_wake_it() {
    let mut polls = 0;
    let mut probe = StreamProbe::new(stream::poll_fn(move |_| {
        polls += 1;
        if polls == 1 { Poll::Pending } else { Poll::Ready(Some('a')) }
    }));
    probe.expect("-");
    let text = must_fail(|| probe.expect("a"));
    assert!(text.contains("nothing woke the waker of the last poll"), "{text}");
}

#[test]
fn an_exclamation_mark_drops_the_stream() {
    let source = cold("-a-b");
    let log = source.log();
    let mut probe = StreamProbe::new(source);
    probe.expect("-a");
    assert!(probe.get_ref().is_some() && probe.get_mut().is_some());
    probe.expect("!");
    assert!(probe.get_ref().is_none() && probe.get_mut().is_none());
    assert_eq!(log.diagrams(), ["^-!"]);
    assert_eq!(
        must_fail(|| probe.expect("")),
        "nothing is expected: a diagram has at least one step"
    );
}

#[test]
fn several_streams_go_step_by_step_together() {
    let (left, mut right) = (mpsc::channel(1), mpsc::channel(1));
    let (mut left_in, left_out) = left;
    // Each letter goes left, and when it was taken there, right.
    let passing = async move {
        let mut letters = cold("-ab-(cd)");
        while let Some(letter) = letters.next().await {
            left_in.send(letter).await.unwrap();
            right.0.send(letter.to_ascii_uppercase()).await.unwrap();
        }
    };
    Marbles::new()
        .along(passing)
        .stream("left", left_out, "-ab-(cd)-")
        .stream("right", right.1, "-AB-(CD)-")
        .run();
    assert_marbles!(cold("a|") => "a|", cold("--b|") => expect("--b|").strict());
}

#[test]
fn nothing_to_expect_is_no_success() {
    let text = must_fail(|| Marbles::new().along(async {}).run());
    assert_eq!(text, "nothing is expected: a diagram has at least one step");
}

#[test]
fn streams_that_cannot_be_moved_or_sent_are_watched_as_well() {
    let local = std::rc::Rc::new(std::cell::Cell::new('a'));
    let shared = std::rc::Rc::clone(&local);
    let pinned = stream::once(async move {
        flo_test::yield_now().await;
        shared.get()
    });
    local.set('b');
    assert_marbles!(pinned, "(b|)");
}
