//! The totals counted a second time, by other means: the `csv` crate, ordered maps and whole numbers. It
//! shares nothing with the desk, not even the idea of what money is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Amounts are counted in this part of one.
const PARTS: i128 = 100_000_000;

/// The totals of all `files`, amounts in hundred-millionths. Rows that are no sale are counted as rejected.
pub(crate) fn count(files: &[impl AsRef<[u8]>]) -> Value {
    let mut count = Count::default();
    for file in files {
        let bytes = file.as_ref();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        for row in rows.byte_records() {
            let row = row.unwrap();
            if count.add(&row).is_none() {
                count.rejected += 1;
            }
        }
    }
    count.totals()
}

/// The desk's totals in the same form, so that `2.5` and `2.50` are equal.
pub(crate) fn in_parts(totals: &Value) -> Value {
    let mut totals = totals.clone();
    totals["net"] = parts(totals["net"].as_str().unwrap()).unwrap().to_string().into();
    for ranking in ["top_countries", "top_customers", "top_products"] {
        for entry in totals[ranking].as_array_mut().unwrap() {
            entry[1] = parts(entry[1].as_str().unwrap()).unwrap().to_string().into();
        }
    }
    totals
}

#[derive(Default)]
struct Count {
    lines: u64,
    units: i128,
    net: i128,
    rejected: u64,
    invoices: BTreeSet<String>,
    countries: BTreeMap<String, i128>,
    customers: BTreeMap<String, i128>,
    products: BTreeMap<String, i128>,
}

impl Count {
    fn add(&mut self, row: &csv::ByteRecord) -> Option<()> {
        if row.len() != 8 {
            return None;
        }
        let text = |column: usize| std::str::from_utf8(&row[column]).ok();
        for column in 0..8 {
            text(column)?;
        }
        let quantity: i64 = text(3)?.parse().ok()?;
        date(text(4)?)?;
        let amount = i128::from(quantity) * parts(text(5)?)?;
        let customer = text(6)?;
        let customer = customer.strip_suffix(".0").unwrap_or(customer);
        if !customer.is_empty() {
            let number: u64 = customer.parse().ok()?;
            *self.customers.entry(number.to_string()).or_default() += amount;
        }
        self.lines += 1;
        self.units += i128::from(quantity);
        self.net += amount;
        self.invoices.insert(text(0)?.into());
        *self.products.entry(text(1)?.into()).or_default() += amount;
        *self.countries.entry(text(7)?.into()).or_default() += amount;
        Some(())
    }

    fn totals(&self) -> Value {
        let cancellations = self.invoices.iter().filter(|name| name.starts_with('C')).count();
        json!({
            "lines": self.lines,
            "net": self.net.to_string(),
            "units": i64::try_from(self.units).unwrap(),
            "orders": self.invoices.len() - cancellations,
            "cancellations": cancellations,
            "customers": self.customers.len(),
            "products": self.products.len(),
            "countries": self.countries.len(),
            "top_countries": top(&self.countries),
            "top_customers": top(&self.customers),
            "top_products": top(&self.products),
            "rejected": self.rejected,
        })
    }
}

fn top(nets: &BTreeMap<String, i128>) -> Vec<(&String, String)> {
    let mut nets: Vec<_> = nets.iter().collect();
    // Stable: equal ones stay in the order of their names.
    nets.sort_by_key(|(_, net)| -**net);
    nets.into_iter().take(5).map(|(name, net)| (name, net.to_string())).collect()
}

fn parts(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<8}");
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(sign * (whole * PARTS + part.parse::<i128>().ok()?))
}

fn date(text: &str) -> Option<()> {
    let numbers: Option<Vec<u32>> =
        text.split(['-', ' ', ':']).map(|part| part.parse().ok()).collect();
    let numbers = numbers?;
    let most = [9999, 12, 31, 23, 59, 59];
    (numbers.len() == 6 && numbers.iter().zip(most).all(|(number, most)| *number <= most))
        .then_some(())
}
