//! Running effects and listeners: on the committing thread, after the commit, when no lock is held and
//! no computation of this thread is under way.
//!
//! Wave by wave; in a wave, in the order of creation. What a run triggers is queued for the next wave.
//! A panic does not stop the wave: the first payload reaches the committer at the end.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{self, AssertUnwindSafe},
};

use flo_core::sync::Arc;

use crate::effect_panic;

use super::{
    cell,
    commit::{self, Mode},
    edges,
    frame::Found,
    node::{Kind, Node},
    read, refresh, run,
    running::Snapshotted,
    staged, surface,
    thread::{self, Thread},
    value::Payload,
};

/// Runs everything that waits in this thread's queue, unless this is not the moment.
///
/// # Panics
/// With the first panic of those it ran, unless this thread is unwinding already: then the hook has it.
pub(crate) fn flush() {
    let Some(flushing) = thread::with(Flushing::start) else { return };
    let mut runs = HashMap::new();
    let mut first: Option<Payload> = None;
    loop {
        let wave: BTreeMap<u64, Arc<Node>> = thread::with(|thread| thread.queue.take());
        if wave.is_empty() {
            break;
        }
        for reaction in wave.into_values() {
            let result = match &reaction.queue {
                Some(queue) if !queue.is_here() => {
                    panic::catch_unwind(AssertUnwindSafe(|| queue.take(&reaction)))
                }
                _ => react(&reaction, &mut runs),
            };
            if let Err(payload) = result {
                keep_first(&mut first, payload);
            }
        }
    }
    drop(flushing);
    match first {
        Some(payload) if std::thread::panicking() => effect_panic::report(payload),
        Some(payload) => panic::resume_unwind(payload),
        None => {}
    }
    surface::surface();
}

/// Whether effects may run on this thread now.
pub(crate) fn may_run() -> bool {
    matches!(commit::mode(), Mode::Now) && !thread::with(|thread| thread.flushing.get())
}

/// Runs effects that have waited in a queue, and what they trigger.
///
/// # Panics
/// As [`flush`].
pub(crate) fn flush_with(effects: BTreeMap<u64, Arc<Node>>) {
    thread::with(|thread| thread.queue.borrow_mut().extend(effects));
    flush();
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
    fn start(thread: &Thread) -> Option<Self> {
        let busy = thread.computing.get() > 0 || thread.in_transaction() || thread.flushing.get();
        if busy || thread.queue.borrow().is_empty() {
            return None;
        }
        thread.flushing.set(true);
        Some(Self(()))
    }
}

impl Drop for Flushing {
    fn drop(&mut self) {
        thread::with(|thread| thread.flushing.set(false));
    }
}

/// Runs one effect, if what it read really differs, or one listener.
fn react(node: &Arc<Node>, runs: &mut HashMap<u64, u32>) -> Result<(), Payload> {
    let marked = {
        let mut access = cell::lock();
        let core = access.core_mut(node);
        // Another thread may have come first, or have ended it (G8).
        if !std::mem::take(&mut core.pending) || core.dead || core.busy.is_some() {
            return Ok(());
        }
        refresh::claim(&mut access, node)
    };
    let is_effect = matches!(node.kind, Kind::Effect);
    // Opened after the claim: a commit that comes between the two only makes the effect read newer.
    let snapshot = is_effect.then(Snapshotted::open);
    // Caught, so that the claim is given back on every way out.
    let caught = panic::catch_unwind(AssertUnwindSafe(|| {
        let must_run = marked || !is_effect || refresh::differs(node);
        staged::apply_later();
        if must_run { run_bounded(node, runs) } else { Ok(()) }
    }));
    let result = caught.unwrap_or_else(Err);
    let mut access = cell::lock();
    run::release_reaction(&mut access, node);
    drop(access);
    drop(snapshot);
    result
}

fn run_bounded(node: &Arc<Node>, runs: &mut HashMap<u64, u32>) -> Result<(), Payload> {
    let count = runs.entry(node.number).or_default();
    *count += 1;
    let limit = effect_panic::run_limit();
    if *count <= limit {
        return run::run_reaction(node);
    }
    skip(node);
    let site = node.site;
    Err(Box::new(format!(
        "the effect made at {site} ran {limit} times in one flush: it triggers itself, or others that \
         trigger it"
    )))
}

/// Takes the present for seen, without a run, so that the next change runs it again.
fn skip(node: &Arc<Node>) {
    let deps: Vec<_> = {
        let access = cell::lock();
        access.core(node).deps.iter().map(|dep| dep.node.clone()).collect()
    };
    let mut found = Found::default();
    for dep in deps {
        let seen = read::look(&dep);
        found.add(&dep, seen.version);
    }
    edges::relink(&mut cell::lock(), node, found);
}
