//! Running effects and listeners: on the committing thread, after the commit, when no lock is held and
//! no computation of this thread is under way.
//!
//! Wave by wave; in a wave, in the order of creation. What a run triggers is queued for the next wave.
//! A panic does not stop the wave: the first payload reaches the committer at the end.

use std::panic::{self, AssertUnwindSafe};

use flo_core::sync::atomic::Ordering::Relaxed;
use rustc_hash::FxHashMap;

use super::{
    cell,
    node::{Bits, Id, Role},
    now::{self, FLUSH},
    read, refresh, retire, run,
    running::Snapshotted,
    staged, surface, thread,
    value::Payload,
};

/// How often one effect may run in one flush, before it is taken for one that triggers itself.
const RUNS: u32 = 10_000;

/// How many waves may pass before runs are counted: an effect runs once in each at most.
const UNCOUNTED: u32 = 8;

/// Runs everything that waits in this thread's queue, unless this is not the moment.
///
/// # Panics
/// With the first panic of those it ran, unless this thread is unwinding already.
#[inline]
pub(crate) fn flush() {
    if now::wants(FLUSH) {
        flush_queue();
    }
}

fn flush_queue() {
    let Some(flushing) = Flushing::start() else { return };
    let mut runs = Runs::default();
    let mut first: Option<Payload> = None;
    // Two vectors take turns.
    let mut wave: Vec<Id> = Vec::new();
    loop {
        now::done(FLUSH);
        thread::with(|thread| std::mem::swap(&mut wave, &mut thread.queue.borrow_mut()));
        if wave.is_empty() {
            break;
        }
        runs.waves += 1;
        if wave.len() > 1 {
            wave.sort_unstable_by_key(|id| id.reaction().number);
        }
        for id in wave.drain(..) {
            if let Err(payload) = react(id, &mut runs) {
                keep_first(&mut first, payload);
            }
        }
    }
    thread::with(|thread| {
        // Its memory is used again.
        let mut queue = thread.queue.borrow_mut();
        if queue.is_empty() && queue.capacity() < wave.capacity() {
            *queue = wave;
        }
    });
    drop(flushing);
    if let Some(payload) = first
        && !std::thread::panicking()
    {
        panic::resume_unwind(payload);
    }
    surface::surface();
}

fn keep_first(first: &mut Option<Payload>, payload: Payload) {
    if first.is_none() {
        *first = Some(payload);
    } else {
        // Stranger's: a panic of its drop must not cost the rest of the wave their run.
        surface::dispose(payload);
    }
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
#[derive(Default)]
struct Runs {
    waves: u32,
    counts: Option<Box<FxHashMap<u64, u32>>>,
}

impl Runs {
    /// Whether this one may run once more.
    fn count(&mut self, number: u64) -> bool {
        if self.waves <= UNCOUNTED {
            return true;
        }
        let count = self.counts.get_or_insert_default().entry(number).or_insert(UNCOUNTED);
        *count += 1;
        *count <= RUNS
    }
}

/// Takes a reaction out of the queue; whether it is this thread's to run (G8). Under the lock.
fn take(id: Id) -> bool {
    let reaction = id.reaction();
    reaction.queued.store(reaction.queued.load(Relaxed) - 1, Relaxed);
    // Another thread may have come first, or have ended it.
    let mine = id.state.has(Bits::PENDING) && !id.state.has(Bits::DEAD | Bits::BUSY);
    if mine {
        id.state.clear(Bits::PENDING);
    }
    mine
}

/// Runs one effect, if what it read really differs, or one listener.
fn react(id: Id, runs: &mut Runs) -> Result<(), Payload> {
    let mut access = cell::lock(id);
    if !take(id) {
        retire::free_if_buried(access, id);
        return Ok(());
    }
    let mut must_run = refresh::claim(id);
    if id.role() == Role::Listener {
        let (mut access, result) = run::run_reaction(access, id);
        let begin = access.begin();
        run::release_reaction(&mut access, id, begin);
        retire::free_if_buried(access, id);
        return result;
    }
    // Lent: it is busy, so it is not freed.
    let snapshot = Snapshotted::open_for(id);
    if !(id.state.has(Bits::EMPTY) && access.group().is_nursery()) {
        access.register(id);
    }
    if !must_run {
        (access, must_run) = refresh::differs(access, id);
        if now::wants(now::APPLY) {
            drop(access);
            // Caught, so that the claim is given back on every way out.
            if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(staged::apply_later)) {
                surface::keep(payload);
            }
            access = cell::lock(id);
        }
    }
    let mut result = Ok(());
    if must_run {
        if runs.count(id.reaction().number) {
            (access, result) = run::run_reaction(access, id);
        } else {
            drop(access);
            skip(id);
            access = cell::lock(id);
            let site = id.site();
            result = Err(Box::new(format!(
                "the effect made at {site} ran {RUNS} times in one flush: it triggers itself, or \
                 others that trigger it"
            )));
        }
    }
    let begin = access.begin();
    if let Some(snapshot) = snapshot.close_in(&mut access) {
        drop(access);
        drop(snapshot);
        access = cell::lock(id);
    }
    run::release_reaction(&mut access, id, begin);
    retire::free_if_buried(access, id);
    result
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
