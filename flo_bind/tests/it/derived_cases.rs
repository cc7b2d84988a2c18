//! Something derived beside what it is to be, for oracles: it is read, followed, and made to panic.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
};

use flo_bind::{
    BoundExt, Computed, FollowChanges, FollowMapChanges, FollowSetChanges, ListRef, MapRef, SetRef,
};
use futures::{FutureExt, StreamExt};

/// What the sources hold.
#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) list: Vec<i32>,
    pub(crate) left: BTreeMap<i32, i32>,
    pub(crate) right: BTreeMap<i32, i32>,
    pub(crate) limit: i32,
}

/// Something derived, and what it is to be.
pub(crate) trait Case {
    fn read(&self, model: &Model);
    /// Only reads it; whether a closure panicked.
    fn panics(&self) -> bool;
    fn follow(&self) -> Option<Box<dyn Follower>>;
}

pub(crate) trait Follower {
    fn poll(&mut self, model: &Model);
}

/// A map.
pub(crate) struct OfMap<K, V>(
    pub(crate) &'static str,
    pub(crate) MapRef<K, V>,
    pub(crate) fn(&Model) -> BTreeMap<K, V>,
);

struct MapFollower<K, V> {
    name: &'static str,
    changes: FollowMapChanges<K, V>,
    mirror: BTreeMap<K, V>,
    naive: fn(&Model) -> BTreeMap<K, V>,
}

impl<K, V> Case for OfMap<K, V>
where
    K: Ord + Clone + Debug + Send + Sync + 'static,
    V: Clone + PartialEq + Debug + Send + Sync + 'static,
{
    fn read(&self, model: &Model) {
        assert_eq!(self.1.snapshot(), (self.2)(model), "{}", self.0);
    }

    fn panics(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.1.snapshot())).is_err()
    }

    fn follow(&self) -> Option<Box<dyn Follower>> {
        let (name, changes, naive) = (self.0, self.1.follow_changes(), self.2);
        Some(Box::new(MapFollower { name, changes, mirror: BTreeMap::new(), naive }))
    }
}

impl<K, V> Follower for MapFollower<K, V>
where
    K: Ord + Clone + Debug + Send + Sync + 'static,
    V: Clone + PartialEq + Debug + Send + Sync + 'static,
{
    fn poll(&mut self, model: &Model) {
        let before = self.mirror.clone();
        if let Some(batch) = self.changes.next().now_or_never() {
            let batch = batch.expect("the map has not ended");
            batch.apply_to(&mut self.mirror).unwrap();
            if let Some(back) = batch.invert() {
                let mut back_again = self.mirror.clone();
                back.apply_to(&mut back_again).unwrap();
                assert_eq!(back_again, before, "a batch and its inverse are nothing");
            }
        }
        assert_eq!(self.mirror, (self.naive)(model), "a follower of {}", self.name);
    }
}

/// A set.
pub(crate) struct OfSet<K>(
    pub(crate) &'static str,
    pub(crate) SetRef<K>,
    pub(crate) fn(&Model) -> BTreeSet<K>,
);

struct SetFollower<K> {
    name: &'static str,
    changes: FollowSetChanges<K>,
    mirror: BTreeSet<K>,
    naive: fn(&Model) -> BTreeSet<K>,
}

impl<K: Ord + Clone + Debug + Send + Sync + 'static> Case for OfSet<K> {
    fn read(&self, model: &Model) {
        assert_eq!(self.1.snapshot(), (self.2)(model), "{}", self.0);
    }

    fn panics(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.1.snapshot())).is_err()
    }

    fn follow(&self) -> Option<Box<dyn Follower>> {
        let (name, changes, naive) = (self.0, self.1.follow_changes(), self.2);
        Some(Box::new(SetFollower { name, changes, mirror: BTreeSet::new(), naive }))
    }
}

impl<K: Ord + Clone + Debug + Send + Sync + 'static> Follower for SetFollower<K> {
    fn poll(&mut self, model: &Model) {
        if let Some(batch) = self.changes.next().now_or_never() {
            batch.expect("the set has not ended").apply_to_set(&mut self.mirror).unwrap();
        }
        assert_eq!(self.mirror, (self.naive)(model), "a follower of {}", self.name);
    }
}

/// A list.
pub(crate) struct OfList<T>(
    pub(crate) &'static str,
    pub(crate) ListRef<T>,
    pub(crate) fn(&Model) -> Vec<T>,
);

struct ListFollower<T> {
    name: &'static str,
    changes: FollowChanges<T>,
    mirror: Vec<T>,
    naive: fn(&Model) -> Vec<T>,
}

impl<T: Clone + PartialEq + Debug + Send + Sync + 'static> Case for OfList<T> {
    fn read(&self, model: &Model) {
        assert_eq!(self.1.snapshot(), (self.2)(model), "{}", self.0);
    }

    fn panics(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.1.snapshot())).is_err()
    }

    fn follow(&self) -> Option<Box<dyn Follower>> {
        let (name, changes, naive) = (self.0, self.1.follow_changes(), self.2);
        Some(Box::new(ListFollower { name, changes, mirror: Vec::new(), naive }))
    }
}

impl<T: Clone + PartialEq + Debug + Send + Sync + 'static> Follower for ListFollower<T> {
    fn poll(&mut self, model: &Model) {
        let before = self.mirror.clone();
        if let Some(batch) = self.changes.next().now_or_never() {
            let batch = batch.expect("the list has not ended");
            batch.apply_to(&mut self.mirror).unwrap();
            if let Some(back) = batch.invert() {
                let mut back_again = self.mirror.clone();
                back.apply_to(&mut back_again).unwrap();
                assert_eq!(back_again, before, "a batch and its inverse are nothing");
            }
        }
        assert_eq!(self.mirror, (self.naive)(model), "a follower of {}", self.name);
    }
}

/// A value.
pub(crate) struct OfValue<T>(
    pub(crate) &'static str,
    pub(crate) Computed<T>,
    pub(crate) fn(&Model) -> T,
);

impl<T: Clone + PartialEq + Debug + Send + Sync + 'static> Case for OfValue<T> {
    fn read(&self, model: &Model) {
        assert_eq!(self.1.get(), (self.2)(model), "{}", self.0);
    }

    fn panics(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.1.get())).is_err()
    }

    fn follow(&self) -> Option<Box<dyn Follower>> {
        None
    }
}
