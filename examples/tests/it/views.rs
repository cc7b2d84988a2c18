//! What the desk looks like. The pictures are in `tests/snapshots` and `data/desk.txt`; with
//! `UPDATE_SNAPSHOTS=1` the tests paint them again, and `git diff` shows what has changed.

use std::{env, fs, path::Path};

use flo_reactive::{BoundExt, Publisher};
use futures::executor::block_on;
use order_desk::{
    day::Day,
    desk::Desk,
    feed::{Feed, Reports},
    model::Standing,
    pace::Pace,
    plain,
    stop::Stop,
    view::{DeskView, Phase, Turn, draw},
};
use ratatui::{Terminal, backend::TestBackend};

/// What is shown after so many sales of the built-in day.
fn after(sales: usize) -> DeskView {
    // The one figure that depends on the machine.
    DeskView { per_second: 58, ..desk_after(sales).view().get() }
}

/// The desk after so many sales of the built-in day.
fn desk_after(sales: usize) -> Desk {
    let publisher = Publisher::new(64);
    let desk = Desk::new(&publisher, 0);
    let (stop, rejected) = (Stop::default(), desk.rejected().clone());
    let feed = Feed::new(publisher.clone(), Pace::Unbounded, stop, rejected, Reports::now());
    feed.run(Day::new(1).take(sales)).unwrap();
    publisher.close_all();
    block_on(desk.settled()).unwrap();
    desk
}

fn painted(view: &DeskView, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(view, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        row.trim_end().to_string() + "\n"
    };
    (0..height).map(row).collect()
}

fn assert_painted(picture: &str, view: &DeskView, width: u16, height: u16) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(picture);
    let painted = painted(view, width, height);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &painted).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(painted == expected, "{picture} has changed:\n{painted}");
}

#[test]
fn wide() {
    assert_painted("data/desk.txt", &after(1800), 100, 30);
}

#[test]
fn narrow() {
    assert_painted("tests/snapshots/narrow.txt", &after(1800), 60, 36);
}

#[test]
fn open_orders() {
    let desk = desk_after(1800);
    let view = desk.view();
    for turn in [Turn::Over, Turn::On, Turn::On, Turn::Back] {
        desk.turn(turn);
    }
    let shown = DeskView { per_second: 58, ..view.get() };
    let page = shown.open.as_ref().unwrap();
    assert_eq!((page.before, page.all as u64, page.orders.len()), (10, shown.tally.open(), 10));
    assert!(page.orders.iter().all(|order| order.standing == Standing::Open));
    assert_painted("tests/snapshots/open_orders.txt", &shown, 100, 30);
    desk.turn(Turn::Over);
    assert_eq!(view.get().open, None);
}

#[test]
fn no_orders_yet() {
    assert_painted("tests/snapshots/no_orders_yet.txt", &DeskView::default(), 100, 24);
}

#[test]
fn end_of_day() {
    let view = DeskView { phase: Phase::Over, per_second: 0, ..after(usize::MAX) };
    assert_painted("tests/snapshots/end_of_day.txt", &view, 100, 30);
}

#[test]
fn no_window_is_too_small_and_no_name_too_long() {
    let mut view = after(500);
    view.countries[0].0 = "x".repeat(500).as_str().into();
    view.newest[0].key = "\u{1b}[2J\u{1F980}".into();
    for width in (0..140).step_by(7) {
        for height in 0..40 {
            let painted = painted(&view, width, height);
            assert!(!painted.contains('\u{1b}'), "a name cannot steer the terminal");
        }
    }
}

#[test]
fn a_plain_line_says_it_all_without_control_codes() {
    let line = plain::line(&after(1800));
    assert!(line.starts_with("2026-05-04 "), "{line}");
    assert!(line.contains(" 49 %  open "), "{line}");
    assert!(line.ends_with("  events/s 58"), "{line}");
    assert!(!line.contains(char::is_control));
    let empty = plain::line(&DeskView::default());
    assert_eq!(empty, "no orders yet  open 0  cancelled 0  net 0.00  events/s 0");
}

#[test]
fn plain_totals_have_no_control_codes_either() {
    let publisher = Publisher::new(64);
    let desk = Desk::new(&publisher, 2);
    publisher.close_all();
    block_on(desk.settled()).unwrap();
    let mut totals = desk.final_totals(0);
    totals.top_countries = vec![("\u{1b}[31mred".into(), "-1234.50".into())];
    let mut text = Vec::new();
    plain::write_totals(&totals, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("top countries         -1 234.50  \u{FFFD}[31mred\n"), "{text}");
    assert!(text.contains("2 of 2 complete"), "{text}");
}
