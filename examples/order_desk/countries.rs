//! Revenue by country.

use std::cmp::Reverse;

use flo_reactive::{Computed, Key, ListRef, MapRef, Stored};

use crate::model::{CountryKey, Line, Money};

/// The component that knows the countries.
#[derive(Clone, Debug)]
pub struct Countries {
    /// The revenue of each.
    pub revenue: MapRef<CountryKey, Money>,
    /// How many there are.
    pub count: Computed<usize>,
    /// The ten with the highest revenue, highest first, equal ones by name.
    pub top: ListRef<(CountryKey, Money)>,
}

impl Countries {
    /// Adds `lines` up.
    pub fn new(lines: &MapRef<Key<Line>, Stored<Line>>) -> Self {
        let revenue = lines.group_fold(
            |_, line| line.sale.country.clone(),
            Money::default(),
            |net, _, line| *net += line.sale.amount,
            |net, _, line| *net -= line.sale.amount,
        );
        // Stable: equal ones stay in the order of their names.
        let top = revenue.entries().sorted_by_key(|(_, net)| Reverse(*net)).take(10);
        Self { count: revenue.count(), top, revenue }
    }
}
