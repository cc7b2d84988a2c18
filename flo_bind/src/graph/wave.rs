//! Putting those that are to be run in the order of their creation.
//!
//! # Idea
//! A commit marks dependents from the source on, path by path, so that effects are queued in another order than they were made in. They
//! have numbers, and those of one program part are close to each other: so where they are, each is put at the place of its
//! number, and the places are read off in order.
//!
//! ```text
//!   queued     7  9  4  5          numbers 4 to 9: six places for four
//!   places     4  5  ·  7  ·  9
//! ```
//!
//! A few are sorted by comparing, and so are those whose numbers are far apart, or of which one is there twice.

/// So many are sorted as fast by comparing.
const FEW: usize = 16;
/// How many places for each are little to read off.
const SPARSE: usize = 4;

/// Sorts `wave` by the numbers of what is in it. `places` is empty before and after, and kept for its memory.
pub(super) fn sort<T: Copy>(
    wave: &mut [T],
    places: &mut Vec<Option<T>>,
    number: impl Fn(T) -> u64,
) {
    if wave.is_sorted_by_key(|one| number(*one)) {
        return;
    }
    if wave.len() <= FEW || !place(wave, places, &number) {
        places.clear();
        wave.sort_unstable_by_key(|one| number(*one));
    }
}

/// Whether that could be done by places.
fn place<T: Copy>(wave: &mut [T], places: &mut Vec<Option<T>>, number: &impl Fn(T) -> u64) -> bool {
    let (low, high) = wave
        .iter()
        .map(|one| number(*one))
        .fold((u64::MAX, 0), |(low, high), number| (low.min(number), high.max(number)));
    let is_dense = |range: &usize| *range < wave.len() * SPARSE;
    let Some(range) = usize::try_from(high - low).ok().filter(is_dense) else { return false };
    places.resize(range + 1, None);
    for one in wave.iter() {
        let place = usize::try_from(number(*one) - low).ok().and_then(|at| places.get_mut(at));
        let Some(place @ None) = place else { return false };
        *place = Some(*one);
    }
    for (to, one) in wave.iter_mut().zip(places.drain(..).flatten()) {
        *to = one;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wave_is_in_the_order_of_its_numbers_be_they_close_or_far_apart_or_twice_there(
            numbers in prop_oneof![
                prop::collection::vec(100..200_u64, 0..80),
                prop::collection::vec(any::<u64>(), 0..80),
                Just((100..180).collect::<Vec<u64>>()).prop_shuffle(),
            ],
        ) {
            let mut places = Vec::new();
            let mut wave = numbers.clone();
            sort(&mut wave, &mut places, |number| number);
            let mut sorted = numbers;
            sorted.sort_unstable();
            prop_assert_eq!(wave, sorted);
            prop_assert!(places.is_empty());
        }
    }
}
