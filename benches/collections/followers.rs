//! A thousand who follow a list: while they poll, and while they sleep.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use eyeball_im::{ObservableVector, VectorDiff};
use flo_reactive::{FollowChanges, ListBinding, ListDiff};
use futures::{Stream, task::noop_waker_ref};
use futures_signals::signal_vec::{MutableVec, SignalVec, VecDiff};

use crate::{
    counting::{edit, values},
    report::{Contender, Report},
};

const FOLLOWERS: usize = 1_000;
const LEN: u64 = 1_000;

/// A list with followers. Each adds up the values that were set, as far as it was given them one by one.
trait Followed: Sized + 'static {
    const NAME: &'static str;

    fn of(values: Vec<u64>, followers: usize) -> Self;
    fn set(&mut self, at: usize, value: u64);

    /// Polls every follower until it has nothing more; the sum of what all were given.
    fn poll(&mut self) -> u64;
}

struct Flo(ListBinding<u64>, Vec<FollowChanges<u64>>);

impl Followed for Flo {
    const NAME: &'static str = "flo";

    fn of(values: Vec<u64>, followers: usize) -> Self {
        let list = ListBinding::from(values);
        let following = (0..followers).map(|_| list.follow_changes()).collect();
        Self(list, following)
    }

    fn set(&mut self, at: usize, value: u64) {
        self.0.set(at, value);
    }

    fn poll(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut sum = 0;
        for follower in &mut self.1 {
            while let Poll::Ready(Some(batch)) = Pin::new(&mut *follower).poll_next(&mut cx) {
                for diff in &batch {
                    if let ListDiff::Splice { inserted, .. } = diff {
                        sum += inserted.iter().sum::<u64>();
                    }
                }
            }
        }
        sum
    }
}

struct Signals(MutableVec<u64>, Vec<Pin<Box<dyn SignalVec<Item = u64>>>>);

impl Followed for Signals {
    const NAME: &'static str = "futures-signals";

    fn of(values: Vec<u64>, followers: usize) -> Self {
        let list = MutableVec::new_with_values(values);
        let following = (0..followers).map(|_| Box::pin(list.signal_vec()) as _).collect();
        Self(list, following)
    }

    fn set(&mut self, at: usize, value: u64) {
        self.0.lock_mut().set(at, value);
    }

    fn poll(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut sum = 0;
        for follower in &mut self.1 {
            while let Poll::Ready(Some(diff)) = follower.as_mut().poll_vec_change(&mut cx) {
                if let VecDiff::UpdateAt { value, .. } = diff {
                    sum += value;
                }
            }
        }
        sum
    }
}

struct Observable(ObservableVector<u64>, Vec<Pin<Box<dyn Stream<Item = VectorDiff<u64>>>>>);

impl Followed for Observable {
    const NAME: &'static str = "eyeball-im";

    fn of(values: Vec<u64>, followers: usize) -> Self {
        let mut list = ObservableVector::with_capacity(64);
        list.append(values.into());
        let following =
            (0..followers).map(|_| Box::pin(list.subscribe().into_stream()) as _).collect();
        Self(list, following)
    }

    fn set(&mut self, at: usize, value: u64) {
        self.0.set(at, value);
    }

    fn poll(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut sum = 0;
        for follower in &mut self.1 {
            while let Poll::Ready(Some(diff)) = follower.as_mut().poll_next(&mut cx) {
                if let VectorDiff::Set { value, .. } = diff {
                    sum += value;
                }
            }
        }
        sum
    }
}

pub(crate) fn sections(report: &mut Report) {
    if report.section("followers") {
        let count = report.count(200) * FOLLOWERS as u64;
        let times = report.row(
            "1 000 followers awake, for one and a change",
            vec![awake::<Flo>(count), awake::<Signals>(count), awake::<Observable>(count)],
        );
        report.goal("awake, flo over the best peer", times.beside_best(), 0.5);
        let (many, few) = (report.count(20_000), report.count(400));
        let times = report.row(
            "an edit while 1 000 followers sleep",
            vec![asleep::<Flo>(many), asleep::<Signals>(few), asleep::<Observable>(many)],
        );
        report.goal("asleep, flo over futures-signals", times.beside("futures-signals"), 0.02);
    }
}

/// An operation is a follower that is given a change.
fn awake<F: Followed>(operations: u64) -> Contender<'static> {
    let mut followed = F::of(values(LEN), FOLLOWERS);
    followed.poll();
    let mut number = LEN;
    Contender::new(F::NAME, operations, move |operations| {
        let edits = operations / FOLLOWERS as u64;
        let (mut sum, mut expected) = (0_u64, 0_u64);
        let start = Instant::now();
        for one in number..number + edits {
            let (at, value) = edit(one, LEN);
            followed.set(at, value);
            sum = sum.wrapping_add(followed.poll());
        }
        let time = start.elapsed();
        for one in number..number + edits {
            expected = expected.wrapping_add(edit(one, LEN).1.wrapping_mul(FOLLOWERS as u64));
        }
        number += edits;
        assert_eq!(sum, expected, "{}", F::NAME);
        time
    })
}

/// The followers have been polled once, and are not polled again.
fn asleep<F: Followed>(operations: u64) -> Contender<'static> {
    Contender::new(F::NAME, operations, move |operations| -> Duration {
        let mut followed = F::of(values(LEN), FOLLOWERS);
        followed.poll();
        let start = Instant::now();
        for number in 0..operations {
            let (at, value) = edit(number, LEN);
            followed.set(at, value);
        }
        start.elapsed()
    })
}
