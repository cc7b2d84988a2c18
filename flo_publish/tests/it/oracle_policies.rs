//! Random operations on all policies and kept messages, against a model that keeps every message for
//! ever and knows of each subscriber only where it is.

use flo_publish::{
    Lagged, LatestSubscriber, LossySubscriber, Permit, Policy, Publisher, Subscriber, TryRecvError,
};
use flo_test::{Leak, Leaks};
use futures::FutureExt;
use proptest::{collection::vec, prelude::*};

type Message = Leak<u64>;

#[derive(Debug, Clone)]
enum Op {
    Publish,
    Reserve,
    Send,
    DropPermit,
    Subscribe(Policy),
    SubscribeFrom(u64),
    Clone(usize),
    Recv(usize),
    Drop(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let policy = prop_oneof![
        Just(Policy::Lossless),
        Just(Policy::Lossy),
        Just(Policy::Latest),
        Just(Policy::CutOff)
    ];
    prop_oneof![
        16 => Just(Op::Publish),
        2 => Just(Op::Reserve),
        1 => Just(Op::Send),
        1 => Just(Op::DropPermit),
        4 => policy.prop_map(Op::Subscribe),
        1 => (0..4_u64).prop_map(Op::SubscribeFrom),
        1 => (0..6_usize).prop_map(Op::Clone),
        16 => (0..6_usize).prop_map(Op::Recv),
        2 => (0..6_usize).prop_map(Op::Drop),
    ]
}

enum Reader {
    Lossless(Subscriber<Message>),
    Lossy(LossySubscriber<Message>),
    Latest(LatestSubscriber<Message>),
    CutOff(Subscriber<Message>),
}

/// A subscriber, and what the model knows of it.
struct Member {
    reader: Reader,
    policy: Policy,
    next: u64,
    is_cut: bool,
}

struct World {
    publisher: Publisher<Message>,
    leaks: Leaks,
    capacity: u64,
    replay: u64,
    head: u64,
    permits: Vec<Permit<Message>>,
    members: Vec<Member>,
}

/// An answer, with the message as its number.
fn answer(reader: &mut Reader) -> Result<Result<u64, Lagged>, TryRecvError> {
    match reader {
        Reader::Lossless(reader) | Reader::CutOff(reader) => reader.try_recv().map(|m| Ok(*m)),
        Reader::Lossy(reader) => reader.try_recv().map(|item| item.map(|m| *m)),
        Reader::Latest(reader) => reader.try_recv().map(|m| Ok(*m)),
    }
}

impl World {
    fn new(capacity: usize, replay: usize) -> Self {
        let replay = replay.min(capacity);
        Self {
            publisher: Publisher::new(capacity).with_replay(replay),
            leaks: Leaks::new(),
            capacity: capacity as u64,
            replay: replay as u64,
            head: 0,
            permits: Vec::new(),
            members: Vec::new(),
        }
    }

    /// The message that has to be read before there is room.
    fn blocking(&self) -> u64 {
        (self.head + self.permits.len() as u64).saturating_sub(self.capacity)
    }

    fn has_room(&self) -> bool {
        let promised = self.permits.len() as u64;
        let mut lossless = self.members.iter().filter(|m| m.policy == Policy::Lossless);
        promised < self.capacity
            && (self.head + promised < self.capacity || lossless.all(|m| m.next > self.blocking()))
    }

    fn kept_from(&self) -> u64 {
        self.head.saturating_sub(self.replay)
    }

    /// How many messages somebody needs.
    fn needed(&self) -> usize {
        let is_needed = |number: &u64| {
            let within = |member: &&Member| match member.policy {
                Policy::Lossless => member.next <= *number,
                Policy::Latest => member.next <= *number && *number + 1 == self.head,
                _ => {
                    !member.is_cut && member.next <= *number && *number + self.capacity >= self.head
                }
            };
            *number >= self.kept_from() || self.members.iter().any(|member| within(&member))
        };
        (0..self.head).filter(is_needed).count()
    }

    fn subscribe(&mut self, policy: Policy) {
        let next = match policy {
            _ if self.replay == 0 => self.head,
            Policy::Latest => self.head.saturating_sub(1),
            Policy::Lossless => self.kept_from().max(self.blocking()).min(self.head),
            _ => self.kept_from(),
        };
        let reader = match policy {
            Policy::Lossless => Reader::Lossless(self.publisher.subscribe()),
            Policy::Lossy => Reader::Lossy(self.publisher.subscribe_lossy()),
            Policy::Latest => Reader::Latest(self.publisher.subscribe_latest()),
            _ => Reader::CutOff(self.publisher.subscribe_or_close()),
        };
        self.members.push(Member { reader, policy, next, is_cut: false });
    }

    fn receive(&mut self, index: usize) {
        let (head, capacity) = (self.head, self.capacity);
        let Some(member) = self.members.get_mut(index) else { return };
        let oldest = head.saturating_sub(capacity);
        let expected = match member.policy {
            Policy::CutOff if member.next < oldest => {
                member.is_cut = true;
                Err(TryRecvError::CutOff(Lagged(oldest - member.next)))
            }
            Policy::Lossy if member.next < oldest => {
                let missed = oldest - std::mem::replace(&mut member.next, oldest);
                Ok(Err(Lagged(missed)))
            }
            _ if member.next == head => Err(TryRecvError::Empty),
            Policy::Latest => {
                member.next = head;
                Ok(Ok(head - 1))
            }
            _ => {
                member.next += 1;
                Ok(Ok(member.next - 1))
            }
        };
        assert_eq!(answer(&mut member.reader), expected);
    }

    fn copy(&mut self, index: usize) {
        let Some(member) = self.members.get(index) else { return };
        let reader = match &member.reader {
            Reader::Lossless(reader) => Reader::Lossless(reader.clone()),
            Reader::Lossy(reader) => Reader::Lossy(reader.clone()),
            Reader::Latest(reader) => Reader::Latest(reader.clone()),
            Reader::CutOff(reader) => Reader::CutOff(reader.clone()),
        };
        let Member { policy, next, is_cut, .. } = *member;
        self.members.push(Member { reader, policy, next, is_cut });
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Publish => {
                let goes = self.has_room();
                let message = self.leaks.track(self.head);
                assert_eq!(self.publisher.try_publish(message).is_ok(), goes);
                self.head += u64::from(goes);
            }
            Op::Reserve => {
                let permit = self.publisher.reserve().now_or_never();
                assert_eq!(permit.is_some(), self.has_room());
                self.permits.extend(permit.and_then(Result::ok));
            }
            Op::Send => {
                if let Some(permit) = self.permits.pop() {
                    permit.send(self.leaks.track(self.head)).expect("nobody closes it");
                    self.head += 1;
                }
            }
            Op::DropPermit => drop(self.permits.pop()),
            Op::Subscribe(policy) => self.subscribe(policy),
            Op::SubscribeFrom(back) => {
                let number = (self.head + 1).saturating_sub(back);
                let oldest = self.kept_from().max(self.blocking());
                let answer = self.publisher.subscribe_from(number);
                // Without replay the newest may be there still for those who want the latest.
                let may_be_there = self.replay == 0 && number + 1 == self.head;
                if !may_be_there {
                    assert_eq!(answer.is_ok(), (oldest..=self.head).contains(&number));
                }
                if let Ok(reader) = answer {
                    let (reader, policy) = (Reader::Lossless(reader), Policy::Lossless);
                    self.members.push(Member { reader, policy, next: number, is_cut: false });
                }
            }
            Op::Clone(index) => self.copy(index),
            Op::Recv(index) => self.receive(index),
            Op::Drop(index) if index < self.members.len() => {
                drop(self.members.swap_remove(index));
            }
            Op::Drop(_) => {}
        }
    }

    fn check(&self) {
        let counted = self.members.iter().filter(|member| !member.is_cut).count();
        assert_eq!(self.publisher.subscriber_count(), counted);
        assert_eq!(self.publisher.position(), self.head);
        assert_eq!(
            self.leaks.alive_count(),
            self.needed(),
            "freed when nobody needs it, not later"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_policy_sees_what_it_should_and_messages_live_as_long_as_they_are_needed(
        capacity in 1..=5_usize,
        replay in 0..=5_usize,
        ops in vec(op(), 1..150),
    ) {
        let mut world = World::new(capacity, replay);
        for op in &ops {
            world.step(op);
            world.check();
        }
        let leaks = world.leaks.clone();
        drop(world);
        leaks.check();
    }
}
