//! Revenue by country.

use flo_reactive::{BindRef, BoundExt, Computed, bind_stream};
use futures::Stream;
use imbl::HashMap;

use crate::{
    model::{CountryKey, Money, OrderEvent},
    ranking::best,
};

/// The component that knows the countries.
#[derive(Clone, Debug)]
pub struct Countries {
    /// The revenue of each.
    pub revenue: BindRef<HashMap<CountryKey, Money>>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The ten with the highest revenue.
    pub top: Computed<Vec<(CountryKey, Money)>>,
}

impl Countries {
    /// Adds `events` up.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let revenue = bind_stream(events, HashMap::new(), |revenue, event: OrderEvent| {
            *revenue.entry(event.sale.country.clone()).or_default() += event.sale.amount;
        });
        Self { count: revenue.map(HashMap::len), top: revenue.map(top), revenue }
    }
}

fn top(revenue: &HashMap<CountryKey, Money>) -> Vec<(CountryKey, Money)> {
    let top = best(10, revenue, |(country, net)| (**net, *country));
    top.into_iter().map(|(country, net)| (country.clone(), *net)).collect()
}
