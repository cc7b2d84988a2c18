//! Two threads: each with a graph of its own, and one that writes where the other reads.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use crate::{
    ancestor::Ancestor,
    flo::Flo,
    leptos::Leptos,
    library::{Library, Node, Threaded},
    probe::Probe,
    report::{Beside, Kind, Report, Row, Skips},
};

/// Who cannot be written and read at once.
const PANICS: Skips = &[(Leptos::NAME, "a read panics while another thread writes the signal")];

pub(crate) fn sections(report: &mut Report) {
    if !report.section("threads") {
        return;
    }
    const ALONE: &str = "flo on one thread";
    let row = Row::new("a graph for each of two threads", Kind::Propagates, 50_000);
    let contenders: [Beside; 4] = [
        (Flo::NAME, separate::<Flo, 2>),
        (Leptos::NAME, separate::<Leptos, 2>),
        (Ancestor::NAME, separate::<Ancestor, 2>),
        (ALONE, separate::<Flo, 1>),
    ];
    if let Some(ratio) = report.checked(row, &contenders).ratio(ALONE) {
        report.goal("two threads with graphs of their own, over one", ratio, 1.3);
    }
    let row = Row::new("one writes, one reads", Kind::Propagates, 50_000);
    let contenders: [Beside; 2] =
        [(Flo::NAME, shared::<Flo>), (Ancestor::NAME, shared::<Ancestor>)];
    report.checked(row.without(PANICS), &contenders);
}

const WIDTH: u64 = 5;

/// The sum of five values of one cell.
fn diamond<L: Library>() -> (L::Cell, L::Derived) {
    let probe = Probe::default();
    let head = L::cell(0);
    let arm = |_| {
        let derived = L::computed([head.clone()], [], |[head], []| L::get(head) + 1);
        Node::Derived(derived)
    };
    let sum = probe.sum::<L>((0..WIDTH).map(arm).collect());
    assert_eq!(L::read(&sum), WIDTH);
    (head, sum)
}

fn sum_at(value: u64) -> u64 {
    WIDTH * (value + 1)
}

/// `THREADS` graphs made here, each written and read on a thread of its own.
fn separate<L: Threaded, const THREADS: usize>(operations: u64) -> Duration {
    let (graphs, scope) = L::scoped(|| [(); THREADS].map(|()| diamond::<L>()));
    let barrier = Barrier::new(THREADS + 1);
    let time = thread::scope(|threads| {
        for (head, sum) in &graphs {
            threads.spawn(|| {
                barrier.wait();
                for value in 1..=operations {
                    L::set(head, value);
                    assert_eq!(L::read(sum), sum_at(value), "{}", L::NAME);
                }
                barrier.wait();
            });
        }
        between(&barrier)
    });
    drop(scope);
    time
}

/// One thread writes so often, another reads so often.
fn shared<L: Threaded>(operations: u64) -> Duration {
    let ((head, sum), scope) = L::scoped(diamond::<L>);
    let barrier = Barrier::new(3);
    let time = thread::scope(|threads| {
        threads.spawn(|| {
            barrier.wait();
            for value in 1..=operations {
                L::set(&head, value);
            }
            barrier.wait();
        });
        threads.spawn(|| {
            barrier.wait();
            let mut last = 0;
            for _ in 0..operations {
                let read = L::read(&sum);
                if L::NAME == Flo::NAME {
                    assert_eq!(read % WIDTH, 0, "a mixture of two versions");
                    assert!(last <= read, "back to an earlier version");
                }
                last = read;
            }
            barrier.wait();
        });
        between(&barrier)
    });
    assert_eq!(L::read(&sum), sum_at(operations), "{}", L::NAME);
    drop(scope);
    time
}

/// The time from one meeting to the next.
fn between(barrier: &Barrier) -> Duration {
    barrier.wait();
    let start = Instant::now();
    barrier.wait();
    start.elapsed()
}
