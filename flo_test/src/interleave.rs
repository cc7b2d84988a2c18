//! Await points in random order, and the same again for many seeds.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    failure::{Caught, catch},
    schedule::Trace,
    seed::{Seed, VARIABLE},
    settle::{Spawned, Tasks},
};

/// How many prefixes of a failing seed are tried, the shortest first.
const TRIES: u32 = 2_000;

/// Runs several futures to their ends, their await points in the random order of `seed`.
///
/// One of those who can run is chosen and runs until it is pending, then another, or the same again.
/// What never is pending is never interrupted: where a future of yours could be interrupted and has
/// nothing to wait for, put a [`yield_now`].
///
/// The futures are a tuple of up to eight, a vector, or an array; the outputs come back in the same
/// shape. Inside of `paused_clock` the clock goes on whenever nobody can.
///
/// # Panics
/// At the caller's line, where nobody can go on and not all have finished: with who waits, and the
/// seed. A future that panics, panics here.
///
/// # Examples
/// ```
/// use flo_test::{interleave, yield_now};
/// use std::cell::Cell;
///
/// let stock = Cell::new(10);
/// let sell = |count| {
///     let stock = &stock;
///     async move {
///         yield_now().await;
///         stock.set(stock.get() - count);
///         count
///     }
/// };
/// assert_eq!(interleave(7, (sell(3), sell(4))), (3, 4));
/// assert_eq!(stock.get(), 3);
/// ```
#[track_caller]
pub fn interleave<'a, F: Futures<'a>>(seed: impl Into<Seed>, futures: F) -> F::Outputs {
    let mut tasks = Tasks::seeded(seed);
    let spawned = futures.spawn(&mut tasks);
    tasks.settle_in_time();
    if let Some(outputs) = F::outputs(spawned) {
        return outputs;
    }
    tasks.assert_finished();
    unreachable!("whoever has finished has an output")
}

/// Lets others run: pending once, and woken at once.
///
/// In [`interleave`] and [`Tasks`] this is where another one may come between.
///
/// # Cancel safety
/// Dropped before it completes it has done nothing.
///
/// # Examples
/// ```
/// use flo_test::{assert_pending, assert_ready, woken, yield_now};
///
/// let mut task = woken(yield_now());
/// assert_pending!(task.poll());
/// assert!(task.is_woken());
/// assert_ready!(task.poll());
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { turn: Turn::Ours }
}

/// What [`yield_now`] makes.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct YieldNow {
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Ours,
    Given,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match std::mem::replace(&mut self.turn, Turn::Given) {
            Turn::Given => Poll::Ready(()),
            Turn::Ours => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// Several futures that [`interleave`] takes: a tuple, a vector, an array.
pub trait Futures<'a> {
    /// The outputs, in the same shape.
    type Outputs;
    /// The futures while they run.
    type Spawned;

    /// Gives them to `tasks`.
    #[track_caller]
    fn spawn(self, tasks: &mut Tasks<'a>) -> Self::Spawned;

    /// The outputs, if all have finished.
    fn outputs(spawned: Self::Spawned) -> Option<Self::Outputs>;
}

impl<'a, F: Future + 'a> Futures<'a> for Vec<F> {
    type Outputs = Vec<F::Output>;
    type Spawned = Vec<Spawned<F::Output>>;

    #[track_caller]
    fn spawn(self, tasks: &mut Tasks<'a>) -> Self::Spawned {
        let mut spawned = Vec::with_capacity(self.len());
        for future in self {
            spawned.push(tasks.spawn(future));
        }
        spawned
    }

    fn outputs(spawned: Self::Spawned) -> Option<Self::Outputs> {
        spawned.iter().map(Spawned::take).collect()
    }
}

impl<'a, F: Future + 'a, const N: usize> Futures<'a> for [F; N] {
    type Outputs = [F::Output; N];
    type Spawned = Vec<Spawned<F::Output>>;

    #[track_caller]
    fn spawn(self, tasks: &mut Tasks<'a>) -> Self::Spawned {
        Vec::from(self).spawn(tasks)
    }

    fn outputs(spawned: Self::Spawned) -> Option<Self::Outputs> {
        Vec::<F>::outputs(spawned)?.try_into().ok()
    }
}

macro_rules! tuples {
    ($(($($F:ident $at:tt),+)),+ $(,)?) => {$(
        impl<'a, $($F: Future + 'a),+> Futures<'a> for ($($F,)+) {
            type Outputs = ($($F::Output,)+);
            type Spawned = ($(Spawned<$F::Output>,)+);

            #[track_caller]
            fn spawn(self, tasks: &mut Tasks<'a>) -> Self::Spawned {
                ($(tasks.spawn(self.$at),)+)
            }

            fn outputs(spawned: Self::Spawned) -> Option<Self::Outputs> {
                Some(($(spawned.$at.take()?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0), (A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3), (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5), (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
}

/// Runs `check` with `count` seeds, and shrinks the first one with which it fails.
///
/// What fails is run again with shorter and shorter memories of its choices, and told with the
/// shortest [prefix](Seed#) of them that still fails, with the order in which the futures ran, and
/// with how to repeat it. With the environment variable `FLO_TEST_SEED` set, only that seed is run.
///
/// `check` is run several times, so what it works on is made in it.
///
/// # Panics
/// At the caller's line, where `check` panics with a seed.
///
/// # Examples
/// ```
/// use flo_test::{for_seeds, interleave, must_fail, yield_now};
/// use std::cell::Cell;
///
/// let text = must_fail(|| for_seeds(1_000, |seed| {
///     let stock = Cell::new(0);
///     let sell = || async {
///         let seen = stock.get();
///         yield_now().await;            // somebody else may sell here
///         stock.set(seen + 1);
///     };
///     interleave(seed, (sell(), sell()));
///     assert_eq!(stock.get(), 2, "an update was lost");
/// }));
/// assert!(text.contains("an update was lost"));
/// assert!(text.contains("the tasks ran in this order: 0 1 0 1"));
/// ```
#[track_caller]
pub fn for_seeds(count: u64, check: impl Fn(Seed)) {
    let run = |seed: Seed| {
        Trace::take();
        let failed = catch(|| check(seed)).err();
        failed.map(|caught| Failure { seed, caught, trace: Trace::take() })
    };
    if let Some(seed) = Seed::asked_for() {
        if let Some(failure) = run(seed) {
            panic!("{}", failure.told("as it was asked to", &[]));
        }
        return;
    }
    for (passed, seed) in (0..count).map(Seed::from).enumerate() {
        let Some(first) = run(seed) else { continue };
        let how = format!("after {passed} that passed");
        // A prefix as long as the run is the run; the first that fails is the shortest.
        let mut prefixes = (0..first.trace.choices.min(TRIES)).map(|length| seed.prefix(length));
        match prefixes.find_map(run) {
            Some(shortest) => panic!("{}", shortest.told(&how, &[&first])),
            None => panic!("{}", first.told(&how, &[])),
        }
    }
}

/// A seed with which a check has failed.
struct Failure {
    seed: Seed,
    caught: Caught,
    trace: Trace,
}

impl Failure {
    /// What is said of it. `longer` is what it was shrunk from.
    fn told(&self, how: &str, longer: &[&Self]) -> String {
        let Self { seed, caught, trace } = self;
        let mut lines = vec![format!("it fails with seed {seed}, {how}:")];
        lines.extend(caught.text.lines().map(|line| format!("  {line}")));
        if let Some(place) = &caught.place {
            lines.push(format!("  at {place}"));
        }
        for longer in longer {
            lines.push(match seed.prefix_length() {
                None | Some(0) => {
                    "no choice of the seed's matters: it fails as well when they take turns".to_owned()
                }
                Some(length) => format!(
                    "this is the shortest prefix that fails: of the {} choices of seed {}, the first \
                     {length}",
                    longer.trace.choices, longer.seed
                ),
            });
            if longer.caught.text != caught.text {
                lines.push("the whole seed fails otherwise:".to_owned());
                lines.extend(longer.caught.text.lines().map(|line| format!("  {line}")));
            }
        }
        if !trace.order.is_empty() {
            lines.push(format!("the tasks ran in this order: {}", trace.told()));
        }
        // The test harness names a test's thread after the test.
        let test = std::thread::current().name().filter(|name| *name != "main").map(str::to_owned);
        let command =
            test.map_or_else(|| "the test".to_owned(), |test| format!("cargo test {test}"));
        lines.push(format!("to repeat it: {VARIABLE}={seed} {command}"));
        lines.join("\n")
    }
}
