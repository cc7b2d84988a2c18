//! Who owns what, as a persistent value: two sorted sets of pairs, one for each way.

use std::fmt;

use flo_core::sync::Weak;

use super::{cascade::Party, key::Place};
use crate::collections::tree::{Measure, Sums, Tree};

/// An entry of some store, from where it is owned or owns.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) at: Place,
    pub(super) store: Weak<dyn Party>,
}

/// What the entries of one store own, and by whom they are owned (E5).
#[derive(Clone, Default)]
pub(crate) struct Links {
    pub(super) owned: Pairs,
    pub(super) owners: Pairs,
}

/// Pairs in order, so that those of one place are together.
#[derive(Clone, Default)]
pub(super) struct Pairs(Tree<Pair, Last>);

#[derive(Clone)]
struct Pair {
    of: Place,
    other: Link,
}

/// Which pair is the last.
#[derive(Clone, Copy, Default)]
struct Last;

impl Measure<Pair> for Last {
    type Sum = (Place, Place);

    fn of(&self, pairs: &[Pair]) -> (Place, Place) {
        pairs[pairs.len() - 1].places()
    }

    fn join(&self, parts: Sums<'_, Pair, (Place, Place)>) -> (Place, Place) {
        *parts.last()
    }
}

impl Pair {
    fn places(&self) -> (Place, Place) {
        (self.of, self.other.at)
    }
}

impl Pairs {
    /// How many pairs are before, as `is_before` says.
    fn rank(&self, is_before: impl Fn((Place, Place)) -> bool) -> usize {
        self.0.partition_point(|last| is_before(*last), |pair| is_before(pair.places()))
    }

    /// Where the pairs of a place begin and end.
    fn span(&self, of: Place) -> (usize, usize) {
        (self.rank(|(place, _)| place < of), self.rank(|(place, _)| place <= of))
    }

    pub(super) fn insert(&mut self, of: Place, other: Link) {
        let pair = Pair { of, other };
        let places = pair.places();
        let at = self.rank(|before| before < places);
        if self.0.get(at).is_none_or(|there| there.places() != places) {
            self.0.insert(at, pair);
        }
    }

    /// Whether there was such a pair.
    pub(super) fn remove(&mut self, of: Place, other: Place) -> bool {
        let at = self.rank(|before| before < (of, other));
        let is_there = self.0.get(at).is_some_and(|pair| pair.places() == (of, other));
        if is_there {
            drop(self.0.remove(at));
        }
        is_there
    }

    pub(super) fn of(&self, place: Place) -> impl Iterator<Item = &Link> {
        let (from, until) = self.span(place);
        self.0.iter_range(from, until).map(|pair| &pair.other)
    }

    /// Takes out all pairs of a place.
    pub(super) fn take(&mut self, of: Place) -> Vec<Link> {
        let (from, until) = self.span(of);
        if from == until {
            return Vec::new();
        }
        let taken = self.0.splice(from, until - from, Tree::new(Last));
        taken.iter().map(|pair| pair.other.clone()).collect()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(f)
    }
}
