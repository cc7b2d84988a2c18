//! eyeball-im with eyeball-im-util, as the rows see it. It has no sum, so that is kept by hand.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use eyeball_im::{ObservableVector, Vector, VectorDiff};
use eyeball_im_util::vector::VectorObserverExt;
use futures::{Stream, task::noop_waker_ref};

use crate::{
    counting::{mapped, passes},
    stages::View,
};

pub(crate) struct Observable {
    source: ObservableVector<u64>,
    changes: Pin<Box<dyn Stream<Item = VectorDiff<u64>>>>,
    sorted: Vector<u64>,
    sum: u64,
}

impl Observable {
    fn apply(&mut self, diff: VectorDiff<u64>) {
        match &diff {
            VectorDiff::Insert { value, .. }
            | VectorDiff::PushBack { value }
            | VectorDiff::PushFront { value } => self.sum += value,
            VectorDiff::Set { index, value } => self.sum = self.sum + value - self.sorted[*index],
            VectorDiff::Remove { index } => self.sum -= self.sorted[*index],
            VectorDiff::PopBack => self.sum -= self.sorted.last().unwrap_or(&0),
            VectorDiff::PopFront => self.sum -= self.sorted.front().unwrap_or(&0),
            VectorDiff::Append { values } => self.sum += values.iter().sum::<u64>(),
            VectorDiff::Reset { values } => self.sum = values.iter().sum(),
            VectorDiff::Clear => self.sum = 0,
            VectorDiff::Truncate { length } => {
                self.sum -= self.sorted.iter().skip(*length).sum::<u64>();
            }
        }
        diff.apply(&mut self.sorted);
    }
}

impl View for Observable {
    const NAME: &'static str = "eyeball-im";

    fn of(values: Vec<u64>) -> Self {
        let mut source = ObservableVector::with_capacity(64);
        source.append(values.into());
        let (sorted, changes) = source
            .subscribe()
            .filter_map(|value| Some(mapped(value)).filter(|mapped| passes(*mapped)))
            .sort();
        let sum = sorted.iter().sum();
        Self { source, changes: Box::pin(changes), sorted, sum }
    }

    fn set(&mut self, at: usize, value: u64) {
        self.source.set(at, value);
    }

    fn sum(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        while let Poll::Ready(Some(diff)) = self.changes.as_mut().poll_next(&mut cx) {
            self.apply(diff);
        }
        self.sum
    }

    fn sorted(&mut self) -> Option<Vec<u64>> {
        self.sum();
        Some(self.sorted.iter().copied().collect())
    }
}
