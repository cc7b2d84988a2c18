//! The progress bar, and which keys there are.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Stylize,
    text::Line,
    widgets::LineGauge,
};

use super::{DeskView, Phase, grouped};
use crate::model::Progress;

pub(super) fn draw(view: &DeskView, frame: &mut Frame<'_>, area: Rect) {
    let keys = match view.phase {
        Phase::Running => "Ctrl-C ends",
        Phase::Over | Phase::Stopped => "any key ends",
    };
    let width = u16::try_from(keys.len()).unwrap_or(u16::MAX);
    let [bar, hint] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).spacing(2).areas(area);
    frame.render_widget(Line::from(keys).dark_gray(), hint);
    let lines = grouped(&view.tally.lines);
    match (view.phase, view.progress.map(Progress::ratio)) {
        (Phase::Running, None) if view.tally.lines == 0 => {
            frame.render_widget(Line::from("waiting for the first order").dark_gray(), bar);
        }
        (Phase::Running | Phase::Stopped, None) => {
            let lines = format!("{lines} lines, and no telling how many more");
            frame.render_widget(Line::from(lines).dark_gray(), bar);
        }
        (Phase::Over, _) => frame.render_widget(gauge(1.0), bar),
        (Phase::Running | Phase::Stopped, Some(ratio)) => frame.render_widget(gauge(ratio), bar),
    }
}

fn gauge(ratio: f64) -> LineGauge<'static> {
    LineGauge::default()
        .ratio(ratio)
        .filled_symbol("━")
        .unfilled_symbol("─")
        .filled_style(ratatui::style::Style::new().green())
        .unfilled_style(ratatui::style::Style::new().dark_gray())
}
