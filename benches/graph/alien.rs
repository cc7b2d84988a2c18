//! alien-signals, the port to Rust: one thread, `Copy` handles into an arena that is never freed.

use std::sync::Arc;

use alien_signals::{Computed, Effect, Signal, computed, effect, end_batch, signal, start_batch};

use crate::library::{Library, Node};

pub(crate) struct Alien;

/// Its effects go on when their handle is dropped, so they are ended here.
pub(crate) struct Ends(Option<Effect>);

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(effect) = self.0.take() {
            effect.dispose();
        }
    }
}

impl Library for Alien {
    const NAME: &'static str = "alien";
    type Cell = Signal<u64>;
    type Derived = Computed<u64>;
    type Wide = Computed<Arc<[u64]>>;
    type Effect = Ends;
    type Scope = ();

    fn scoped<R>(f: impl FnOnce() -> R) -> (R, ()) {
        (f(), ())
    }

    fn cell(value: u64) -> Self::Cell {
        signal(value)
    }

    fn get(cell: &Self::Cell) -> u64 {
        cell.get()
    }

    fn set(cell: &Self::Cell, value: u64) {
        cell.set(value);
    }

    fn batch(f: impl FnOnce()) {
        start_batch();
        f();
        end_batch();
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        computed(move |_| f(&cells, &derived))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        computed(move |_| f(&nodes))
    }

    fn read(derived: &Self::Derived) -> u64 {
        derived.get()
    }

    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide {
        computed(move |_| f(&cells))
    }

    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived {
        let wide = *wide;
        computed(move |_| f(&wide.get()))
    }

    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect {
        Ends(Some(effect(move || f(&derived))))
    }
}
