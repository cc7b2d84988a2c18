//! Customers, their orders by key, and what they spend.

use flo_reactive::{BindRef, BoundExt, Computed, bind_stream};
use futures::Stream;
use imbl::{HashMap, OrdSet};

use crate::{
    model::{Customer, CustomerBrief, CustomerKey, Money, OrderEvent, Sale},
    ranking::best,
};

/// The component that knows the customers. A sale to nobody in particular is none of its business.
#[derive(Clone, Debug)]
pub struct Customers {
    /// All it knows.
    pub known: BindRef<Known>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The five who have spent the most.
    pub best: Computed<Vec<CustomerBrief>>,
}

/// Customers by key. Persistent, so that a clone is a count.
#[derive(Clone, Debug, Default)]
pub struct Known(HashMap<CustomerKey, Customer>);

impl Customers {
    /// Knows the customers of `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let known = bind_stream(events, Known::default(), |known, event| known.add(&event.sale));
        Self { count: known.map(|known| known.0.len()), best: known.map(Known::best), known }
    }
}

impl Known {
    /// The customer of this key, if there is one.
    pub fn customer(&self, key: CustomerKey) -> Option<&Customer> {
        self.0.get(&key)
    }

    fn best(&self) -> Vec<CustomerBrief> {
        let best = best(5, self.0.values(), |customer| (customer.net, customer.key));
        best.into_iter().map(CustomerBrief::from).collect()
    }

    fn add(&mut self, sale: &Sale) {
        let Some(key) = sale.customer else { return };
        let customer = self.0.entry(key).or_insert_with(|| Customer {
            key,
            country: sale.country.clone(),
            orders: OrdSet::new(),
            net: Money::default(),
        });
        customer.net += sale.amount;
        if !customer.orders.contains(&sale.order) {
            customer.orders.insert(sale.order.clone());
        }
    }
}
