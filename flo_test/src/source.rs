//! Streams that do what a diagram says: [`cold`] and [`hot`].

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};

use crate::{
    diagram::{Diagram, Dialect},
    script::Script,
    source_log::SourceLog,
    step::Pace,
    values::Values,
};

/// A stream that begins its diagram when it is first polled.
///
/// Its items are the characters of the diagram; [`values`](Cold::values) makes them what they stand
/// for, [`failing`](Cold::failing) says what a `#` is. A clone begins anew at its own first poll, so
/// that a diagram can be subscribed to again.
///
/// What is due while nobody polls it waits. So a service that is asked several times answers each
/// time with a new one, or a clone, if how long the answer takes is to count from the question.
///
/// At which step it is, is told by whoever keeps step: see [the crate](crate#steps). Anywhere else,
/// under an executor of yours for one, a `-` is one poll that is pending and wakes its task.
///
/// # Panics
/// At the caller's line, where `diagram` is none, or has a `^` or a `!`.
///
/// # Examples
/// ```
/// use flo_test::{assert_marbles, cold};
/// use futures::StreamExt;
///
/// let orders = cold("-a-(bc)-|");
/// assert_marbles!(orders.filter(|order| std::future::ready(*order != 'b')), "-a- c  -|");
/// ```
#[track_caller]
pub fn cold(diagram: &str) -> Cold<char> {
    Cold(Source {
        script: Arc::new(Script::new(Diagram::read(diagram, Dialect::Cold))),
        next: 0,
        pace: Pace::from_first_poll(),
        log: SourceLog::new(),
        progress: Progress::Unpolled,
    })
}

/// A stream whose diagram goes on whether it is polled or not.
///
/// Its first step is that of the `^`, or the first one where there is none; what comes before
/// happened while nobody listened. What is due while a subscriber does not poll waits for it; who
/// [`subscribe`](Hot::subscribe)s later sees only what is due from then on.
///
/// # Panics
/// At the caller's line, where `diagram` is none, or has a `!`.
///
/// # Examples
/// ```
/// use flo_test::{assert_marbles, hot};
/// use futures::{StreamExt, stream};
///
/// let prices = hot("x-^-a-b-(c|)");
/// // Both hear of the same prices, so each comes out twice.
/// let both = stream::select(prices.subscribe(), prices.map(|price| price.to_ascii_uppercase()));
/// assert_marbles!(both, "--(aA)-(bB)-(cC|)");
/// ```
#[track_caller]
pub fn hot(diagram: &str) -> Hot<char> {
    Hot(Source {
        script: Arc::new(Script::new(Diagram::read(diagram, Dialect::Hot))),
        next: 0,
        pace: Pace::from_here(),
        log: SourceLog::new(),
        progress: Progress::Unpolled,
    })
}

/// What both kinds of source are: a script and a place in it.
struct Source<T> {
    script: Arc<Script<T>>,
    next: usize,
    pace: Pace,
    log: SourceLog,
    progress: Progress,
}

/// How far a source has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Unpolled,
    /// With the number of its use in the log.
    Polled(usize),
    Ended,
}

impl<T: Clone> Source<T> {
    fn with_script<U>(mut self, script: Script<U>) -> Source<U> {
        let pace = std::mem::replace(&mut self.pace, Pace::from_first_poll());
        Source {
            script: Arc::new(script),
            next: self.next,
            pace,
            log: self.log.clone(),
            progress: Progress::Unpolled,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let number = match self.progress {
            Progress::Ended => return Poll::Ready(None),
            Progress::Polled(number) => number,
            Progress::Unpolled => {
                self.script.expect_whole();
                let number = self.log.begins(self.pace.step());
                self.progress = Progress::Polled(number);
                number
            }
        };
        if let Some(entry) = self.script.items.get(self.next) {
            ready!(self.pace.poll_step(entry.step, cx));
            self.next += 1;
            return Poll::Ready(entry.value.clone());
        }
        let Some(end) = self.script.end else {
            // Nothing more happens, and nobody needs to be woken for it.
            return Poll::Pending;
        };
        ready!(self.pace.poll_step(end, cx));
        self.log.is_over(number, self.pace.step(), '|');
        self.progress = Progress::Ended;
        Poll::Ready(None)
    }
}

impl<T> Source<T> {
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.script.items.len() - self.next;
        (left, self.script.end.map(|_| left))
    }

    /// The same script from its beginning.
    fn anew(&self) -> Self {
        Self {
            script: Arc::clone(&self.script),
            next: 0,
            pace: Pace::from_first_poll(),
            log: self.log.clone(),
            progress: Progress::Unpolled,
        }
    }

    /// The same script from where it is by now.
    fn joined_here(&self) -> Self {
        let mut pace = self.pace.fork();
        let next = self.script.index_of(pace.step());
        Self {
            script: Arc::clone(&self.script),
            next,
            pace,
            log: self.log.clone(),
            progress: Progress::Unpolled,
        }
    }
}

impl<T> Drop for Source<T> {
    fn drop(&mut self) {
        if let Progress::Polled(number) = self.progress {
            self.log.is_over(number, self.pace.step(), '!');
        }
    }
}

/// The stream that [`cold`] makes.
#[must_use = "streams do nothing unless polled"]
pub struct Cold<T>(Source<T>);

/// The stream that [`hot`] makes: one of its subscribers.
#[must_use = "streams do nothing unless polled"]
pub struct Hot<T>(Source<T>);

impl<T> Hot<T> {
    /// Another subscriber, which sees what is due from here on.
    pub fn subscribe(&self) -> Self {
        Self(self.0.joined_here())
    }
}

impl<T> Clone for Cold<T> {
    fn clone(&self) -> Self {
        Self(self.0.anew())
    }
}

/// What [`Cold`] and [`Hot`] have in common.
macro_rules! source {
    ($Source:ident) => {
        impl<T: Clone> $Source<T> {
            /// Makes the characters what they stand for: by a table, such as an array of pairs.
            ///
            /// An error item stays one where the table has no entry for `#`.
            ///
            /// # Panics
            /// At the caller's line, where a character has no value; the panic points at it.
            ///
            /// # Examples
            /// ```
            /// use flo_test::{assert_marbles, cold};
            ///
            /// let prices = cold("-a-b|").values([('a', 250), ('b', 99)]);
            /// assert_marbles!(prices, "-x-y|", { 'x' => 250, 'y' => 99 });
            /// ```
            #[track_caller]
            pub fn values<U: Clone>(self, values: impl Values<U>) -> $Source<U> {
                let script = Script::clone(&self.0.script).with_values(values);
                $Source(self.0.with_script(script))
            }

            /// Makes the characters what `value` says they stand for; it is asked for `#` as well.
            ///
            /// # Examples
            /// ```
            /// use flo_test::{assert_marbles, cold};
            ///
            /// let names = cold("-a-b|").values_by(|name| format!("order {name}"));
            /// assert_marbles!(names, "-a-b|", |name| format!("order {name}"));
            /// ```
            pub fn values_by<U: Clone>(self, value: impl FnMut(char) -> U) -> $Source<U> {
                let script = Script::clone(&self.0.script).with_values(value);
                $Source(self.0.with_script(script))
            }

            /// Makes it a stream of results, in which a `#` is `Err(error)`.
            ///
            /// # Examples
            /// ```
            /// use flo_test::{assert_marbles, cold};
            ///
            /// assert_marbles!(cold("-a-#-b|").failing("offline"), "-a-#-b|", {
            ///     'a' => Ok('a'), 'b' => Ok('b'), '#' => Err("offline"),
            /// });
            /// ```
            pub fn failing<E: Clone>(self, error: E) -> $Source<Result<T, E>> {
                let script = Script::clone(&self.0.script).failing(&error);
                $Source(self.0.with_script(script))
            }
        }

        impl<T> $Source<T> {
            /// Tells when it was first polled, and when it was dropped.
            pub fn log(&self) -> SourceLog {
                self.0.log.clone()
            }
        }

        impl<T> Unpin for $Source<T> {}

        impl<T: Clone> Stream for $Source<T> {
            type Item = T;

            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
                self.get_mut().0.poll_next(cx)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<T: Clone> FusedStream for $Source<T> {
            fn is_terminated(&self) -> bool {
                self.0.progress == Progress::Ended
            }
        }

        impl<T> fmt::Debug for $Source<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = stringify!($Source);
                f.debug_tuple(name).field(&self.0.script.text()).finish()
            }
        }
    };
}

source!(Cold);
source!(Hot);
