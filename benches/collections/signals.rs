//! futures-signals, as the rows see it: a signal of the sum, polled.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::task::noop_waker_ref;
use futures_signals::{
    signal::Signal,
    signal_vec::{MutableVec, SignalVecExt},
};

use crate::{
    counting::{mapped, passes},
    stages::View,
};

pub(crate) struct Signals {
    source: MutableVec<u64>,
    sum: Pin<Box<dyn Signal<Item = u64>>>,
    last: u64,
}

impl View for Signals {
    const NAME: &'static str = "futures-signals";

    fn of(values: Vec<u64>) -> Self {
        let source = MutableVec::new_with_values(values);
        let sum = source
            .signal_vec()
            .map(mapped)
            .filter(|mapped| passes(*mapped))
            .sort_by_cloned(u64::cmp)
            .sum();
        let mut view = Self { source, sum: Box::pin(sum), last: 0 };
        view.sum();
        view
    }

    fn set(&mut self, at: usize, value: u64) {
        self.source.lock_mut().set(at, value);
    }

    fn sum(&mut self) -> u64 {
        let mut cx = Context::from_waker(noop_waker_ref());
        while let Poll::Ready(Some(sum)) = self.sum.as_mut().poll_change(&mut cx) {
            self.last = sum;
        }
        self.last
    }

    fn sorted(&mut self) -> Option<Vec<u64>> {
        None
    }
}
