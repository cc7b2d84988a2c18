//! Reading a node: which outcome is right for this reader.
//!
//! ```text
//!   inline and clean, and …                the word, without the lock:
//!     no snapshot open                       as it is
//!     stamp ≤ the snapshot's begin           as it is, and noted by the run under way
//!   staged by my transaction?              that
//!   below something I staged?              evaluate privately
//!   saved for my snapshot?                 that
//!   right at my snapshot's begin?          the stored one
//!   busy by me?                            a cycle
//!   computed for a later commit?           evaluate privately
//!   otherwise                              refresh
//! ```
//!
//! Without the lock a reader takes state, word and stamp in this order, and a writer stores stamp, state and
//! word in this one. So who has a new word finds a new stamp, which is later than the begin of any snapshot that
//! was open before.
#![allow(unsafe_code, reason = "a word is read as the type it was made of")]

use std::ptr;

use flo_core::sync::atomic::Ordering;

#[cfg(test)]
use super::between::{self, Point};
use super::{
    cell::{self, Access},
    flush,
    frame::{self, track, track_in},
    node::{Bits, Id, Role},
    now::{self, Now, SNAPSHOT, STAGED, TRANSACTION},
    private, reach,
    refresh::{self, Refreshed},
    running::{Computing, OVERTAKEN, Snapshotted, is_right_at},
    staged,
    state::Loaded,
    surface,
    thread::{self, Record},
    unite,
    value::{Outcome, Seen, Value, Version, boxed_of, inline_of, is_inline},
};

pub(crate) use super::peek::peek;

/// The word of a node whose values are inline and that cannot be read without the lock, in the usual cases of [`look`]: it is a
/// stale computed, and nothing is under way on this thread and nobody else reads in the group; or a run reads it in a
/// group in which nobody else does and nothing was saved for it.
#[inline]
fn usual(id: Id) -> Option<u64> {
    let is_odd = id.state.load().has(Bits::BOXED | Bits::BUSY | Bits::PANICKED | Bits::MOVING);
    if is_odd { None } else { usual_by_mode(id) }
}

#[inline(never)]
fn usual_by_mode(id: Id) -> Option<u64> {
    match now::with(|now| now.mode.get()) {
        0 => refreshed_alone(id),
        SNAPSHOT => usual_in_run(id),
        _ => None,
    }
}

#[inline(never)]
fn refreshed_alone(id: Id) -> Option<u64> {
    let me = thread::number();
    let mut access = cell::lock_by(id, me);
    let is_stale = id.state.has(Bits::STALE) && !id.state.has(Bits::BUSY);
    let is_first = id.state.has(Bits::EMPTY);
    if !access.snapshots.is_empty() || !is_stale || !is_first && access.group().is_nursery() {
        return None;
    }
    // Lent: who reads it has it.
    let snapshot = Snapshotted::open_for(id);
    access.register_if_known(id);
    let computing = Computing::start();
    let mut access = refresh::refresh_nested(access, id, me);
    let readable = readable(id, access.begin()).map(|(word, _)| word);
    let word = readable.or_else(|| saved(&access, id, me)?.outcome.word());
    match snapshot.close_in(&mut access) {
        None => drop(access),
        Some(open) => {
            drop(access.quietly());
            drop(open);
        }
    }
    drop(computing);
    over();
    word
}

fn usual_in_run(id: Id) -> Option<u64> {
    let reader = frame::reader()?;
    if now::with(|now| now.private.get() > 0) {
        return None;
    }
    let me = thread::number();
    let mut access = unite::lock_united(reader, id);
    access.register_if_known(id);
    let begin = access.begin_alone(me)?;
    if id.state.has(Bits::STALE) {
        if id.state.has(Bits::BUSY) {
            return None;
        }
        let _computing = Computing::start();
        access = refresh::refresh_nested(access, id, me);
    }
    let Some((word, version)) = readable(id, begin) else {
        return noted_saved(access, id, me);
    };
    frame::track_locked(&mut access, id, Some(version));
    drop(access);
    over();
    Some(word)
}

/// What a run has read that was run for it, and came to something for this thread alone, or to a panic.
#[cold]
#[inline(never)]
fn noted_saved(access: Access, id: Id, me: u32) -> Option<u64> {
    let seen = saved(&access, id, me);
    drop(access);
    if let Some(seen) = &seen {
        note(id, seen);
    }
    over();
    seen.and_then(|seen| seen.outcome.word())
}

/// What was saved for this thread's snapshot of a node. Under the lock.
fn saved(access: &Access, id: Id, me: u32) -> Option<Seen> {
    access.registration(me)?.overrides.get(id).cloned()
}

/// Under the lock: the word of a node whose values are inline and its version, if what is stored is a value that is right
/// for the state after commit `begin`. Others may have committed since. This is a read of it.
fn readable(id: Id, begin: u64) -> Option<(u64, Version)> {
    let state = id.state.now();
    let is_right = !state.has(Bits::PANICKED) && is_right_at(id, begin);
    if is_right && state.has(Bits::TOLD) && !state.has(Bits::STALE) {
        // It was read, so its next change is told again (G5): also where its own run has just told those who awaited that.
        id.state.clear(Bits::TOLD);
    }
    is_right.then(|| (id.word.load(Ordering::Relaxed), state.version()))
}

/// A copy of what `id` is for this reader; becomes a dep of the run under way.
///
/// # Panics
/// Where the computed did, or with the creation sites where it reads itself.
#[inline]
pub(crate) fn get<T: Clone + Send + Sync + 'static>(id: Id) -> T {
    if is_inline::<T>() {
        if let Some(word) = fast(id).or_else(|| usual(id)) {
            // SAFETY: it is a word of the node's type, which is one of the list.
            return unsafe { inline_of(word) };
        }
    } else if let Some(value) = kept(id) {
        return T::clone(value);
    }
    read(id).into_inner()
}

/// As [`get`], lent to `f`. No lock is held meanwhile.
#[inline]
pub(crate) fn with<T: Send + Sync + 'static, R>(id: Id, f: impl FnOnce(&T) -> R) -> R {
    if is_inline::<T>() {
        if let Some(word) = fast(id).or_else(|| usual(id)) {
            // SAFETY: it is a word of the node's type, which is one of the list.
            return f(&unsafe { inline_of(word) });
        }
    } else if let Some(value) = kept(id) {
        return f(value);
    }
    f(read(id).get())
}

/// The value of a node that is not inline and clean, without the lock and without counting it, inside a computation:
/// this thread's snapshot is registered in the node's group and stays so for as long as the computation
/// goes on, in which nothing of its own is committed; and a value that is replaced meanwhile is saved for it (G6).
#[inline]
fn kept<'a, T: 'static>(id: Id) -> Option<&'a T> {
    let state = id.state.load();
    if !now::is_computing() || state.has(Bits::UNREADABLE_BOXED) {
        return None;
    }
    let word = now::with(|now| {
        let is_staged = now.mode.get() & !TRANSACTION != SNAPSHOT;
        if is_staged { None } else { in_snapshot(now, id, state) }
    })?;
    // SAFETY: V2: it is the word of a node of this type, which is not of the list; it is right for the open
    // snapshot, so that it is kept until that is closed, which is after the computation (G6).
    Some(unsafe { boxed_of(word) })
}

/// The word of a node that is inline and clean, without the lock.
#[inline]
fn fast(id: Id) -> Option<u64> {
    let state = id.state.load();
    if state.has(Bits::UNREADABLE) {
        return None;
    }
    now::with(|now| match now.mode.get() & !TRANSACTION {
        0 => {
            // Acquire: pairs with the release of the writer; then so do the loads that follow.
            let word = id.word.load(Ordering::Acquire);
            // If the state is another one by now, the word may be that of a panic.
            (id.state.load() == state).then_some(word)
        }
        SNAPSHOT => in_snapshot(now, id, state),
        _ => None,
    })
}

/// The word of a node that was clean, if it is right for the open snapshot as far as can be told without the lock.
#[inline]
fn in_snapshot(now: &Now, id: Id, state: Loaded) -> Option<u64> {
    let is_here = || ptr::eq(id.group.load(Ordering::Acquire), now.group.get());
    if !is_here() {
        return None;
    }
    #[cfg(test)]
    between::here(Point::BeforeWord);
    // Acquire: pairs with the release of the writer, so that who has a new word finds its stamp.
    let word = id.word.load(Ordering::Acquire);
    // Acquire: who finds a stamp that a move to another group has lowered finds that he was overtaken.
    if id.stamp.load(Ordering::Acquire) > now.begin.get() {
        return None;
    }
    if !is_here() || now.record.get().is_none_or(Record::is_overtaken) {
        return None;
    }
    track_in(now, id, Some(state.version()));
    Some(word)
}

/// What `id` is for this reader; becomes a dep of the run under way.
///
/// # Panics
/// As [`get`].
pub(crate) fn read(id: Id) -> Value {
    if let Some(access) = at_rest(id)
        && let Some(Outcome::Value(value)) = access.outcome(id)
    {
        return value;
    }
    read_versioned(id).0
}

/// The lock of a node of which the present is stored, where nothing is under way on this thread: whose next change is told
/// from here on.
#[inline]
pub(crate) fn at_rest(id: Id) -> Option<Access> {
    if now::with(|now| now.mode.get()) != 0 { None } else { settled(id, id.state.load()) }
}

/// The same, of one that was in this state.
#[inline]
pub(crate) fn settled(id: Id, state: Loaded) -> Option<Access> {
    if state.has(Bits::STALE) {
        return None;
    }
    let access = cell::lock(id);
    let is_known =
        !id.state.has(Bits::STALE) && matches!(stands(id, access.commits), Standing::Known);
    is_known.then_some(access)
}

/// As [`read`], with the version of what was read, where it has one.
pub(crate) fn read_versioned(id: Id) -> (Value, Option<Version>) {
    let seen = seen(id);
    match seen.outcome {
        Outcome::Value(value) => (value, seen.version),
        Outcome::Panicked(panicked) => panicked.again(id.site()),
    }
}

/// As [`read_versioned`], of which a panic is an outcome as any other.
pub(crate) fn seen(id: Id) -> Seen {
    if !now::is(STAGED) {
        return look_for(id, frame::reader());
    }
    let seen = look_staged(id);
    note(id, &seen);
    seen
}

/// As [`read`], without being noted.
pub(crate) fn look(id: Id) -> Seen {
    if now::is(STAGED) { look_staged(id) } else { look_for(id, None) }
}

/// What `id` is for this thread; becomes a dep of `reader`, if there is one: that of the run under way.
fn look_for(id: Id, reader: Option<Id>) -> Seen {
    let mut access = match reader {
        // They come to be of one group in any case, and then the snapshot need not be registered in two.
        Some(reader) => unite::lock_united(reader, id),
        None => cell::lock(id),
    };
    let seen = match standing(&mut access, id) {
        Standing::Known => return known(&mut access, id, reader),
        Standing::Saved(seen) => {
            tell_again(id);
            drop(access);
            note_for(id, reader, &seen);
            return seen;
        }
        Standing::TooNew => {
            drop(access);
            evaluate_for(id, reader)
        }
        Standing::Stale => compute(access, id, reader),
    };
    over();
    seen
}

fn known(access: &mut Access, id: Id, reader: Option<Id>) -> Seen {
    if reader.is_some() {
        frame::track_locked(access, id, Some(id.state.version()));
    }
    access.seen(id).unwrap_or_else(|| unreachable!("what is known has an outcome"))
}

fn evaluate_for(id: Id, reader: Option<Id>) -> Seen {
    let seen = private::evaluate(id);
    note_for(id, reader, &seen);
    seen
}

fn note_for(id: Id, reader: Option<Id>, seen: &Seen) {
    if reader.is_some() {
        note(id, seen);
    }
}

/// Has the run under way, if there is one, note what it has read without the stored outcome. No lock is held.
fn note(id: Id, seen: &Seen) {
    track(id, seen.version);
    if let (Outcome::Value(value), None) = (&seen.outcome, seen.version) {
        frame::track_alone(id, value);
    }
}

/// After an evaluation: if it was the outermost, what it had put off is done.
#[inline]
fn over() {
    if now::wants(!0) && !now::is_computing() {
        staged::apply_later();
        flush::flush();
        surface::surface();
    }
}

/// How a node stands towards this thread's snapshot, or the present where it has none.
pub(crate) enum Standing {
    /// What is stored is right for me.
    Known,
    /// This was saved for me.
    Saved(Seen),
    /// What is stored is of a later commit, and what I need is gone.
    TooNew,
    /// It must be checked or computed.
    Stale,
}

pub(crate) fn standing(access: &mut Access, id: Id) -> Standing {
    let mut begin = access.commits;
    if now::is(SNAPSHOT) {
        access.register_if_known(id);
        if let Some(registration) = access.registration(thread::number()) {
            if !registration.overrides.is_empty()
                && let Some(seen) = registration.overrides.get(id)
            {
                return Standing::Saved(seen.clone());
            }
            begin = registration.begin;
        }
    }
    stands(id, begin)
}

/// As [`standing`], of one that was not saved, for a reader of the state after commit `begin`.
#[inline]
pub(crate) fn stands(id: Id, begin: u64) -> Standing {
    let state = id.state.now();
    // The usual case: a clean computed with a stamp from 1 to `begin`, so that `OVERTAKEN` is not of it.
    let is_clean = !state.has(Bits::STALE | Bits::TOLD) && state.role() == Role::Computed;
    if is_clean && id.stamp.load(Ordering::Relaxed).wrapping_sub(1) < begin {
        return Standing::Known;
    }
    if state.role() == Role::Source {
        // What is stored in a source is right for all who have no other value of it. It was read, so
        // its next change is told again.
        if state.has(Bits::TOLD) {
            id.state.clear(Bits::TOLD);
        }
        return Standing::Known;
    }
    if begin == OVERTAKEN {
        return Standing::TooNew;
    }
    if state.has(Bits::EMPTY) {
        return Standing::Stale;
    }
    if id.stamp.load(Ordering::Relaxed) > begin {
        return Standing::TooNew;
    }
    if !state.has(Bits::STALE) {
        if state.has(Bits::TOLD) {
            id.state.clear(Bits::TOLD);
        }
        return Standing::Known;
    }
    // G4.
    if begin < id.derived().since.load(Ordering::Relaxed) {
        Standing::Known
    } else {
        Standing::Stale
    }
}

/// Refreshes a computed for this reader, in a snapshot of its own if it is in none.
fn compute(mut access: Access, id: Id, reader: Option<Id>) -> Seen {
    if private::is_running(id) {
        drop(access);
        frame::panic_cycle(id);
    }
    // Lent: who reads it has it.
    let snapshot = Snapshotted::open_for(id);
    access.register_if_known(id);
    let (mut access, refreshed) = refresh::refresh(access, id);
    match refreshed {
        Refreshed::Known => {
            let seen = known(&mut access, id, reader);
            match snapshot.close_in(&mut access) {
                None => drop(access),
                Some(open) => {
                    drop(access.quietly());
                    drop(open);
                }
            }
            seen
        }
        Refreshed::Saved(seen) => {
            drop(access);
            note_for(id, reader, &seen);
            seen
        }
        Refreshed::Cycle => {
            drop(access);
            frame::panic_cycle(id)
        }
        Refreshed::Alone => {
            drop(access);
            evaluate_for(id, reader)
        }
    }
}

/// Whatever it was that was read of a source: its next change is told again (G5). Under the lock.
fn tell_again(id: Id) {
    if id.role() == Role::Source {
        id.state.clear(Bits::TOLD);
    }
}

/// As [`look`], below the staged writes of this thread's transaction.
fn look_staged(id: Id) -> Seen {
    if let Some(outcome) = staged::value_of(id) {
        if id.state.load().has(Bits::TOLD) {
            let _access = cell::lock(id);
            tell_again(id);
        }
        return Seen { outcome, version: None };
    }
    let mut access = cell::lock(id);
    let standing = standing(&mut access, id);
    let known = match standing {
        Standing::Known if !reach::reaches(&access, id) => Some(known(&mut access, id, None)),
        Standing::Saved(seen) if !reach::reaches(&access, id) => Some(seen),
        _ => None,
    };
    drop(access);
    known.unwrap_or_else(|| {
        let seen = private::evaluate(id);
        over();
        seen
    })
}
