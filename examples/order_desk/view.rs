//! Draws the desk. Nothing here knows a component, a binding or a terminal: a [`DeskView`] and a frame are
//! all there is.
//!
//! ```text
//!  wide ┌ figures ──────────────────────┐   narrow ┌ figures ───┐
//!       ├ countries ────┬ best customers┤          ├ countries ─┤
//!       ├ newest orders ┴───────────────┤          ├ customers ─┤
//!       └ progress ─────────────────────┘          ├ newest ────┤
//!                                                  └ progress ──┘
//! ```

mod bars;
mod figures;
mod header;
mod newest;
mod progress;
mod spenders;

use jiff::civil::DateTime;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Style, Stylize},
    widgets::{Block, BorderType, Padding},
};

pub(crate) use self::figures::{grouped, printable};
use crate::model::{Brief, CountryKey, CustomerBrief, Money, Progress, Tally};

/// From this width on, countries and customers stand side by side.
const WIDE: u16 = 84;

/// All that a view shows, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskView {
    /// How the run stands.
    pub phase: Phase,
    /// The time on the desk.
    pub time: Option<DateTime>,
    /// How far the source has come, if that can be known.
    pub progress: Option<Progress>,
    /// The sums.
    pub tally: Tally,
    /// Events in the last second.
    pub per_second: u64,
    /// Rows that are no sale.
    pub rejected: u64,
    /// The countries with the highest revenue.
    pub countries: Vec<(CountryKey, Money)>,
    /// The customers who have spent the most.
    pub customers: Vec<CustomerBrief>,
    /// The newest orders, newest first.
    pub newest: Vec<Brief>,
    /// What is shown instead of them, where somebody turns the pages of open orders.
    pub open: Option<Page>,
}

/// A page of open orders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// How many are before it.
    pub before: usize,
    /// How many there are in all.
    pub all: usize,
    /// Those on the page.
    pub orders: Vec<Brief>,
}

/// What somebody at the desk wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a desk must deal with each of these")]
pub enum Turn {
    /// Open orders instead of the newest ones, or the other way round.
    Over,
    /// The next page.
    On,
    /// The page before.
    Back,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a view must have a word for each of these")]
pub enum Phase {
    /// Orders come in.
    #[default]
    Running,
    /// The source is at its end, and everything has been counted.
    Over,
    /// Somebody has ended it.
    Stopped,
}

/// Draws `view` on the whole frame.
pub fn draw(view: &DeskView, frame: &mut Frame<'_>) {
    let area = frame.area();
    let wide = area.width >= WIDE;
    let countries = u16::try_from(view.countries.len().clamp(6, 10)).unwrap_or(10) + 2;
    let middle = if wide { countries } else { countries + spenders::HEIGHT };
    let [header, middle, newest, progress] = Layout::vertical([
        Constraint::Length(header::height(wide)),
        Constraint::Length(middle),
        Constraint::Min(4),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(view, wide, frame, header);
    let [countries, customers] = middle_areas(middle, wide);
    bars::draw(&view.countries, frame, countries);
    spenders::draw(&view.customers, frame, customers);
    match &view.open {
        Some(page) => newest::draw_page(page, wide, frame, newest),
        None => newest::draw(&view.newest, wide, frame, newest),
    }
    progress::draw(view, frame, progress);
}

fn middle_areas(area: Rect, wide: bool) -> [Rect; 2] {
    if wide {
        Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(area)
    } else {
        Layout::vertical([Constraint::Min(5), Constraint::Length(spenders::HEIGHT)]).areas(area)
    }
}

/// A frame with a title.
fn panel(title: &str) -> Block<'_> {
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(Style::new().dark_gray())
        .padding(Padding::horizontal(1))
        .title(format!(" {title} ").bold())
}
