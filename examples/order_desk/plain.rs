//! Plain lines, for when standard output is no terminal: no control codes, and not too many.

use std::io::{self, Write};

use crate::{
    model::Progress,
    totals::Totals,
    view::{DeskView, grouped, printable},
};

/// One line that says how the desk stands.
pub fn line(view: &DeskView) -> String {
    let time =
        view.time.map_or_else(|| "no orders yet".into(), |time| time.to_string().replace('T', " "));
    let progress = view
        .progress
        .map(Progress::ratio)
        .map_or_else(String::new, |ratio| format!("  {:3.0} %", ratio * 100.0));
    format!(
        "{time}{progress}  open {}  cancelled {}  net {}  events/s {}",
        grouped(&view.tally.open()),
        grouped(&view.tally.cancelled),
        grouped(&view.tally.sums.net),
        grouped(&view.per_second),
    )
}

/// The totals, as people read them.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_totals(totals: &Totals, out: &mut impl Write) -> io::Result<()> {
    let Totals { lines, units, orders, cancellations, customers, products, countries, .. } = totals;
    writeln!(out, "net revenue    {}", grouped(&totals.net))?;
    writeln!(
        out,
        "orders         {} and {} cancellations",
        grouped(orders),
        grouped(cancellations)
    )?;
    writeln!(out, "lines          {} of {} units", grouped(lines), grouped(units))?;
    writeln!(out, "customers      {} in {} countries", grouped(customers), grouped(countries))?;
    writeln!(out, "products       {}", grouped(products))?;
    for (title, ranking) in [
        ("top countries", &totals.top_countries),
        ("top customers", &totals.top_customers),
        ("top products", &totals.top_products),
    ] {
        for (place, (name, net)) in ranking.iter().enumerate() {
            let title = if place == 0 { title } else { "" };
            writeln!(out, "{title:14} {:>16}  {}", grouped(net), printable(name))?;
        }
    }
    if totals.rejected > 0 {
        writeln!(out, "rejected rows  {}", grouped(&totals.rejected))?;
    }
    if !totals.subscribers.is_empty() {
        let complete = totals.subscribers.iter().filter(|report| report.complete).count();
        writeln!(out, "subscribers    {complete} of {} complete", totals.subscribers.len())?;
    }
    Ok(())
}
