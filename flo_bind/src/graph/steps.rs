//! For tests: how many edges this thread has touched.

use std::cell::Cell;

thread_local! {
    static TOUCHED: Cell<usize> = const { Cell::new(0) };
}

/// An edge is marked through, compared, noted, linked or taken away.
pub(super) fn touch() {
    TOUCHED.with(|touched| touched.set(touched.get() + 1));
}

/// How many were touched since this was last asked.
pub(crate) fn take() -> usize {
    TOUCHED.with(Cell::take)
}
