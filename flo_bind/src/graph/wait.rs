//! Waiting for a node that another thread is computing, without a deadlock.
//!
//! ```text
//!   I want c ─▶ busy by T2 ─▶ T2 waits for a ─▶ busy by me      would close a circle: do not wait
//! ```
//!
//! The relation is one for all groups, and is walked before this thread stands in it itself. Waiting is
//! bounded, because the run may be waiting for a lock of the user's that this thread holds: who gives up
//! computes for itself.
//!
//! Locks: a group's, then the relation's. Who waits gives the group's lock back while it has the relation's, and
//! who publishes a node that is waited for takes the relation's after it has changed the node: so nobody is
//! told before he sleeps.

use std::time::{Duration, Instant};

use flo_core::sync::{Condvar, Mutex, atomic::Ordering::Relaxed, deadline, global};

use super::{
    cell::{self, Access},
    node::{Bits, Id},
    now, thread,
};

/// How long one thread waits for another's run of the same computed.
const PATIENCE: Duration = Duration::from_millis(100);

global! {
    /// Which thread waits for which node to be published.
    static WAITING: Mutex<Vec<(u32, Id)>> = Mutex::new(Vec::new());
}
global! {
    static PUBLISHED: Condvar = Condvar::new();
}

pub(crate) enum Waited {
    Published,
    GaveUp,
}

/// Waits, with the lock given back, until `id` is no longer busy.
pub(crate) fn wait_published(access: Access, id: Id) -> Waited {
    wait(access, id, Some(deadline(PATIENCE)))
}

/// The same, for as long as it takes: for runs whose end nothing can stand in for.
pub(crate) fn wait_over(access: Access, id: Id) -> Waited {
    wait(access, id, None)
}

fn wait(mut access: Access, id: Id, until: Option<Instant>) -> Waited {
    let me = thread::number();
    while id.state.has(Bits::BUSY) {
        let limit = match until {
            Some(until) => until.saturating_duration_since(Instant::now()),
            None => PATIENCE,
        };
        if now::wants(now::DISPOSE) {
            // What users own must not be dropped when the lock is given back below, with the relation's held.
            drop(access);
            access = cell::lock(id);
            continue;
        }
        let mut waiting = WAITING.lock();
        if limit.is_zero() || leads_to(&waiting, id.derived().owner.load(Relaxed), me) {
            return Waited::GaveUp;
        }
        id.state.set(Bits::WAITED);
        waiting.push((me, id));
        drop(access);
        let (mut waiting, _in_time) = PUBLISHED.wait_for(waiting, limit);
        waiting.retain(|(thread, _)| *thread != me);
        drop(waiting);
        access = cell::lock(id);
    }
    Waited::Published
}

/// Tells those who wait for a node that was just published. Under the lock of its group.
#[cold]
pub(crate) fn tell_published() {
    let waiting = WAITING.lock();
    drop(waiting);
    PUBLISHED.notify_all();
}

/// Whether `from` is `me`, or waits for a node of somebody who … waits for a node of mine.
fn leads_to(waiting: &[(u32, Id)], from: u32, me: u32) -> bool {
    let mut at = from;
    // Each thread waits for one node at most, so more steps than waiters would be a circle without me.
    for _ in 0..=waiting.len() {
        if at == me {
            return true;
        }
        let Some((_, id)) = waiting.iter().find(|(thread, _)| *thread == at) else {
            return false;
        };
        if !id.state.has(Bits::BUSY) {
            return false;
        }
        at = id.derived().owner.load(Relaxed);
    }
    false
}
