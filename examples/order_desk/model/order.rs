//! Orders and the lines they own.

use std::sync::Arc;

use imbl::Vector;
use jiff::civil::DateTime;

use super::{CountryKey, CustomerKey, LineKey, Money, OrderKey, Sale};

/// An order, or a cancellation, with its lines.
#[derive(Clone, Debug, PartialEq)]
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
    /// The sum of its lines.
    pub net: Money,
    lines: Vector<Line>,
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
    /// Its name, in which its order's is.
    pub key: LineKey,
    /// What it says.
    pub sale: Arc<Sale>,
}

impl Order {
    /// The order whose first line is `sale`, without that line.
    pub fn begun_by(sale: &Sale, standing: Standing) -> Self {
        Self {
            key: sale.order.clone(),
            customer: sale.customer,
            country: sale.country.clone(),
            placed: sale.at,
            standing,
            net: Money::default(),
            lines: Vector::new(),
        }
    }

    /// Adds a line at the end.
    pub fn push(&mut self, sale: Arc<Sale>) {
        self.net += sale.amount;
        let key = LineKey { order: self.key.clone(), place: self.lines.len() };
        self.lines.push_back(Line { key, sale });
    }

    /// Its lines in the order of arrival.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.lines.iter()
    }

    /// The line at `place`, if it has that many.
    pub fn line(&self, place: usize) -> Option<&Line> {
        self.lines.get(place)
    }
}
