//! Streams written by hand, each with its own way of waking: who wakes as it should passes, who does
//! not is found out.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use flo_test::{Marbles, StreamProbe, assert_marbles, cold, expect, must_fail, yield_now};
use futures::{Stream, StreamExt, stream};

/// What a letterbox does with the wakers of those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Last,
    First,
    Nobody,
    Everybody,
}

#[derive(Debug)]
struct Letters {
    queue: Vec<char>,
    is_closed: bool,
    waiting: Vec<Waker>,
}

/// A queue by hand, as somebody's first stream would be.
#[derive(Debug, Clone)]
struct Letterbox {
    keeps: Keeps,
    state: Rc<RefCell<Letters>>,
}

impl Letterbox {
    fn new(keeps: Keeps) -> Self {
        let state = Letters { queue: Vec::new(), is_closed: false, waiting: Vec::new() };
        Self { keeps, state: Rc::new(RefCell::new(state)) }
    }

    fn change(&self, change: impl FnOnce(&mut Letters)) {
        let mut state = self.state.borrow_mut();
        change(&mut state);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    fn put(&self, letters: &str) {
        self.change(|state| state.queue.extend(letters.chars()));
    }

    fn close(&self) {
        self.change(|state| state.is_closed = true);
    }
}

impl Stream for Letterbox {
    type Item = char;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<char>> {
        let mut state = self.state.borrow_mut();
        if !state.queue.is_empty() {
            return Poll::Ready(Some(state.queue.remove(0)));
        }
        if state.is_closed {
            return Poll::Ready(None);
        }
        match self.keeps {
            Keeps::Last => state.waiting = vec![cx.waker().clone()],
            Keeps::First if state.waiting.is_empty() => state.waiting.push(cx.waker().clone()),
            Keeps::First | Keeps::Nobody => {}
            Keeps::Everybody => state.waiting.push(cx.waker().clone()),
        }
        Poll::Pending
    }
}

/// What a probe says of a letterbox into which an `a` falls after `pause`, and which is then closed.
fn after(pause: &str, keeps: Keeps) {
    let letterbox = Letterbox::new(keeps);
    let mut probe = StreamProbe::new(letterbox.clone());
    probe.expect(pause);
    letterbox.put("a");
    probe.expect("a-");
    letterbox.close();
    probe.expect("|");
}

const ASLEEP: &str = "this was there, but nothing woke the waker of the last poll: a task would have \
                      slept on";

#[test]
fn who_wakes_the_waker_of_the_last_poll_passes() {
    for pause in ["-", "--", "-----"] {
        after(pause, Keeps::Last);
        after(pause, Keeps::Everybody);
    }
}

#[test]
fn who_wakes_nobody_is_found_out_at_the_first_item() {
    let text = must_fail(|| after("--", Keeps::Nobody));
    assert_eq!(
        text,
        format!(
            "`the stream` is not as drawn\n  expected  a-\n  actual    a-\n            ^ step 0: {ASLEEP}"
        )
    );
}

#[test]
fn who_keeps_the_first_waker_passes_one_poll_and_not_two() {
    // The `-` behind the `a` is polled once, at its own step; before the `a` it is polled twice.
    let text = must_fail(|| after("--", Keeps::First));
    assert!(text.ends_with(&format!("^ step 0: {ASLEEP}")), "{text}");
}

#[test]
fn an_end_of_which_nobody_is_told_is_found_out() {
    let letterbox = Letterbox::new(Keeps::Nobody);
    let mut probe = StreamProbe::new(letterbox.clone());
    probe.expect("-");
    letterbox.close();
    let text = must_fail(|| probe.expect("|"));
    assert_eq!(
        text,
        format!(
            "`the stream` is not as drawn\n  expected  |\n  actual    |\n            ^ step 0: {ASLEEP}"
        )
    );
}

#[test]
fn the_first_poll_needs_no_wake_up() {
    let letterbox = Letterbox::new(Keeps::Nobody);
    letterbox.put("ab");
    letterbox.close();
    assert_marbles!(letterbox, "(ab|)");
}

#[test]
fn what_comes_while_the_stream_is_polled_needs_no_wake_up_either() {
    // After an item the stream is polled on until it is pending: nobody sleeps in between.
    let letterbox = Letterbox::new(Keeps::Nobody);
    letterbox.put("a");
    let putting = letterbox.clone();
    assert_marbles!(
        letterbox.inspect(move |letter| if *letter == 'a' {
            putting.put("b");
        }),
        "(ab)-"
    );
}

#[test]
fn a_wrong_item_and_a_missed_wake_are_told_together() {
    let letterbox = Letterbox::new(Keeps::Nobody);
    let mut probe = StreamProbe::new(letterbox.clone());
    probe.expect("-");
    letterbox.put("b");
    assert_eq!(
        must_fail(|| probe.expect("a")),
        format!(
            "`the stream` is not as drawn\n  expected  a\n  actual    b\n            ^ step 0: expected `a`; \
             found `b`; {ASLEEP}"
        )
    );
}

#[test]
fn a_missed_wake_is_found_out_through_combinators() {
    for keeps in [Keeps::Nobody, Keeps::First] {
        let letterbox = Letterbox::new(keeps);
        let merged = stream::select(cold("-x-y--"), letterbox.clone()).map(|letter| letter);
        let mut probe = StreamProbe::new(merged);
        probe.expect("-x-");
        letterbox.put("a");
        // `y` wakes the task, and so `a` comes out; but that was luck, and only for one of them.
        probe.expect("(ya)-");
        letterbox.put("b");
        let text = must_fail(|| probe.expect("b"));
        assert!(text.ends_with(ASLEEP), "{keeps:?}: {text}");
    }
}

#[test]
fn in_a_lane_of_several_it_is_found_out_as_well() {
    let letterbox = Letterbox::new(Keeps::Nobody);
    let filling = letterbox.clone();
    let text = must_fail(|| {
        let putting = async move {
            let mut letters = cold("--a");
            while let Some(letter) = letters.next().await {
                filling.put(letter.encode_utf8(&mut [0; 4]));
            }
        };
        Marbles::new()
            .along(putting)
            .stream("good", cold("--b|"), "--b|")
            .stream("bad", letterbox, "--a-")
            .run();
    });
    assert_eq!(
        text,
        format!(
            "`bad` is not as drawn\n  expected  --a-\n  actual    --a-\n              ^ step 2: {ASLEEP}"
        )
    );
}

#[test]
fn strict_wants_no_wake_up_without_a_reason() {
    let letterbox = Letterbox::new(Keeps::Last);
    let mut probe = StreamProbe::new(letterbox.clone());
    probe.expect(expect("--").strict());
    letterbox.put("");
    assert_eq!(
        must_fail(|| probe.expect(expect("-a").strict())),
        "`the stream` is not as drawn\n  expected  -a\n  actual    --\n            ^ step 0: it was woken, \
         and had nothing when it was polled"
    );
    // Without `strict` it may.
    letterbox.put("");
    probe.expect("-");
}

#[test]
fn strict_wants_no_stream_that_wakes_itself_in_vain() {
    let once = || {
        stream::once(async {
            yield_now().await;
            'a'
        })
    };
    // Woken once, and then it had something: that is no reason to complain.
    assert_marbles!(once(), expect("(a|)").strict());
    let twice = || {
        stream::once(async {
            yield_now().await;
            yield_now().await;
            'a'
        })
    };
    assert_marbles!(twice(), "(a|)");
    assert_eq!(
        must_fail(|| assert_marbles!(twice(), expect("(a|)").strict())),
        "`twice()` is not as drawn\n  expected  (a|)\n  actual    (a|)\n            ^ step 0: it woke \
         itself, and had nothing when it was polled again"
    );
}

#[test]
fn a_stream_that_is_woken_ten_times_gives_its_item_once() {
    let letterbox = Letterbox::new(Keeps::Everybody);
    let mut probe = StreamProbe::new(letterbox.clone());
    probe.expect("----------");
    letterbox.put("a");
    assert!(probe.is_woken());
    probe.expect("a---");
    assert!(!probe.is_woken());
}

#[test]
fn a_wake_up_from_another_thread_counts() {
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    let mut probe = StreamProbe::new(receiver);
    probe.expect("--");
    std::thread::spawn(move || sender.unbounded_send('a').unwrap()).join().unwrap();
    assert!(probe.is_woken());
    probe.expect("(a|)");
}
