//! One edit of a collection.

use std::{cell::RefCell, rc::Rc};

use super::{
    list_transaction::{Meant, Place},
    state::{Content, State},
};
use crate::graph::{commit, node::Writer, value::Value};

/// Makes `make`, on a copy and outside of any lock (C2); again, where another thread came first. Gives what it gave for
/// the collection that was committed, or for the one at hand where the edit waits.
pub(super) fn edit<C, R, F>(writer: &Writer, place: Place, mut make: F) -> R
where
    C: Content + Send + Sync + 'static,
    C::Diff: Send + Sync + 'static,
    R: 'static,
    F: FnMut(&mut C::Draft) -> R + 'static,
{
    let now = match commit::mode() {
        // The edit waits for the end of the computation, the answer cannot.
        commit::Mode::Later => {
            let seen = commit::visible(writer.id());
            Some(make(&mut seen.get::<State<C>>().draft()))
        }
        commit::Mode::Staged | commit::Mode::Now => None,
    };
    let given = Rc::new(RefCell::new(now));
    let slot = Rc::clone(&given);
    let mut meant = Meant::new(place, writer.id().site());
    commit::update(writer, move |old| {
        let state = old.get::<State<C>>();
        meant.meets(state.rev, C::NAME);
        let mut draft = state.draft();
        let result = make(&mut draft);
        let replaced = slot.borrow_mut().replace(result);
        drop(replaced);
        state.next(draft, None).map(Value::new)
    });
    let result = given.borrow_mut().take();
    result.unwrap_or_else(|| unreachable!("an edit that does not wait has been made"))
}
