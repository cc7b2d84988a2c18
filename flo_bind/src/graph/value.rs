//! What a node holds, without its type: the engine knows edges and states and never a `T`.

use std::{
    any::Any,
    panic::{self, Location},
};

use flo_core::{
    Version,
    sync::{Arc, Mutex},
};

/// A value of some type, counted.
pub(crate) type Value = Arc<dyn Any + Send + Sync>;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// The typed value behind a [`Value`].
pub(crate) fn typed<T: Send + Sync + 'static>(value: Value) -> Arc<T> {
    value.downcast().unwrap_or_else(|_| unreachable!("a node keeps the type it was made with"))
}

/// A comparison of the old value and the new one.
pub(crate) type Same = Arc<dyn Fn(&Value, &Value) -> bool + Send + Sync>;

/// How a node tells a change from a write of the same.
#[derive(Clone)]
pub(crate) enum Equality {
    /// By the type's `PartialEq`: user code, to be called without a lock.
    Compared(fn(&Value, &Value) -> bool),
    /// By a closure of the user's, to be called without a lock too.
    Own(Same),
    /// Every write is a change.
    Never,
}

impl Equality {
    pub(crate) fn of<T: PartialEq + Send + Sync + 'static>() -> Self {
        Self::Compared(|old, new| match (old.downcast_ref::<T>(), new.downcast_ref::<T>()) {
            (Some(old), Some(new)) => old == new,
            _ => false,
        })
    }
}

/// What a run came to.
#[derive(Clone)]
pub(crate) enum Outcome {
    Value(Value),
    Panicked(Arc<Panicked>),
}

/// A panic that is kept for those who read: the first gets the payload, later ones its text.
pub(crate) struct Panicked {
    text: String,
    payload: Mutex<Option<Payload>>,
}

impl Panicked {
    pub(crate) fn new(payload: Payload) -> Self {
        Self { text: text_of(&payload), payload: Mutex::new(Some(payload)) }
    }

    /// Panics as the run did.
    pub(crate) fn again(&self, site: &Location<'_>) -> ! {
        let payload = self.payload.lock().take();
        match payload {
            Some(payload) => panic::resume_unwind(payload),
            None => panic!("the computed made at {site} panicked: {}", self.text),
        }
    }
}

/// The text of a panic, where it has one.
pub(crate) fn text_of(payload: &Payload) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        String::from("a payload without a text")
    }
}

/// What a reader was given, and of which version it is; `None` where no later run may take it for
/// unchanged, because it was computed for this reader alone.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    pub(crate) version: Option<Version>,
}
