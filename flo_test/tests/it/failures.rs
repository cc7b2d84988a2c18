//! What a failed assertion says: both diagrams under each other, and a caret at the first difference.

use std::{
    future::pending,
    task::{Poll, Waker},
};

use flo_test::{
    Calls, Marbles, SinkProbe, StreamProbe, assert_marbles, cold, expect, for_seeds, interleave,
    must_fail, yield_now,
};
use futures::{StreamExt, stream};

/// The text, line by line.
#[track_caller]
fn says(text: &str, lines: &[&str]) {
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn an_item_that_does_not_come() {
    says(
        &must_fail(|| assert_marbles!(cold("--a---b|"), "--a--b|")),
        &[
            "`cold(\"--a---b|\")` is not as drawn",
            "  expected  --a--b|",
            "  actual    --a---b",
            "                 ^ step 5: expected `b`; nothing came",
        ],
    );
}

#[test]
fn an_item_that_comes_too_soon_or_is_another_one() {
    let source = cold("-a-c-|");
    says(
        &must_fail(|| assert_marbles!(source.clone(), "-a--c|")),
        &[
            "`source.clone()` is not as drawn",
            "  expected  -a--c|",
            "  actual    -a-c-|",
            "               ^ step 3: expected nothing; found `c`",
        ],
    );
    says(
        &must_fail(|| assert_marbles!(source, "-a-b-|")),
        &[
            "`source` is not as drawn",
            "  expected  -a-b-|",
            "  actual    -a-c-|",
            "               ^ step 3: expected `b`; found `c`",
        ],
    );
}

#[test]
fn the_end_too_early_or_not_at_all() {
    says(
        &must_fail(|| assert_marbles!(cold("-a|"), "-a-b|")),
        &[
            "`cold(\"-a|\")` is not as drawn",
            "  expected  -a-b|",
            "  actual    -a|--",
            "              ^ step 2: expected nothing; found the end",
        ],
    );
    says(
        &must_fail(|| assert_marbles!(cold("-a--"), "-a|")),
        &[
            "`cold(\"-a--\")` is not as drawn",
            "  expected  -a|",
            "  actual    -a-",
            "              ^ step 2: expected the end; the stream goes on",
        ],
    );
    says(
        &must_fail(|| assert_marbles!(cold("-ab"), "-a|")),
        &[
            "`cold(\"-ab\")` is not as drawn",
            "  expected  -a|",
            "  actual    -ab",
            "              ^ step 2: expected the end; found `b`",
        ],
    );
}

#[test]
fn a_group_in_another_order_or_with_one_too_many() {
    says(
        &must_fail(|| assert_marbles!(cold("-(abc)-|"), "-(acb)-|")),
        &[
            "`cold(\"-(abc)-|\")` is not as drawn",
            "  expected  -(acb)-|",
            "  actual    -(abc)-|",
            "               ^ step 1: expected `c`; found `b`",
        ],
    );
    says(
        &must_fail(|| assert_marbles!(cold("-(abc)-|"), "-(ab)-|")),
        &[
            "`cold(\"-(abc)-|\")` is not as drawn",
            "  expected  -(ab) -|",
            "  actual    -(abc)-|",
            "                ^ step 1: expected nothing more; found `c`",
        ],
    );
}

#[test]
fn values_that_have_no_one_letter_name_are_explained() {
    let orders = cold("-a-b|").values([('a', Some(10)), ('b', Some(30))]);
    says(
        &must_fail(|| assert_marbles!(orders, "-x-y|", { 'x' => Some(10), 'y' => Some(20) })),
        &[
            "`orders` is not as drawn",
            "  expected  -x-y|",
            "  actual    -x-?|",
            "               ^ step 3: expected `y`, Some(20); found Some(30)",
            "  x = Some(10)",
            "  ? = Some(30)",
        ],
    );
}

#[test]
fn an_item_for_which_nothing_woke_the_last_waker() {
    // It keeps the first waker only.
    let mut first: Option<Waker> = None;
    let mut stale = cold("--a|").boxed();
    let stream = stream::poll_fn(move |cx| {
        let waker = first.get_or_insert_with(|| cx.waker().clone()).clone();
        stale.poll_next_unpin(&mut std::task::Context::from_waker(&waker))
    });
    says(
        &must_fail(|| assert_marbles!(stream, "--a|")),
        &[
            "`stream` is not as drawn",
            "  expected  --a|",
            "  actual    --a|",
            "              ^ step 2: this was there, but nothing woke the waker of the last poll: a task \
         would have slept on",
        ],
    );
}

#[test]
fn a_stream_that_forgets_its_waker() {
    let mut polls = 0;
    let forgetful = stream::poll_fn(move |_| {
        polls += 1;
        if polls > 2 { Poll::Ready(Some('a')) } else { Poll::Pending }
    });
    let text = must_fail(|| assert_marbles!(forgetful.take(1), "--(a|)"));
    assert!(text.ends_with("a task would have slept on"), "{text}");
}

#[test]
fn strict_expectations_fail_for_wakes_in_vain() {
    let restless = || {
        stream::once(async {
            yield_now().await;
            yield_now().await;
            'a'
        })
    };
    assert_marbles!(restless(), "(a|)");
    says(
        &must_fail(|| assert_marbles!(restless(), expect("(a|)").strict())),
        &[
            "`restless()` is not as drawn",
            "  expected  (a|)",
            "  actual    (a|)",
            "            ^ step 0: it woke itself, and had nothing when it was polled again",
        ],
    );
    assert_marbles!(cold("-a-|"), expect("-a-|").strict());
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    let mut evens =
        StreamProbe::new(receiver.filter(|n: &u32| std::future::ready(n.is_multiple_of(2))));
    evens.expect("-");
    sender.unbounded_send(1).unwrap();
    says(
        &must_fail(|| evens.expect(expect("-").strict())),
        &[
            "`the stream` is not as drawn",
            "  expected  -",
            "  actual    -",
            "            ^ step 0: it was woken, and had nothing when it was polled",
        ],
    );
}

#[test]
fn streams_that_never_stop_are_stopped() {
    let spinning = stream::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<Option<char>>::Pending
    });
    says(
        &must_fail(|| assert_marbles!(spinning, "--a")),
        &[
            "`spinning` is not as drawn",
            "  expected  --a",
            "  actual    ---",
            "            ^ step 0: it is woken over and over within one step, and gives nothing",
        ],
    );
    says(
        &must_fail(|| assert_marbles!(stream::repeat('a'), "(aa)-")),
        &[
            "`stream::repeat('a')` is not as drawn",
            "  expected  (aa)         -",
            "  actual    (aaaaaaaaaa…)-",
            "               ^ step 0: expected nothing more; found `a`; it gives more and more within one \
         step, without ever being pending",
        ],
    );
    let text = must_fail(|| {
        let restless = std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        Marbles::new().along(restless).stream("letters", cold("-a"), "-a").run();
    });
    assert!(text.starts_with("the future that runs along (made at "), "{text}");
    assert!(text.ends_with(" is woken over and over within step 0"), "{text}");
}

#[test]
fn of_several_streams_each_that_fails_is_shown() {
    let text = must_fail(|| {
        assert_marbles!(cold("-a|") => "-a|", cold("-b|") => "-c|", cold("--|") => "-|");
    });
    says(
        &text,
        &[
            "`cold(\"-b|\")` is not as drawn",
            "  expected  -c|",
            "  actual    -b|",
            "             ^ step 1: expected `c`; found `b`",
            "`cold(\"--|\")` is not as drawn",
            "  expected  -|",
            "  actual    --",
            "             ^ step 1: expected the end; the stream goes on",
        ],
    );
}

#[test]
fn a_long_expression_is_shortened() {
    let text = must_fail(|| {
        assert_marbles!(
            cold("-a-b-c-d-e-f-g-h|")
                .map(|name| name.to_ascii_uppercase())
                .filter(|_| std::future::ready(true)),
            "-a"
        );
    });
    assert!(
        text.starts_with("`cold(\"-a-b-c-d-e-f-g-h|\").map(|name| name.to_as…` is not"),
        "{text}"
    );
}

#[test]
fn a_stream_that_panics_after_the_difference_does_not_hide_it() {
    let explosive = cold("-a-b").map(|name| if name == 'b' { panic!("later") } else { name });
    says(
        &must_fail(|| assert_marbles!(explosive, "---a")),
        &[
            "`explosive` is not as drawn",
            "  expected  ---a",
            "  actual    -a--",
            "             ^ step 1: expected nothing; found `a`",
        ],
    );
    let at_once = cold("-a").map(|_| -> char { panic!("at once") });
    assert_eq!(must_fail(|| assert_marbles!(at_once, "-a")), "at once");
}

/// The place of a panic, as `for_seeds` tells it.
fn place_of(fails: impl Fn()) -> String {
    let text = must_fail(|| for_seeds(1, |_| fails()));
    let place = text.lines().find_map(|line| line.strip_prefix("  at "));
    let place = place.unwrap_or_else(|| panic!("no place: {text}"));
    place.rsplit_once(':').expect("a line and a column").0.to_owned()
}

#[test]
fn a_failure_is_at_the_callers_line() {
    let line = |line: u32| format!("{}:{line}", file!());
    assert_eq!(place_of(|| assert_marbles!(cold("a"), "b")), line(line!()));
    assert_eq!(place_of(|| StreamProbe::new(cold("a")).expect("b")), line(line!()));
    assert_eq!(place_of(|| drop(cold("?"))), line(line!()));
    assert_eq!(place_of(|| drop(cold("a").values([('b', 1)]))), line(line!()));
    assert_eq!(place_of(|| drop(SinkProbe::<u8>::new("?"))), line(line!()));
    assert_eq!(place_of(|| Calls::<u8>::new().assert_count(1)), line(line!()));
    assert_eq!(place_of(|| Calls::<u8>::new().assert([1])), line(line!()));
    assert_eq!(place_of(|| drop(must_fail(|| 1))), line(line!()));
    assert_eq!(place_of(|| interleave(0, (pending::<()>(),)).0), line(line!()));
    assert_eq!(place_of(|| for_seeds(1, |_| panic!("inside"))), line(line!()));
}
