//! sycamore-reactive: one thread, `Copy` handles into a root, and computed values that are never lazy.

use std::sync::Arc;

use sycamore_reactive::{
    NodeHandle, ReadSignal, RootHandle, Signal, batch, create_child_scope, create_root,
    create_selector, create_signal,
};

use crate::library::{Library, Node};

pub(crate) struct Sycamore;

/// Ends a scope.
pub(crate) struct Ends(NodeHandle);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.dispose();
    }
}

thread_local! {
    static ROOT: RootHandle = create_root(|| {});
}

impl Library for Sycamore {
    const NAME: &'static str = "sycamore";
    type Cell = Signal<u64>;
    type Derived = ReadSignal<u64>;
    type Wide = ReadSignal<Arc<[u64]>>;
    /// Its effects end with their scope.
    type Effect = ();
    type Scope = Ends;

    fn scoped<R>(f: impl FnOnce() -> R) -> (R, Ends) {
        let mut result = None;
        let scope = ROOT.with(|root| root.run_in(|| create_child_scope(|| result = Some(f()))));
        (result.expect("the scope has run"), Ends(scope))
    }

    fn cell(value: u64) -> Self::Cell {
        create_signal(value)
    }

    fn get(cell: &Self::Cell) -> u64 {
        cell.get()
    }

    fn set(cell: &Self::Cell, value: u64) {
        cell.set(value);
    }

    fn batch(f: impl FnOnce()) {
        batch(f);
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        create_selector(move || f(&cells, &derived))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        create_selector(move || f(&nodes))
    }

    fn read(derived: &Self::Derived) -> u64 {
        derived.get()
    }

    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide {
        create_selector(move || f(&cells))
    }

    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived {
        let wide = *wide;
        create_selector(move || wide.with(|values| f(values)))
    }

    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect {
        sycamore_reactive::create_effect(move || f(&derived));
    }
}
