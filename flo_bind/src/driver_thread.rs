//! The one background thread of a plain `bind_stream`. It starts with the first driver and polls all of
//! them; a driver that panics takes no other with it.

use std::{
    future::poll_fn,
    panic::AssertUnwindSafe,
    task::{Context, Poll},
    thread,
};

use flo_core::sync::OnceLock;
use futures::{
    FutureExt, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    executor::block_on,
    future::BoxFuture,
    stream::FuturesUnordered,
};

type Driver = BoxFuture<'static, ()>;

/// Has `driver` polled by the background thread.
///
/// # Panics
/// When the thread cannot be started.
pub(crate) fn spawn<D: Future<Output = ()> + Send + 'static>(driver: D) {
    static DRIVERS: OnceLock<UnboundedSender<Driver>> = OnceLock::new();
    let drivers = DRIVERS.get_or_init(|| {
        let (sender, receiver) = unbounded();
        thread::Builder::new()
            .name(String::from("flo-driver"))
            .spawn(move || run(receiver))
            .expect("the background thread of bind_stream could not be started");
        sender
    });
    let driver = AssertUnwindSafe(driver).catch_unwind().map(|caught| {
        // The panic hook has reported it; what is left is a payload whose drop may panic as well.
        if let Err(payload) = caught {
            std::mem::forget(payload);
        }
    });
    // The receiver lives as long as the process: its thread never ends.
    let _sent = drivers.unbounded_send(driver.boxed());
}

fn run(mut arriving: UnboundedReceiver<Driver>) {
    let mut drivers = FuturesUnordered::new();
    block_on(poll_fn(|cx| poll(cx, &mut arriving, &mut drivers)));
}

fn poll(
    cx: &mut Context<'_>,
    arriving: &mut UnboundedReceiver<Driver>,
    drivers: &mut FuturesUnordered<Driver>,
) -> Poll<()> {
    while let Poll::Ready(Some(driver)) = arriving.poll_next_unpin(cx) {
        drivers.push(driver);
    }
    while let Poll::Ready(Some(())) = drivers.poll_next_unpin(cx) {}
    Poll::Pending
}
