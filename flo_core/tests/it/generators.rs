//! Generators: a block runs no further than its reader wants, and ends with it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use flo_core::{Generator, generator_stream};
use futures::{StreamExt, executor::block_on, stream::FusedStream};
use tokio_test::{assert_pending, assert_ready_eq, task};

#[test]
fn it_runs_no_further_than_its_reader_wants() {
    let reached = Arc::new(AtomicUsize::new(0));
    let numbers = generator_stream({
        let reached = Arc::clone(&reached);
        |out| async move {
            for number in 1.. {
                reached.store(number, Relaxed);
                out.send(number).await;
            }
        }
    });
    let mut numbers = task::spawn(numbers);
    assert_eq!(reached.load(Relaxed), 0);
    for number in 1..5 {
        assert_ready_eq!(numbers.poll_next(), Some(number));
        assert_eq!(reached.load(Relaxed), number);
    }
}

#[test]
fn it_may_wait_for_something_else_and_is_woken_by_it() {
    let (sink, mut stream) = flo_core::channel::<u32>(4);
    let doubled = generator_stream(|out| async move {
        while let Some(number) = stream.next().await {
            out.send(number * 2).await;
            out.send(number * 2 + 1).await;
        }
    });
    let mut doubled = task::spawn(doubled);
    assert_pending!(doubled.poll_next());
    sink.try_send(1).unwrap();
    assert!(doubled.is_woken());
    assert_ready_eq!(doubled.poll_next(), Some(2));
    assert_ready_eq!(doubled.poll_next(), Some(3));
    assert_pending!(doubled.poll_next());
    drop(sink);
    assert!(doubled.is_woken());
    assert_ready_eq!(doubled.poll_next(), None);
    assert!(doubled.is_terminated());
}

#[test]
fn sends_inside_joined_futures_all_arrive() {
    let numbers = generator_stream(|out| async move {
        let count = |from: u32| {
            let out = out.clone();
            async move {
                for number in from..from + 3 {
                    out.send(number).await;
                }
            }
        };
        let many: futures::stream::FuturesUnordered<_> =
            [count(20), count(30)].into_iter().collect();
        futures::join!(count(10), many.collect::<Vec<_>>());
    });
    let mut numbers = block_on(numbers.collect::<Vec<_>>());
    numbers.sort_unstable();
    assert_eq!(numbers, [10, 11, 12, 20, 21, 22, 30, 31, 32]);
}

#[test]
fn its_block_is_dropped_with_it_and_when_it_ends() {
    let token = Arc::new(());
    let kept = Arc::clone(&token);
    let mut endless: Generator<u32> = generator_stream(|out| async move {
        loop {
            std::hint::black_box(&kept);
            out.send(1).await;
        }
    });
    assert_eq!(block_on(endless.next()), Some(1));
    assert_eq!(Arc::strong_count(&token), 2);
    drop(endless);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_panic_ends_it() {
    let mut numbers = generator_stream(|out| async move {
        out.send(1).await;
        panic!("a bad block");
    });
    assert_eq!(block_on(numbers.next()), Some(1));
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(numbers.next()))).is_err());
    assert_eq!(block_on(numbers.next()), None);
}
