//! Edits of one entry of a map that nobody else has, where it is.
//!
//! # Idea
//! As with [lists](crate::collections), but a place is found by comparing keys, which is a user's code: so that is done before the
//! lock is taken, and the place is right if the map is in the same state under it (C1). Then the edit moves the entry.
//!
//! ```text
//!   before the lock    where the key is, or would be; clones of what comes in, if somebody follows
//!   under it           the same state, and the path ours alone? ── no ─▶ given back: the edit is made on a copy (C2)
//!                      move the entry in, or out; log; mark
//!   after it           what came out is cloned from the log, or given
//! ```

use std::borrow::Borrow;

use flo_core::sync::Arc;

use super::{diff::MapDiff, draft::MapState, entries::Entries};
use crate::{
    collections::{log::Diffs, rev::Rev, state::Watched, tree::Tree},
    graph::{
        commit::{self, Mode},
        node::Writer,
    },
};

/// What `look` finds in the map, and in which state that is.
fn seen<K, V, R>(writer: &Writer, look: impl FnOnce(&Entries<K, V>) -> R) -> (Rev, R)
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    // Let go of before the edit, which asks whether somebody has it.
    let seen = commit::visible(writer.id());
    let state = seen.get::<MapState<K, V>>();
    (state.rev, look(&state.snapshot.entries))
}

/// Edits the tree of the map that is in state `rev`, if it is and nobody has it.
fn edit<K, V, R>(
    writer: &Writer,
    rev: Rev,
    edit: impl FnOnce(&mut Tree<(K, V)>) -> Option<(R, Option<Logged<K, V>>)>,
) -> Option<R>
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let edited = commit::edit_in_place(writer, |state: &mut MapState<K, V>| {
        if state.rev != rev {
            return None;
        }
        let (out, diff) = edit(state.snapshot.entries.tree_mut())?;
        Some((out, state.step(diff)))
    });
    edited.map(|(out, _gone)| out)
}

/// One difference and its weight.
type Logged<K, V> = (Arc<Diffs<MapDiff<K, V>>>, usize);

fn logged<K, V>(diff: MapDiff<K, V>, weight: usize) -> Logged<K, V> {
    (Arc::new(Diffs::from_buf([diff])), weight)
}

/// Puts a value there, and gives the one that was; gives key and value back where that takes a copy.
pub(super) fn insert<K, V>(
    writer: &Writer,
    watched: &Watched,
    key: K,
    value: V,
) -> Result<Option<V>, (K, V)>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    if !matches!(commit::mode(), Mode::Now) {
        return Err((key, value));
    }
    let (rev, at) = seen(writer, |entries: &Entries<K, V>| {
        let at = entries.find(&key)?;
        // The key that is there stays.
        entries.at(at).map(|(there, _)| (at, there.clone())).ok_or(at)
    });
    match at {
        Ok((at, there)) => replace(writer, watched, (rev, at), (there, value))
            .map_err(|value| (key, value))
            .map(Some),
        Err(at) => {
            let is_watched = watched.is_any();
            let mut told =
                is_watched.then(|| MapDiff::Insert { key: key.clone(), new: value.clone() });
            let mut entry = Some((key, value));
            let inserted = edit(writer, rev, |tree| {
                if !tree.is_sole_at(at) || watched.is_any() && told.is_none() {
                    return None;
                }
                tree.insert(at, entry.take()?);
                Some(((), told.take().map(|diff| logged(diff, 1))))
            });
            match (inserted, entry) {
                (None, Some(entry)) => Err(entry),
                _ => Ok(None),
            }
        }
    }
}

fn replace<K, V>(
    writer: &Writer,
    watched: &Watched,
    (rev, at): (Rev, usize),
    (there, value): (K, V),
) -> Result<V, V>
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let mut told = watched.is_any().then(|| value.clone());
    let mut entry = Some((there, value));
    let replaced = edit(writer, rev, |tree| {
        if !tree.is_sole_at(at) || watched.is_any() && told.is_none() {
            return None;
        }
        let (key, old) = tree.replace(at, entry.take()?);
        Some(match told.take() {
            None => (Out::Own(key, old), None),
            Some(new) => Out::logged(MapDiff::Update { key, old: Some(old), new }),
        })
    });
    match (replaced, entry) {
        (Some(out), _) => Ok(out.into_value()),
        (None, Some((_, value))) => Err(value),
        (None, None) => unreachable!("it is taken by an edit that is made"),
    }
}

/// Takes the entry of `key` out; `None` where that takes a copy or there is none.
pub(super) fn remove<K, V, Q>(writer: &Writer, watched: &Watched, key: &Q) -> Option<V>
where
    K: Ord + Clone + Borrow<Q> + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    Q: Ord + ?Sized,
{
    if !matches!(commit::mode(), Mode::Now) {
        return None;
    }
    let (rev, at) = seen(writer, |entries: &Entries<K, V>| entries.find(key));
    let at = at.ok()?;
    let removed = edit(writer, rev, |tree: &mut Tree<(K, V)>| {
        if !tree.is_sole_without(at) {
            return None;
        }
        let (key, old) = tree.remove(at);
        Some(if watched.is_any() {
            Out::logged(MapDiff::Remove { key, old: Some(old) })
        } else {
            (Out::Own(key, old), None)
        })
    });
    removed.map(Out::into_value)
}

/// What came out of a map.
enum Out<K, V> {
    /// The key is dropped with it, outside of the lock.
    Own(K, V),
    /// The log has it.
    Logged(Arc<Diffs<MapDiff<K, V>>>),
}

impl<K, V> Out<K, V> {
    fn logged(diff: MapDiff<K, V>) -> (Self, Option<Logged<K, V>>) {
        let diff = logged(diff, 2);
        (Self::Logged(Arc::clone(&diff.0)), Some(diff))
    }

    fn into_value(self) -> V
    where
        V: Clone,
    {
        let diffs = match self {
            Self::Own(_key, value) => return value,
            Self::Logged(diffs) => diffs,
        };
        match &diffs[..] {
            [MapDiff::Update { old: Some(old), .. } | MapDiff::Remove { old: Some(old), .. }] => {
                old.clone()
            }
            _ => unreachable!("one came out"),
        }
    }
}
