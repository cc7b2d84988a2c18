//! The fewest items that go and come between two sequences.
//!
//! # Idea
//! Myers' greedy algorithm. Both sequences are the sides of a grid; a step to the right takes an old item out, one down
//! puts a new one in, and where two items are equal one goes on diagonally for nothing. `ends` has for each diagonal how
//! far one gets with `d` steps; with one step more one gets further from the neighbouring diagonals. When the lower right
//! corner is reached, what was kept of each round tells the way back.
//!
//! ```text
//!            a   b   c        old    a b c
//!          ┌───┬───┬───┐      new    b d c
//!        b │   │ ╲ │   │
//!          ├───┼───┼───┤      ─▶ a goes, ╲ b stays, ▼ d comes, ╲ c stays: d = 2
//!        d │   │   │   │
//!          ├───┼───┼───┤
//!        c │   │   │ ╲ │
//!          └───┴───┴───┘
//! ```
//!
//! Equal beginnings and ends are left out before. The search ends at [`MOST`] steps: it would keep their square, and a
//! log does not hold many more. Then all between the equal ends goes and comes.

use std::ops::Range;

/// How many items may go and come for the fewest to be looked for.
pub(super) const MOST: usize = 256;

/// Old items that go, and the new ones that come in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// What leads from `old` to `new`, in order; no two edits touch.
pub(super) fn differences<T: PartialEq>(old: &[&T], new: &[T]) -> Vec<Edit> {
    let pairs = old.iter().zip(new);
    let begin = pairs.take_while(|(old, new)| **old == *new).count();
    let (old, new) = (&old[begin..], &new[begin..]);
    let pairs = old.iter().rev().zip(new.iter().rev());
    let end = pairs.take_while(|(old, new)| **old == *new).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let all = || vec![Edit { old: 0..old.len(), new: 0..new.len() }];
    let mut edits = match (old.is_empty(), new.is_empty()) {
        (true, true) => Vec::new(),
        (false, false) => fewest(old, new).unwrap_or_else(all),
        _ => all(),
    };
    for Edit { old, new } in &mut edits {
        *old = old.start + begin..old.end + begin;
        *new = new.start + begin..new.end + begin;
    }
    edits
}

/// `None` where they are more than [`MOST`].
fn fewest<T: PartialEq>(old: &[&T], new: &[T]) -> Option<Vec<Edit>> {
    let most = MOST.min(old.len() + new.len());
    // Of the diagonal on which one has gone `right - down` steps, at `zero + right - down`.
    let zero = most + 1;
    let mut ends = vec![0; 2 * most + 3];
    let mut rounds = Vec::new();
    for steps in 0..=most {
        rounds.push(ends[zero - steps..=zero + steps].to_vec());
        for diagonal in (zero - steps..=zero + steps).step_by(2) {
            let down = comes_down(&ends, diagonal, zero - steps..zero + steps);
            let mut x = if down { ends[diagonal + 1] } else { ends[diagonal - 1] + 1 };
            let mut y = x + zero - diagonal;
            while x < old.len() && y < new.len() && *old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            ends[diagonal] = x;
            if x >= old.len() && y >= new.len() {
                return Some(way_back(&rounds, x, y));
            }
        }
    }
    None
}

/// Whether one comes to a diagonal with a step down: from the one above, where that is further or the only one.
fn comes_down(ends: &[usize], diagonal: usize, reached: Range<usize>) -> bool {
    diagonal == reached.start || diagonal != reached.end && ends[diagonal - 1] < ends[diagonal + 1]
}

/// The edits on the way to the end of `old`, at `x`, and of `new`, at `y`.
fn way_back(rounds: &[Vec<usize>], mut x: usize, mut y: usize) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (steps, ends) in rounds.iter().enumerate().skip(1).rev() {
        // Here the middle one of the diagonals is at `steps`.
        let diagonal = steps + x - y;
        let down = comes_down(ends, diagonal, 0..2 * steps);
        let before = if down { diagonal + 1 } else { diagonal - 1 };
        x = ends[before];
        y = x + steps - before;
        let edit = Edit { old: x..x + usize::from(!down), new: y..y + usize::from(down) };
        match edits.last_mut() {
            Some(next) if next.old.start == edit.old.end && next.new.start == edit.new.end => {
                (next.old.start, next.new.start) = (x, y);
            }
            _ => edits.push(edit),
        }
    }
    edits.reverse();
    edits
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    fn applied(old: &[u8], new: &[u8], edits: &[Edit]) -> Vec<u8> {
        let mut items = old.to_vec();
        for edit in edits.iter().rev() {
            items.splice(edit.old.clone(), new[edit.new.clone()].iter().copied());
        }
        items
    }

    fn count(edits: &[Edit]) -> usize {
        edits.iter().map(|edit| edit.old.len() + edit.new.len()).sum()
    }

    /// By the longest common subsequence.
    fn fewest_there_are(old: &[u8], new: &[u8]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for item in old {
            let mut corner = 0;
            for (at, other) in new.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if item == other { corner + 1 } else { above.max(row[at]) };
                corner = above;
            }
        }
        old.len() + new.len() - 2 * row[new.len()]
    }

    proptest! {
        #[test]
        fn the_edits_lead_to_the_new_one_and_are_the_fewest(
            old in prop::collection::vec(0..6_u8, 0..60),
            new in prop::collection::vec(0..6_u8, 0..60),
        ) {
            let edits = differences(&old.iter().collect::<Vec<_>>(), &new);
            prop_assert_eq!(applied(&old, &new, &edits), new.clone());
            prop_assert_eq!(count(&edits), fewest_there_are(&old, &new));
            for pair in edits.windows(2) {
                prop_assert!(pair[0].old.end < pair[1].old.start && pair[0].new.end < pair[1].new.start);
            }
        }

        #[test]
        fn where_there_are_many_all_between_the_equal_ends_is_one_edit(
            begin in prop::collection::vec(0..6_u8, 0..60),
            end in prop::collection::vec(0..6_u8, 0..60),
        ) {
            let old = [&begin[..], &[7; 400], &end[..]].concat();
            let new = [&begin[..], &[8; 300], &end[..]].concat();
            let edits = differences(&old.iter().collect::<Vec<_>>(), &new);
            let from = begin.len();
            prop_assert_eq!(&edits, &[Edit { old: from..from + 400, new: from..from + 300 }]);
            prop_assert_eq!(applied(&old, &new, &edits), new);
        }
    }

    #[test]
    fn a_few_edits_of_a_long_sequence_take_a_few_comparisons_for_each_item() {
        struct Counted<'a>(usize, &'a Cell<usize>);
        impl PartialEq for Counted<'_> {
            fn eq(&self, other: &Self) -> bool {
                self.1.set(self.1.get() + 1);
                self.0 == other.0
            }
        }
        let compared = Cell::new(0);
        let counted = |numbers: Vec<usize>| -> Vec<Counted<'_>> {
            numbers.into_iter().map(|number| Counted(number, &compared)).collect()
        };
        let old = counted((0..20_000).collect());
        let mut numbers: Vec<usize> = (0..20_000).collect();
        numbers.remove(19_990);
        numbers.insert(10_000, 77);
        numbers.remove(5);
        let new = counted(numbers);
        let edits = differences(&old.iter().collect::<Vec<_>>(), &new);
        assert_eq!(edits.len(), 3);
        assert!(compared.get() < 4 * 20_000, "{}", compared.get());
    }
}
