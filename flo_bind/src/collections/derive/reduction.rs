//! One value that follows from a collection.
//!
//! # Idea
//! It is a computed as any other: who reads it wants the value and nothing else, and it is compared as values are. What the next run
//! goes on from is not part of it, but kept beside it, in the closure:
//!
//! ```text
//!   source   items  rev 9   log d9 ─ d8 ─ d7 …
//!      ▼                        since 7
//!   closure  kept { seen: 7, sum 3 }  ──taken out──▶  kept { seen: 9, sum 5 }  ──put back
//!      ▼                                                            │
//!   node     3                                                 5  ◀─┘  a clone
//! ```
//!
//! Which state of the source that is it says itself, so it is right whatever has become of the run that left it: the source's log
//! tells what has happened since, or that it does not know (L2). A run that is for one reader alone takes a copy and leaves no trace.

use flo_core::sync::{Arc, SpinMutex};

use super::going_on;
use crate::{
    computed::{Computed, computed},
    graph::{frame, garbage::drop_caught},
};

/// How one value follows from a collection.
pub(super) trait Reduction: Send + Sync + 'static {
    /// What it goes on from.
    type Kept: Clone + Send + Sync + 'static;
    type Value: PartialEq + Send + Sync + 'static;

    /// Goes on. `None` where that cannot be told, or is more than to begin anew; what was kept is of no use then.
    fn step(&self, kept: &mut Self::Kept) -> Option<()>;

    /// Begins anew.
    fn build(&self) -> Self::Kept;

    fn value(&self, kept: &Self::Kept) -> Self::Value;
}

#[track_caller]
pub(super) fn reduced<R: Reduction>(reduction: R) -> Computed<R::Value> {
    let memory = Memory(SpinMutex::new(None));
    computed(move || memory.run(&reduction))
}

/// What is kept, unless a run has it.
struct Memory<K>(SpinMutex<Option<Arc<K>>>);

impl<K: Clone> Memory<K> {
    fn run<R: Reduction<Kept = K>>(&self, reduction: &R) -> R::Value {
        let is_for_all = frame::reader().is_some();
        let kept = {
            let mut kept = self.0.lock();
            if is_for_all { kept.take() } else { kept.clone() }
        };
        let kept = kept.and_then(|kept| going_on_from(reduction, kept));
        let kept = kept.unwrap_or_else(|| Arc::new(reduction.build()));
        let value = reduction.value(&kept);
        if is_for_all {
            let before = self.0.lock().replace(kept);
            debug_assert!(before.is_none(), "G9: one run for all at a time");
        } else {
            drop_caught(kept);
        }
        value
    }
}

fn going_on_from<R: Reduction>(reduction: &R, mut kept: Arc<R::Kept>) -> Option<Arc<R::Kept>> {
    let has_gone_on = going_on(|| {
        if Arc::get_mut(&mut kept).is_none() {
            // Somebody else has it, too. In it are values of a user's, whose clone may panic as a closure may.
            kept = Arc::new(R::Kept::clone(&kept));
        }
        reduction.step(Arc::get_mut(&mut kept)?)
    });
    if has_gone_on.is_none() {
        drop_caught(kept);
        return None;
    }
    Some(kept)
}
