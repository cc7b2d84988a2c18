//! When a source was subscribed to, and when it was let go.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{drawing::passing, step::Pace};

/// What became of a source: when it was first polled, ended, dropped.
///
/// A handle that stays with the test while the source goes into the pipeline. It speaks of the
/// source and of all its clones and subscribers, in the order of their first polls.
///
/// # Examples
/// ```
/// use flo_test::{assert_marbles, cold};
/// use futures::StreamExt;
///
/// let source = cold("-a-b-c-|");
/// let log = source.log();
/// assert_marbles!(source.take(2), "-a-(b|)");
/// assert_eq!(log.diagrams(), ["^--!"]);
/// ```
#[derive(Clone)]
pub struct SourceLog(Arc<Mutex<State>>);

struct State {
    /// Counts the steps since the source was made.
    pace: Pace,
    uses: Vec<Use>,
}

struct Use {
    from: u64,
    over: Option<(u64, char)>,
}

impl SourceLog {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { pace: Pace::from_here(), uses: Vec::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the source was subscribed to, that is, began to be polled.
    pub fn count(&self) -> usize {
        self.lock().uses.len()
    }

    /// A diagram for each subscription, counted from when the source was made: `^` first polled,
    /// `|` ended, `!` dropped before it had ended. On a clock, what takes long is drawn as a time.
    pub fn diagrams(&self) -> Vec<String> {
        self.lock().uses.iter().map(Use::diagram).collect()
    }

    /// It is polled for the first time, at step `own` of its own; gives the number of the use.
    pub(crate) fn begins(&self, own: u64) -> usize {
        let mut state = self.lock();
        let from = state.pace.step().max(own);
        state.uses.push(Use { from, over: None });
        state.uses.len() - 1
    }

    /// A use is over: `|` or `!`.
    pub(crate) fn is_over(&self, number: usize, own: u64, how: char) {
        let mut state = self.lock();
        let step = state.pace.step().max(own);
        state.uses[number].over.get_or_insert((step, how));
    }
}

impl Use {
    fn diagram(&self) -> String {
        let before = passing(self.from);
        let diagram = match self.over {
            None => format!("{before}^"),
            Some((step, how)) if step <= self.from => format!("{before}(^{how})"),
            Some((step, how)) => format!("{before}^{}{how}", passing(step - self.from - 1)),
        };
        diagram.trim_start().to_owned()
    }
}

impl fmt::Debug for SourceLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SourceLog").field(&self.diagrams()).finish()
    }
}
