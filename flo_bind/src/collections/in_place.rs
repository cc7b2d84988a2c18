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

use super::{
    diff::{Items, ListDiff, Removed},
    draft::ListState,
    log::Gone,
    parts::Part,
    state::Watched,
};
use crate::graph::{
    commit::{self, Mode},
    node::Writer,
};

/// Puts an item at the end, where nobody follows, the log is empty and the last leaf has room, which is the usual case;
/// gives it back otherwise.
#[inline]
pub(super) fn push<T>(writer: &Writer, watched: &Watched, item: T) -> Result<(), T>
where
    T: Clone + Send + Sync + 'static,
{
    commit::edit_in_place(writer, item, |state: &mut ListState<T>, item| {
        if watched.is_any() || !state.log.is_empty() {
            return Err(item);
        }
        state.snapshot.items.push_alone(item)?;
        state.step_unlogged();
        Ok(())
    })
}

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
    let inserted = commit::edit_in_place(writer, item, |state: &mut ListState<T>, item| {
        let items = &mut state.snapshot.items;
        let len = items.len();
        let at = at.unwrap_or(len);
        if at > len || watched.is_any() && told.is_none() {
            return Err(item);
        }
        let left = if at == len { items.push_alone(item).err() } else { Some(item) };
        if let Some(left) = left {
            if !items.is_sole_at(at) {
                return Err(left);
            }
            items.insert(at, left);
        }
        Ok(match told.take() {
            None => state.step(),
            Some(inserted) => {
                let removed = Removed::known(Items::none());
                state.step_by(ListDiff::Splice { at, removed, inserted }, 1)
            }
        })
    });
    inserted.map(drop)
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
    let replaced = commit::edit_in_place(writer, item, |state: &mut ListState<T>, item| {
        let items = &mut state.snapshot.items;
        if at >= items.len() || !items.is_sole_at(at) || watched.is_any() && told.is_none() {
            return Err(item);
        }
        let old = items.replace(at, item);
        Ok(step(state, at, old, told.take()))
    });
    replaced.map(item_of)
}

/// Takes the item at `at`, or the last one, out; `None` where that takes a copy or there is none.
pub(super) fn remove<T>(writer: &Writer, watched: &Watched, at: Option<usize>) -> Option<T>
where
    T: Clone + Send + Sync + 'static,
{
    let removed = commit::edit_in_place(writer, (), |state: &mut ListState<T>, ()| {
        let items = &mut state.snapshot.items;
        let at = at.or(items.len().checked_sub(1)).filter(|at| *at < items.len()).ok_or(())?;
        if !items.is_sole_without(at) {
            return Err(());
        }
        let old = items.remove(at);
        Ok(step(state, at, old, watched.is_any().then(Items::none)))
    });
    removed.ok().map(item_of)
}

/// The item that came out. What the log has let go of is dropped before that is on its way out of here: where a drop
/// panics it would be leaked then (rust-lang/rust#47949).
fn item_of<T: Clone>((old, gone): (Out<T>, Gone<ListDiff<T>>)) -> T {
    drop(gone);
    old.into_item()
}

/// The step after `old` went, for which `inserted` came in, if that is to be logged.
fn step<T>(
    state: &mut ListState<T>,
    at: usize,
    old: T,
    inserted: Option<Items<T>>,
) -> (Out<T>, Gone<ListDiff<T>>) {
    let Some(inserted) = inserted else { return (Out::Own(old), state.step()) };
    let removed = Removed::known(Items::one(old));
    let gone = state.step_by(ListDiff::Splice { at, removed, inserted }, 2);
    (Out::Logged(state.log.last()), gone)
}

/// What came out of a list.
enum Out<T> {
    Own(T),
    /// The log has it.
    Logged(Option<Part<ListDiff<T>>>),
}

impl<T> Out<T> {
    fn into_item(self) -> T
    where
        T: Clone,
    {
        let last = match self {
            Self::Own(item) => return item,
            Self::Logged(last) => last,
        };
        let removed = match last.as_ref().map(Part::diffs) {
            Some([ListDiff::Splice { removed, .. }]) => removed.items().and_then(Items::only),
            _ => None,
        };
        removed
            .cloned()
            .unwrap_or_else(|| unreachable!("one came out, and is too light not to be logged"))
    }
}
