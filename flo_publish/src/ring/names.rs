//! Subscribers that were given a name, and where they are.
//!
//! A subscriber is 24 bytes and tells nobody where it is. One with a name has a place here, and says
//! after each read where it is: that is what its name costs.

use std::num::NonZeroU16;

use super::Policy;
use crate::SubscriberStats;

/// The place of a subscriber with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameId(NonZeroU16);

/// A subscriber with a name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: Box<str>,
    pub(super) policy: Policy,
    /// The number that it reads next.
    pub(super) position: u64,
    /// How many messages it was told that it missed.
    pub(super) missed: u64,
}

impl Named {
    pub(super) fn stats(&self, head: u64) -> SubscriberStats {
        SubscriberStats {
            name: self.name.to_string(),
            policy: self.policy,
            position: self.position,
            lag: head - self.position,
            missed: self.missed,
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Names {
    places: Vec<Option<Named>>,
    vacant: Vec<NameId>,
}

impl NameId {
    fn index(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

impl Names {
    /// # Panics
    /// Where there are 65 535 already.
    pub(super) fn add(&mut self, named: Named) -> NameId {
        if let Some(id) = self.vacant.pop() {
            self.places[id.index()] = Some(named);
            return id;
        }
        let id = u16::try_from(self.places.len() + 1).ok().and_then(NonZeroU16::new);
        let id = id.expect("a publisher has at most 65535 subscribers with a name");
        self.places.push(Some(named));
        NameId(id)
    }

    pub(super) fn get_mut(&mut self, id: NameId) -> Option<&mut Named> {
        self.places.get_mut(id.index())?.as_mut()
    }

    /// The subscriber goes; its name comes back, to be dropped after the lock.
    pub(super) fn remove(&mut self, id: NameId) -> Option<Named> {
        let named = self.places.get_mut(id.index())?.take();
        self.vacant.push(id);
        named
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Named> {
        self.places.iter().flatten()
    }
}
