//! The five best customers.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::Style,
    text::Line,
    widgets::{Row, Table},
};

use super::{grouped, panel, printable};
use crate::model::CustomerBrief;

/// How many lines it takes: five customers, a header and the frame.
pub(super) const HEIGHT: u16 = 8;

pub(super) fn draw(customers: &[CustomerBrief], frame: &mut Frame<'_>, area: Rect) {
    let rows = customers.iter().map(|customer| {
        Row::new([
            Line::from(customer.key.to_string()),
            Line::from(printable(customer.country.as_str())),
            Line::from(grouped(&customer.orders)).right_aligned(),
            Line::from(grouped(&customer.net)).right_aligned(),
        ])
    });
    let header = Row::new([
        Line::from("number"),
        Line::from("country"),
        Line::from("orders").right_aligned(),
        Line::from("net").right_aligned(),
    ])
    .style(Style::new().dark_gray());
    let widths =
        [Constraint::Length(6), Constraint::Fill(1), Constraint::Length(6), Constraint::Length(11)];
    let table = Table::new(rows, widths).header(header).block(panel("Best customers"));
    frame.render_widget(table, area);
}
