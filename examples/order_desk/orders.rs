//! Orders and their lines.
//!
//! A cancellation `C123` takes back the order `123`, whichever of the two comes first. Where that order is
//! not known, as in real data whose cancellations have numbers of their own, the cancellation counts as one
//! and cancels nothing: guessing by customer and product would now and then be wrong, and never be seen to
//! be.

use std::sync::Arc;

use flo_reactive::{BindRef, BoundExt, Computed, bind_stream};
use futures::Stream;
use imbl::{HashMap, Vector};

use crate::model::{Brief, Line, LineKey, Order, OrderEvent, OrderKey, Sale, Standing, Tally};

/// How many of the newest orders are kept in mind for the views.
const NEWEST: usize = 40;

/// The component that knows the orders.
#[derive(Clone, Debug)]
pub struct Orders {
    /// All it knows.
    pub book: BindRef<Book>,
    /// The sums over all of it.
    pub tally: Computed<Tally>,
    /// The newest orders and cancellations, newest first.
    pub newest: Computed<Vec<Brief>>,
}

/// Orders by key. Persistent, so that a clone is a count.
#[derive(Clone, Debug, Default)]
pub struct Book {
    orders: HashMap<OrderKey, Order>,
    newest: Vector<OrderKey>,
    tally: Tally,
}

impl Orders {
    /// Keeps the book of `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let book = bind_stream(events, Book::default(), |book, event| book.add(event.sale));
        Self { tally: book.map(|book| book.tally), newest: book.map(Book::newest), book }
    }
}

impl Book {
    /// The order or cancellation of this key, if there is one.
    pub fn order(&self, key: &OrderKey) -> Option<&Order> {
        self.orders.get(key)
    }

    /// The line of this key, if there is one.
    pub fn line(&self, key: &LineKey) -> Option<&Line> {
        self.order(&key.order)?.line(key.place)
    }

    fn newest(&self) -> Vec<Brief> {
        self.newest.iter().rev().filter_map(|key| self.order(key)).map(Brief::from).collect()
    }

    fn add(&mut self, sale: Arc<Sale>) {
        self.tally.lines += 1;
        self.tally.units += i128::from(sale.quantity);
        self.tally.net += sale.amount;
        if let Some(order) = self.orders.get_mut(&sale.order) {
            order.push(sale);
            return;
        }
        let mut order = Order::begun_by(&sale, self.standing_of_new(&sale.order));
        let key = order.key.clone();
        order.push(sale);
        self.orders.insert(key.clone(), order);
        self.newest.push_back(key);
        if self.newest.len() > NEWEST {
            self.newest.pop_front();
        }
    }

    /// Counts an order or cancellation that was not known, and what it cancels.
    fn standing_of_new(&mut self, key: &OrderKey) -> Standing {
        if let Some(cancelled) = key.cancels() {
            self.tally.cancellations += 1;
            if let Some(order) = self.orders.get_mut(&cancelled) {
                order.standing = Standing::Cancelled;
                self.tally.cancelled += 1;
            }
            return Standing::Cancellation;
        }
        self.tally.orders += 1;
        if self.orders.contains_key(&key.cancelled_by()) {
            self.tally.cancelled += 1;
            return Standing::Cancelled;
        }
        Standing::Open
    }
}
