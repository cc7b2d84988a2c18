//! Each cell of a rope by itself.

use super::{Operator, RopeSource, Seals, derive_rope, each, no_reset};
use crate::{
    collections::{
        rev::Rev,
        rope::{RopeDiff, RopeDraft, RopePart, RopeRef, RopeSnapshot},
        tree::{Count, Tree},
    },
    graph::garbage::drop_caught,
};

impl<C, A> RopeRef<C, A>
where
    C: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
{
    /// The rope of what `f` makes of each cell, with the attributes as they are.
    ///
    /// `f` runs for the cells that have come in, and for those for which it has read something else, a binding, that has
    /// changed; for attributes that are set it does not run.
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
    seals: Seals,
}

impl<C, D, A, F> Operator<RopeSnapshot<D, A>> for Map<C, A, F>
where
    C: Clone + Send + Sync + 'static,
    D: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&C) -> D + Send + Sync + 'static,
{
    type Kept = Kept;

    fn step(&self, kept: &mut Kept, out: &mut RopeDraft<D, A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            if kept.seals.is_void() {
                return None;
            }
            kept.seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        RopeDiff::Replace { range, new, .. } => {
                            let cells = new.cells().iter();
                            let cells = cells.map(|cell| asking.row(|| (self.f)(cell))).collect();
                            let part = RopePart::new(cells, new.attributes().clone());
                            drop_caught(out.replace(range.clone(), &part));
                            asking.put(range.start, range.len());
                        }
                        RopeDiff::SetAttributes { range, new, .. } => {
                            out.set_attributes(range.clone(), new);
                        }
                        RopeDiff::Reset { .. } => no_reset(),
                    }
                }
                for range in asking.broken() {
                    let cells = state.snapshot.cells().items.iter_range(range.start, range.end);
                    let cells = cells.map(|cell| asking.row(|| (self.f)(cell))).collect();
                    out.replace_cells(range.clone(), cells);
                    asking.put(range.start, range.len());
                }
            });
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (RopeSnapshot<D, A>, Kept) {
        self.source.with(|state| {
            let (cells, seals) = Seals::build(|asking| {
                let cells = state.snapshot.cells().iter();
                Tree::build(Count, cells.map(|cell| asking.row(|| (self.f)(cell))))
            });
            (state.snapshot.with_cells(cells), Kept { seen: state.rev, seals })
        })
    }
}
