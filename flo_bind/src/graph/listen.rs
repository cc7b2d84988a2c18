//! Listeners: told at the first change after a read, at no cost of computation to the writer.

use super::{
    cell, edges, end, flush, frame, mark,
    node::{Bits, Ended, Hears, Id, NodeRef, Role},
    now, read, run,
    state::Loaded,
    unite,
    value::{Outcome, Seen, Version},
};

/// Makes a listener to `id`, armed.
#[track_caller]
pub(crate) fn listen<F: FnMut() + Send + 'static>(id: Id, hears: Hears, react: F) -> NodeRef {
    let listener = NodeRef::reaction(Role::Listener, hears, react, None);
    unite::unite(listener.id(), id);
    {
        let mut access = cell::lock(id);
        listener.id().state.clear(Bits::MARKED | Bits::EMPTY);
        edges::link_only(&mut access, listener.id(), id);
    }
    // A computed that never ran has no edges over which a change could come.
    let seen = read::look(id);
    arm(&listener, id, &seen);
    listener
}

/// What `id` is, for who listens to it, and whether that was the last; the listener is told of what comes after. Nobody's
/// dep.
pub(crate) fn look(listener: &NodeRef, id: Id) -> (Seen, bool) {
    if let Some(access) = read::at_rest(id)
        && let Some(seen) = access.seen(id)
    {
        return (seen, id.state.has(Bits::ENDED));
    }
    let seen = frame::untracked(|| read::look(id));
    arm(listener, id, &seen);
    let is_last = has_ended_at(id, seen.version);
    (seen, is_last)
}

/// How a glance at a node ended.
pub(crate) enum Glance<R> {
    /// It is what it was, and whoever listens will be told when it is not.
    Quiet,
    Seen(Option<Version>, R),
    Panicked,
}

/// Lends what `id` is to `f`, which is ours and may be called under the lock, unless it is what it was at version `last`. Who listens is
/// not told where what is seen is not the present.
#[inline]
pub(crate) fn glance<T: Send + Sync + 'static, R>(
    id: Id,
    last: Option<Version>,
    f: impl FnOnce(&T) -> R,
) -> Glance<R> {
    if now::with(|now| now.mode.get()) == 0 {
        let state = id.state.load();
        if is_quiet_at(state) && last == Some(state.version()) {
            return Glance::Quiet;
        }
        if let Some(access) = read::settled(id, state)
            && let Some(value) = access.lend(id)
        {
            let made = f(value);
            return Glance::Seen(Some(id.state.version()), made);
        }
    }
    glance_otherwise(id, f)
}

#[cold]
fn glance_otherwise<T: Send + Sync + 'static, R>(id: Id, f: impl FnOnce(&T) -> R) -> Glance<R> {
    let seen = frame::untracked(|| read::look(id));
    match seen.outcome {
        Outcome::Panicked(_) => Glance::Panicked,
        Outcome::Value(value) => Glance::Seen(seen.version, f(value.get())),
    }
}

/// Whether `id` is what it was at `version`, and whoever listens will be told when it is not. Without the lock: a change that
/// comes after the look is told.
#[inline]
pub(crate) fn is_quiet(id: Id, version: Version) -> bool {
    let state = id.state.load();
    now::with(|now| now.mode.get()) == 0 && is_quiet_at(state) && state.version() == version
}

#[inline]
fn is_quiet_at(state: Loaded) -> bool {
    !state.has(Bits::UNREADABLE_BOXED | Bits::ENDED)
}

/// After a read that gave `seen`: where that is not the present, the listener is told at once, because
/// what has changed already is not told again.
pub(crate) fn arm(listener: &NodeRef, id: Id, seen: &Seen) {
    let access = cell::lock(id);
    if is_present(id, seen.version) {
        return;
    }
    if seen.version.is_none() && run::can_be_awaited(id) {
        id.state.replace(Bits::TOLD, Bits::AWAITED);
    } else {
        mark::queue(listener.id());
        drop(access);
        flush::flush();
    }
}

fn is_present(id: Id, version: Option<Version>) -> bool {
    !id.state.has(Bits::STALE) && version == Some(id.state.version())
}

/// Whether what was read at `version` was the last.
pub(crate) fn has_ended_at(id: Id, version: Option<Version>) -> bool {
    // Under one lock: between two the last change and the end could come, and the value before it would
    // pass for the last.
    let _access = cell::lock(id);
    is_present(id, version) && id.state.has(Bits::ENDED)
}

/// Why `id` has ended, if it has.
pub(crate) fn ended(id: Id) -> Option<Ended> {
    let _access = cell::lock(id);
    end::ended(id)
}
