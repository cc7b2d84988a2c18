//! Customers, their orders by key, and what they spend.

use std::cmp::Reverse;

use flo_reactive::{BindRef, Computed, ListRef, MapBinding, MapRef};
use futures::Stream;
use imbl::OrdSet;

use crate::{
    model::{Customer, CustomerBrief, CustomerKey, Money, OrderEvent, Sums},
    taking::take_events,
};

/// The component that knows the customers. A sale to nobody in particular is none of its business.
#[derive(Clone, Debug)]
pub struct Customers {
    /// How many events it has taken.
    pub taken: BindRef<u64>,
    /// Each of them.
    pub known: MapRef<CustomerKey, Customer>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The five who have spent the most, equal ones by name.
    pub best: ListRef<CustomerBrief>,
}

impl Customers {
    /// Knows the customers of `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let customers = MapBinding::new();
        let known = customers.read_only();
        // Stable: equal ones stay in the order of their names.
        let best =
            known.values().sorted_by_key(|customer: &Customer| Reverse(customer.net)).take(5);
        Self {
            count: known.count(),
            best: best.map(|customer| customer.into()),
            taken: take_events(events, move |events| add(&customers, events)),
            known,
        }
    }
}

/// Adds sales. Those of one order mostly come one after the other, and are one edit of its customer.
fn add(customers: &MapBinding<CustomerKey, Customer>, events: &[OrderEvent]) {
    for events in events.chunk_by(|one, next| {
        one.sale.customer == next.sale.customer && one.sale.order == next.sale.order
    }) {
        let first = &*events[0].sale;
        let Some(key) = first.customer else { continue };
        let (order, country) = (first.order.clone(), first.country.clone());
        let Sums { net, .. } = Sums::of(events.iter().map(|event| &*event.sale));
        customers.alter(key, move |known| {
            let mut customer = known.unwrap_or_else(|| Customer {
                key,
                country: country.clone(),
                orders: OrdSet::new(),
                net: Money::default(),
            });
            customer.net += net;
            customer.orders.insert(order.clone());
            Some(customer)
        });
    }
}
