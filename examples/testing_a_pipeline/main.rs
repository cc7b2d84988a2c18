//! A clerk types orders, a carrier that is not always there ships them, and a slow ledger keeps
//! them. How each part of it is tested, without waiting, is in `tests.rs` beside this file.
//!
//! ```text
//! cargo run --example testing_a_pipeline
//! cargo test -p flo_examples --test testing_a_pipeline
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod pipeline;

use std::{cell::Cell, convert::Infallible};

use flo_reactive::BoundExt;
use futures::{Stream, StreamExt, sink, stream};
use pipeline::{GivenUp, Outcome, TRIES, Totals, debounce, shipped, told};
use tokio::{
    runtime::Builder,
    time::{Duration, sleep},
};

type Order = &'static str;
type Told = Outcome<Order, &'static str>;

/// A timer, as the pipeline wants to be given time.
fn timer(milliseconds: u64) -> impl Fn() -> tokio::time::Sleep {
    move || sleep(Duration::from_millis(milliseconds))
}

/// Drafts as they are typed: so many milliseconds after the one before.
fn typed() -> impl Stream<Item = Order> {
    let drafts = [
        (0, "1 lan"),
        (2, "1 lantern"),
        (2, "2 lanterns"),
        (100, "1 pia"),
        (2, "1 piano"),
        (100, "4 hangers"),
    ];
    stream::iter(drafts).then(|(pause, draft)| async move {
        timer(pause)().await;
        draft
    })
}

fn main() {
    // The carrier is away for the first try, and does not take pianos.
    let tries = Cell::new(0);
    let ship = |order: Order| {
        tries.set(tries.get() + 1);
        let answer = match (tries.get(), order) {
            (1, _) => Err("nobody there"),
            (_, "1 piano") => Err("too heavy"),
            _ => Ok(()),
        };
        println!("try {}: {order}: {answer:?}", tries.get());
        std::future::ready(answer)
    };
    let ledger = sink::unfold((), |(), outcome: Told| async move {
        timer(20)().await;
        match outcome {
            Ok(order) => println!("ledger: {order} shipped"),
            Err(GivenUp { order, why }) => println!("ledger: {order} given up, {why}"),
        }
        Ok::<_, Infallible>(())
    });

    let orders = debounce(typed(), timer(20));
    let (totals, running) = told(shipped(orders, ship, timer(5)), ledger);
    let runtime = Builder::new_current_thread().enable_time().build();
    let Ok(()) = runtime.expect("a runtime of one thread").block_on(running);

    let Totals { shipped, given_up } = totals.get();
    println!("{shipped} shipped and {given_up} given up, with {} tries", tries.get());
    // On a busy machine two drafts may come as one; the last one always settles.
    assert!(shipped >= 1 && tries.get() <= TRIES * 3);
}
