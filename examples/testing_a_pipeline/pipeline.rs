//! Drafts of orders become shipments, and whoever listens is told what came of each.
//!
//! ```text
//!   drafts ──debounce──▶ orders ──ship──▶ outcomes ──▶ publisher ──▶ ledger, a slow sink
//!                                 └ retried ┘              └───────▶ totals
//! ```
//!
//! Time comes in as closures that make a timer's future, so nothing here asks for a runtime.

use std::pin::pin;

use flo_reactive::{BindRef, Publisher, bind_stream_driver};
use futures::future::{Either, join3, select};
use futures::{FutureExt, Sink, Stream, StreamExt, stream};

/// How often an order is tried before it is given up.
pub(crate) const TRIES: usize = 3;
/// How many outcomes may wait for the slowest listener.
const PLACES: usize = 1;

/// An order that no try could ship, and why the last one did not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GivenUp<O, E> {
    pub(crate) order: O,
    pub(crate) why: E,
}

/// What came of an order. That it was given up is told on the same way as that it was shipped.
pub(crate) type Outcome<O, E> = Result<O, GivenUp<O, E>>;

/// How many orders came to which end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Totals {
    pub(crate) shipped: u32,
    pub(crate) given_up: u32,
}

/// The last draft before each quiet time. At the end there is nothing to wait for: it comes at once.
pub(crate) fn debounce<S: Stream, Q: Future>(
    drafts: S,
    quiet: impl Fn() -> Q,
) -> impl Stream<Item = S::Item> {
    stream::unfold((Box::pin(drafts.fuse()), quiet), |(mut drafts, quiet)| async move {
        let mut latest = drafts.next().await?;
        // Where both are ready the draft is taken first: it was typed in time.
        while let Either::Left((Some(newer), _)) = select(drafts.next(), pin!(quiet())).await {
            latest = newer;
        }
        Some((latest, (drafts, quiet)))
    })
}

/// Ships one order after the other, each of them tried again after a `pause` where it fails.
pub(crate) fn shipped<S, A, P, E>(
    orders: S,
    ship: impl Fn(S::Item) -> A,
    pause: impl Fn() -> P,
) -> impl Stream<Item = Outcome<S::Item, E>>
where
    S: Stream<Item: Clone>,
    A: Future<Output = Result<(), E>>,
    P: Future,
{
    stream::unfold((Box::pin(orders), ship, pause), |(mut orders, ship, pause)| async move {
        let order = orders.next().await?;
        let mut tries = 1;
        let outcome = loop {
            match ship(order.clone()).await {
                Ok(()) => break Ok(order),
                Err(why) if tries == TRIES => break Err(GivenUp { order, why }),
                Err(_) => tries += 1,
            }
            pause().await;
        };
        Some((outcome, (orders, ship, pause)))
    })
}

/// Tells the ledger and the totals of every outcome. The future runs all of it, to the ledger's end.
pub(crate) fn told<O, E, L>(
    outcomes: impl Stream<Item = Outcome<O, E>>,
    ledger: L,
) -> (BindRef<Totals>, impl Future<Output = Result<(), L::Error>>)
where
    O: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
    L: Sink<Outcome<O, E>>,
{
    let publisher = Publisher::new(PLACES);
    let keeping = publisher.subscribe().map(Ok).forward(ledger);
    let add = |totals: &mut Totals, outcome: Outcome<O, E>| match outcome {
        Ok(_) => totals.shipped += 1,
        Err(_) => totals.given_up += 1,
    };
    let (totals, counting) = bind_stream_driver(publisher.subscribe(), Totals::default(), add);
    let publishing = outcomes.map(Ok).forward(publisher);
    // Nobody else can close the publisher, so only the ledger can fail.
    (totals, join3(publishing, keeping, counting).map(|(_, kept, ())| kept))
}
