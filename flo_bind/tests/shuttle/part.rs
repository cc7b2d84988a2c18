//! What the scenarios are made of.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicIsize, Ordering::SeqCst},
};

use flo_bind::{Binding, BoundExt, Computed, bind};

/// A source and two computeds, one above the other, of which the upper has its values in memory of their own.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) source: Binding<u64>,
    pub(crate) doubled: Computed<u64>,
    pub(crate) boxed: Computed<Held>,
}

impl Part {
    pub(crate) fn new(living: &Living, value: u64) -> Self {
        let source = bind(value);
        let doubled = source.map(|value| value * 2);
        let living = living.clone();
        let boxed = doubled.map(move |value| Held::new(&living, *value));
        Self { source, doubled, boxed }
    }

    /// Its value; fails where its three nodes are not of one version.
    pub(crate) fn value(&self) -> u64 {
        let (boxed, source, doubled) =
            (self.boxed.with(Held::get), self.source.get(), self.doubled.get());
        assert_eq!((boxed, doubled), (source * 2, source * 2), "two versions at once");
        source
    }
}

/// How many [`Held`] there are.
#[derive(Clone, Default)]
pub(crate) struct Living(Arc<AtomicIsize>);

impl Living {
    pub(crate) fn count(&self) -> isize {
        self.0.load(SeqCst)
    }
}

/// A value that knows when it is gone, and is counted.
pub(crate) struct Held {
    value: u64,
    twice: [u64; 2],
    living: Living,
}

const GONE: u64 = 0xdead_dead_dead_dead;

impl Held {
    pub(crate) fn new(living: &Living, value: u64) -> Self {
        living.0.fetch_add(1, SeqCst);
        Self { value, twice: [!value; 2], living: living.clone() }
    }

    pub(crate) fn get(&self) -> u64 {
        assert_eq!(self.twice, [!self.value; 2], "a value that is gone");
        self.value
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self::new(&self.living, self.get())
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.get();
        self.living.0.fetch_sub(1, SeqCst);
        self.value = GONE;
    }
}

/// What was seen, in order. Kept in a lock of the system's, because it is no part of what is explored.
pub(crate) struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Log<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn push(&self, seen: T) {
        self.0.lock().unwrap().push(seen);
    }

    pub(crate) fn last(&self) -> Option<T> {
        self.0.lock().unwrap().last().cloned()
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}
