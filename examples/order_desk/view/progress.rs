//! The progress bar, and which keys there are.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Style, Stylize},
    text::Line,
    widgets::LineGauge,
};

use super::{DeskView, Phase, grouped};
use crate::model::Progress;

pub(super) fn draw(view: &DeskView, frame: &mut Frame<'_>, area: Rect) {
    let keys = match view.phase {
        Phase::Running if view.open.is_some() => "PgUp PgDn  o newest  Ctrl-C ends",
        Phase::Running => "o open orders  Ctrl-C ends",
        Phase::Over | Phase::Stopped => "any key ends",
    };
    let width = u16::try_from(keys.len()).unwrap_or(u16::MAX);
    let [bar, hint] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).spacing(2).areas(area);
    frame.render_widget(Line::from(keys).dark_gray(), hint);
    let ratio = match view.phase {
        Phase::Over => Some(1.0),
        Phase::Running | Phase::Stopped => view.progress.map(Progress::ratio),
    };
    match ratio {
        Some(ratio) => frame.render_widget(gauge(ratio), bar),
        None => {
            frame.render_widget(Line::from(without_end(view.tally.sums.lines)).dark_gray(), bar);
        }
    }
}

/// What to say where a bar would need to know how long the source is.
fn without_end(lines: u64) -> String {
    match lines {
        0 => "waiting for the first order".into(),
        lines => format!("{} lines, and no telling how many more", grouped(&lines)),
    }
}

fn gauge(ratio: f64) -> LineGauge<'static> {
    LineGauge::default()
        .ratio(ratio)
        .filled_symbol("━")
        .unfilled_symbol("─")
        .filled_style(Style::new().green())
        .unfilled_style(Style::new().dark_gray())
}
