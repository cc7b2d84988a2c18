//! Orders and the lines they own.

use std::{
    ops::{AddAssign, SubAssign},
    sync::Arc,
};

use flo_reactive::Key;
use jiff::civil::DateTime;

use super::{CountryKey, CustomerKey, Money, OrderKey, Sale};

/// An order, or a cancellation. Its lines are in a store of their own, where it owns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub key: OrderKey,
    /// Whose it is, if its first line said so.
    pub customer: Option<CustomerKey>,
    /// Where it goes.
    pub country: CountryKey,
    /// When its first line came.
    pub placed: DateTime,
    /// How it stands.
    pub standing: Standing,
    /// What its lines come to.
    pub sums: Sums,
}

/// What the lines of an order come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub lines: u64,
    /// The sum of their quantities. Wide, so that no number of rows overflows it.
    pub units: i128,
    /// The sum of their amounts.
    pub net: Money,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a view that draws orders must draw each of these")]
pub enum Standing {
    /// It is to be delivered.
    Open,
    /// A cancellation has taken it back.
    Cancelled,
    /// It is itself a cancellation.
    Cancellation,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The order that owns it.
    pub order: Key<Order>,
    /// What it says.
    pub sale: Arc<Sale>,
}

impl Order {
    /// The order whose first line is `sale`, with lines that come to `sums`.
    pub fn begun_by(sale: &Sale, standing: Standing, sums: Sums) -> Self {
        Self {
            key: sale.order.clone(),
            customer: sale.customer,
            country: sale.country.clone(),
            placed: sale.at,
            standing,
            sums,
        }
    }
}

impl Sums {
    /// What these come to.
    pub fn of<'a, I: IntoIterator<Item = &'a Sale>>(sales: I) -> Self {
        let mut sums = Self::default();
        for sale in sales {
            let (units, net) = (i128::from(sale.quantity), sale.amount);
            sums += Self { lines: 1, units, net };
        }
        sums
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.units += other.units;
        self.net += other.net;
    }
}

impl SubAssign for Sums {
    fn sub_assign(&mut self, other: Self) {
        self.lines -= other.lines;
        self.units -= other.units;
        self.net -= other.net;
    }
}
