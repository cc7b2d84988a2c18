//! Running effects and listeners: on the committing thread, after the commit, when no lock is held and
//! no computation of this thread is under way.
//!
//! Wave by wave; in a wave, in the order of creation. What a run triggers is queued for the next wave.
//! A panic does not stop the wave: the first payload reaches the committer at the end.
//!
//! Each effect has a snapshot of its own. Where the next one is of the same group and nothing else is to be done
//! between the two, the lock is kept and the snapshot begins anew where it is registered.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
};

use flo_core::sync::{Arc, atomic::Ordering::Relaxed};
use rustc_hash::FxHashMap;

use crate::{effect_panic, waiting::Waiting};

use super::{
    cell::{self, Access},
    commit::{self, Mode},
    garbage::{self, Garbage},
    mark,
    node::{Bits, Id, NodeRef, Role},
    now::{self, FLUSH},
    read, refresh, retire, run,
    running::Snapshotted,
    staged,
    surface::{self, Spent},
    thread,
    value::Payload,
    wave,
};

/// How many waves may pass before runs are counted, where the bound is high: an effect runs once in each at
/// most.
const UNCOUNTED: u32 = 8;

/// From here on some runs more or less make no difference to the bound.
const HIGH: u32 = 1_000;

/// Runs everything that waits in this thread's queue, unless this is not the moment.
///
/// # Panics
/// With the first panic of those it ran, unless this thread is unwinding already: then the hook has it.
#[inline]
pub(crate) fn flush() {
    if now::wants(FLUSH) {
        flush_queue();
    }
}

fn flush_queue() {
    let Some(flushing) = Flushing::start() else { return };
    let mut flush = Flush { runs: Runs::new(), first: None, open: None };
    // Two vectors take turns, so that what was drained is the queue's memory from then on.
    let mut wave: Vec<Id> = Vec::new();
    let mut places = Vec::new();
    loop {
        now::done(FLUSH);
        thread::with(|thread| std::mem::swap(&mut wave, &mut thread.queue.borrow_mut()));
        if wave.is_empty() {
            break;
        }
        flush.runs.waves += 1;
        if wave.len() > 1 {
            wave::sort(&mut wave, &mut places, |id| id.reaction().number);
        }
        for (at, id) in wave.iter().enumerate() {
            flush.react(*id, wave.get(at + 1).copied());
        }
        wave.clear();
        garbage::dispose_if_any();
    }
    drop(flushing);
    match flush.first {
        Some(payload) if std::thread::panicking() => effect_panic::report(payload),
        Some(payload) => panic::resume_unwind(payload),
        None => {}
    }
    surface::surface();
}

/// Whether effects may run on this thread now.
pub(crate) fn may_run() -> bool {
    matches!(commit::mode(), Mode::Now) && !now::with(|now| now.flushing.get())
}

/// Runs effects that have waited in a queue, and what they trigger.
///
/// # Panics
/// As [`flush`].
pub(crate) fn flush_with(effects: BTreeMap<u64, NodeRef>) {
    for effect in effects.values() {
        let id = effect.id();
        let _access = cell::lock(id);
        // It may have been taken out of another thread's queue meanwhile.
        if id.state.has(Bits::PENDING) {
            id.state.clear(Bits::PENDING);
            mark::queue(id);
        }
    }
    garbage::drop_caught(effects);
    flush();
    surface::surface();
}

struct Flushing(());

impl Flushing {
    fn start() -> Option<Self> {
        let starts = now::with(|now| {
            let busy = now.computing.get() > 0 || now.mode.get() & now::TRANSACTION != 0;
            !busy && !now.flushing.replace(true)
        });
        // Made only where it is to be dropped.
        if starts { Some(Self(())) } else { None }
    }
}

impl Drop for Flushing {
    fn drop(&mut self) {
        now::with(|now| now.flushing.set(false));
    }
}

/// How often each effect ran in one flush.
struct Runs {
    limit: u32,
    waves: u32,
    counts: Option<Box<FxHashMap<u64, u32>>>,
}

impl Runs {
    fn new() -> Self {
        Self { limit: effect_panic::run_limit(), waves: 0, counts: None }
    }

    /// Whether this one may run once more.
    fn count(&mut self, number: u64) -> bool {
        let uncounted = if self.limit < HIGH { 0 } else { UNCOUNTED };
        if self.waves <= uncounted {
            return true;
        }
        let count = self.counts.get_or_insert_default().entry(number).or_insert(uncounted);
        *count += 1;
        *count <= self.limit
    }
}

/// Whether a reaction of the queue is still to be run: another thread may have come first, or have ended it. Under the lock.
fn is_to_run(id: Id) -> bool {
    id.state.has(Bits::PENDING) && !id.state.has(Bits::DEAD | Bits::BUSY)
}

/// Takes a reaction out of the queue; whether it is this thread's to run (G8). Under the lock.
fn take(id: Id) -> bool {
    let reaction = id.reaction();
    reaction.queued.store(reaction.queued.load(Relaxed) - 1, Relaxed);
    let mine = is_to_run(id);
    if mine {
        id.state.clear(Bits::PENDING);
    }
    mine
}

/// Gives an effect that this thread has taken to the queue it belongs to.
#[cold]
fn hand_over(access: Access, id: Id, queue: &Arc<Waiting>) -> Result<(), Payload> {
    // It goes on being pending, in another place (G8).
    id.state.set(Bits::PENDING);
    let queue = Arc::clone(queue);
    let effect = NodeRef::upgrade(id);
    drop(access);
    // Whoever had the last count on it takes it apart.
    let Some(effect) = effect else { return Ok(()) };
    panic::catch_unwind(AssertUnwindSafe(move || {
        queue.take(&effect);
        drop(effect);
    }))
}

/// A flush under way.
struct Flush {
    runs: Runs,
    first: Option<Payload>,
    /// The lock of the last effect's group and its snapshot, for the next one.
    open: Option<(Access, Snapshotted)>,
}

impl Flush {
    fn keep(&mut self, result: Result<(), Payload>) {
        let Err(payload) = result else { return };
        if self.first.is_none() {
            self.first = Some(payload);
        } else {
            // A stranger's, of which the drop is, too; the lock may be held.
            garbage::add(Garbage::Payload(Spent(Some(payload))));
        }
    }

    /// Runs one effect, if what it read really differs, or one listener.
    fn react(&mut self, id: Id, next: Option<Id>) {
        let me = thread::number();
        let is_here = id.reaction().queue.as_ref().is_none_or(|queue| queue.is_here());
        let is_effect = is_here && id.role() == Role::Effect;
        let (access, snapshot) = match self.open.take() {
            None => (cell::lock_by(id, me), None),
            Some((access, snapshot)) if is_effect && is_to_run(id) => (access, Some(snapshot)),
            // While it is in the queue it is not freed.
            Some((access, snapshot)) => (close(access, snapshot, id), None),
        };
        let is_mine = take(id);
        if is_mine && is_effect {
            return self.run_effect(access, snapshot, id, next, me);
        }
        if !is_mine {
            return retire::free_if_buried(access, id);
        }
        if let Some(queue) = &id.reaction().queue
            && !is_here
        {
            return self.keep(hand_over(access, id, queue));
        }
        refresh::claim(id, me);
        let (mut access, result) = run::run_reaction(access, id);
        run::release_reaction(&mut access, id, false);
        retire::free_if_buried(access, id);
        self.keep(result);
    }

    /// Runs an effect that this thread has taken, if what it read really differs.
    #[inline]
    fn run_effect(
        &mut self,
        mut access: Access,
        snapshot: Option<Snapshotted>,
        id: Id,
        next: Option<Id>,
        me: u32,
    ) {
        let mut must_run = refresh::claim(id, me);
        // Lent: it is busy, so it is not freed.
        let snapshot = match snapshot {
            Some(snapshot) => snapshot.begin_anew(&mut access, id, me),
            None => {
                let snapshot = Snapshotted::open_for(id);
                access.register_if_known(id);
                snapshot
            }
        };
        if !must_run {
            (access, must_run) = refresh::differs(access, id, me);
            if now::wants(now::APPLY) {
                drop(access);
                // Caught, so that the claim is given back on every way out.
                if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(staged::apply_later)) {
                    surface::keep(payload);
                }
                access = cell::lock(id);
            }
        }
        if must_run {
            let result;
            (access, result) = if self.runs.count(id.reaction().number) {
                run::run_reaction(access, id)
            } else {
                refuse(access, id, self.runs.limit)
            };
            self.keep(result);
        }
        let is_overtaken = run::is_overtaken(&access, id, me);
        let goes_on = next.is_some_and(|next| snapshot.can_go_on(&access, next, me));
        if !goes_on {
            access = close(access, snapshot, id);
            run::release_reaction(&mut access, id, is_overtaken);
            return retire::free_if_buried(access, id);
        }
        run::release_reaction(&mut access, id, is_overtaken);
        if now::wants(!FLUSH) || id.state.has(Bits::BURIED) {
            access = close(access, snapshot, id);
            return retire::free_if_buried(access, id);
        }
        self.open = Some((access, snapshot));
    }
}

/// Ends a snapshot that is registered in the group of `id` at least; gives the lock of that again.
#[inline]
fn close(mut access: Access, snapshot: Snapshotted, id: Id) -> Access {
    match snapshot.close_in(&mut access) {
        None => access,
        Some(snapshot) => {
            drop(access.quietly());
            drop(snapshot);
            cell::lock(id)
        }
    }
}

/// Lets an effect that has run too often see the present without a run.
#[cold]
fn refuse(access: Access, id: Id, limit: u32) -> (Access, Result<(), Payload>) {
    drop(access);
    // Caught, so that the claim is given back on every way out.
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| skip(id))) {
        surface::keep(payload);
    }
    let site = id.site();
    // As a panic of its own, so that the program's panic hook has seen it wherever it goes from here.
    let stopped = panic::catch_unwind(|| {
        panic!(
            "the effect made at {site} ran {limit} times in one flush: it triggers itself, or others \
             that trigger it"
        )
    });
    (cell::lock(id), stopped)
}

/// Takes the present for seen, without a run, so that the next change runs it again.
fn skip(id: Id) {
    let deps: Vec<_> = {
        let access = cell::lock(id);
        access.deps(id).iter().map(|dep| dep.node).collect()
    };
    for (at, dep) in deps.into_iter().enumerate() {
        let seen = read::look(dep);
        let access = cell::lock(id);
        access.deps(id)[at].see(seen.version);
    }
}
