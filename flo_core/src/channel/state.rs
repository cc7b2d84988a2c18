//! What the lock guards, and the steps on it. Nothing here is a stranger's code (C4).

use std::task::{Poll, Waker};

use crate::{
    error::{Closed, TryRecvError},
    line::{Line, Ticket},
    wakers::{WakeList, Wakers},
};

use super::TrySendError;

/// What the lock guards.
pub(super) struct State<M> {
    capacity: usize,
    input: flume::Sender<M>,
    output: flume::Receiver<M>,
    sinks: usize,
    promised: usize,
    phase: Phase,
    line: Line,
    pub(super) reader: Option<Waker>,
    pub(super) closing: Wakers,
}

/// Whether messages are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// The stream was closed, or is gone.
    Closed,
}

impl<M> State<M> {
    pub(super) fn new(
        capacity: usize,
        (input, output): (flume::Sender<M>, flume::Receiver<M>),
    ) -> Self {
        Self {
            capacity,
            input,
            output,
            sinks: 1,
            promised: 0,
            phase: Phase::Open,
            line: Line::default(),
            reader: None,
            closing: Wakers::default(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn sinks(&self) -> usize {
        self.sinks
    }

    pub(super) fn len(&self) -> usize {
        self.output.len()
    }

    fn has_room(&self) -> bool {
        self.len().saturating_add(self.promised) < self.capacity
    }

    // Sending

    /// Accepts `message` if it is its turn: open, nobody in line, and room.
    pub(super) fn try_send(
        &mut self,
        message: M,
        woken: &mut WakeList,
    ) -> Result<(), TrySendError<M>> {
        match self.phase {
            Phase::Closed => Err(TrySendError::Closed(message)),
            // C2: where somebody stands in line there is no room; asked all the same, since a
            // newcomer must never overtake.
            Phase::Open if !self.line.is_empty() || !self.has_room() => {
                Err(TrySendError::Full(message))
            }
            Phase::Open => {
                self.push(message, woken);
                Ok(())
            }
        }
    }

    /// Sends on a place that was promised; gives the message back when the stream is closed.
    pub(super) fn send_promised(&mut self, message: M, woken: &mut WakeList) -> Result<(), M> {
        self.promised -= 1;
        match self.phase {
            Phase::Closed => Err(message),
            Phase::Open => {
                self.push(message, woken);
                Ok(())
            }
        }
    }

    fn push(&mut self, message: M, woken: &mut WakeList) {
        let pushed = self.input.try_send(message);
        assert!(pushed.is_ok(), "C1: a place was there, and flume had none");
        self.wake_reader(woken);
    }

    fn wake_reader(&mut self, woken: &mut WakeList) {
        if let Some(reader) = self.reader.take() {
            woken.push(reader);
        }
    }

    /// The answer for one who wants a place; `None` when it must stand in line with a clone of its
    /// waker.
    pub(super) fn ask(
        &mut self,
        ticket: &mut Option<Ticket>,
        waker: &Waker,
    ) -> Option<Poll<Result<(), Closed>>> {
        if let Some(answer) = self.take_turn(ticket) {
            return Some(Poll::Ready(answer));
        }
        let stands = ticket.as_ref().is_some_and(|ticket| self.line.has(ticket, waker));
        stands.then_some(Poll::Pending)
    }

    /// The answer for one who wants a place, and otherwise stands in line; what was not needed of
    /// its waker and the one before is to be dropped after the lock.
    pub(super) fn stand(
        &mut self,
        ticket: &mut Option<Ticket>,
        waker: Waker,
    ) -> (Poll<Result<(), Closed>>, Option<Waker>) {
        match (self.take_turn(ticket), ticket.as_ref()) {
            (Some(answer), _) => (Poll::Ready(answer), Some(waker)),
            (None, Some(ticket)) => (Poll::Pending, Some(self.line.renew(ticket, waker))),
            (None, None) => {
                *ticket = Some(self.line.stand(waker));
                (Poll::Pending, None)
            }
        }
    }

    /// A place is promised with `Ok`.
    fn take_turn(&mut self, ticket: &mut Option<Ticket>) -> Option<Result<(), Closed>> {
        let is_served = match ticket.as_ref() {
            Some(ticket) if !self.line.is_served(ticket) => return None,
            Some(_) => true,
            None => false,
        };
        let answer = match (self.phase, is_served) {
            (Phase::Closed, true) => {
                self.promised -= 1;
                Err(Closed)
            }
            (Phase::Closed, false) => Err(Closed),
            (Phase::Open, true) => Ok(()),
            (Phase::Open, false) if self.line.is_empty() && self.has_room() => {
                self.promised += 1;
                Ok(())
            }
            (Phase::Open, false) => return None,
        };
        *ticket = None;
        Some(answer)
    }

    /// Leaves the line; the waker is to be dropped after the lock. What was served goes to the
    /// next.
    pub(super) fn leave_line(&mut self, ticket: Ticket, woken: &mut WakeList) -> Option<Waker> {
        let waker = self.line.leave(ticket);
        if waker.is_none() {
            self.give_back_place(woken);
        }
        waker
    }

    /// Takes a promise back, and hands the place on.
    pub(super) fn give_back_place(&mut self, woken: &mut WakeList) {
        self.promised -= 1;
        self.serve(woken);
    }

    fn serve(&mut self, woken: &mut WakeList) {
        while self.has_room()
            && let Some(waker) = self.line.serve()
        {
            self.promised += 1;
            woken.push(waker);
        }
    }

    // Receiving

    pub(super) fn try_recv(&mut self, woken: &mut WakeList) -> Result<M, TryRecvError> {
        match self.output.try_recv() {
            Ok(message) => {
                self.serve(woken);
                Ok(message)
            }
            Err(_) if self.is_closed() => Err(TryRecvError::Closed),
            Err(_) => Err(TryRecvError::Empty),
        }
    }

    /// Whether nothing more will be sent.
    pub(super) fn is_closed(&self) -> bool {
        self.phase == Phase::Closed || self.sinks == 0
    }

    // Coming and going

    pub(super) fn add_sink(&mut self) {
        self.sinks += 1;
    }

    /// Counts one more sink, unless none is left.
    pub(super) fn revive_sink(&mut self) -> Option<()> {
        self.sinks = self.sinks.checked_sub(1)? + 2;
        Some(())
    }

    /// Counts one sink less; the last one wakes the reader.
    pub(super) fn remove_sink(&mut self, woken: &mut WakeList) {
        self.sinks -= 1;
        if self.sinks == 0 {
            self.wake_reader(woken);
        }
    }

    /// Accepts nothing more, and wakes everybody; who stood in line counts as served, and finds the
    /// end.
    pub(super) fn close(&mut self, woken: &mut WakeList) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closed;
            while let Some(waker) = self.line.serve() {
                self.promised += 1;
                woken.push(waker);
            }
            self.wake_reader(woken);
            woken.append(self.closing.drain());
        }
    }

    /// What was queued, to be dropped after the lock.
    pub(super) fn take_queued(&mut self) -> Vec<M> {
        self.output.drain().collect()
    }
}
