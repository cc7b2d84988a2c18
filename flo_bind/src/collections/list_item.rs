//! One item of a list, as a lens.

use flo_core::sync::Arc;

use super::{draft::Draft, list_binding::ListBinding, list_transaction::Place};
use crate::lens::{Edit, Gone, Lens};

impl<T: Clone + PartialEq + Send + Sync + 'static> ListBinding<T> {
    /// The item at index `at`, whichever that is: to be read and written as if it were a binding.
    ///
    /// It is `None` where the list is not that long. A `Some` takes the item's place, a `None` takes it out; a write where
    /// there is no item is [`Gone`], **which [`set`](Self::set) panics at**. After an insertion before it, it is another item;
    /// **[`item_where`](Self::item_where) follows one that has a name**.
    ///
    /// # Panics
    /// Not here. A write as [`set`](Self::set) in a transaction that another thread has come before.
    ///
    /// # Cost
    /// `O(log n)` for each read after a change of the list; who reads it runs where the item differs.
    ///
    /// ```
    /// use flo_bind::{BoundExt, ListBinding};
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// let second = lamps.item(1);
    /// second.set(Some("arc"));
    /// assert_eq!(lamps.snapshot(), ["oil", "arc"]);
    /// second.set(None);
    /// assert_eq!((second.get(), lamps.len()), (None, 1));
    /// ```
    #[track_caller]
    pub fn item(&self, at: usize) -> Lens<Option<T>> {
        self.lens(Place::Index, move |draft| (at < draft.len()).then_some(at))
    }

    /// The first item for which `is_it` says so, wherever it is: as [`item`](Self::item), by name.
    ///
    /// # Cost
    /// `O(n)` calls for each read after a change of the list, and for each write.
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, ListBinding};
    /// let lamps = ListBinding::from(vec![(1, "oil"), (2, "gas")]);
    /// let gas = lamps.item_where(|lamp| lamp.0 == 2);
    /// lamps.insert(0, (3, "arc"));
    /// gas.update(|lamp| *lamp = Some((2, "gas light")));
    /// assert_eq!(lamps.snapshot()[2], (2, "gas light"));
    /// ```
    #[track_caller]
    pub fn item_where<F>(&self, is_it: F) -> Lens<Option<T>>
    where
        F: Fn(&T) -> bool + Send + Sync + 'static,
    {
        self.lens(Place::Any, move |draft| draft.items().iter().position(&is_it))
    }

    #[track_caller]
    fn lens<F>(&self, meant: Place, place: F) -> Lens<Option<T>>
    where
        F: Fn(&Draft<T>) -> Option<usize> + Send + Sync + 'static,
    {
        let place = Arc::new(place);
        let read = {
            let (list, place) = (self.read_only(), Arc::clone(&place));
            move || {
                list.with_state(|state| {
                    let draft = Draft::unlogged(state.snapshot.items.clone());
                    place(&draft).and_then(|at| draft.items().get(at).cloned())
                })
            }
        };
        let list = self.clone();
        Lens::new(read, move |mut edit: Edit<Option<T>>| {
            let place = Arc::clone(&place);
            list.edit(meant, move |draft| {
                let at = place(draft).ok_or(Gone)?;
                let old = draft.items().get(at).cloned();
                let mut item = old.clone();
                if edit(&mut item) && item != old {
                    match item {
                        Some(item) => drop(draft.set(at, item)),
                        None => drop(draft.remove(at)),
                    }
                }
                Ok(())
            })
        })
    }
}
