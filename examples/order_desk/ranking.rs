//! The best of many.

use std::cmp::Reverse;

use crate::model::Money;

/// The `count` entries with the highest amounts, highest first, equal ones by name.
///
/// One pass over the entries that keeps `count` of them: cheap enough to do when somebody looks, so that
/// nobody has to keep a ranking up to date for every sale.
pub(crate) fn best<K, T>(
    count: usize,
    entries: impl IntoIterator<Item = T>,
    rank: impl Fn(&T) -> (Money, K),
) -> Vec<T>
where
    K: Ord,
{
    let key = |entry: &T| {
        let (amount, name) = rank(entry);
        (Reverse(amount), name)
    };
    let mut best: Vec<T> = Vec::with_capacity(count + 1);
    for entry in entries {
        let place = best.partition_point(|other| key(other) <= key(&entry));
        if place < count {
            best.truncate(count - 1);
            best.insert(place, entry);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_equal_ones_by_name() {
        let entries = [("b", 1), ("d", 5), ("a", 1), ("c", 5), ("e", -2)];
        let rank = |(name, cents): &(&'static str, i64)| (Money::from_cents(*cents), *name);
        let names = |count| best(count, entries, rank).into_iter().map(|(name, _)| name);
        assert!(names(3).eq(["c", "d", "a"]));
        assert!(names(9).eq(["c", "d", "a", "b", "e"]));
    }
}
