//! One entry of a map, as a lens.

use super::map_binding::MapBinding;
use crate::lens::{Edit, Lens};

impl<K, V> MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
{
    /// The entry of `key`, to be read and written as if it were a binding.
    ///
    /// It is `None` where the key is not there. A `Some` puts that value there, **also where there was none, unlike an
    /// [`item`](crate::ListBinding::item) of a list**; a `None` takes the entry out. Who reads it runs where the value differs, and
    /// an equal write is none.
    ///
    /// # Panics
    /// Not here. A write as [`insert`](Self::insert).
    ///
    /// # Cost
    /// `O(log n)` for each read after a change of the map.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let lamps = MapBinding::from_iter([("oil", 3)]);
    /// let arcs = lamps.entry("arc");
    /// assert_eq!(arcs.get(), None);
    /// arcs.set(Some(5));
    /// assert_eq!(lamps.get("arc"), Some(5));
    /// arcs.set(None);
    /// assert_eq!(lamps.len(), 1);
    /// ```
    #[track_caller]
    pub fn entry(&self, key: K) -> Lens<Option<V>> {
        let (map, of) = (self.read_only(), key.clone());
        let read = move || map.get(&of);
        let map = self.clone();
        Lens::new(read, move |mut edit: Edit<Option<V>>| {
            let key = key.clone();
            map.edit(move |draft| {
                let old = draft.entries().get(&key).cloned();
                let mut value = old.clone();
                if edit(&mut value) && value != old {
                    draft.put(&key, value);
                }
                Ok(())
            })
        })
    }
}
