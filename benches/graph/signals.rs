//! futures-signals, for shapes that are built once: its computed values are streams that somebody polls,
//! so a read is a poll, and nothing can be read inside a closure.

use std::{
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_signals::signal::{Mutable, Signal, SignalExt};

pub(crate) const NAME: &str = "futures-signals";

type Boxed = Pin<Box<dyn Signal<Item = u64>>>;

pub(crate) fn cell(value: u64) -> Mutable<u64> {
    Mutable::new(value)
}

/// The new value.
fn poll(signal: &mut Boxed) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    match signal.as_mut().poll_change(&mut context) {
        Poll::Ready(Some(value)) => value,
        other => panic!("no new value: {other:?}"),
    }
}

/// Times `work`, which must come to `expected`.
fn timed(expected: u64, work: impl FnOnce() -> u64) -> Duration {
    let start = Instant::now();
    let result = black_box(work());
    let time = start.elapsed();
    assert_eq!(result, expected, "futures-signals' result");
    time
}

/// Sets `cell` to `1..=operations`; after each, every signal is `add` more than the cell.
fn sets(operations: u64, cell: &Mutable<u64>, mut signals: Vec<Boxed>, add: u64) -> Duration {
    for signal in &mut signals {
        poll(signal);
    }
    let expected = (1..=operations).map(|value| (value + add) * signals.len() as u64).sum();
    timed(expected, || {
        (1..=operations).fold(0, |sum, value| {
            cell.set(value);
            sum + signals.iter_mut().map(poll).sum::<u64>()
        })
    })
}

pub(crate) fn create(operations: u64) -> Duration {
    let mut all = Vec::with_capacity(usize::try_from(operations).unwrap_or(0));
    timed(operations, || {
        all.extend((0..operations).map(cell));
        all.len() as u64
    })
}

pub(crate) fn read(operations: u64) -> Duration {
    let cell = cell(3);
    timed(operations * 3, || (0..operations).fold(0, |sum, _| sum + cell.get()))
}

pub(crate) fn write(operations: u64) -> Duration {
    let cell = cell(0);
    timed(operations, || {
        (1..=operations).for_each(|value| cell.set(value));
        cell.get()
    })
}

pub(crate) fn write_read(operations: u64) -> Duration {
    let cell = cell(0);
    let next: Boxed = Box::pin(cell.signal().map(|value| value + 1));
    sets(operations, &cell, vec![next], 1)
}

pub(crate) fn deep(operations: u64) -> Duration {
    let cell = cell(0);
    let last = (0..50)
        .fold(Box::pin(cell.signal()) as Boxed, |from, _| Box::pin(from.map(|value| value + 1)));
    sets(operations, &cell, vec![last], 50)
}

pub(crate) fn broad(operations: u64) -> Duration {
    let cell = cell(0);
    let arm = |_| Box::pin(cell.signal().map(|value| value + 1).map(|value| value + 1)) as Boxed;
    let arms = (0..50).map(arm).collect();
    sets(operations, &cell, arms, 2)
}
