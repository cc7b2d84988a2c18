//! The figures on top.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Stylize},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{DeskView, Phase, grouped, panel};

/// How many lines it takes.
pub(super) fn height(wide: bool) -> u16 {
    if wide { 4 } else { 6 }
}

pub(super) fn draw(view: &DeskView, wide: bool, frame: &mut Frame<'_>, area: Rect) {
    let tally = &view.tally;
    let orders = [
        figure("open", grouped(&tally.open()), Color::Green),
        figure("cancelled", grouped(&tally.cancelled), Color::Red),
        figure("cancellations", grouped(&tally.cancellations), Color::Reset),
    ];
    let net = figure("net revenue", grouped(&tally.sums.net), Color::Yellow);
    let flow = [
        figure("lines", grouped(&tally.sums.lines), Color::Reset),
        figure("events/s", grouped(&view.per_second), Color::Cyan),
        figure("rejected", grouped(&view.rejected), Color::Reset),
    ];
    let [open, cancelled, cancellations] = orders;
    let [lines, events, rejected] = flow;
    let rows = if wide {
        vec![row([open, cancelled, cancellations]), row([net, lines, events, rejected])]
    } else {
        vec![
            row([open, cancelled]),
            row([cancellations, lines]),
            row([net]),
            row([events, rejected]),
        ]
    };
    let block = panel("Order desk").title_top(Line::from(moment(view)).right_aligned());
    frame.render_widget(Paragraph::new(rows).block(block), area);
}

fn figure(name: &'static str, value: String, color: Color) -> [Span<'static>; 3] {
    [Span::from(name).dark_gray(), " ".into(), Span::from(value).fg(color).bold()]
}

fn row<const N: usize>(figures: [[Span<'static>; 3]; N]) -> Line<'static> {
    let mut line = Line::default();
    for (place, figure) in figures.into_iter().enumerate() {
        if place > 0 {
            line.push_span("   ");
        }
        line.extend(figure);
    }
    line
}

/// The time on the desk, and what else there is to know of it.
fn moment(view: &DeskView) -> String {
    let time = view.time.map_or_else(
        || "no orders yet".to_string(),
        |time| time.strftime("%a %Y-%m-%d %H:%M:%S").to_string(),
    );
    match view.phase {
        Phase::Running => format!(" {time} "),
        Phase::Over => format!(" {time} · end of day "),
        Phase::Stopped => format!(" {time} · stopped "),
    }
}
