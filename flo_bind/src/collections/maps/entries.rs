//! Entries in the order of their keys.

use std::borrow::Borrow;

use crate::collections::tree::{Count, Iter, Tree};

/// Entries in the order of their keys (M1), in a tree; a clone is a count.
pub(crate) struct Entries<K, V>(Tree<(K, V)>);

impl<K, V> Entries<K, V> {
    pub(crate) fn new() -> Self {
        Self(Tree::new(Count))
    }

    /// Of a tree that is in order.
    pub(crate) fn sorted(tree: Tree<(K, V)>) -> Self {
        Self(tree)
    }

    pub(crate) fn tree(&self) -> &Tree<(K, V)> {
        &self.0
    }

    /// For an edit that leaves it in order.
    pub(super) fn tree_mut(&mut self) -> &mut Tree<(K, V)> {
        &mut self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> Iter<'_, (K, V)> {
        self.0.iter()
    }

    /// Entry number `at`, in the order of the keys.
    pub(crate) fn at(&self, at: usize) -> Option<&(K, V)> {
        self.0.get(at)
    }
}

impl<K: Ord, V> Entries<K, V> {
    /// The last value of each key.
    pub(crate) fn build(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            // The first of equals is kept, and the last is to be.
            entries.reverse();
            entries.dedup_by(|(a, _), (b, _)| a == b);
            entries.reverse();
        }
        Self(Tree::build(Count, entries))
    }

    /// Where the entry of `key` is, or would be.
    pub(crate) fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.search(|(other, _)| other.borrow().cmp(key))
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }
}

impl<K: Clone, V: Clone> Entries<K, V> {
    /// Puts an entry where [`find`](Self::find) has found its place to be.
    pub(crate) fn insert_at(&mut self, at: usize, key: K, value: V) {
        self.0.insert(at, (key, value));
    }

    /// Gives entry number `at` another value; gives the old one, and a clone of the key.
    pub(crate) fn replace_at(&mut self, at: usize, value: V) -> (K, V) {
        let Some((key, _)) = self.0.get(at) else {
            unreachable!("who edits a place has looked whether there is one")
        };
        let key = key.clone();
        self.0.replace(at, (key, value))
    }

    pub(crate) fn remove_at(&mut self, at: usize) -> (K, V) {
        self.0.remove(at)
    }
}

impl<K: Ord + Clone, V: Clone> Entries<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(at) => drop(self.replace_at(at, value)),
            Err(at) => self.insert_at(at, key, value),
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.remove_at(at).1)
    }
}

impl<K, V> Clone for Entries<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, cmp::Ordering, collections::BTreeMap};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn m1_entries_are_those_of_a_btree_map(
            first in prop::collection::vec((0..200_u16, any::<u8>()), 0..400),
            edits in prop::collection::vec((0..500_u16, any::<u8>(), any::<bool>()), 0..1_500),
        ) {
            let mut model: BTreeMap<u16, u8> = first.iter().copied().collect();
            let mut entries = Entries::build(first);
            for (key, value, comes) in edits {
                match entries.find(&key) {
                    Ok(at) if comes => {
                        prop_assert_eq!(entries.replace_at(at, value), (key, model[&key]));
                        model.insert(key, value);
                    }
                    Err(at) if comes => {
                        entries.insert_at(at, key, value);
                        model.insert(key, value);
                    }
                    Ok(at) => {
                        prop_assert_eq!(Some(entries.remove_at(at).1), model.remove(&key));
                    }
                    Err(_) => prop_assert!(!model.contains_key(&key)),
                }
                prop_assert_eq!(entries.get(&(key / 2)), model.get(&(key / 2)));
            }
            prop_assert!(entries.iter().map(|(key, value)| (key, value)).eq(&model));
            for key in 0..510 {
                let before = model.range(..key).count();
                let expected = if model.contains_key(&key) { Ok(before) } else { Err(before) };
                prop_assert_eq!(entries.find(&key), expected);
            }
        }
    }

    #[test]
    fn a_search_takes_as_many_comparisons_as_a_binary_one() {
        thread_local!(static COMPARED: Cell<usize> = const { Cell::new(0) });
        #[derive(Clone, PartialEq, Eq)]
        struct Counted(u32);
        impl PartialOrd for Counted {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for Counted {
            fn cmp(&self, other: &Self) -> Ordering {
                COMPARED.with(|compared| compared.set(compared.get() + 1));
                self.0.cmp(&other.0)
            }
        }
        for bits in [4_u32, 10, 16] {
            let entries = Entries::build((0..1 << bits).map(|number| (Counted(number), ())));
            for number in (0..1 << bits).step_by(7) {
                COMPARED.with(|compared| compared.set(0));
                assert_eq!(entries.find(&Counted(number)), Ok(number as usize));
                let compared = COMPARED.with(Cell::get);
                assert!(compared <= bits as usize + 6, "{compared} of {bits}");
            }
        }
    }
}
