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

use super::{diff::MapDiff, draft::MapState, entries::Entries};
use crate::{
    collections::{log::Gone, parts::Part, rev::Rev, state::Watched, tree::Tree},
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

/// Edits the tree of the map that is in state `rev`, if it is and nobody has it, with what comes in; or gives that back.
fn edit<K, V, I, R>(
    writer: &Writer,
    rev: Rev,
    input: I,
    edit: impl FnOnce(&mut MapState<K, V>, I) -> Result<(R, Gone<MapDiff<K, V>>), I>,
) -> Result<R, I>
where
    K: Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let edited = commit::edit_in_place(writer, input, |state: &mut MapState<K, V>, input| {
        if state.rev == rev { edit(state, input) } else { Err(input) }
    });
    edited.map(|(out, gone)| {
        // By a call: what is on its way out of here already would be leaked where a drop panics (rust-lang/rust#47949).
        drop(gone);
        out
    })
}

fn tree<K, V>(state: &mut MapState<K, V>) -> &mut Tree<(K, V)> {
    state.snapshot.entries.tree_mut()
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
            edit(writer, rev, (key, value), |state, entry| {
                let tree = tree(state);
                if !tree.is_sole_at(at) || watched.is_any() && told.is_none() {
                    return Err(entry);
                }
                tree.insert(at, entry);
                let gone = match told.take() {
                    None => state.step(),
                    Some(diff) => state.step_by(diff, 1),
                };
                Ok((None, gone))
            })
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
    let replaced = edit(writer, rev, (there, value), |state, entry| {
        let tree = tree(state);
        if !tree.is_sole_at(at) || watched.is_any() && told.is_none() {
            return Err(entry);
        }
        let (key, old) = tree.replace(at, entry);
        Ok(match told.take() {
            None => (Out::Own(key, old), state.step()),
            Some(new) => Out::logged(state, MapDiff::Update { key, old: Some(old), new }),
        })
    });
    replaced.map(Out::into_value).map_err(|(_, value)| value)
}

/// It takes a copy.
pub(super) struct TakesCopy;

/// Takes the entry of `key` out, if there is one.
pub(super) fn remove<K, V, Q>(
    writer: &Writer,
    watched: &Watched,
    key: &Q,
) -> Result<Option<V>, TakesCopy>
where
    K: Ord + Clone + Borrow<Q> + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    Q: Ord + ?Sized,
{
    if !matches!(commit::mode(), Mode::Now) {
        return Err(TakesCopy);
    }
    let (rev, at) = seen(writer, |entries: &Entries<K, V>| entries.find(key));
    let Ok(at) = at else {
        // What was seen may be what a running effect sees, and that an older state: then it is looked again.
        let mut is_newest = false;
        let _left = commit::edit_in_place(writer, (), |state: &mut MapState<K, V>, ()| {
            is_newest = state.rev == rev;
            Err::<(), ()>(())
        });
        return if is_newest { Ok(None) } else { Err(TakesCopy) };
    };
    let removed = edit(writer, rev, TakesCopy, |state: &mut MapState<K, V>, takes_copy| {
        let tree = tree(state);
        if !tree.is_sole_without(at) {
            return Err(takes_copy);
        }
        let (key, old) = tree.remove(at);
        Ok(if watched.is_any() {
            Out::logged(state, MapDiff::Remove { key, old: Some(old) })
        } else {
            (Out::Own(key, old), state.step())
        })
    });
    removed.map(|out| Some(out.into_value()))
}

/// What came out of a map.
enum Out<K, V> {
    /// The key is dropped with it, outside of the lock.
    Own(K, V),
    /// The log has it.
    Logged(Option<Part<MapDiff<K, V>>>),
}

impl<K, V> Out<K, V> {
    fn logged(state: &mut MapState<K, V>, diff: MapDiff<K, V>) -> (Self, Gone<MapDiff<K, V>>) {
        let gone = state.step_by(diff, 2);
        (Self::Logged(state.log.last()), gone)
    }

    fn into_value(self) -> V
    where
        V: Clone,
    {
        let last = match self {
            Self::Own(_key, value) => return value,
            Self::Logged(last) => last,
        };
        match last.as_ref().map(Part::diffs) {
            Some(
                [MapDiff::Update { old: Some(old), .. } | MapDiff::Remove { old: Some(old), .. }],
            ) => old.clone(),
            _ => unreachable!("one came out, and is too light not to be logged"),
        }
    }
}
