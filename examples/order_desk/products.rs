//! What is sold of each product.

use std::sync::Arc;

use flo_reactive::{BindRef, BoundExt, Computed, bind_stream};
use futures::Stream;
use imbl::HashMap;

use crate::{
    model::{Money, OrderEvent, ProductKey, Sale},
    ranking::best,
};

/// The component that knows the products.
#[derive(Clone, Debug)]
pub struct Products {
    /// All it knows.
    pub shelf: BindRef<Shelf>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The five with the highest revenue.
    pub top: Computed<Vec<(ProductKey, Money)>>,
}

/// Products by key. Persistent, so that a clone is a count.
#[derive(Clone, Debug, Default)]
pub struct Shelf(HashMap<ProductKey, Product>);

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its first description that says anything.
    pub description: Arc<str>,
    /// How many were sold, less those that came back.
    pub units: i128,
    /// What they came to.
    pub net: Money,
}

impl Products {
    /// Knows the products of `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let shelf = bind_stream(events, Shelf::default(), |shelf, event| shelf.add(&event.sale));
        Self { count: shelf.map(|shelf| shelf.0.len()), top: shelf.map(Shelf::top), shelf }
    }
}

impl Shelf {
    /// The product of this key, if there is one.
    pub fn product(&self, key: &ProductKey) -> Option<&Product> {
        self.0.get(key)
    }

    fn top(&self) -> Vec<(ProductKey, Money)> {
        let top = best(5, &self.0, |(key, product)| (product.net, *key));
        top.into_iter().map(|(key, product)| (key.clone(), product.net)).collect()
    }

    fn add(&mut self, sale: &Sale) {
        let product = self.0.entry(sale.product.clone()).or_insert_with(|| Product {
            description: Arc::clone(&sale.description),
            units: 0,
            net: Money::default(),
        });
        product.units += i128::from(sale.quantity);
        product.net += sale.amount;
        if product.description.is_empty() {
            product.description = Arc::clone(&sale.description);
        }
    }
}
