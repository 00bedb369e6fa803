//! Where everything of a file stands: it is read once more, for its places alone, so that a mistake is told with the place of its own field.

use super::file::WantedTeam;
use super::read::{At, Place, place};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// Something with its place, and with those of what is below it.
pub(super) type Spot = Spanned<Node>;

/// What has a place, whatever a file may say there.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Leaf(String),
    List(Vec<Spot>),
    Map(BTreeMap<String, Spot>),
}

impl Node {
    /// What is below it by this name.
    pub(super) fn get(&self, name: &str) -> Option<&Spot> {
        match self {
            Self::Map(below) => below.get(name),
            Self::Leaf(_) | Self::List(_) => None,
        }
    }

    /// Whether it names a role or a permission in either form: by itself, or with what binds it.
    fn is_named(&self, name: &str) -> bool {
        match self {
            Self::Leaf(text) => text == name,
            Self::Map(below) => ["role", "permission"].iter().any(
                |field| matches!(below.get(*field).map(|spot| &spot.value), Some(Self::Leaf(text)) if text == name),
            ),
            Self::List(_) => false,
        }
    }
}

impl<T> At<T> {
    /// Where a field stands; where there is none, where all of it does.
    pub(super) fn field(&self, field: &str) -> Place {
        self.spot(field).map_or_else(|| self.place.clone(), |spot| place(&self.place.file, spot))
    }

    /// Where something that is given stands, or what binds it; else where the list does.
    pub(super) fn given(&self, field: &str, name: &str, part: Option<&str>) -> Place {
        let Some(Spanned { value: Node::List(all), .. }) = self.spot(field) else { return self.field(field) };
        // What is named twice is told by the second.
        let Some(one) = all.iter().rev().find(|one| one.value.is_named(name)) else { return self.field(field) };
        place(&self.place.file, part.and_then(|part| one.value.get(part)).unwrap_or(one))
    }

    /// A team of an organisation, with its place and those of its fields.
    pub(super) fn team(&self, name: &str, team: &Spanned<Option<WantedTeam>>) -> At<WantedTeam> {
        let spots = self.spot("teams").and_then(|teams| teams.value.get(name));
        At {
            place: place(&self.place.file, team),
            value: team.value.clone().unwrap_or_default(),
            spots: spots.map(|spot| spot.value.clone()),
        }
    }

    fn spot(&self, field: &str) -> Option<&Spot> {
        self.spots.as_ref()?.get(field)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(String::new()))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(String::new()))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(Node::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut below = BTreeMap::new();
        while let Some((name, spot)) = map.next_entry()? {
            below.insert(name, spot);
        }
        Ok(Node::Map(below))
    }
}
