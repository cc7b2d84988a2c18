//! Who owns what, as a persistent value: two sorted sets of pairs, one for each way, and the stores that they speak of.

use std::{collections::BTreeMap, fmt};

use flo_core::sync::{Arc, Weak};

use super::{
    cascade::Party,
    key::{Place, Tenant},
};
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
    stores: Arc<BTreeMap<u32, Weak<dyn Party>>>,
}

impl Links {
    /// Knows a store from here on, and forgets those that are gone.
    pub(super) fn know(&mut self, number: u32, store: &Weak<dyn Party>) {
        if !self.stores.contains_key(&number) {
            let known = self.stores.iter().filter(|(_, store)| store.strong_count() > 0);
            let known = known.map(|(number, store)| (*number, Weak::clone(store)));
            self.stores = Arc::new(known.chain([(number, Weak::clone(store))]).collect());
        }
    }

    /// The entry, if its store is still there to be edited.
    pub(super) fn link(&self, at: Place) -> Option<Link> {
        self.stores.get(&at.store).map(|store| Link { at, store: Weak::clone(store) })
    }
}

/// Pairs in order, so that those of one place are together.
#[derive(Clone, Default)]
pub(super) struct Pairs(Tree<Pair, Last>);

/// A place of the store itself, without saying of which, and one of any.
type Pair = (Tenant, Place);

/// Which pair is the last.
#[derive(Clone, Copy, Default)]
struct Last;

impl Measure<Pair> for Last {
    type Sum = Pair;

    fn of(&self, pairs: &[Pair]) -> Pair {
        pairs[pairs.len() - 1]
    }

    fn join(&self, parts: Sums<'_, Pair, Pair>) -> Pair {
        *parts.last()
    }
}

impl Pairs {
    /// How many pairs are before, as `is_before` says.
    fn rank(&self, is_before: impl Fn(&Pair) -> bool) -> usize {
        self.0.partition_point(&is_before, &is_before)
    }

    /// Where the pairs of a place begin and end.
    fn span(&self, of: Tenant) -> (usize, usize) {
        (self.rank(|pair| pair.0 < of), self.rank(|pair| pair.0 <= of))
    }

    /// Puts in pairs that are in order; takes two searches where they all go between two that are neighbours.
    pub(super) fn insert_all<I>(&mut self, pairs: I)
    where
        I: DoubleEndedIterator<Item = (Place, Place)> + Clone,
    {
        let pairs = pairs.map(|(of, other)| (of.tenant(), other));
        let (Some(first), Some(last)) = (pairs.clone().next(), pairs.clone().next_back()) else {
            return;
        };
        let at = self.rank(|before| *before < first);
        if at == self.rank(|before| *before <= last) {
            // One by one, so that the leaves are filled.
            (at..).zip(pairs).for_each(|(at, pair)| self.0.insert(at, pair));
        } else {
            pairs.for_each(|pair| self.insert(pair));
        }
    }

    fn insert(&mut self, pair: Pair) {
        let at = self.rank(|before| *before < pair);
        if self.0.get(at) != Some(&pair) {
            self.0.insert(at, pair);
        }
    }

    /// Whether there was such a pair.
    pub(super) fn remove(&mut self, of: Place, other: Place) -> bool {
        let pair = (of.tenant(), other);
        let at = self.rank(|before| *before < pair);
        let is_there = self.0.get(at) == Some(&pair);
        if is_there {
            self.0.remove(at);
        }
        is_there
    }

    pub(super) fn of(&self, place: Place) -> impl Iterator<Item = Place> {
        let (from, until) = self.span(place.tenant());
        self.0.iter_range(from, until).map(|(_, other)| *other)
    }

    /// One of each of some places, which are in order; takes two searches where no place among them has any.
    pub(super) fn first_of_each(&self, places: &[Place]) -> Vec<Option<Place>> {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Vec::new() };
        let from = self.rank(|pair| pair.0 < first.tenant());
        if from == self.rank(|pair| pair.0 <= last.tenant()) {
            return vec![None; places.len()];
        }
        places.iter().map(|place| self.of(*place).next()).collect()
    }

    /// Takes out all pairs of a place.
    pub(super) fn take(&mut self, of: Place) -> Vec<Place> {
        let (from, until) = self.span(of.tenant());
        if from == until {
            return Vec::new();
        }
        let taken = self.0.splice(from, until - from, Tree::new(Last));
        taken.iter().map(|(_, other)| *other).collect()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(f)
    }
}
