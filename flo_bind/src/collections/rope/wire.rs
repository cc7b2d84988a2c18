//! Ropes and their differences are written: the feature `serde`.
//!
//! A rope is written as its cells, and its attributes with how many cells have each. What has not as many attributes as
//! cells is no rope (R1).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser::SerializeStruct};

use super::{
    attributes::{RopeAttributes, RopeExtents, RopePart},
    rope_binding::RopeBinding,
    rope_ref::RopeRef,
    rope_snapshot::RopeSnapshot,
};
use crate::collections::diff::Items;

/// The extents as a sequence of pairs.
struct Counted<'a, A>(RopeExtents<'a, A>);

impl<A: Serialize> Serialize for Counted<'_, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counted = self.0.clone().map(|(range, attribute)| (attribute, range.len()));
        serializer.collect_seq(counted)
    }
}

fn write<S: Serializer>(
    serializer: S,
    cells: &impl Serialize,
    attributes: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut rope = serializer.serialize_struct("Rope", 2)?;
    rope.serialize_field("cells", cells)?;
    rope.serialize_field("attributes", attributes)?;
    rope.end()
}

impl<A: Serialize> Serialize for RopeAttributes<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Counted(self.iter()).serialize(serializer)
    }
}

impl<'de, A: Deserialize<'de> + Clone + PartialEq> Deserialize<'de> for RopeAttributes<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Vec::<(A, usize)>::deserialize(deserializer)?;
        let lens = parts.iter().map(|(_, len)| *len);
        let count = lens.into_iter().try_fold(0_usize, usize::checked_add);
        count.ok_or_else(|| D::Error::custom("attributes of more cells than there can be"))?;
        Ok(parts.into_iter().collect())
    }
}

impl<C: Serialize, A: Serialize> Serialize for RopePart<C, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, self.cells(), self.attributes())
    }
}

/// As it comes over the wire.
#[derive(serde::Deserialize)]
#[serde(rename = "Rope", bound = "C: Deserialize<'de>, A: Deserialize<'de> + Clone + PartialEq")]
struct Written<C, A> {
    cells: Items<C>,
    attributes: RopeAttributes<A>,
}

impl<'de, C, A> Deserialize<'de> for RopePart<C, A>
where
    C: Deserialize<'de>,
    A: Deserialize<'de> + Clone + PartialEq,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { cells, attributes } = Written::deserialize(deserializer)?;
        if cells.len() != attributes.len() {
            let (cells, attributes) = (cells.len(), attributes.len());
            let text = format!("attributes of {attributes} cells, where there are {cells}");
            return Err(D::Error::custom(text));
        }
        Ok(Self::new(cells, attributes))
    }
}

impl<C: Serialize, A: Serialize> Serialize for RopeSnapshot<C, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, self.cells(), &Counted(self.extents()))
    }
}

impl<'de, C, A> Deserialize<'de> for RopeSnapshot<C, A>
where
    C: Deserialize<'de>,
    A: Deserialize<'de> + Clone + PartialEq,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RopePart::deserialize(deserializer).map(Self::of_part)
    }
}

impl<C, A> Serialize for RopeRef<C, A>
where
    C: Serialize + Send + Sync + 'static,
    A: Serialize + Send + Sync + 'static,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<C, A> Serialize for RopeBinding<C, A>
where
    C: Serialize + Send + Sync + 'static,
    A: Serialize + Send + Sync + 'static,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.snapshot().serialize(serializer)
    }
}

impl<'de, C, A> Deserialize<'de> for RopeBinding<C, A>
where
    C: Deserialize<'de> + Clone + Send + Sync + 'static,
    A: Deserialize<'de> + Clone + PartialEq + Send + Sync + 'static,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RopeSnapshot::deserialize(deserializer).map(Self::from)
    }
}
