//! The recent differences of a collection, as part of its value.
//!
//! # Idea
//! A chain from the newest edit to the oldest, shared by all values that it led to: recording an edit is one link, and a
//! clone of the log two counts. Who has seen a state walks back until he finds it; what is on the way is what
//! he has missed. There are two chains, so that the older one can be let go of whole:
//!
//! ```text
//!   recent  d9 ─▶ d8 ─▶ d7                        recent is half of the bound:   older  = recent
//!   older   d6 ─▶ d5 ─▶ d4 ─▶ d3                                                 recent = empty
//! ```
//!
//! # Invariants
//! - **L1** The links lead without a gap from the state that the log belongs to back to the oldest: `before` of each
//!   is `after` of the next.
//! - **L2** A reader applies what is after a state only where he has found that very state ([`Rev`] is one in
//!   the process), so what was rolled back is never taken for what was committed.
//! - **L3** The weight of all links is at most the bound: one for each difference and one for each value that it
//!   took out. An edit that weighs more than half of that empties the log, and who has not seen the state after it
//!   begins anew.
//! - **L4** No difference in it is a reset: an edit that makes it another list empties the log.

use std::mem;

use flo_core::sync::Arc;
use smallvec::SmallVec;

use super::rev::Rev;

/// What one edit did, in order.
pub(crate) type Diffs<D> = SmallVec<[D; 1]>;

/// What several did, the oldest first; each shared with the log.
pub(crate) type Missed<D> = SmallVec<[Arc<Diffs<D>>; 1]>;

/// See the head of the file.
pub(crate) struct Log<D> {
    recent: Chain<D>,
    older: Chain<D>,
}

struct Chain<D> {
    newest: Option<Arc<Link<D>>>,
    weight: usize,
}

struct Link<D> {
    before: Rev,
    after: Rev,
    diffs: Arc<Diffs<D>>,
    older: Option<Arc<Self>>,
}

impl<D> Log<D> {
    /// Notes that `diffs` led from `before`, the state of this log, to `after`. Gives what is let go of for it, to be
    /// dropped outside of any lock.
    pub(crate) fn record(
        &mut self,
        (before, after): (Rev, Rev),
        diffs: Arc<Diffs<D>>,
        weight: usize,
        bound: usize,
    ) -> Self {
        if weight > bound / 2 {
            return mem::take(self);
        }
        debug_assert!(self.newest().is_none_or(|newest| newest.after == before), "L1");
        let mut gone = Self::default();
        if self.recent.weight + weight > bound / 2 {
            gone.older = mem::replace(&mut self.older, mem::take(&mut self.recent));
        }
        let older = self.recent.newest.take();
        self.recent.newest = Some(Arc::new(Link { before, after, diffs, older }));
        self.recent.weight += weight;
        gone
    }

    /// What led from the state `seen` to the one that this log belongs to, unless it is not known any more.
    pub(crate) fn since(&self, seen: Rev) -> Option<Missed<D>> {
        let mut missed = Missed::new();
        let mut next = self.newest();
        let mut chains = [self.older.newest.as_ref()].into_iter().flatten();
        while let Some(link) = next {
            if link.after <= seen {
                // A state that is no later than that one and not made from it (L2).
                return None;
            }
            missed.push(Arc::clone(&link.diffs));
            if link.before == seen {
                missed.reverse();
                return Some(missed);
            }
            next = link.older.as_ref().or_else(|| chains.next());
        }
        None
    }

    fn newest(&self) -> Option<&Arc<Link<D>>> {
        self.recent.newest.as_ref().or(self.older.newest.as_ref())
    }
}

impl<D> Clone for Log<D> {
    fn clone(&self) -> Self {
        Self { recent: self.recent.clone(), older: self.older.clone() }
    }
}

impl<D> Default for Log<D> {
    fn default() -> Self {
        Self { recent: Chain::default(), older: Chain::default() }
    }
}

impl<D> Clone for Chain<D> {
    fn clone(&self) -> Self {
        Self { newest: self.newest.clone(), weight: self.weight }
    }
}

impl<D> Default for Chain<D> {
    fn default() -> Self {
        Self { newest: None, weight: 0 }
    }
}

impl<D> Drop for Link<D> {
    fn drop(&mut self) {
        // One after the other: a chain is as long as the bound.
        let mut next = self.older.take();
        while let Some(link) = next {
            next = Arc::into_inner(link).and_then(|mut link| link.older.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn l1_to_l3_what_was_missed_is_found_or_known_to_be_lost(
            edits in prop::collection::vec((0..8_usize, 1..20_usize), 1..200),
            bound in 10..60_usize,
        ) {
            let mut log = Log::<usize>::default();
            let mut now = Rev::next();
            // All states, and what led from each to the next.
            let mut states = vec![now];
            let mut all = Vec::new();
            for (number, (kind, weight)) in edits.into_iter().enumerate() {
                let after = Rev::next();
                if kind == 0 {
                    // Rolled back.
                    let mut other = log.clone();
                    drop(other.record((now, after), Arc::new(Diffs::from_elem(999, 1)), weight, bound));
                    prop_assert!(log.since(after).is_none(), "L2");
                    continue;
                }
                drop(log.record((now, after), Arc::new(Diffs::from_elem(number, 1)), weight, bound));
                now = after;
                states.push(now);
                all.push((number, weight));
                let mut within: VecDeque<usize> = VecDeque::new();
                let mut sum = 0;
                for (at, seen) in states[..states.len() - 1].iter().enumerate().rev() {
                    within.push_front(all[at].0);
                    sum += all[at].1;
                    match log.since(*seen) {
                        Some(missed) => {
                            let missed: Vec<usize> = missed.iter().flat_map(|one| one.iter().copied()).collect();
                            prop_assert!(within.iter().eq(&missed), "L1");
                            prop_assert!(sum <= bound, "L3");
                        }
                        None => prop_assert!(sum > bound / 4, "as much as the bound allows is kept"),
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_log_is_dropped_without_recursion() {
        let mut log = Log::<u8>::default();
        let mut now = Rev::next();
        for _ in 0..400_000 {
            let after = Rev::next();
            drop(log.record((now, after), Arc::new(Diffs::new()), 1, 1_000_000));
            now = after;
        }
        drop(log);
    }
}
