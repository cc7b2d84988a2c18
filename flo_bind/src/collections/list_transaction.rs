//! Transactions that run again where another thread came first.
//!
//! ```text
//!   body: sees the list at commit 7 ── finds "oil" at 3 ── stages remove(3)
//!   another thread: insert(0, …), commit 8                  3 is something else now
//!   end: the list is not the one that was seen  ──▶  nothing is written, the body runs again at commit 8
//! ```
//!
//! An edit of a list is kept by the transaction and made again, on the newer list, where another thread's commit
//! came first. What it finds out then decides: in a [`list_transaction`] the whole body is to run again; in
//! any other one an edit that says nothing of places is right on the newer list too, and one that does would hit
//! another item, so that the transaction fails.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe, Location},
};

use flo_core::sync::thread_local;

use super::rev::Rev;
use crate::{
    graph::commit::{self, Mode},
    transaction::{transaction, try_transaction},
};

thread_local! {
    /// The body of a `list_transaction` is under way.
    static RUNS_AGAIN: Cell<bool> = const { Cell::new(false) };
}

/// The payload by which an edit has the body run again.
struct Moved;

/// What an edit says of places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing that another list does not have.
    Any,
    /// An index, as it was when the edit was made.
    Index,
}

/// Looks that a staged edit is made on the list that it was meant for.
pub(super) struct Meant {
    seen: Option<Rev>,
    other: Other,
    site: &'static Location<'static>,
}

/// What becomes of an edit that meets another list.
enum Other {
    Edited,
    Fails,
    RunsAgain,
}

impl Meant {
    pub(super) fn new(place: Place, site: &'static Location<'static>) -> Self {
        let other = match commit::mode() {
            Mode::Staged if RUNS_AGAIN.with(Cell::get) => Other::RunsAgain,
            Mode::Staged if place == Place::Index => Other::Fails,
            // One edit alone is made at once, or on whatever there is when it is its turn.
            Mode::Staged | Mode::Now | Mode::Later => Other::Edited,
        };
        Self { seen: None, other, site }
    }

    /// The edit is about to be made on the collection of this state, which is called `what`.
    pub(super) fn meets(&mut self, rev: Rev, what: &str) {
        if *self.seen.get_or_insert(rev) != rev {
            self.meets_another(&format!("the {what}"));
        }
    }

    /// Whether anything comes of it where the edit meets another one.
    pub(super) fn is_any(&self) -> bool {
        !matches!(self.other, Other::Edited)
    }

    /// The edit is about to be made on something that it was not meant for.
    pub(super) fn meets_another(&self, what: &str) {
        match self.other {
            Other::Edited => {}
            Other::Fails => panic!(
                "another thread has changed {what} made at {} while a transaction had places in it; \
                 `list_transaction` would run again",
                self.site
            ),
            Other::RunsAgain => panic::resume_unwind(Box::new(Moved)),
        }
    }
}

/// As [`transaction`], and runs `f` again where another thread has changed a list, a map, a set or a rope that `f` edits, or an
/// entry of a store.
///
/// So an index that `f` has found in a list is the index of the same item when it is committed. Nobody has seen what
/// the earlier runs wrote. **In a plain [`transaction`] an edit at an index panics in that case.** Inside another
/// transaction it is part of that, and runs once.
///
/// # Panics
/// As [`transaction`].
///
/// ```
/// use flo_bind::{ListBinding, list_transaction};
///
/// let lamps = ListBinding::from(vec!["oil", "gas"]);
/// let off = ListBinding::new();
/// list_transaction(|| {
///     let at = lamps.snapshot().iter().position(|lamp| *lamp == "gas");
///     if let Some(at) = at {
///         off.push(lamps.remove(at));
///     }
/// });
/// assert_eq!((lamps.snapshot().to_vec(), off.snapshot().to_vec()), (vec!["oil"], vec!["gas"]));
/// ```
pub fn list_transaction<R, F: FnMut() -> R>(mut f: F) -> R {
    again(|body| transaction(|| body.run(&mut f)))
}

/// As [`list_transaction`], whose writes are all given up where `f` gives an error.
///
/// # Errors
/// With the error of `f`.
///
/// # Panics
/// As [`transaction`].
///
/// ```
/// use flo_bind::{ListBinding, try_list_transaction};
///
/// let lamps = ListBinding::from(vec!["oil"]);
/// let taken = try_list_transaction(|| {
///     lamps.push("gas");
///     lamps.try_remove(5).ok_or("no such lamp")
/// });
/// assert_eq!(taken, Err("no such lamp"));
/// assert_eq!(lamps.len(), 1);
/// ```
pub fn try_list_transaction<R, E, F>(mut f: F) -> Result<R, E>
where
    F: FnMut() -> Result<R, E>,
{
    again(|body| try_transaction(|| body.run(&mut f)))
}

/// How the body is run: marked as one that runs again, unless it is part of another transaction.
#[derive(Clone, Copy)]
struct Body {
    is_outermost: bool,
}

impl Body {
    fn run<R>(self, f: impl FnOnce() -> R) -> R {
        if !self.is_outermost {
            return f();
        }
        let _mark = Mark(RUNS_AGAIN.with(|again| again.replace(true)));
        f()
    }
}

struct Mark(bool);

impl Drop for Mark {
    fn drop(&mut self) {
        RUNS_AGAIN.with(|again| again.set(self.0));
    }
}

fn again<R>(mut transact: impl FnMut(Body) -> R) -> R {
    let body = Body { is_outermost: matches!(commit::mode(), Mode::Now) };
    loop {
        match panic::catch_unwind(AssertUnwindSafe(|| transact(body))) {
            Ok(result) => return result,
            Err(payload) if body.is_outermost && payload.is::<Moved>() => {}
            Err(payload) => panic::resume_unwind(payload),
        }
    }
}
