//! Undo and redo.
//!
//! # Idea
//! A history is an effect on all that it watches. After a commit it asks each of them what has happened since it asked
//! last, which is differences and never copies, and keeps that as one step. To undo a step is a transaction that applies it
//! the other way round. What that transaction makes is known by its state when the effect comes to it, and is not recorded
//! but moves the step to the other side.
//!
//! ```text
//!   commit ──▶ recorder: what has happened to each since I asked?
//!                │                                       undo      redo
//!                ├ an edit                        ──▶    s1 s2 s3  —        and nothing can be redone any more
//!                ├ the commit of undo(), of s3    ──▶    s1 s2     s3
//!                └ the commit of redo(), of s3    ──▶    s1 s2 s3  —
//!
//!   undo()   s3 the other way round, on each that it is of: is that in the state that was recorded last?
//!            yes, all ── commit          no ── nothing is written: Diverged
//! ```
//!
//! # Invariants
//! - **U1** A difference and its inverse are nothing.
//! - **U2** What `undo` and `redo` commit is an ordinary transaction, and is not recorded as a step.
//! - **U3** A recorded edit clears what could be redone.
//! - **U4** A step over several things is undone in one commit.
//! - **U5** A history owns its steps. It asks the log of a collection for what has just happened alone; where that does not
//!   reach back, it has the state that it saw last, so that what was there before is never unknown.
//! - **U6** `undo` and `redo` apply a step only to the states that it led to, or from. Where an edit that was not recorded has come
//!   between, each value that goes out is looked at; where one is another, or another thread comes first, nothing is
//!   written. A step is undone before those that it followed on: where a later one of the same thing was recorded since it was
//!   chosen, or is about to be, nothing is written either.
//!
//! # Where to look
//! `step` what is kept, and what is asked of a thing that is watched · `recorder` what becomes of what happens · `value`
//! bindings, and among the collections `undo` what is asked of all of them and lists, `maps/undo`, `rope/undo` and `store/undo`.

use std::{
    error::Error,
    fmt,
    panic::{self, AssertUnwindSafe},
};

use flo_core::{
    Subscription,
    sync::{Arc, Mutex},
};

use crate::{
    binding::{Binding, bind, bind_with},
    bound::BoundExt,
    equality::Equality,
    graph::{
        commit::{self, Mode},
        garbage, surface,
    },
    transaction::{transaction, untracked},
};

mod recorder;
pub(crate) mod step;
mod value;

use recorder::{Counts, Recorded};
pub use step::Step;
use step::{Direction, Moved, Op, Track};
pub(crate) use value::track_of_node;

/// How many steps a history keeps, unless it is told another number.
const LIMIT: usize = 1_000;

/// Undo and redo over any bindings, lists, maps, sets, ropes and stores.
///
/// It takes each [`Undoable`]: a [`Binding`]; a [`ListBinding`](crate::ListBinding) whose items, a [`MapBinding`](crate::MapBinding)
/// whose values, a [`RopeBinding`](crate::RopeBinding) whose cells and attributes can be compared; any
/// [`SetBinding`](crate::SetBinding) and [`Store`](crate::Store); and what you make of these. What is derived follows by itself.
///
/// Every commit that changes something of what it [`watch`](Self::watch)es is a step; [`group`](Self::group) makes one step of many
/// commits, and [`grouped_by`](Self::grouped_by) those that a rule of yours puts together. Commits that come before the history
/// has seen the one before them, those of other threads or of effects, are part of that one's step.
///
/// What an effect writes in answer to an edit is a step of its own, and so is its answer to an `undo`. So who corrects what was set
/// does it on the way, in a [`Lens`](crate::Lens) or a computed, or undoing never gets behind the correction.
///
/// A handle: clones stand for the same history. It holds the right to write what it watches.
///
/// # Concurrency
/// Legal on any thread. It records on the committing thread, after the commit, as an effect that was made when the history was; no
/// lock of ours is held while a value's `Clone`, `PartialEq` or `Drop`, or a rule, runs.
///
/// # Cost
/// For each commit a look at everything that is watched, and what has changed is kept as differences, which are shared with
/// the log of the collection. To undo costs what the edit cost.
///
/// ```
/// use flo_bind::{BoundExt, History, ListBinding, bind, transaction};
///
/// let (title, lamps) = (bind("old"), ListBinding::from(vec!["oil"]));
/// let history = History::new();
/// history.watch(&title);
/// history.watch(&lamps);
/// transaction(|| {
///     title.set("new");
///     lamps.push("gas");
/// });
/// lamps.remove(0);
/// history.undo().unwrap();
/// assert_eq!((title.get(), lamps.snapshot().to_vec()), ("new", vec!["oil", "gas"]));
/// history.undo().unwrap();
/// assert_eq!((title.get(), lamps.snapshot().to_vec()), ("old", vec!["oil"]));
/// history.redo().unwrap();
/// assert_eq!((title.get(), lamps.len()), ("new", 2));
/// ```
#[doc(alias = "UndoManager")]
#[derive(Clone)]
pub struct History {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    recorded: Mutex<Recorded>,
    tracks: Binding<Vec<Arc<dyn Track>>>,
    /// The number of the last op, committed with what it does.
    committed: Binding<u64>,
    counts: Binding<Counts>,
    recording: Mutex<Option<Subscription>>,
}

/// Something that a [`History`] can watch: bindings, lists, maps, sets, ropes, stores, and what is made of them.
///
/// ```
/// use flo_bind::{Binding, BoundExt, History, ListBinding, Undoable, bind};
///
/// struct Page {
///     title: Binding<String>,
///     lines: ListBinding<String>,
/// }
///
/// impl Undoable for Page {
///     fn be_watched(&self, history: &History) {
///         history.watch(&self.title);
///         history.watch(&self.lines);
///     }
/// }
///
/// let page = Page { title: bind(String::new()), lines: ListBinding::new() };
/// let history = History::new();
/// history.watch(&page);
/// page.title.set(String::from("Lamps"));
/// history.undo().unwrap();
/// assert_eq!(page.title.get(), "");
/// ```
pub trait Undoable {
    /// Has `history` watch it.
    fn be_watched(&self, history: &History);
}

/// Why nothing was undone or redone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UndoError {
    /// There is no step to undo or redo.
    Nothing,
    /// What the step is of is not what it was recorded as: another thread, or the effect that undoes, has changed it at this moment,
    /// or edits that were not recorded have changed the same. Nothing was written, and the step stays.
    Diverged,
    /// Not here: in a transaction, a computed or a group, or while another thread undoes.
    Busy,
}

impl fmt::Display for UndoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "there is no such step",
            Self::Diverged => "what the step is of has been changed otherwise",
            Self::Busy => "an edit is under way",
        })
    }
}

impl Error for UndoError {}

impl History {
    /// Makes one that watches nothing yet and keeps 1 000 steps.
    #[track_caller]
    pub fn new() -> Self {
        let inner = Arc::new(Inner {
            recorded: Mutex::new(Recorded::new(LIMIT)),
            tracks: bind_with(Vec::new(), Equality::Never),
            committed: bind(0),
            counts: bind(Counts::default()),
            recording: Mutex::new(None),
        });
        let recording = recorder::start(&inner);
        let before = inner.recording.lock().replace(recording);
        drop(before);
        Self { inner }
    }

    /// Keeps so many steps to undo; the oldest go.
    #[must_use]
    pub fn limit(self, steps: usize) -> Self {
        let gone = self.inner.recorded.lock().set_limit(steps);
        drop(gone);
        self.recount();
        self
    }

    /// Makes one step of the last one and a new one where `is_one` says so.
    ///
    /// It is asked for each new step that comes to one that can be undone. It sees no clock of ours; whoever wants one brings it.
    ///
    /// # Panics
    /// Not here. A panic of `is_one` reaches the thread that records: the one that made the edit, or where several make some at one
    /// moment, one of them. The steps stay two.
    ///
    /// ```
    /// use flo_bind::{BoundExt, History, Step, bind};
    ///
    /// let (title, count) = (bind(String::new()), bind(0));
    /// let history = History::new().grouped_by(Step::is_of_the_same);
    /// history.watch(&title);
    /// history.watch(&count);
    /// for letter in "lamp".chars() {
    ///     title.update(move |title| title.push(letter));
    /// }
    /// count.set(1);
    /// assert_eq!(history.undo_count(), 2);
    /// history.undo().unwrap();
    /// history.undo().unwrap();
    /// assert_eq!((title.get(), count.get()), (String::new(), 0));
    /// ```
    #[must_use]
    pub fn grouped_by<F>(self, is_one: F) -> Self
    where
        F: Fn(&Step, &Step) -> bool + Send + Sync + 'static,
    {
        let before = self.inner.recorded.lock().rule.replace(Arc::new(is_one));
        drop(before);
        self
    }

    /// Records what happens to `target` from now on. What is watched already goes on as it was; in a transaction that fails
    /// it is not watched.
    ///
    /// ```
    /// use flo_bind::{BoundExt, History, bind};
    /// let count = bind(1);
    /// let history = History::new();
    /// count.set(2);
    /// history.watch(&count);
    /// count.set(3);
    /// history.undo().unwrap();
    /// assert_eq!((count.get(), history.undo_count()), (2, 0));
    /// ```
    pub fn watch<U: Undoable + ?Sized>(&self, target: &U) {
        target.be_watched(self);
    }

    pub(crate) fn add(&self, track: Arc<dyn Track>) {
        self.inner.tracks.update(move |tracks| {
            if tracks.iter().all(|other| other.id() != track.id()) {
                tracks.push(Arc::clone(&track));
            }
        });
    }

    /// Takes the last step back, as one commit.
    ///
    /// **In an effect** what its own run has committed is no step yet, nor is what triggered it where it was made before the history:
    /// what is taken back is the step before that, or nothing where that is of the same.
    ///
    /// # Errors
    /// Where there is none, where what it is of has been changed otherwise, and where it cannot be done here: then nothing happens.
    ///
    /// # Panics
    /// With the panic of a value's `Clone` or comparison: then nothing happens. With the first panic of an effect that this triggers,
    /// when all of them have run: then it is undone.
    ///
    /// ```
    /// use flo_bind::{BoundExt, History, UndoError, bind};
    /// let count = bind(1);
    /// let history = History::new();
    /// history.watch(&count);
    /// assert_eq!(history.undo(), Err(UndoError::Nothing));
    /// count.set(2);
    /// assert_eq!((history.undo(), count.get()), (Ok(()), 1));
    /// ```
    pub fn undo(&self) -> Result<(), UndoError> {
        self.go(Direction::Back)
    }

    /// Does again what was undone last, as one commit.
    ///
    /// # Errors
    /// As [`undo`](Self::undo). After another edit there is nothing to redo.
    ///
    /// # Panics
    /// As [`undo`](Self::undo).
    pub fn redo(&self) -> Result<(), UndoError> {
        self.go(Direction::Again)
    }

    fn go(&self, direction: Direction) -> Result<(), UndoError> {
        if !matches!(commit::mode(), Mode::Now) {
            return Err(UndoError::Busy);
        }
        let (op, changes) = self.inner.recorded.lock().begin(direction)?;
        let _running = Running(&self.inner, op);
        let changes = step::by_track(changes, direction);
        let tracks: Vec<_> = changes.iter().map(|(track, ..)| Arc::clone(track)).collect();
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            // U2, U4.
            transaction(|| {
                for (track, stand, changes) in changes {
                    track.write(changes, op, stand);
                }
                self.inner.committed.set(op.number);
            });
        }));
        // An effect's panic comes after the commit.
        let is_committed = result.is_ok() || untracked(|| self.inner.committed.get()) >= op.number;
        if is_committed {
            // The recorder has seen it, unless it is at work on another thread.
            let gone = self.inner.recorded.lock().done(op.number);
            garbage::drop_caught(gone);
            self.recount();
        } else {
            // First: the next op is to find nothing of this one.
            for track in tracks {
                track.forget(op);
            }
            let gone = self.inner.recorded.lock().failed(op);
            garbage::drop_caught(gone);
            surface::report_kept();
        }
        match result {
            Err(payload) if payload.is::<Moved>() => Err(UndoError::Diverged),
            Err(payload) => panic::resume_unwind(payload),
            Ok(()) => Ok(()),
        }
    }

    /// Runs `f`; all that this thread commits meanwhile is one step.
    ///
    /// **A [`transaction`](crate::transaction) is one commit as well; here others see each of them.** A group in a group is part
    /// of the outer one, and one on another thread meanwhile is none; where another thread commits in between, it may be more steps
    /// than one. Where `f` panics, what it has committed is a step.
    ///
    /// ```
    /// use flo_bind::{BoundExt, History, bind};
    /// let count = bind(1);
    /// let history = History::new();
    /// history.watch(&count);
    /// history.group(|| {
    ///     count.set(2);
    ///     count.set(3);
    /// });
    /// history.undo().unwrap();
    /// assert_eq!(count.get(), 1);
    /// ```
    pub fn group<R, F: FnOnce() -> R>(&self, f: F) -> R {
        let _grouping = recorder::Mark::group(&self.inner);
        f()
    }

    /// Runs `f`; what this thread commits meanwhile is not recorded: what was loaded, or came from others.
    ///
    /// Steps before it can be undone as far as they are of something else, or of values that are as they were left: of a map or a
    /// set those of other keys, of a list or a rope those whose items are where they were. A step that took
    /// items of a list or a rope out, moved them, or set attributes cannot, where that was edited so: nothing tells where these are, or
    /// were to be, by now. **What another thread commits at the very moment may go unrecorded with it**: where several threads
    /// edit what is watched, what is loaded is better loaded before.
    ///
    /// ```
    /// use flo_bind::{History, ListBinding};
    /// let lamps = ListBinding::from(vec!["oil"]);
    /// let history = History::new();
    /// history.watch(&lamps);
    /// lamps.set(0, "gas");
    /// history.unrecorded(|| lamps.push("arc"));
    /// history.undo().unwrap();
    /// assert_eq!(lamps.snapshot(), ["oil", "arc"]);
    /// ```
    pub fn unrecorded<R, F: FnOnce() -> R>(&self, f: F) -> R {
        let _silence = recorder::Mark::unrecorded(&self.inner);
        f()
    }

    /// Forgets all steps.
    pub fn clear(&self) {
        let gone = self.inner.recorded.lock().clear();
        drop(gone);
        self.recount();
    }

    /// How many steps can be undone. Tracked inside a computed or an effect.
    ///
    /// ```
    /// use flo_bind::{BoundExt, History, bind, computed};
    /// let count = bind(1);
    /// let history = History::new();
    /// history.watch(&count);
    /// let is_button_shown = computed({
    ///     let history = history.clone();
    ///     move || history.undo_count() > 0
    /// });
    /// assert!(!is_button_shown.get());
    /// count.set(2);
    /// assert!(is_button_shown.get());
    /// ```
    #[doc(alias = "can_undo")]
    pub fn undo_count(&self) -> usize {
        self.inner.counts.with(|counts| counts.undo)
    }

    /// How many steps can be done again. Tracked inside a computed or an effect.
    #[doc(alias = "can_redo")]
    pub fn redo_count(&self) -> usize {
        self.inner.counts.with(|counts| counts.redo)
    }

    fn recount(&self) {
        recorder::recount(&self.inner);
    }
}

/// An `undo` or `redo` is under way until this goes.
struct Running<'a>(&'a Inner, Op);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.recorded.lock().ended(self.1);
    }
}

impl Default for History {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { undo, redo } = self.inner.recorded.lock().counts();
        f.debug_struct("History").field("undo", &undo).field("redo", &redo).finish_non_exhaustive()
    }
}
