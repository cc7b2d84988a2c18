//! Panics of a `Drop` that ran in the middle of our work: kept until that work is whole, then passed on.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
};

use flo_core::sync::thread_local;

use super::{now, value::Payload};
use crate::effect_panic;

thread_local! {
    static KEPT: RefCell<Option<Payload>> = const { RefCell::new(None) };
}

/// Keeps the first panic until [`surface`].
pub(crate) fn keep(payload: Payload) {
    let second = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.is_none() {
            *kept = Some(payload);
            None
        } else {
            Some(payload)
        }
    });
    now::want(now::SURFACE);
    if let Ok(Some(second)) = second {
        dispose(second);
    }
}

/// Keeps the first of several panics in `first`.
pub(crate) fn keep_first(first: &mut Option<Payload>, payload: Option<Payload>) {
    let Some(payload) = payload else { return };
    if first.is_none() {
        *first = Some(payload);
    } else {
        dispose(payload);
    }
}

/// Drops a payload: it is a stranger's too, and may panic in its own drop, with another payload, which
/// is not given a third chance.
pub(crate) fn dispose(payload: Payload) {
    if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

/// A payload that nobody is there to take, disposed of when it is dropped.
pub(crate) struct Spent(pub(crate) Option<Payload>);

impl Drop for Spent {
    fn drop(&mut self) {
        if let Some(payload) = self.0.take() {
            dispose(payload);
        }
    }
}

/// Gives a kept panic to the hook, where another one is passed on from here: nothing that comes later is to blame for it.
pub(crate) fn report_kept() {
    if now::wants(now::SURFACE) && now::is_at_rest() {
        now::done(now::SURFACE);
        if let Ok(Some(payload)) = KEPT.try_with(|kept| kept.borrow_mut().take()) {
            effect_panic::report(payload);
        }
    }
}

/// Passes a kept panic on.
///
/// # Panics
/// With it, unless this thread is unwinding already: then it is kept.
#[inline]
pub(crate) fn surface() {
    if now::wants(now::SURFACE) && now::is_at_rest() && !std::thread::panicking() {
        resume();
    }
}

#[cold]
fn resume() {
    now::done(now::SURFACE);
    if let Ok(Some(payload)) = KEPT.try_with(|kept| kept.borrow_mut().take()) {
        panic::resume_unwind(payload);
    }
}
