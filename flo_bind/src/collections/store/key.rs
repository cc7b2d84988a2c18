//! Keys, and what is wrong with one.

use std::{
    error::Error,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    num::NonZeroU32,
};

/// Which entry of which [`Store`](crate::Store): a small value that may be copied, kept in other entries and sent anywhere,
/// and that keeps nothing alive.
///
/// `K` says of what it is a key; it is a type of yours that needs no values. A key is given by
/// [`insert`](crate::Store::insert) and never given again, also when its entry is gone: a key of what is gone is
/// [`Stale`](KeyError::Stale) for ever. In its order keys of one store are by place.
///
/// ```
/// use flo_bind::{Key, Store};
///
/// enum Lamp {}
/// let lamps = Store::<Lamp, &str>::new();
/// let oil: Key<Lamp> = lamps.insert("oil");
/// lamps.remove(oil).unwrap();
/// let gas = lamps.insert("gas");
/// assert_ne!(oil, gas);
/// assert_eq!((lamps.get(oil), lamps.get(gas)), (None, Some("gas")));
/// ```
pub struct Key<K> {
    pub(super) place: Place,
    of: PhantomData<fn() -> K>,
}

/// A key without its type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Place {
    pub(super) store: u32,
    pub(super) index: u32,
    pub(super) generation: NonZeroU32,
}

/// Who has a place of some store.
pub(super) type Tenant = (u32, NonZeroU32);

impl Place {
    pub(super) fn tenant(self) -> Tenant {
        (self.index, self.generation)
    }
}

impl<K> Key<K> {
    pub(super) fn of(place: Place) -> Self {
        Self { place, of: PhantomData }
    }
}

impl<K> Clone for Key<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Key<K> {}

impl<K> PartialEq for Key<K> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl<K> Eq for Key<K> {}

impl<K> PartialOrd for Key<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Key<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place.cmp(&other.place)
    }
}

impl<K> Hash for Key<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl<K> fmt::Debug for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { store, index, generation } = self.place;
        write!(f, "Key({store}:{index}v{generation})")
    }
}

/// Why a store has nothing for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// It is a key of another store.
    Foreign,
    /// Its entry has been removed.
    Stale,
    /// Its entry has not been there: it was inserted in a transaction that is not committed or was rolled back, or later than
    /// the state that is read. When its place has been let anew, it is [`Stale`](Self::Stale).
    NeverWas,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "the key is of another store",
            Self::Stale => "the entry has been removed",
            Self::NeverWas => "the entry has not been there",
        })
    }
}

impl Error for KeyError {}
