//! One sale: what one row of the file, or one step of the built-in day, says.

use std::sync::Arc;

use jiff::civil::DateTime;

use super::{CountryKey, CustomerKey, Money, OrderKey, ProductKey};

/// One line of an invoice as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The invoice it is on.
    pub order: OrderKey,
    /// What was sold.
    pub product: ProductKey,
    /// The product in words.
    pub description: Arc<str>,
    /// How many; negative for what comes back.
    pub quantity: i64,
    /// When.
    pub at: DateTime,
    /// The price of one.
    pub price: Money,
    /// Quantity × price. Made with the sale, so that whoever adds it up need not ask whether it fits.
    pub amount: Money,
    /// To whom, if that is known.
    pub customer: Option<CustomerKey>,
    /// Where to.
    pub country: CountryKey,
}
