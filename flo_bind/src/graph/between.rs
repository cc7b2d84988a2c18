//! For tests: what other threads do between two steps of this one.
//!
//! A race of a few instructions is shown by doing the other thread's part at the one point where it hurts.

use std::cell::RefCell;

/// Points at which a test may do something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// A node's group is known, its lock not yet taken.
    BeforeLock,
    /// The lock is taken, and it was not yet seen whether it is still that of the node.
    Locked,
    /// A node is known to be in the snapshot's group, its word not yet read.
    BeforeWord,
    /// A node is known to be in a nursery that it is to leave, whose lock is not yet taken.
    BeforeSettling,
}

type Act = Box<dyn FnOnce()>;

thread_local! {
    static ACTS: RefCell<Vec<(Point, Act)>> = const { RefCell::new(Vec::new()) };
}

/// Has `act` done when this thread comes to `point` next.
pub(super) fn at(point: Point, act: impl FnOnce() + 'static) {
    ACTS.with(|acts| acts.borrow_mut().push((point, Box::new(act))));
}

/// This thread is at `point`.
pub(super) fn here(point: Point) {
    let act = ACTS.with(|acts| {
        let mut acts = acts.borrow_mut();
        let at = acts.iter().position(|(at, _)| *at == point)?;
        Some(acts.remove(at).1)
    });
    if let Some(act) = act {
        act();
    }
}
