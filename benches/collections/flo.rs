//! flo, as the rows see it.

use flo_reactive::{BoundExt, Computed, ListBinding, ListRef};

use crate::{
    counting::{mapped, passes},
    stages::View,
};

pub(crate) struct Flo {
    source: ListBinding<u64>,
    sorted: ListRef<u64>,
    sum: Computed<u64>,
}

impl View for Flo {
    const NAME: &'static str = "flo";

    fn of(values: Vec<u64>) -> Self {
        let source = ListBinding::from(values);
        let sorted = source
            .map(|value| mapped(*value))
            .filter(|mapped| passes(*mapped))
            .sorted_by_key(|mapped| *mapped);
        let sum = sorted.sum();
        let view = Self { source, sorted, sum };
        view.sum.get();
        view
    }

    fn set(&mut self, at: usize, value: u64) {
        self.source.set(at, value);
    }

    fn sum(&mut self) -> u64 {
        self.sum.get()
    }

    fn sorted(&mut self) -> Option<Vec<u64>> {
        Some(self.sorted.snapshot().to_vec())
    }
}
