//! Maps, sets and their differences are written: the feature `serde`.
//!
//! A map is written as a map, as a `BTreeMap` is; a set as a sequence. Inside a difference the map is a sequence of
//! pairs, so that differences go over a wire whatever their keys are.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    map_binding::MapBinding, map_ref::MapRef, map_snapshot::MapSnapshot, set_binding::SetBinding,
    set_ref::SetRef, set_snapshot::SetSnapshot,
};

/// A map as a sequence of pairs.
pub(super) mod pairs {
    use super::{Deserialize, Deserializer, MapSnapshot, Serialize, Serializer};

    pub(in crate::collections::maps) fn serialize<K, V, S>(
        map: &MapSnapshot<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        K: Serialize,
        V: Serialize,
        S: Serializer,
    {
        serializer.collect_seq(map)
    }

    pub(in crate::collections::maps) fn deserialize<'de, K, V, D>(
        deserializer: D,
    ) -> Result<MapSnapshot<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(MapSnapshot::from_iter)
    }
}

impl<K: Serialize, V: Serialize> Serialize for MapSnapshot<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for MapSnapshot<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self::from)
    }
}

impl<K, V> Serialize for MapRef<K, V>
where
    K: Serialize + Send + Sync + 'static,
    V: Serialize + Send + Sync + 'static,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<K, V> Serialize for MapBinding<K, V>
where
    K: Serialize + Send + Sync + 'static,
    V: Serialize + Send + Sync + 'static,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<'de, K, V> Deserialize<'de> for MapBinding<K, V>
where
    K: Deserialize<'de> + Ord + Clone + Send + Sync + 'static,
    V: Deserialize<'de> + Clone + Send + Sync + 'static,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        MapSnapshot::deserialize(deserializer).map(Self::from)
    }
}

impl<K: Serialize> Serialize for SetSnapshot<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, K: Deserialize<'de> + Ord> Deserialize<'de> for SetSnapshot<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeSet::deserialize(deserializer).map(Self::from)
    }
}

impl<K: Serialize + Send + Sync + 'static> Serialize for SetRef<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<K: Serialize + Send + Sync + 'static> Serialize for SetBinding<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<'de, K> Deserialize<'de> for SetBinding<K>
where
    K: Deserialize<'de> + Ord + Clone + Send + Sync + 'static,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SetSnapshot::deserialize(deserializer).map(Self::from)
    }
}
