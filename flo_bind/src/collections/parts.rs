//! The differences between two states of a collection, shared with its log.

use std::slice;

use flo_core::sync::StrongArc;

use super::log::Diffs;

/// Differences that are shared.
pub(crate) struct Shared<D> {
    /// Of a link of the log.
    pub(super) diffs: Diffs<D>,
    /// Those of several links, the oldest first, where one has missed more than those of one.
    several: Box<[Part<D>]>,
}

/// Some differences of one link, to its end.
pub(crate) struct Part<D> {
    pub(super) of: StrongArc<Shared<D>>,
    /// A link has few differences, unless one edit made them all (L5).
    pub(super) from: u32,
}

/// Those of one link most of the time, or of several.
///
/// Two words, also with the tags of what a poll gives, so that they go through registers: in memory a copy would read them
/// in other words than those that were written just now, and wait for it (a third of the time of a follower that is
/// awake, November 2026).
pub(crate) struct Parts<D> {
    of: StrongArc<Shared<D>>,
    from: Few,
}

/// A small number: one that leaves values free for the tags around it.
#[derive(Clone, Copy)]
struct Few(char);

/// Lends them in order.
pub(crate) struct PartsIter<'a, D> {
    part: slice::Iter<'a, D>,
    later: slice::Iter<'a, Part<D>>,
}

impl Few {
    const NONE: Self = Self('\0');

    #[inline]
    fn new(number: u32) -> Option<Self> {
        char::from_u32(number).map(Self)
    }

    #[inline]
    fn get(self) -> usize {
        u32::from(self.0) as usize
    }
}

impl<D> Shared<D> {
    #[inline]
    pub(super) fn new(diffs: Diffs<D>) -> Self {
        Self { diffs, several: Box::default() }
    }
}

impl<D> Part<D> {
    /// Of differences that are in no log.
    pub(crate) fn of(diffs: impl Iterator<Item = D>) -> Self {
        Self { of: StrongArc::new(Shared::new(diffs.collect())), from: 0 }
    }

    #[inline]
    pub(crate) fn diffs(&self) -> &[D] {
        &self.of.diffs[self.from as usize..]
    }
}

impl<D> Parts<D> {
    #[inline]
    pub(crate) fn one(part: Part<D>) -> Self {
        match Few::new(part.from) {
            Some(from) => Self { of: part.of, from },
            None => Self::several([part].into_iter()),
        }
    }

    pub(crate) fn none() -> Self {
        Self::several([].into_iter())
    }

    /// The newest first.
    pub(super) fn of_newest_first(parts: impl DoubleEndedIterator<Item = Part<D>>) -> Self {
        Self::several(parts.rev())
    }

    #[cold]
    fn several(parts: impl Iterator<Item = Part<D>>) -> Self {
        let shared = Shared { diffs: Diffs::new(), several: parts.collect() };
        Self { of: StrongArc::new(shared), from: Few::NONE }
    }

    #[inline]
    pub(crate) fn iter(&self) -> PartsIter<'_, D> {
        let part = self.of.diffs[self.from.get()..].iter();
        PartsIter { part, later: self.of.several.iter() }
    }
}

impl<'a, D> Iterator for PartsIter<'a, D> {
    type Item = &'a D;

    #[inline]
    fn next(&mut self) -> Option<&'a D> {
        loop {
            if let Some(diff) = self.part.next() {
                return Some(diff);
            }
            self.part = self.later.next()?.diffs().iter();
        }
    }
}

impl<D> Clone for Part<D> {
    fn clone(&self) -> Self {
        Self { of: StrongArc::clone(&self.of), from: self.from }
    }
}

impl<D> Clone for Parts<D> {
    fn clone(&self) -> Self {
        Self { of: StrongArc::clone(&self.of), from: self.from }
    }
}

impl<D> Clone for PartsIter<'_, D> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone(), later: self.later.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[test]
    fn what_a_poll_gives_is_two_words() {
        assert_eq!(size_of::<Poll<Option<Parts<String>>>>(), 2 * size_of::<usize>());
    }

    #[test]
    fn a_number_that_is_not_few_is_lent_as_well() {
        for left_out in [0, 1, 0xd7ff, 0xd800, 0x1_0000] {
            let part = Part { from: left_out, ..Part::of(0..0x1_0002) };
            assert!(Parts::one(part).iter().copied().eq(left_out..0x1_0002), "{left_out}");
        }
    }
}
