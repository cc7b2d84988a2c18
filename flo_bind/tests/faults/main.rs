//! A panic of the user's code wherever it may run: whoever is told is told, everything else works on with
//! exact counts, and nothing leaks (promise 5).
//!
//! A running snapshot of another test may put a drop off, and with it a panic of that drop. So these run
//! one at a time, in a process of their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod closures;
mod values;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use flo_bind::{Binding, BoundExt, Computed, bind, effect};
use flo_core::Subscription;
use flo_test::Calls;

pub(crate) fn text_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it should have panicked") };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

/// Runs `fault` in a graph that has other nodes over the same `trigger`, some older and some younger than
/// its own. Afterwards those work, each having run once for each change, and the token that `fault` put
/// into its closures and values is free.
pub(crate) fn beside(fault: impl FnOnce(&Binding<i32>, &Arc<()>)) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (trigger, token) = (bind(0), Arc::new(()));
    let older = Bystander::new(&trigger);
    fault(&trigger, &token);
    assert_eq!(Arc::strong_count(&token), 1, "it leaks");
    let younger = Bystander::new(&trigger);
    older.check(&trigger);
    younger.check(&trigger);
}

/// A computed and an effect over it that have no fault.
struct Bystander {
    runs: Calls,
    told: Calls<i32>,
    doubled: Computed<i32>,
    _watching: Subscription,
}

impl Bystander {
    fn new(trigger: &Binding<i32>) -> Self {
        let (runs, told) = (Calls::new(), Calls::new());
        let doubled = trigger.map({
            let runs = runs.clone();
            move |value| {
                runs.hit();
                value * 2
            }
        });
        let watching = effect({
            let (doubled, told) = (doubled.clone(), told.clone());
            move || told.record(doubled.get())
        });
        Self { runs, told, doubled, _watching: watching }
    }

    /// It was told of each value once, and computed each once; and goes on so.
    fn check(&self, trigger: &Binding<i32>) {
        let told = self.told.take();
        assert_eq!(self.runs.take().len(), told.len());
        assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "{told:?}");
        assert_eq!(told.last(), Some(&(trigger.get() * 2)));
        for value in [1_000, 1_001] {
            trigger.set(value);
            assert_eq!(self.doubled.get(), value * 2);
        }
        self.told.assert([2_000, 2_002]);
        assert_eq!(self.runs.take().len(), 2);
        trigger.set(0);
        self.told.assert([0]);
        self.runs.take();
    }
}

/// Panics when it is compared, cloned or dropped, as its fields have it.
#[derive(Debug)]
pub(crate) struct Fragile {
    pub(crate) number: i32,
    fails: Fails,
    token: Arc<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fails {
    Never,
    Compared,
    Cloned,
    Dropped,
}

impl Fragile {
    pub(crate) fn new(number: i32, fails: Fails, token: &Arc<()>) -> Self {
        Self { number, fails, token: Arc::clone(token) }
    }
}

impl PartialEq for Fragile {
    fn eq(&self, other: &Self) -> bool {
        assert!(self.fails != Fails::Compared && other.fails != Fails::Compared, "compared");
        self.number == other.number
    }
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(self.fails != Fails::Cloned, "cloned");
        Self::new(self.number, self.fails, &self.token)
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(self.fails != Fails::Dropped || thread::panicking(), "dropped");
    }
}
