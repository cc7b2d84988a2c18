//! A typed, nameable channel: many [`ChannelSink`]s, one [`ChannelStream`].
//!
//! flume is the queue. It wakes while it holds its own lock, so no waker of a stranger ever gets
//! into it: only its `try_send`, `try_recv`, `drain` and `len` are used, under our lock, where they
//! run nobody's code. Who waits stands in a [`Line`](crate::Line) of ours (sinks) or is our one
//! reader.
//!
//! ```text
//!   sinks ──send──▶ line ──place──▶ flume queue ──recv──▶ stream
//!                   first in,       at most capacity,
//!                   first out       promised places included
//! ```
//!
//! Invariants: C1 queue + promised ≤ capacity. C2 while a sink stands in line there is no room, or
//! whoever holds the lock will serve the line. C3 a reader's waker is there only while the queue is
//! empty and something may come. C4 under the lock no waker is cloned, woken or dropped, and no
//! message dropped. C5 when the stream is gone the queue is empty, and stays so.
//!
//! The tests in `tests/it` hold them: `channel` C1 and C5, `channel_waiting` C2 and C3,
//! `channel_strangers` C4.

mod error;
mod sink;
mod state;
mod stream;

use std::{
    fmt,
    task::{Context, Poll},
};

pub use error::{SendError, TrySendError};
pub use sink::{ChannelClosed, ChannelSend, ChannelSink, WeakChannelSink};
pub use stream::{ChannelRecv, ChannelStream};

use state::{Phase, State};

use crate::{
    error::{Closed, TryRecvError},
    line::Ticket,
    sync::{Arc, Mutex},
    wakers::WakeList,
};

/// Makes a channel that holds at most `capacity` messages; sinks wait while it is full.
///
/// **[`unbounded`] makes one in which nobody waits.**
///
/// # Panics
/// When `capacity` is 0: a message needs a place to stand.
///
/// # Examples
/// ```
/// use flo_core::channel;
/// use futures::{StreamExt, executor::block_on};
///
/// let (sink, stream) = channel(8);
/// let other = sink.clone();
/// block_on(async {
///     sink.send("apples").await?;
///     other.send("pears").await?;
///     drop((sink, other));
///     assert_eq!(stream.collect::<Vec<_>>().await, ["apples", "pears"]);
///     Ok::<(), flo_core::SendError<&str>>(())
/// })
/// .unwrap();
/// ```
#[track_caller]
pub fn channel<M>(capacity: usize) -> (ChannelSink<M>, ChannelStream<M>) {
    assert!(capacity > 0, "the capacity of a channel must be at least 1");
    Shared::pair(capacity, flume::bounded(capacity))
}

/// Makes a channel that holds any number of messages; no sink ever waits.
///
/// **[`channel()`] makes one whose sinks wait for the reader**; without that, a reader that is
/// slower than its sinks costs memory without bound.
///
/// # Examples
/// ```
/// let (sink, mut stream) = flo_core::unbounded();
/// for n in 0..1000 {
///     sink.try_send(n).unwrap();
/// }
/// assert_eq!((stream.len(), stream.try_recv()), (1000, Ok(0)));
/// ```
pub fn unbounded<M>() -> (ChannelSink<M>, ChannelStream<M>) {
    Shared::pair(usize::MAX, flume::unbounded())
}

/// What both ends share.
struct Shared<M>(Mutex<State<M>>);

impl<M> Shared<M> {
    fn pair(
        capacity: usize,
        queue: (flume::Sender<M>, flume::Receiver<M>),
    ) -> (ChannelSink<M>, ChannelStream<M>) {
        let shared = Arc::new(Self(Mutex::new(State::new(capacity, queue))));
        (ChannelSink::new(Arc::clone(&shared)), ChannelStream::new(shared))
    }

    fn phase(&self) -> Phase {
        self.0.lock().phase()
    }

    fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        let mut woken = WakeList::default();
        self.0.lock().try_send(message, &mut woken)
    }

    fn send_promised(&self, message: M) -> Result<(), M> {
        let mut woken = WakeList::default();
        self.0.lock().send_promised(message, &mut woken)
    }

    /// Waits for a place; when it is ready, one is promised to the caller.
    fn poll_place(
        &self,
        ticket: &mut Option<Ticket>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>> {
        let answer = self.0.lock().ask(ticket, cx.waker());
        if let Some(answer) = answer {
            return answer;
        }
        // C4: cloned outside the lock, so what happened meanwhile is looked at before standing in
        // line.
        let waker = cx.waker().clone();
        let (answer, spare) = self.0.lock().stand(ticket, waker);
        drop(spare);
        answer
    }

    /// Stops waiting for a place: the one that was served goes to the next in line.
    fn give_up(&self, ticket: &mut Option<Ticket>) {
        if let Some(ticket) = ticket.take() {
            let mut woken = WakeList::default();
            let waker = self.0.lock().leave_line(ticket, &mut woken);
            drop(waker);
        }
    }

    /// Takes a promise back.
    fn give_back_place(&self) {
        let mut woken = WakeList::default();
        self.0.lock().give_back_place(&mut woken);
    }

    fn remove_sink(&self) {
        let mut woken = WakeList::default();
        self.0.lock().remove_sink(&mut woken);
    }

    fn try_recv(&self) -> Result<M, TryRecvError> {
        let mut woken = WakeList::default();
        self.0.lock().try_recv(&mut woken)
    }

    fn poll_recv(&self, cx: &Context<'_>) -> Poll<Result<M, Closed>> {
        match self.try_recv() {
            Ok(message) => return Poll::Ready(Ok(message)),
            Err(TryRecvError::Closed) => return Poll::Ready(Err(Closed)),
            Err(TryRecvError::Empty) => {}
        }
        // C4: cloned outside the lock, so a message may have come meanwhile and is looked for
        // again.
        let waker = cx.waker().clone();
        let mut woken = WakeList::default();
        let (answer, spare) = {
            let mut state = self.0.lock();
            match state.try_recv(&mut woken) {
                Ok(message) => (Poll::Ready(Ok(message)), Some(waker)),
                Err(TryRecvError::Closed) => (Poll::Ready(Err(Closed)), Some(waker)),
                Err(TryRecvError::Empty) => (Poll::Pending, state.reader.replace(waker)),
            }
        };
        drop(spare);
        answer
    }

    fn close(&self) {
        let mut woken = WakeList::default();
        self.0.lock().close(&mut woken);
    }

    /// Closes, and drops what is queued: C5, since nothing is accepted any more.
    fn end(&self) {
        let mut woken = WakeList::default();
        let queued = {
            let mut state = self.0.lock();
            state.close(&mut woken);
            state.take_queued()
        };
        drop(queued);
    }
}

impl<M> fmt::Debug for Shared<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, sinks, phase) = {
            let state = self.0.lock();
            (state.len(), state.sinks(), state.phase())
        };
        f.debug_struct("Channel")
            .field("len", &len)
            .field("sinks", &sinks)
            .field("phase", &phase)
            .finish()
    }
}
