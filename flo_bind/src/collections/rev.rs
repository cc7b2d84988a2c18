//! Which state of a collection it is.
//!
//! A thread takes a block of numbers at a time, so that an edit costs no atomic exchange. It takes another one where its block
//! is used up, or behind the state that it edits: then that one was made by a thread whose block is later.

use std::cell::Cell;

use flo_core::sync::{
    atomic::{AtomicU64, Ordering::Relaxed},
    global, thread_local,
};

/// Which state of a collection it is: another one for each edit, in the whole process, also for one that is
/// rolled back. Of two states of which one was made from the other, the later one has the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rev(u64);

/// How many numbers a thread takes at a time.
const BLOCK: u64 = 1024;

thread_local! {
    /// The next number of the thread's block. The first one of a block that was not taken where the last is used up.
    static NEXT_HERE: Cell<u64> = const { Cell::new(0) };
}

impl Rev {
    /// Of a state that is made from no other: another one than any before.
    pub(crate) fn first() -> Self {
        Self(0).next()
    }

    /// Of a state that is made from this one: another one than any before, and greater than this.
    #[inline]
    pub(crate) fn next(self) -> Self {
        let mut rev = NEXT_HERE.with(Cell::get);
        if rev <= self.0 || rev.is_multiple_of(BLOCK) {
            rev = Self::take_block();
        }
        NEXT_HERE.with(|next| next.set(rev + 1));
        Self(rev)
    }

    #[cold]
    fn take_block() -> u64 {
        global! {
            static NEXT: AtomicU64 = AtomicU64::new(BLOCK);
        }
        // Relaxed: who makes a state from another one has seen that one's number, whose block was taken before.
        NEXT.fetch_add(BLOCK, Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, thread};

    use super::*;

    #[test]
    fn threads_that_edit_by_turns_give_greater_and_greater_numbers_and_none_twice() {
        let mut all = BTreeSet::new();
        let mut rev = Rev::first();
        for turn in 0..200 {
            let steps = [1, 3, 2 * BLOCK][turn % 3];
            // One of its own in between, and on the other thread a block from before.
            let beside = Rev::first();
            assert!(all.insert(beside), "{beside:?}");
            let walk = |mut rev: Rev| {
                (0..steps).map(move |_| (rev, rev = rev.next()).0).collect::<Vec<_>>()
            };
            let made = if turn % 2 == 0 {
                walk(rev)
            } else {
                thread::scope(|scope| scope.spawn(|| walk(rev)).join()).expect("it only counts")
            };
            assert!(made.is_sorted_by(|one, next| one < next));
            assert!(made.iter().all(|rev| all.insert(*rev)), "one is given twice");
            rev = made[made.len() - 1].next();
        }
    }
}
