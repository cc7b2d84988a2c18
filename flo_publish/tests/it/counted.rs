//! A message that counts its copies.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

#[derive(Debug, Default, Clone)]
pub(crate) struct Counts(Arc<[AtomicUsize; 2]>);

impl Counts {
    pub(crate) fn message(&self, number: u32) -> Counted {
        self.0[0].fetch_add(1, Ordering::SeqCst);
        Counted { number, counts: self.clone() }
    }

    /// How many messages were made by cloning.
    pub(crate) fn clones(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }

    /// How many messages there are.
    pub(crate) fn living(&self) -> usize {
        self.0[0].load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) number: u32,
    counts: Counts,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.counts.0[1].fetch_add(1, Ordering::SeqCst);
        self.counts.message(self.number)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counts.0[0].fetch_sub(1, Ordering::SeqCst);
    }
}
