//! Handles are serialized as the value they stand for: the feature `serde`.
//!
//! Serializing is a read: it is tracked as one. Two handles of one thing are two equal values, and come
//! back as two bindings.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    bind_ref::BindRef,
    binding::{Binding, bind},
    bound::Bound,
    computed::Computed,
    guard::Guard,
};

impl<T: Serialize + Send + Sync + 'static> Serialize for Binding<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<T: Serialize + Send + Sync + 'static> Serialize for Computed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<T: Serialize + Send + Sync + 'static> Serialize for BindRef<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<T: ?Sized + Serialize> Serialize for Guard<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + PartialEq + Send + Sync + 'static> Deserialize<'de> for Binding<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(bind)
    }
}
