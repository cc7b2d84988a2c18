//! Revenue by country, as bars.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::Stylize,
    text::{Line, Span},
    widgets::{Row, Table},
};

use super::{grouped, panel, printable};
use crate::model::{CountryKey, Money};

/// The width of the names.
const NAMES: u16 = 16;

/// The width of the amounts.
const AMOUNTS: u16 = 14;

/// The last cell of a bar, filled from an eighth to seven.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

pub(super) fn draw(countries: &[(CountryKey, Money)], frame: &mut Frame<'_>, area: Rect) {
    let block = panel("Revenue by country");
    let inner = block.inner(area);
    let room = inner.width.saturating_sub(NAMES + AMOUNTS + 2);
    let highest = countries.first().map(|(_, net)| *net).unwrap_or_default();
    let rows = countries.iter().map(|(country, net)| {
        let bar = Span::from(bar(net.share_of(highest), room)).blue();
        let amount = Line::from(grouped(net)).right_aligned();
        Row::new([Line::from(printable(country.as_str())), Line::from(bar), amount])
    });
    let widths = [Constraint::Length(NAMES), Constraint::Length(room), Constraint::Length(AMOUNTS)];
    frame.render_widget(Table::new(rows, widths).block(block), area);
}

/// A bar of `share` of `width` cells, to an eighth of one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a screen's width is a small number that is not negative"
)]
fn bar(share: f64, width: u16) -> String {
    let eighths = (share * f64::from(width) * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(0.0, 3), "");
        let (less, more) = (Money::from_cents(-1), Money::from_cents(300));
        assert_eq!(bar(less.share_of(more), 3), "", "a loss has no bar");
        assert_eq!(bar(more.share_of(more), 0), "", "no room, no bar");
    }
}
