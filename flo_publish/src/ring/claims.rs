//! Who still needs a message: one word with two counts and two flags.
//!
//! ```text
//!   bits  0–30  UNREAD   lossless subscribers that have still to read it
//!   bits 31–61  PIN      lossy ones and those of the latest that may still begin to (`offer.rs`), or
//!                        have begun to; and one of the ring's, where it is kept for those who come later
//!   bit  62     ORPHAN   a boxed cell that its slot has let go of
//!   bit  63     FREE     nothing in it, and nobody on the way
//! ```

/// What kind of claim it is: one unit of its field in the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unread,
    Pin,
}

impl Kind {
    #[inline]
    pub(super) const fn unit(self) -> u64 {
        match self {
            Self::Unread => 1,
            Self::Pin => 1 << 31,
        }
    }

    #[inline]
    pub(super) const fn field(self) -> u64 {
        match self {
            Self::Unread => (1 << 31) - 1,
            Self::Pin => ((1 << 31) - 1) << 31,
        }
    }
}

/// How many hold a claim of each kind on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Claims(pub(super) u64);

impl Claims {
    /// A boxed cell that its slot has let go of.
    pub(super) const ORPHAN: u64 = 1 << 62;
    /// Nothing is in the cell, and nobody on the way.
    pub(super) const FREE: u64 = 1 << 63;
    const COUNTS: u64 = Self::ORPHAN - 1;

    #[inline]
    pub(super) const fn is_none(self) -> bool {
        self.0 & Self::COUNTS == 0
    }

    /// Whether there are some of this kind, and none of any other.
    #[inline]
    pub(super) const fn is_only(self, kind: Kind) -> bool {
        self.0 & kind.field() != 0 && self.0 & !kind.field() == 0
    }

    #[inline]
    pub(super) const fn count(self, kind: Kind) -> u64 {
        (self.0 & kind.field()) / kind.unit()
    }

    /// # Panics
    /// Where the field is full: before it runs over into the next one.
    #[inline]
    pub(super) fn add(&mut self, kind: Kind) {
        Self::assert_room(*self, kind);
        self.0 += kind.unit();
    }

    #[inline]
    pub(super) fn give_back(&mut self, kind: Kind) {
        debug_assert!(self.count(kind) > 0, "R1: a claim was given back that nobody held");
        self.0 -= kind.unit();
    }

    /// # Panics
    /// As [`add`](Self::add), without adding.
    #[inline]
    pub(super) fn assert_room(self, kind: Kind) {
        assert!(
            self.0 & kind.field() != kind.field(),
            "a publisher has at most {} {}",
            kind.field() / kind.unit(),
            match kind {
                Kind::Unread => "lossless subscribers",
                Kind::Pin => "subscribers that are not lossless",
            }
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a publisher has at most 2147483647 lossless subscribers")]
    fn a_full_field_is_a_panic_before_it_runs_over() {
        let mut all = Claims(Kind::Unread.field() - 1);
        all.add(Kind::Unread);
        assert_eq!((all.count(Kind::Unread), all.count(Kind::Pin)), (2_147_483_647, 0));
        all.add(Kind::Unread);
    }

    #[test]
    fn each_field_counts_to_its_limit_beside_full_neighbours() {
        for kind in [Kind::Unread, Kind::Pin] {
            let mut all = Claims(Claims::COUNTS & !kind.field());
            all.add(kind);
            assert_eq!(all.count(kind), 1);
            all.give_back(kind);
            assert_eq!(all.0, Claims::COUNTS & !kind.field());
        }
    }
}
