//! The channel and the switch under every order of steps of a few threads:
//! `RUSTFLAGS="--cfg flo_loom" cargo test -p flo_core --release --test loom`.
//!
//! flume's own lock is only ever taken under ours, so it is no step of its own.

#![cfg(flo_loom)]

use flo_core::{Closed, SendError, channel, switchable_stream};
use futures::StreamExt;
use loom::{future::block_on, model, thread};

#[test]
fn a_send_reaches_a_reader_that_waits() {
    model(|| {
        let (sink, mut stream) = channel(1);
        let sender = thread::spawn(move || sink.try_send(1).unwrap());
        assert_eq!(block_on(stream.recv()), Ok(1));
        assert_eq!(block_on(stream.recv()), Err(Closed));
        sender.join().unwrap();
    });
}

#[test]
fn a_waiting_send_is_served_by_a_read() {
    model(|| {
        let (sink, mut stream) = channel(1);
        sink.try_send(1).unwrap();
        let reader = thread::spawn(move || {
            assert_eq!(stream.try_recv(), Ok(1));
            stream
        });
        block_on(sink.send(2)).unwrap();
        assert_eq!(reader.join().unwrap().try_recv(), Ok(2));
    });
}

#[test]
fn a_waiting_send_is_answered_when_the_stream_goes() {
    model(|| {
        let (sink, stream) = channel(1);
        sink.try_send(1).unwrap();
        let reader = thread::spawn(move || drop(stream));
        assert_eq!(block_on(sink.send(2)), Err(SendError::Closed(2)));
        reader.join().unwrap();
    });
}

#[test]
fn the_end_reaches_a_sink_that_waits_for_it() {
    model(|| {
        let (sink, mut stream) = channel::<u32>(1);
        let closer = thread::spawn(move || {
            stream.close();
            stream
        });
        block_on(sink.closed());
        drop(closer.join().unwrap());
    });
}

#[test]
fn a_switch_reaches_a_reader_that_waits() {
    model(|| {
        let (old_sink, old) = channel(1);
        let (new_sink, new) = channel(1);
        new_sink.try_send(1).unwrap();
        drop(new_sink);
        let (switch, mut reader) = switchable_stream(old);
        let switcher = thread::spawn(move || assert!(switch.switch_to(new).is_ok()));
        assert_eq!(block_on(reader.next()), Some(1));
        assert_eq!(block_on(reader.next()), None);
        assert!(old_sink.is_closed(), "the old source is dropped by one or the other");
        switcher.join().unwrap();
    });
}
