//! Edits that go through a collection, and what its view must be: the same for all contenders.

/// How far apart two edits are that follow each other; prime, so that they come to every place.
const STRIDE: u64 = 7_919;

/// Where an edit of a collection of so many goes, and the value that it sets.
pub(crate) fn edit(number: u64, len: u64) -> (usize, u64) {
    (index(number * STRIDE % len), value(number))
}

/// The value of this number: all over the place.
pub(crate) fn value(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// The first stage of the view.
pub(crate) fn mapped(value: u64) -> u64 {
    value.wrapping_mul(2_654_435_761) % 1_000_003
}

/// The second: which rows pass.
pub(crate) fn passes(mapped: u64) -> bool {
    mapped.is_multiple_of(2)
}

/// The third and the fourth: in order, and the sum.
pub(crate) fn view(source: &[u64]) -> (Vec<u64>, u64) {
    let mut sorted: Vec<u64> =
        source.iter().map(|value| mapped(*value)).filter(|mapped| passes(*mapped)).collect();
    sorted.sort_unstable();
    let sum = sorted.iter().sum();
    (sorted, sum)
}

pub(crate) fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// The values of a new collection of so many.
pub(crate) fn values(len: u64) -> Vec<u64> {
    (0..len).map(value).collect()
}
