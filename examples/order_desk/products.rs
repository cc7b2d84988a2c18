//! Units and revenue of each product.

use std::cmp::Reverse;

use flo_reactive::{Computed, Key, ListRef, MapRef, Stored};

use crate::model::{Line, Money, ProductKey, Sums};

/// The component that knows the products.
#[derive(Clone, Debug)]
pub struct Products {
    /// What the lines of each come to.
    pub sold: MapRef<ProductKey, Sums>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The five with the highest revenue, highest first, equal ones by name.
    pub top: ListRef<(ProductKey, Money)>,
}

impl Products {
    /// Adds `lines` up.
    pub fn new(lines: &MapRef<Key<Line>, Stored<Line>>) -> Self {
        let sold = lines.group_fold(
            |_, line| line.sale.product.clone(),
            Sums::default(),
            |sums, _, line| *sums += Sums::of([&*line.sale]),
            |sums, _, line| *sums -= Sums::of([&*line.sale]),
        );
        let net = sold.map(|_, sums| sums.net).entries();
        // Stable: equal ones stay in the order of their names.
        let top = net.sorted_by_key(|(_, net)| Reverse(*net)).take(5);
        Self { count: sold.count(), top, sold }
    }
}
