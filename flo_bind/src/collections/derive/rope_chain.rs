//! Two ropes, one behind the other.

use super::{Operator, RopeSource, derive_rope, each, no_reset};
use crate::{
    collections::{
        log::Missed,
        rev::Rev,
        rope::{RopeDiff, RopeDraft, RopeRef, RopeSnapshot},
    },
    graph::garbage::drop_caught,
};

impl<C, A> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// The cells of this rope, and behind them those of `other`.
    ///
    /// # Cost
    /// `O(log n)` for each edit of either, and to begin anew.
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let (left, right) = (RopeBinding::from_iter([('a', 0)]), RopeBinding::from_iter([('c', 0)]));
    /// let both = left.chain(&right);
    /// left.push('b');
    /// right.set_attributes(.., 1);
    /// assert_eq!(both.snapshot(), [('a', 0), ('b', 0), ('c', 1)]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn chain(&self, other: &Self) -> Self {
        derive_rope(Chain { left: RopeSource::new(self), right: RopeSource::new(other) })
    }
}

struct Chain<C: 'static, A: 'static> {
    left: RopeSource<C, A>,
    right: RopeSource<C, A>,
}

/// The states that were seen, and how many cells the left one had.
#[derive(Clone, Copy)]
struct Seen {
    left: Rev,
    right: Rev,
    left_len: usize,
}

/// Does what happened to a rope of which cell 0 is cell `begin` here.
fn follow<C, A>(missed: &Missed<'_, RopeDiff<C, A>>, begin: usize, out: &mut RopeDraft<C, A>)
where
    C: Clone,
    A: Clone + PartialEq,
{
    for diff in each(missed) {
        match diff {
            RopeDiff::Replace { range, new, .. } => {
                drop_caught(out.replace(range.start + begin..range.end + begin, new));
            }
            RopeDiff::SetAttributes { range, new, .. } => {
                out.set_attributes(range.start + begin..range.end + begin, new);
            }
            RopeDiff::Reset { .. } => no_reset(),
        }
    }
}

impl<C, A> Operator<RopeSnapshot<C, A>> for Chain<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    type Kept = Seen;

    fn step(&self, seen: &mut Seen, out: &mut RopeDraft<C, A>) -> Option<()> {
        self.left.since(seen.left, |left, missed_left| {
            self.right.since(seen.right, |right, missed_right| {
                // The right one first: it is where it was.
                follow(missed_right, seen.left_len, out);
                follow(missed_left, 0, out);
                let left_len = left.snapshot.len();
                *seen = Seen { left: left.rev, right: right.rev, left_len };
                Some(())
            })
        })
    }

    fn build(&self) -> (RopeSnapshot<C, A>, Seen) {
        self.left.with(|left| {
            self.right.with(|right| {
                let left_len = left.snapshot.len();
                let seen = Seen { left: left.rev, right: right.rev, left_len };
                (left.snapshot.followed_by(&right.snapshot), seen)
            })
        })
    }
}
