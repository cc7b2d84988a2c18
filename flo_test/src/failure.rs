//! Panics that are expected: caught without a word, with their text and their place.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// While this is set, this thread's panics print nothing.
    static QUIET: Cell<bool> = const { Cell::new(false) };
    /// Where the last quiet panic of this thread came from.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caught {
    pub(crate) text: String,
    /// `file:line:column`.
    pub(crate) place: Option<String>,
}

/// Runs `body`; a panic in it prints nothing and is the answer.
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Caught> {
    listen();
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    QUIET.set(before);
    result.map_err(|payload| Caught { text: text_of(&*payload), place: PLACE.take() })
}

/// Whether a panic of this thread is to print nothing, since somebody will tell of it.
pub(crate) fn is_quiet() -> bool {
    QUIET.get()
}

/// Puts a hook before the one that is there, once for the process, which leaves out the panics that
/// [`catch`] tells of. Those of other threads are printed as ever.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                PLACE.set(info.location().map(ToString::to_string));
            } else {
                before(info);
            }
        }));
    });
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_owned(),
        (None, None) => "a panic whose payload is not a text".to_owned(),
    }
}

/// Runs a check that must fail, and gives what it says.
///
/// For the tests of a test: that a check of yours fails on a planted bug, and what it tells then.
/// The expected panic prints nothing.
///
/// # Panics
/// At the caller's line, when `check` does not panic.
///
/// # Examples
/// ```
/// use flo_test::must_fail;
///
/// let text = must_fail(|| assert!(1 > 2, "one is not more than two"));
/// assert_eq!(text, "one is not more than two");
/// ```
#[track_caller]
pub fn must_fail<R>(check: impl FnOnce() -> R) -> String {
    match catch(check) {
        Ok(_) => panic!("a check that must fail has passed"),
        Err(caught) => caught.text,
    }
}
