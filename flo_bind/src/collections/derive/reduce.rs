//! One value of all items, by joining neighbours.

use flo_core::sync::Arc;

use super::{
    Seals, Source, each, no_reset,
    reduction::{Reduction, reduced},
};
use crate::{
    collections::{
        diff::ListDiff,
        list_ref::ListRef,
        rev::Rev,
        tree::{Measure, Sums, Tree},
    },
    computed::Computed,
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// One value of all items, where there are any: what `f` makes of each, joined with its neighbours by `join`.
    ///
    /// `join` is associative; what is left comes first. **Where what goes can be taken away again,
    /// [`fold`](Self::fold) is less.**
    ///
    /// # Panics
    /// Not here. A panic of a closure reaches those who read the value, until an input changes.
    ///
    /// # Cost
    /// One call of `f` and `O(log n)` of `join` for each changed item.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let words = ListBinding::from(vec!["oil", "gas"]);
    /// let all = words.reduce(|word| word.to_string(), |a, b| format!("{a} {b}"));
    /// words.insert(1, "arc");
    /// assert_eq!(all.get().unwrap(), "oil arc gas");
    /// ```
    #[track_caller]
    pub fn reduce<A, F, J>(&self, f: F, join: J) -> Computed<Option<A>>
    where
        A: Clone + PartialEq + Send + Sync + 'static,
        F: Fn(&T) -> A + Send + Sync + 'static,
        J: Fn(&A, &A) -> A + Send + Sync + 'static,
    {
        let join = Joined(Arc::new(join));
        reduced(Reduce { source: Source::new(self), f, join })
    }

    /// The smallest item, where there are any; the first of those that are equal.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let counts = ListBinding::from(vec![3, 1, 2]);
    /// let smallest = counts.min();
    /// counts.remove(1);
    /// assert_eq!(smallest.get(), Some(2));
    /// ```
    #[track_caller]
    pub fn min(&self) -> Computed<Option<T>>
    where
        T: Ord,
    {
        self.reduce(T::clone, |a, b| if b < a { b.clone() } else { a.clone() })
    }

    /// The greatest item, where there are any; the last of those that are equal.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let counts = ListBinding::from(vec![3, 1, 2]);
    /// assert_eq!(counts.max().get(), Some(3));
    /// ```
    #[track_caller]
    pub fn max(&self) -> Computed<Option<T>>
    where
        T: Ord,
    {
        self.reduce(T::clone, |a, b| if b < a { a.clone() } else { b.clone() })
    }
}

struct Reduce<T, A, F> {
    source: Source<T>,
    f: F,
    join: Joined<A>,
}

/// Joins two neighbours.
type Join<A> = dyn Fn(&A, &A) -> A + Send + Sync;

/// The measure of a tree of values: all of them joined.
struct Joined<A>(Arc<Join<A>>);

impl<A> Joined<A> {
    fn all<'a>(&self, mut values: impl Iterator<Item = &'a A>) -> A
    where
        A: Clone + 'a,
    {
        let Some(first) = values.next() else { unreachable!("T3") };
        values.fold(first.clone(), |left, right| (self.0)(&left, right))
    }
}

impl<A> Clone for Joined<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Clone> Measure<A> for Joined<A> {
    type Sum = A;

    fn of(&self, values: &[A]) -> A {
        self.all(values.iter())
    }

    fn join(&self, parts: Sums<'_, A, A>) -> A {
        self.all(parts.iter())
    }
}

#[derive(Clone)]
struct Reduced<A: Clone> {
    values: Tree<A, Joined<A>>,
    seen: Rev,
    seals: Seals,
}

impl<T, A, F> Reduction for Reduce<T, A, F>
where
    T: Clone + Send + Sync + 'static,
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(&T) -> A + Send + Sync + 'static,
{
    type Kept = Reduced<A>;
    type Value = Option<A>;

    fn step(&self, kept: &mut Reduced<A>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let Reduced { values, seen, seals } = kept;
            if seals.is_void() {
                return None;
            }
            seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            let made = inserted.iter().map(|item| asking.row(|| (self.f)(item)));
                            values.put(*at, removed.len(), made);
                            asking.put(*at, removed.len());
                        }
                        ListDiff::Move { from, to } => {
                            let value = values.remove(*from);
                            values.insert(*to, value);
                            asking.move_row(*from, *to);
                        }
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                for rows in asking.broken() {
                    let again = state.snapshot.items.iter_range(rows.start, rows.end);
                    let made = again.map(|item| asking.row(|| (self.f)(item)));
                    values.put(rows.start, rows.len(), made);
                    asking.put(rows.start, rows.len());
                }
            });
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> Reduced<A> {
        self.source.with(|state| {
            let (values, seals) = Seals::build(|asking| {
                let rows = state.snapshot.iter();
                Tree::build(self.join.clone(), rows.map(|item| asking.row(|| (self.f)(item))))
            });
            Reduced { values, seen: state.rev, seals }
        })
    }

    fn value(&self, kept: &Reduced<A>) -> Option<A> {
        kept.values.sum().cloned()
    }
}
