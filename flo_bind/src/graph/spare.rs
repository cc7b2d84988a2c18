//! Groups without nodes, to be used again.
//!
//! ```text
//!   a thread's own ──none left──▶ everybody's ──none left──▶ made, some together, and the thread's own from the start
//!         ▲  ╰──more than it will need──▶ ▲
//!         └── given up by this thread     └── given up past the end of its thread
//! ```
//!
//! A thread that makes graphs takes groups whose lock is its own already (`biased`), without an exchange with others.

use flo_core::sync::{SpinMutex, global};

use super::{
    cell::Group,
    first,
    thread::{self, Thread},
};

/// How many groups are made or taken together.
const TOGETHER: usize = 16;

global! {
    static SPARE: SpinMutex<Vec<&'static Group>> = SpinMutex::new(first::unused());
}

/// A group without nodes.
pub(super) fn take() -> &'static Group {
    thread::with(|thread| {
        let own = thread.spare.borrow_mut().pop();
        own.unwrap_or_else(|| more(thread))
    })
}

/// Fills the thread's own, and takes one.
#[cold]
fn more(thread: &Thread) -> &'static Group {
    let mut spare = SPARE.lock();
    let from = spare.len().saturating_sub(first::TAKEN_TOGETHER);
    let mut own = thread.spare.borrow_mut();
    own.extend(spare.drain(from..));
    drop(spare);
    own.pop().unwrap_or_else(|| {
        let me = thread.record.number();
        let made: &'static [Group; TOGETHER] =
            Box::leak(Box::new(std::array::from_fn(|_| Group::owned_by(me))));
        let [first, others @ ..] = made;
        own.extend(others);
        first
    })
}

/// Keeps a group that nobody knows any more.
pub(super) fn give(group: &'static Group) {
    let is_kept = thread::try_with(|thread| {
        let mut own = thread.spare.borrow_mut();
        let has_room = own.len() < first::KEPT;
        if has_room {
            own.push(group);
        }
        has_room
    });
    if is_kept != Some(true) {
        SPARE.lock().push(group);
    }
}

/// At the end of a thread.
pub(super) fn give_all(groups: Vec<&'static Group>) {
    if !groups.is_empty() {
        SPARE.lock().extend(groups);
    }
}
