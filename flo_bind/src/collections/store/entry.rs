//! One entry of a store, as a lens.

use std::{cell::RefCell, rc::Rc};

use super::{
    key::{Key, KeyError},
    store_binding::Store,
};
use crate::{
    collections::list_transaction,
    lens::{Edit, Gone, Lens},
};

/// What an edit has come to.
enum Edited {
    There,
    ToGo,
}

impl<K: 'static, V: Clone + PartialEq + Send + Sync + 'static> Store<K, V> {
    /// The entry of `key`, to be read and written as if it were a binding.
    ///
    /// It is `None` where the entry is not there. A `Some` is another value for it, a `None` [removes](Self::remove) it with all
    /// that it owns; a write where it is not there is [`Gone`](crate::Gone). Who reads it runs where the value differs, and an
    /// edit of another entry does not reach it at all.
    ///
    /// # Panics
    /// Not here. A write of `None` as [`remove`](Self::remove).
    ///
    /// ```
    /// use flo_bind::{BoundExt, BoundMutExt, Gone, Store};
    ///
    /// enum Lamp {}
    /// let lamps = Store::<Lamp, (&str, u32)>::new();
    /// let arc = lamps.insert(("arc", 500));
    /// let entry = lamps.entry(arc);
    /// let watts = entry.unwrap_or(("none", 0)).field(|lamp| lamp.1, |lamp, watts| lamp.1 = watts);
    /// watts.set(450);
    /// assert_eq!(lamps.get(arc), Some(("arc", 450)));
    /// entry.set(None);
    /// assert_eq!((watts.get(), watts.try_set(1)), (0, Err(Gone)));
    /// ```
    #[track_caller]
    pub fn entry(&self, key: Key<K>) -> Lens<Option<V>> {
        let store = self.read_only();
        let read = move || store.get(key);
        let store = self.clone();
        Lens::new(read, move |edit: Edit<Option<V>>| {
            // Whether it is to go is for the value that is there at the end: another thread may set it between the two.
            let edit = Rc::new(RefCell::new(edit));
            list_transaction(|| {
                let edit = Rc::clone(&edit);
                match store.edit_entry(key, Box::new(move |value| edit.borrow_mut()(value))) {
                    Ok(Edited::There) => Ok(()),
                    Ok(Edited::ToGo) => store.remove(key).map(drop).map_err(|_| Gone),
                    Err(_) => Err(Gone),
                }
            })
        })
    }

    fn edit_entry(&self, key: Key<K>, mut edit: Edit<Option<V>>) -> Result<Edited, KeyError> {
        self.core.visible(key)?;
        self.core.edit(&[key], move |draft| {
            let old = draft.lookup(key)?;
            let mut value = Some(V::clone(old));
            if edit(&mut value) {
                let Some(value) = value else { return Ok(Edited::ToGo) };
                if value != **old {
                    let new = old.with(value);
                    drop(draft.put(key, Some(new)));
                }
            }
            Ok(Edited::There)
        })
    }
}
