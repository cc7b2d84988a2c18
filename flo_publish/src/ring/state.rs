//! What the lock guards: who is there, who waits, and what is kept. It knows no message.

use std::collections::BTreeMap;

use flo_core::{Line, Wakers};

use super::{
    Phase, Policy, Until,
    claims::{Claims, Kind},
    names::Names,
    offer::Offer,
    parked::Parked,
};

pub(super) struct State {
    /// The next number to be given.
    pub(super) head: u64,
    /// Places given to permits, and to publishers that were served and have not come back.
    pub(super) promised: u64,
    /// What a new message is claimed by.
    pub(super) claims: Claims,
    /// Where some are kept, [`kept_from`](Self::kept_from); otherwise left behind, so that a publish has one word
    /// less to write.
    pub(super) kept_from: u64,
    /// How many are kept for those who subscribe later.
    pub(super) replay: u64,
    pub(super) phase: Phase,
    pub(super) gate: Gate,
    counts: [usize; 4],
    /// Readers that wait for a message.
    pub(super) parked: Parked,
    /// Publishers that wait for a place.
    pub(super) line: Line,
    /// Those who wait until everything below a number is read.
    pub(super) draining: BTreeMap<u64, Wakers>,
    /// Those who wait for the end.
    pub(super) closing: Wakers,
    /// Those who wait for so many subscribers.
    pub(super) gathering: BTreeMap<usize, Wakers>,
    /// Those who wait until there is no subscriber.
    pub(super) deserting: Wakers,
    /// Those who watch the number of subscribers.
    pub(super) observing: Wakers,
    pub(super) names: Names,
}

/// Whether messages are held back until enough subscribers are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    ClosedUntil(usize),
}

impl Default for State {
    fn default() -> Self {
        Self {
            head: 0,
            promised: 0,
            claims: Claims::default(),
            kept_from: 0,
            replay: 0,
            phase: Phase::Open,
            gate: Gate::Open,
            counts: [0; 4],
            parked: Parked::default(),
            line: Line::default(),
            draining: BTreeMap::new(),
            closing: Wakers::default(),
            gathering: BTreeMap::new(),
            deserting: Wakers::default(),
            observing: Wakers::default(),
            names: Names::default(),
        }
    }
}

impl State {
    #[inline]
    pub(super) fn count(&self, policy: Policy) -> usize {
        self.counts[policy as usize]
    }

    /// Whether a message that finds room goes in without more ado: lossless subscribers only read, and it
    /// [`is_quiet`](Self::is_quiet).
    #[inline]
    pub(super) fn is_at_rest(&self) -> bool {
        self.claims.is_only(Kind::Unread) & self.accepts()
    }

    /// Whether messages are accepted, somebody reads them, nothing is kept for those who come later, and nobody
    /// stands in line.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        !self.claims.is_none() && self.replay == 0 && self.accepts()
    }

    #[expect(clippy::needless_bitwise_bool, reason = "one branch for all of them")]
    #[inline]
    fn accepts(&self) -> bool {
        (self.phase == Phase::Open) & (self.gate == Gate::Open) & self.line.is_empty()
    }

    /// Whether one who comes or goes is counted, and that is all: nobody watches the number of
    /// subscribers, and nothing is kept for those who come.
    #[inline]
    pub(super) fn is_unwatched(&self) -> bool {
        self.replay == 0 && !self.is_number_watched()
    }

    /// Whether somebody is to be told of one who comes or goes.
    #[inline]
    pub(super) fn is_number_watched(&self) -> bool {
        let is_unwatched = (self.gate == Gate::Open)
            & self.observing.is_empty()
            & self.gathering.is_empty()
            & self.deserting.is_empty();
        !is_unwatched
    }

    pub(super) fn subscriber_count(&self) -> usize {
        self.counts.iter().sum()
    }

    /// To how many a new message is offered for as long as it is one of the newest.
    #[inline]
    pub(super) fn lossy_count(&self) -> u64 {
        (self.count(Policy::Lossy) + self.count(Policy::CutOff)) as u64
    }

    /// To how many a new message is offered until the next one comes.
    #[inline]
    pub(super) fn latest_count(&self) -> u64 {
        self.count(Policy::Latest) as u64
    }

    /// A subscriber comes; a new message is claimed for it from here on.
    ///
    /// # Panics
    /// Where there are too many of its kind, before anything is changed.
    #[inline]
    pub(super) fn count_in(&mut self, policy: Policy) {
        let is_full = match policy {
            Policy::Lossless => false,
            Policy::Lossy | Policy::CutOff => self.lossy_count() == Offer::MOST,
            Policy::Latest => self.latest_count() == Offer::MOST,
        };
        assert!(!is_full, "a publisher has at most {} subscribers of this kind", Offer::MOST);
        self.claims.add(policy.claim());
        self.counts[policy as usize] += 1;
    }

    /// A subscriber goes; new messages are not claimed for it any more.
    #[inline]
    pub(super) fn count_out(&mut self, policy: Policy) {
        self.claims.give_back(policy.claim());
        self.counts[policy as usize] -= 1;
    }

    /// Messages from here to `head` are kept: the ring has a PIN on each (R1).
    pub(super) fn kept_from(&self) -> u64 {
        if self.replay == 0 { self.head } else { self.kept_from }
    }

    /// So many messages are kept for those who subscribe later, from here on: a new message gets a PIN
    /// of the ring's exactly while that is not none.
    pub(super) fn set_replay(&mut self, replay: u64) {
        match (self.replay, replay) {
            (0, 1..) => self.claims.add(Kind::Pin),
            (1.., 0) => self.claims.give_back(Kind::Pin),
            _ => {}
        }
        self.replay = replay;
    }

    pub(super) fn has_come(&self, until: Until, is_drained: bool) -> bool {
        match until {
            Until::Drained(_) => is_drained,
            Until::Closed => self.phase == Phase::Closed,
            Until::Subscribed(count) => self.subscriber_count() >= count,
            Until::Unsubscribed => self.subscriber_count() == 0,
            Until::Changed(count) => {
                self.subscriber_count() != count || self.phase == Phase::Closed
            }
        }
    }

    /// Those who wait for `until`, which has not come.
    pub(super) fn set_of(&mut self, until: Until) -> &mut Wakers {
        match until {
            Until::Drained(number) => self.draining.entry(number).or_default(),
            Until::Closed => &mut self.closing,
            Until::Subscribed(count) => self.gathering.entry(count).or_default(),
            Until::Unsubscribed => &mut self.deserting,
            Until::Changed(_) => &mut self.observing,
        }
    }
}
