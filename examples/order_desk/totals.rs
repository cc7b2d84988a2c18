//! The totals of a run, and their JSON.

use std::io::{self, Write};

use flo_reactive::ListSnapshot;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::{
    auditor::AuditReport,
    model::{CustomerBrief, Money},
};

/// How many names a ranking has.
const RANKED: usize = 5;

/// What a run comes to, in the order that the JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Totals {
    /// Lines of orders and of cancellations.
    pub lines: u64,
    /// The sum of quantity × price.
    pub net: String,
    /// The sum of quantities.
    pub units: i128,
    /// Invoices that do not begin with `C`.
    pub orders: u64,
    /// Invoices that do.
    pub cancellations: u64,
    /// Customers that are known by number.
    pub customers: usize,
    /// Stock codes.
    pub products: usize,
    /// Countries.
    pub countries: usize,
    /// The five with the highest net, highest first, equal ones by name.
    pub top_countries: Ranking,
    /// The same of customers.
    pub top_customers: Ranking,
    /// The same of products, by stock code.
    pub top_products: Ranking,
    /// Rows that are no sale.
    pub rejected: u64,
    /// What the auditors found, if there were any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subscribers: Vec<AuditReport>,
}

/// Names with their amounts. Amounts are texts: numbers in JSON are floats to most who read it.
pub type Ranking = Vec<(String, String)>;

/// Countries or products as a ranking.
pub(crate) fn ranking<K: ToString>(top: &ListSnapshot<(K, Money)>) -> Ranking {
    top.iter().take(RANKED).map(|(key, net)| (key.to_string(), net.to_string())).collect()
}

/// Customers as a ranking.
pub(crate) fn customer_ranking(best: &ListSnapshot<CustomerBrief>) -> Ranking {
    best.iter()
        .take(RANKED)
        .map(|customer| (customer.key.to_string(), customer.net.to_string()))
        .collect()
}

impl Totals {
    /// Writes one JSON object and a line end.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let formatter = PrettyFormatter::with_indent(b" ");
        self.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
        writeln!(out)
    }
}
