//! One value of all items, by adding what comes and taking away what goes.

use std::ops::{AddAssign, SubAssign};

use super::{
    Seals, Source, each, no_reset,
    reduction::{Reduction, reduced},
};
use crate::{
    bound::BoundExt,
    collections::{diff::ListDiff, list_ref::ListRef, rev::Rev},
    computed::Computed,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// One value of all items: `add` for each that comes, `take` for each that goes.
    ///
    /// The order in which they come makes no difference to what `add` and `take` do, and `take` undoes an `add`;
    /// **where there is no such `take`, [`reduce`](Self::reduce)**.
    ///
    /// # Panics
    /// Not here. A panic of a closure reaches those who read the value, until an input changes.
    ///
    /// # Cost
    /// Two calls for each changed item, whatever the length; where a binding has changed that a closure has read, one for each
    /// item, since nobody knows what it has added.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let words = ListBinding::from(vec!["oil", "gas"]);
    /// let letters = words.fold(0, |sum, word| *sum += word.len(), |sum, word| *sum -= word.len());
    /// words.set(0, "lantern");
    /// assert_eq!(letters.get(), 10);
    /// ```
    #[track_caller]
    pub fn fold<A, F, G>(&self, initial: A, add: F, take: G) -> Computed<A>
    where
        A: Clone + PartialEq + Send + Sync + 'static,
        F: Fn(&mut A, &T) + Send + Sync + 'static,
        G: Fn(&mut A, &T) + Send + Sync + 'static,
    {
        reduced(Fold { source: Source::new(self), initial, add, take })
    }

    /// The sum of all items. Of floats it is as exact as adding and subtracting them one by one: what is infinite or no number
    /// stays in it. **[`reduce`](Self::reduce) adds what is there.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let counts = ListBinding::from(vec![1, 2]);
    /// let sum = counts.sum();
    /// counts.push(3);
    /// assert_eq!(sum.get(), 6);
    /// ```
    #[track_caller]
    pub fn sum(&self) -> Computed<T>
    where
        T: Default + PartialEq + for<'a> AddAssign<&'a T> + for<'a> SubAssign<&'a T>,
    {
        self.fold(T::default(), |sum, item| *sum += item, |sum, item| *sum -= item)
    }

    /// How many items there are, as a computed.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// assert_eq!(lamps.filter(|lamp| lamp.starts_with('o')).count().get(), 1);
    /// ```
    #[track_caller]
    pub fn count(&self) -> Computed<usize> {
        self.fold(0, |count, _| *count += 1, |count, _| *count -= 1)
    }

    /// The mean of all items, where there are any.
    ///
    /// It is joined from what is there, as by [`reduce`](Self::reduce), and not added to and taken from: so an item that is no number
    /// or very great leaves no trace when it has gone.
    ///
    /// # Cost
    /// `O(log n)` additions for each changed item.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let counts = ListBinding::from(vec![1_u32, 2]);
    /// let average = counts.average();
    /// assert_eq!(average.get(), Some(1.5));
    /// counts.clear();
    /// assert_eq!(average.get(), None);
    /// ```
    #[track_caller]
    pub fn average(&self) -> Computed<Option<f64>>
    where
        T: Into<f64>,
    {
        let sum = self.reduce(
            |item| (item.clone().into(), 1_u32),
            |(sum, count), (more, others)| (sum + more, count + others),
        );
        sum.map(|sum| sum.map(|(sum, count)| sum / f64::from(count)))
    }
}

struct Fold<T, A, F, G> {
    source: Source<T>,
    initial: A,
    add: F,
    take: G,
}

#[derive(Clone)]
struct Folded<A> {
    value: A,
    seen: Rev,
    seals: Seals,
}

impl<T, A, F, G> Reduction for Fold<T, A, F, G>
where
    T: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&mut A, &T) + Send + Sync + 'static,
    G: Fn(&mut A, &T) + Send + Sync + 'static,
{
    type Kept = Folded<A>;
    type Value = A;

    fn step(&self, kept: &mut Folded<A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let Folded { value, seen, seals } = kept;
            if seals.is_void() {
                return None;
            }
            seals.ask(|_| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { removed, inserted, .. } => {
                            removed.items()?.iter().for_each(|item| (self.take)(value, item));
                            inserted.iter().for_each(|item| (self.add)(value, item));
                        }
                        ListDiff::Move { .. } => {}
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                Some(())
            })?;
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> Folded<A> {
        self.source.with(|state| {
            let mut value = self.initial.clone();
            let add = |item| (self.add)(&mut value, item);
            let ((), seals) = Seals::build(|_| state.snapshot.iter().for_each(add));
            Folded { value, seen: state.rev, seals }
        })
    }

    fn value(&self, kept: &Folded<A>) -> A {
        kept.value.clone()
    }
}
