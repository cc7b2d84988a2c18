//! What a view needs to know of orders and customers: small values that are compared and copied at will.

use jiff::civil::DateTime;

use super::{CountryKey, Customer, CustomerKey, Money, Order, OrderKey, Standing};

/// The sums over all lines and orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines of orders and of cancellations.
    pub lines: u64,
    /// The sum of their amounts.
    pub net: Money,
    /// The sum of their quantities. Wide, so that no number of rows overflows it.
    pub units: i128,
    /// Orders, whether cancelled or not.
    pub orders: u64,
    /// Cancellations, whether or not the order is known.
    pub cancellations: u64,
    /// Orders that a cancellation took back.
    pub cancelled: u64,
}

impl Tally {
    /// Orders that nothing took back.
    pub fn open(&self) -> u64 {
        self.orders - self.cancelled
    }
}

/// An order in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Which.
    pub key: OrderKey,
    /// When its first line came.
    pub placed: DateTime,
    /// Whose it is.
    pub customer: Option<CustomerKey>,
    /// Where it goes.
    pub country: CountryKey,
    /// How many lines it has.
    pub lines: usize,
    /// Their sum.
    pub net: Money,
    /// How it stands.
    pub standing: Standing,
}

impl From<&Order> for Brief {
    fn from(order: &Order) -> Self {
        Self {
            key: order.key.clone(),
            placed: order.placed,
            customer: order.customer,
            country: order.country.clone(),
            lines: order.lines().len(),
            net: order.net,
            standing: order.standing,
        }
    }
}

/// A customer in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerBrief {
    /// Who.
    pub key: CustomerKey,
    /// Where from.
    pub country: CountryKey,
    /// How many orders and cancellations.
    pub orders: usize,
    /// What they come to.
    pub net: Money,
}

impl From<&Customer> for CustomerBrief {
    fn from(customer: &Customer) -> Self {
        Self {
            key: customer.key,
            country: customer.country.clone(),
            orders: customer.orders.len(),
            net: customer.net,
        }
    }
}
