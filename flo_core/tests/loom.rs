//! The channel under every order of steps of a few threads:
//! `RUSTFLAGS="--cfg flo_loom" cargo test -p flo_core --release --test loom`.

#![cfg(flo_loom)]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use flo_core::{Closed, channel, switchable_stream};
use futures::StreamExt;
use loom::{future::block_on, model::Builder, thread};

/// Two switches of threads beside those that waiting forces: enough for every race of two steps.
fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(f);
}

#[test]
fn a_send_reaches_a_reader_that_waits_and_so_does_the_end() {
    model(|| {
        let (sink, mut stream) = channel(1);
        let sending = thread::spawn(move || sink.try_send(1).unwrap());
        assert_eq!(block_on(stream.recv()), Ok(1));
        assert_eq!(block_on(stream.recv()), Err(Closed));
        sending.join().unwrap();
    });
}

#[test]
fn a_read_serves_a_sender_that_waits() {
    model(|| {
        let (sink, mut stream) = channel(1);
        sink.try_send(1).unwrap();
        let sending = thread::spawn(move || block_on(sink.send(2)).unwrap());
        assert_eq!(block_on(stream.recv()), Ok(1));
        assert_eq!(block_on(stream.recv()), Ok(2));
        sending.join().unwrap();
    });
}

#[test]
fn a_stream_that_goes_gives_a_waiting_sender_its_message_back() {
    model(|| {
        let (sink, stream) = channel(1);
        sink.try_send(1).unwrap();
        let reading = thread::spawn(move || drop(stream));
        assert_eq!(block_on(sink.send(2)).unwrap_err().into_inner(), 2);
        reading.join().unwrap();
    });
}

#[test]
fn a_switch_reaches_a_reader_that_waits() {
    model(|| {
        let (switch, mut numbers) = switchable_stream(futures::stream::iter(vec![]));
        let switching =
            thread::spawn(move || switch.switch_to(futures::stream::iter(vec![1])).unwrap());
        assert_eq!(block_on(numbers.next()), Some(1));
        assert_eq!(block_on(numbers.next()), None);
        switching.join().unwrap();
    });
}
