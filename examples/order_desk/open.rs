//! The open orders, page by page.
//!
//! An order is open while it is to be delivered: it is not cancelled, and no cancellation itself. Who waits longest comes
//! first.

use flo_reactive::{Binding, BoundExt, Computed, Key, ListRef, MapRef, Stored, bind};

use crate::model::{Brief, Order, Standing};

/// How many orders a page has, until somebody knows better.
const ROWS: usize = 10;

/// The component that turns the pages of open orders.
#[derive(Clone, Debug)]
pub struct Open {
    /// How many orders are open.
    pub count: Computed<usize>,
    /// The place of the first order of the page among the open ones, from 0.
    pub from: Binding<usize>,
    /// How many orders a page has.
    pub rows: Binding<usize>,
    /// The page.
    pub page: ListRef<Brief>,
}

impl Open {
    /// Shows the open ones of `orders`, at first their first page.
    pub fn new(orders: &MapRef<Key<Order>, Stored<Order>>) -> Self {
        let open = orders.filter(|_, order| order.standing == Standing::Open);
        let (from, rows) = (bind(0), bind(ROWS));
        let page = open.values().window(&from, &rows).map(|order| Brief::from(&**order));
        Self { count: open.count(), from, rows, page }
    }

    /// Turns to the next page, if there is one.
    pub fn on(&self) {
        let next = self.from.get() + self.rows.get();
        if next < self.count.get() {
            self.from.set(next);
        }
    }

    /// Turns to the page before.
    pub fn back(&self) {
        let rows = self.rows.get();
        self.from.update(move |from| *from = from.saturating_sub(rows));
    }
}
