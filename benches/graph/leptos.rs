//! `reactive_graph`, the engine of Leptos: counted handles, any thread.
//!
//! Its effects run on an executor, which is run until nothing is left to do after each write that they see.
//! (Its immediate effects would need none, but in a batch they miss what a memo told them.)

use std::sync::Arc;

use any_spawner::Executor;
use reactive_graph::{
    computed::ArcMemo,
    effect::Effect,
    owner::{LocalStorage, Owner},
    prelude::{Get, Set, With},
    signal::ArcRwSignal,
};

use crate::library::{Library, Node};

pub(crate) struct Leptos;

impl Library for Leptos {
    const NAME: &'static str = "reactive_graph";
    type Cell = ArcRwSignal<u64>;
    type Derived = ArcMemo<u64>;
    type Wide = ArcMemo<Arc<[u64]>>;
    /// Its effects end with their scope.
    type Effect = Effect<LocalStorage>;
    type Scope = Owner;

    fn scoped<R>(f: impl FnOnce() -> R) -> (R, Owner) {
        // Only the first time can it be set.
        if Executor::init_futures_executor().is_err() {
            Executor::poll_local();
        }
        let owner = Owner::new();
        (owner.with(f), owner)
    }

    fn cell(value: u64) -> Self::Cell {
        ArcRwSignal::new(value)
    }

    fn get(cell: &Self::Cell) -> u64 {
        cell.get()
    }

    fn set(cell: &Self::Cell, value: u64) {
        cell.set(value);
    }

    fn set_watched(cell: &Self::Cell, value: u64) {
        cell.set(value);
        Executor::poll_local();
    }

    fn batch(f: impl FnOnce()) {
        f();
        Executor::poll_local();
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        ArcMemo::new(move |_| f(&cells, &derived))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        ArcMemo::new(move |_| f(&nodes))
    }

    fn read(derived: &Self::Derived) -> u64 {
        derived.get()
    }

    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide {
        ArcMemo::new(move |_| f(&cells))
    }

    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived {
        let wide = wide.clone();
        ArcMemo::new(move |_| wide.with(|values| f(values)))
    }

    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect {
        let effect = Effect::new(move || f(&derived));
        Executor::poll_local();
        effect
    }
}
