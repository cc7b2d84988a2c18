//! Running closures for rows, with what they read put under [`seals`](super::seals).

use std::{
    mem,
    ops::Range,
    panic::{self, AssertUnwindSafe},
};

use rustc_hash::FxHashSet;

use super::seals::{Extent, Seal, Seals, add};
use crate::graph::{
    gather::{self, Found, Gathering, Taken, gather},
    node::Id,
};

/// Rows that are asked, one after the other.
pub(super) struct Asking<'a> {
    seals: &'a mut Seals,
    gathering: &'a Gathering<'a>,
    /// How many were asked and not put in their place yet, and have read nothing, behind those that have.
    plain: usize,
    /// Where anything was read.
    read: Option<Box<Read>>,
}

/// What was read.
#[derive(Default)]
struct Read {
    /// By those that were asked and not put in their place yet.
    asked: Vec<Extent>,
    /// Between the rows.
    others: Others,
}

#[derive(Default)]
struct Others {
    found: Found,
    known: FxHashSet<Id>,
}

impl Seals {
    /// Of rows that are asked by `f`, each of them, in order. If that panics, what they have read are deps of the run.
    pub(super) fn build<R>(f: impl FnOnce(&mut Asking<'_>) -> R) -> (R, Self) {
        let mut seals = Self::default();
        let made = seals.ask(|asking| {
            let made = panic::catch_unwind(AssertUnwindSafe(|| f(asking)));
            let made = made.unwrap_or_else(|payload| {
                asking.track();
                panic::resume_unwind(payload)
            });
            asking.put(0, 0);
            made
        });
        (made, seals)
    }

    /// Has `f` ask rows, and puts what they have read in the place of what is no longer.
    pub(super) fn ask<R>(&mut self, f: impl FnOnce(&mut Asking<'_>) -> R) -> R {
        let (made, is_for_all) = gather(|gathering| {
            let mut asking = Asking { seals: self, gathering, plain: 0, read: None };
            let made = f(&mut asking);
            asking.end();
            (made, gathering.is_for_all())
        });
        if is_for_all {
            self.link();
        }
        made
    }
}

impl Asking<'_> {
    /// Runs the closure of a row.
    #[inline]
    pub(super) fn row<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if self.gathering.has_any() {
            self.take_others();
        }
        let made = f();
        if self.gathering.has_any() {
            self.seal();
        } else {
            self.plain += 1;
        }
        made
    }

    /// The rows that were asked since the last time are where `count` rows were from `at` on.
    #[inline]
    pub(super) fn put(&mut self, at: usize, count: usize) {
        self.put_by(|| at, count);
    }

    /// As [`put`](Self::put), where it costs something to know the place.
    #[inline]
    pub(super) fn put_by(&mut self, at: impl FnOnce() -> usize, count: usize) {
        if self.read.is_none() && !self.seals.has_any() {
            return self.seals.count(count, mem::take(&mut self.plain));
        }
        self.add_plain();
        let read = self.read.get_or_insert_default();
        self.seals.put(at(), count, mem::take(&mut read.asked));
    }

    #[inline]
    pub(super) fn move_row(&mut self, from: usize, to: usize) {
        self.seals.move_row(from, to);
    }

    /// The rows that are to be asked again, in order.
    #[inline]
    pub(super) fn broken(&self) -> Vec<Range<usize>> {
        self.seals.broken()
    }

    #[cold]
    fn seal(&mut self) {
        let nothing = Found::new();
        let read = self.read.get_or_insert_default();
        let last = if self.plain > 0 { None } else { read.asked.last_mut() };
        let known = last.as_ref().and_then(|last| last.seal.as_ref());
        match (self.gathering.take(known.map_or(&nothing, |seal| &seal.found)), last) {
            (Taken::Known, Some(last)) => last.len += 1,
            (Taken::Known, None) => self.plain += 1,
            (Taken::Found(found), _) => {
                self.add_plain();
                let read = self.read.get_or_insert_default();
                read.asked.push(Extent { len: 1, seal: Some(Seal::new(found)) });
            }
        }
    }

    fn add_plain(&mut self) {
        let len = mem::take(&mut self.plain);
        let read = self.read.get_or_insert_default();
        add(&mut read.asked, Extent { len, seal: None });
    }

    #[cold]
    fn take_others(&mut self) {
        let Others { found, known } = &mut self.read.get_or_insert_default().others;
        if let Taken::Found(new) = self.gathering.take(&Found::new()) {
            found.extend(new.into_iter().filter(|(node, _)| known.insert(node.id())));
        }
    }

    /// Puts what was read for no row beside what is known of that.
    #[inline]
    fn end(&mut self) {
        if self.gathering.has_any() {
            self.take_others();
        }
        if let Some(read) = self.read.take() {
            self.put_others(read.others);
        }
    }

    #[cold]
    fn put_others(&mut self, others: Others) {
        let Others { found, known } = others;
        if found.is_empty() {
            return;
        }
        let seal = match self.seals.others() {
            None => Seal::new(found),
            Some(others) => {
                let before = others.found.iter().filter(|(node, _)| !known.contains(&node.id()));
                let before = before.cloned().collect::<Found>();
                if before.len() + found.len() == others.found.len() {
                    // All of them are known, of the same versions: otherwise all would have been begun anew.
                    return;
                }
                Seal::new(before.into_iter().chain(found).collect())
            }
        };
        self.seals.set_others(seal);
    }

    /// Makes all that was read deps of the run under way.
    fn track(&self) {
        let Some(read) = &self.read else { return };
        let seals = read.asked.iter().filter_map(|extent| extent.seal.as_ref());
        seals.for_each(|seal| gather::track(&seal.found));
        gather::track(&read.others.found);
    }
}
