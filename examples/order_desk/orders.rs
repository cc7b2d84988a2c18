//! Orders and their lines: two stores, in which an order owns its lines and a line knows its order by key.
//!
//! A cancellation `C123` takes back the order `123`, whichever of the two comes first. Where that order is
//! not known, as in real data whose cancellations have numbers of their own, the cancellation counts as one
//! and cancels nothing: guessing by customer and product would now and then be wrong, and never be seen to
//! be.

use std::sync::Arc;

use flo_reactive::{BindRef, Computed, Key, ListRef, MapBinding, MapRef, Store, StoreRef};
use futures::Stream;

use crate::{
    model::{Brief, Line, Order, OrderEvent, OrderKey, Sale, Standing, Sums, Tally},
    taking::take_events,
};

/// How many of the newest orders are kept in mind for the views.
const NEWEST: usize = 40;

/// The component that knows the orders.
#[derive(Clone, Debug)]
pub struct Orders {
    /// How many events it has taken.
    pub taken: BindRef<u64>,
    /// Orders and cancellations. None is ever removed, so that their keys are in the order in which they came.
    pub orders: StoreRef<Order, Order>,
    /// Their lines.
    pub lines: StoreRef<Line, Line>,
    /// Which order has which name.
    pub named: MapRef<OrderKey, Key<Order>>,
    /// The sums over all of it.
    pub tally: Computed<Tally>,
    /// The newest orders and cancellations, newest first.
    pub newest: ListRef<Brief>,
}

impl Orders {
    /// Knows the orders of `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let book = Book::default();
        let (orders, lines) = (book.orders.read_only(), book.lines.read_only());
        let named = book.named.read_only();
        let entries = orders.entries();
        Self {
            tally: entries.fold(
                Tally::default(),
                |tally, _, order| tally.add(order),
                |tally, _, order| tally.take(order),
            ),
            newest: entries.values().reversed().take(NEWEST).map(|order| Brief::from(&**order)),
            taken: take_events(events, move |events| book.add(events)),
            orders,
            lines,
            named,
        }
    }

    /// The key of the order or cancellation of this name, if there is one.
    pub fn key(&self, name: &OrderKey) -> Option<Key<Order>> {
        self.named.get(name)
    }

    /// The lines of an order, in the order of arrival.
    pub fn lines_of(&self, order: Key<Order>) -> Vec<Key<Line>> {
        self.orders.owned_in(order, &self.lines)
    }
}

/// The right to edit what the component knows.
#[derive(Default)]
struct Book {
    orders: Store<Order, Order>,
    lines: Store<Line, Line>,
    named: MapBinding<OrderKey, Key<Order>>,
}

impl Book {
    /// Adds sales. Those of one order mostly come one after the other, and are one edit of it.
    fn add(&self, events: &[OrderEvent]) {
        for events in events.chunk_by(|one, next| one.sale.order == next.sale.order) {
            let order = self.order(events);
            let line = |event: &OrderEvent| Line { order, sale: Arc::clone(&event.sale) };
            let lines = self.lines.extend(events.iter().map(line));
            self.orders.own_all(order, &self.lines, lines).expect("nobody removes orders");
        }
    }

    /// The order of these sales, which are added to its sums.
    fn order(&self, events: &[OrderEvent]) -> Key<Order> {
        let (first, sums) = (&events[0].sale, Sums::of(events.iter().map(|event| &*event.sale)));
        if let Some(known) = self.named.get(&first.order) {
            let added = self.orders.update(known, move |order| order.sums += sums);
            added.expect("nobody removes orders");
            return known;
        }
        let standing = self.standing_of_new(first);
        let order = self.orders.insert(Order::begun_by(first, standing, sums));
        self.named.insert(first.order.clone(), order);
        order
    }

    /// How an order or cancellation stands that was not known; what it cancels is cancelled.
    fn standing_of_new(&self, sale: &Sale) -> Standing {
        if let Some(cancelled) = sale.order.cancels() {
            if let Some(order) = self.named.get(&cancelled) {
                let cancel = |order: &mut Order| order.standing = Standing::Cancelled;
                self.orders.update(order, cancel).expect("nobody removes orders");
            }
            Standing::Cancellation
        } else if self.named.contains_key(&sale.order.cancelled_by()) {
            Standing::Cancelled
        } else {
            Standing::Open
        }
    }
}
