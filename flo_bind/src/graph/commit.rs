//! Commits: one write outside a transaction, or all of a transaction's.
//!
//! Who writes, and what becomes of it:
//!
//! ```text
//!   inside a computed, a comparison, snapshot()    waits for the outermost of them, then as a transaction
//!   inside a transaction                           staged
//!   elsewhere, effects and callbacks included      committed at once; an effect reads on from there
//! ```

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::atomic::Ordering::Relaxed;

use super::{
    cell::{self, Access},
    flush,
    garbage::{self, Garbage},
    mark, named,
    node::{Bits, Id, NodeRef, Writer},
    now, read, run,
    running::Computing,
    staged, surface, thread,
    value::{Outcome, Value, Version},
};

/// Something that can be written.
pub(crate) trait Target {
    fn id(&self) -> Id;

    /// What keeps it writable while a write waits.
    fn keep(&self) -> Kept;
}

/// See [`Target::keep`].
#[derive(Clone)]
pub(crate) enum Kept {
    Node(NodeRef),
    Writer(Writer),
}

impl Target for NodeRef {
    fn id(&self) -> Id {
        Self::id(self)
    }

    fn keep(&self) -> Kept {
        Kept::Node(self.clone())
    }
}

impl Target for Writer {
    fn id(&self) -> Id {
        Self::id(self)
    }

    fn keep(&self) -> Kept {
        Kept::Writer(self.clone())
    }
}

impl Target for Kept {
    fn id(&self) -> Id {
        match self {
            Self::Node(node) => node.id(),
            Self::Writer(writer) => writer.id(),
        }
    }

    fn keep(&self) -> Self {
        self.clone()
    }
}

/// Where a write of this thread goes at this moment.
pub(crate) enum Mode {
    Later,
    Staged,
    Now,
}

#[inline]
pub(crate) fn mode() -> Mode {
    if now::is_computing() {
        Mode::Later
    } else if now::is(now::TRANSACTION) {
        Mode::Staged
    } else {
        Mode::Now
    }
}

/// Writes `value`.
pub(crate) fn set(target: &impl Target, value: Value) {
    match mode() {
        Mode::Now => set_now(target.id(), value),
        Mode::Staged => staged::set(target, value),
        Mode::Later => {
            let target = target.keep();
            staged::later(move || set(&target, value));
        }
    }
}

/// Writes `value` as a change, whatever it compares to.
pub(crate) fn set_always(target: &impl Target, value: Value) {
    match mode() {
        Mode::Now => {
            let id = target.id();
            let mut access = cell::lock(id);
            commit_one(&mut access, id, value);
            named::force(id);
            finish(access);
        }
        Mode::Staged => staged::set_always(target, value),
        Mode::Later => {
            let target = target.keep();
            staged::later(move || set_always(&target, value));
        }
    }
}

/// Writes `value`; gives what was there before, as this thread sees it.
pub(crate) fn replace(target: &impl Target, value: Value) -> Value {
    match mode() {
        Mode::Now => write_now(target.id(), |_| Some(value.clone())),
        Mode::Staged | Mode::Later => {
            let old = visible(target.id());
            set(target, value);
            old
        }
    }
}

/// Applies `edit` to the value, atomically. `None` leaves the value as it is.
pub(crate) fn update(target: &impl Target, edit: impl FnMut(&Value) -> Option<Value> + 'static) {
    match mode() {
        Mode::Now => drop(write_now(target.id(), edit)),
        Mode::Staged => staged::update(target, Box::new(edit)),
        Mode::Later => {
            let target = target.keep();
            staged::later(move || update(&target, edit));
        }
    }
}

/// Edits the value where it is, as one commit, with what comes in. Gives that back where the edit would have to be staged or
/// to wait, or somebody else has the value or may be looking at it, or where `edit` does.
///
/// `edit` is ours: it runs under the lock, calls no user code and drops nothing of a user's, does not panic, and gives
/// back what comes in where it has changed nothing.
pub(crate) fn edit_in_place<T, I, R>(
    target: &Writer,
    input: I,
    edit: impl FnOnce(&mut T, I) -> Result<R, I>,
) -> Result<R, I>
where
    T: Send + Sync + 'static,
{
    if !matches!(mode(), Mode::Now) {
        return Err(input);
    }
    let id = target.id();
    let mut access = cell::lock(id);
    let Some(value) = access.sole_mut::<T>(id) else { return Err(input) };
    let edited = edit(value, input)?;
    // Nobody is in a snapshot who would have to be saved what was there.
    let number = access.commits + 1;
    mark::mark_dependents(&mut access, id, number);
    access.commits = number;
    id.stamp.store(number, Relaxed);
    let _came_round = id.state.next_version();
    finish(access);
    Ok(edited)
}

/// The value as this thread sees it.
pub(crate) fn visible(id: Id) -> Value {
    match read::look(id).outcome {
        Outcome::Value(value) => value,
        Outcome::Panicked(_) => unreachable!("a source holds a value"),
    }
}

fn set_now(id: Id, value: Value) {
    if !id.state.load().has(Bits::PLAIN | Bits::NEVER) {
        write_now(id, |_| Some(value.clone()));
        return;
    }
    // No user code is needed to know whether it is a change.
    let mut access = cell::lock(id);
    if id.state.has(Bits::PLAIN) && access.holds(id, &value) {
        return;
    }
    commit_one(&mut access, id, value);
    finish(access);
}

/// Writes what `next` makes of the newest value, unless that is nothing or equal; gives the value it was made of.
/// `next` is called again where another thread's write came first.
fn write_now(id: Id, mut next: impl FnMut(&Value) -> Option<Value>) -> Value {
    let mut again = false;
    loop {
        let (old, version) = stored(&cell::lock(id), id);
        let put_off = staged::put_off();
        let made = panic::catch_unwind(AssertUnwindSafe(|| {
            // Made again, its own writes wait: one of the same binding would have it made for ever.
            let computing = again.then(Computing::start);
            let value = next(&old);
            drop(computing);
            value.filter(|value| run::differ(id, &old, value))
        }));
        let made = made.unwrap_or_else(|payload| {
            staged::abandon_since(put_off);
            panic::resume_unwind(payload)
        });
        let Some(value) = made else {
            staged::apply_later();
            return old;
        };
        let mut access = cell::lock(id);
        // Another thread's write may have come while the comparison ran.
        if id.state.version() == version {
            commit_one(&mut access, id, value);
            finish(access);
            return old;
        }
        again = true;
    }
}

/// The newest value of a source, and its version.
pub(crate) fn stored(access: &Access, id: Id) -> (Value, Version) {
    match access.outcome(id) {
        Some(Outcome::Value(value)) => (value, id.state.version()),
        _ => unreachable!("a source holds a value"),
    }
}

/// One commit of one write, which the caller has found to be a change.
fn commit_one(access: &mut Access, id: Id, value: Value) {
    let number = access.commits + 1;
    prepare(access, id, number);
    access.commits = number;
    put(access, id, value, number);
    read_on(access, number);
}

/// What must be before a value is replaced (G5, G6).
#[inline(always)]
#[expect(clippy::inline_always, reason = "a commit is a few instructions where nobody follows")]
pub(super) fn prepare(access: &mut Access, id: Id, number: u64) {
    if !access.snapshots.is_empty() {
        access.save_for_snapshots(id, Some(thread::number()));
    }
    mark::mark_dependents(access, id, number);
}

#[inline]
pub(super) fn put(access: &mut Access, id: Id, value: Value, number: u64) {
    // Release: who reads the version or the word that follow reads this, too.
    id.stamp.store(number, Relaxed);
    // Those who depend on it are dirty, so that a version which comes round deceives nobody.
    let _came_round = id.state.next_version();
    access.store(id, Outcome::Value(value));
}

/// Only an effect commits while its snapshot is open; it reads on from here.
#[inline]
pub(super) fn read_on(access: &mut Access, number: u64) {
    if access.snapshots.is_empty() {
        return;
    }
    let group: *const cell::Group = access.group();
    if let Some(registration) = access.registration_mut(thread::number()) {
        registration.begin = number;
        if !registration.overrides.is_empty() {
            let overrides = std::mem::take(&mut registration.overrides);
            garbage::add(Garbage::Overrides(overrides));
        }
        now::with(|now| {
            now.has_moved.set(true);
            now.group.set(group);
            now.begin.set(number);
        });
    }
}

/// Gives the lock back and does what the commit asks for.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as `prepare`")]
pub(crate) fn finish(access: Access) {
    drop(access);
    if now::wants(!0) {
        staged::apply_later();
        flush::flush();
        surface::surface();
    }
}
