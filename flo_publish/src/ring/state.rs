//! What the lock guards, and the steps on it. Nothing here is a stranger's code (R7).

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;

use flo_core::{Seat, sync::Arc};

use super::{After, Claims, Line, Phase, Policy, Until, Wakers, slot::Slot};

/// What the lock guards.
pub(super) struct State<M> {
    /// The messages with the numbers `first ..head`; their count gives `first`.
    slots: VecDeque<Slot<M>>,
    head: u64,
    tail: u64,
    promised: u64,
    capacity: u64,
    readers: Claims,
    phase: Phase,
    parked: Wakers,
    pub(super) line: Line,
    draining: BTreeMap<u64, Wakers>,
    closing: Wakers,
}

/// Why a message was not put into the ring: it comes back.
#[derive(Debug)]
pub(crate) enum Rejected<M> {
    Full(M),
    Closed(M),
}

/// What a reader finds.
pub(super) enum Found<M> {
    Message(Arc<M>),
    /// So many messages went before it came to read them.
    Missed(u64),
    Nothing,
    End,
}

impl<M> State<M> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            slots: VecDeque::new(),
            head: 0,
            tail: 0,
            promised: 0,
            capacity: capacity as u64,
            readers: Claims::default(),
            phase: Phase::Open,
            parked: Wakers::default(),
            line: Line::default(),
            draining: BTreeMap::new(),
            closing: Wakers::default(),
        }
    }

    pub(super) fn head(&self) -> u64 {
        self.head
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn subscriber_count(&self) -> usize {
        self.readers.unread + self.readers.behind
    }

    /// The oldest number that anybody needs.
    fn first(&self) -> u64 {
        self.head - self.slots.len() as u64
    }

    fn has_room(&self) -> bool {
        self.head - self.tail + self.promised < self.capacity
    }

    // Publishing

    /// Accepts `message` if it is its turn: open, nobody in line, and room.
    pub(super) fn try_put(&mut self, message: M, after: &mut After<M>) -> Result<(), Rejected<M>> {
        match self.phase {
            Phase::Closed => Err(Rejected::Closed(message)),
            // R5: where somebody stands in line there is no room; asked all the same, since a
            // newcomer must never overtake.
            Phase::Open if !self.line.is_empty() || !self.has_room() => {
                Err(Rejected::Full(message))
            }
            Phase::Open => {
                self.put(message, after);
                Ok(())
            }
        }
    }

    /// Accepts `message` on a promised place, unless the streams have ended.
    pub(super) fn put_promised(&mut self, message: M, after: &mut After<M>) -> Result<(), M> {
        match self.phase {
            Phase::Open => {
                self.promised -= 1;
                self.put(message, after);
                Ok(())
            }
            Phase::Closed => {
                self.give_back_place(after);
                Err(message)
            }
        }
    }

    /// Promises a place if it is the caller's turn; `Err` says why not.
    pub(super) fn try_promise(&mut self) -> Result<(), Rejected<()>> {
        match self.phase {
            Phase::Closed => Err(Rejected::Closed(())),
            Phase::Open if !self.line.is_empty() || !self.has_room() => Err(Rejected::Full(())),
            Phase::Open => {
                self.promised += 1;
                Ok(())
            }
        }
    }

    /// Takes a promise back, and hands the place on.
    pub(super) fn give_back_place(&mut self, after: &mut After<M>) {
        debug_assert!(self.promised > 0, "R4: a place was given back that had not been promised");
        self.promised -= 1;
        self.attend(after);
    }

    fn put(&mut self, message: M, after: &mut After<M>) {
        self.head += 1;
        if self.readers.is_none() {
            debug_assert!(self.slots.is_empty(), "R2: a message without a reader was kept");
            after.passed = Some(message);
        } else {
            if self.slots.len() as u64 == self.capacity
                && let Some(oldest) = self.slots.pop_front()
            {
                debug_assert_eq!(oldest.claims.unread, 0, "R6");
                after.lost = Some(oldest.message);
            }
            self.slots.push_back(Slot { message: Arc::new(message), claims: self.readers });
        }
        if self.readers.unread == 0 {
            self.tail = self.head;
        }
        debug_assert!(self.head - self.tail + self.promised <= self.capacity, "R4");
        if !self.parked.is_empty() {
            after.wakers.append(self.parked.drain());
        }
    }

    /// Serves the line while there is room, and wakes who waited for `tail`.
    fn attend(&mut self, after: &mut After<M>) {
        while self.has_room()
            && let Some(waker) = self.line.serve()
        {
            self.promised += 1;
            after.wakers.push(waker);
        }
        while let Some(entry) = self.draining.first_entry()
            && *entry.key() <= self.tail
        {
            after.wakers.append(entry.remove().drain());
        }
    }

    /// Ends the streams and wakes everybody. Who stood in line counts as served, and finds the end.
    pub(super) fn close(&mut self, after: &mut After<M>) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        while let Some(waker) = self.line.serve() {
            self.promised += 1;
            after.wakers.push(waker);
        }
        after.wakers.append(self.parked.drain());
        after.wakers.append(self.closing.drain());
    }

    // Reading

    /// A subscriber comes that reads from here on; its first number.
    pub(super) fn subscribe(&mut self, policy: Policy) -> u64 {
        self.readers.add(policy);
        self.head
    }

    /// A subscriber comes that reads what another, which stands at `next`, has still to read.
    pub(super) fn subscribe_at(&mut self, next: u64, policy: Policy) {
        self.readers.add(policy);
        let from = self.index(next);
        for slot in self.slots.range_mut(from..) {
            slot.claims.add(policy);
        }
    }

    /// The next message for the reader at `next`, which moves.
    pub(super) fn read(
        &mut self,
        next: &mut u64,
        policy: Policy,
        after: &mut After<M>,
    ) -> Found<M> {
        if *next == self.head {
            return match self.phase {
                Phase::Open => Found::Nothing,
                Phase::Closed => Found::End,
            };
        }
        let first = self.first();
        if *next < first {
            let missed = first - *next;
            *next = first;
            return Found::Missed(missed);
        }
        let index = self.index(*next);
        *next += 1;
        let slot = &mut self.slots[index];
        slot.claims.give_back(policy);
        let is_read = slot.claims.unread == 0;
        // R2: a slot that nobody claims any more is the first one.
        let message = if slot.claims.is_none()
            && let Some(last) = self.slots.pop_front()
        {
            debug_assert_eq!(index, 0, "R2: an older message was kept");
            last.message
        } else {
            Arc::clone(&self.slots[index].message)
        };
        if policy == Policy::Lossless && is_read {
            debug_assert_eq!(self.tail + 1, *next, "R2: an older message was unread");
            self.tail = *next;
            self.attend(after);
        }
        Found::Message(message)
    }

    /// The reader at `next` goes, and its claims with it.
    pub(super) fn unsubscribe(&mut self, next: u64, policy: Policy, after: &mut After<M>) {
        self.readers.give_back(policy);
        let from = self.index(next);
        for slot in self.slots.range_mut(from..) {
            slot.claims.give_back(policy);
        }
        let freed = self.slots.iter().take_while(|slot| slot.claims.is_none()).count();
        after.freed.extend(self.slots.drain(..freed).map(|slot| slot.message));
        if policy == Policy::Lossless {
            let read = self.slots.iter().take_while(|slot| slot.claims.unread == 0).count();
            self.tail = self.first() + read as u64;
            self.attend(after);
        }
    }

    /// How many messages the reader at `next` can still read.
    pub(super) fn backlog(&self, next: u64) -> usize {
        self.slots.len() - self.index(next)
    }

    /// The reader at `next` has read everything, and nothing more comes.
    pub(super) fn is_ended(&self, next: u64) -> bool {
        self.phase == Phase::Closed && next == self.head
    }

    /// Where the message `number` stands; one that is gone counts as the first.
    fn index(&self, number: u64) -> usize {
        let index = usize::try_from(number.saturating_sub(self.first())).unwrap_or(usize::MAX);
        debug_assert!(index <= self.slots.len(), "R1: a reader stands beyond the head");
        index
    }

    // Waiting

    /// Those who wait for a message.
    pub(super) fn parked(&mut self) -> &mut Wakers {
        &mut self.parked
    }

    pub(super) fn has_come(&self, until: Until) -> bool {
        match until {
            Until::Drained(number) => number <= self.tail,
            Until::Closed => self.phase == Phase::Closed,
        }
    }

    /// Those who wait for `until`, which has not come.
    pub(super) fn set_of(&mut self, until: Until) -> &mut Wakers {
        match until {
            Until::Drained(number) => self.draining.entry(number).or_default(),
            Until::Closed => &mut self.closing,
        }
    }

    /// Gives up a seat among those who wait for `until`; its waker is to be dropped after the lock.
    pub(super) fn leave(&mut self, until: Until, seat: &mut Seat) -> Option<Waker> {
        match until {
            Until::Closed => self.closing.leave(seat),
            Until::Drained(number) => {
                let waiting = self.draining.get_mut(&number)?;
                let waker = waiting.leave(seat);
                if waiting.is_empty() {
                    self.draining.remove(&number);
                }
                waker
            }
        }
    }
}
