//! Wakers and a message's `Drop` may send, receive and drop, and may panic.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use flo_core::{ChannelSink, ChannelStream, channel, sync::Mutex};
use futures::StreamExt;

/// Sends when it is woken.
struct Sends(ChannelSink<u32>);

impl Wake for Sends {
    fn wake(self: Arc<Self>) {
        let sent = self.0.try_send(7);
        assert!(!sent.is_err_and(|error| error.is_closed()));
        drop(self.0.clone());
        assert!(!self.0.is_closed());
    }
}

/// Receives when it is woken.
struct Receives {
    stream: Mutex<Option<ChannelStream<u32>>>,
    received: Mutex<Vec<u32>>,
}

impl Wake for Receives {
    fn wake(self: Arc<Self>) {
        let stream = self.stream.lock().take();
        if let Some(mut stream) = stream {
            while let Ok(message) = stream.try_recv() {
                self.received.lock().push(message);
            }
        }
    }
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker");
    }
}

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(panic::catch_unwind(AssertUnwindSafe(f)).is_err());
}

#[test]
fn a_waker_may_send_into_its_own_channel() {
    let (sink, mut stream) = channel(4);
    let waker = Waker::from(Arc::new(Sends(sink.clone())));
    assert!(stream.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    sink.try_send(1).unwrap();
    assert_eq!((stream.try_recv(), stream.try_recv()), (Ok(1), Ok(7)));
}

#[test]
fn a_waker_may_receive_from_its_own_channel_and_drop_it() {
    let (sink, mut stream) = channel(4);
    let reader = Arc::new(Receives { stream: Mutex::new(None), received: Mutex::new(Vec::new()) });
    let waker = Waker::from(Arc::clone(&reader));
    assert!(stream.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    *reader.stream.lock() = Some(stream);
    sink.try_send(1).unwrap();
    assert_eq!(*reader.received.lock(), [1]);
    assert!(sink.is_closed(), "the waker dropped the stream");
}

#[test]
fn a_sinks_waker_may_send_when_a_place_falls_free() {
    let (sink, mut stream) = channel(1);
    sink.try_send(1).unwrap();
    let waker = Waker::from(Arc::new(Sends(sink.clone())));
    let mut send = std::pin::pin!(sink.send(2));
    assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(stream.try_recv(), Ok(1));
    assert!(stream.is_empty(), "the place is promised to the sink that waited");
    assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    assert_eq!(stream.try_recv(), Ok(2));
}

#[test]
fn a_sinks_waker_that_panics_leaves_it_its_turn() {
    let (sink, mut stream) = channel(1);
    sink.try_send(1).unwrap();
    let waker = Waker::from(Arc::new(Panics));
    let mut send = std::pin::pin!(sink.send(2));
    assert!(send.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    panics(|| stream.try_recv());
    assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(stream.try_recv(), Ok(2));
}

#[test]
fn a_messages_drop_may_use_the_channel_it_was_in() {
    struct Uses(Option<ChannelSink<Self>>);
    impl Drop for Uses {
        fn drop(&mut self) {
            if let Some(sink) = self.0.take() {
                assert!(sink.is_closed());
                assert!(sink.try_send(Self(None)).is_err());
            }
        }
    }
    let (sink, stream) = channel(4);
    assert!(sink.try_send(Uses(Some(sink.clone()))).is_ok());
    assert!(sink.try_send(Uses(Some(sink.clone()))).is_ok());
    drop(stream);
}

#[test]
fn a_waker_that_panics_leaves_the_message_sent_and_the_channel_usable() {
    let (sink, mut stream) = channel(2);
    let waker = Waker::from(Arc::new(Panics));
    assert!(stream.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    panics(|| sink.try_send(1));
    assert_eq!(stream.try_recv(), Ok(1));
    sink.try_send(2).unwrap();
    assert_eq!(stream.try_recv(), Ok(2));
}
