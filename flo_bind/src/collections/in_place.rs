//! Edits of one item of a list that nobody else has, where it is.
//!
//! # Idea
//! Most of the time nobody has a snapshot of a list, and then a copy to be edited is a copy for nothing: of a path of the tree,
//! with a count for each child and a clone for each item of a leaf. So it is looked first, under the lock, whether the list
//! and the path are this binding's alone. Then the edit moves items and runs no code of a user's:
//!
//! ```text
//!   before the lock    a clone of what comes in, if somebody follows: for the log
//!   under it           is the path ours alone? ── no ─▶ given back: the edit is made on a copy (C2)
//!                      move the item in, or out; log; mark
//!   after it           what came out is cloned from the log, or given; what the log has let go of is dropped
//! ```

use flo_core::sync::Arc;

use super::{
    diff::{Items, ListDiff, Removed},
    draft::ListState,
    log::Diffs,
    state::Watched,
};
use crate::graph::{
    commit::{self, Mode},
    node::Writer,
};

/// Puts an item before the one at `at`, or at the end; gives it back where that takes a copy.
pub(super) fn insert<T>(
    writer: &Writer,
    watched: &Watched,
    at: Option<usize>,
    item: T,
) -> Result<(), T>
where
    T: Clone + Send + Sync + 'static,
{
    if !matches!(commit::mode(), Mode::Now) {
        return Err(item);
    }
    let mut told = watched.is_any().then(|| Items::one(item.clone()));
    let mut item = Some(item);
    let inserted = commit::edit_in_place(writer, |state: &mut ListState<T>| {
        let items = &mut state.snapshot.items;
        let len = items.len();
        let at = at.unwrap_or(len);
        if at > len || watched.is_any() && told.is_none() {
            return None;
        }
        let left = if at == len { items.push_alone(item.take()?).err() } else { item.take() };
        if let Some(left) = left {
            if !items.is_sole_at(at) {
                item = Some(left);
                return None;
            }
            items.insert(at, left);
        }
        let diff = told.take().map(|inserted| {
            let removed = Removed::known(Items::none());
            (Arc::new(Diffs::from_buf([ListDiff::Splice { at, removed, inserted }])), 1)
        });
        Some(state.step(diff))
    });
    match (inserted, item) {
        (None, Some(item)) => Err(item),
        _ => Ok(()),
    }
}

/// Puts `item` where the one at `at` is, which it gives; or gives `item` back where that takes a copy.
pub(super) fn set<T>(writer: &Writer, watched: &Watched, at: usize, item: T) -> Result<T, T>
where
    T: Clone + Send + Sync + 'static,
{
    if !matches!(commit::mode(), Mode::Now) {
        return Err(item);
    }
    let mut told = watched.is_any().then(|| Items::one(item.clone()));
    let mut item = Some(item);
    let replaced = commit::edit_in_place(writer, |state: &mut ListState<T>| {
        let items = &mut state.snapshot.items;
        if at >= items.len() || !items.is_sole_at(at) || watched.is_any() && told.is_none() {
            return None;
        }
        let old = items.replace(at, item.take()?);
        let (out, diff) = Out::new(at, old, told.take());
        Some((out, state.step(diff.map(|diff| (diff, 2)))))
    });
    match (replaced, item) {
        (Some((old, _gone)), _) => Ok(old.into_item()),
        (None, Some(item)) => Err(item),
        (None, None) => unreachable!("it is taken by an edit that is made"),
    }
}

/// Takes the item at `at`, or the last one, out; `None` where that takes a copy or there is none.
pub(super) fn remove<T>(writer: &Writer, watched: &Watched, at: Option<usize>) -> Option<T>
where
    T: Clone + Send + Sync + 'static,
{
    let removed = commit::edit_in_place(writer, |state: &mut ListState<T>| {
        let items = &mut state.snapshot.items;
        let at = at.or(items.len().checked_sub(1)).filter(|at| *at < items.len())?;
        if !items.is_sole_without(at) {
            return None;
        }
        let old = items.remove(at);
        let (out, diff) = Out::new(at, old, watched.is_any().then(Items::none));
        Some((out, state.step(diff.map(|diff| (diff, 2)))))
    });
    removed.map(|(old, _gone)| old.into_item())
}

/// What came out of a list.
enum Out<T> {
    Own(T),
    /// The log has it.
    Logged(Arc<Diffs<ListDiff<T>>>),
}

type Logged<T> = Option<Arc<Diffs<ListDiff<T>>>>;

impl<T> Out<T> {
    /// Of `old`, for which `inserted` came in, if that is to be logged.
    fn new(at: usize, old: T, inserted: Option<Items<T>>) -> (Self, Logged<T>) {
        let Some(inserted) = inserted else { return (Self::Own(old), None) };
        let removed = Removed::known(Items::one(old));
        let diffs = Arc::new(Diffs::from_buf([ListDiff::Splice { at, removed, inserted }]));
        (Self::Logged(Arc::clone(&diffs)), Some(diffs))
    }

    fn into_item(self) -> T
    where
        T: Clone,
    {
        let diffs = match self {
            Self::Own(item) => return item,
            Self::Logged(diffs) => diffs,
        };
        let removed = match &diffs[..] {
            [ListDiff::Splice { removed, .. }] => removed.items().and_then(Items::only),
            _ => None,
        };
        removed.cloned().unwrap_or_else(|| unreachable!("one came out"))
    }
}
