//! Customers, who know their orders by key.

use imbl::OrdSet;

use super::{CountryKey, CustomerKey, Money, OrderKey};

/// A customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Its name.
    pub key: CustomerKey,
    /// Where it was first delivered to.
    pub country: CountryKey,
    /// Its orders and cancellations.
    pub orders: OrdSet<OrderKey>,
    /// What it has spent, less what came back.
    pub net: Money,
}
