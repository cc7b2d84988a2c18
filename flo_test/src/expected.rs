//! What a stream is expected to do.

use crate::values::{Marble, Named, Values};

/// A diagram of what a stream is expected to do, with what its characters stand for.
///
/// Made by [`expect`] where a plain text does not say enough.
#[derive(Debug, Clone)]
#[must_use = "an expectation does nothing until a stream is held against it"]
pub struct Expected<V = Named> {
    pub(crate) diagram: String,
    pub(crate) values: V,
    pub(crate) rigour: Rigour,
}

/// How much is asked of a stream besides what the diagram says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rigour {
    /// That it is woken when it has something.
    Lenient,
    /// Also that it is woken only then.
    Strict,
}

/// An expectation from a diagram, whose characters name the items themselves: see [`Marble`].
///
/// | in the diagram | what is expected |
/// |---|---|
/// | `-` | one step in which the stream is polled and pending |
/// | a letter or digit | one step with the item that it stands for |
/// | `(ab)` | both in one step |
/// | `#` | an error item |
/// | `\|` | the end of the stream |
/// | `!` | nothing: the stream is dropped at this step |
/// | `10ms`, `3s`, `1m` | that time passes; inside of `paused_clock` only |
/// | a space | nothing; it lines diagrams up |
///
/// Where the diagram stops without `|` or `!`, nothing is said of what comes after.
///
/// # Examples
/// ```
/// use flo_test::{assert_marbles, cold, expect};
///
/// assert_marbles!(cold("-a-b|"), expect("-x-y|").values([('x', 'a'), ('y', 'b')]).strict());
/// ```
pub fn expect(diagram: impl Into<String>) -> Expected {
    Expected { diagram: diagram.into(), values: Named, rigour: Rigour::Lenient }
}

impl<V> Expected<V> {
    /// Says what the characters stand for: by a table, such as an array of pairs.
    pub fn values<W>(self, values: W) -> Expected<W> {
        Expected { diagram: self.diagram, values, rigour: self.rigour }
    }

    /// Says by a closure what the characters stand for; it is asked for `#` as well.
    ///
    /// # Examples
    /// ```
    /// use flo_test::{assert_marbles, cold, expect};
    ///
    /// let digits = cold("-7-8|").values_by(|name| name.to_digit(10));
    /// assert_marbles!(digits, expect("-7-8|").values_by(|name| name.to_digit(10)));
    /// ```
    pub fn values_by<T, F: FnMut(char) -> T>(self, value: F) -> Expected<F> {
        self.values(value)
    }

    /// Fails also where the stream is woken and then has nothing to give, be it that it wakes itself.
    ///
    /// Some good streams do: one that yields to others, one that tells of changes which turn out to
    /// be none.
    ///
    /// # Examples
    /// ```
    /// use flo_test::{assert_marbles, expect, must_fail};
    /// use futures::stream;
    /// use std::task::Poll;
    ///
    /// let restless = || stream::poll_fn(|cx| {
    ///     cx.waker().wake_by_ref();
    ///     Poll::<Option<char>>::Pending
    /// });
    /// let text = must_fail(|| assert_marbles!(restless(), expect("-").strict()));
    /// assert!(text.contains("it woke itself, and had nothing when it was polled again"));
    /// ```
    pub fn strict(mut self) -> Self {
        self.rigour = Rigour::Strict;
        self
    }
}

/// What [`assert_marbles!`](crate::assert_marbles) takes as an expectation of items `T`: a text, or
/// what [`expect`] makes.
pub trait IntoExpected<T> {
    /// What says which value a character stands for.
    type Values: Values<T>;

    /// The expectation.
    fn into_expected(self) -> Expected<Self::Values>;
}

impl<T: Marble> IntoExpected<T> for &str {
    type Values = Named;

    fn into_expected(self) -> Expected {
        expect(self)
    }
}

impl<T: Marble> IntoExpected<T> for String {
    type Values = Named;

    fn into_expected(self) -> Expected {
        expect(self)
    }
}

impl<T: Marble> IntoExpected<T> for &String {
    type Values = Named;

    fn into_expected(self) -> Expected {
        expect(self.as_str())
    }
}

impl<T, V: Values<T>> IntoExpected<T> for Expected<V> {
    type Values = V;

    fn into_expected(self) -> Self {
        self
    }
}
