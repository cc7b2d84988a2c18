//! Random operations against a model that anybody can check by reading it.

use std::collections::VecDeque;

use flo_publish::{
    Lagged, LossySubscriber, Permit, Publish, Publisher, RecvError, Subscriber, TryPublishError,
    TryRecvError,
};
use flo_test::{Woken, woken};
use futures::FutureExt;
use proptest::{collection::vec, prelude::*};

#[derive(Debug, Clone)]
enum Op {
    Publish,
    Batch(usize),
    Reserve,
    Send(usize),
    DropPermit(usize),
    Subscribe,
    SubscribeLossy,
    Clone(usize),
    CloneLossy(usize),
    Recv(usize),
    RecvMany(usize, usize),
    RecvLossy(usize),
    Drop(usize),
    DropLossy(usize),
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => Just(Op::Publish),
        3 => (0..7_usize).prop_map(Op::Batch),
        3 => Just(Op::Reserve),
        2 => (0..4_usize).prop_map(Op::Send),
        1 => (0..4_usize).prop_map(Op::DropPermit),
        2 => Just(Op::Subscribe),
        2 => Just(Op::SubscribeLossy),
        1 => (0..4_usize).prop_map(Op::Clone),
        1 => (0..4_usize).prop_map(Op::CloneLossy),
        12 => (0..4_usize).prop_map(Op::Recv),
        3 => (0..4_usize, 1..7_usize).prop_map(|(index, limit)| Op::RecvMany(index, limit)),
        6 => (0..4_usize).prop_map(Op::RecvLossy),
        1 => (0..4_usize).prop_map(Op::Drop),
        1 => (0..4_usize).prop_map(Op::DropLossy),
        1 => prop_oneof![30 => Just(Op::Publish), 1 => Just(Op::Close)],
    ]
}

/// One queue for each subscriber, and the publisher beside it.
struct World {
    publisher: Publisher<u32>,
    permits: Vec<Permit<u32>>,
    lossless: Vec<(Subscriber<u32>, VecDeque<u32>)>,
    lossy: Vec<(LossySubscriber<u32>, Queue)>,
    next: u32,
    closed: bool,
}

#[derive(Clone, Default)]
struct Queue {
    missed: u64,
    messages: VecDeque<u32>,
}

impl World {
    fn new(capacity: usize) -> Self {
        Self {
            publisher: Publisher::new(capacity),
            permits: Vec::new(),
            lossless: Vec::new(),
            lossy: Vec::new(),
            next: 0,
            closed: false,
        }
    }

    fn has_room(&self) -> bool {
        let unread = self.lossless.iter().map(|(_, queue)| queue.len()).max().unwrap_or(0);
        unread + self.permits.len() < self.publisher.capacity()
    }

    fn accept(&mut self, message: u32) {
        for (_, queue) in &mut self.lossless {
            queue.push_back(message);
        }
        for (_, queue) in &mut self.lossy {
            queue.messages.push_back(message);
            if queue.messages.len() > self.publisher.capacity() {
                queue.messages.pop_front();
                queue.missed += 1;
            }
        }
    }

    fn ended<T>(&self) -> Result<T, TryRecvError> {
        Err(if self.closed { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    fn publish(&mut self) {
        let message = self.next;
        self.next += 1;
        let expected = match (self.closed, self.has_room()) {
            (true, _) => Err(TryPublishError::Closed(message)),
            (false, false) => Err(TryPublishError::Full(message)),
            (false, true) => Ok(()),
        };
        if expected.is_ok() {
            self.accept(message);
        }
        let answer = if message.is_multiple_of(2) {
            self.publisher.try_publish(message)
        } else {
            let answer = self.publisher.publish(message).now_or_never();
            let full = Err(TryPublishError::Full(message));
            answer.map_or(full, |answer| answer.map_err(TryPublishError::from))
        };
        assert_eq!(answer, expected);
    }

    /// A batch goes in as far as there is room, and the rest comes back.
    fn publish_batch(&mut self, size: usize) {
        let end = self.next + u32::try_from(size).expect("a few");
        let messages: Vec<_> = (self.next..end).collect();
        self.next = end;
        let mut unsent: VecDeque<_> = messages.iter().copied().collect();
        while !self.closed
            && self.has_room()
            && let Some(message) = unsent.pop_front()
        {
            self.accept(message);
        }
        let mut batch = self.publisher.publish_batch(messages);
        match (&mut batch).now_or_never() {
            Some(Ok(())) => assert!(unsent.is_empty()),
            Some(Err(error)) => assert!(self.closed && unsent == error.into_inner()),
            None => assert!(!self.closed && !unsent.is_empty() && unsent == batch.into_unsent()),
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Publish => self.publish(),
            Op::Batch(size) => self.publish_batch(size),
            Op::Reserve => {
                let expected =
                    if self.closed { Some(false) } else { self.has_room().then_some(true) };
                let permit = self.publisher.reserve().now_or_never();
                assert_eq!(permit.as_ref().map(Result::is_ok), expected);
                self.permits.extend(permit.and_then(Result::ok));
            }
            Op::Send(index) if index < self.permits.len() => {
                let permit = self.permits.swap_remove(index);
                let message = self.next;
                self.next += 1;
                assert_eq!(permit.send(message).is_ok(), !self.closed);
                if !self.closed {
                    self.accept(message);
                }
            }
            Op::DropPermit(index) if index < self.permits.len() => {
                drop(self.permits.swap_remove(index));
            }
            Op::Close => {
                self.publisher.close_all();
                self.closed = true;
            }
            _ => self.step_of_a_subscriber(op),
        }
    }

    fn step_of_a_subscriber(&mut self, op: &Op) {
        match *op {
            Op::Subscribe => self.lossless.push((self.publisher.subscribe(), VecDeque::new())),
            Op::SubscribeLossy => {
                self.lossy.push((self.publisher.subscribe_lossy(), Queue::default()));
            }
            Op::Clone(index) if index < self.lossless.len() => {
                self.lossless.push(self.lossless[index].clone());
            }
            Op::CloneLossy(index) if index < self.lossy.len() => {
                self.lossy.push(self.lossy[index].clone());
            }
            Op::Drop(index) if index < self.lossless.len() => {
                drop(self.lossless.swap_remove(index));
            }
            Op::DropLossy(index) if index < self.lossy.len() => {
                drop(self.lossy.swap_remove(index));
            }
            Op::Recv(index) if index < self.lossless.len() => {
                let message = self.lossless[index].1.pop_front();
                let expected = message.map_or_else(|| self.ended(), Ok);
                assert_eq!(self.lossless[index].0.try_recv(), expected);
            }
            Op::RecvMany(index, limit) if index < self.lossless.len() => {
                let (subscriber, queue) = &mut self.lossless[index];
                let mut received = Vec::new();
                let count = subscriber.recv_many(&mut received, limit).now_or_never();
                let expected: Vec<_> = queue.drain(..limit.min(queue.len())).collect();
                let empty = if self.closed { Some(Err(RecvError::Closed)) } else { None };
                let is_empty = expected.is_empty();
                assert_eq!(count, if is_empty { empty } else { Some(Ok(expected.len())) });
                assert_eq!(received, expected);
            }
            Op::RecvLossy(index) if index < self.lossy.len() => {
                let queue = &mut self.lossy[index].1;
                let item = match std::mem::take(&mut queue.missed) {
                    0 => queue.messages.pop_front().map(Ok),
                    missed => Some(Err(Lagged(missed))),
                };
                let expected = item.map_or_else(|| self.ended(), Ok);
                assert_eq!(self.lossy[index].0.try_recv(), expected);
            }
            _ => {}
        }
    }

    fn check(&self) {
        assert_eq!(self.publisher.subscriber_count(), self.lossless.len() + self.lossy.len());
        assert_eq!(self.publisher.is_closed(), self.closed);
        for (subscriber, queue) in &self.lossless {
            assert_eq!(subscriber.len(), queue.len());
        }
        for (subscriber, queue) in &self.lossy {
            assert_eq!(subscriber.len(), queue.messages.len());
        }
        let unread = self.lossless.iter().any(|(_, queue)| !queue.is_empty());
        assert_eq!(self.publisher.drained().now_or_never().is_none(), unread);
    }
}

#[derive(Debug, Clone)]
enum LineOp {
    Publish,
    TryPublish,
    Recv,
    Poll(usize),
    Cancel(usize),
}

fn line_op() -> impl Strategy<Value = LineOp> {
    prop_oneof![
        4 => Just(LineOp::Publish),
        1 => Just(LineOp::TryPublish),
        4 => Just(LineOp::Recv),
        4 => (0..6_usize).prop_map(LineOp::Poll),
        2 => (0..6_usize).prop_map(LineOp::Cancel),
    ]
}

/// A publish that has not completed.
struct Waiting<'a> {
    message: u32,
    future: Woken<Publish<'a, u32>>,
    is_served: bool,
}

/// One subscriber's queue, and those who wait, first come first.
struct Line<'a> {
    publisher: &'a Publisher<u32>,
    subscriber: Subscriber<u32>,
    queue: VecDeque<u32>,
    waiting: Vec<Waiting<'a>>,
    next: u32,
}

impl Line<'_> {
    fn has_room(&self) -> bool {
        let promised = self.waiting.iter().filter(|waiting| waiting.is_served).count();
        self.queue.len() + promised < self.publisher.capacity()
    }

    fn serve(&mut self) {
        while self.has_room()
            && let Some(first) = self.waiting.iter_mut().find(|waiting| !waiting.is_served)
        {
            first.is_served = true;
        }
    }

    fn step(&mut self, op: &LineOp) {
        match *op {
            LineOp::Publish => {
                let message = self.next;
                self.next += 1;
                let goes = self.has_room();
                let mut future = woken(self.publisher.publish(message));
                assert_eq!(future.poll().is_ready(), goes);
                if goes {
                    self.queue.push_back(message);
                } else {
                    self.waiting.push(Waiting { message, future, is_served: false });
                }
            }
            LineOp::TryPublish => {
                let goes = self.has_room();
                assert_eq!(self.publisher.try_publish(self.next).is_ok(), goes);
                if goes {
                    self.queue.push_back(self.next);
                }
                self.next += 1;
            }
            LineOp::Recv => {
                assert_eq!(self.subscriber.try_recv().ok(), self.queue.pop_front());
                self.serve();
            }
            LineOp::Poll(index) if index < self.waiting.len() => {
                let waiting = &mut self.waiting[index];
                assert_eq!(waiting.future.poll().is_ready(), waiting.is_served);
                if waiting.is_served {
                    self.queue.push_back(self.waiting.remove(index).message);
                }
            }
            LineOp::Cancel(index) if index < self.waiting.len() => {
                drop(self.waiting.remove(index));
                self.serve();
            }
            LineOp::Poll(_) | LineOp::Cancel(_) => {}
        }
    }

    fn check(&self) {
        assert_eq!(self.subscriber.len(), self.queue.len());
        for waiting in &self.waiting {
            assert_eq!(waiting.future.is_woken(), waiting.is_served, "served is woken, once");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_answer_is_the_one_of_a_queue_for_each_subscriber(
        capacity in 1..=5_usize,
        ops in vec(op(), 1..120),
    ) {
        let mut world = World::new(capacity);
        for op in &ops {
            world.step(op);
            world.check();
        }
    }
    #[test]
    fn places_go_to_those_who_wait_first_come_first_served(
        capacity in 1..=3_usize,
        ops in vec(line_op(), 1..120),
    ) {
        let publisher = Publisher::new(capacity);
        let subscriber = publisher.subscribe();
        let (queue, waiting) = (VecDeque::new(), Vec::new());
        let mut line = Line { publisher: &publisher, subscriber, queue, waiting, next: 0 };
        for op in &ops {
            line.step(op);
            line.check();
        }
    }
}
