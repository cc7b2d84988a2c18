//! One case: a function over a library that tells what it saw, and what it is to see in each of them.

use std::{
    any::Any,
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// A row of the suite; made by [`same!`] and [`differ!`].
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) ours: fn() -> String,
    pub(crate) ancestor: fn() -> String,
    pub(crate) expected: Expected,
}

/// What the libraries are to show.
pub(crate) enum Expected {
    /// Both of them this.
    Same(&'static str),
    /// Each its own, on purpose.
    Differ { ours: &'static str, ancestor: &'static str, why: &'static str },
}

impl Expected {
    pub(crate) fn ours(&self) -> &'static str {
        match self {
            Self::Same(saw) => saw,
            Self::Differ { ours, .. } => ours,
        }
    }

    pub(crate) fn ancestor(&self) -> &'static str {
        match self {
            Self::Same(saw) => saw,
            Self::Differ { ancestor, .. } => ancestor,
        }
    }
}

/// A case in which both libraries show the same.
macro_rules! same {
    ($case:ident, $saw:literal) => {
        $crate::case::Case {
            name: stringify!($case),
            ours: $case::<$crate::ours::Ours>,
            ancestor: $case::<$crate::ancestor::Ancestor>,
            expected: $crate::case::Expected::Same($saw),
        }
    };
}

/// A case in which they differ on purpose: what ours shows, what the ancestor shows, and why.
macro_rules! differ {
    ($case:ident, $ours:literal, $ancestor:literal, $why:literal) => {
        $crate::case::Case {
            name: stringify!($case),
            ours: $case::<$crate::ours::Ours>,
            ancestor: $case::<$crate::ancestor::Ancestor>,
            expected: $crate::case::Expected::Differ {
                ours: $ours,
                ancestor: $ancestor,
                why: $why,
            },
        }
    };
}

pub(crate) use {differ, same};

/// Runs one case on a thread of its own: after a panic the ancestor leaves its thread unusable.
pub(crate) fn run(case: fn() -> String) -> String {
    let ended = thread::spawn(case).join();
    ended.unwrap_or_else(|payload| format!("the case panicked: {}", text_of(payload.as_ref())))
}

/// What a case saw, as text.
pub(crate) fn saw<S: Debug>(saw: S) -> String {
    format!("{saw:?}")
}

/// What `f` gives, or the text it panicked with.
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| text_of(payload.as_ref()))
}

/// The text of a panic; "poisoned" where it is that of a lock whose holder panicked before.
fn text_of(payload: &(dyn Any + Send)) -> String {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    match owned.or_else(|| payload.downcast_ref::<&str>().copied()) {
        Some(text) if text.contains("PoisonError") => String::from("poisoned"),
        Some(text) => text.to_owned(),
        None => String::from("no text"),
    }
}
