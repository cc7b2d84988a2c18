//! That a staged edit is made on the entries that it was meant for.
//!
//! What an edit gives, the value that a removal took out, say, is known to its transaction before that is committed. Where another
//! thread has changed one of the entries meanwhile, the edit is made again on what is there, and what it gave is not true. So a
//! transaction that can run again does.

use std::panic::Location;

use smallvec::SmallVec;

use super::{
    key::{Key, KeyError},
    snapshot::StoreSnapshot,
    stored::Stored,
};
use crate::collections::list_transaction::{Meant, Place};

type Found<V> = SmallVec<[Result<Stored<V>, KeyError>; 1]>;

/// See the head of the file.
pub(super) struct MeantFor<K, V> {
    meant: Meant,
    /// None where nothing would come of it.
    keys: SmallVec<[Key<K>; 1]>,
    seen: Option<Found<V>>,
}

impl<K, V> MeantFor<K, V> {
    pub(super) fn new(keys: &[Key<K>], site: &'static Location<'static>) -> Self {
        let meant = Meant::new(Place::Any, site);
        let keys = if meant.is_any() { keys.into() } else { SmallVec::new() };
        Self { meant, keys, seen: None }
    }

    /// The edit is about to be made on this state of the store.
    pub(super) fn meets(&mut self, store: &StoreSnapshot<K, V>) {
        if self.keys.is_empty() {
            return;
        }
        let found: Found<V> = self.keys.iter().map(|key| store.stored(*key).cloned()).collect();
        let is_same = self.seen.as_ref().is_none_or(|seen| {
            seen.iter().zip(&found).all(|pair| match pair {
                (Ok(before), Ok(found)) => before.is(found),
                (Err(before), Err(found)) => before == found,
                _ => false,
            })
        });
        if !is_same {
            self.meant.meets_another("an entry of the store");
        }
        self.seen = Some(found);
    }
}
