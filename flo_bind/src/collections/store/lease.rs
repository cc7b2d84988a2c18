//! Who has which place of a store.

use std::num::NonZeroU32;

use flo_core::sync::{Arc, Mutex};

use super::key::{Key, Place};

/// The places that a store may let. Outside of its state: no rollback takes a generation back (E1).
#[derive(Default)]
pub(super) struct Places(Mutex<Let>);

#[derive(Default)]
struct Let {
    /// How many leases there are of each place that was ever let.
    leases: Vec<u32>,
    /// Those that were given back, each with the generation that it is let to next.
    again: Vec<(u32, NonZeroU32)>,
}

/// The right to stand at a place, which is given back with the last lease of it. Counted here and not by an `Arc` of its
/// own, so that an entry is one allocation.
pub(super) struct Lease {
    places: Arc<Places>,
    index: u32,
    generation: NonZeroU32,
}

impl Places {
    pub(super) fn lease(self: &Arc<Self>) -> Lease {
        let mut places = self.0.lock();
        let (index, generation) = places.again.pop().unwrap_or_else(|| {
            let index = u32::try_from(places.leases.len());
            places.leases.push(0);
            (index.expect("a store has at most 4 thousand million places"), NonZeroU32::MIN)
        });
        places.leases[index as usize] = 1;
        drop(places);
        Lease { places: Arc::clone(self), index, generation }
    }
}

impl Lease {
    pub(super) fn key<K>(&self, store: u32) -> Key<K> {
        let (index, generation) = (self.index, self.generation);
        Key::of(Place { store, index, generation })
    }

    /// Another lease of the same place to the same generation.
    pub(super) fn share(&self) -> Self {
        let mut places = self.places.0.lock();
        let leases = &mut places.leases[self.index as usize];
        *leases = leases.checked_add(1).expect("an entry has fewer values than that at a time");
        drop(places);
        Self { places: Arc::clone(&self.places), index: self.index, generation: self.generation }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut places = self.places.0.lock();
        let leases = &mut places.leases[self.index as usize];
        *leases -= 1;
        // E1: a place whose generation would wrap is not let again.
        if *leases == 0
            && let Some(next) = self.generation.checked_add(1)
        {
            places.again.push((self.index, next));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e1_a_place_is_let_to_one_at_a_time_and_each_time_to_another_generation() {
        let places = Arc::<Places>::default();
        let (first, second) = (places.lease(), places.lease());
        assert_eq!((first.index, second.index), (0, 1));
        drop(first);
        let again = places.lease();
        assert_eq!((again.index, again.generation.get()), (0, 2));
    }

    #[test]
    fn e1_a_place_is_let_again_after_the_last_lease_of_it() {
        let places = Arc::<Places>::default();
        let first = places.lease();
        let second = first.share();
        drop(first);
        assert_eq!(places.lease().index, 1, "it is let");
        drop(second);
        assert!([places.lease(), places.lease()].iter().any(|lease| lease.index == 0));
    }

    #[test]
    fn e1_a_place_whose_generation_would_wrap_is_not_let_again() {
        let places = Arc::<Places>::default();
        drop(places.lease());
        places.0.lock().again[0].1 = NonZeroU32::MAX;
        let last = places.lease();
        assert_eq!((last.index, last.generation), (0, NonZeroU32::MAX));
        drop(last);
        let next = places.lease();
        assert_eq!((next.index, next.generation.get()), (1, 1));
    }
}
