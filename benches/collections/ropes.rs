//! Ropes: runs of cells that come and go, attributes that are set, and what a follower is told; beside the rope of
//! `flo_binding` 3.0.
//!
//! The ancestor keeps a list of what was not pulled yet, and each edit walks it; so after each edit somebody asks for the length, or
//! follows, as is done wherever a rope is shown. His follower is polled after each edit, too: of several that wait he
//! gives the last first.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use flo_binding::{BoundRope, RopeBindingMut, RopeStream};
use flo_reactive::{FollowRopeChanges, RopeBinding, RopeDiff, RopeSnapshot};
use flo_rope::RopeAction;
use futures::{StreamExt, executor::block_on};

use crate::{
    counting::{edit, index, value, values},
    report::{Contender, Report},
};

/// How many cells come or go at once.
const RUN: usize = 8;

/// How many cells get another attribute at once.
const MARKED: usize = 64;

/// A cell and its attribute.
type Pair = (u64, u64);

/// Cells that came where a range was.
type Told = (Range<usize>, Vec<u64>);

trait Rope: Sized + 'static {
    const NAME: &'static str;

    type Following;

    /// Cells with the attribute 0.
    fn of(cells: Vec<u64>) -> Self;
    fn replace(&mut self, range: Range<usize>, cells: Vec<u64>);
    fn set_attributes(&mut self, range: Range<usize>, attribute: u64);
    fn len(&mut self) -> usize;
    fn contents(&mut self) -> Vec<Pair>;

    /// One who has been told what is there.
    fn follow(&mut self) -> Self::Following;

    /// What he is told of one edit.
    fn told(following: &mut Self::Following) -> Vec<Told>;
}

struct Flo(RopeBinding<u64, u64>);

impl Rope for Flo {
    const NAME: &'static str = "flo";

    type Following = FollowRopeChanges<u64, u64>;

    fn of(cells: Vec<u64>) -> Self {
        Self(RopeBinding::from(RopeSnapshot::uniform(cells, 0)))
    }

    fn replace(&mut self, range: Range<usize>, cells: Vec<u64>) {
        self.0.replace(range, cells);
    }

    fn set_attributes(&mut self, range: Range<usize>, attribute: u64) {
        self.0.set_attributes(range, attribute);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }

    fn contents(&mut self) -> Vec<Pair> {
        self.0.snapshot().to_vec()
    }

    fn follow(&mut self) -> Self::Following {
        let mut changes = self.0.follow_changes();
        drop(block_on(changes.next()));
        changes
    }

    fn told(following: &mut Self::Following) -> Vec<Told> {
        let batch = block_on(following.next()).into_iter();
        let mut told = Vec::new();
        for diff in batch.flat_map(|batch| batch.iter().cloned().collect::<Vec<_>>()) {
            if let RopeDiff::Replace { range, new, .. } = diff {
                told.push((range, new.cells().iter().copied().collect()));
            }
        }
        told
    }
}

struct Ancestor(RopeBindingMut<u64, u64>);

impl Rope for Ancestor {
    const NAME: &'static str = "flo_binding";

    type Following = RopeStream<u64, u64>;

    fn of(cells: Vec<u64>) -> Self {
        let rope = RopeBindingMut::new();
        rope.replace(0..0, cells);
        Self(rope)
    }

    fn replace(&mut self, range: Range<usize>, cells: Vec<u64>) {
        self.0.replace(range, cells);
    }

    fn set_attributes(&mut self, range: Range<usize>, attribute: u64) {
        self.0.set_attributes(range, attribute);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }

    fn contents(&mut self) -> Vec<Pair> {
        let cells = self.0.read_cells(0..self.0.len());
        let mut attribute = (0, 0..0);
        let pairs = cells.enumerate().map(|(at, cell)| {
            if attribute.1.end <= at {
                attribute = self.0.read_attributes(at);
            }
            (cell, attribute.0)
        });
        pairs.collect()
    }

    fn follow(&mut self) -> Self::Following {
        // What is there has been pulled, so that the first that he is told is an edit.
        let _pulled = self.0.len();
        self.0.follow_changes()
    }

    fn told(following: &mut Self::Following) -> Vec<Told> {
        match block_on(following.next()) {
            Some(
                RopeAction::Replace(range, cells) | RopeAction::ReplaceAttributes(range, cells, _),
            ) => vec![(range, cells)],
            Some(RopeAction::SetAttributes(..)) | None => Vec::new(),
        }
    }
}

pub(crate) fn sections(report: &mut Report) {
    if report.section("ropes") {
        for (full, count) in [(1_000, 20_000), (100_000, 20_000), (1_000_000, 4_000)] {
            let (len, count) = (report.len(full), report.count(count));
            report.row(
                &format!("{RUN} cells in or out of a rope of {full}"),
                vec![runs::<Flo>(len, count), runs::<Ancestor>(len, count)],
            );
            report.row(
                &format!("an attribute for {MARKED} cells in a rope of {full}"),
                vec![marks::<Flo>(len, count), marks::<Ancestor>(len, count)],
            );
            report.row(
                &format!("{RUN} cells for others in a rope of {full}, and told to who follows"),
                vec![follows::<Flo>(len, count), follows::<Ancestor>(len, count)],
            );
        }
    }
}

/// New cells, and where they go in a rope of so many.
fn run(number: u64, len: u64) -> (usize, Vec<u64>) {
    let (at, _) = edit(number, len - RUN as u64);
    (at, (0..RUN as u64).map(|of_run| value(number * RUN as u64 + of_run)).collect())
}

/// An operation is a run that comes, or one that goes; by turns, so that the rope stays as long as it is.
fn runs<R: Rope>(len: u64, operations: u64) -> Contender<'static> {
    let mut like = plain(len);
    let mut rope = R::of(values(len));
    let mut number = 0;
    Contender::new(R::NAME, operations, move |operations| -> Duration {
        let edits: Vec<_> = (number..number + operations / 2).map(|one| run(one, len)).collect();
        number += operations / 2;
        for (at, cells) in &edits {
            overwrite(&mut like, *at, cells);
        }
        let mut sum = 0;
        let start = Instant::now();
        for (at, cells) in edits {
            rope.replace(at..at, cells);
            sum += rope.len();
            rope.replace(at + RUN..at + 2 * RUN, Vec::new());
            sum += rope.len();
        }
        let time = start.elapsed();
        assert_eq!(sum, index(operations / 2) * (2 * like.len() + RUN), "{}", R::NAME);
        assert!(rope.contents() == like, "{}", R::NAME);
        time
    })
}

/// An operation is an attribute that is set where another one is.
fn marks<R: Rope>(len: u64, operations: u64) -> Contender<'static> {
    let mut like = plain(len);
    let mut rope = R::of(values(len));
    let mut number = 0;
    Contender::new(R::NAME, operations, move |operations| -> Duration {
        let edits: Vec<_> = (number..number + operations)
            .map(|one| {
                let from = edit(one, len / MARKED as u64).0 * MARKED;
                let range = from..from + MARKED;
                let attribute = (like[from].1 + 1) % 4;
                like[range.clone()].iter_mut().for_each(|pair| pair.1 = attribute);
                (range, attribute)
            })
            .collect();
        number += operations;
        let start = Instant::now();
        for (range, attribute) in edits {
            rope.set_attributes(range, attribute);
            rope.len();
        }
        let time = start.elapsed();
        assert!(rope.contents() == like, "{}", R::NAME);
        time
    })
}

/// An operation is an edit, and what one follower is told of it.
fn follows<R: Rope>(len: u64, operations: u64) -> Contender<'static> {
    let mut like = plain(len);
    let mut rope = R::of(values(len));
    let mut following = rope.follow();
    let mut mirror = values(len);
    let mut number = 0;
    Contender::new(R::NAME, operations, move |operations| -> Duration {
        let edits: Vec<_> = (number..number + operations).map(|one| run(one, len)).collect();
        number += operations;
        for (at, cells) in &edits {
            overwrite(&mut like, *at, cells);
        }
        let mut told = Vec::with_capacity(edits.len());
        let start = Instant::now();
        for (at, cells) in edits {
            rope.replace(at..at + RUN, cells);
            told.push(R::told(&mut following));
        }
        let time = start.elapsed();
        for (range, cells) in told.into_iter().flatten() {
            drop(mirror.splice(range, cells));
        }
        let cells = like.iter().map(|(cell, _)| cell);
        assert!(cells.eq(&mirror), "{}", R::NAME);
        assert!(rope.contents() == like, "{}", R::NAME);
        time
    })
}

fn plain(len: u64) -> Vec<Pair> {
    values(len).into_iter().map(|cell| (cell, 0)).collect()
}

fn overwrite(like: &mut [Pair], at: usize, cells: &[u64]) {
    for (pair, cell) in like[at..].iter_mut().zip(cells) {
        pair.0 = *cell;
    }
}
