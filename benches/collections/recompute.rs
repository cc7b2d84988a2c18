//! A `Vec`, and all of the view anew after each edit.

use crate::{counting::view, stages::View};

pub(crate) struct Recompute(Vec<u64>);

impl View for Recompute {
    const NAME: &'static str = "recompute";

    fn of(values: Vec<u64>) -> Self {
        Self(values)
    }

    fn set(&mut self, at: usize, value: u64) {
        self.0[at] = value;
    }

    fn sum(&mut self) -> u64 {
        view(&self.0).1
    }

    fn sorted(&mut self) -> Option<Vec<u64>> {
        Some(view(&self.0).0)
    }
}
