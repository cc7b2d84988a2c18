//! `flo_binding` 3.0, the ancestor.
//!
//! It tells that something may have changed while it is still telling others, and has no effects. An effect
//! here is what its own streams do: a computed value that is read again once all have been told.

use std::{cell::RefCell, sync::Arc};

use flo_binding::{
    BindRef, Binding, Bound, Changeable, MutableBound, Releasable, bind, computed, notify,
};

use crate::library::{Library, Node};

pub(crate) struct Ancestor;

thread_local! {
    /// The effects that have been told.
    static TOLD: RefCell<Vec<BindRef<()>>> = const { RefCell::new(Vec::new()) };
}

/// Ends an effect. It drops what is told under a lock, so the effect must outlive that.
#[expect(dead_code, reason = "held for its drops, in this order")]
pub(crate) struct Watching {
    ends: Box<dyn Releasable>,
    effect: BindRef<()>,
}

fn run_told() {
    let told = TOLD.take();
    for effect in &told {
        effect.get();
    }
}

impl Library for Ancestor {
    const NAME: &'static str = "flo_binding";
    type Cell = Binding<u64>;
    type Derived = BindRef<u64>;
    type Wide = BindRef<Arc<[u64]>>;
    type Effect = Watching;
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

    fn set_watched(cell: &Self::Cell, value: u64) {
        cell.set(value);
        run_told();
    }

    fn batch(f: impl FnOnce()) {
        f();
        run_told();
    }

    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        BindRef::from(computed(move || f(&cells, &derived)))
    }

    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived {
        BindRef::from(computed(move || f(&nodes)))
    }

    fn read(derived: &Self::Derived) -> u64 {
        derived.get()
    }

    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide {
        BindRef::from(computed(move || f(&cells)))
    }

    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived {
        let wide = wide.clone();
        BindRef::from(computed(move || f(&wide.get())))
    }

    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect {
        let effect = BindRef::from(computed(move || f(&derived)));
        let told = effect.clone();
        let tell = notify(move || TOLD.with_borrow_mut(|all| all.push(told.clone())));
        let ends = effect.when_changed(tell);
        effect.get();
        Watching { ends, effect }
    }
}
