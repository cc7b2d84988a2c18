//! A list of lists, as one.

use flo_core::sync::Arc;

use super::{Operator, Source, derive, each, no_reset};
use crate::collections::{
    diff::ListDiff,
    draft::Draft,
    list_binding::ListBinding,
    list_ref::ListRef,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<U: Clone + Send + Sync + 'static> ListRef<ListRef<U>> {
    /// The items of all lists in this one, one list after the other; each of them may change by itself.
    ///
    /// # Cost
    /// `O(log n)` for each changed item, and a look at each of the lists in each run.
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let (left, right) = (ListBinding::from(vec![1]), ListBinding::from(vec![2]));
    /// let lists = ListBinding::from(vec![left.read_only(), right.read_only()]);
    /// let all = lists.flatten();
    /// left.push(10);
    /// lists.move_item(0, 1);
    /// assert_eq!(all.snapshot(), [2, 1, 10]);
    /// ```
    #[track_caller]
    pub fn flatten(&self) -> ListRef<U> {
        derive(Flatten(Source::new(self)))
    }
}

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The items of this list, and then those of `other`.
    ///
    /// # Cost
    /// `O(log n)` for each changed item. **For many lists, [`flatten`](ListRef::flatten).**
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let (left, right) = (ListBinding::from(vec![1]), ListBinding::from(vec![2]));
    /// let both = left.concat(&right);
    /// left.push(10);
    /// assert_eq!(both.snapshot(), [1, 10, 2]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn concat(&self, other: &Self) -> Self {
        ListBinding::from(vec![self.clone(), other.clone()]).flatten()
    }
}

struct Flatten<U>(Source<ListRef<U>>);

#[derive(Clone)]
struct Kept<U> {
    seen: Rev,
    parts: Vec<Part<U>>,
}

/// One of the lists.
struct Part<U> {
    source: Arc<Source<U>>,
    /// The state whose items are in the output; none yet of one that has just come.
    seen: Option<Rev>,
    len: usize,
}

impl<U: Send + Sync + 'static> Part<U> {
    fn new(list: &ListRef<U>) -> Self {
        Self { source: Arc::new(Source::new(list)), seen: None, len: 0 }
    }
}

impl<U> Clone for Part<U> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source), ..*self }
    }
}

fn offset<U>(parts: &[Part<U>], at: usize) -> usize {
    parts[..at].iter().map(|part| part.len).sum()
}

/// Does what happened to the list of lists; what comes is empty yet.
fn step_parts<U: Clone + Send + Sync + 'static>(
    diff: &ListDiff<ListRef<U>>,
    parts: &mut Vec<Part<U>>,
    out: &mut Draft<U>,
) {
    match diff {
        ListDiff::Splice { at, removed, inserted } => {
            let from = offset(parts, *at);
            let gone = parts.splice(*at..at + removed.len(), inserted.iter().map(Part::new));
            let count = gone.map(|part| part.len).sum();
            out.put(from, count, [].into_iter());
        }
        ListDiff::Move { from, to } => {
            let before = offset(parts, *from);
            let part = parts.remove(*from);
            let (len, after) = (part.len, offset(parts, *to));
            parts.insert(*to, part);
            out.move_range(before, len, after);
        }
        ListDiff::Reset { .. } => no_reset(),
    }
}

/// Does what happened in one of the lists, whose items are from `from` on.
fn step_part<U: Clone + Send + Sync + 'static>(
    part: &mut Part<U>,
    from: usize,
    out: &mut Draft<U>,
) {
    let source = Arc::clone(&part.source);
    source.with(|state| {
        if part.seen == Some(state.rev) {
            return;
        }
        match part.seen.and_then(|seen| state.since(seen)) {
            Some(missed) => {
                for diff in each(&missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            out.put(from + at, removed.len(), inserted.iter().cloned());
                        }
                        ListDiff::Move { from: old, to } => out.move_item(from + old, from + to),
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
            }
            None => drop(out.splice(from, part.len, state.snapshot.items.clone())),
        }
        (part.seen, part.len) = (Some(state.rev), state.snapshot.len());
    });
}

impl<U: Clone + Send + Sync + 'static> Operator<ListSnapshot<U>> for Flatten<U> {
    type Kept = Kept<U>;

    fn step(&self, kept: Kept<U>, out: &mut Draft<U>) -> Option<Kept<U>> {
        self.0.since(kept.seen, |state, missed| {
            let mut parts = kept.parts;
            each(missed).for_each(|diff| step_parts(diff, &mut parts, out));
            let mut from = 0;
            for part in &mut parts {
                step_part(part, from, out);
                from += part.len;
            }
            Some(Kept { seen: state.rev, parts })
        })
    }

    fn build(&self) -> (Tree<U>, Kept<U>) {
        self.0.with(|state| {
            let mut items = Tree::new(Count);
            let mut parts = Vec::with_capacity(state.snapshot.len());
            for list in &state.snapshot {
                let mut part = Part::new(list);
                Arc::clone(&part.source).with(|state| {
                    items.append(state.snapshot.items.clone());
                    (part.seen, part.len) = (Some(state.rev), state.snapshot.len());
                });
                parts.push(part);
            }
            (items, Kept { seen: state.rev, parts })
        })
    }
}
