//! What a view needs to know of orders and customers: small values that are compared and copied at will.

use jiff::civil::DateTime;

use super::{CountryKey, Customer, CustomerKey, Money, Order, OrderKey, Standing, Sums};

/// The sums over all lines and orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What the lines of all orders and cancellations come to.
    pub sums: Sums,
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

    /// Counts an order or a cancellation.
    pub fn add(&mut self, order: &Order) {
        let (orders, cancellations, cancelled) = counts(order.standing);
        self.sums += order.sums;
        self.orders += orders;
        self.cancellations += cancellations;
        self.cancelled += cancelled;
    }

    /// Undoes an [`add`](Self::add).
    pub fn take(&mut self, order: &Order) {
        let (orders, cancellations, cancelled) = counts(order.standing);
        self.sums -= order.sums;
        self.orders -= orders;
        self.cancellations -= cancellations;
        self.cancelled -= cancelled;
    }
}

/// What one of this standing is in a tally: an order, a cancellation, a cancelled order.
fn counts(standing: Standing) -> (u64, u64, u64) {
    match standing {
        Standing::Open => (1, 0, 0),
        Standing::Cancelled => (1, 0, 1),
        Standing::Cancellation => (0, 1, 0),
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
    pub lines: u64,
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
            lines: order.sums.lines,
            net: order.sums.net,
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
