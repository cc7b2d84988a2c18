//! What only some libraries have: streams of the latest value, and a look at a value without a copy of it.

use std::{
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures::Stream;
use futures_signals::signal::{Mutable, SignalExt};
use reactive_graph::{prelude::Read, signal::ArcRwSignal};

use crate::{
    alien::Alien,
    ancestor::Ancestor,
    flo::Flo,
    leptos::Leptos,
    library::Library,
    report::{Beside, Kind, Report, Row},
    signals,
    sycamore::Sycamore,
};

pub(crate) fn sections(report: &mut Report) {
    if !report.section("handles") {
        return;
    }
    let contenders: [Beside; 3] = [
        (Flo::NAME, |operations| {
            use flo_reactive::{BoundExt, bind};
            let binding = bind(0);
            followed(operations, binding.follow(), |value| binding.set(value))
        }),
        (Ancestor::NAME, |operations| {
            use flo_binding::{MutableBound, bind, follow};
            let binding = bind(0);
            followed(operations, follow(binding.clone()), |value| binding.set(value))
        }),
        (signals::NAME, |operations| {
            let cell = Mutable::new(0);
            followed(operations, cell.signal().to_stream(), |value| cell.set(value))
        }),
    ];
    report.checked(Row::new("follow, there and back", Kind::Propagates, 100_000), &contenders);

    let contenders: [Beside; 6] = [
        (Flo::NAME, |operations| {
            use flo_reactive::{Bound, bind};
            let binding = bind(text());
            looked_at(operations, || binding.read().len())
        }),
        (Alien::NAME, |operations| {
            let signal = alien_signals::signal(text());
            looked_at(operations, || signal.get().len())
        }),
        (Sycamore::NAME, |operations| {
            let (signal, scope) = Sycamore::scoped(|| sycamore_reactive::create_signal(text()));
            let time = looked_at(operations, || signal.with(String::len));
            drop(scope);
            time
        }),
        (Leptos::NAME, |operations| {
            let signal = ArcRwSignal::new(text());
            looked_at(operations, || signal.read().len())
        }),
        (Ancestor::NAME, |operations| {
            use flo_binding::{Bound, bind};
            let binding = bind(text());
            looked_at(operations, || binding.get().len())
        }),
        (signals::NAME, |operations| {
            let cell = Mutable::new(text());
            looked_at(operations, || cell.lock_ref().len())
        }),
    ];
    report.checked(Row::new("look at a String", Kind::Plain, 1_000_000), &contenders);
}

/// Polls `stream` after each write.
fn followed(
    operations: u64,
    stream: impl Stream<Item = u64>,
    mut set: impl FnMut(u64),
) -> Duration {
    let mut stream: Pin<Box<_>> = Box::pin(stream);
    let mut context = Context::from_waker(Waker::noop());
    let start = Instant::now();
    for value in 0..=operations {
        set(value);
        assert_eq!(stream.as_mut().poll_next(&mut context), Poll::Ready(Some(value)));
        assert_eq!(stream.as_mut().poll_next(&mut context), Poll::Pending);
    }
    start.elapsed()
}

fn text() -> String {
    "what is kept in a binding".to_owned()
}

fn looked_at(operations: u64, look: impl Fn() -> usize) -> Duration {
    let start = Instant::now();
    let sum: usize = (0..operations).map(|_| black_box(&look)()).sum();
    let time = start.elapsed();
    assert_eq!(sum as u64, operations * text().len() as u64);
    time
}
