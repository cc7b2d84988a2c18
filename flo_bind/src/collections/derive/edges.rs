//! A part of a list, between edges that may move.
//!
//! ```text
//!   skip 2        a b│c d e f        what is put in or taken out before the edge pushes items over it:
//!   insert x at 0 x a│b c d e f      b comes in at the front of the output
//!
//!   take 3        a b c│d e          what is put in or taken out before the edge pushes items over it:
//!   remove b      a c d│e            d comes in at the end
//! ```

use super::{Operator, Source, derive, no_reset, stages::stages};
use crate::{
    bind_ref::BindRef,
    binding::Binding,
    bound::{Bound, BoundExt},
    collections::{
        diff::{Items, ListDiff},
        draft::Draft,
        list_ref::ListRef,
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Tree},
    },
    computed::Computed,
    graph::garbage::drop_caught,
    lens::Lens,
};

/// How many items: a number, or a binding, a computed or a lens of one.
#[derive(Clone, Debug)]
pub struct Edge(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Fixed(usize),
    Bound(BindRef<usize>),
}

impl Edge {
    /// Where it is; tracked.
    fn at(&self) -> usize {
        match &self.0 {
            Kind::Fixed(at) => *at,
            Kind::Bound(at) => at.copied(),
        }
    }
}

impl From<usize> for Edge {
    fn from(at: usize) -> Self {
        Self(Kind::Fixed(at))
    }
}

macro_rules! bound_edges {
    ($($handle:ty),+ $(,)?) => {$(
        impl From<$handle> for Edge {
            fn from(at: $handle) -> Self {
                Self(Kind::Bound(at.read_only()))
            }
        }
    )+};
}

bound_edges! {
    BindRef<usize>, &BindRef<usize>, Binding<usize>, &Binding<usize>, Computed<usize>, &Computed<usize>,
    Lens<usize>, &Lens<usize>,
}

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The first `count` items, or all where there are fewer. `count` is a number, or a binding, a computed or a lens of one.
    ///
    /// # Cost
    /// `O(log n)` for each changed item, and nothing for one behind the edge.
    ///
    /// ```
    /// use flo_bind::{ListBinding, bind};
    /// let (list, count) = (ListBinding::from(vec![1, 2, 3]), bind(2));
    /// let first = list.take(&count);
    /// list.remove(0);
    /// assert_eq!(first.snapshot(), [2, 3]);
    /// count.set(1);
    /// assert_eq!(first.snapshot(), [2]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn take<E: Into<Edge>>(&self, count: E) -> Self {
        derive(Take(Source::new(self), count.into()))
    }

    /// All but the first `count` items. `count` is a number, or a binding, a computed or a lens of one.
    ///
    /// # Cost
    /// As [`take`](Self::take).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let list = ListBinding::from(vec![1, 2, 3]);
    /// let rest = list.skip(1);
    /// list.insert(0, 0);
    /// assert_eq!(rest.snapshot(), [1, 2, 3]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn skip<E: Into<Edge>>(&self, count: E) -> Self {
        derive(Skip(Source::new(self), count.into()))
    }

    /// `count` items from `from` on: a page. Each is a number, or a binding or computed of one.
    ///
    /// # Cost
    /// As [`take`](Self::take); a page that moves costs as many items as come and go.
    ///
    /// ```
    /// use flo_bind::{ListBinding, bind};
    /// let (list, from) = (ListBinding::from((0..10).collect::<Vec<_>>()), bind(0));
    /// let page = list.window(&from, 3);
    /// from.set(3);
    /// assert_eq!(page.snapshot(), [3, 4, 5]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn window<F: Into<Edge>, C: Into<Edge>>(&self, from: F, count: C) -> Self {
        self.skip(from).take(count)
    }
}

struct Take<T>(Source<T>, Edge);

struct Skip<T>(Source<T>, Edge);

/// The state that was seen, and where the edge was.
#[derive(Clone, Copy)]
struct Seen {
    rev: Rev,
    edge: usize,
}

/// The first `count` of some items.
fn first<T: Clone>(items: &Items<T>, count: usize) -> Tree<T> {
    if count < items.len() {
        Tree::build(Count, items.iter().take(count).cloned())
    } else {
        items.to_tree()
    }
}

/// Makes `out` the first `edge` items of `source`, where it is the first of them, more or fewer.
fn fit<T: Clone>(out: &mut Draft<T>, source: &Tree<T>, edge: usize) {
    let (len, wanted) = (out.len(), edge.min(source.len()));
    if len > wanted {
        out.put(wanted, len - wanted, [].into_iter());
    } else if len < wanted {
        out.put(len, 0, source.iter_range(len, wanted).cloned());
    }
}

fn take_step<T: Clone>(diff: &ListDiff<T>, after: &Tree<T>, edge: usize, out: &mut Draft<T>) {
    match diff {
        ListDiff::Splice { at, removed, inserted } if *at < edge => {
            let gone = removed.len().min(out.len() - at);
            match inserted.only() {
                Some(item) => out.put(*at, gone, [item.clone()].into_iter()),
                None => drop_caught(out.splice(*at, gone, first(inserted, edge - at))),
            }
        }
        ListDiff::Splice { .. } => {}
        ListDiff::Move { from, to } => match (*from < edge, *to < edge) {
            (true, true) => out.move_item(*from, *to),
            (true, false) => drop_caught(out.remove(*from)),
            (false, true) => {
                drop_caught(out.remove(edge - 1));
                if let Some(item) = after.get(*to) {
                    out.insert(*to, item.clone());
                }
            }
            (false, false) => {}
        },
        ListDiff::Reset { .. } => no_reset(),
    }
    fit(out, after, edge);
}

fn skip_step<T: Clone>(diff: &ListDiff<T>, after: &Tree<T>, edge: usize, out: &mut Draft<T>) {
    match diff {
        ListDiff::Splice { at, removed, inserted } if *at >= edge => match inserted.only() {
            Some(item) => out.put(at - edge, removed.len(), [item.clone()].into_iter()),
            None => drop_caught(out.splice(at - edge, removed.len(), inserted.to_tree())),
        },
        ListDiff::Splice { at, removed, inserted } => {
            let end = at + removed.len();
            let gone = end.saturating_sub(edge);
            // The first item that stays, where it is now.
            let stays = end.max(edge) - removed.len() + inserted.len();
            let gone = (gone + edge.saturating_sub(stays)).min(out.len());
            let until = stays.min(after.len()).max(edge.min(after.len()));
            let from = edge.min(until);
            out.put(0, gone, after.iter_range(from, until).cloned());
        }
        ListDiff::Move { from, to } => match (*from < edge, *to < edge) {
            (true, true) => {}
            (false, false) => out.move_item(from - edge, to - edge),
            (true, false) => {
                drop_caught(out.remove(0));
                if let Some(item) = after.get(*to) {
                    out.insert(to - edge, item.clone());
                }
            }
            (false, true) => {
                drop_caught(out.remove(from - edge));
                if let Some(item) = after.get(edge) {
                    out.insert(0, item.clone());
                }
            }
        },
        ListDiff::Reset { .. } => no_reset(),
    }
}

impl<T: Clone + Send + Sync + 'static> Operator<ListSnapshot<T>> for Take<T> {
    type Kept = Seen;

    fn step(&self, seen: &mut Seen, out: &mut Draft<T>) -> Option<()> {
        self.0.since(seen.rev, |state, missed| {
            for (diff, after) in stages(missed, &state.snapshot.items)? {
                take_step(diff, &after, seen.edge, out);
            }
            let edge = self.1.at();
            fit(out, &state.snapshot.items, edge);
            *seen = Seen { rev: state.rev, edge };
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Seen) {
        self.0.with(|state| {
            let edge = self.1.at();
            let items = &state.snapshot.items;
            (items.range(0, edge.min(items.len())), Seen { rev: state.rev, edge })
        })
    }
}

impl<T: Clone + Send + Sync + 'static> Operator<ListSnapshot<T>> for Skip<T> {
    type Kept = Seen;

    fn step(&self, seen: &mut Seen, out: &mut Draft<T>) -> Option<()> {
        self.0.since(seen.rev, |state, missed| {
            for (diff, after) in stages(missed, &state.snapshot.items)? {
                skip_step(diff, &after, seen.edge, out);
            }
            let edge = self.1.at();
            let source = &state.snapshot.items;
            if edge > seen.edge {
                out.put(0, (edge - seen.edge).min(out.len()), [].into_iter());
            } else {
                let until = seen.edge.min(source.len());
                out.put(0, 0, source.iter_range(edge.min(until), until).cloned());
            }
            *seen = Seen { rev: state.rev, edge };
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Seen) {
        self.0.with(|state| {
            let edge = self.1.at();
            let items = &state.snapshot.items;
            let from = edge.min(items.len());
            (items.range(from, items.len() - from), Seen { rev: state.rev, edge })
        })
    }
}
