//! What a library of reactive values can do, as the shapes see it.
//!
//! A closure gets the cells and computed values it captures as an argument. So it is the library that
//! stores them in its own closure, and handles that stay on their thread need no other shapes than those
//! that do not; nothing is added to what a user would capture by hand.

use std::sync::Arc;

/// A library. Its handles are cheap to clone, and what is read inside a closure is tracked.
pub(crate) trait Library: Sized + 'static {
    const NAME: &'static str;
    /// What is set.
    type Cell: Clone + 'static;
    /// What is computed from it.
    type Derived: Clone + 'static;
    /// A computed value of many numbers.
    type Wide: Clone + 'static;
    /// Ends the effect when it is dropped.
    type Effect: 'static;
    /// Ends what was made inside [`scoped`](Self::scoped), where the library wants that.
    type Scope: 'static;

    /// Runs `f` where things can be made.
    fn scoped<R>(f: impl FnOnce() -> R) -> (R, Self::Scope);

    fn cell(value: u64) -> Self::Cell;

    fn get(cell: &Self::Cell) -> u64;

    fn set(cell: &Self::Cell, value: u64);

    /// Sets a cell that effects depend on, and has run them when it returns.
    fn set_watched(cell: &Self::Cell, value: u64) {
        Self::set(cell, value);
    }

    /// Many writes at once; the effects have run when it returns.
    fn batch(f: impl FnOnce());

    /// Computed from so many cells and computed values.
    fn computed<const N: usize, const M: usize>(
        cells: [Self::Cell; N],
        derived: [Self::Derived; M],
        f: impl Fn(&[Self::Cell; N], &[Self::Derived; M]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived;

    /// Computed from nodes of which only the run knows how many.
    fn computed_of(
        nodes: Vec<Node<Self>>,
        f: impl Fn(&[Node<Self>]) -> u64 + Send + Sync + 'static,
    ) -> Self::Derived;

    fn read(derived: &Self::Derived) -> u64;

    /// The values of all `cells`.
    fn wide(
        cells: Vec<Self::Cell>,
        f: impl Fn(&[Self::Cell]) -> Arc<[u64]> + Send + Sync + 'static,
    ) -> Self::Wide;

    /// Computed from many numbers.
    fn pick(wide: &Self::Wide, f: impl Fn(&[u64]) -> u64 + Send + Sync + 'static) -> Self::Derived;

    /// Runs now, and whenever what it reads differs.
    fn effect(
        derived: Self::Derived,
        f: impl Fn(&Self::Derived) + Send + Sync + 'static,
    ) -> Self::Effect;
}

/// A library whose handles go to other threads.
pub(crate) trait Threaded: Library<Cell: Send + Sync, Derived: Send + Sync> {}

impl<L: Library<Cell: Send + Sync, Derived: Send + Sync>> Threaded for L {}

/// What can be read.
pub(crate) enum Node<L: Library> {
    Cell(L::Cell),
    Derived(L::Derived),
}

impl<L: Library> Node<L> {
    pub(crate) fn get(&self) -> u64 {
        match self {
            Self::Cell(cell) => L::get(cell),
            Self::Derived(derived) => L::read(derived),
        }
    }
}

impl<L: Library> Clone for Node<L> {
    fn clone(&self) -> Self {
        match self {
            Self::Cell(cell) => Self::Cell(cell.clone()),
            Self::Derived(derived) => Self::Derived(derived.clone()),
        }
    }
}
