//! What a node is for this reader, if that is at hand: for `Debug` and for those who must not run anything.

use super::{
    cell::{self, Access},
    node::{Id, Role},
    now::{self, SNAPSHOT, STAGED},
    reach,
    running::is_right_at,
    staged, thread,
    value::{Outcome, Value},
};

/// What is right for this reader, if it is at hand; leaves no trace.
pub(crate) fn peek(id: Id) -> Option<Value> {
    let staged = if now::is(STAGED) { staged::value_of(id) } else { None };
    let outcome = match staged {
        Some(outcome) => Some(outcome),
        None => at_hand(&cell::lock(id), id),
    };
    match outcome {
        Some(Outcome::Value(value)) => Some(value),
        Some(Outcome::Panicked(_)) | None => None,
    }
}

fn at_hand(access: &Access, id: Id) -> Option<Outcome> {
    if now::is(STAGED) && reach::reaches(access, id) {
        return None;
    }
    let mine = if now::is(SNAPSHOT) { access.registration(thread::number()) } else { None };
    if let Some(saved) = mine.and_then(|mine| mine.overrides.get(id)) {
        return Some(saved.outcome.clone());
    }
    let is_right = id.role() == Role::Source || is_right_at(id, access.begin());
    is_right.then(|| access.outcome(id)).flatten()
}
