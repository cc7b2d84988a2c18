//! A message that is there for so many who have not begun to read it: one word.
//!
//! # Idea
//!
//! A publisher may take a message away from a lossy reader, or from one of the latest, until that one
//! begins to read it; from then on its `Clone` must not be disturbed, nor waited for. That moment is one
//! exchange of this word, without the lock: a reader *accepts*, which takes one from the count, or the
//! publisher *withdraws*, which takes all that are left.
//!
//! ```text
//!   bits  0–23  LEFT     who have not begun to read it
//!   bits 24–63  NUMBER   of the message, its low 40 bits
//!
//!   make(7, 3) ──accept(7)──▶ 7, 2 ──accept(7)──▶ 7, 1 ──withdraw(7): 1──▶ 7, 0 ──make(15, 3)──▶ …
//! ```
//!
//! # Invariants
//!
//! - **O1** For each that is left its message has a PIN that is nobody's yet; who accepts owns it.
//! - **O2** The count grows only under the ring's lock, and other numbers come only under it.
//!
//! The number in the word is what lets nobody accept another message than it looked at. That 40 bits of
//! it do: a reader looks at the whole number first, and would have to be stopped between the two for
//! 2^40 messages to mistake one for the other; even then it finds a message, and not memory that is gone.

use flo_core::sync::atomic::{AtomicU64, Ordering};

const LEFT: u64 = (1 << 24) - 1;
const NUMBER: u64 = (1 << 40) - 1;

/// So many may still begin to read the message with a number.
pub(super) struct Offer(AtomicU64);

impl Offer {
    /// To how many one message can be offered.
    pub(super) const MOST: u64 = LEFT;

    /// Nothing is offered.
    pub(super) fn none() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline]
    const fn word(number: u64, left: u64) -> u64 {
        (number & NUMBER) << LEFT.count_ones() | left
    }

    #[inline]
    const fn is_of(word: u64, number: u64) -> bool {
        word & !LEFT == Self::word(number, 0)
    }

    /// Offers the message with this number, after it has been put in; under the lock, and with nothing
    /// left of the one before.
    #[inline]
    pub(super) fn make(&self, number: u64, left: u64) {
        debug_assert!(self.0.load(Ordering::Relaxed) & LEFT == 0, "O1: left behind");
        // Release: who accepts finds the message, its claims and its cell.
        self.0.store(Self::word(number, left), Ordering::Release);
    }

    /// Offers it to one more, who has added the PIN for himself; under the lock.
    pub(super) fn add_one(&self, number: u64) {
        let word = self.0.load(Ordering::Relaxed);
        if Self::is_of(word, number) {
            // O2: it can only have become less meanwhile. Release: as in `make`.
            self.0.fetch_add(1, Ordering::Release);
        } else {
            self.make(number, 1);
        }
    }

    /// Whether somebody has not begun to read what is offered; under the lock, where it can only become nobody.
    #[inline]
    pub(super) fn is_left(&self) -> bool {
        self.0.load(Ordering::Relaxed) & LEFT != 0
    }

    /// Begins to read: one of those PINs is the caller's if it answers, and says whether it was the last.
    #[inline]
    pub(super) fn accept(&self, number: u64) -> Option<Accepted> {
        // Acquire: what was put in is seen. Release: what the caller looked at before, it saw before a
        // publisher that withdraws changes it.
        let accept =
            |word| (Self::is_of(word, number) && word & LEFT != 0).then(|| word.wrapping_sub(1));
        let accepted = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, accept);
        accepted.ok().map(Accepted::of)
    }

    /// As [`accept`](Self::accept) of the number that was seen in [`from`](Self::from), with that look at it.
    #[inline]
    pub(super) fn accept_seen(&self, seen: Seen) -> Option<Accepted> {
        // In this order: as in `accept`. The usual case is that nobody came between.
        let accepted = self.0.compare_exchange(
            seen.word,
            seen.word.wrapping_sub(1),
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        if accepted.is_ok() {
            Some(Accepted::of(seen.word))
        } else {
            self.accept_later(seen.number)
        }
    }

    #[cold]
    fn accept_later(&self, number: u64) -> Option<Accepted> {
        self.accept(number)
    }

    /// Nobody can begin to read it any more: so many PINs are the caller's. Under the lock.
    #[inline]
    pub(super) fn withdraw(&self, number: u64) -> u64 {
        let word = self.0.load(Ordering::Relaxed);
        if word & LEFT == 0 || !Self::is_of(word, number) {
            // O2: it stays so.
            return 0;
        }
        // AcqRel: who accepted looked at what the caller changes next before that.
        self.0.swap(Self::word(number, 0), Ordering::AcqRel) & LEFT
    }

    /// The message that is offered, where it is not before `next` and no more than 2^39 after it.
    #[inline]
    pub(super) fn from(&self, next: u64) -> Option<Seen> {
        // Acquire: the message and its number are seen.
        let word = self.0.load(Ordering::Acquire);
        let after = (word >> LEFT.count_ones()).wrapping_sub(next) & NUMBER;
        (word & LEFT != 0 && after <= NUMBER / 2).then(|| Seen { word, number: next + after })
    }

    /// The message with this number, where that is offered.
    #[inline]
    pub(super) fn of(&self, number: u64) -> Option<Seen> {
        // Acquire: as in `from`.
        let word = self.0.load(Ordering::Acquire);
        (word & LEFT != 0 && Self::is_of(word, number)).then_some(Seen { word, number })
    }
}

/// An offer as it was when somebody looked: he accepts that, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    word: u64,
    /// The whole number of the message.
    pub(super) number: u64,
}

/// One of an offer's PINs is the caller's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Accepted {
    /// Whether nobody else may begin to read.
    pub(super) is_last: bool,
}

impl Accepted {
    /// Of the offer as it was before.
    #[inline]
    fn of(word: u64) -> Self {
        Self { is_last: word & LEFT == 1 }
    }
}

#[cfg(all(test, not(flo_loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_is_accepted_by_as_many_as_it_was_made_for_and_of_its_number_only() {
        let offer = Offer::none();
        assert_eq!(offer.accept(0), None, "0 is a number, and nothing is offered");
        offer.make(7, 2);
        assert_eq!((offer.accept(6), offer.accept(8)), (None, None));
        let (first, last) = (Accepted { is_last: false }, Accepted { is_last: true });
        assert_eq!([(); 3].map(|()| offer.accept(7)), [Some(first), Some(last), None]);
        offer.add_one(7);
        offer.add_one(7);
        assert!(offer.accept(7).is_some());
        assert_eq!((offer.withdraw(6), offer.withdraw(7), offer.withdraw(7)), (0, 1, 0));
        assert!(offer.accept(7).is_none());
        offer.add_one(9);
        assert!(offer.accept(9).is_some() && offer.accept(9).is_none());
    }

    #[test]
    fn the_count_at_its_limit_leaves_the_number_alone() {
        let offer = Offer::none();
        offer.make(NUMBER, Offer::MOST);
        assert!(offer.accept(NUMBER).is_some() && offer.accept(NUMBER - 1).is_none());
        assert_eq!(offer.withdraw(NUMBER), Offer::MOST - 1);
    }

    #[test]
    fn a_whole_number_is_found_from_the_place_of_its_reader() {
        let offer = Offer::none();
        assert_eq!(offer.from(0), None);
        for number in [0, 5, NUMBER - 1, NUMBER, NUMBER + 1, 3 * NUMBER + 8] {
            offer.make(number, 1);
            let seen = offer.from(number).unwrap();
            assert_eq!(
                (seen.number, offer.from(number.saturating_sub(1_000))),
                (number, Some(seen))
            );
            assert_eq!((offer.of(number), offer.of(number + 1)), (Some(seen), None));
            assert_eq!(offer.from(number + 1), None, "it has been read");
            assert!(offer.accept_seen(seen).is_some() && offer.accept_seen(seen).is_none());
            assert_eq!((offer.from(number), offer.of(number)), (None, None));
        }
        offer.make(NUMBER, 1);
        assert_eq!(offer.from(NUMBER / 2 - 1), None, "too far to tell");
        assert!(offer.of(NUMBER).is_some());
    }

    #[test]
    fn what_was_seen_is_accepted_after_others_but_not_after_it_was_withdrawn() {
        let offer = Offer::none();
        offer.make(7, 3);
        let seen = offer.from(5).unwrap();
        assert!(offer.accept(7).is_some() && offer.accept_seen(seen).is_some());
        assert_eq!(offer.withdraw(7), 1);
        offer.make(8, 3);
        assert!(offer.accept_seen(seen).is_none(), "the next one is another message");
        assert_eq!(offer.withdraw(8), 3);
    }
}
