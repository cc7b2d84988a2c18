//! Waiting for a node that another thread is computing, without a deadlock.
//!
//! ```text
//!   I want c ─▶ busy by T2 ─▶ T2 waits for a ─▶ busy by me      would close a circle: do not wait
//! ```
//!
//! The relation is walked under the lock, before this thread stands in it itself. Waiting is bounded,
//! because the run may be waiting for a lock of the user's that this thread holds: who gives up
//! computes for itself.

use std::time::{Duration, Instant};

use flo_core::sync::Arc;

use super::{cell::Access, group::Group, node::Node, thread};

/// How long one thread waits for another's run of the same computed.
const PATIENCE: Duration = Duration::from_millis(100);

pub(crate) enum Waited {
    Published,
    GaveUp,
}

/// Waits, with the lock given back, until `node` is no longer busy.
pub(crate) fn wait_published(access: Access, node: &Arc<Node>) -> Waited {
    wait(access, node, Some(Instant::now() + PATIENCE))
}

/// The same, for as long as it takes: for runs whose end nothing can stand in for.
pub(crate) fn wait_over(access: Access, node: &Arc<Node>) -> Waited {
    wait(access, node, None)
}

fn wait(mut access: Access, node: &Arc<Node>, until: Option<Instant>) -> Waited {
    let me = thread::number();
    while let Some(owner) = access.core(node).busy {
        if leads_to(&access, owner, me) {
            return Waited::GaveUp;
        }
        let limit = match until {
            Some(until) => until.saturating_duration_since(Instant::now()),
            None => PATIENCE,
        };
        if limit.is_zero() {
            return Waited::GaveUp;
        }
        access.waiting.push((me, Arc::clone(node)));
        access = access.wait_published(limit).0;
        access.waiting.retain(|(thread, _)| *thread != me);
    }
    Waited::Published
}

/// Whether `from` is `me`, or waits for a node of somebody who … waits for a node of mine.
fn leads_to(group: &Group, from: u64, me: u64) -> bool {
    let mut at = from;
    // Each thread waits for one node at most, so more steps than waiters would be a circle without me.
    for _ in 0..=group.waiting.len() {
        if at == me {
            return true;
        }
        let Some((_, node)) = group.waiting.iter().find(|(thread, _)| *thread == at) else {
            return false;
        };
        let Some(owner) = group.core(node).busy else { return false };
        at = owner;
    }
    false
}
