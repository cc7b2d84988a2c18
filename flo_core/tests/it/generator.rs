//! An async block as a stream.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use flo_core::{Generator, channel, generator_stream};
use flo_test::{Calls, assert_marbles, cold};
use futures::stream::{FusedStream, FuturesUnordered};
use futures::{FutureExt, StreamExt, executor::block_on, join};

#[test]
fn items_come_out_in_order_and_the_stream_ends_with_the_block() {
    let mut stream = generator_stream(|out| async move {
        for n in 0..5 {
            out.send(n).await;
        }
    });
    assert_eq!(block_on(stream.by_ref().collect::<Vec<_>>()), [0, 1, 2, 3, 4]);
    assert!(stream.is_terminated());
    assert_eq!(block_on(stream.next()), None);
}

#[test]
fn the_block_runs_only_when_polled_and_no_further_than_its_send() {
    let steps = Calls::new();
    let mut stream = generator_stream({
        let steps = steps.clone();
        |out| async move {
            for n in 1..=3 {
                steps.record(n);
                out.send(n).await;
            }
        }
    });
    steps.assert_count(0);
    for n in 1..=3 {
        assert_eq!(block_on(stream.next()), Some(n));
        steps.assert([n]);
    }
}

#[test]
fn joined_sends_all_come_out_and_take_turns() {
    let stream = generator_stream(|out| async move {
        let several = |from: u32| {
            let out = &out;
            async move {
                for n in from..from + 3 {
                    out.send(n).await;
                }
            }
        };
        join!(several(0), several(10), several(20));
        out.send(99).await;
    });
    assert_eq!(block_on(stream.collect::<Vec<_>>()), [0, 10, 20, 1, 11, 21, 2, 12, 22, 99]);
}

#[test]
fn sends_inside_a_set_of_futures_are_woken() {
    let stream = generator_stream(|out| async move {
        let sends: FuturesUnordered<_> = (0..10).map(|n| out.send(n)).collect();
        sends.collect::<Vec<()>>().await;
    });
    let mut items = block_on(stream.collect::<Vec<_>>());
    items.sort_unstable();
    assert_eq!(items, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_dropped_send_reaches_nobody() {
    let stream = generator_stream(|out| async move {
        assert!(out.send(1).now_or_never().is_none());
        out.send(2).await;
    });
    assert_eq!(block_on(stream.collect::<Vec<_>>()), [2]);
}

#[test]
fn a_block_that_waits_for_something_else_wakes_the_reader() {
    let shouted = generator_stream(|out| async move {
        let mut input = cold("-a--(bc)-|");
        while let Some(letter) = input.next().await {
            out.send(letter.to_ascii_uppercase()).await;
        }
    });
    assert_marbles!(shouted, "-A--(BC)-|");
}

#[test]
fn a_block_may_send_from_another_thread() {
    let stream = generator_stream(|out| async move {
        let (done, mut is_done) = channel(1);
        let sender = std::thread::spawn(move || {
            for n in 0..50 {
                block_on(out.send(n));
            }
            done.send_blocking(()).unwrap();
        });
        is_done.recv().await.unwrap();
        sender.join().unwrap();
    });
    assert_eq!(block_on(stream.collect::<Vec<_>>()), (0..50).collect::<Vec<_>>());
}

#[test]
fn the_block_is_dropped_with_the_stream() {
    let held = Arc::new(());
    let mut stream = generator_stream({
        let held = Arc::clone(&held);
        |out| async move {
            out.send(Arc::clone(&held)).await;
            out.send(held).await;
        }
    });
    drop(block_on(stream.next()));
    assert_eq!(Arc::strong_count(&held), 2);
    drop(stream);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_panic_in_the_block_ends_the_stream_and_drops_the_block() {
    let held = Arc::new(());
    let mut stream = generator_stream({
        let held = Arc::clone(&held);
        |out| async move {
            out.send(1).await;
            assert_eq!(Arc::strong_count(&held), 0, "a panic");
        }
    });
    assert_eq!(block_on(stream.next()), Some(1));
    let caught = panic::catch_unwind(AssertUnwindSafe(|| block_on(stream.next())));
    assert!(caught.is_err());
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(stream.is_terminated());
    assert_eq!(block_on(stream.next()), None);
}

#[test]
fn generators_nest() {
    let outer = generator_stream(|out| async move {
        let mut inner = generator_stream(|inner| async move {
            for n in 1..=3 {
                inner.send(n).await;
            }
        });
        while let Some(n) = inner.next().await {
            out.send(n * 10).await;
        }
    });
    assert_eq!(block_on(outer.collect::<Vec<_>>()), [10, 20, 30]);
}

fn moves<T: Send + Unpin + 'static>() {}

#[test]
fn a_generator_has_a_name_and_moves() {
    struct Component {
        ticks: Generator<u32>,
    }
    moves::<Component>();
    let mut component =
        Component { ticks: generator_stream(|out| async move { out.send(1).await }) };
    assert_eq!(block_on(component.ticks.next()), Some(1));
}
