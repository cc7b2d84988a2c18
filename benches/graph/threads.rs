//! Two threads: each with a graph of its own, and one that writes where the other reads.

use std::{
    panic::resume_unwind,
    sync::Barrier,
    thread::{self, ScopedJoinHandle},
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
    let barrier = Barrier::new(THREADS);
    let time = thread::scope(|threads| {
        let working = graphs.each_ref().map(|(head, sum)| {
            threads.spawn(|| {
                from_a_meeting(&barrier, || {
                    for value in 1..=operations {
                        L::set(head, value);
                        assert_eq!(L::read(sum), sum_at(value), "{}", L::NAME);
                    }
                })
            })
        });
        longest(working)
    });
    drop(scope);
    time
}

/// One thread writes so often, another reads so often.
fn shared<L: Threaded>(operations: u64) -> Duration {
    let ((head, sum), scope) = L::scoped(diamond::<L>);
    let barrier = Barrier::new(2);
    let time = thread::scope(|threads| {
        let writing = threads.spawn(|| {
            from_a_meeting(&barrier, || (1..=operations).for_each(|value| L::set(&head, value)))
        });
        let reading = threads.spawn(|| {
            from_a_meeting(&barrier, || {
                let mut last = 0;
                for _ in 0..operations {
                    let read = L::read(&sum);
                    if L::NAME == Flo::NAME {
                        assert_eq!(read % WIDTH, 0, "a mixture of two versions");
                        assert!(last <= read, "back to an earlier version");
                    }
                    last = read;
                }
            })
        });
        longest([writing, reading])
    });
    assert_eq!(L::read(&sum), sum_at(operations), "{}", L::NAME);
    drop(scope);
    time
}

/// How long `work` takes after all threads have met.
fn from_a_meeting(barrier: &Barrier, work: impl FnOnce()) -> Duration {
    barrier.wait();
    let start = Instant::now();
    work();
    start.elapsed()
}

fn longest<const THREADS: usize>(working: [ScopedJoinHandle<'_, Duration>; THREADS]) -> Duration {
    let times = working.map(|one| one.join().unwrap_or_else(|payload| resume_unwind(payload)));
    times.into_iter().max().unwrap_or_default()
}
