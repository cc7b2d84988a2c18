//! The engine of a work queue: messages in a line, and two lines of those who wait.
//!
//! # Idea
//!
//! ```text
//!   pushers in line ──▶ [ m m m m m m ] ──▶ workers in line
//!   promised: places of those served        meant: messages for those served
//! ```
//!
//! A message belongs to nobody before it is popped. Serving a worker says only that one message, whichever
//! is first when he comes, is *meant* for him: so nothing is lost with a worker who goes away, his turn
//! goes to the next. Serving a pusher promises him a place.
//!
//! # Invariants
//!
//! - **Q1** `meant ≤ len`, and where a worker stands in line unserved, `meant = len`.
//! - **Q2** `len + promised ≤ capacity`, and where a pusher stands in line unserved, they are equal, while
//!   the queue is open.
//! - **Q3** A worker takes no more messages in one turn than a full queue has for each (`fair.rs`); then it
//!   lets others run, also those who have not asked yet. A turn ends as well where it waits in line.
//! - **Q4** The end is told when no message is left at all: also what is meant for somebody else may
//!   still come to this worker.
//! - **Q5** Never under the lock: drop of a message, and clone, wake and drop of a waker.

mod fair;

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use flo_core::{
    Closed, Line, Ticket, WakeList,
    sync::{
        SpinMutex, SpinMutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

pub(crate) use fair::Taken;
use fair::Turns;

use crate::TryRecvError;

/// Where somebody stands who wants a place, or a message.
#[derive(Debug, Default)]
pub(crate) enum Turn {
    #[default]
    Outside,
    InLine(Ticket),
}

/// Why a message was turned away.
pub(crate) enum Rejected<M> {
    Full(M),
    Closed(M),
}

/// The queue behind all its handles and workers.
pub(crate) struct Queue<M> {
    capacity: usize,
    /// How many handles keep it open.
    handles: AtomicUsize,
    state: SpinMutex<State<M>>,
}

struct State<M> {
    messages: VecDeque<M>,
    meant: usize,
    promised: usize,
    /// Workers in line.
    workers: Line,
    turns: Turns,
    pushers: Line,
    phase: Phase,
}

/// What a worker finds who is not in line.
enum Unseen<M> {
    Took(M),
    /// It lets others run now.
    TurnIsOver,
    /// Nothing is there for it, or somebody is to be told.
    Unusual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Closed,
}

impl<M> Queue<M> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State {
            messages: VecDeque::new(),
            meant: 0,
            promised: 0,
            workers: Line::default(),
            turns: Turns::new(capacity),
            pushers: Line::default(),
            phase: Phase::Open,
        };
        Self { capacity, handles: AtomicUsize::new(1), state: SpinMutex::new(state) }
    }

    pub(crate) fn add_handle(&self) {
        // Relaxed: as for `Arc`, a count that is not zero needs no order to grow.
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove_handle(&self) {
        // AcqRel: what other handles pushed before they went happens before the end.
        if self.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }

    pub(crate) fn close(&self) {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closed;
            while let Some(waker) = state.pushers.serve() {
                wakers.push(waker);
            }
            state.tell_the_end(&mut wakers);
        }
        drop(state);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().phase == Phase::Closed
    }

    pub(crate) fn len(&self) -> usize {
        self.state.lock().messages.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    // Pushing

    /// Pushes if that is possible at once; where nobody waits nothing is carried out of the lock.
    #[inline]
    pub(crate) fn try_push(&self, message: M) -> Result<(), Rejected<M>> {
        let mut state = self.state.lock();
        let is_usual = state.phase == Phase::Open
            && state.pushers.is_empty()
            && state.workers.is_empty()
            && state.messages.len() + state.promised < self.capacity;
        if !is_usual {
            return self.try_push_unusual(state, message);
        }
        state.messages.push_back(message);
        drop(state);
        Ok(())
    }

    #[inline(never)]
    fn try_push_unusual(
        &self,
        state: SpinMutexGuard<'_, State<M>>,
        message: M,
    ) -> Result<(), Rejected<M>> {
        let mut wakers = WakeList::default();
        // Declared after them, so that it is let go before.
        let mut state = state;
        state.try_push(message, self.capacity, &mut wakers)
    }

    #[inline]
    pub(crate) fn poll_push(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        if let Turn::Outside = turn {
            match self.try_push(message.take().expect("polled after completion")) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(Rejected::Closed(wanted)) => return Poll::Ready(Err(wanted)),
                Err(Rejected::Full(wanted)) => *message = Some(wanted),
            }
        }
        self.poll_push_in_line(turn, message, cx)
    }

    #[inline(never)]
    fn poll_push_in_line(
        &self,
        turn: &mut Turn,
        message: &mut Option<M>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), M>> {
        let mut wakers = WakeList::default();
        let pushed = self.state.lock().push_served(turn, message, cx.waker(), &mut wakers);
        if let Some(answer) = pushed {
            return answer;
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.push_served(turn, message, &waker, &mut wakers) {
            drop(state);
            return answer;
        }
        let spare = match turn {
            Turn::InLine(ticket) => Some(state.pushers.renew(ticket, waker)),
            Turn::Outside => {
                let wanted = message.take().expect("polled after completion");
                match state.try_push(wanted, self.capacity, &mut wakers) {
                    Ok(()) => {
                        drop(state);
                        return Poll::Ready(Ok(()));
                    }
                    Err(Rejected::Closed(wanted)) => {
                        drop(state);
                        return Poll::Ready(Err(wanted));
                    }
                    Err(Rejected::Full(wanted)) => *message = Some(wanted),
                }
                *turn = Turn::InLine(state.pushers.stand(waker));
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for a place: the one that was promised goes to the next in line.
    #[inline]
    pub(crate) fn give_up_push(&self, turn: &mut Turn) {
        if let Turn::InLine(ticket) = std::mem::take(turn) {
            self.leave_pushers(ticket);
        }
    }

    #[inline(never)]
    fn leave_pushers(&self, ticket: Ticket) {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        let waker = state.pushers.leave(ticket);
        if waker.is_none() && state.phase == Phase::Open {
            state.promised -= 1;
            state.serve_pushers(self.capacity, &mut wakers);
        }
        drop(state);
        drop(waker);
    }

    // Taking

    pub(crate) fn add_worker(&self) {
        self.state.lock().turns.add_worker();
    }

    pub(crate) fn remove_worker(&self) {
        self.state.lock().turns.remove_worker();
    }

    pub(crate) fn try_take(&self) -> Result<M, TryRecvError> {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        if state.messages.len() > state.meant {
            return state.pop(self.capacity, &mut wakers).ok_or(TryRecvError::Empty);
        }
        Err(if state.has_ended() { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    #[inline]
    pub(crate) fn poll_take(
        &self,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        if let Turn::Outside = turn {
            let unseen = self.state.lock().take_unseen(taken);
            match unseen {
                Unseen::Took(message) => return Poll::Ready(Ok(message)),
                Unseen::TurnIsOver => {
                    // Q3
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Unseen::Unusual => {}
            }
        }
        self.poll_take_seen(turn, taken, cx)
    }

    #[inline(never)]
    fn poll_take_seen(
        &self,
        turn: &mut Turn,
        taken: &mut Taken,
        cx: &Context<'_>,
    ) -> Poll<Result<M, Closed>> {
        let mut wakers = WakeList::default();
        let asked = self.state.lock().ask(turn, taken, self.capacity, cx.waker(), &mut wakers);
        if let Some(answer) = asked {
            return answer;
        }
        // Q5: cloned outside the lock, so it is looked once more.
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        if let Some(answer) = state.ask(turn, taken, self.capacity, &waker, &mut wakers) {
            drop(state);
            return answer;
        }
        let spare = match turn {
            Turn::InLine(ticket) => Some(state.workers.renew(ticket, waker)),
            Turn::Outside => {
                *turn = Turn::InLine(state.workers.stand(waker));
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }

    /// Stops waiting for a message: the turn goes to the next in line.
    #[inline]
    pub(crate) fn give_up_take(&self, turn: &mut Turn) {
        if let Turn::InLine(ticket) = std::mem::take(turn) {
            self.hand_on(ticket);
        }
    }

    #[inline(never)]
    fn hand_on(&self, ticket: Ticket) {
        let mut wakers = WakeList::default();
        let mut state = self.state.lock();
        let waker = state.workers.leave(ticket);
        // Who was woken for the end was not served: then nothing is left.
        if waker.is_none() && !state.messages.is_empty() {
            state.meant -= 1;
            state.serve_workers(&mut wakers);
        }
        drop(state);
        drop(waker);
    }
}

impl<M> State<M> {
    /// A message that is nobody's, for one who is not in line, where nobody has to be told that it is
    /// taken: the usual case.
    #[inline]
    fn take_unseen(&mut self, taken: &mut Taken) -> Unseen<M> {
        if self.messages.len() <= self.meant {
            return Unseen::Unusual;
        }
        if self.turns.is_over(*taken) {
            taken.begin_anew();
            return Unseen::TurnIsOver;
        }
        if self.phase == Phase::Closed || !self.pushers.is_empty() {
            return Unseen::Unusual;
        }
        taken.count();
        self.messages.pop_front().map_or(Unseen::Unusual, Unseen::Took)
    }

    fn has_ended(&self) -> bool {
        // Q4
        self.phase == Phase::Closed && self.messages.is_empty()
    }

    fn try_push(
        &mut self,
        message: M,
        capacity: usize,
        wakers: &mut WakeList,
    ) -> Result<(), Rejected<M>> {
        if self.phase == Phase::Closed {
            return Err(Rejected::Closed(message));
        }
        if !self.pushers.is_empty() || self.messages.len() + self.promised >= capacity {
            return Err(Rejected::Full(message));
        }
        self.messages.push_back(message);
        self.serve_workers(wakers);
        Ok(())
    }

    /// The answer for one who may stand in line for a place; `None` when it must wait with `waker`.
    fn push_served(
        &mut self,
        turn: &mut Turn,
        message: &mut Option<M>,
        waker: &Waker,
        wakers: &mut WakeList,
    ) -> Option<Poll<Result<(), M>>> {
        let Turn::InLine(ticket) = turn else { return None };
        if !self.pushers.is_served(ticket) {
            return self.pushers.has(ticket, waker).then_some(Poll::Pending);
        }
        *turn = Turn::Outside;
        let message = message.take().expect("polled after completion");
        Some(Poll::Ready(match self.phase {
            Phase::Closed => Err(message),
            Phase::Open => {
                self.promised -= 1;
                self.messages.push_back(message);
                self.serve_workers(wakers);
                Ok(())
            }
        }))
    }

    /// Q2: promises the places that are free.
    fn serve_pushers(&mut self, capacity: usize, wakers: &mut WakeList) {
        while self.messages.len() + self.promised < capacity
            && let Some(waker) = self.pushers.serve()
        {
            self.promised += 1;
            wakers.push(waker);
        }
    }

    /// Q1: means the messages that are free for those who wait.
    fn serve_workers(&mut self, wakers: &mut WakeList) {
        while self.messages.len() > self.meant
            && let Some(waker) = self.workers.serve()
        {
            self.meant += 1;
            wakers.push(waker);
        }
    }

    fn tell_the_end(&mut self, wakers: &mut WakeList) {
        if self.has_ended() {
            while let Some(waker) = self.workers.serve() {
                wakers.push(waker);
            }
        }
    }

    fn pop(&mut self, capacity: usize, wakers: &mut WakeList) -> Option<M> {
        let message = self.messages.pop_front();
        if self.phase == Phase::Open {
            self.serve_pushers(capacity, wakers);
        }
        self.tell_the_end(wakers);
        message
    }

    /// The answer for a worker; `None` when it must wait with `waker`.
    fn ask(
        &mut self,
        turn: &mut Turn,
        taken: &mut Taken,
        capacity: usize,
        waker: &Waker,
        wakers: &mut WakeList,
    ) -> Option<Poll<Result<M, Closed>>> {
        if self.has_ended() {
            *turn = Turn::Outside;
            return Some(Poll::Ready(Err(Closed)));
        }
        match turn {
            Turn::Outside if self.messages.len() <= self.meant => return None,
            Turn::Outside => {}
            Turn::InLine(ticket) if !self.workers.is_served(ticket) => {
                return self.workers.has(ticket, waker).then_some(Poll::Pending);
            }
            Turn::InLine(_) => {
                *turn = Turn::Outside;
                self.meant -= 1;
                // Q3: others ran meanwhile.
                taken.begin_anew();
            }
        }
        taken.count();
        self.pop(capacity, wakers).map(|message| Poll::Ready(Ok(message)))
    }
}
