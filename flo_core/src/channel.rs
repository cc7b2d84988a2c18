//! Channels with a sink and a stream for ends: one to one, or many to one.
//!
//! ```text
//!   ChannelSink ─┐            ┌── lock ───────────────────────────┐
//!   ChannelSink ─┼─ send ───▶ │ flume queue   places taken   line │ ─── recv ──▶ ChannelStream
//!   ChannelSink ─┘            └───────────────────────────────────┘
//! ```
//!
//! flume is the queue. It wakes while it holds its own lock, so no waker of a user's ever gets there:
//! who waits stands in our line, and is woken after our lock is released.
//!
//! Invariants: C1 `taken` counts the messages in the queue and the places given to senders that have been
//! served. C2 who is in line waits only while no place is free. C3 wakers and messages are dropped,
//! cloned and woken outside the lock.

mod sink;
mod stream;

use flume::{Receiver, Sender};

pub use self::{
    sink::{ChannelClosed, ChannelSend, ChannelSink, WeakChannelSink},
    stream::{ChannelRecv, ChannelStream},
};
use crate::{
    line::Line,
    sync::{Arc, Mutex},
    wakers::{WakeList, Wakers},
};

/// Makes a channel that holds up to `capacity` messages.
///
/// **[`unbounded`] never makes a sender wait.**
///
/// # Panics
/// When `capacity` is 0: a message must have a place between the two ends.
///
/// ```
/// use futures::{StreamExt, executor::block_on};
///
/// let (sink, mut stream) = flo_core::channel(4);
/// block_on(sink.send("lantern")).unwrap();
/// drop(sink);
/// assert_eq!(block_on(stream.next()), Some("lantern"));
/// assert_eq!(block_on(stream.next()), None);
/// ```
pub fn channel<M>(capacity: usize) -> (ChannelSink<M>, ChannelStream<M>) {
    assert!(capacity > 0, "a channel needs a capacity of at least 1");
    with_capacity(capacity)
}

/// Makes a channel whose senders never wait; its queue grows as it must.
///
/// ```
/// let (sink, mut stream) = flo_core::unbounded();
/// (0..1_000).for_each(|message| sink.try_send(message).unwrap());
/// assert_eq!(stream.try_recv(), Ok(0));
/// ```
pub fn unbounded<M>() -> (ChannelSink<M>, ChannelStream<M>) {
    with_capacity(usize::MAX)
}

fn with_capacity<M>(capacity: usize) -> (ChannelSink<M>, ChannelStream<M>) {
    let (sender, receiver) = flume::unbounded();
    let state = State {
        taken: 0,
        line: Line::default(),
        reader: None,
        sinks: 1,
        is_open: true,
        closing: Wakers::default(),
    };
    let shared = Arc::new(Shared { sender, receiver, capacity, state: Mutex::new(state) });
    (ChannelSink::new(Arc::clone(&shared)), ChannelStream::new(shared))
}

/// What both ends share.
struct Shared<M> {
    sender: Sender<M>,
    receiver: Receiver<M>,
    capacity: usize,
    state: Mutex<State>,
}

struct State {
    /// C1.
    taken: usize,
    /// Senders that wait for a place.
    line: Line,
    /// The stream's task, where it waits.
    reader: Option<std::task::Waker>,
    sinks: usize,
    /// Whether the stream takes messages.
    is_open: bool,
    /// Those who wait for the stream to close.
    closing: Wakers,
}

impl<M> Shared<M> {
    fn has_place(&self, state: &State) -> bool {
        state.taken < self.capacity && state.line.is_empty()
    }

    /// Puts a message into a place that has been counted already, and wakes the reader.
    fn put(&self, message: M, state: &mut State) -> WakeList {
        // The queue is unbounded and we hold its other end, so this cannot fail.
        let _sent = self.sender.try_send(message);
        let mut wakes = WakeList::default();
        if let Some(reader) = state.reader.take() {
            wakes.push(reader);
        }
        wakes
    }
}

impl State {
    /// A place is free: it goes to the first in line (C2).
    fn give_back(&mut self) -> WakeList {
        let mut wakes = WakeList::default();
        match self.line.serve() {
            // The place stays taken, for the one who was served.
            Some(waker) => wakes.push(waker),
            None => self.taken -= 1,
        }
        wakes
    }
}
