//! The newest orders, or a page of the open ones.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::{Style, Stylize},
    text::Line,
    widgets::{Paragraph, Row, Table},
};

use super::{Page, grouped, panel, printable};
use crate::model::{Brief, Standing};

pub(super) fn draw(newest: &[Brief], wide: bool, frame: &mut Frame<'_>, area: Rect) {
    if newest.is_empty() {
        let text = Paragraph::new("They will be here as they come in.").dark_gray();
        frame.render_widget(text.block(panel("Newest orders")), area);
        return;
    }
    table("Newest orders", newest, wide, frame, area);
}

pub(super) fn draw_page(page: &Page, wide: bool, frame: &mut Frame<'_>, area: Rect) {
    let Page { before, all, orders } = page;
    let places = match orders.len() {
        0 => "none".to_string(),
        len => format!(
            "{} to {} of {}",
            grouped(&(before + 1)),
            grouped(&(before + len)),
            grouped(all)
        ),
    };
    table(&format!("Open orders, longest waiting first: {places}"), orders, wide, frame, area);
}

fn table(title: &str, orders: &[Brief], wide: bool, frame: &mut Frame<'_>, area: Rect) {
    let block = panel(title);
    let columns: &[Column] = if wide {
        &[TIME, ORDER, BY, TO, LINES, NET, STANDING]
    } else {
        &[TIME, ORDER, TO, NET, STANDING]
    };
    let rows =
        orders.iter().map(|order| Row::new(columns.iter().map(|column| (column.cell)(order))));
    let header = Row::new(columns.iter().map(|column| (column.title)()));
    let table = Table::new(rows, columns.iter().map(|column| column.width))
        .header(header.style(Style::new().dark_gray()))
        .block(block);
    frame.render_widget(table, area);
}

/// One column of the table.
struct Column {
    width: Constraint,
    title: fn() -> Line<'static>,
    cell: fn(&Brief) -> Line<'static>,
}

const TIME: Column = Column {
    width: Constraint::Length(8),
    title: || Line::from("time"),
    cell: |order| Line::from(order.placed.strftime("%H:%M:%S").to_string()),
};

const ORDER: Column = Column {
    width: Constraint::Length(7),
    title: || Line::from("order"),
    cell: |order| Line::from(printable(order.key.as_str())),
};

const BY: Column = Column {
    width: Constraint::Length(7),
    title: || Line::from("by"),
    cell: |order| {
        let guest = || "guest".to_string();
        Line::from(order.customer.map_or_else(guest, |customer| customer.to_string()))
    },
};

const TO: Column = Column {
    width: Constraint::Fill(1),
    title: || Line::from("to"),
    cell: |order| Line::from(printable(order.country.as_str())),
};

const LINES: Column = Column {
    width: Constraint::Length(5),
    title: || Line::from("lines").right_aligned(),
    cell: |order| Line::from(grouped(&order.lines)).right_aligned(),
};

const NET: Column = Column {
    width: Constraint::Length(11),
    title: || Line::from("net").right_aligned(),
    cell: |order| Line::from(grouped(&order.net)).right_aligned(),
};

const STANDING: Column = Column {
    width: Constraint::Length(12),
    title: Line::default,
    cell: |order| match order.standing {
        Standing::Open => Line::from("open").green(),
        Standing::Cancelled => Line::from("cancelled").red(),
        Standing::Cancellation => Line::from("cancellation").magenta(),
    },
};
