//! How often a closure ran, and with what.

use std::{
    fmt::{self, Debug},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts the runs of closures, and keeps what they were called with.
///
/// A handle: clones count together. It is recorded by the closure under test, on any thread, and
/// asked by the test.
///
/// # Examples
/// "Computed once" as an assertion:
/// ```
/// use flo_test::Calls;
///
/// let calls = Calls::new();
/// let double = {
///     let calls = calls.clone();
///     move |n: u32| {
///         calls.record(n);
///         n * 2
///     }
/// };
/// let doubled: Vec<u32> = [3, 4].into_iter().map(double).collect();
/// assert_eq!(doubled, [6, 8]);
/// calls.assert_count(2);
/// calls.assert([3, 4]);
/// ```
pub struct Calls<A = ()> {
    calls: Arc<Mutex<Vec<A>>>,
}

impl<A> Calls<A> {
    /// None so far.
    pub fn new() -> Self {
        Self { calls: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<A>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A closure ran, with `argument`.
    pub fn record(&self, argument: A) {
        self.lock().push(argument);
    }

    /// How often it ran, since the last [`take`](Calls::take).
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// What it ran with since the last time, in order.
    pub fn take(&self) -> Vec<A> {
        std::mem::take(&mut *self.lock())
    }
}

impl Calls {
    /// A closure ran.
    pub fn hit(&self) {
        self.record(());
    }
}

impl<A: Debug> Calls<A> {
    /// Asserts how often it ran since the last [`take`](Calls::take).
    ///
    /// # Panics
    /// At the caller's line, with what it ran with.
    #[track_caller]
    pub fn assert_count(&self, count: usize) {
        let calls = self.take();
        let found = calls.len();
        let told = format!("expected {}, found {found}{}", runs(count), List(&calls));
        // They are put back in front of what came while they were looked at.
        self.lock().splice(0..0, calls);
        assert!(found == count, "{told}");
    }

    /// Asserts what it ran with since the last time, in order; they are taken.
    ///
    /// # Panics
    /// At the caller's line, with both lists and the first difference.
    #[track_caller]
    pub fn assert<B: Debug>(&self, expected: impl IntoIterator<Item = B>)
    where
        A: PartialEq<B>,
    {
        let (calls, expected) = (self.take(), Vec::from_iter(expected));
        let same = calls.iter().zip(&expected).take_while(|(call, expected)| call == expected);
        let same = same.count();
        assert!(
            same == calls.len() && same == expected.len(),
            "the closure ran with other arguments, from the {} run on\n  expected{}\n  found   {}",
            Ordinal(same + 1),
            List(&expected),
            List(&calls),
        );
    }
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

struct Ordinal(usize);

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        write!(f, "{}{ending}", self.0)
    }
}

/// What closures ran with, unless that was nothing at all.
struct List<'a, A>(&'a [A]);

impl<A: Debug> fmt::Display for List<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if size_of::<A>() == 0 { Ok(()) } else { write!(f, ": {:?}", self.0) }
    }
}

impl<A> Clone for Calls<A> {
    fn clone(&self) -> Self {
        Self { calls: Arc::clone(&self.calls) }
    }
}

impl<A> Default for Calls<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> Debug for Calls<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("count", &self.count()).finish_non_exhaustive()
    }
}
