//! Lists and their differences are written as sequences: the feature `serde`.
//!
//! What a difference took out is written as a number alone: who receives it has the items.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    batch::Batch,
    diff::{Items, Removed},
    list_binding::ListBinding,
    list_ref::ListRef,
    snapshot::ListSnapshot,
};

impl<T: Serialize> Serialize for ListSnapshot<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ListSnapshot<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl<T: Serialize> Serialize for Items<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from_iter)
    }
}

impl<T> Serialize for Removed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.count.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Removed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        usize::deserialize(deserializer).map(|count| Self { count, items: None })
    }
}

impl<D: Serialize> Serialize for Batch<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, D: Deserialize<'de>> Deserialize<'de> for Batch<D> {
    fn deserialize<S: Deserializer<'de>>(deserializer: S) -> Result<Self, S::Error> {
        Vec::deserialize(deserializer).map(Self::from_iter)
    }
}

impl<T: Serialize + Send + Sync + 'static> Serialize for ListRef<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<T: Serialize + Send + Sync + 'static> Serialize for ListBinding<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for ListBinding<T>
where
    T: Deserialize<'de> + Clone + Send + Sync + 'static,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ListSnapshot::deserialize(deserializer).map(Self::from)
    }
}
