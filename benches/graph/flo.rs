//! flo, as the shapes see it.

use std::sync::Arc;

use flo_reactive::{
    Binding, BoundExt, Computed, Subscription, bind, computed, effect, transaction,
};

use crate::library::{Library, Node};

pub(crate) struct Flo;

impl Library for Flo {
    const NAME: &'static str = "flo";
    type Cell = Binding<u64>;
    type Derived = Computed<u64>;
    type Wide = Computed<Arc<[u64]>>;
    type Effect = Subscription;
    type Scope = ();

    fn scoped<R>(f: impl FnOnce() -> R) -> (R, ()) {
        (f(), ())
    }

    fn cell(value: u64) -> Self::Cell {
        bind(value)
    }

    fn get(cell: &Self::Cell) -> u64 {
        cell.get()
    }

    fn set(cell: &Self::Cell, value: u64) {
        cell.set(value);
    }

    fn batch(f: impl FnOnce()) {
        transaction(f);
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        computed(move || f(&cells, &derived))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        computed(move || f(&nodes))
    }

    fn read(derived: &Self::Derived) -> u64 {
        derived.get()
    }

    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide {
        computed(move || f(&cells))
    }

    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived {
        wide.map(move |values| f(values))
    }

    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect {
        effect(move || f(&derived))
    }
}
