//! The newest orders.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::{Style, Stylize},
    text::Line,
    widgets::{Paragraph, Row, Table},
};

use super::{grouped, panel, printable};
use crate::model::{Brief, Standing};

pub(super) fn draw(newest: &[Brief], frame: &mut Frame<'_>, area: Rect) {
    let block = panel("Newest orders");
    if newest.is_empty() {
        let text = Paragraph::new("They will be here as they come in.").dark_gray();
        frame.render_widget(text.block(block), area);
        return;
    }
    let rows = newest.iter().map(|order| {
        let (word, style) = look(order.standing);
        let customer =
            order.customer.map_or_else(|| "guest".to_string(), |customer| customer.to_string());
        Row::new([
            Line::from(order.placed.strftime("%H:%M:%S").to_string()),
            Line::from(printable(order.key.as_str())),
            Line::from(customer),
            Line::from(printable(order.country.as_str())),
            Line::from(grouped(&order.lines)).right_aligned(),
            Line::from(grouped(&order.net)).right_aligned(),
            Line::from(word).style(style),
        ])
    });
    let widths = [
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(7),
        Constraint::Fill(1),
        Constraint::Length(5),
        Constraint::Length(11),
        Constraint::Length(12),
    ];
    let header = Row::new([
        Line::from("time"),
        Line::from("order"),
        Line::from("by"),
        Line::from("to"),
        Line::from("lines").right_aligned(),
        Line::from("net").right_aligned(),
        Line::from(""),
    ])
    .style(Style::new().dark_gray());
    frame.render_widget(Table::new(rows, widths).header(header).block(block), area);
}

fn look(standing: Standing) -> (&'static str, Style) {
    match standing {
        Standing::Open => ("open", Style::new().green()),
        Standing::Cancelled => ("cancelled", Style::new().red()),
        Standing::Cancellation => ("cancellation", Style::new().magenta()),
    }
}
