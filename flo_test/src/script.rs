//! What a source does at which step.

use std::panic::Location;

use crate::{
    diagram::{Diagram, Mark},
    values::Values,
};

/// The items of a source, and its end.
#[derive(Debug, Clone)]
pub(crate) struct Script<T> {
    pub(crate) items: Vec<Entry<T>>,
    pub(crate) end: Option<u64>,
    diagram: Diagram,
    made: &'static Location<'static>,
}

/// One item.
#[derive(Debug, Clone)]
pub(crate) struct Entry<T> {
    pub(crate) step: u64,
    name: char,
    /// `None` for an error item as long as nobody has said which.
    pub(crate) value: Option<T>,
}

impl Script<char> {
    /// What `diagram` says, its steps counted from the subscription on if it names one.
    #[track_caller]
    pub(crate) fn new(diagram: Diagram) -> Self {
        let subscribed = diagram.marbles.iter().find(|marble| marble.mark == Mark::Subscribed);
        let from = subscribed.map_or(0, |marble| marble.step);
        let (mut items, mut end) = (Vec::new(), None);
        for marble in diagram.marbles.iter().filter(|marble| marble.step >= from) {
            let step = marble.step - from;
            match marble.mark {
                Mark::Item(name) => {
                    items.push(Entry { step, name, value: (name != '#').then_some(name) });
                }
                Mark::End => end = Some(step),
                Mark::Drop | Mark::Ready | Mark::Open | Mark::Subscribed => {}
            }
        }
        Self { items, end, diagram, made: Location::caller() }
    }
}

impl<T> Script<T> {
    /// The items that the names stand for.
    ///
    /// # Panics
    /// At the caller's line, where a name stands for nothing.
    #[track_caller]
    pub(crate) fn with_values<U>(self, mut values: impl Values<U>) -> Script<U> {
        let mut items = Vec::with_capacity(self.items.len());
        for Entry { step, name, .. } in self.items {
            let value = values.value(name);
            // An error item may stay without one until `failing` says which.
            assert!(value.is_some() || name == '#', "{}", self.diagram.no_value(name));
            items.push(Entry { step, name, value });
        }
        Script { items, end: self.end, diagram: self.diagram, made: self.made }
    }

    /// Items as `Ok`, error items as `Err(error)`.
    pub(crate) fn failing<E: Clone>(self, error: &E) -> Script<Result<T, E>> {
        let lift = |entry: Entry<T>| Entry {
            step: entry.step,
            name: entry.name,
            value: match entry.value {
                Some(value) => Some(Ok(value)),
                None => Some(Err(error.clone())),
            },
        };
        let items = self.items.into_iter().map(lift).collect();
        Script { items, end: self.end, diagram: self.diagram, made: self.made }
    }

    pub(crate) fn text(&self) -> &str {
        &self.diagram.text
    }

    /// Where the first item stands that is due at `step` or later.
    pub(crate) fn index_of(&self, step: u64) -> usize {
        self.items.partition_point(|entry| entry.step < step)
    }

    /// # Panics
    /// Where an error item is left of which nobody has said what it is.
    pub(crate) fn expect_whole(&self) {
        if self.items.iter().any(|entry| entry.value.is_none()) {
            let why = "which error is this? Say so with `.failing(error)`, or give `#` a value";
            panic!("{}\n  in the source made at {}", self.diagram.bad_name('#', why), self.made);
        }
    }
}
