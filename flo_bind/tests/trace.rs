//! What the graph tells of itself, and to whom.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

use flo_bind::{Binding, BoundExt, bind, effect, try_transaction};
use flo_test::Calls;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::with_default,
};

/// Writes each event down as a line, and reads a binding meanwhile.
struct Lines {
    lines: Calls<String>,
    read: Binding<i32>,
}

#[derive(Default)]
struct Line(Vec<String>);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Of a place the file and the line; numbers of nodes differ from run to run.
        let text = format!("{value:?}");
        let text = text.rsplit('/').next().unwrap().trim_matches('"');
        match field.name() {
            "node" => {}
            "message" => self.0.insert(0, text.to_owned()),
            "kind" => self.0.push(text.to_owned()),
            "cause" if ["nothing", "one reader"].contains(&text) => self.0.push(text.to_owned()),
            name => {
                assert!(text.starts_with("trace.rs:"), "{name} is {text}");
                self.0.push(text.split(':').nth(1).unwrap().to_owned());
            }
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "flo_bind"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        static MADE: AtomicU64 = AtomicU64::new(1);
        Id::from_u64(MADE.fetch_add(1, SeqCst))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.read.get();
        let mut line = Line::default();
        event.record(&mut line);
        self.lines.record(line.0.join(" "));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn what_is_made_and_what_runs_is_told_with_its_place_and_its_cause() {
    let (lines, read) = (Calls::new(), bind(0));
    let subscriber = Lines { lines: lines.clone(), read: read.clone() };
    with_default(subscriber, || {
        let base = line!();
        let source = bind(1);
        let doubled = source.map(|value| value * 2);
        let _watching = effect({
            let doubled = doubled.clone();
            move || assert!(doubled.get() > 0)
        });
        let at = |line: u32| (base + line).to_string();
        let (source_at, doubled_at, effect_at) = (at(1), at(2), at(3));
        lines.assert([
            format!("made binding {source_at}"),
            format!("made computed {doubled_at}"),
            format!("made effect {effect_at}"),
            format!("runs effect {effect_at} nothing"),
            format!("runs computed {doubled_at} nothing"),
        ]);
        source.set(2);
        lines.assert([
            format!("runs computed {doubled_at} {source_at}"),
            format!("runs effect {effect_at} {doubled_at}"),
        ]);
        source.set(2);
        read.set(1);
        lines.assert_count(0);
    });
}

#[test]
fn a_run_for_a_transaction_alone_is_told_as_one() {
    let (lines, read) = (Calls::new(), bind(0));
    with_default(Lines { lines: lines.clone(), read }, || {
        let base = line!();
        let source = bind(1);
        let doubled = source.map(|value| value * 2);
        let doubled_at = base + 2;
        assert_eq!(doubled.get(), 2);
        lines.assert([
            format!("made binding {}", base + 1),
            format!("made computed {doubled_at}"),
            format!("runs computed {doubled_at} nothing"),
        ]);
        let staged = try_transaction(|| {
            source.set(2);
            Err::<(), _>(doubled.get())
        });
        assert_eq!(staged, Err(4));
        lines.assert([format!("runs computed {doubled_at} one reader")]);
    });
}
