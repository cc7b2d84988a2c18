//! Each cell of a rope by itself.

use super::{Operator, Reads, RopeSource, derive_rope, each, no_reset};
use crate::{
    collections::{
        rev::Rev,
        rope::{RopeDiff, RopeDraft, RopePart, RopeRef, RopeSnapshot},
        tree::{Count, Tree},
    },
    graph::gather::gather,
};

impl<C, A> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// The rope of what `f` makes of each cell, with the attributes as they are.
    ///
    /// `f` runs for the cells that have come in, and for all of them where something else that it has read, a binding,
    /// has changed; for attributes that are set it does not run.
    ///
    /// # Panics
    /// Not here. A panic of `f` reaches those who read the rope, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each changed cell, and none for one whose attribute has changed; an idle rope costs its source
    /// nothing.
    ///
    /// ```
    /// use flo_bind::RopeBinding;
    /// let text = RopeBinding::from_iter([('a', 0), ('b', 1)]);
    /// let loud = text.map(|cell| cell.to_ascii_uppercase());
    /// text.replace(0..1, ['c']);
    /// assert_eq!(loud.snapshot(), [('C', 0), ('B', 1)]);
    /// ```
    #[track_caller]
    pub fn map<D, F>(&self, f: F) -> RopeRef<D, A>
    where
        D: Clone + Send + Sync + 'static,
        F: Fn(&C) -> D + Send + Sync + 'static,
    {
        derive_rope(Map { source: RopeSource::new(self), f })
    }
}

struct Map<C: 'static, A: 'static, F> {
    source: RopeSource<C, A>,
    f: F,
}

#[derive(Clone)]
struct Kept {
    seen: Rev,
    reads: Reads,
}

impl<C, D, A, F> Operator<RopeSnapshot<D, A>> for Map<C, A, F>
where
    C: Clone + Send + Sync + 'static,
    D: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&C) -> D + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: Kept, out: &mut RopeDraft<D, A>) -> Option<Kept> {
        self.source.since(kept.seen, |state, missed| {
            if !kept.reads.are_same() {
                return None;
            }
            let ((), found) = gather(|| {
                for diff in each(missed) {
                    match diff {
                        RopeDiff::Replace { range, new, .. } => {
                            let cells = new.cells().iter().map(&self.f).collect();
                            let part = RopePart::new(cells, new.attributes().clone());
                            drop(out.replace(range.clone(), &part));
                        }
                        RopeDiff::SetAttributes { range, new, .. } => {
                            out.set_attributes(range.clone(), new);
                        }
                        RopeDiff::Reset { .. } => no_reset(),
                    }
                }
            });
            Some(Kept { seen: state.rev, reads: kept.reads.and(found) })
        })
    }

    fn build(&self) -> (RopeSnapshot<D, A>, Kept) {
        self.source.with(|state| {
            let cells = state.snapshot.cells().iter().map(&self.f);
            let (cells, found) = gather(|| Tree::build(Count, cells));
            let rope = state.snapshot.with_cells(cells);
            (rope, Kept { seen: state.rev, reads: Reads::default().and(found) })
        })
    }
}
