//! How often closures run, what effects saw, and how long it took.

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::library::{Library, Node};

/// Counts the runs of the closures that it gives out, and keeps what the last one saw.
///
/// Only one thread counts at a time, so there is no read-modify-write that would hide what is measured.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<AtomicU64>);

/// An effect, and the value it saw last.
pub(crate) struct Watched<L: Library> {
    saw: Probe,
    #[expect(dead_code, reason = "held for its drop")]
    effect: L::Effect,
}

/// The outcome of one turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) time: Duration,
    pub(crate) result: u64,
    pub(crate) runs: u64,
}

impl Probe {
    pub(crate) fn ran(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Times `work`, whose result is what the turn comes to.
    pub(crate) fn turn(&self, work: impl FnOnce() -> u64) -> Turn {
        let before = self.count();
        let start = Instant::now();
        let result = black_box(work());
        let time = start.elapsed();
        Turn { time, result, runs: self.count() - before }
    }

    /// Sets `cell` to `1..=operations`, reading after each write; the sum of what was read.
    pub(crate) fn sets<L: Library>(
        &self,
        cell: &L::Cell,
        operations: u64,
        read: impl Fn() -> u64,
    ) -> Turn {
        self.turn(|| {
            (1..=operations).fold(0, |sum: u64, value| {
                L::set(cell, value);
                sum.wrapping_add(read())
            })
        })
    }

    /// Sets `cell` to `1..=operations`, and adds up what the effects saw after each write.
    pub(crate) fn shows<L: Library>(
        &self,
        cell: &L::Cell,
        operations: u64,
        watched: &[Watched<L>],
    ) -> Turn {
        self.turn(|| {
            (1..=operations).fold(0, |sum: u64, value| {
                L::set_watched(cell, value);
                watched.last().map_or(sum, |last| sum.wrapping_add(last.saw()))
            })
        })
        .adding(watched)
    }

    pub(crate) fn of_cell<L: Library>(
        &self,
        cell: &L::Cell,
        f: impl Fn(u64) -> u64 + Send + Sync + 'static,
    ) -> L::Derived {
        let probe = self.clone();
        L::computed([cell.clone()], [], move |[cell], []| {
            probe.ran();
            f(L::get(cell))
        })
    }

    pub(crate) fn of<L: Library>(
        &self,
        derived: &L::Derived,
        f: impl Fn(u64) -> u64 + Send + Sync + 'static,
    ) -> L::Derived {
        let probe = self.clone();
        L::computed([], [derived.clone()], move |[], [derived]| {
            probe.ran();
            f(L::read(derived))
        })
    }

    /// The sum of `nodes`.
    pub(crate) fn sum<L: Library>(&self, nodes: Vec<Node<L>>) -> L::Derived {
        let probe = self.clone();
        L::computed_of(nodes, move |nodes| {
            probe.ran();
            nodes.iter().fold(0, |sum: u64, node| sum.wrapping_add(node.get()))
        })
    }

    /// An effect on `derived`.
    pub(crate) fn watch<L: Library>(&self, derived: &L::Derived) -> Watched<L> {
        let (probe, saw) = (self.clone(), Self::default());
        let slot = saw.clone();
        let effect = L::effect(derived.clone(), move |derived| {
            probe.ran();
            slot.0.store(L::read(derived), Ordering::Relaxed);
        });
        Watched { saw, effect }
    }
}

impl<L: Library> Watched<L> {
    pub(crate) fn saw(&self) -> u64 {
        self.saw.count()
    }
}

impl Turn {
    /// With what all effects saw last, outside the time taken.
    pub(crate) fn adding<L: Library>(mut self, watched: &[Watched<L>]) -> Self {
        let seen = watched.iter().fold(0, |sum: u64, one| sum.wrapping_add(one.saw()));
        self.result = self.result.wrapping_add(seen);
        self
    }
}
