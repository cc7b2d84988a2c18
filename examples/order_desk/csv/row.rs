//! Records become sales.
//!
//! Numbers and dates must be what they claim to be, to the last byte; text is taken as it stands, empty or
//! not.

use std::{collections::HashSet, fmt, sync::Arc};

use jiff::civil::DateTime;

use super::{
    record::{Defect, Record},
    volume::Volume,
};
use crate::model::{AmountError, CustomerKey, Money, Sale};

/// The columns, in their order.
pub const COLUMNS: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// How much of a bad value an error shows.
const SHOWN: usize = 40;

/// Why a record is no sale.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowError {
    /// It is not even a record.
    Defect(Defect),
    /// It has not as many fields as there are columns.
    FieldCount(usize),
    /// A field is not UTF-8.
    NotUtf8 {
        /// Which.
        column: &'static str,
    },
    /// A field is not what its column is for.
    Value {
        /// Which.
        column: &'static str,
        /// What it says, shortened.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Quantity × price is no amount.
    Amount(AmountError),
    /// All amounts together would be more than the desk can hold.
    Volume,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defect(defect) => defect.fmt(f),
            Self::FieldCount(1) => write!(f, "1 field instead of {}", COLUMNS.len()),
            Self::FieldCount(count) => write!(f, "{count} fields instead of {}", COLUMNS.len()),
            Self::NotUtf8 { column } => write!(f, "{column} is not UTF-8"),
            Self::Value { column, text, problem } => write!(f, "{column} {text:?} is {problem}"),
            Self::Amount(error) => write!(f, "Quantity × UnitPrice is {error}"),
            Self::Volume => f.write_str("the sum of all amounts is too large a number"),
        }
    }
}

impl std::error::Error for RowError {}

impl From<Defect> for RowError {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

/// Parses records, and lets equal names share their memory.
#[derive(Debug, Default)]
pub struct RowParser {
    names: HashSet<Arc<str>>,
    volume: Volume,
}

impl RowParser {
    /// Parses one record.
    ///
    /// # Errors
    /// With the first thing that is wrong with it.
    pub fn parse(&mut self, record: &Record) -> Result<Sale, RowError> {
        let [order, product, description, quantity, at, price, customer, country] = texts(record)?;
        let quantity = parse_quantity(quantity)?;
        let at = parse_date(at).ok_or_else(|| {
            value_error("InvoiceDate", at, "not a date such as 2010-12-01 08:26:00")
        })?;
        let price: Money = price
            .parse()
            .map_err(|error: AmountError| value_error("UnitPrice", price, error.text()))?;
        let amount = price.times(quantity).map_err(RowError::Amount)?;
        let customer = parse_customer(customer)?;
        if !self.volume.admit(amount) {
            return Err(RowError::Volume);
        }
        Ok(Sale {
            order: self.name(order).into(),
            product: self.name(product).into(),
            description: self.name(description),
            quantity,
            at,
            price,
            amount,
            customer,
            country: self.name(country).into(),
        })
    }

    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.names.get(text) {
            return Arc::clone(name);
        }
        let name: Arc<str> = text.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}

fn texts(record: &Record) -> Result<[&str; 8], RowError> {
    let fields = record.fields();
    if fields.len() != COLUMNS.len() {
        return Err(RowError::FieldCount(fields.len()));
    }
    let mut texts = [""; 8];
    for ((text, field), column) in texts.iter_mut().zip(fields).zip(COLUMNS) {
        *text = std::str::from_utf8(field).map_err(|_| RowError::NotUtf8 { column })?;
    }
    Ok(texts)
}

fn value_error(column: &'static str, text: &str, problem: &'static str) -> RowError {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    RowError::Value { column, text: shown, problem }
}

fn parse_quantity(text: &str) -> Result<i64, RowError> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse().map_err(|error: std::num::ParseIntError| {
        let problem = match error.kind() {
            PosOverflow | NegOverflow => "too large a number",
            _ => "not a whole number",
        };
        value_error("Quantity", text, problem)
    })
}

/// `17850` and `17850.0` are the same customer; an empty text is none.
fn parse_customer(text: &str) -> Result<Option<CustomerKey>, RowError> {
    if text.is_empty() {
        return Ok(None);
    }
    let (digits, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let well_formed = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.is_empty()
        && !zeros.is_empty()
        && zeros.bytes().all(|byte| byte == b'0');
    if !well_formed {
        return Err(value_error("CustomerID", text, "not the number of a customer"));
    }
    let number =
        digits.parse().map_err(|_| value_error("CustomerID", text, "too large a number"))?;
    Ok(Some(CustomerKey(number)))
}

/// Exactly `YYYY-MM-DD HH:MM:SS`, and a day and a time that exist.
fn parse_date(text: &str) -> Option<DateTime> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if separators.iter().any(|(place, separator)| bytes[*place] != *separator) {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0_i16, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0'))
        })
    };
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0).ok()
}
