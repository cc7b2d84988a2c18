//! The recent differences of a collection, as part of its value.
//!
//! # Idea
//! A chain from the newest edits to the oldest, shared by all values that it led to. A link has the differences of a few
//! edits, one behind the other, and where each edit ends: what an edit does is added at the end of the newest link,
//! where nobody else has that, and in a link more where somebody does; the end of the edit is noted behind it. A clone of the
//! log is two counts. Who has seen a state walks back until he finds it; what is on the way is what he has missed, as a
//! slice of each link. There are two chains, so that the older one can be let go of whole:
//!
//! ```text
//!   recent  [d8 d9] ─▶ [d6 d7]                    recent is over a third of the bound:   older  = recent
//!   older   [d4 d5] ─▶ [d2 d3]                                                           recent = empty
//! ```
//!
//! # Invariants
//! - **L1** The links lead without a gap from the state that the log belongs to back to the oldest: `before` of each
//!   is where the next one ends.
//! - **L2** A reader applies what is after a state only where he has found that very state ([`Rev`] is one in
//!   the process), so what was rolled back is never taken for what was committed.
//! - **L3** The weight of all links is at most the bound: one for each difference and one for each value that it
//!   took out. An edit that weighs more than a third of that empties the log, and who has not seen the state after it
//!   begins anew.
//! - **L4** No difference in it is a reset: an edit that makes it another list empties the log.
//! - **L5** A link that somebody else has, or has differences of, stays as it is. Nothing is added behind more than a few
//!   differences but by the same edit: who keeps those of an edit keeps no more than a few others with it.
//! - **L6** While an edit is under way nobody but who makes it has the log.

use std::mem;

use arrayvec::ArrayVec;
use flo_core::sync::StrongArc;
use smallvec::SmallVec;

use super::{
    parts::{Part, Parts, Shared},
    rev::Rev,
};

/// What one edit did, in order.
pub(crate) type Diffs<D> = SmallVec<[D; 1]>;

/// What several did, the oldest first; lent by the log.
pub(crate) type Missed<'a, D> = SmallVec<[&'a [D]; 1]>;

/// See the head of the file.
pub(crate) struct Log<D> {
    recent: Chain<D>,
    older: Chain<D>,
    /// What the edit under way weighs so far.
    open: usize,
}

struct Chain<D> {
    newest: Newest<D>,
    weight: usize,
}

type Newest<D> = Option<StrongArc<Link<D>>>;

/// What a log has let go of, to be dropped outside of any lock.
#[must_use = "what a user owns is dropped with it"]
pub(crate) struct Gone<D>([Newest<D>; 2]);

impl<D> Gone<D> {
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// How many edits a link has, and behind how many differences another edit adds some.
const EDITS: usize = 8;

type Edits = ArrayVec<(Rev, usize), EDITS>;

struct Link<D> {
    before: Rev,
    /// The state after each edit, and how many differences there are up to its end.
    edits: Edits,
    shared: StrongArc<Shared<D>>,
    older: Newest<D>,
}

impl<D> Log<D> {
    /// Notes one difference of the edit under way, of the state `before` to which this log belongs.
    pub(crate) fn add(&mut self, before: Rev, diff: D, weight: usize) {
        let is_first = self.open == 0;
        self.open += weight;
        debug_assert!(
            self.open > 0 && self.newest().is_none_or(|newest| newest.after() == before),
            "L1"
        );
        if let Some(diff) = self.recent.extend(diff, is_first) {
            debug_assert!(is_first, "L6");
            self.recent.push(before, Some(diff));
        }
    }

    /// Notes that the edit under way led from `before` to `after`. Gives what is let go of for it.
    pub(crate) fn end(&mut self, before: Rev, after: Rev, bound: usize) -> Gone<D> {
        let weight = mem::take(&mut self.open);
        if weight > bound / 3 {
            return self.empty();
        }
        self.recent.end(before, after);
        self.recent.weight += weight;
        if self.recent.weight <= bound / 3 {
            return Gone([None, None]);
        }
        let older = mem::replace(&mut self.older, mem::take(&mut self.recent));
        Gone([older.newest, None])
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.newest().is_none()
    }

    /// Lets go of all of it: who has not seen the state that comes next begins anew.
    #[inline]
    pub(crate) fn empty(&mut self) -> Gone<D> {
        let Self { recent, older, .. } = mem::take(self);
        Gone([recent.newest, older.newest])
    }

    /// What led from the state `seen` to the one that this log belongs to, unless it is not known any more.
    #[inline]
    pub(crate) fn since(&self, seen: Rev) -> Option<Missed<'_, D>> {
        let newest = self.newest()?;
        if seen >= newest.before {
            let end = newest.end_of(seen)?;
            return Some(Missed::from_buf([&newest.shared.diffs[end..]]));
        }
        let mut missed = Missed::new();
        self.walk_back(seen, |link, from| missed.push(&link.shared.diffs[from..]))?;
        missed.reverse();
        Some(missed)
    }

    /// As [`since`](Self::since), to be kept.
    #[inline]
    pub(crate) fn parts_since(&self, seen: Rev) -> Option<Parts<D>> {
        let newest = self.newest()?;
        if seen >= newest.before {
            return Some(Parts::one(newest.part(newest.end_of(seen)?)));
        }
        let mut parts = SmallVec::<[Part<D>; 8]>::new();
        self.walk_back(seen, |link, from| parts.push(link.part(from)))?;
        Some(Parts::of_newest_first(parts.into_iter()))
    }

    /// The newest difference, to be kept.
    pub(crate) fn last(&self) -> Option<Part<D>> {
        let newest = self.newest()?;
        Some(newest.part(newest.shared.diffs.len().checked_sub(1)?))
    }

    /// Gives `each` the links back to the state `seen`, the newest first, and how many differences of each led up to that; nothing where
    /// the state is not found.
    #[cold]
    fn walk_back<'a>(&'a self, seen: Rev, mut each: impl FnMut(&'a Link<D>, usize)) -> Option<()> {
        let mut next = self.newest();
        let mut chains = [self.older.newest.as_deref()].into_iter().flatten();
        while let Some(link) = next {
            if seen >= link.before {
                // Here or nowhere: a state between two of these was not made from the earlier one (L2).
                each(link, link.end_of(seen)?);
                return Some(());
            }
            each(link, 0);
            next = link.older.as_deref().or_else(|| chains.next());
        }
        None
    }

    #[inline]
    fn newest(&self) -> Option<&Link<D>> {
        self.recent.newest.as_deref().or(self.older.newest.as_deref())
    }
}

impl<D> Chain<D> {
    /// The newest link, if that is nobody else's.
    #[inline]
    fn own(&mut self) -> Option<(&mut Edits, &mut Diffs<D>)> {
        let Link { edits, shared, .. } = StrongArc::get_mut(self.newest.as_mut()?)?;
        Some((edits, &mut StrongArc::get_mut(shared)?.diffs))
    }

    /// Puts a difference behind those of the newest link, if that is nobody else's and, where it is the first of an edit, has room
    /// (L5); gives it back otherwise.
    #[inline]
    fn extend(&mut self, diff: D, is_first: bool) -> Option<D> {
        let Some((edits, all)) = self.own() else { return Some(diff) };
        if is_first && (edits.is_full() || all.len() >= EDITS) {
            return Some(diff);
        }
        if all.len() == all.capacity() && all.len() < EDITS {
            all.reserve_exact(EDITS - all.len());
        }
        all.push(diff);
        None
    }

    /// Notes the end of an edit, of which what it did is in the newest link; or it did nothing that somebody could ask for.
    #[inline]
    fn end(&mut self, before: Rev, after: Rev) {
        if let Some((edits, all)) = self.own()
            && edits.try_push((after, all.len())).is_ok()
        {
            return;
        }
        self.push(before, None);
        if let Some((edits, all)) = self.own() {
            edits.push((after, all.len()));
        }
    }

    /// A new link.
    fn push(&mut self, before: Rev, diff: Option<D>) {
        let older = self.newest.take();
        // Where the last one came to have many there will be many again.
        let is_busy = older.as_ref().is_some_and(|older| older.edits.is_full());
        let mut all = Diffs::with_capacity(if is_busy { EDITS } else { 1 });
        all.extend(diff);
        let shared = StrongArc::new(Shared::new(all));
        self.newest = Some(StrongArc::new(Link { before, edits: Edits::new(), shared, older }));
    }
}

impl<D> Link<D> {
    /// The differences from this one on.
    #[inline]
    fn part(&self, from: usize) -> Part<D> {
        let from = u32::try_from(from)
            .unwrap_or_else(|_| unreachable!("L5: it is the end of one of a few edits"));
        Part { of: StrongArc::clone(&self.shared), from }
    }

    fn after(&self) -> Rev {
        self.edits.last().map_or(self.before, |(after, _)| *after)
    }

    /// How many differences there are up to the state `seen`, if that is one of this link's.
    #[inline]
    fn end_of(&self, seen: Rev) -> Option<usize> {
        let found = self.edits.iter().rev().find(|(after, _)| *after <= seen);
        match found {
            Some((after, end)) => (*after == seen).then_some(*end),
            None => (self.before == seen).then_some(0),
        }
    }
}

impl<D> Clone for Log<D> {
    fn clone(&self) -> Self {
        debug_assert_eq!(self.open, 0, "L6");
        Self { recent: self.recent.clone(), older: self.older.clone(), open: 0 }
    }
}

impl<D> Default for Log<D> {
    fn default() -> Self {
        Self { recent: Chain::default(), older: Chain::default(), open: 0 }
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
            next = StrongArc::into_unique(link).and_then(|mut link| link.older.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, iter};

    use proptest::prelude::*;

    use super::*;

    impl<D> Log<D> {
        fn record(
            &mut self,
            (before, after): (Rev, Rev),
            diffs: impl IntoIterator<Item = D>,
            weight: usize,
            bound: usize,
        ) {
            // The first one weighs as much as all.
            let weights = iter::once(weight).chain(iter::repeat(0));
            for (diff, weight) in diffs.into_iter().zip(weights) {
                self.add(before, diff, weight);
            }
            drop(self.end(before, after, bound));
        }
    }

    proptest! {
        #[test]
        fn l1_to_l3_what_was_missed_is_found_or_known_to_be_lost(
            edits in prop::collection::vec((0..8_usize, 1..20_usize), 1..200),
            bound in 10..60_usize,
        ) {
            let mut log = Log::<usize>::default();
            let mut now = Rev::first();
            // All states, and what led from each to the next.
            let mut states = vec![now];
            let mut all = Vec::new();
            for (number, (kind, weight)) in edits.into_iter().enumerate() {
                let after = now.next();
                if kind == 0 {
                    // Rolled back.
                    let mut other = log.clone();
                    other.record((now, after), [999], weight, bound);
                    prop_assert!(log.since(after).is_none(), "L2");
                    continue;
                }
                log.record((now, after), [number], weight, bound);
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

    fn links<D>(log: &Log<D>) -> usize {
        let links = |chain: &Chain<D>| {
            iter::successors(chain.newest.as_deref(), |link| link.older.as_deref()).count()
        };
        links(&log.recent) + links(&log.older)
    }

    #[test]
    fn l5_a_link_is_added_to_unless_somebody_has_it_or_differences_of_it() {
        let mut log = Log::default();
        let mut now = Rev::first();
        let mut add = |log: &mut Log<usize>, diffs: usize| {
            let after = now.next();
            log.record((now, after), vec![diffs; diffs], diffs, 1_000);
            mem::replace(&mut now, after)
        };
        let first = add(&mut log, 1);
        for _ in 1..EDITS {
            add(&mut log, 1);
        }
        assert_eq!(links(&log), 1);
        // Full.
        let ninth = add(&mut log, 1);
        assert_eq!(links(&log), 2);
        let copy = log.clone();
        add(&mut log, 1);
        assert_eq!((links(&log), links(&copy)), (3, 2));
        let held = log.parts_since(first);
        add(&mut log, 1);
        assert_eq!(links(&log), 4);
        assert_eq!(held.iter().flat_map(Parts::iter).count(), EDITS + 2);
        assert_eq!(copy.since(ninth).as_deref(), Some(&[&[1][..]][..]));
        // Nobody has the newest one any more, of which there are few; behind many there comes another.
        add(&mut log, EDITS);
        assert_eq!(links(&log), 4);
        add(&mut log, 1);
        assert_eq!(links(&log), 5);
        add(&mut log, 1);
        assert_eq!(links(&log), 5);
    }

    #[test]
    fn a_long_log_is_dropped_without_recursion() {
        let mut log = Log::<u8>::default();
        let mut now = Rev::first();
        for _ in 0..400_000 {
            let after = now.next();
            log.record((now, after), [], 1, 1_000_000);
            now = after;
        }
        drop(log);
    }
}
