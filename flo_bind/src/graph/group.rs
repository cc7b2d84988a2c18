//! What the lock guards besides the nodes: the commits' number, the running snapshots, who waits.

use std::collections::HashMap;

use flo_core::{Version, sync::Arc};

use super::{
    cell::Key,
    garbage::Garbage,
    node::{Core, Node},
    thread,
    value::{Outcome, Seen},
};

/// The one group of connected nodes.
pub(crate) struct Group {
    pub(crate) key: Key,
    /// The number of the newest commit.
    pub(crate) commits: u64,
    /// At most one for each thread.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Which thread waits for which node to be published.
    pub(crate) waiting: Vec<(u64, Arc<Node>)>,
    /// To be dropped when the lock is released.
    pub(crate) garbage: Vec<Garbage>,
}

/// What a running computation, transaction or snapshot may rely on: the state after commit `begin`.
pub(crate) struct Snapshot {
    pub(crate) thread: u64,
    pub(crate) begin: u64,
    /// By node number: what was right at `begin` and is no longer stored, or never was.
    pub(crate) overrides: HashMap<u64, Seen>,
}

impl Group {
    pub(crate) const fn new(key: Key) -> Self {
        Self { key, commits: 0, snapshots: Vec::new(), waiting: Vec::new(), garbage: Vec::new() }
    }

    pub(crate) fn core<'a>(&'a self, node: &'a Node) -> &'a Core {
        node.core.get(&self.key)
    }

    pub(crate) fn core_mut<'a>(&'a mut self, node: &'a Node) -> &'a mut Core {
        node.core.get_mut(&mut self.key)
    }

    pub(crate) fn snapshot(&self, thread: u64) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.thread == thread)
    }

    pub(crate) fn snapshot_mut(&mut self, thread: u64) -> Option<&mut Snapshot> {
        self.snapshots.iter_mut().find(|snapshot| snapshot.thread == thread)
    }

    /// G6: before the outcome of `node` is replaced, or its interval shortened, every running snapshot
    /// for which it is right gets it. `but` is the thread whose own commit this is.
    pub(crate) fn save_for_snapshots(&mut self, node: &Node, but: Option<u64>) {
        let core = node.core.get(&self.key);
        let Some(outcome) = &core.outcome else { return };
        for snapshot in &mut self.snapshots {
            if Some(snapshot.thread) != but && core.is_right_at(snapshot.begin) {
                snapshot.overrides.entry(node.number).or_insert_with(|| Seen {
                    outcome: outcome.clone(),
                    version: Some(core.version),
                });
            }
        }
    }

    /// The version of a source that this thread sees.
    pub(crate) fn snapshot_version(&self, node: &Node) -> Version {
        let saved = self.snapshot(thread::number()).and_then(|snapshot| {
            snapshot.overrides.get(&node.number).and_then(|seen| seen.version)
        });
        saved.unwrap_or(self.core(node).version)
    }

    pub(crate) fn discard(&mut self, outcome: Option<Outcome>) {
        self.garbage.extend(outcome.map(Garbage::Outcome));
    }
}
