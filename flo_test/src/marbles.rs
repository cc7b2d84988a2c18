//! [`assert_marbles!`](crate::assert_marbles), and [`Marbles`], which it is made of.

use std::{fmt, fmt::Debug, future::Future};

use futures_core::Stream;

use crate::{
    expected::IntoExpected,
    lane::{AtItsEnd, Companion, Lane, StreamLane},
    run::run,
    watched::Watched,
};

/// Streams and what they are expected to do, polled step by step together.
///
/// [`assert_marbles!`](crate::assert_marbles) says the same in one line.
///
/// # Examples
/// A pipeline whose parts are driven by futures of their own runs along:
/// ```
/// use flo_test::{Marbles, cold};
/// use futures::{SinkExt, StreamExt, channel::mpsc};
///
/// let (sender, receiver) = mpsc::channel(4);
/// let pumping = cold("-a-b|").map(Ok).forward(sender.sink_map_err(drop));
/// Marbles::new().along(pumping).stream("receiver", receiver, "-a-b|").run();
/// ```
#[must_use = "nothing is polled until `run`"]
#[derive(Default)]
pub struct Marbles<'a> {
    lanes: Vec<Box<dyn Lane + 'a>>,
}

impl<'a> Marbles<'a> {
    /// With nothing to run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects of `stream`, called `name` in what is said of it, what the diagram draws.
    ///
    /// # Panics
    /// At the caller's line, where the diagram is none, or a name has no value.
    #[track_caller]
    pub fn stream<S, E>(mut self, name: &str, stream: S, expected: E) -> Self
    where
        S: Stream<Item: Debug + PartialEq> + 'a,
        E: IntoExpected<S::Item, Values: 'a>,
    {
        let watched = Box::new(Watched::new(stream));
        self.lanes.push(Box::new(StreamLane::new(
            name,
            watched,
            expected.into_expected(),
            AtItsEnd::Drop,
        )));
        self
    }

    /// Runs `future` along with the streams: whenever it is woken, before they are compared.
    ///
    /// Several run in the order in which they were given.
    #[track_caller]
    pub fn along<F: Future + 'a>(mut self, future: F) -> Self {
        let companion = Companion::new(async move {
            let _output = future.await;
        });
        self.lanes.push(Box::new(companion));
        self
    }

    /// Polls everything step by step, for as many steps as the longest diagram has.
    ///
    /// # Panics
    /// At the caller's line, where a stream is not as drawn: with both diagrams under each other and
    /// a caret at the first difference. A stream that panics, panics here.
    #[track_caller]
    pub fn run(mut self) {
        let mut lanes: Vec<&mut (dyn Lane + 'a)> =
            self.lanes.iter_mut().map(|lane| &mut **lane).collect();
        run(&mut lanes);
    }
}

impl Debug for Marbles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marbles").field("lanes", &self.lanes.len()).finish()
    }
}

/// Asserts that a stream does, step by step, what a marble diagram draws.
///
/// ```text
/// assert_marbles!(stream, "--a--b|")                         characters name the items themselves
/// assert_marbles!(stream, "--a|", { 'a' => order })          a table of what they stand for
/// assert_marbles!(stream, "--a|", |name| order(name))        a closure that says it
/// assert_marbles!(stream, expect("--a|").strict())           see `expect`
/// assert_marbles!(left => "--a|", right => "--b|")           several together
/// ```
///
/// The grammar stands at [`expect`](crate::expect). In each step the stream is polled until it is
/// pending; then the step is over, and the sources go to the next one. A stream that has something
/// to give without having been woken fails: each poll comes with a waker of its own, and it is the
/// last one that must be woken.
///
/// # Panics
/// At its own line, where the stream is not as drawn:
///
/// ```
/// use flo_test::{assert_marbles, cold, must_fail};
///
/// let text = must_fail(|| assert_marbles!(cold("--a---b|"), "--a--b|"));
/// assert_eq!(text, "\
/// `cold(\"--a---b|\")` is not as drawn
///   expected  --a--b|
///   actual    --a---b
///                  ^ step 5: expected `b`; nothing came");
/// ```
///
/// # Examples
/// ```
/// use flo_test::{assert_marbles, cold};
/// use futures::{StreamExt, stream};
///
/// let halves = cold("-4-6-|").values_by(|name| name.to_digit(10).unwrap()).map(|n| n / 2);
/// assert_marbles!(halves, "-2-3-|");
/// assert_marbles!(stream::iter(["lamp", "sofa"]), "(ls|)", { 'l' => "lamp", 's' => "sofa" });
/// ```
#[macro_export]
macro_rules! assert_marbles {
    ($stream:expr, $diagram:expr, { $($name:literal => $value:expr),* $(,)? } $(,)?) => {
        $crate::assert_marbles!($stream, $diagram, [$(($name, $value)),*])
    };
    ($stream:expr, $diagram:expr, |$name:ident| $value:expr $(,)?) => {
        $crate::assert_marbles!($stream, $crate::expect($diagram).values_by(|$name| $value))
    };
    ($stream:expr, $diagram:expr, $values:expr $(,)?) => {
        $crate::assert_marbles!($stream, $crate::expect($diagram).values($values))
    };
    ($stream:expr, $expected:expr $(,)?) => {
        $crate::Marbles::new().stream(::core::stringify!($stream), $stream, $expected).run()
    };
    ($($stream:expr => $expected:expr),+ $(,)?) => {
        $crate::Marbles::new()
            $(.stream(::core::stringify!($stream), $stream, $expected))+
            .run()
    };
}
