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
}

impl Names {
    /// # Panics
    /// Where there are 65 535 already.
    pub(super) fn add(&mut self, named: Named) -> NameId {
        let vacant = self.places.iter().position(Option::is_none);
        let index = vacant.unwrap_or(self.places.len());
        let id = u16::try_from(index + 1).ok().and_then(NonZeroU16::new);
        let id = id.expect("a publisher has at most 65535 subscribers with a name");
        if index == self.places.len() {
            self.places.push(Some(named));
        } else {
            self.places[index] = Some(named);
        }
        NameId(id)
    }

    pub(super) fn get_mut(&mut self, id: NameId) -> Option<&mut Named> {
        self.places.get_mut(usize::from(id.0.get()) - 1)?.as_mut()
    }

    /// The subscriber goes; its name comes back, to be dropped after the lock.
    pub(super) fn remove(&mut self, id: NameId) -> Option<Named> {
        self.places.get_mut(usize::from(id.0.get()) - 1)?.take()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Named> {
        self.places.iter().flatten()
    }
}
